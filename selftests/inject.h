/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults to order: the kernel lets the nth allocation, or copy to or from user
 * memory, of a thread fail (fail-nth of procfs).
 */
#ifndef WAPI_INJECT_H
#define WAPI_INJECT_H

#include <sys/mount.h>

#include "observe.h"

struct injection {
	int fd;			/* the thread's fail-nth */
	unsigned int nth;
	bool reached;		/* there were as many, and that one failed */
};

#define DEBUGFS "/sys/kernel/debug"

/*
 * Lets every allocation fail, those that may sleep too, and says nothing of it on
 * the console.  Return: NULL, or what is missing.
 */
static inline const char *injection_missing(void)
{
	static const struct {
		const char *path, *value;
		bool needed;
	} settings[] = {
		{ DEBUGFS "/failslab/ignore-gfp-wait",		"N", true },
		{ DEBUGFS "/failslab/verbose",			"0", true },
		{ DEBUGFS "/fail_page_alloc/ignore-gfp-wait",	"N", true },
		{ DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N", true },
		{ DEBUGFS "/fail_page_alloc/min-order",		"0", true },
		{ DEBUGFS "/fail_page_alloc/verbose",		"0", true },
		{ DEBUGFS "/fail_usercopy/verbose",		"0", true },
		{ DEBUGFS "/fail_futex/verbose",		"0", false },
	};
	static char text[160];

	if (access("/proc/thread-self/fail-nth", W_OK))
		return "this kernel has no /proc/thread-self/fail-nth (CONFIG_FAULT_INJECTION)";
	if (access(DEBUGFS "/failslab", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!write_text(settings[i].path, settings[i].value) || !settings[i].needed)
			continue;
		snprintf(text, sizeof(text), "%s cannot be set", settings[i].path);
		return text;
	}
	return NULL;
}

/* For the calling thread; the nth fault from arm() on.  0 or -errno. */
static inline int inject(struct injection *injection, unsigned int nth)
{
	*injection = (struct injection){ .nth = nth };
	injection->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return injection->fd < 0 ? -errno : 0;
}

static inline void arm(struct injection *injection)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", injection->nth);

	if (pwrite(injection->fd, text, n, 0) != n)
		abort();
}

/* Was it reached?  Looking is a copy to user memory, which can be the next to fail. */
static inline void disarm(struct injection *injection)
{
	char text[16] = "";

	injection->reached = pread(injection->fd, text, sizeof(text) - 1, 0) > 0 &&
			     !strtoul(text, NULL, 10);
	if (pwrite(injection->fd, "0", 1, 0) != 1 && pwrite(injection->fd, "0", 1, 0) != 1)
		abort();
}

#endif /* WAPI_INJECT_H */
