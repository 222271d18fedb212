// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the system is.  Asked anew each time: processors come and go. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "internal.h"

#define MASK_BITS	(8 * sizeof(DWORD_PTR))

/* Whole, with a zero byte behind, or "" if it cannot be read. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* Of a list such as "0-3,8,10-11"; 0 if it is none. */
static DWORD_PTR mask_of(const char *list)
{
	unsigned long first, last;
	DWORD_PTR mask = 0;
	char *end;

	for (;; list = end + 1) {
		first = strtoul(list, &end, 10);
		last = first;
		if (end == list)
			return mask;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < MASK_BITS; first++)
			mask |= (DWORD_PTR)1 << first;
		if (*end != ',')
			return mask;
	}
}

/* Not those that the process may use, but those that the system does. */
static DWORD_PTR running_processors(void)
{
	DWORD_PTR mask;
	char list[4096];
	long count;

	read_text("/sys/devices/system/cpu/online", list, sizeof(list));
	mask = mask_of(list);
	if (mask)
		return mask;
	count = sysconf(_SC_NPROCESSORS_ONLN);
	if (count < 1)
		return 1;
	return (size_t)count < MASK_BITS ? ((DWORD_PTR)1 << count) - 1 : ~(DWORD_PTR)0;
}

static uintptr_t lowest_address(void)
{
	char text[32];

	read_text("/proc/sys/vm/mmap_min_addr", text, sizeof(text));
	return strtoul(text, NULL, 10);
}

/*
 * The name of the program is at the upper end of the stack, and that is at the
 * upper end of the addresses: less than the next power of two by what the kernel
 * leaves free there.  In 32 bits that end is at 3 GiB, or at 4 GiB if the kernel is
 * one of 64 bits, and two pages less.
 */
static uintptr_t highest_address(uintptr_t page)
{
	uintptr_t top = getauxval(AT_EXECFN);

	if (sizeof(top) == 4)
		return top > 0xc0000000 ? 0xffffffff - 2 * page : 0xbfffffff;
	for (unsigned int shift = 1; shift < MASK_BITS; shift *= 2)
		top |= top >> shift;
	return top - page;
}

#if defined(__x86_64__) || defined(__i386__)
static void identify(LPSYSTEM_INFO info)
{
	unsigned int a = 0, b, c, d, family, model;

	__get_cpuid(1, &a, &b, &c, &d);
	family = a >> 8 & 0xf;
	model = a >> 4 & 0xf;
	/* Where four bits were too few, more follow. */
	if (family == 0x6 || family == 0xf)
		model |= a >> 12 & 0xf0;
	if (family == 0xf)
		family += a >> 20 & 0xff;
	info->wProcessorLevel = (WORD)family;
	info->wProcessorRevision = (WORD)(model << 8 | (a & 0xf));
#ifdef __x86_64__
	info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64;
	info->dwProcessorType = PROCESSOR_AMD_X8664;
#else
	info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_INTEL;
	info->dwProcessorType = PROCESSOR_INTEL_PENTIUM;
#endif
}
#else
static void identify(LPSYSTEM_INFO info)
{
#if defined(__aarch64__)
	info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_ARM64;
#elif defined(__arm__)
	info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_ARM;
#else
	info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_UNKNOWN;
#endif
}
#endif

WIN32_EXPORT void WINAPI GetSystemInfo(LPSYSTEM_INFO info)
{
	DWORD page = (DWORD)sysconf(_SC_PAGESIZE);
	DWORD_PTR mask = running_processors();

	memset(info, 0, sizeof(*info));
	identify(info);
	info->dwPageSize = page;
	info->dwAllocationGranularity = page;
	info->lpMinimumApplicationAddress = (LPVOID)lowest_address();
	info->lpMaximumApplicationAddress = (LPVOID)highest_address(page);
	info->dwActiveProcessorMask = mask;
	info->dwNumberOfProcessors = (DWORD)__builtin_popcountll(mask);
}

WIN32_EXPORT void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info)
{
	struct utsname name;

	GetSystemInfo(info);
	if (uname(&name))
		return;
	if (!strcmp(name.machine, "x86_64")) {
		info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64;
		info->dwProcessorType = PROCESSOR_AMD_X8664;
	} else if (!strcmp(name.machine, "aarch64")) {
		info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_ARM64;
		info->dwProcessorType = 0;
	}
}
