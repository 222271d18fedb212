// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that all lanes share, at one address in each of them. Calls are
 * given addresses in a view of it, where some of it is read-only; the fuzzer itself
 * writes to it elsewhere.
 */
#include "fuzz.h"

#include <stdarg.h>
#include <sys/mman.h>

struct shared *const shared = (void *)0x100000000000ul;

static void map(unsigned long address, int protection)
{
	void *memory = mmap((void *)address, sizeof(*shared), protection,
			    MAP_SHARED | MAP_FIXED_NOREPLACE, FD_SHARED, 0);

	if (memory != (void *)address) {
		perror("fuzz: mmap");
		exit(1);
	}
}

/* In a program that exec() has started. */
void share_again(void)
{
	map((uintptr_t)shared, PROT_READ | PROT_WRITE);
	map((uintptr_t)VIEW(shared), PROT_READ | PROT_WRITE);
	for (unsigned int i = 0; i < MAX_CALLS; i++)
		mprotect(VIEW(shared->slots[i].pages[1]), PAGE, PROT_READ);
}

void share(void)
{
	int fd = memfd_create("fuzz", 0);

	if (fd < 0 || ftruncate(fd, sizeof(*shared))) {
		perror("fuzz: memfd_create");
		exit(1);
	}
	own_fd(fd, FD_SHARED);
	share_again();
}

/* Gives one of the fuzzer's descriptors the number by which all lanes know it. */
int own_fd(int fd, int number)
{
	if (fd < 0)
		return -1;
	if (dup2(fd, number) < 0) {
		perror("fuzz: dup2");
		exit(1);
	}
	close(fd);
	return number;
}

/* What is wrong first is what is told. */
void complain(const char *format, ...)
{
	va_list arguments;

	if (__atomic_exchange_n(&shared->complains, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(arguments, format);
	vsnprintf(shared->complaint, sizeof(shared->complaint), format, arguments);
	va_end(arguments);
}
