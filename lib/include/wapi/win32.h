/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of Win32: see libwapi-win32(7). */
#ifndef WAPI_WIN32_H
#define WAPI_WIN32_H

#include <wapi/win32/address.h>
#include <wapi/win32/apc.h>
#include <wapi/win32/condition.h>
#include <wapi/win32/critical.h>
#include <wapi/win32/environment.h>
#include <wapi/win32/error.h>
#include <wapi/win32/event.h>
#include <wapi/win32/file.h>
#include <wapi/win32/handle.h>
#include <wapi/win32/interlocked.h>
#include <wapi/win32/message.h>
#include <wapi/win32/mutex.h>
#include <wapi/win32/once.h>
#include <wapi/win32/pipe.h>
#include <wapi/win32/process.h>
#include <wapi/win32/program.h>
#include <wapi/win32/semaphore.h>
#include <wapi/win32/srwlock.h>
#include <wapi/win32/system.h>
#include <wapi/win32/thread.h>
#include <wapi/win32/time.h>
#include <wapi/win32/timer.h>
#include <wapi/win32/tls.h>
#include <wapi/win32/types.h>
#include <wapi/win32/wait.h>

#endif /* WAPI_WIN32_H */
