// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Time, and dates.  Nothing is kept here.
 *
 * The calendar repeats itself every 400 years, and FILETIME begins with such a
 * period: January 1, 1601 is a Monday and the first day of one.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define TICKS_PER_SECOND	((uint64_t)WIN32_TICKS_PER_SECOND)	/* of the counter too */
#define TICKS_PER_MS		(TICKS_PER_SECOND / 1000)
#define NS_PER_TICK		100
#define SECONDS_PER_DAY		86400
#define EPOCH			11644473600ull	/* seconds from 1601 to 1970 */
#define MONDAY			1

#define FIRST_YEAR		1601
#define LAST_YEAR		30827
#define DAYS_PER_YEAR		365
#define DAYS_PER_4_YEARS	(4 * DAYS_PER_YEAR + 1)
#define DAYS_PER_100_YEARS	(25 * DAYS_PER_4_YEARS - 1)
#define DAYS_PER_400_YEARS	(4 * DAYS_PER_100_YEARS + 1)

static uint64_t ticks(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * TICKS_PER_SECOND + (uint64_t)now.tv_nsec / NS_PER_TICK;
}

/* What Windows calls the start of the system does not stop while that sleeps. */
WIN32_EXPORT ULONGLONG WINAPI GetTickCount64(void)
{
	return ticks(CLOCK_BOOTTIME) / TICKS_PER_MS;
}

WIN32_EXPORT DWORD WINAPI GetTickCount(void)
{
	return (DWORD)GetTickCount64();
}

WIN32_EXPORT BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count)
{
	if (!count)
		return win32_fail(ERROR_NOACCESS);
	count->QuadPart = (LONGLONG)ticks(CLOCK_BOOTTIME);
	return TRUE;
}

WIN32_EXPORT BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
	if (!frequency)
		return win32_fail(ERROR_NOACCESS);
	frequency->QuadPart = TICKS_PER_SECOND;
	return TRUE;
}

static uint64_t time_of(const FILETIME *file_time)
{
	return (uint64_t)file_time->dwHighDateTime << 32 | file_time->dwLowDateTime;
}

FILETIME win32_file_time(uint64_t ticks)
{
	return (FILETIME){
		.dwLowDateTime = (DWORD)ticks,
		.dwHighDateTime = (DWORD)(ticks >> 32),
	};
}

uint64_t win32_now(void)
{
	return ticks(CLOCK_REALTIME) + WIN32_UNIX_EPOCH;
}

uint64_t win32_date_of(uint64_t boottime)
{
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	return win32_now() - ((uint64_t)boot.tv_sec * WIN32_NS_PER_SECOND +
			      (uint64_t)boot.tv_nsec - boottime) / NS_PER_TICK;
}

uint64_t win32_ticks_of_clock(uint64_t clock_ticks)
{
	return clock_ticks * (TICKS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

WIN32_EXPORT void WINAPI GetSystemTimeAsFileTime(LPFILETIME file_time)
{
	*file_time = win32_file_time(win32_now());
}

static bool is_leap(unsigned int year)
{
	return !(year % 4) && (year % 100 || !(year % 400));
}

/* @month: 1 to 12 */
static unsigned int days_of_month(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && is_leap(year));
}

static unsigned int at_most(unsigned int number, unsigned int most)
{
	return number < most ? number : most;
}

/* Of @days since 1601: the year, and in @days what remains of them. */
static unsigned int take_years(unsigned int *days)
{
	unsigned int periods, centuries, fours, years;

	periods = *days / DAYS_PER_400_YEARS;
	*days %= DAYS_PER_400_YEARS;
	/* The fourth century of a period, and the fourth year, have a day more. */
	centuries = at_most(*days / DAYS_PER_100_YEARS, 3);
	*days -= centuries * DAYS_PER_100_YEARS;
	fours = *days / DAYS_PER_4_YEARS;
	*days %= DAYS_PER_4_YEARS;
	years = at_most(*days / DAYS_PER_YEAR, 3);
	*days -= years * DAYS_PER_YEAR;
	return FIRST_YEAR + 400 * periods + 100 * centuries + 4 * fours + years;
}

static SYSTEMTIME date_of(uint64_t time)
{
	uint64_t seconds = time / TICKS_PER_SECOND;
	unsigned int days = (unsigned int)(seconds / SECONDS_PER_DAY);
	unsigned int second = (unsigned int)(seconds % SECONDS_PER_DAY);
	unsigned int month = 1, weekday = (days + MONDAY) % 7;
	unsigned int year = take_years(&days);

	while (days >= days_of_month(year, month))
		days -= days_of_month(year, month++);
	return (SYSTEMTIME) {
		.wYear = (WORD)year,
		.wMonth = (WORD)month,
		.wDayOfWeek = (WORD)weekday,
		.wDay = (WORD)(days + 1),
		.wHour = (WORD)(second / 3600),
		.wMinute = (WORD)(second / 60 % 60),
		.wSecond = (WORD)(second % 60),
		.wMilliseconds = (WORD)(time % TICKS_PER_SECOND / TICKS_PER_MS),
	};
}

WIN32_EXPORT void WINAPI GetSystemTime(LPSYSTEMTIME system_time)
{
	*system_time = date_of(win32_now());
}

WIN32_EXPORT BOOL WINAPI FileTimeToSystemTime(const FILETIME *file_time,
					      LPSYSTEMTIME system_time)
{
	if (!file_time || !system_time || time_of(file_time) > INT64_MAX)
		return win32_fail(ERROR_INVALID_PARAMETER);
	*system_time = date_of(time_of(file_time));
	return TRUE;
}

static bool is_date(const SYSTEMTIME *date)
{
	return date->wYear >= FIRST_YEAR && date->wYear <= LAST_YEAR &&
	       date->wMonth >= 1 && date->wMonth <= 12 && date->wDay >= 1 &&
	       date->wDay <= days_of_month(date->wYear, date->wMonth) &&
	       date->wHour < 24 && date->wMinute < 60 && date->wSecond < 60 &&
	       date->wMilliseconds < 1000;
}

/* Days from the beginning of 1601 to a date. */
static uint64_t days_to(const SYSTEMTIME *date)
{
	unsigned int years = date->wYear - FIRST_YEAR, month;
	uint64_t days = years * DAYS_PER_YEAR + years / 4 - years / 100 + years / 400;

	for (month = 1; month < date->wMonth; month++)
		days += days_of_month(date->wYear, month);
	return days + date->wDay - 1;
}

WIN32_EXPORT BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *system_time,
					      LPFILETIME file_time)
{
	unsigned int second;
	uint64_t seconds;

	if (!system_time || !file_time || !is_date(system_time))
		return win32_fail(ERROR_INVALID_PARAMETER);
	second = system_time->wHour * 3600 + system_time->wMinute * 60 + system_time->wSecond;
	seconds = days_to(system_time) * SECONDS_PER_DAY + second;
	*file_time = win32_file_time(seconds * TICKS_PER_SECOND +
				  system_time->wMilliseconds * TICKS_PER_MS);
	return TRUE;
}

WIN32_EXPORT LONG WINAPI CompareFileTime(const FILETIME *first, const FILETIME *second)
{
	uint64_t a = time_of(first), b = time_of(second);

	return (a > b) - (a < b);
}
