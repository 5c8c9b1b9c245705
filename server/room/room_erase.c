/* The words of one cell taken out of a journal; whatever comes after is replayed as before. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "room/erase.h"
#include "room/room_names.h"
#include "room/room_state.h"

/* What the conference acts on by itself: a table, or a cell of one, or a field. */
static const char *const kept[] = {
    NAME_PLAN_STATUS,
    NAME_LEGAL_BASIS,
    NAME_START,
    NAME_AGENDA "." NAME_AGENDA_AUDIENCE,
    NAME_AGENDA "." NAME_AGENDA_MINUTES,
    NAME_ATTENDANCE,
    NAME_CONSENT,
    NAME_PARTY "." NAME_LABEL,
    NAME_RESOURCES "." NAME_RESOURCE_NAME,
};

static const struct room_cell *cell_of(const struct room *r, struct slice key)
{
	uint32_t at = cells_find(r, key);

	return at == MAP_NONE ? NULL : &r->cell[at];
}

enum err room_may_erase(const struct room *r, struct slice key)
{
	const struct room_cell *c = cell_of(r, key);
	const struct schema_col *col = c ? &r->schema->col[c->place->col] : NULL;

	if (!col) {
		return ERR_GONE;
	}
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		if (strcmp(col->id, kept[i]) == 0 ||
		    (col->table != SCHEMA_NONE &&
		     strcmp(r->schema->table[col->table].id, kept[i]) == 0)) {
			return ERR_RULE;
		}
	}
	return col->type == CELL_SEAT || col->type == CELL_SEATS ? ERR_RULE : ERR_OK;
}

/* As many units as there were, and none of them half of a pair: later changes find their places. */
static json_t *stars(size_t units)
{
	char *text = mem_alloc(units + 1);
	json_t *v;

	memset(text, '*', units);
	v = json_stringn(text, units);
	free(text);
	return v;
}

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

/* A whole value: of a text the same length, of a register nothing. */
static json_t *value_without(const struct room *r, const struct room_cell *c, const json_t *v)
{
	return c->doc && json_is_string(v) ? stars(utf8_units(text_of(v)))
					   : schema_empty_value(&r->schema->col[c->place->col]);
}

/* [n, "line", …] has its lines joined by LF: one unit each. */
static json_t *change_without(const json_t *change)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(change); i++) {
		const json_t *part = json_array_get(change, i);
		size_t units = 0;
		json_t *section;

		if (!json_is_array(part) || json_array_size(part) < 2) {
			json_array_append(out, (json_t *)part);
			continue;
		}
		for (size_t line = 1; line < json_array_size(part); line++) {
			units += utf8_units(text_of(json_array_get(part, line))) + (line > 1);
		}
		section = json_array();
		json_array_append(section, json_array_get(part, 0));
		json_array_append_new(section, stars(units));
		json_array_append_new(out, section);
	}
	return out;
}

/* "cells" of a row by column, of the fields by key: [version, value]. */
static bool pair_without(const struct room *r, const struct room_cell *c, json_t *body,
			 struct slice name)
{
	json_t *cells = json_object_get(body, "cells");
	json_t *pair = json_object_getn(cells, name.ptr, name.len);

	if (!json_is_array(pair) || json_array_size(pair) != 2) {
		return false;
	}
	json_array_set_new(pair, 1, value_without(r, c, json_array_get(pair, 1)));
	return true;
}

/* An edit has a list of changes, a suggestion one; both, and answers, words beside them. */
static bool act_without(json_t *body)
{
	json_t *c = json_object_get(body, "c");
	json_t *list;

	if (json_object_get(body, "words")) {
		json_object_set_new(body, "words", json_string(""));
	}
	if (!json_is_array(c)) {
		return json_object_get(body, "words") != NULL;
	}
	if (json_object_get(body, "id") && !json_object_get(body, "what")) {
		json_object_set_new(body, "c", change_without(c));
		return true;
	}
	list = json_array();
	for (size_t i = 0; i < json_array_size(c); i++) {
		json_array_append_new(list, change_without(json_array_get(c, i)));
	}
	json_object_set_new(body, "c", list);
	return true;
}

static bool without(const struct room *r, const struct room_cell *c, struct slice key,
		    const struct record *rec, json_t **body)
{
	bool is_cell = slice_eq(rec->cell, key);

	switch (rec->kind) {
	case RECORD_INIT:
	case RECORD_POLICY:
		return pair_without(r, c, *body, key);
	case RECORD_ROW:
		return key.len > rec->cell.len + 1 && key.ptr[rec->cell.len] == '/' &&
		       memcmp(key.ptr, rec->cell.ptr, rec->cell.len) == 0 &&
		       pair_without(r, c, *body,
				    (struct slice){key.ptr + rec->cell.len + 1,
						   key.len - rec->cell.len - 1});
	case RECORD_SET:
		if (is_cell) {
			json_t *v = value_without(r, c, *body);

			json_decref(*body);
			*body = v;
		}
		return is_cell;
	case RECORD_EDIT:
	case RECORD_SUGGEST:
	case RECORD_ANSWER:
	case RECORD_WITHDRAW:
		return is_cell && act_without(*body);
	default:
		return false;
	}
}

static struct slice dump(const json_t *body, struct arena *mem)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
	struct slice out = arena_dup(mem, slice_of(text));

	free(text);
	return out;
}

bool room_erase_body(const struct room *r, struct slice key, const struct record *rec,
		     struct arena *mem, struct slice *body)
{
	const struct room_cell *c = cell_of(r, key);
	json_t *had = c ? json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL) : NULL;
	bool has = had && without(r, c, key, rec, &had);

	if (has) {
		*body = dump(had, mem);
		has = !slice_eq(*body, rec->body);
	}
	json_decref(had);
	return has;
}

bool room_erase_last(const struct room *r, struct slice key, int64_t now_ms, struct arena *mem,
		     struct record *out)
{
	const struct room_cell *c = cell_of(r, key);
	uint64_t ver = c->doc ? c->doc->ver : c->ver;
	size_t units = c->doc ? utf8_units(doc_text(c->doc)) : 0;
	json_t *body = c->doc ? json_pack("{s:[[[i]]]}", "c", (int)units)
			      : schema_empty_value(&r->schema->col[c->place->col]);
	bool is_empty = c->doc ? units == 0 : json_equal(body, c->value);

	*out = (struct record){.kind = c->doc ? RECORD_EDIT : RECORD_SET,
			       .at_ms = now_ms,
			       .base_ver = ver,
			       .ver = ver + 1,
			       .actor = SEAT_NONE,
			       .for_seat = SEAT_NONE,
			       .cell = arena_dup(mem, key),
			       .body = dump(body, mem)};
	json_decref(body);
	return !is_empty;
}
