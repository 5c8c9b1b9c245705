/* Rows, the open agenda item, assent, withdrawal, presence. */
#include <assert.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_names.h"
#include "room/room_state.h"

static json_t *seats_json(const struct room *r, seat_set set)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (set & seat_bit(i)) {
			json_array_append_new(list, json_integer((json_int_t)i));
		}
	}
	return list;
}

/* Whose the new row is, and who is cut off from it. */
static enum err row_whose(const struct room *r, const struct act *act, const struct schema_table *t,
			  struct cell_place *place)
{
	*place = (struct cell_place){.has_row = true, .owner = seat_bit(act->for_seat)};
	if (t->owner_role != SCHEMA_NONE) {
		place->owner = seats_of_role(r, t->owner_role);
	}
	if (t->in_segment) {
		seat_set both = seat_bit(act->actor) | seat_bit(act->for_seat);

		if (!r->item_open || (r->item_audience & both) != both) {
			return ERR_RULE;
		}
		place->has_audience = true;
		place->audience = r->item_audience;
	}
	return ERR_OK;
}

/* Versions start at a random number, so that they tell nothing of what was there before. */
static json_int_t first_version(const struct room_event *ev, size_t i)
{
	return (json_int_t)((ev->random[i % ROOM_RANDOM] & (((uint64_t)1 << 40) - 1)) | 1);
}

/* Every column given exists, fits, and may be written by this act on a row of that kind. */
static enum err row_cells(struct room *r, const struct room_event *ev, const struct act *act,
			  uint16_t table, struct cell_place *place, json_t *cells)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)ev->msg->cells, name, value)
	{
		uint16_t at = schema_table_col(r->schema, table, slice_of(name));
		const struct schema_col *col = at == SCHEMA_NONE ? NULL : &r->schema->col[at];

		if (!col || value_check(r, col, value) != ERR_OK) {
			return ERR_PROTO;
		}
		if (cells_value_bytes(value) > LIMIT_ROOM_BYTES - r->bytes) {
			return ERR_LIMIT;
		}
		place->col = at;
		if (act_level(r, act, place) != LEVEL_WRITE) {
			return ERR_GONE;
		}
		json_object_set_new(
		    cells, name,
		    json_pack("[IO]", first_version(ev, json_object_size(cells) + 1), value));
	}
	return json_object_size(cells) > 0 ? ERR_OK : ERR_PROTO;
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

void on_row(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint16_t table = schema_table_find(r->schema, ev->msg->table);
	const struct schema_table *t = table == SCHEMA_NONE ? NULL : &r->schema->table[table];
	struct cell_place place = {0};
	struct act act;
	struct room_answer answer = {.has_row = true, .row = ev->random[0]};
	struct record *rec;
	char hex[HEX64_LEN + 1];
	struct slice key;
	json_t *cells;
	enum err e = act_of(r, ev, &act);

	if (e == ERR_OK && (!t || t->closed ||
			    !(rights_may_add_row(&r->rights, act.actor, table) ||
			      rights_may_add_row(&r->rights, act.for_seat, table)))) {
		e = ERR_GONE;
	}
	if (e == ERR_OK) {
		e = row_whose(r, &act, t, &place);
	}
	cells = json_object();
	if (e == ERR_OK) {
		e = row_cells(r, ev, &act, table, &place, cells);
	}
	id_to_hex(answer.row, hex);
	if (e == ERR_OK) {
		fill_cells(r, ev, table, cells);
		key = arena_printf(&out->mem, "%s/%s", t->id, hex);
		e = cells_add_row(r, key, NULL, table, &place, cells, NULL);
	}
	if (e != ERR_OK) {
		json_decref(cells);
		fx_no(out, ev, e);
		return;
	}
	rec = fx_request(out, RECORD_ROW, r, ev, &act);
	rec->cell = key;
	rec->body =
	    fx_json(out, json_pack("{s:n,s:o,s:[],s:o,s:o}", "name", "owner",
				   seats_json(r, place.owner), "about", "audience",
				   place.has_audience ? seats_json(r, place.audience) : json_null(),
				   "cells", cells));
	dedupe_remember(r, ev, &answer);
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
	out->fx[out->fx_count - 1].has_row = true;
	out->fx[out->fx_count - 1].row = answer.row;
}

void on_open(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	char hex[HEX64_LEN + 1];
	struct slice key;
	seat_set audience;
	uint32_t row;

	id_to_hex(ev->msg->row, hex);
	key = arena_printf(&out->mem, NAME_AGENDA "/%s", hex);
	row = cells_find_row(r, key);
	if (row == MAP_NONE || !(r->rights.seat[ev->actor].duties & DUTY_CHAIR)) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	audience = r->cell[r->row[row].first_cell].place.audience;
	rights_open_item(r, ev->msg->row, audience);
	fx_request(out, RECORD_SEGMENT, r, ev, &act)->body =
	    fx_json(out, json_pack("{s:s,s:o}", "row", hex, "audience", seats_json(r, audience)));
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}

void on_assent(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	enum err e = act_of(r, ev, &act);
	const char *status = json_string_value(r->cell[r->status_cell].value);

	if (e == ERR_OK && r->rights.seat[act.for_seat].role !=
			       schema_role_find(r->schema, slice_of(NAME_PERSON_ROLE))) {
		e = ERR_GONE;
	}
	if (e == ERR_OK &&
	    (!status || (strcmp(status, "proposed") != 0 && strcmp(status, "provisional") != 0))) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	r->assent = true;
	fx_request(out, RECORD_ASSENT, r, ev, &act)->body = slice_of("{}");
	dedupe_remember(r, ev, &(struct room_answer){0});
	fx_ack(out, ev, 0);
}

void on_withdraw(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	char hex[HEX64_LEN + 1];
	struct room_cell *words;
	struct change change;
	struct room_answer answer = {0};
	struct record *rec;
	uint32_t at;
	enum err e = act_of(r, ev, &act);

	id_to_hex(ev->msg->row, hex);
	at = cells_find(r, arena_printf(&out->mem, NAME_CONSENT "/%s/" NAME_WITHDRAWAL, hex));
	words = at == MAP_NONE ? NULL : &r->cell[at];
	if (e == ERR_OK &&
	    (!words || !words->doc || act_level(r, &act, &words->place) != LEVEL_WRITE)) {
		e = ERR_GONE;
	}
	if (e == ERR_OK && words->doc->units > 0) {
		e = ERR_RULE; /* it is withdrawn already */
	}
	if (e == ERR_OK) {
		/* Their words first: without them nothing was said, and nothing is cut. */
		e = edit_replace(r, words, ev->msg->words.len ? ev->msg->words : slice_of("撤回"),
				 viewer_find(r, ev->conn)->client, &act, &out->mem, &change);
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	rights_withdraw(r, ev->msg->row, r->now_ms);
	rec = fx_request(out, RECORD_WITHDRAW, r, ev, &act);
	rec->ver = words->doc->ver;
	rec->cell = arena_dup(&out->mem, slice_of(words->key));
	rec->body = fx_json(out, json_pack("{s:s,s:o}", "row", hex, "c",
					   json_pack("[o]", change_to_json(&change))));
	viewer_refresh(r, out);
	edit_say(out, (struct conn_id){0}, words, words->doc->ver, rec->client, act.for_seat,
		 &change);
	answer.ver = words->doc->ver;
	dedupe_remember(r, ev, &answer);
	fx_ack(out, ev, answer.ver);
}

void on_here(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct here_shown *here = arena_alloc(&out->mem, sizeof *here);
	uint32_t at = ev->msg->cell.len ? cells_find(r, ev->msg->cell) : MAP_NONE;

	here->seat = ev->actor;
	/* A cell it cannot read is, to everybody, no cell. */
	if (at != MAP_NONE && cells_level(r, ev->viewer, &r->cell[at]).level != LEVEL_NONE) {
		here->has_cell = true;
		here->key = arena_dup(&out->mem, slice_of(r->cell[at].key));
		here->place = r->cell[at].place;
		here->has_at = ev->msg->has_at;
		memcpy(here->at, ev->msg->at, sizeof here->at);
	}
	fx_add(out, FX_HERE, ev->conn)->here = here;
}

void on_reach(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint32_t at = cells_find(r, ev->msg->cell);
	struct cell_shown *shown;
	struct fx *f;

	if (at == MAP_NONE || cells_level(r, ev->viewer, &r->cell[at]).level == LEVEL_NONE) {
		return; /* nothing to say about what is not there */
	}
	shown = arena_alloc(&out->mem, sizeof *shown);
	cells_show(r, &r->cell[at], shown);
	shown->key = arena_dup(&out->mem, shown->key);
	shown->text = (struct slice){0};
	shown->value = NULL;
	f = fx_add(out, FX_REACH, ev->conn);
	f->cell = shown;
	f->cell_count = 1;
}

void on_tick(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	json_t *report = json_object();

	if (rights_pass_time(r, ev->now_ms, report)) {
		fx_record(out, RECORD_LAPSE, r)->body = fx_json(out, report);
		viewer_refresh(r, out);
	} else {
		json_decref(report);
	}
}
