/* Days and times of the file. What is not said is in Japan. */
#include "casefile/casefile_parts.h"

bool casefile_date_ms(struct slice date, int64_t *out)
{
	int64_t days;

	if (!day_read(date, &days)) {
		return false;
	}
	*out = day_start_ms(days);
	return true;
}

bool clock_ms(struct slice clock, int64_t *out)
{
	int minutes;

	if (!clock_read(clock, &minutes)) {
		return false;
	}
	*out = (int64_t)minutes * 60 * 1000;
	return true;
}

/* "", "Z", "+HH:MM", "-HH:MM" -> minutes east; none is Japan. */
static bool zone_minutes(struct slice s, int *out)
{
	int64_t ms;

	*out = DAY_JAPAN_MINUTES;
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
	    !day_read((struct slice){time.ptr, 10}, &days) ||
	    !clock_ms((struct slice){time.ptr + 11, 5}, &clock)) {
		return false;
	}
	rest = (struct slice){time.ptr + 16, time.len - 16};
	if (rest.len >= 3 && rest.ptr[0] == ':') {
		seconds = digits_read(rest, 1, 2);
		rest = (struct slice){rest.ptr + 3, rest.len - 3};
	}
	if (seconds < 0 || seconds > 59 || !zone_minutes(rest, &zone)) {
		return false;
	}
	*out = days * DAY_MS + clock + seconds * 1000 - (int64_t)zone * 60 * 1000;
	return true;
}
