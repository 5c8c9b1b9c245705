/* The state that was put together becomes journal records, in the order a room replays them. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "casefile/casefile_parts.h"

void emit(struct reader *r, enum record_kind kind, struct slice cell, json_t *body)
{
	struct casefile *out = r->out;
	char *text = json_dumps(body, JSON_COMPACT);

	mem_room(&out->record, &r->record_cap, out->record_count, sizeof *out->record);
	out->record[out->record_count++] = (struct record){
	    .kind = kind,
	    .method = METHOD_OWN,
	    .at_ms = r->o->now_ms,
	    .actor = SEAT_NONE,
	    .for_seat = SEAT_NONE,
	    .cell = arena_dup(&out->mem, cell),
	    .body = arena_dup(&out->mem, slice_of(text ? text : "")),
	};
	free(text);
	json_decref(body);
}

json_t *seats_json(seat_set seats)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < SEAT_MAX; i++) {
		if (seats & seat_bit(i)) {
			json_array_append_new(list, json_integer(i));
		}
	}
	return list;
}

/* As a room counts them: what is imported must also load. */
static void count_cell(struct reader *r, const json_t *value)
{
	size_t bytes = 8 + json_string_length(value);

	for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		bytes += 8 + json_string_length(json_array_get(value, i));
	}
	r->bytes += bytes;
	if (++r->cell_count > LIMIT_ROOM_CELLS) {
		casefile_refuse(r, ERR_LIMIT, "more than %d cells", LIMIT_ROOM_CELLS);
	}
	if (r->bytes > LIMIT_ROOM_BYTES) {
		casefile_refuse(r, ERR_LIMIT, "more than %d bytes of text", LIMIT_ROOM_BYTES);
	}
}

/* [version, value]; versions begin anywhere, so that they do not tell how much was written. */
static json_t *cell_json(struct reader *r, uint16_t col, json_t *value)
{
	uint64_t ver = random_id(r) & (((uint64_t)1 << 40) - 1);
	json_t *v = cell_value(r, col, NULL);
	json_t *pair = json_array();

	if (value) {
		json_decref(v);
		v = json_incref(value);
	}
	count_cell(r, v);
	json_array_append_new(pair, json_integer((json_int_t)(ver ? ver : 1)));
	json_array_append_new(pair, v);
	return pair;
}

static void emit_init(struct reader *r)
{
	json_t *cells = json_object();

	for (uint16_t c = 0; c < r->schema->col_count; c++) {
		const struct schema_col *col = &r->schema->col[c];

		if (col->table == SCHEMA_NONE &&
		    (!r->statutory || r->schema->cls[col->cls].everywhere)) {
			json_object_set_new(cells, col->id,
					    cell_json(r, c, json_object_get(r->field, col->id)));
		}
	}
	emit(r, RECORD_INIT, (struct slice){0}, json_pack("{s:o}", "cells", cells));
}

static void emit_row(struct reader *r, const struct row *row)
{
	const struct schema_table *t = &r->schema->table[row->table];
	char hex[HEX64_LEN + 1];
	json_t *body;
	json_t *cells = json_object();

	for (uint16_t i = 0; i < t->col_count; i++) {
		uint16_t c = (uint16_t)(t->first_col + i);
		const char *name = r->schema->col[c].name;

		json_object_set_new(cells, name,
				    cell_json(r, c, json_object_get(row->value, name)));
	}
	id_to_hex(row->id, hex);
	body = json_pack(
	    "{s:o,s:o,s:o,s:o,s:o}", "name", row->name ? json_string(row->name) : json_null(),
	    "owner", seats_json(row->owner), "about", seats_json(row->about), "audience",
	    row->has_audience ? seats_json(row->audience) : json_null(), "cells", cells);
	if (row->from_ms) {
		json_object_set_new(body, "from", json_integer((json_int_t)row->from_ms));
	}
	if (!row->has_audience && row->audience) {
		json_object_set_new(body, "shared", seats_json(row->audience));
	}
	if (row->item) {
		char item[HEX64_LEN + 1];

		id_to_hex(row->item, item);
		json_object_set_new(body, "item", json_string(item));
	}
	emit(r, RECORD_ROW, arena_printf(&r->out->mem, "%s/%s", t->id, hex), body);
}

static void emit_list(struct reader *r, enum record_kind kind, const json_t *bodies)
{
	for (size_t i = 0; i < json_array_size(bodies); i++) {
		emit(r, kind, (struct slice){0}, json_incref(json_array_get(bodies, i)));
	}
}

void emit_rows(struct reader *r)
{
	for (size_t i = 0; i < r->row_count && r->failed == ERR_OK; i++) {
		emit_row(r, &r->row[i]);
	}
}

/* The records that a series begins with are written by read_parties. */
void emit_all(struct reader *r)
{
	emit_init(r);
	emit_rows(r);
	emit_list(r, RECORD_GRANT, r->grants);
	emit_list(r, RECORD_WITHDRAW, r->withdrawals);
	emit_list(r, RECORD_DENY, r->denials);
	emit_list(r, RECORD_BAR, r->bars);
}
