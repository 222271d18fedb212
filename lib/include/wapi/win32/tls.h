/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Thread-local storage: slots, of each of which every thread has a value of its own.
 *
 * The value is NULL in a new thread, and in all threads when the slot is allocated.
 */
#ifndef WAPI_WIN32_TLS_H
#define WAPI_WIN32_TLS_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/* So many slots there are at least; here and in Windows there are 1,088. */
#define TLS_MINIMUM_AVAILABLE	64

#define TLS_OUT_OF_INDEXES	0xffffffffU

/**
 * TlsAlloc() - allocate a slot
 *
 * Return: its index, or TLS_OUT_OF_INDEXES with ERROR_NO_MORE_ITEMS
 */
DWORD WINAPI TlsAlloc(void);

/**
 * TlsFree() - free a slot
 * @index: its index; what the values point to is not looked at
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_PARAMETER for what is not allocated
 */
BOOL WINAPI TlsFree(DWORD index);

/**
 * TlsGetValue() - the calling thread's value of a slot
 * @index: its index
 *
 * Sets the last error to 0 if it succeeds, as the value may be NULL.
 *
 * Return: the value, or NULL with ERROR_INVALID_PARAMETER for what is not allocated
 */
LPVOID WINAPI TlsGetValue(DWORD index);

/**
 * TlsSetValue() - set the calling thread's value of a slot
 * @index: its index
 * @value: the value
 *
 * Return: TRUE, or FALSE with ERROR_INVALID_PARAMETER for what is not allocated, or
 * ERROR_NOT_ENOUGH_MEMORY
 */
BOOL WINAPI TlsSetValue(DWORD index, LPVOID value);

#include <wapi/end.h>

#endif /* WAPI_WIN32_TLS_H */
