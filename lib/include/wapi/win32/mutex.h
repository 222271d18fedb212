/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mutexes: owned by one thread, as often as it has taken them.
 *
 * A wait takes a mutex.  When the thread that owns it ends, whichever way, the next
 * one that waits gets it and is told WAIT_ABANDONED_0.  Of names, see
 * <wapi/win32/event.h>.
 */
#ifndef WAPI_WIN32_MUTEX_H
#define WAPI_WIN32_MUTEX_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* For CreateMutexEx(). */
#define CREATE_MUTEX_INITIAL_OWNER	0x00000001U

/* Rights, which are not looked at. */
#define MUTANT_QUERY_STATE		0x00000001U
#define MUTANT_ALL_ACCESS		0x001f0001U
#define MUTEX_MODIFY_STATE		MUTANT_QUERY_STATE
#define MUTEX_ALL_ACCESS		MUTANT_ALL_ACCESS

/**
 * CreateMutexA() - make a mutex, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @initial_owner: the calling thread owns it from the beginning, if it was not there
 *                 already
 * @name: its name, UTF-8; or NULL for none
 *
 * Return: as CreateEventA()
 */
HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCSTR name);

/**
 * CreateMutexW() - CreateMutexA() with a name in UTF-16
 * @attributes: as there
 * @initial_owner: as there
 * @name: its name; or NULL for none
 *
 * Return: as CreateEventA()
 */
HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCWSTR name);

/**
 * CreateMutexExA() - make a mutex, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @name: its name, UTF-8; or NULL for none
 * @flags: CREATE_MUTEX_INITIAL_OWNER
 * @access: not looked at
 *
 * Return: as CreateEventExA()
 */
HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
			     DWORD access);

/**
 * CreateMutexExW() - CreateMutexExA() with a name in UTF-16
 * @attributes: as there
 * @name: its name; or NULL for none
 * @flags: as there
 * @access: not looked at
 *
 * Return: as CreateEventExA()
 */
HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags,
			     DWORD access);

/**
 * OpenMutexA() - open the mutex of a name
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name, UTF-8
 *
 * Return: as OpenEventA()
 */
HANDLE WINAPI OpenMutexA(DWORD access, BOOL inherit, LPCSTR name);

/**
 * OpenMutexW() - OpenMutexA() with a name in UTF-16
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name
 *
 * Return: as OpenEventA()
 */
HANDLE WINAPI OpenMutexW(DWORD access, BOOL inherit, LPCWSTR name);

/**
 * ReleaseMutex() - release a mutex once
 * @mutex: the mutex, which is free when its owner has done so as often as it took it
 *
 * Return: TRUE, or FALSE with ERROR_NOT_OWNER if the calling thread does not own it,
 * ERROR_INVALID_HANDLE
 */
BOOL WINAPI ReleaseMutex(HANDLE mutex);

#ifdef UNICODE
#define CreateMutex	CreateMutexW
#define CreateMutexEx	CreateMutexExW
#define OpenMutex	OpenMutexW
#else
#define CreateMutex	CreateMutexA
#define CreateMutexEx	CreateMutexExA
#define OpenMutex	OpenMutexA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_MUTEX_H */
