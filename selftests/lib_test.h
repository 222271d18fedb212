/* SPDX-License-Identifier: GPL-2.0 */
/* What libwapi's selftests share, beside what all of wapi's share. */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include "wapi_test.h"

#include <wapi/wapi.h>

/* Is this built with -fsanitize=address or =thread? */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* In front of whatever an output is compared with after an error. */
#define POISON_POINTER ((void *)(uintptr_t)POISON64)

static inline int leave_for_own_domain(void)
{
	if (unshare(CLONE_NEWIPC) && unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		return -errno;
	return 0;
}

/* A client in a domain where nobody else is; NULL if that cannot be had. */
static inline struct wapi_client *lonely_client(void)
{
	struct wapi_client *client;

	if (leave_for_own_domain() || wapi_client_open(&client))
		return NULL;
	return client;
}

/* All zeros, which no answer is, if it was refused. */
static inline struct wapi_info info_of(struct wapi_client *client)
{
	struct wapi_info info = { 0 };

	wapi_info(client, &info);
	return info;
}

/* In a process that cannot assert: ends it, and says where. */
#define CHILD_ASSERT(condition) do {					\
	if (!(condition)) {						\
		fprintf(stderr, "# %s:%d: not so in the child: %s\n",	\
			__FILE__, __LINE__, #condition);		\
		_exit(1);						\
	}								\
} while (0)

/* A child that hangs is a failure, not a test that never ends. */
#define CHILD_PATIENCE 100

/* 0 if the child ended with 0. */
static inline int end_of(pid_t pid)
{
	int status;

	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif /* LIB_TEST_H */
