// SPDX-License-Identifier: LGPL-2.1-or-later
/* Milliseconds from now, as the time at which a wait ends. */
#include "internal.h"

int64_t win32_deadline(DWORD milliseconds)
{
	if (milliseconds == INFINITE)
		return WAPI_WAIT_FOREVER;
	return milliseconds ? wapi_deadline(milliseconds * WIN32_NS_PER_MS) : 0;
}

struct timespec win32_timespec_of(int64_t ns)
{
	return (struct timespec){
		.tv_sec = ns / WIN32_NS_PER_SECOND,
		.tv_nsec = ns % WIN32_NS_PER_SECOND,
	};
}
