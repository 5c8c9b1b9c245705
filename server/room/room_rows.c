/* Rows: new ones by a client or by the room itself, and the item a row of the minutes belongs to.
 */
#include <assert.h>

#include "base/limits.h"
#include "room/room_names.h"
#include "room/room_state.h"

json_t *rows_seats_json(const struct room *r, seat_set set)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (set & seat_bit(i)) {
			json_array_append_new(list, json_integer((json_int_t)i));
		}
	}
	return list;
}

bool rows_key(const struct room *r, struct slice key, uint16_t *table, uint64_t *row)
{
	size_t len = key.len;

	while (len > 0 && key.ptr[len - 1] != '/') {
		len--;
	}
	if (len < 2) {
		return false;
	}
	*table = schema_table_find(r->schema, (struct slice){key.ptr, len - 1});
	return *table != SCHEMA_NONE &&
	       id_from_hex((struct slice){key.ptr + len, key.len - len}, row);
}

void rows_added(struct room *r, struct slice key, uint16_t table, uint64_t row,
		const struct cell_place *whose)
{
	const char *id = r->schema->table[table].id;
	struct arena mem;

	if (strcmp(id, NAME_AGENDA) == 0) {
		meeting_item_added(r, row);
	}
	/* A plan with another row in it is not the one that was assented to. */
	if (r->schema->cls[r->schema->col[r->schema->table[table].first_col].cls].is_plan) {
		r->assent = false;
	}
	if (strcmp(id, NAME_PARTY) != 0) {
		return;
	}
	arena_init(&mem);
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (whose->owner & seat_bit(s)) {
			r->seat[s].label_cell = cells_find(
			    r, arena_printf(&mem, "%.*s/" NAME_LABEL, (int)key.len, key.ptr));
		}
	}
	arena_fini(&mem);
}

/* Versions start at a random number, so that they tell nothing of what was there before. */
static json_int_t first_version(const struct room_event *ev, size_t i)
{
	return (json_int_t)((ev->random[i % ROOM_RANDOM] & (((uint64_t)1 << 40) - 1)) | 1);
}

/* Columns that were not given are there all the same, empty, at a random version. */
static void fill_cells(const struct room *r, const struct room_event *ev, uint16_t table,
		       json_t *cells)
{
	const struct schema_table *t = &r->schema->table[table];

	for (uint16_t i = 0; i < t->col_count; i++) {
		const struct schema_col *col = &r->schema->col[t->first_col + i];

		if (!json_object_get(cells, col->name)) {
			json_t *pair = json_array();

			json_array_append_new(pair, json_integer(first_version(ev, 16u + i)));
			json_array_append_new(pair, schema_empty_value(col));
			json_object_set_new(cells, col->name, pair);
		}
	}
}

enum err rows_make(struct room *r, const struct room_event *ev, struct fx_list *out,
		   struct record *rec, uint64_t row, uint16_t table, const struct cell_place *whose,
		   uint64_t item, json_t *cells_owned)
{
	json_t *pairs = json_object();
	char hex[HEX64_LEN + 1];
	struct slice key;
	const char *name;
	json_t *value;
	enum err e;

	id_to_hex(row, hex);
	key = arena_printf(&out->mem, "%s/%s", r->schema->table[table].id, hex);
	json_object_foreach(cells_owned, name, value)
	{
		json_object_set_new(
		    pairs, name,
		    json_pack("[IO]", first_version(ev, json_object_size(pairs) + 1), value));
	}
	json_decref(cells_owned);
	fill_cells(r, ev, table, pairs);
	e = cells_add_row(r, key, NULL, table, whose, pairs);
	if (e != ERR_OK) {
		json_decref(pairs);
		return e;
	}
	rows_added(r, key, table, row, whose);
	rows_set_item(r, (uint32_t)r->row_count - 1, item);
	rec = rec ? rec : fx_record(out, RECORD_ROW, r);
	rec->cell = key;
	id_to_hex(item, hex);
	rec->body = fx_json(
	    out, json_pack("{s:n,s:o,s:o,s:o,s:s?,s:o}", "name", "owner",
			   rows_seats_json(r, whose->owner), "about",
			   rows_seats_json(r, whose->about), "audience",
			   whose->has_audience ? rows_seats_json(r, whose->audience) : json_null(),
			   "item", item ? hex : NULL, "cells", pairs));
	return ERR_OK;
}

void rows_set_cell(struct room *r, struct fx_list *out, uint32_t cell, json_t *value_owned)
{
	struct room_cell *c = &r->cell[cell];
	struct set_shown *shown = arena_alloc(&out->mem, sizeof *shown);
	struct record *rec = fx_record(out, RECORD_SET, r);

	rec->base_ver = c->ver;
	rec->cell = arena_dup(&out->mem, slice_of(c->key));
	cells_set_value(r, c, c->ver + 1, value_owned);
	rec->ver = c->ver;
	rec->body = fx_json(out, value_owned);
	if (cells_is_plan(r, c)) {
		r->assent = false;
	}
	*shown = (struct set_shown){.key = rec->cell,
				    .place = *c->place,
				    .ver = c->ver,
				    .seat = SEAT_NONE,
				    .value = fx_hold(out, c->value)};
	fx_add(out, FX_SET, (struct conn_id){0})->set = shown;
}

void rows_begin_at(struct room *r, uint32_t row, int64_t from_ms)
{
	r->row[row].from_ms = from_ms;
	r->knows_due = false;
	for (uint32_t i = 0; i < r->row[row].cell_count; i++) {
		r->row[row].place[i].is_later = from_ms > r->now_ms;
	}
}

bool rows_pass_time(struct room *r, json_t *report)
{
	bool changed = false;

	for (uint32_t i = 0; i < r->row_count; i++) {
		const struct room_row *row = &r->row[i];
		bool later = row->from_ms > r->now_ms;

		if (later != row->place[0].is_later) {
			rights_report(report, "rows", json_string(row->key));
			rows_begin_at(r, i, row->from_ms);
			changed = true;
		}
	}
	return changed;
}

void rows_raise_floors(struct room *r, int64_t after_ms)
{
	for (uint32_t i = 0; i < r->row_count; i++) {
		const struct room_row *row = &r->row[i];

		if (row->from_ms > after_ms && row->from_ms <= r->now_ms) {
			for (uint32_t k = 0; k < row->cell_count; k++) {
				struct room_cell *c = &r->cell[row->first_cell + k];

				if (c->doc) {
					cell_text(c)->floor = c->doc->ver;
				}
			}
		}
	}
}

void rows_set_item(struct room *r, uint32_t row, uint64_t item)
{
	for (uint32_t i = 0; i < r->row[row].cell_count; i++) {
		r->cell[r->row[row].first_cell + i].item = item;
	}
}

void rows_assign(struct room *r, uint32_t row, uint64_t item, seat_set audience)
{
	rows_set_item(r, row, item);
	for (uint32_t i = 0; i < r->row[row].cell_count; i++) {
		struct room_cell *c = &r->cell[r->row[row].first_cell + i];
		struct cell_place *place = &r->row[row].place[i];
		bool wider = (audience & ~place->audience) != 0;

		place->audience = audience;
		place->has_audience = true;
		if (wider && c->doc) {
			cell_text(c)->floor = c->doc->ver; /* what was written before is no right */
		}
	}
}

/* ---- messages ---- */

/* Whose the new row is, and who is cut off from it. */
static enum err row_whose(const struct room *r, const struct room_event *ev, const struct act *act,
			  const struct schema_table *t, struct cell_place *place, uint64_t *item)
{
	const struct room_segment *s = ev->msg->has_to
					   ? meeting_segment_of(r, ev->msg->to)
					   : (meeting_item_open(r) ? meeting_segment(r) : NULL);
	seat_set both = seat_bit(act->actor) | seat_bit(act->for_seat);

	*place = (struct cell_place){.has_row = true, .owner = seat_bit(act->for_seat)};
	if (t->owner_role != SCHEMA_NONE) {
		place->owner = seats_of_role(r, t->owner_role);
	}
	if (!t->in_segment) {
		return ev->msg->has_to ? ERR_PROTO : ERR_OK;
	}
	if (!s || sealing_holds_segment(r, s) || (s->audience & both) != both) {
		return ERR_RULE;
	}
	place->has_audience = true;
	place->audience = s->audience;
	*item = s->row;
	return ERR_OK;
}

/* Every column given exists, fits, and may be written by this act on a row of that kind. */
static enum err row_cells(struct room *r, const struct room_event *ev, const struct act *act,
			  uint16_t table, struct cell_place *place)
{
	const json_t *cells = ev->msg->cells;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)cells, name, value)
	{
		uint16_t at = schema_table_col(r->schema, table, slice_of(name));
		const struct schema_col *col = at == SCHEMA_NONE ? NULL : &r->schema->col[at];
		struct room_cell like = {.place = place};

		if (!col || value_check(r, col, value) != ERR_OK) {
			return ERR_PROTO;
		}
		if (!cells_may_grow(r, cells_value_bytes(value))) {
			return ERR_LIMIT;
		}
		place->col = at;
		if (act_level(r, act, place) != LEVEL_WRITE) {
			return ERR_GONE;
		}
		if (strcmp(r->schema->table[table].id, NAME_AGENDA) == 0 &&
		    strcmp(name, NAME_AGENDA_AUDIENCE) == 0) {
			enum err e = agenda_may_change(r, act, 0, value);

			if (e != ERR_OK) {
				return e;
			}
		} else if (value_may_name(r, act, &like, value) != ERR_OK) {
			return ERR_GONE;
		}
	}
	return json_object_size(cells) > 0 ? ERR_OK : ERR_PROTO;
}

void on_row(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint16_t table = schema_table_find(r->schema, ev->msg->table);
	const struct schema_table *t = table == SCHEMA_NONE ? NULL : &r->schema->table[table];
	struct cell_place place = {0};
	struct act act;
	struct room_answer answer = {.has_row = true, .row = ev->random[0]};
	size_t first = out->record_count;
	uint64_t item = 0;
	enum err e = act_of(r, ev, &act);

	if (e == ERR_OK && (!t || rights_is_closed(&r->rights, table) ||
			    !(rights_may_add_row(&r->rights, act.actor, table) ||
			      rights_may_add_row(&r->rights, act.for_seat, table)))) {
		e = ERR_GONE;
	}
	if (e == ERR_OK) {
		e = row_whose(r, ev, &act, t, &place, &item);
	}
	if (e == ERR_OK) {
		e = row_cells(r, ev, &act, table, &place);
	}
	if (e == ERR_OK) {
		e = rows_make(r, ev, out, fx_request(out, RECORD_ROW, r, ev, &act), answer.row,
			      table, &place, item, json_copy((json_t *)(uintptr_t)ev->msg->cells));
	}
	if (e != ERR_OK) {
		out->record_count = first;
		fx_no(out, ev, e);
		return;
	}
	dedupe_remember(r, ev, &answer);
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
	out->fx[out->fx_count - 1].has_row = true;
	out->fx[out->fx_count - 1].row = answer.row;
}

/* May the recorder give the row to these seats? A reason is needed where somebody new may read. */
static enum err may_assign(const struct room_event *ev, const struct cell_place *row,
			   const struct room_segment *to)
{
	seat_set both = row->audience & to->audience;

	if (!(both & seat_bit(ev->actor)) || (row->owner & ~to->audience) != 0) {
		return ERR_RULE; /* nobody reads or loses what they wrote by another's hand */
	}
	if ((to->audience & ~row->audience) != 0 && ev->msg->words.len == 0) {
		return ERR_RULE;
	}
	return ERR_OK;
}

static struct slice assign_body(struct fx_list *out, const struct room *r, uint64_t to,
				seat_set audience, struct slice why)
{
	char hex[HEX64_LEN + 1];
	json_t *body;

	id_to_hex(to, hex);
	body = json_pack("{s:s,s:o}", "to", hex, "audience", rows_seats_json(r, audience));
	if (why.len) {
		json_object_set_new(body, "why", json_stringn(why.ptr, why.len));
	}
	return fx_json(out, body);
}

void on_assign(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	uint16_t table = schema_table_find(r->schema, ev->msg->table);
	const struct room_segment *to = meeting_segment_of(r, ev->msg->to);
	char hex[HEX64_LEN + 1];
	struct record *rec;
	struct slice key;
	uint32_t row;
	bool moves;
	enum err e = ERR_GONE;

	id_to_hex(ev->msg->row, hex);
	key = arena_printf(&out->mem, "%.*s/%s", (int)ev->msg->table.len, ev->msg->table.ptr, hex);
	row = cells_find_row(r, key);
	if (row != MAP_NONE && table != SCHEMA_NONE && r->schema->table[table].in_segment && to &&
	    (r->rights.seat[ev->actor].duties & DUTY_RECORDER) &&
	    cells_level(r, seat_bit(ev->actor), &r->cell[r->row[row].first_cell]).level !=
		LEVEL_NONE &&
	    (r->row[row].place[0].audience & seat_bit(ev->actor))) {
		e = sealing_holds(r, &r->row[row].place[0]) || sealing_holds_segment(r, to)
			? ERR_RULE
			: may_assign(ev, &r->row[row].place[0], to);
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	rec = fx_request(out, RECORD_ASSIGN, r, ev, &act);
	rec->cell = key;
	rec->body = assign_body(out, r, ev->msg->to, to->audience, ev->msg->words);
	moves = r->cell[r->row[row].first_cell].item != ev->msg->to;
	rows_assign(r, row, ev->msg->to, to->audience);
	/* Whoever keeps it hears where it stands now; who else reads it from now on is not told. */
	for (size_t i = 0; moves && i < r->viewer_count; i++) {
		viewer_forget(r, &r->viewer[i], r->row[row].first_cell, r->row[row].cell_count);
	}
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}
