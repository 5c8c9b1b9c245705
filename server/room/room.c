/* The conference: event in, ordered effects out. Read this file first, then fx.h. */
#include "room/room.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "room/room_names.h"
#include "room/room_state.h"

struct room *room_create(const struct schema *schema, const struct ceiling *ceiling)
{
	struct room *r = mem_alloc(sizeof *r);

	r->schema = schema;
	r->ceiling = ceiling;
	r->rights.schema = schema;
	r->rights.plan = PLAN_LIVE;
	r->status_cell = MAP_NONE;
	r->now_ms = INT64_MIN;
	r->recorded_ms = INT64_MIN;
	return r;
}

static void cell_fini(struct room_cell *c)
{
	if (c->place->has_row) {
		free((char *)(uintptr_t)c->key);
	}
	json_decref(c->value);
	if (c->doc) {
		doc_fini(c->doc);
		free(cell_text(c)->seat_floor);
		free(cell_text(c));
	}
}

void room_destroy(struct room *r)
{
	if (!r) {
		return;
	}
	for (size_t i = 0; i < r->cell_count; i++) {
		cell_fini(&r->cell[i]);
	}
	for (size_t i = 0; i < r->row_count; i++) {
		free(r->row[i].key);
		free(r->row[i].name);
		free(r->row[i].place);
	}
	for (size_t i = 0; i < r->client_count; i++) {
		free(r->client[i].answer);
	}
	for (size_t i = 0; i < r->viewer_count; i++) {
		free(r->viewer[i].seen);
		free(r->viewer[i].told);
	}
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		free(r->seat[i].name);
		free(r->seat[i].label);
	}
	free(r->seat);
	json_decref(r->no_words);
	json_decref(r->no_items);
	index_fini(&r->cell_by_key);
	index_fini(&r->row_by_key);
	map_fini(&r->base_by_key);
	free(r->cell);
	free(r->row);
	free(r->client);
	free(r->viewer);
	free(r->rights.grant);
	free(r->grant);
	free(r->base);
	free(r->notice);
	free(r->caseload);
	meeting_fini(r);
	suggest_fini(r);
	free(r);
}

typedef void handler(struct room *r, const struct room_event *ev, struct fx_list *out);

static void on_ping(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	(void)r;
	fx_add(out, FX_PONG, ev->conn);
}

/*
 * What to do with each message; whether it is a request that is kept (and so answered once,
 * however often it comes), and whether it changes what anybody sees.
 */
static const struct {
	handler *run;
	bool kept;
	bool alone;
} row[MSG_COUNT] = {
    [MSG_JOIN] = {viewer_join, false, true},    [MSG_EDIT] = {on_edit, true, false},
    [MSG_SET] = {on_set, true, false},          [MSG_ROW] = {on_row, true, true},
    [MSG_OPEN] = {on_open, true, true},         [MSG_CLOSE] = {on_close, true, true},
    [MSG_ORDER] = {on_order, true, true},       [MSG_ATTEND] = {on_attend, true, true},
    [MSG_PAUSE] = {on_pause, true, true},       [MSG_ASSIGN] = {on_assign, true, true},
    [MSG_SUGGEST] = {on_suggest, true, false},  [MSG_ANSWER] = {on_answer, true, false},
    [MSG_ASSENT] = {on_assent, true, false},    [MSG_GRANT] = {on_grant, true, true},
    [MSG_WITHDRAW] = {on_withdraw, true, true}, [MSG_BAR] = {on_bar, true, true},
    [MSG_DENY] = {on_deny, true, true},         [MSG_APPROVE] = {on_approve, true, true},
    [MSG_SEAL] = {on_seal, true, true},         [MSG_CASELOAD] = {on_caseload, false, false},
    [MSG_HISTORY] = {on_history, false, false}, [MSG_HERE] = {on_here, false, false},
    [MSG_REACH] = {on_reach, false, false},     [MSG_PING] = {on_ping, false, false},
};

bool room_event_is_alone(const struct room_event *ev)
{
	if (ev->kind != ROOM_MSG) {
		return true;
	}
	return row[ev->msg->kind].alone ||
	       (ev->msg->kind == MSG_SET && (slice_is(ev->msg->cell, NAME_PLAN_STATUS) ||
					     slice_begins(ev->msg->cell, NAME_AGENDA "/")));
}

bool room_event_needs_random(const struct room_event *ev)
{
	return ev->kind != ROOM_MSG || (ev->msg->kind != MSG_EDIT && ev->msg->kind != MSG_HERE &&
					ev->msg->kind != MSG_PING);
}

bool room_keeps(enum msg_kind kind)
{
	return row[kind].kept;
}

static void step_message(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	assert(ev->msg->kind < MSG_COUNT && row[ev->msg->kind].run);
	if (ev->msg->kind == MSG_JOIN || !viewer_find(r, ev->conn)) {
		fx_add(out, FX_BYE, ev->conn)->code = ERR_PROTO;
		return;
	}
	/* A seat that ended or was barred asks in vain, whatever it asks. */
	if (!r->rights.seat[ev->actor].live || r->rights.seat[ev->actor].barred) {
		fx_add(out, FX_BYE, ev->conn)->code = ERR_GONE;
		return;
	}
	/* A screen on the wall asks for nothing. */
	if (viewer_find(r, ev->conn)->board && ev->msg->kind != MSG_PING) {
		if (row[ev->msg->kind].kept) {
			fx_no(out, ev, ERR_GONE);
		}
		return;
	}
	if (!row[ev->msg->kind].kept || !dedupe_answer(r, ev, out)) {
		row[ev->msg->kind].run(r, ev, out);
	}
}

void room_step(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	size_t recorded = out->record_count;

	assert(ev->kind == ROOM_TICK || ev->kind == ROOM_LOOK || ev->actor < r->rights.seat_count);
	/* Rights follow the clock before anything is judged by them. */
	if (ev->now_ms >= room_deadline(r) && ev->kind != ROOM_TICK) {
		on_tick(r, ev, out);
	}
	r->now_ms = ev->now_ms > r->now_ms ? ev->now_ms : r->now_ms;
	switch (ev->kind) {
	case ROOM_JOIN:
		viewer_join(r, ev, out);
		break;
	case ROOM_LEAVE:
		viewer_leave(r, ev, out);
		break;
	case ROOM_MSG:
		step_message(r, ev, out);
		break;
	case ROOM_LOOK:
		office_look(r, ev, out);
		break;
	case ROOM_TICK:
		on_tick(r, ev, out);
		break;
	}
	while (recorded < out->record_count) {
		base_note(r, &out->record[recorded++]);
	}
	rights_find_due(r);
}

const struct rights *room_rights(const struct room *r)
{
	return &r->rights;
}

size_t room_viewer_count(const struct room *r)
{
	return r->viewer_count;
}

struct room_about room_about(const struct room *r)
{
	return (struct room_about){r->fictional, r->rights.office, slice_of(r->notice)};
}

seat_set room_viewer(const struct room *r, struct conn_id conn, bool *board)
{
	const struct room_viewer *v = viewer_find((struct room *)(uintptr_t)r, conn);

	if (board) {
		*board = v && v->board;
	}
	return v ? v->seats : 0;
}

const struct cell_shown *room_visible(struct room *r, seat_set viewer, struct arena *mem,
				      size_t *count)
{
	struct cell_shown *shown = arena_alloc(mem, (r->cell_count + 1) * sizeof *shown);

	*count = 0;
	for (size_t i = 0; i < r->cell_count; i++) {
		if (cells_level(r, viewer, &r->cell[i]).level != LEVEL_NONE) {
			cells_show(r, &r->cell[i], &shown[*count]);
			suggest_show(r, &r->cell[i], mem, &shown[(*count)++]);
		}
	}
	return shown;
}

const struct seat_shown *room_seats(const struct room *r, struct arena *mem, size_t *count)
{
	struct seat_shown *shown = arena_alloc(mem, (r->rights.seat_count + 1) * sizeof *shown);

	*count = 0;
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		const struct room_seat *seat = &r->seat[i];
		const struct room_cell *label =
		    seat->label_cell == MAP_NONE ? NULL : &r->cell[seat->label_cell];
		struct seat_shown *s = &shown[*count];

		if (!label || !r->rights.seat[i].live) {
			continue;
		}
		*s = (struct seat_shown){.seat = (uint8_t)i, .wire = seat->wire};
		s->label = slice_of(json_string_value(label->value));
		s->label_place = *label->place;
		s->attend = seat->attend;
		s->on_line = seat->on_line;
		s->called = meeting_calls(r, (uint8_t)i);
		for (size_t v = 0; v < r->viewer_count; v++) {
			s->here = s->here || (r->viewer[v].actor == i && !r->viewer[v].board);
		}
		(*count)++;
	}
	return shown;
}

/* "party/hex" of a key "party/hex/display_label". */
static struct slice row_of_key(const char *key)
{
	return (struct slice){key, (size_t)(strrchr(key, '/') - key)};
}

const struct party_shown *room_parties(const struct room *r, struct arena *mem, size_t *count)
{
	struct party_shown *shown = arena_alloc(mem, (r->rights.seat_count + 1) * sizeof *shown);

	*count = 0;
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		const struct room_seat *seat = &r->seat[i];
		const struct room_cell *label =
		    seat->label_cell == MAP_NONE ? NULL : &r->cell[seat->label_cell];

		if (label) {
			shown[(*count)++] = (struct party_shown){
			    .seat = (uint8_t)i,
			    .wire = seat->wire,
			    .label = slice_of(json_string_value(label->value)),
			    .label_place = *label->place,
			    .row = row_of_key(label->key),
			    .remote = seat->remote,
			    .from_ms = seat->from_ms,
			    .until_ms = seat->until_ms,
			};
		}
	}
	return shown;
}

const struct consent_shown *room_consents(const struct room *r, struct arena *mem, size_t *count)
{
	struct consent_shown *shown = arena_alloc(mem, (r->rights.grant_count + 1) * sizeof *shown);

	*count = 0;
	for (size_t i = 0; i < r->rights.grant_count; i++) {
		/* One consent may have opened several things; they end together. */
		if (i == 0 || r->grant[i].row != r->grant[i - 1].row) {
			shown[(*count)++] = (struct consent_shown){
			    .row = r->grant[i].row, .until_ms = r->grant[i].until_ms};
		}
		shown[*count - 1].seats |= seat_bit(r->rights.grant[i].seat);
	}
	return shown;
}

uint8_t room_seat_find(const struct room *r, struct slice name)
{
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (slice_is(name, r->seat[i].name)) {
			return (uint8_t)i;
		}
	}
	return SEAT_NONE;
}

bool room_place(const struct room *r, struct slice key, struct cell_place *out)
{
	uint32_t at = cells_find(r, key);

	if (at == MAP_NONE) {
		return false;
	}
	*out = *r->cell[at].place;
	return true;
}

bool room_row_find(const struct room *r, uint16_t table, struct slice name, struct slice *key)
{
	for (size_t i = 0; i < r->row_count; i++) {
		const struct room_row *found = &r->row[i];
		size_t table_len = strlen(r->schema->table[table].id);

		if (found->table == table && ((found->name && slice_is(name, found->name)) ||
					      slice_is(name, found->key + table_len + 1))) {
			*key = slice_of(found->key);
			return true;
		}
	}
	return false;
}

size_t room_fold(const struct room *r, uint32_t steps_min, struct arena *mem,
		 struct text_base **out)
{
	struct text_base *base = arena_alloc(mem, (r->cell_count + 1) * sizeof *base);
	size_t count = 0;

	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];

		if (c->doc && cell_text(c)->folded > steps_min) {
			base[count++] = (struct text_base){slice_of(c->key), c->doc->ver,
							   arena_dup(mem, doc_text(c->doc))};
		}
	}
	*out = base;
	return count;
}

struct cell_now *room_cells_now(const struct room *r, struct arena *mem, size_t *count)
{
	struct cell_now *now = arena_alloc(mem, (r->cell_count + 1) * sizeof *now);

	*count = r->cell_count;
	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];
		struct slice text = c->doc ? doc_text(c->doc) : (struct slice){0};
		json_t *value = c->doc ? json_stringn(text.ptr ? text.ptr : "", text.len)
				       : json_incref(c->value);
		char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		assert(json); /* our own values: valid UTF-8 */
		now[i] = (struct cell_now){.cell = slice_of(c->key),
					   .ver = c->doc ? c->doc->ver : c->ver,
					   .value = arena_dup(mem, slice_of(json))};
		free(json);
		json_decref(value);
	}
	return now;
}
