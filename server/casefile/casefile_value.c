/* One value of the format: is it of its kind, and fit for its column? */
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "casefile/casefile_parts.h"

enum { ID_UNITS = 64 };

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
		bool begins = at == words || at[-1] == ' ';

		if (begins && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

static bool check_text(struct reader *r, const json_t *v, bool lines, size_t units_max)
{
	if (!json_is_string(v)) {
		casefile_refuse(r, ERR_PROTO, "must be a text");
	} else if (!utf8_is_text(text_of(v), lines)) {
		casefile_refuse(r, ERR_PROTO,
				lines ? "has control characters"
				      : "has control characters or line breaks");
	} else if (utf8_units(text_of(v)) > units_max) {
		casefile_refuse(r, ERR_LIMIT, "longer than %zu characters", units_max);
	}
	return r->failed == ERR_OK;
}

static void check_int(struct reader *r, const json_t *v, int64_t min, int64_t max)
{
	if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > max) {
		casefile_refuse(r, ERR_PROTO, "must be a whole number from %lld to %lld",
				(long long)min, (long long)max);
	}
}

static void check_date(struct reader *r, const json_t *v)
{
	int64_t days;

	if (!json_is_string(v) || !day_read(text_of(v), &days)) {
		casefile_refuse(r, ERR_PROTO, "must be a day as YYYY-MM-DD");
	}
}

static void check_bool(struct reader *r, const json_t *v)
{
	if (!json_is_boolean(v)) {
		casefile_refuse(r, ERR_PROTO, "must be true or false");
	}
}

void check_name(struct reader *r, const json_t *v)
{
	(void)check_text(r, v, false, LIMIT_LINE_UNITS);
}

/*
 * In a list of seats "@" and an id is a seat. The file names seats by party or role: an "@" of its
 * own could only be an attempt to name somebody past that.
 */
static void check_names(struct reader *r, const struct schema_col *col, json_t *list)
{
	const json_t *v;
	size_t i;

	if (!json_is_array(list)) {
		casefile_refuse(r, ERR_PROTO, "must be a list");
		return;
	}
	if (json_array_size(list) > LIMIT_LIST_ITEMS) {
		casefile_refuse(r, ERR_LIMIT, "more than %d entries", LIMIT_LIST_ITEMS);
	}
	json_array_foreach(list, i, v)
	{
		size_t at = path_index(r, i);

		if (check_text(r, v, false, LIMIT_LINE_UNITS) && col->type == CELL_SEATS &&
		    json_string_value(v)[0] == '@') {
			casefile_refuse(r, ERR_PROTO, "begins with @");
		}
		path_back(r, at);
	}
}

void check_cell(struct reader *r, uint16_t col, json_t *v)
{
	const struct schema_col *c = &r->schema->col[col];

	switch (c->type) {
	case CELL_TEXT:
	case CELL_LINE:
		(void)check_text(r, v, c->type == CELL_TEXT, c->units_max);
		return;
	case CELL_DATE:
		check_date(r, v);
		return;
	case CELL_ENUM:
		if (!json_is_string(v) || !schema_enum_has(r->schema, c->enum_, text_of(v))) {
			casefile_refuse(r, ERR_PROTO, "unknown value (the form's list is %s)",
					r->schema->enums[c->enum_].id);
		}
		return;
	case CELL_INT:
		check_int(r, v, c->int_min, c->int_max);
		return;
	case CELL_BOOL:
		check_bool(r, v);
		return;
	case CELL_SEATS:
	case CELL_LIST:
		check_names(r, c, v);
		return;
	case CELL_SEAT:
	case CELL_TYPE_COUNT:
		break;
	}
	casefile_refuse(r, ERR_PROTO, "this column is not in the format");
}

uint16_t format_col(const struct schema *s, uint16_t area, const char *col)
{
	static const char hole[] = "{area}";
	char id[LIMIT_KEY_BYTES];
	const char *at = strstr(col, hole);

	if (at && area == SCHEMA_NONE) {
		return SCHEMA_NONE;
	}
	if (at) {
		snprintf(id, sizeof id, "%.*s%s%s", (int)(at - col), col, s->area[area].id,
			 at + sizeof hole - 1);
	}
	return schema_col_find(s, slice_of(at ? id : col));
}

uint16_t key_col(struct reader *r, const struct key *key)
{
	uint16_t col = format_col(r->schema, r->area, key->col);

	if (col == SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "the form has no column for it");
	}
	return col;
}

static void check_of_col(struct reader *r, const struct key *key, json_t *v)
{
	uint16_t col = key_col(r, key);

	if (col != SCHEMA_NONE) {
		check_cell(r, col, v);
	}
}

static void check_id(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	if (check_text(r, v, false, ID_UNITS) && text_of(v).len == 0) {
		casefile_refuse(r, ERR_PROTO, "must not be empty");
	}
}

static void check_line(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	(void)check_text(r, v, false, LIMIT_LINE_UNITS);
}

static void check_long(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	(void)check_text(r, v, true, LIMIT_TEXT_UNITS);
}

static void check_day(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	check_date(r, v);
}

static void check_time(struct reader *r, const struct key *key, json_t *v)
{
	int64_t ms;

	(void)key;
	if (!json_is_string(v) || !casefile_time_ms(text_of(v), &ms)) {
		casefile_refuse(r, ERR_PROTO, "must be a time as YYYY-MM-DDTHH:MM");
	}
}

static void check_clock(struct reader *r, const struct key *key, json_t *v)
{
	int64_t ms;

	(void)key;
	if (!json_is_string(v) || !clock_ms(text_of(v), &ms)) {
		casefile_refuse(r, ERR_PROTO, "must be a time of day as HH:MM");
	}
}

/* mm:ss; a long meeting has three digits of minutes. */
static void check_offset(struct reader *r, const struct key *key, json_t *v)
{
	struct slice s = text_of(v);
	bool good = json_is_string(v) && (s.len == 5 || s.len == 6) && s.ptr[s.len - 3] == ':' &&
		    s.ptr[s.len - 2] <= '5';

	(void)key;
	for (size_t i = 0; good && i < s.len; i++) {
		good = i == s.len - 3 || (s.ptr[i] >= '0' && s.ptr[i] <= '9');
	}
	if (!good) {
		casefile_refuse(r, ERR_PROTO, "must be a time as mm:ss");
	}
}

static void check_flag(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	check_bool(r, v);
}

static void check_number(struct reader *r, const struct key *key, json_t *v)
{
	check_int(r, v, key->min, key->max);
}

static void check_word(struct reader *r, const struct key *key, json_t *v)
{
	if (!json_is_string(v) || strchr(json_string_value(v), ' ') ||
	    !is_word_of(key->words, json_string_value(v))) {
		casefile_refuse(r, ERR_PROTO, "unknown value");
	}
}

static void check_field(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	if (!json_is_string(v)) {
		casefile_refuse(r, ERR_PROTO, "must be the id of a field");
	} else if (schema_class_find(r->schema, text_of(v)) == SCHEMA_NONE &&
		   schema_col_find(r->schema, text_of(v)) == SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "no such field");
	}
}

static void check_any(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	if (json_is_string(v)) {
		(void)check_text(r, v, true, LIMIT_TEXT_UNITS);
	} else if (!json_is_integer(v) && !json_is_boolean(v)) {
		casefile_refuse(r, ERR_PROTO, "must be a text or a number");
	}
}

static void check_item_no(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	if (!json_is_integer(v)) {
		casefile_refuse(r, ERR_PROTO, "must be a number");
	}
}

/* The names of roles and parties: more_item, once they are known. */
static void check_object_of(struct reader *r, const struct key *key, json_t *v)
{
	(void)key;
	if (!json_is_object(v)) {
		casefile_refuse(r, ERR_PROTO, "must be an object");
	}
}

typedef void check_fn(struct reader *r, const struct key *key, json_t *v);

static check_fn *const check[KIND_COUNT] = {
    [KIND_COL] = check_of_col,      [KIND_ID] = check_id,
    [KIND_LINE] = check_line,       [KIND_TEXT] = check_long,
    [KIND_DATE] = check_day,        [KIND_TIME] = check_time,
    [KIND_CLOCK] = check_clock,     [KIND_OFFSET] = check_offset,
    [KIND_BOOL] = check_flag,       [KIND_INT] = check_number,
    [KIND_WORD] = check_word,       [KIND_FIELD] = check_field,
    [KIND_VALUE] = check_any,       [KIND_ROLE] = check_id,
    [KIND_PARTY] = check_id,        [KIND_WHO] = check_id,
    [KIND_ANYONE] = check_id,       [KIND_CONSENT] = check_id,
    [KIND_ITEM] = check_item_no,    [KIND_DECISION] = check_item_no,
    [KIND_RESOURCE] = check_id,     [KIND_MEMBER] = check_id,
    [KIND_OBJECT] = check_long,     [KIND_SEATS_BY_ROLE] = check_object_of,
    [KIND_CELLS] = check_object_of,
};

void check_value(struct reader *r, const struct key *key, json_t *v)
{
	if (r->refs) {
		check_ref(r, key, v);
		return;
	}
	if (json_is_string(v) && strlen(json_string_value(v)) != json_string_length(v)) {
		casefile_refuse(r, ERR_PROTO, "has control characters"); /* NUL: text ends there */
		return;
	}
	check[key->kind](r, key, v);
	/* What has a kind of its own must fit its column too, as far as the form may differ. */
	if (key->col && key->kind != KIND_COL && r->failed == ERR_OK && !(key->flags & LIST)) {
		check_of_col(r, key, v);
	}
}
