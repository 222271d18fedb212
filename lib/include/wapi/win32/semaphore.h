/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores: a count that a wait takes one from, and waits while there is none.
 * Of names, see <wapi/win32/event.h>.
 */
#ifndef WAPI_WIN32_SEMAPHORE_H
#define WAPI_WIN32_SEMAPHORE_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* Rights, which are not looked at. */
#define SEMAPHORE_MODIFY_STATE		0x00000002U
#define SEMAPHORE_ALL_ACCESS		0x001f0003U

/**
 * CreateSemaphoreA() - make a semaphore, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @initial_count: its count, from 0 to @maximum_count
 * @maximum_count: its greatest count, more than 0
 * @name: its name, UTF-8; or NULL for none
 *
 * A semaphore that is there already stays as it is; the counts must be right all the
 * same.
 *
 * Return: as CreateEventA(); ERROR_INVALID_PARAMETER for the counts
 */
HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
			       LONG maximum_count, LPCSTR name);

/**
 * CreateSemaphoreW() - CreateSemaphoreA() with a name in UTF-16
 * @attributes: as there
 * @initial_count: as there
 * @maximum_count: as there
 * @name: its name; or NULL for none
 *
 * Return: as CreateSemaphoreA()
 */
HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
			       LONG maximum_count, LPCWSTR name);

/**
 * CreateSemaphoreExA() - make a semaphore, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @initial_count: its count, from 0 to @maximum_count
 * @maximum_count: its greatest count, more than 0
 * @name: its name, UTF-8; or NULL for none
 * @flags: must be 0
 * @access: not looked at
 *
 * Return: as CreateSemaphoreA(); ERROR_INVALID_PARAMETER for @flags too
 */
HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
				 LONG maximum_count, LPCSTR name, DWORD flags,
				 DWORD access);

/**
 * CreateSemaphoreExW() - CreateSemaphoreExA() with a name in UTF-16
 * @attributes: as there
 * @initial_count: as there
 * @maximum_count: as there
 * @name: its name; or NULL for none
 * @flags: must be 0
 * @access: not looked at
 *
 * Return: as CreateSemaphoreExA()
 */
HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
				 LONG maximum_count, LPCWSTR name, DWORD flags,
				 DWORD access);

/**
 * OpenSemaphoreA() - open the semaphore of a name
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name, UTF-8
 *
 * Return: as OpenEventA()
 */
HANDLE WINAPI OpenSemaphoreA(DWORD access, BOOL inherit, LPCSTR name);

/**
 * OpenSemaphoreW() - OpenSemaphoreA() with a name in UTF-16
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name
 *
 * Return: as OpenEventA()
 */
HANDLE WINAPI OpenSemaphoreW(DWORD access, BOOL inherit, LPCWSTR name);

/**
 * ReleaseSemaphore() - add to a semaphore's count
 * @semaphore: the semaphore
 * @count: how much, more than 0
 * @previous: out: the count before; may be NULL
 *
 * Return: TRUE, or FALSE, with nothing changed, with ERROR_TOO_MANY_POSTS if the count
 * would exceed its maximum, ERROR_INVALID_PARAMETER for @count, ERROR_INVALID_HANDLE
 */
BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG count, LPLONG previous);

#ifdef UNICODE
#define CreateSemaphore		CreateSemaphoreW
#define CreateSemaphoreEx	CreateSemaphoreExW
#define OpenSemaphore		OpenSemaphoreW
#else
#define CreateSemaphore		CreateSemaphoreA
#define CreateSemaphoreEx	CreateSemaphoreExA
#define OpenSemaphore		OpenSemaphoreA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_SEMAPHORE_H */
