/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time: what has passed since the system started, and the date in UTC.
 *
 * A FILETIME counts units of 100 ns since the beginning of the year 1601.
 */
#ifndef WAPI_WIN32_TIME_H
#define WAPI_WIN32_TIME_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

/**
 * struct _SYSTEMTIME - a date and the time of the day
 * @wYear: 1601 to 30827
 * @wMonth: 1 to 12
 * @wDayOfWeek: 0 is Sunday
 * @wDay: 1 to 31
 * @wHour: 0 to 23
 * @wMinute: 0 to 59
 * @wSecond: 0 to 59
 * @wMilliseconds: 0 to 999
 */
typedef struct _SYSTEMTIME {
	WORD wYear;
	WORD wMonth;
	WORD wDayOfWeek;
	WORD wDay;
	WORD wHour;
	WORD wMinute;
	WORD wSecond;
	WORD wMilliseconds;
} SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;

/**
 * GetTickCount() - milliseconds since the system started
 *
 * Time that the system slept included.  It begins anew after 49.7 days.
 *
 * Return: the lower half of GetTickCount64().
 */
DWORD WINAPI GetTickCount(void);

/**
 * GetTickCount64() - milliseconds since the system started
 *
 * Return: how many, time that the system slept included.
 */
ULONGLONG WINAPI GetTickCount64(void);

/**
 * QueryPerformanceCounter() - a time for measuring short intervals
 * @lpPerformanceCount: out: counts since the system started
 *
 * Return: TRUE, or FALSE and ERROR_NOACCESS for a NULL pointer.
 */
BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *lpPerformanceCount);

/**
 * QueryPerformanceFrequency() - the counts of QueryPerformanceCounter() in a second
 * @lpFrequency: out: 10,000,000, as long as the system runs
 *
 * Return: TRUE, or FALSE and ERROR_NOACCESS for a NULL pointer.
 */
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *lpFrequency);

/**
 * GetSystemTime() - the date and time of the day, in UTC
 * @lpSystemTime: out: now
 */
void WINAPI GetSystemTime(LPSYSTEMTIME lpSystemTime);

/**
 * GetSystemTimeAsFileTime() - the date and time, in UTC
 * @lpSystemTimeAsFileTime: out: now
 */
void WINAPI GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime);

/**
 * FileTimeToSystemTime() - date and time of the day of a time
 * @lpFileTime: the time, less than 0x8000000000000000
 * @lpSystemTime: out: the same, without what is less than a millisecond
 *
 * The last times that it takes are of the year 30828, which SystemTimeToFileTime()
 * does not take.
 *
 * Return: TRUE, or FALSE and ERROR_INVALID_PARAMETER for a later time or a NULL
 * pointer.
 */
BOOL WINAPI FileTimeToSystemTime(const FILETIME *lpFileTime, LPSYSTEMTIME lpSystemTime);

/**
 * SystemTimeToFileTime() - time of a date and a time of the day
 * @lpSystemTime: the date and time; its day of the week has no meaning
 * @lpFileTime: out: the same
 *
 * Return: TRUE, or FALSE and ERROR_INVALID_PARAMETER for a date that there is not,
 * such as February 30, a time of the day that there is not, a year before 1601 or
 * after 30827, or a NULL pointer.
 */
BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *lpSystemTime, LPFILETIME lpFileTime);

/**
 * CompareFileTime() - which of two times is earlier
 * @lpFileTime1: one
 * @lpFileTime2: the other
 *
 * Return: -1 if the first is, 0 if they are the same, 1 if the second is.
 */
LONG WINAPI CompareFileTime(const FILETIME *lpFileTime1, const FILETIME *lpFileTime2);

#include <wapi/end.h>

#endif /* WAPI_WIN32_TIME_H */
