// SPDX-License-Identifier: GPL-2.0
/*
 * The keeper: a process with a client in the domain of the programs, so that the
 * domain need not be made anew for each of them, which costs more than most of
 * what they do. From time to time it lets the domain go. It is not the process
 * that runs programs, as those can give references to that one's clients.
 */
#include "fuzz.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void keep(void)
{
	struct wapi_info info = { 0 };
	int fd = -1;

	for (;;) {
		int wanted = __atomic_load_n(&shared->keeper_wanted, __ATOMIC_ACQUIRE);

		if (wanted && fd < 0) {
			fd = open("/dev/wapi", O_RDWR | O_CLOEXEC);
			if (fd < 0 || ioctl(fd, WAPI_IOC_INFO, &info)) {
				perror("fuzz: the keeper's client");
				_exit(1);
			}
			shared->kept_domain = info.domain_id;
		} else if (!wanted && fd >= 0) {
			close(fd);
			fd = -1;
			shared->kept_domain = 0;
		}
		__atomic_store_n(&shared->keeper_has, wanted, __ATOMIC_RELEASE);
		syscall(SYS_futex, &shared->keeper_has, FUTEX_WAKE, 1, NULL, NULL, 0);
		syscall(SYS_futex, &shared->keeper_wanted, FUTEX_WAIT, wanted, NULL, NULL, 0);
	}
}

/* Let it hold the domain, or not; returns when that is so. */
void keeper_hold(bool wanted)
{
	static pid_t keeper;

	if (!keeper) {
		keeper = fork();
		if (keeper < 0) {
			perror("fuzz: fork");
			exit(1);
		}
		if (!keeper) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			keep();
		}
	}
	__atomic_store_n(&shared->keeper_wanted, wanted, __ATOMIC_RELEASE);
	syscall(SYS_futex, &shared->keeper_wanted, FUTEX_WAKE, 1, NULL, NULL, 0);
	while (__atomic_load_n(&shared->keeper_has, __ATOMIC_ACQUIRE) != wanted)
		syscall(SYS_futex, &shared->keeper_has, FUTEX_WAIT, !wanted, NULL, NULL, 0);
}
