// SPDX-License-Identifier: GPL-2.0
/*
 * The same program for UTF-16.  Built with -fshort-wchar: wide literals are WCHARs.
 * The C++ library's own wide characters, which are not, are left alone.
 */
#define UNICODE
#include "win32_cxx.cc"
