/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sleeping in one process until a variable changes, as locks of one's own need it. */
#ifndef WAPI_WIN32_ADDRESS_H
#define WAPI_WIN32_ADDRESS_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * WaitOnAddress() - sleep as long as a variable has a certain value
 * @Address: the variable, which whoever changes it tells by WakeByAddressSingle() or
 *           WakeByAddressAll()
 * @CompareAddress: a copy of the value with which to sleep
 * @AddressSize: the size of both: 1, 2, 4 or 8
 * @dwMilliseconds: how long to sleep at most; 0: not; INFINITE: for as long as it takes
 *
 * The sleep may end for nothing, so its caller looks at the variable again.
 *
 * Return: TRUE, at once if the value is another, which leaves the last error alone; FALSE
 * with ERROR_TIMEOUT; with ERROR_INVALID_PARAMETER, if it is no such size
 */
BOOL WINAPI WaitOnAddress(volatile VOID *Address, PVOID CompareAddress, SIZE_T AddressSize,
			  DWORD dwMilliseconds);

/**
 * WakeByAddressSingle() - wake one thread of this process that sleeps on a variable
 * @Address: the variable, which need not exist any more
 */
void WINAPI WakeByAddressSingle(PVOID Address);

/**
 * WakeByAddressAll() - wake all threads of this process that sleep on a variable
 * @Address: the variable, which need not exist any more
 */
void WINAPI WakeByAddressAll(PVOID Address);

#include <wapi/end.h>

#endif /* WAPI_WIN32_ADDRESS_H */
