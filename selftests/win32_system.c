// SPDX-License-Identifier: GPL-2.0
/* libwapi-win32: what the system is, against what the kernel does and says. */
#include "wapi_test.h"

#include <wapi/win32.h>

#include <sys/utsname.h>

#define LAST_ERROR	0x600d

static SYSTEM_INFO system_info(void)
{
	SYSTEM_INFO info;

	poison(&info, sizeof(info));
	GetSystemInfo(&info);
	return info;
}

/* 0, or -errno.  A page that is mapped already is one that can be. */
static int map_page_at(uintptr_t place)
{
	size_t page = getpagesize();
	void *p = mmap((void *)place, page, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return errno == EEXIST ? 0 : -errno;
	munmap(p, page);
	return p == (void *)place ? 0 : -EADDRNOTAVAIL;
}

/* The first number in a file, or -1. */
static long number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

TEST(pages_are_the_kernels)
{
	SYSTEM_INFO info;

	SetLastError(LAST_ERROR);
	info = system_info();
	EXPECT_EQ(LAST_ERROR, GetLastError());
	EXPECT_EQ(getpagesize(), info.dwPageSize);
	EXPECT_EQ(0, info.dwAllocationGranularity % info.dwPageSize);
	EXPECT_EQ(0, info.wReserved);
	EXPECT_EQ(info.dwOemId, info.wProcessorArchitecture);
}

TEST(the_first_and_the_last_page_can_be_mapped_and_none_beyond)
{
	SYSTEM_INFO info = system_info();
	uintptr_t first = (uintptr_t)info.lpMinimumApplicationAddress;
	uintptr_t last = (uintptr_t)info.lpMaximumApplicationAddress;
	size_t page = info.dwPageSize;

	ASSERT_EQ(0, first % page);
	ASSERT_EQ(0, (last + 1) % page);
	EXPECT_LT(first, (uintptr_t)&info);
	EXPECT_GT(last, (uintptr_t)&info);
	EXPECT_EQ(0, map_page_at(first));
	EXPECT_EQ(0, map_page_at(last + 1 - page));
	/* With five levels of page tables there is more for those who ask. */
	if (map_page_at((uintptr_t)1 << (8 * sizeof(first) - 16)))
		EXPECT_NE(0, map_page_at(last + 1));
	EXPECT_EQ(number_in("/proc/sys/vm/mmap_min_addr"), (long)first);
	/* Below it only the privileged can map. */
	if (!first || setgid(NOBODY) || setuid(NOBODY))
		return;
	EXPECT_EQ(0, map_page_at(first));
	EXPECT_NE(0, map_page_at(first - page));
}

TEST(processors_are_those_that_run)
{
	SYSTEM_INFO info = system_info();
	cpu_set_t own;

	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), info.dwNumberOfProcessors);
	EXPECT_EQ(__builtin_popcountll(info.dwActiveProcessorMask),
		  info.dwNumberOfProcessors);
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(own), &own));
	for (int i = 0; i < (int)(8 * sizeof(DWORD_PTR)); i++)
		if (CPU_ISSET(i, &own))
			EXPECT_TRUE(info.dwActiveProcessorMask >> i & 1);
}

TEST(processors_that_this_process_may_not_use_count_too)
{
	SYSTEM_INFO before = system_info(), after;
	cpu_set_t own;
	int first = 0;

	ASSERT_EQ(0, sched_getaffinity(0, sizeof(own), &own));
	while (!CPU_ISSET(first, &own))
		first++;
	CPU_ZERO(&own);
	CPU_SET(first, &own);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(own), &own));
	after = system_info();
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* The first number behind a key of /proc/cpuinfo, or -1. */
static int cpuinfo(const char *key)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096];
	int value = -1;

	while (file && value < 0 && fgets(line, sizeof(line), file)) {
		size_t length = strlen(key);

		if (!strncmp(line, key, length) && (line[length] == '\t'))
			value = atoi(strchr(line, ':') + 1);
	}
	if (file)
		fclose(file);
	return value;
}

TEST(family_model_and_stepping_are_the_processors)
{
	SYSTEM_INFO info = system_info();

	if (cpuinfo("cpu family") < 0)
		SKIP(return, "not an x86");
	EXPECT_EQ(cpuinfo("cpu family"), info.wProcessorLevel);
	EXPECT_EQ(cpuinfo("model"), info.wProcessorRevision >> 8);
	EXPECT_EQ(cpuinfo("stepping"), info.wProcessorRevision & 0xff);
}

TEST(architecture_is_the_programs)
{
	SYSTEM_INFO info = system_info();

#if defined(__x86_64__)
	EXPECT_EQ(PROCESSOR_ARCHITECTURE_AMD64, info.wProcessorArchitecture);
	EXPECT_EQ(PROCESSOR_AMD_X8664, info.dwProcessorType);
#elif defined(__i386__)
	EXPECT_EQ(PROCESSOR_ARCHITECTURE_INTEL, info.wProcessorArchitecture);
	EXPECT_EQ(PROCESSOR_INTEL_PENTIUM, info.dwProcessorType);
#else
	SKIP(return, "not an x86: %u", info.wProcessorArchitecture);
#endif
}

TEST(native_architecture_is_the_systems)
{
	SYSTEM_INFO native, info = system_info();
	struct utsname name;

	poison(&native, sizeof(native));
	SetLastError(LAST_ERROR);
	GetNativeSystemInfo(&native);
	EXPECT_EQ(LAST_ERROR, GetLastError());
	ASSERT_EQ(0, uname(&name));
	if (!strcmp(name.machine, "x86_64")) {
		EXPECT_EQ(PROCESSOR_ARCHITECTURE_AMD64, native.wProcessorArchitecture);
		EXPECT_EQ(PROCESSOR_AMD_X8664, native.dwProcessorType);
		native.wProcessorArchitecture = info.wProcessorArchitecture;
		native.dwProcessorType = info.dwProcessorType;
	}
	EXPECT_EQ(0, memcmp(&info, &native, sizeof(info)));
}

TEST_HARNESS_MAIN
