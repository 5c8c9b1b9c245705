/*
 * Days and times of the file. Japan has one offset and no summer time, so that plain arithmetic on
 * civil days is enough and nothing depends on the machine's time zone.
 */
#include <stdio.h>

#include "casefile/casefile_parts.h"

enum { JAPAN_MINUTES = 9 * 60, YEAR_MIN = 1800, YEAR_MAX = 9999 };

/* Days since 1970-01-01; years are made to begin in March so that leap days come last. */
int64_t civil_days(int year, int month, int day)
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

/* Exactly `count` digits at `at`; -1 when there is anything else. */
static int digits(struct slice s, size_t at, size_t count)
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

bool date_days(struct slice date, int64_t *out)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y = digits(date, 0, 4);
	int m = digits(date, 5, 2);
	int d = digits(date, 8, 2);
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (date.len != 10 || date.ptr[4] != '-' || date.ptr[7] != '-' || y < YEAR_MIN || m < 1 ||
	    m > 12 || d < 1 || d > month_days[m - 1] + (m == 2 && leap)) {
		return false;
	}
	*out = civil_days(y, m, d);
	return true;
}

bool date_text(int64_t days, char out[11])
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

bool casefile_date_ms(struct slice date, int64_t *out)
{
	int64_t days;

	if (!date_days(date, &days)) {
		return false;
	}
	*out = days * DAY_MS - (int64_t)JAPAN_MINUTES * 60 * 1000;
	return true;
}

bool clock_ms(struct slice clock, int64_t *out)
{
	int h = digits(clock, 0, 2);
	int m = digits(clock, 3, 2);

	if (clock.len != 5 || clock.ptr[2] != ':' || h < 0 || h > 23 || m < 0 || m > 59) {
		return false;
	}
	*out = ((int64_t)h * 60 + m) * 60 * 1000;
	return true;
}

/* "", "Z", "+HH:MM", "-HH:MM" -> minutes east; none is Japan. */
static bool zone_minutes(struct slice s, int *out)
{
	int64_t ms;

	*out = JAPAN_MINUTES;
	if (s.len == 0) {
		return true;
	}
	if (slice_is(s, "Z")) {
		*out = 0;
		return true;
	}
	if ((s.ptr[0] != '+' && s.ptr[0] != '-') ||
	    !clock_ms((struct slice){s.ptr + 1, s.len - 1}, &ms)) {
		return false;
	}
	*out = (int)(ms / 60000) * (s.ptr[0] == '-' ? -1 : 1);
	return true;
}

bool casefile_time_ms(struct slice time, int64_t *out)
{
	struct slice rest;
	int64_t days, clock;
	int seconds = 0;
	int zone;

	if (time.len == 10) {
		return casefile_date_ms(time, out);
	}
	if (time.len < 16 || time.ptr[10] != 'T' ||
	    !date_days((struct slice){time.ptr, 10}, &days) ||
	    !clock_ms((struct slice){time.ptr + 11, 5}, &clock)) {
		return false;
	}
	rest = (struct slice){time.ptr + 16, time.len - 16};
	if (rest.len >= 3 && rest.ptr[0] == ':') {
		seconds = digits(rest, 1, 2);
		rest = (struct slice){rest.ptr + 3, rest.len - 3};
	}
	if (seconds < 0 || seconds > 59 || !zone_minutes(rest, &zone)) {
		return false;
	}
	*out = days * DAY_MS + clock + seconds * 1000 - (int64_t)zone * 60 * 1000;
	return true;
}
