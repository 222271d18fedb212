// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pipes: two files, which are the ends of one of the kernel's. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Descriptors that are free for a handle each; FALSE with the last error set. */
static BOOL open_pipe(int ends[2])
{
	unsigned int i;
	int fd;

	if (pipe2(ends, O_CLOEXEC))
		return win32_fail_errno(-errno);
	for (i = 0; i < 2; i++) {
		fd = win32_fd_above_standard(ends[i]);
		if (fd < 0) {
			win32_fail_errno(-errno);
			close(ends[0]);
			close(ends[1]);
			return FALSE;
		}
		ends[i] = fd;
	}
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI CreatePipe(PHANDLE read, PHANDLE write,
				    LPSECURITY_ATTRIBUTES attributes, DWORD size)
{
	bool inherit = win32_inherits(attributes);
	HANDLE from, to;
	int ends[2];

	if (!read || !write)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (!open_pipe(ends))
		return FALSE;
	/* A suggestion: what is too much for this user is not an error. */
	if (size)
		fcntl(ends[1], F_SETPIPE_SZ, size > INT32_MAX ? INT32_MAX : (int)size);
	from = win32_file_handle(ends[0], inherit);
	if (!from) {
		close(ends[1]);
		return FALSE;
	}
	to = win32_file_handle(ends[1], inherit);
	if (!to) {
		CloseHandle(from);
		return FALSE;
	}
	*read = from;
	*write = to;
	return TRUE;
}
