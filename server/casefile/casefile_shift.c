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

/*
 * Names and what refers to them stay, even such as look like a date: "with" and "to" too, which may
 * be names.
 */
static bool may_hold_date(const struct shift *s, const struct key *key)
{
	uint16_t col;

	switch (key->kind) {
	case KIND_DATE:
	case KIND_TIME:
	case KIND_TEXT:
	case KIND_VALUE:
	case KIND_OBJECT: /* a text in place of one */
		return true;
	case KIND_LINE:
		return strcmp(key->name, "at") == 0;
	case KIND_COL:
		col = key_col(s->r, key);
		return col != SCHEMA_NONE && s->r->schema->col[col].type != CELL_SEATS &&
		       strcmp(key->name, "birth_date") != 0;
	default:
		return false;
	}
}

/* Cells by the names of their columns: a text is a date or it is not; lists are names. */
static void shift_cells(const struct shift *s, json_t *cells)
{
	const char *name;
	json_t *v;

	json_object_foreach(cells, name, v)
	{
		size_t at = path_key(s->r, name);

		if (json_is_string(v) && !strstr(name, "birth_date")) {
			shift_text(s, v);
		}
		path_back(s->r, at);
	}
}

static void shift_object(const struct shift *s, const struct shape *shape, json_t *o);

static void shift_areas(const struct shift *s, const struct key *key, json_t *areas)
{
	struct reader *r = s->r;

	for (r->area = 0; r->area < r->schema->area_count; r->area++) {
		size_t at = path_key(r, r->schema->area[r->area].id);

		shift_object(s, key->shape, json_object_get(areas, r->schema->area[r->area].id));
		path_back(r, at);
	}
	r->area = SCHEMA_NONE;
}

/* As deep as the file, which is checked. */
static void shift_value(const struct shift *s, const struct key *key, json_t *v)
{
	json_t *inner;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, inner)
		{
			size_t at = path_index(s->r, i);

			shift_value(s, key, inner);
			path_back(s->r, at);
		}
	} else if (key->kind == KIND_CELLS) {
		shift_cells(s, v);
	} else if (key->kind == KIND_AREAS) {
		shift_areas(s, key, v);
	} else if (json_is_object(v) && key->shape) {
		shift_object(s, key->shape, v);
	} else if (json_is_string(v) && may_hold_date(s, key)) {
		shift_text(s, v);
	}
}

static void shift_object(const struct shift *s, const struct shape *shape, json_t *o)
{
	for (const struct key *k = shape->key; k->name && o; k++) {
		size_t at = path_key(s->r, k->name);

		shift_value(s, k, json_object_get(o, k->name));
		path_back(s->r, at);
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
		shift_object(&s, &shape_document, r->root);
	}
}
