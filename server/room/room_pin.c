/*
 * Pinning a series to another policy: which policies a journal asks for, whether a policy can carry
 * what is there, and the record that pins. Approving it is room_approve.c.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "policy/schema_words.h"
#include "room/room_state.h"

/* ---- which policies a journal asks for ---- */

static const char *hash_of(const json_t *body)
{
	const json_t *v = json_object_get(body, "hash");

	return json_is_string(v) && json_string_length(v) == 64 ? json_string_value(v) : NULL;
}

bool pins_take(struct room_pins *p, enum record_kind kind, const json_t *body)
{
	const char *hash = hash_of(body);
	bool first = p->pinned[0] == '\0';

	if (!hash || (kind == RECORD_APPROVE && strcmp(hash, p->pinned) != 0)) {
		return false;
	}
	memcpy(p->pinned, hash, sizeof p->pinned);
	/* The first one was there before anybody read anything by another. */
	if (first || kind == RECORD_APPROVE || json_is_true(json_object_get(body, "approved"))) {
		memcpy(p->approved, hash, sizeof p->approved);
	}
	return true;
}

bool room_pins(const struct record *record, size_t count, struct room_pins *out)
{
	bool good = true;

	*out = (struct room_pins){0};
	for (size_t i = 0; i < count && good; i++) {
		const struct record *rec = &record[i];

		if (rec->kind == RECORD_POLICY || rec->kind == RECORD_APPROVE) {
			json_t *body = json_loadb(rec->body.ptr, rec->body.len, 0, NULL);

			good = pins_take(out, rec->kind, body);
			json_decref(body);
		}
	}
	return good && out->pinned[0] != '\0';
}

/* ---- can a policy carry what is there? ---- */

enum { REASONS_MAX = 200 };

struct carry {
	const struct room *r;
	const struct schema *next;
	struct arena *mem;
	const char **reason;
	size_t count;
};

/* Each reason once, in the order of the room. */
static void refuse(struct carry *k, const char *format, const char *label, const char *id)
{
	const char *text = arena_printf(k->mem, format, label, id).ptr;

	for (size_t i = 0; i < k->count; i++) {
		if (strcmp(k->reason[i], text) == 0) {
			return;
		}
	}
	if (k->count < REASONS_MAX) {
		k->reason[k->count++] = text;
	}
}

static void check_seats(struct carry *k)
{
	for (unsigned i = 0; i < k->r->rights.seat_count; i++) {
		const struct schema_role *role = &k->r->schema->role[k->r->rights.seat[i].role];

		if (schema_role_find(k->next, slice_of(role->id)) == SCHEMA_NONE) {
			refuse(k, "役割「%s」（%s）がありません。この役割の席があります。",
			       role->label, role->id);
		}
	}
}

static void check_grants(struct carry *k)
{
	for (size_t i = 0; i < k->r->rights.grant_count; i++) {
		const struct grant *g = &k->r->rights.grant[i];
		const struct schema_class *cls = &k->r->schema->cls[g->cls];
		const struct schema_col *col =
		    g->col == SCHEMA_NONE ? NULL : &k->r->schema->col[g->col];

		if (col && schema_col_find(k->next, slice_of(col->id)) == SCHEMA_NONE) {
			refuse(k, "項目「%s」（%s）がありません。同意がこの項目を挙げています。",
			       schema_col_words(k->r->schema, g->col, k->mem), col->id);
		}
		if (!col && schema_class_find(k->next, slice_of(cls->id)) == SCHEMA_NONE) {
			refuse(k, "種別「%s」（%s）がありません。同意がこの種別を挙げています。",
			       cls->label, cls->id);
		}
	}
}

static bool is_empty(const json_t *v)
{
	return json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0) ||
	       (json_is_array(v) && json_array_size(v) == 0);
}

bool pins_may_skip(const json_t *pair)
{
	return is_empty(json_array_get(pair, 1));
}

static bool is_used(const struct room_cell *c)
{
	return c->written || (c->doc ? c->doc->body.units > 0 : !is_empty(c->value));
}

static bool fits(const struct carry *k, const struct room_cell *c, const struct schema_col *to)
{
	return c->doc ? c->doc->body.units <= to->units_max
		      : value_fits(k->r, k->next, to, c->value);
}

/* A cell that is in both: of the same kind, and its value is possible there. */
static void check_cell(struct carry *k, const struct room_cell *c, const struct schema_col *from,
		       const struct schema_col *to)
{
	const char *words = schema_col_words(k->r->schema, c->place->col, k->mem);

	if ((from->table == SCHEMA_NONE) != (to->table == SCHEMA_NONE)) {
		refuse(k, "「%s」（%s）が、項目と表のあいだで変わっています。", words, from->id);
	} else if (from->type != to->type) {
		refuse(k, "項目「%s」（%s）の種類が変わっています。", words, from->id);
	} else if (k->r->schema->cls[from->cls].is_plan != k->next->cls[to->cls].is_plan) {
		refuse(k, "項目「%s」（%s）が、計画の内と外のあいだで変わっています。", words,
		       from->id);
	} else if (!fits(k, c, to)) {
		refuse(k, "項目「%s」（%s）に、新しい方針では入れられない値があります。", words,
		       from->id);
	}
}

static void check_cells(struct carry *k)
{
	for (size_t i = 0; i < k->r->cell_count; i++) {
		const struct room_cell *c = &k->r->cell[i];
		const struct schema_col *from = &k->r->schema->col[c->place->col];
		uint16_t at = schema_col_find(k->next, slice_of(from->id));

		if (at != SCHEMA_NONE) {
			check_cell(k, c, from, &k->next->col[at]);
		} else if (from->table != SCHEMA_NONE || is_used(c)) {
			refuse(k, "項目「%s」（%s）がありません。この系列で使っています。",
			       schema_col_words(k->r->schema, c->place->col, k->mem), from->id);
		}
	}
}

/* Rows were born as their table had it; and all that will be there has to fit into a room. */
static void check_rows(struct carry *k)
{
	size_t cells = 0;

	for (uint16_t i = 0; i < k->next->col_count; i++) {
		cells += k->next->col[i].table == SCHEMA_NONE;
	}
	for (size_t i = 0; i < k->r->row_count; i++) {
		const struct schema_table *from = &k->r->schema->table[k->r->row[i].table];
		uint16_t at = schema_table_find(k->next, slice_of(from->id));

		if (at == SCHEMA_NONE) {
			continue; /* its columns are missed */
		}
		cells += k->next->table[at].col_count;
		if (from->in_segment != k->next->table[at].in_segment) {
			refuse(k, "表「%s」（%s）の行が、次第に属するかどうかが変わっています。",
			       schema_table_words(k->r->schema, k->r->row[i].table, k->mem),
			       from->id);
		}
	}
	if (cells > LIMIT_ROOM_CELLS) {
		refuse(k, "%s%s", "項目と行が多すぎて、一つの部屋に入りません。", "");
	}
}

const char *const *room_carry(const struct room *r, const struct schema *next, struct arena *mem,
			      size_t *count)
{
	struct carry k = {.r = r, .next = next, .mem = mem};

	k.reason = arena_alloc(mem, REASONS_MAX * sizeof *k.reason);
	check_seats(&k);
	check_cells(&k);
	check_rows(&k);
	check_grants(&k);
	*count = k.count;
	return k.reason;
}

/* ---- the record ---- */

json_t *room_pin_body(const struct room *r, const struct schema *next, bool approved,
		      uint64_t (*random)(void *arg), void *arg)
{
	json_t *cells = json_object();
	json_t *body;

	for (uint16_t i = 0; i < next->col_count; i++) {
		const struct schema_col *col = &next->col[i];

		/* Versions begin anywhere, so that they do not tell how much was written. */
		if (col->table == SCHEMA_NONE && cells_find(r, slice_of(col->id)) == MAP_NONE) {
			json_int_t ver =
			    (json_int_t)((random(arg) & (((uint64_t)1 << 40) - 1)) | 1);

			json_object_set_new(cells, col->id,
					    json_pack("[I,o]", ver, schema_empty_value(col)));
		}
	}
	body = json_pack("{s:s,s:o}", "hash", next->hash, "cells", cells);
	if (approved) {
		json_object_set_new(body, "approved", json_true());
	}
	return body;
}
