/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libwapi-win32 share. */
#ifndef WAPI_WIN32_INTERNAL_H
#define WAPI_WIN32_INTERNAL_H

/* The map decides what is exported, of what is not hidden. */
#pragma GCC visibility push(default)
#include <wapi/win32.h>
#pragma GCC visibility pop

/* FALSE, with a last error. */
BOOL win32_fail(DWORD error);

#endif /* WAPI_WIN32_INTERNAL_H */
