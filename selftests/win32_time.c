// SPDX-License-Identifier: GPL-2.0
/*
 * libwapi-win32: ticks, counters, and dates, against the C library's calendar for
 * all the years that there are.
 */
#include "wapi_test.h"

#include <wapi/win32.h>

#define TICKS_PER_SECOND	10000000ull
#define EPOCH			11644473600ll	/* seconds from 1601 to 1970 */
#define LAST_ERROR		0x600d

static FILETIME file_time(uint64_t time)
{
	return (FILETIME) { .dwLowDateTime = (DWORD)time, .dwHighDateTime = time >> 32 };
}

static uint64_t number(FILETIME time)
{
	return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static uint64_t in_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static uint64_t file_time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec + EPOCH) * TICKS_PER_SECOND + now.tv_nsec / 100;
}

TEST(ticks_are_milliseconds_since_the_start)
{
	uint64_t before, ticks, after;

	SetLastError(LAST_ERROR);
	before = in_ms(CLOCK_BOOTTIME);
	ticks = GetTickCount64();
	after = in_ms(CLOCK_BOOTTIME);
	EXPECT_LE(before, ticks);
	EXPECT_GE(after, ticks);
	EXPECT_EQ(LAST_ERROR, GetLastError());
}

TEST(ticks_of_32_bits_are_the_lower_half)
{
	uint64_t before = GetTickCount64();
	DWORD ticks = GetTickCount();
	uint64_t after = GetTickCount64();

	EXPECT_LE(ticks - (DWORD)before, (DWORD)(after - before));
}

TEST(ticks_are_not_early_after_a_sleep)
{
	uint64_t before = GetTickCount64();
	struct timespec nap = { .tv_nsec = 20000000 };

	ASSERT_EQ(0, clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL));
	EXPECT_GE(GetTickCount64() - before, 20);
}

TEST(the_counter_counts_forward_with_its_frequency)
{
	LARGE_INTEGER frequency = { .QuadPart = (LONGLONG)POISON64 };
	LARGE_INTEGER first = frequency, second = frequency;
	struct timespec nap = { .tv_nsec = 20000000 };
	uint64_t before, after, counts;

	SetLastError(LAST_ERROR);
	ASSERT_TRUE(QueryPerformanceFrequency(&frequency));
	EXPECT_EQ(TICKS_PER_SECOND, frequency.QuadPart);
	before = in_ms(CLOCK_BOOTTIME);
	ASSERT_TRUE(QueryPerformanceCounter(&first));
	ASSERT_EQ(0, clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL));
	ASSERT_TRUE(QueryPerformanceCounter(&second));
	after = in_ms(CLOCK_BOOTTIME);
	EXPECT_LE(0, first.QuadPart);
	counts = second.QuadPart - first.QuadPart;
	EXPECT_LE(20 * TICKS_PER_SECOND / 1000, counts);
	EXPECT_GE((after - before + 1) * TICKS_PER_SECOND / 1000, counts);
	EXPECT_EQ(LAST_ERROR, GetLastError());
}

TEST(the_counter_of_no_address_is_refused)
{
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(QueryPerformanceCounter(NULL));
	EXPECT_EQ(ERROR_NOACCESS, GetLastError());
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(QueryPerformanceFrequency(NULL));
	EXPECT_EQ(ERROR_NOACCESS, GetLastError());
}

TEST(system_time_is_now)
{
	uint64_t before, after, at;
	SYSTEMTIME date;
	FILETIME time;

	SetLastError(LAST_ERROR);
	poison(&time, sizeof(time));
	before = file_time_now();
	GetSystemTimeAsFileTime(&time);
	after = file_time_now();
	EXPECT_LE(before, number(time));
	EXPECT_GE(after, number(time));

	poison(&date, sizeof(date));
	before = file_time_now() / 10000;
	GetSystemTime(&date);
	after = file_time_now() / 10000;
	EXPECT_EQ(LAST_ERROR, GetLastError());
	ASSERT_TRUE(SystemTimeToFileTime(&date, &time));
	at = number(time);
	EXPECT_EQ(0, at % 10000);
	EXPECT_LE(before, at / 10000);
	EXPECT_GE(after, at / 10000);
}

/* Year, month, day of the week, day, hour, minute, second, millisecond. */
static const struct {
	uint64_t time;
	SYSTEMTIME date;
} known[] = {
	{ 0, { 1601, 1, 1, 1, 0, 0, 0, 0 } },
	{ 9999, { 1601, 1, 1, 1, 0, 0, 0, 0 } },
	{ 10000, { 1601, 1, 1, 1, 0, 0, 0, 1 } },
	{ 863999999999ull, { 1601, 1, 1, 1, 23, 59, 59, 999 } },
	{ 864000000000ull, { 1601, 1, 2, 2, 0, 0, 0, 0 } },
	{ 116444736000000000ull, { 1970, 1, 4, 1, 0, 0, 0, 0 } },
	{ 125911583990000000ull, { 1999, 12, 5, 31, 23, 59, 59, 0 } },
	{ 125962992000000000ull, { 2000, 2, 2, 29, 12, 0, 0, 0 } },
	{ 126227807999990000ull, { 2000, 12, 0, 31, 23, 59, 59, 999 } },
	{ 0x7fff35f4f06c7fffull, { 30827, 12, 5, 31, 23, 59, 59, 999 } },
	{ 0x7fffffffffffffffull, { 30828, 9, 4, 14, 2, 48, 5, 477 } },
};

TEST(dates_that_are_known)
{
	SYSTEMTIME date;
	FILETIME time;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		time = file_time(known[i].time);
		poison(&date, sizeof(date));
		SetLastError(LAST_ERROR);
		ASSERT_TRUE(FileTimeToSystemTime(&time, &date));
		EXPECT_EQ(0, memcmp(&known[i].date, &date, sizeof(date)))
			TH_LOG("number %zu", i);
		EXPECT_EQ(LAST_ERROR, GetLastError());
		if (date.wYear > 30827)
			continue;
		poison(&time, sizeof(time));
		ASSERT_TRUE(SystemTimeToFileTime(&date, &time));
		EXPECT_EQ(known[i].time / 10000 * 10000, number(time));
		EXPECT_EQ(LAST_ERROR, GetLastError());
	}
}

/* What is wrong with a time's date, or NULL. */
static const char *wrong_date(uint64_t time)
{
	time_t seconds = (time_t)(time / TICKS_PER_SECOND) - EPOCH;
	FILETIME given = file_time(time), back;
	SYSTEMTIME date;
	struct tm tm;

	poison(&date, sizeof(date));
	if (!FileTimeToSystemTime(&given, &date))
		return "it has no date";
	if (!gmtime_r(&seconds, &tm))
		return "gmtime_r() has none";
	if (date.wYear != tm.tm_year + 1900 || date.wMonth != tm.tm_mon + 1 ||
	    date.wDay != tm.tm_mday)
		return "another day";
	if (date.wDayOfWeek != tm.tm_wday)
		return "another day of the week";
	if (date.wHour != tm.tm_hour || date.wMinute != tm.tm_min ||
	    date.wSecond != tm.tm_sec)
		return "another time of the day";
	if (date.wMilliseconds != time / 10000 % 1000)
		return "other milliseconds";
	if (date.wYear > 30827)
		return NULL;
	date.wDayOfWeek = POISON;	/* has no meaning there */
	poison(&back, sizeof(back));
	if (!SystemTimeToFileTime(&date, &back))
		return "it is none on the way back";
	if (number(back) != time / 10000 * 10000)
		return "another time on the way back";
	return NULL;
}

TEST(random_times_there_and_back_are_the_c_librarys)
{
	__u64 seed = 6, time;

	for (int i = 0; i < 200000; i++) {
		time = next_random(&seed) >> (1 + i % 20);
		ASSERT_EQ(NULL, wrong_date(time)) TH_LOG("%#llx: %s",
			(unsigned long long)time, wrong_date(time));
	}
}

/* A period of the calendar and what follows; and the last years. */
TEST(every_day_there_and_back_is_the_c_librarys)
{
	const uint64_t day = 86400 * TICKS_PER_SECOND, last = INT64_MAX / day;
	uint64_t time;

	for (uint64_t i = 0; i < 300000; i++) {
		time = (i < 160000 ? i : last - 300000 + i) * day;
		ASSERT_EQ(NULL, wrong_date(time)) TH_LOG("%#llx: %s",
			(unsigned long long)time, wrong_date(time));
		ASSERT_EQ(NULL, wrong_date(time + day - 1));
	}
}

TEST(times_from_the_sign_bit_on_have_no_date)
{
	static const uint64_t times[] = { 1ull << 63, (1ull << 63) + 1, UINT64_MAX };
	SYSTEMTIME date, poisoned;
	FILETIME time;

	poison(&poisoned, sizeof(poisoned));
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		time = file_time(times[i]);
		poison(&date, sizeof(date));
		SetLastError(LAST_ERROR);
		EXPECT_FALSE(FileTimeToSystemTime(&time, &date));
		EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
		EXPECT_EQ(0, memcmp(&poisoned, &date, sizeof(date)));
	}
}

static const SYSTEMTIME no_dates[] = {
	{ 1600, 12, 0, 31, 0, 0, 0, 0 }, { 0, 1, 0, 1, 0, 0, 0, 0 },
	{ 30828, 1, 0, 1, 0, 0, 0, 0 }, { 65535, 1, 0, 1, 0, 0, 0, 0 },
	{ 2000, 0, 0, 1, 0, 0, 0, 0 }, { 2000, 13, 0, 1, 0, 0, 0, 0 },
	{ 2000, 65535, 0, 1, 0, 0, 0, 0 }, { 2000, 1, 0, 0, 0, 0, 0, 0 },
	{ 2000, 1, 0, 32, 0, 0, 0, 0 }, { 2000, 4, 0, 31, 0, 0, 0, 0 },
	{ 2000, 6, 0, 31, 0, 0, 0, 0 }, { 2000, 9, 0, 31, 0, 0, 0, 0 },
	{ 2000, 11, 0, 31, 0, 0, 0, 0 }, { 2000, 12, 0, 32, 0, 0, 0, 0 },
	{ 2000, 2, 0, 30, 0, 0, 0, 0 }, { 2001, 2, 0, 29, 0, 0, 0, 0 },
	{ 1900, 2, 0, 29, 0, 0, 0, 0 }, { 2100, 2, 0, 29, 0, 0, 0, 0 },
	{ 2000, 1, 0, 1, 24, 0, 0, 0 }, { 2000, 1, 0, 1, 0, 60, 0, 0 },
	{ 2000, 1, 0, 1, 0, 0, 60, 0 }, { 2000, 1, 0, 1, 0, 0, 0, 1000 },
};

TEST(dates_that_there_are_not_are_refused)
{
	FILETIME time, poisoned;

	poison(&poisoned, sizeof(poisoned));
	for (size_t i = 0; i < ARRAY_SIZE(no_dates); i++) {
		time = poisoned;
		SetLastError(LAST_ERROR);
		EXPECT_FALSE(SystemTimeToFileTime(&no_dates[i], &time))
			TH_LOG("number %zu", i);
		EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
		EXPECT_EQ(number(poisoned), number(time));
	}
}

TEST(dates_of_no_address_are_refused)
{
	SYSTEMTIME date = known[0].date;
	FILETIME time = file_time(0);

	SetLastError(LAST_ERROR);
	EXPECT_FALSE(FileTimeToSystemTime(NULL, &date));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(FileTimeToSystemTime(&time, NULL));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SystemTimeToFileTime(NULL, &time));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
	SetLastError(LAST_ERROR);
	EXPECT_FALSE(SystemTimeToFileTime(&date, NULL));
	EXPECT_EQ(ERROR_INVALID_PARAMETER, GetLastError());
}

TEST(compare_tells_the_earlier_of_two_times)
{
	static const uint64_t times[] = {
		0, 1, UINT32_MAX, 1ull << 32, 1ull << 63, UINT64_MAX - 1, UINT64_MAX,
	};
	FILETIME a, b;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
			a = file_time(times[i]);
			b = file_time(times[j]);
			EXPECT_EQ((i > j) - (i < j), CompareFileTime(&a, &b));
		}
	}
}

TEST_HARNESS_MAIN
