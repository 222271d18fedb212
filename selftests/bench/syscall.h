/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls with nothing around them, so that no libc's wrapper is measured,
 * neither with ours nor with what ours is compared to.
 */
#ifndef BENCH_SYSCALL_H
#define BENCH_SYSCALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define SYSCALL(outputs, inputs...)					\
	asm volatile("syscall" : "=a"(outputs) : inputs			\
		     : "rcx", "r11", "memory")

static inline long sys1(long number, long a)
{
	long result;

	SYSCALL(result, "a"(number), "D"(a));
	return result;
}

static inline long sys2(long number, long a, long b)
{
	long result;

	SYSCALL(result, "a"(number), "D"(a), "S"(b));
	return result;
}

static inline long sys3(long number, long a, long b, long c)
{
	long result;

	SYSCALL(result, "a"(number), "D"(a), "S"(b), "d"(c));
	return result;
}

static inline long sys4(long number, long a, long b, long c, long d)
{
	register long r10 asm("r10") = d;
	long result;

	SYSCALL(result, "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10));
	return result;
}
#else
/* With a wrapper, then, which all have. */
#define SYSCALL(...) ({							\
	long result_ = syscall(__VA_ARGS__);				\
	result_ < 0 ? -errno : result_;					\
})

static inline long sys1(long number, long a)
{
	return SYSCALL(number, a);
}

static inline long sys2(long number, long a, long b)
{
	return SYSCALL(number, a, b);
}

static inline long sys3(long number, long a, long b, long c)
{
	return SYSCALL(number, a, b, c);
}

static inline long sys4(long number, long a, long b, long c, long d)
{
	return SYSCALL(number, a, b, c, d);
}
#endif

#endif /* BENCH_SYSCALL_H */
