#ifndef ROKUSHA_BASE_DAY_H
#define ROKUSHA_BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Civil days and clock times. Japan has one offset and no summer time, so that plain arithmetic is
 * enough and nothing depends on the machine's time zone.
 */
enum { DAY_MS = 24 * 3600 * 1000, DAY_JAPAN_MINUTES = 9 * 60 };

int64_t day_of(int year, int month, int day); /* days since 1970-01-01, Gregorian */
/* "YYYY-MM-DD", a day that exists, years 1800 to 9999; false when it is none. */
bool day_read(struct slice date, int64_t *out);
/* Back again; false when the year does not have four digits. */
bool day_write(int64_t days, char out[11]);
int64_t day_start_ms(int64_t days); /* its first moment in Japan, Unix ms */
int64_t day_in_japan(int64_t ms);   /* which day it is in Japan then */

/* "HH:MM" -> minutes of the day; false when it is none. */
bool clock_read(struct slice clock, int *out);
void clock_write(int minutes, char out[6]); /* 0 .. 1439 */
int clock_in_japan(int64_t ms);             /* minutes of the day in Japan */

/* Exactly `count` digits at `at` as a number; -1 when there is anything else. */
int digits_read(struct slice s, size_t at, size_t count);

#endif
