/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types with the sizes that they have in Windows, whatever a long and a wchar_t are
 * here, and what is used everywhere.
 */
#ifndef WAPI_WIN32_TYPES_H
#define WAPI_WIN32_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define WINAPI
#define CALLBACK
#define APIENTRY
#define VOID void

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

#define MAX_PATH	260
#define INFINITE	0xffffffffU

typedef int BOOL, INT;
typedef unsigned int UINT;
typedef char CHAR;
typedef unsigned char BYTE, UCHAR, BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t WORD, USHORT;
typedef int32_t LONG;
typedef uint32_t DWORD, ULONG;
typedef int64_t LONGLONG, LONG64;
typedef uint64_t ULONGLONG, ULONG64, DWORD64, DWORDLONG;
typedef intptr_t LONG_PTR, INT_PTR;
typedef uintptr_t ULONG_PTR, UINT_PTR, DWORD_PTR;
typedef size_t SIZE_T;
typedef ptrdiff_t SSIZE_T;

/* 16 bits, so that the literals of it are L"..." or u"...", as TEXT() makes them. */
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#define WAPI_WIDE(text) L##text
#else
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef __CHAR16_TYPE__ WCHAR;
#endif
#define WAPI_WIDE(text) u##text
#endif

typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef CHAR *PSTR, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;
typedef WCHAR *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef BOOL *PBOOL, *LPBOOL;
typedef BYTE *PBYTE, *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef LONG *PLONG, *LPLONG;
typedef DWORD *PDWORD, *LPDWORD;
typedef ULONG *PULONG;
typedef ULONG_PTR *PULONG_PTR;
typedef SIZE_T *PSIZE_T;

#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR;
typedef LPCWSTR LPCTSTR;
#define WAPI_TEXT(text) WAPI_WIDE(text)
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR;
typedef LPCSTR LPCTSTR;
#define WAPI_TEXT(text) text
#endif
/* In two steps, for an argument that is a macro itself. */
#define TEXT(text) WAPI_TEXT(text)

typedef void *HANDLE;
typedef HANDLE *PHANDLE, *LPHANDLE;

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

typedef union _LARGE_INTEGER {
	__extension__ struct {
		DWORD LowPart;
		LONG HighPart;
	};
	struct {
		DWORD LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/* Units of 100 ns since the beginning of the year 1601. */
typedef struct _FILETIME {
	DWORD dwLowDateTime;
	DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

typedef struct _SECURITY_ATTRIBUTES {
	DWORD nLength;
	LPVOID lpSecurityDescriptor;
	BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

typedef struct _OVERLAPPED {
	ULONG_PTR Internal;
	ULONG_PTR InternalHigh;
	__extension__ union {
		__extension__ struct {
			DWORD Offset;
			DWORD OffsetHigh;
		};
		PVOID Pointer;
	};
	HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

#define FILE_ATTRIBUTE_READONLY		0x00000001U
#define FILE_ATTRIBUTE_HIDDEN		0x00000002U
#define FILE_ATTRIBUTE_DIRECTORY	0x00000010U
#define FILE_ATTRIBUTE_ARCHIVE		0x00000020U
#define FILE_ATTRIBUTE_NORMAL		0x00000080U

/* What is told of an entry of a directory. */
typedef struct _WIN32_FIND_DATAA {
	DWORD dwFileAttributes;
	FILETIME ftCreationTime;
	FILETIME ftLastAccessTime;
	FILETIME ftLastWriteTime;
	DWORD nFileSizeHigh;
	DWORD nFileSizeLow;
	DWORD dwReserved0;
	DWORD dwReserved1;
	CHAR cFileName[MAX_PATH];
	CHAR cAlternateFileName[14];
} WIN32_FIND_DATAA, *PWIN32_FIND_DATAA, *LPWIN32_FIND_DATAA;

typedef struct _WIN32_FIND_DATAW {
	DWORD dwFileAttributes;
	FILETIME ftCreationTime;
	FILETIME ftLastAccessTime;
	FILETIME ftLastWriteTime;
	DWORD nFileSizeHigh;
	DWORD nFileSizeLow;
	DWORD dwReserved0;
	DWORD dwReserved1;
	WCHAR cFileName[MAX_PATH];
	WCHAR cAlternateFileName[14];
} WIN32_FIND_DATAW, *PWIN32_FIND_DATAW, *LPWIN32_FIND_DATAW;

#ifdef UNICODE
typedef WIN32_FIND_DATAW WIN32_FIND_DATA, *PWIN32_FIND_DATA, *LPWIN32_FIND_DATA;
#else
typedef WIN32_FIND_DATAA WIN32_FIND_DATA, *PWIN32_FIND_DATA, *LPWIN32_FIND_DATA;
#endif

/* Rights, which all who can name an object have: they are taken and not looked at. */
#define DELETE				0x00010000U
#define READ_CONTROL			0x00020000U
#define WRITE_DAC			0x00040000U
#define WRITE_OWNER			0x00080000U
#define SYNCHRONIZE			0x00100000U
#define STANDARD_RIGHTS_REQUIRED	0x000f0000U
#define MAXIMUM_ALLOWED			0x02000000U
#define GENERIC_ALL			0x10000000U
#define GENERIC_EXECUTE			0x20000000U
#define GENERIC_WRITE			0x40000000U
#define GENERIC_READ			0x80000000U

#endif /* WAPI_WIN32_TYPES_H */
