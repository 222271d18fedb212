// SPDX-License-Identifier: GPL-2.0
/*
 * The other program, that one of the workers becomes.
 *
 * It must have no descriptor of /dev/wapi; it says so by beginning, and ends
 * when its input does.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "demo.h"

static bool has_device(void)
{
	DIR *descriptors = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[PATH_MAX];
	bool found = false;
	ssize_t length;

	if (!descriptors)
		return true;
	while ((entry = readdir(descriptors))) {
		length = readlinkat(dirfd(descriptors), entry->d_name, target,
				    sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		found |= !strcmp(target, "/dev/wapi");
	}
	closedir(descriptors);
	return found;
}

int other_program(void)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (has_device() || write(STDOUT_FILENO, &byte, 1) != 1)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
