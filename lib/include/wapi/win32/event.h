/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: set or not, and waited for until they are set.
 *
 * A name is any text, of which "Global\" and "Local\" in front are taken off; another
 * backslash is ERROR_PATH_NOT_FOUND.  In UTF-8 it has up to MAX_PATH bytes, else it is
 * ERROR_FILENAME_EXCED_RANGE; in UTF-16 it has up to 4,095 bytes when it is written in
 * UTF-8.  Events, mutexes, semaphores and waitable timers share one name space.  An
 * empty name is none for who makes an object.
 */
#ifndef WAPI_WIN32_EVENT_H
#define WAPI_WIN32_EVENT_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* For CreateEventEx(). */
#define CREATE_EVENT_MANUAL_RESET	0x00000001U
#define CREATE_EVENT_INITIAL_SET	0x00000002U

/* Rights, which are not looked at. */
#define EVENT_MODIFY_STATE		0x00000002U
#define EVENT_ALL_ACCESS		0x001f0003U

/**
 * CreateEventA() - make an event, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @manual_reset: it stays set until it is reset, else a wait that it ends resets it
 * @initial_state: it is set from the beginning
 * @name: its name, UTF-8; or NULL for none
 *
 * An event that is there already stays as it is.
 *
 * Return: the handle, with ERROR_ALREADY_EXISTS as the last error if the event was
 * there already, and 0 if not; or NULL with ERROR_INVALID_HANDLE if the name is that of
 * an object of another type, or an error of the name or of resources
 */
HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
			   BOOL initial_state, LPCSTR name);

/**
 * CreateEventW() - CreateEventA() with a name in UTF-16
 * @attributes: as there
 * @manual_reset: as there
 * @initial_state: as there
 * @name: its name; or NULL for none
 *
 * Return: as CreateEventA()
 */
HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
			   BOOL initial_state, LPCWSTR name);

/**
 * CreateEventExA() - make an event, or open the one of that name
 * @attributes: whether children inherit the handle; may be NULL
 * @name: its name, UTF-8; or NULL for none
 * @flags: CREATE_EVENT_MANUAL_RESET, CREATE_EVENT_INITIAL_SET
 * @access: not looked at
 *
 * Return: as CreateEventA(); ERROR_INVALID_PARAMETER for other flags
 */
HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
			     DWORD access);

/**
 * CreateEventExW() - CreateEventExA() with a name in UTF-16
 * @attributes: as there
 * @name: its name; or NULL for none
 * @flags: as there
 * @access: not looked at
 *
 * Return: as CreateEventExA()
 */
HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags,
			     DWORD access);

/**
 * OpenEventA() - open the event of a name
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name, UTF-8
 *
 * Return: the handle; or NULL with ERROR_FILE_NOT_FOUND if there is none of that name,
 * ERROR_INVALID_HANDLE if it is of another type, ERROR_INVALID_PARAMETER for NULL, or
 * another error of the name
 */
HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR name);

/**
 * OpenEventW() - OpenEventA() with a name in UTF-16
 * @access: not looked at
 * @inherit: whether children inherit the handle
 * @name: the name
 *
 * Return: as OpenEventA()
 */
HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR name);

/**
 * SetEvent() - set an event
 * @event: the event
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI SetEvent(HANDLE event);

/**
 * ResetEvent() - reset an event
 * @event: the event
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI ResetEvent(HANDLE event);

/**
 * PulseEvent() - let go whoever waits for an event at this moment, and reset it
 * @event: the event
 *
 * All of them, or one if the event resets itself.  As Windows warns: a thread that a
 * signal handler, or a timer's routine that became due, has interrupted at this moment
 * is not waiting.
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_HANDLE
 */
BOOL WINAPI PulseEvent(HANDLE event);

#ifdef UNICODE
#define CreateEvent	CreateEventW
#define CreateEventEx	CreateEventExW
#define OpenEvent	OpenEventW
#else
#define CreateEvent	CreateEventA
#define CreateEventEx	CreateEventExA
#define OpenEvent	OpenEventA
#endif

#include <wapi/end.h>

#endif /* WAPI_WIN32_EVENT_H */
