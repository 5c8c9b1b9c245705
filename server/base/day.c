#include "base/day.h"

#include <stdio.h>
#include <string.h>

enum { YEAR_MIN = 1800, YEAR_MAX = 9999, DAY_MINUTES = 24 * 60 };

/* Years are made to begin in March so that leap days come last. */
int64_t day_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

int digits_read(struct slice s, size_t at, size_t count)
{
	int n = 0;

	if (at + count > s.len) {
		return -1;
	}
	for (size_t i = at; i < at + count; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9') {
			return -1;
		}
		n = n * 10 + (s.ptr[i] - '0');
	}
	return n;
}

bool day_read(struct slice date, int64_t *out)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y = digits_read(date, 0, 4);
	int m = digits_read(date, 5, 2);
	int d = digits_read(date, 8, 2);
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (date.len != 10 || date.ptr[4] != '-' || date.ptr[7] != '-' || y < YEAR_MIN || m < 1 ||
	    m > 12 || d < 1 || d > month_days[m - 1] + (m == 2 && leap)) {
		return false;
	}
	*out = day_of(y, m, d);
	return true;
}

bool day_write(int64_t days, char out[11])
{
	int64_t year;
	int month, day;
	char text[40];

	civil_of(days, &year, &month, &day);
	if (year < YEAR_MIN || year > YEAR_MAX) {
		return false;
	}
	snprintf(text, sizeof text, "%04d-%02d-%02d", (int)year, month, day);
	memcpy(out, text, 11);
	return true;
}

int64_t day_start_ms(int64_t days)
{
	return days * DAY_MS - (int64_t)DAY_JAPAN_MINUTES * 60 * 1000;
}

int64_t day_in_japan(int64_t ms)
{
	int64_t local = ms + (int64_t)DAY_JAPAN_MINUTES * 60 * 1000;

	return local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
}

bool clock_read(struct slice clock, int *out)
{
	int h = digits_read(clock, 0, 2);
	int m = digits_read(clock, 3, 2);

	if (clock.len != 5 || clock.ptr[2] != ':' || h < 0 || h > 23 || m < 0 || m > 59) {
		return false;
	}
	*out = h * 60 + m;
	return true;
}

void clock_write(int minutes, char out[6])
{
	char text[32];

	snprintf(text, sizeof text, "%02d:%02d", minutes / 60 % 24, minutes % 60);
	memcpy(out, text, 6);
}

int clock_in_japan(int64_t ms)
{
	return (int)((ms - day_start_ms(day_in_japan(ms))) / 60000 % DAY_MINUTES);
}
