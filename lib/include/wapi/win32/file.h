/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files, as far as standard handles and pipes need them: each is a descriptor of this
 * process.  They are read and written synchronously.
 */
#ifndef WAPI_WIN32_FILE_H
#define WAPI_WIN32_FILE_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* Which standard handle. */
#define STD_INPUT_HANDLE	((DWORD)-10)
#define STD_OUTPUT_HANDLE	((DWORD)-11)
#define STD_ERROR_HANDLE	((DWORD)-12)

/* What GetFileType() tells. */
#define FILE_TYPE_UNKNOWN	0x0000U
#define FILE_TYPE_DISK		0x0001U
#define FILE_TYPE_CHAR		0x0002U
#define FILE_TYPE_PIPE		0x0003U

/**
 * GetStdHandle() - the standard handle for input, output or errors
 * @which: STD_INPUT_HANDLE, STD_OUTPUT_HANDLE or STD_ERROR_HANDLE
 *
 * What SetStdHandle() has set, or the process was started with; else of the descriptor
 * 0, 1 or 2.
 *
 * Return: the handle; NULL if there is none; INVALID_HANDLE_VALUE with
 * ERROR_INVALID_HANDLE for another @which, or with another error
 */
HANDLE WINAPI GetStdHandle(DWORD which);

/**
 * SetStdHandle() - let another handle be the standard one
 * @which: as for GetStdHandle()
 * @handle: the handle, which is not looked at
 *
 * It is for GetStdHandle() and for who is started by CreateProcess(), not for the
 * streams of the C library.
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE for another @which
 */
BOOL WINAPI SetStdHandle(DWORD which, HANDLE handle);

/**
 * ReadFile() - read from a file or a pipe
 * @file: the file
 * @buffer: out: what was read
 * @size: how many bytes to read
 * @read: out: how many were, 0 whatever fails; may be NULL only with @overlapped
 * @overlapped: NULL; or where in a file on a disk to begin, what to signal and where to
 *              tell; done when this returns.  Not looked at for pipes.
 *
 * Of a pipe it returns what is there, when there is something.  At the end of a file it
 * reads 0 bytes.
 *
 * Return: TRUE; or FALSE with ERROR_BROKEN_PIPE if nobody can write to the pipe any
 * more, ERROR_HANDLE_EOF at the end of a file with @overlapped, ERROR_INVALID_HANDLE,
 * ERROR_ACCESS_DENIED if it is not for reading, ERROR_INVALID_PARAMETER,
 * ERROR_NOACCESS
 */
BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD size, LPDWORD read,
		     LPOVERLAPPED overlapped);

/**
 * WriteFile() - write to a file or a pipe
 * @file: the file
 * @buffer: what to write
 * @size: how many bytes; of 0 bytes nothing becomes of a pipe's reader
 * @written: out: how many were; may be NULL only with @overlapped
 * @overlapped: as for ReadFile(); an offset of all bits set is the end of the file
 *
 * It returns when all is written.
 *
 * Return: TRUE; or FALSE with ERROR_BROKEN_PIPE if nobody can read from the pipe any
 * more, ERROR_DISK_FULL, ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED if it is not for
 * writing, ERROR_INVALID_PARAMETER, ERROR_NOACCESS
 */
BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD size, LPDWORD written,
		      LPOVERLAPPED overlapped);

/**
 * FlushFileBuffers() - wait until what was written has arrived
 * @file: a file on a disk: when it is stored; a pipe: when it was read
 *
 * Return: TRUE; or FALSE with ERROR_INVALID_HANDLE, also for a terminal,
 * ERROR_ACCESS_DENIED if it is not for writing, ERROR_BROKEN_PIPE if nobody can read
 * from the pipe any more, ERROR_NOT_SUPPORTED for a socket
 */
BOOL WINAPI FlushFileBuffers(HANDLE file);

/**
 * GetFileType() - what a file is
 * @file: the file
 *
 * Return: FILE_TYPE_DISK for files and disks, FILE_TYPE_CHAR for terminals and other
 * devices, FILE_TYPE_PIPE for pipes and sockets; FILE_TYPE_UNKNOWN with NO_ERROR for
 * anything else, with ERROR_INVALID_HANDLE for what is no file
 */
DWORD WINAPI GetFileType(HANDLE file);

#include <wapi/end.h>

#endif /* WAPI_WIN32_FILE_H */
