/* Correcting what is sealed: the old words stay beside the new ones. */
#include <string.h>

#include "archive/archive_parts.h"
#include "base/day.h"
#include "base/utf8.h"

static bool begins(struct slice s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

enum err find_leaf(const struct asked *q, const struct held *h, struct min_hash *hash,
		   struct min_found *out)
{
	if (!body_hash(q, "leaf", hash)) {
		return ERR_PROTO;
	}
	return !min_log_find(h->log, hash, out) || !min_log_reads(h->log, q->ask->seat, out->label)
		   ? ERR_GONE
		   : ERR_OK;
}

/* ---- who may, and what ---- */

/* Cut off what stands before the next slash. */
static struct slice part(struct slice *rest)
{
	const char *slash = rest->len ? memchr(rest->ptr, '/', rest->len) : NULL;
	struct slice out = {rest->ptr, slash ? (size_t)(slash - rest->ptr) : rest->len};

	rest->ptr += slash ? out.len + 1 : out.len;
	rest->len -= slash ? out.len + 1 : out.len;
	return out;
}

/* The column of field/COLUMN or row/TABLE/ID/COLUMN; NULL: the form has none of that name. */
static const struct schema_col *column_of(const struct schema *schema, struct slice name)
{
	struct slice kind = part(&name), id = part(&name);
	uint16_t col = SCHEMA_NONE;

	if (slice_is(kind, "field")) {
		col = schema_col_find(schema, id);
	} else if (slice_is(kind, "row")) {
		uint16_t table = schema_table_find(schema, id);

		(void)part(&name); /* which row */
		col = table == SCHEMA_NONE ? SCHEMA_NONE : schema_table_col(schema, table, name);
	}
	return col == SCHEMA_NONE ? NULL : &schema->col[col];
}

/* The role whose own words they are, of a column or of its whole table; NULL: nobody's. */
static const char *owner_of(const struct schema *schema, const struct schema_col *col)
{
	uint16_t role = col->owner_role;

	if (role == SCHEMA_NONE && col->table != SCHEMA_NONE) {
		role = schema->table[col->table].owner_role;
	}
	return role == SCHEMA_NONE ? NULL : schema->role[role].id;
}

/*
 * The recorder corrects what the minutes say, the person what it said itself; a dissent is nobody's
 * to correct: who dissents writes another.
 */
static enum err may_amend(const struct asked *q, const struct schema *schema, struct slice name)
{
	const struct schema_col *col = column_of(schema, name);
	const char *owner = col ? owner_of(schema, col) : NULL;

	if (!col || begins(name, "row/min.dissent/")) {
		return ERR_RULE;
	}
	if (begins(name, "row/pplan.") || begins(name, "field/pplan.")) {
		owner = "self";
	}
	if (owner) {
		return strcmp(q->standing.role, owner) == 0 ? ERR_OK : ERR_GONE;
	}
	return q->standing.is_recorder ? ERR_OK : ERR_GONE;
}

/* As the form has it. Whom a list names is no words: it is not corrected this way. */
static enum err fits(const struct schema *schema, const struct schema_col *col, const json_t *value)
{
	struct slice text = {json_string_value(value), json_string_length(value)};
	int64_t day;
	bool ok;

	switch (col->type) {
	case CELL_TEXT:
	case CELL_LINE:
		ok = json_is_string(value) && utf8_is_text(text, col->type == CELL_TEXT);
		return !ok ? ERR_PROTO : utf8_units(text) > col->units_max ? ERR_LIMIT : ERR_OK;
	case CELL_DATE:
		return json_is_string(value) && day_read(text, &day) ? ERR_OK : ERR_PROTO;
	case CELL_ENUM:
		ok = json_is_string(value) && schema_enum_has(schema, col->enum_, text);
		return ok ? ERR_OK : ERR_PROTO;
	case CELL_INT:
		return json_is_integer(value) && json_integer_value(value) >= col->int_min &&
			       json_integer_value(value) <= col->int_max
			   ? ERR_OK
			   : ERR_PROTO;
	case CELL_BOOL:
		return json_is_boolean(value) ? ERR_OK : ERR_PROTO;
	default:
		return ERR_RULE;
	}
}

/* By the form the series has now. */
static enum err may_say(const struct asked *q, struct slice name, const json_t *value)
{
	struct played p = {0};
	enum err e = played_open(q->a, q->ask->series, UINT64_MAX, q->ask->now_ms, &p, q->out->why);

	if (e == ERR_OK) {
		e = may_amend(q, p.use.schema, name);
	}
	if (e == ERR_OK) {
		e = fits(p.use.schema, column_of(p.use.schema, name), value);
	}
	played_close(&p);
	return e;
}

static enum err amend(struct asked *q, struct held *h)
{
	struct min_amend a = {
	    .time = h->now, .value = json_object_get(q->body, "value"), .why = body_text(q, "why")};
	struct min_change change;
	struct min_found leaf;
	enum err e = find_leaf(q, h, &a.leaf, &leaf);

	if (e == ERR_OK && (!a.value || !a.why.len)) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK) {
		e = leaf.d.ptr ? may_say(q, leaf.name, a.value) : ERR_RULE;
	}
	if (e != ERR_OK) {
		return e;
	}
	min_change_init(&change);
	e = min_log_amend(h->log, &a, NULL, &change);
	if (e == ERR_OK) {
		e = held_keep(h, &change, NULL, q->out->why);
	}
	min_change_fini(&change);
	return e;
}

enum err answer_amend(struct asked *q)
{
	struct held h = {0};
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = held_of(q, &h);
	if (e == ERR_OK) {
		e = amend(q, &h);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_object());
	}
	held_close(&h);
	return e;
}
