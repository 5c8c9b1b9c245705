/* Moves a whole file in time, so that its meeting is on another day: demos are always today. */
#include "casefile/casefile_parts.h"

struct shift {
	struct reader *r;
	int64_t days;
	const char *birth_date; /* people do not get younger */
};

static void shift_text(const struct shift *s, json_t *v)
{
	struct slice text = {json_string_value(v), json_string_length(v)};
	char shifted[40];
	int64_t days, ms;

	/* A date or a time and nothing else; prose that mentions a date is somebody's words. */
	if (text.len < 10 || text.len >= sizeof shifted || !casefile_time_ms(text, &ms) ||
	    (s->birth_date && strcmp(text.ptr, s->birth_date) == 0)) {
		return;
	}
	memcpy(shifted, text.ptr, text.len + 1);
	if (!day_read((struct slice){text.ptr, 10}, &days) || !day_write(days + s->days, shifted)) {
		casefile_refuse(s->r, ERR_PROTO, "a date would leave the calendar");
		return;
	}
	shifted[10] = text.ptr[10]; /* day_write ends with a NUL */
	json_string_setn(v, shifted, text.len);
}

/* As deep as the file, which is checked. */
static void shift_all(const struct shift *s, json_t *v)
{
	json_t *inner;
	const char *key;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_STRING:
		shift_text(s, v);
		break;
	case JSON_ARRAY:
		json_array_foreach(v, i, inner)
		{
			shift_all(s, inner);
		}
		break;
	case JSON_OBJECT:
		json_object_foreach(v, key, inner)
		{
			if (strcmp(key, "birth_date") != 0) {
				shift_all(s, inner);
			}
		}
		break;
	default:
		break;
	}
}

void shift_dates(struct reader *r)
{
	const json_t *conference = json_object_get(r->root, "conference");
	const char *birth_date = text_at(json_object_get(r->root, "person"), "birth_date");
	struct shift s = {.r = r, .birth_date = birth_date};
	int64_t from, to;

	if (!r->o->held_on) {
		return;
	}
	if (!day_read(slice_of(r->o->held_on), &to)) {
		casefile_refuse(r, ERR_PROTO, "the day to move to is no date");
		return;
	}
	if (day_read(slice_at(conference, "held_on"), &from)) {
		s.days = to - from;
		shift_all(&s, r->root);
	}
}
