// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and writing files, and waiting until what was written has arrived.
 *
 * All is done when a function returns: no handle here was opened for anything else.
 * Of a file on a disk a structure OVERLAPPED says where; of a pipe it is not looked at.
 */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What the members of OVERLAPPED tell, as NTSTATUS. */
#define STATUS_SUCCESS		0x00000000U
#define STATUS_UNSUCCESSFUL	0xc0000001U
#define STATUS_END_OF_FILE	0xc0000011U

/* A read or a write. */
struct transfer {
	int fd;
	bool writes;
	mode_t mode;
	union {
		void *to;
		const char *from;
	};
	size_t size;
	size_t done;
	bool has_offset;	/* then from @offset on, else where the file is */
	off_t offset;
	uint32_t event;		/* to be set at the end, or 0 */
};

static bool has_end(const struct transfer *transfer)
{
	return S_ISREG(transfer->mode) || S_ISBLK(transfer->mode);
}

static DWORD error_of(const struct transfer *transfer, int error)
{
	switch (error) {
	case EPIPE:
	case ECONNRESET:
		return ERROR_BROKEN_PIPE;
	case EBADF:
		/* It is open, but not for this. */
		return ERROR_ACCESS_DENIED;
	case EISDIR:
		return ERROR_INVALID_FUNCTION;
	case ENOSPC:
	case EDQUOT:
		return ERROR_DISK_FULL;
	case EFBIG:
		return ERROR_FILE_TOO_LARGE;
	case EIO:
		return transfer->writes ? ERROR_WRITE_FAULT : ERROR_READ_FAULT;
	default:
		return win32_error_of(-error);
	}
}

static ssize_t transfer_once(const struct transfer *transfer)
{
	size_t size = transfer->size - transfer->done;
	off_t offset = transfer->offset + (off_t)transfer->done;

	if (transfer->writes)
		return transfer->has_offset ?
		       pwrite(transfer->fd, transfer->from + transfer->done, size, offset) :
		       write(transfer->fd, transfer->from + transfer->done, size);
	return transfer->has_offset ?
	       pread(transfer->fd, (char *)transfer->to + transfer->done, size, offset) :
	       read(transfer->fd, (char *)transfer->to + transfer->done, size);
}

/* Somebody else has made the descriptor one that does not wait. */
static void wait_for(const struct transfer *transfer)
{
	struct pollfd ready = {
		.fd = transfer->fd,
		.events = transfer->writes ? POLLOUT : POLLIN,
	};

	poll(&ready, 1, -1);
}

/* 0 or an errno.  A read of what has no end, such as a pipe, takes what is there. */
static int transfer_all(struct transfer *transfer)
{
	ssize_t n;

	do {
		n = transfer_once(transfer);
		if (n < 0 && errno == EAGAIN)
			wait_for(transfer);
		else if (n < 0 && errno != EINTR)
			return errno;
		else if (n > 0)
			transfer->done += n;
		else if (!n)
			break;
	} while (transfer->done < transfer->size &&
		 (n < 0 || transfer->writes || has_end(transfer)));
	return 0;
}

/*
 * Where nobody reads, a write gives a signal too.  It is sent to the thread that
 * writes, which takes it before anybody sees it.
 */
static int transfer_without_signal(struct transfer *transfer)
{
	static const struct timespec now;
	sigset_t pipe, mask, pending;
	int error;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	if (sigismember(&pending, SIGPIPE))
		return transfer_all(transfer);
	pthread_sigmask(SIG_BLOCK, &pipe, &mask);
	error = transfer_all(transfer);
	if (error == EPIPE)
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return error;
}

/* What OVERLAPPED asks for; FALSE with the last error set. */
static BOOL begin_overlapped(struct transfer *transfer, LPOVERLAPPED overlapped)
{
	struct stat status;

	if (!has_end(transfer))
		return TRUE;
	if (overlapped->hEvent &&
	    !win32_handle_object_of(overlapped->hEvent, WAPI_TYPE_EVENT, &transfer->event))
		return FALSE;
	transfer->has_offset = true;
	transfer->offset = (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset;
	if (transfer->writes && (uint64_t)transfer->offset == UINT64_MAX) {
		if (fstat(transfer->fd, &status))
			return win32_fail_errno(-errno);
		transfer->offset = status.st_size;
	}
	if (transfer->offset < 0)
		return win32_fail(ERROR_INVALID_PARAMETER);
	if (transfer->event)
		wapi_reset(win32_client(), transfer->event, NULL);
	return TRUE;
}

static void end_overlapped(const struct transfer *transfer, LPOVERLAPPED overlapped,
			   DWORD status)
{
	if (!transfer->has_offset)
		return;
	/* Of a file that is not overlapped this is where it is now. */
	lseek(transfer->fd, transfer->offset + (off_t)transfer->done, SEEK_SET);
	overlapped->Internal = status;
	overlapped->InternalHigh = transfer->done;
	if (transfer->event)
		wapi_set(win32_client(), transfer->event, NULL);
}

/* After a read without an error: is it the end of what can be read? */
static DWORD error_of_end(const struct transfer *transfer)
{
	if (transfer->writes || transfer->done || !transfer->size)
		return NO_ERROR;
	if (S_ISFIFO(transfer->mode) || S_ISSOCK(transfer->mode))
		return ERROR_BROKEN_PIPE;
	return transfer->has_offset ? ERROR_HANDLE_EOF : NO_ERROR;
}

static BOOL carry_out(HANDLE handle, struct transfer *transfer, LPDWORD done,
		      LPOVERLAPPED overlapped)
{
	struct win32_file *file;
	struct stat status;
	DWORD error;
	int failure;

	if (done)
		*done = 0;
	else if (!overlapped)
		return win32_fail(ERROR_INVALID_PARAMETER);
	file = win32_file_get(handle);
	if (!file)
		return FALSE;
	transfer->fd = file->fd;
	transfer->mode = fstat(file->fd, &status) ? 0 : status.st_mode;
	if (overlapped && !begin_overlapped(transfer, overlapped)) {
		win32_file_put(file);
		return FALSE;
	}
	failure = transfer->writes ? transfer_without_signal(transfer) :
				     transfer_all(transfer);
	error = failure ? error_of(transfer, failure) : error_of_end(transfer);
	if (done)
		*done = transfer->done;
	if (overlapped)
		end_overlapped(transfer, overlapped, error == ERROR_HANDLE_EOF ?
			       STATUS_END_OF_FILE : error ? STATUS_UNSUCCESSFUL :
			       STATUS_SUCCESS);
	win32_file_put(file);
	return error ? win32_fail(error) : TRUE;
}

WIN32_EXPORT BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD size, LPDWORD read,
				  LPOVERLAPPED overlapped)
{
	struct transfer transfer = { .to = buffer, .size = size };

	return carry_out(file, &transfer, read, overlapped);
}

WIN32_EXPORT BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD size, LPDWORD written,
				   LPOVERLAPPED overlapped)
{
	struct transfer transfer = { .writes = true, .from = buffer, .size = size };

	return carry_out(file, &transfer, written, overlapped);
}

/* Until all is read that is in a pipe.  Nothing tells that it is but a look. */
static DWORD flush_pipe(int fd)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };
	struct pollfd reader = { .fd = fd };
	int unread;

	for (;;) {
		if (ioctl(fd, FIONREAD, &unread))
			return win32_error_of(-errno);
		if (!unread)
			return NO_ERROR;
		if (poll(&reader, 1, 0) > 0 && reader.revents & POLLERR)
			return ERROR_BROKEN_PIPE;
		nanosleep(&moment, NULL);
	}
}

static DWORD flush(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return win32_error_of(-errno);
	if (isatty(fd))
		return ERROR_INVALID_HANDLE;
	if (!win32_fd_is_writable(fd))
		return ERROR_ACCESS_DENIED;
	if (S_ISFIFO(status.st_mode))
		return flush_pipe(fd);
	if (S_ISSOCK(status.st_mode))
		return ERROR_NOT_SUPPORTED;
	/* Of a device nothing is kept here. */
	if (S_ISCHR(status.st_mode))
		return NO_ERROR;
	while (fsync(fd))
		if (errno != EINTR)
			return errno == EIO ? ERROR_WRITE_FAULT : win32_error_of(-errno);
	return NO_ERROR;
}

WIN32_EXPORT BOOL WINAPI FlushFileBuffers(HANDLE handle)
{
	struct win32_file *file = win32_file_get(handle);
	DWORD error;

	if (!file)
		return FALSE;
	error = flush(file->fd);
	win32_file_put(file);
	return error ? win32_fail(error) : TRUE;
}

WIN32_EXPORT DWORD WINAPI GetFileType(HANDLE handle)
{
	struct win32_file *file = win32_file_get(handle);
	struct stat status = { 0 };

	if (!file)
		return FILE_TYPE_UNKNOWN;
	fstat(file->fd, &status);
	win32_file_put(file);
	switch (status.st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
		return FILE_TYPE_DISK;
	case S_IFCHR:
		return FILE_TYPE_CHAR;
	case S_IFIFO:
	case S_IFSOCK:
		return FILE_TYPE_PIPE;
	default:
		win32_fail(NO_ERROR);
		return FILE_TYPE_UNKNOWN;
	}
}
