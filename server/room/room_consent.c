/*
 * Rights that change in the meeting: consents given and withdrawn, the person's assent, bars and
 * denials. What somebody loses goes at once, before it is kept; what is gained comes after.
 */
#include <assert.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_names.h"
#include "room/room_state.h"

void on_assent(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	enum err e = act_of(r, ev, &act);
	const char *status =
	    r->status_cell == MAP_NONE ? NULL : json_string_value(r->cell[r->status_cell].value);

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
	    (!words || !words->doc || act_level(r, &act, words->place) != LEVEL_WRITE)) {
		e = ERR_GONE;
	}
	if (e == ERR_OK && words->doc->body.units > 0) {
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
	edit_say(r, out, (struct conn_id){0}, words, words->doc->ver, rec->client, act.for_seat,
		 &change, (struct slice){0});
	answer.ver = words->doc->ver;
	dedupe_remember(r, ev, &answer);
	fx_ack(out, ev, answer.ver);
}

/* ---- a consent is given ---- */

enum { GRANT_DAYS_MAX = 3 * 366 };

/* May the person give this seat that? Classes and columns its role may be given, nothing else. */
static enum err may_give(const struct room *r, uint8_t seat, const json_t *items)
{
	size_t count = json_array_size(items);

	if (count == 0 || count > LIMIT_LIST_ITEMS) {
		return ERR_PROTO;
	}
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(items, i));
		uint16_t cls = name ? schema_class_find(r->schema, slice_of(name)) : SCHEMA_NONE;
		uint16_t col = name && cls == SCHEMA_NONE
				   ? schema_col_find(r->schema, slice_of(name))
				   : SCHEMA_NONE;

		if (cls == SCHEMA_NONE && col == SCHEMA_NONE) {
			return ERR_PROTO;
		}
		cls = cls == SCHEMA_NONE ? r->schema->col[col].cls : cls;
		if (!rights_may_be_given(&r->rights, seat, cls, col)) {
			return ERR_RULE;
		}
	}
	return r->rights.grant_count + count > LIMIT_ROOM_GRANTS ? ERR_LIMIT : ERR_OK;
}

/* The consent as people read it: a row of its own. */
static json_t *consent_cells(const struct room *r, const struct room_event *ev,
			     const struct act *act, uint8_t seat)
{
	static const char *const method[] = {[METHOD_OWN] = "画面",
					     [METHOD_DICTATED] = "代筆",
					     [METHOD_ORAL] = "口頭",
					     [METHOD_PAPER] = "書面"};
	char today[11] = "";
	char to[1 + HEX64_LEN + 1] = "@";

	id_to_hex(r->seat[seat].wire, to + 1);
	(void)day_write(day_in_japan(r->now_ms), today);
	return json_pack("{s:s,s:O,s:s,s:s,s:s#,s:s,s:s#}", "to", to, "scope", ev->msg->value,
			 "level", "read", "given_on", today, "until", ev->msg->until.ptr,
			 (int)ev->msg->until.len, "method", method[act->method], "note",
			 ev->msg->words.len ? ev->msg->words.ptr : "", (int)ev->msg->words.len);
}

/* Nobody acts on a seat they may not know: it is as if it were not there. */
static bool known_seat(const struct room *r, const struct room_event *ev, uint8_t seat)
{
	return seat != SEAT_NONE && cells_knows(r, seat_bit(ev->actor), seat);
}

static enum err check_grant(const struct room *r, const struct room_event *ev,
			    const struct act *act, uint8_t seat, int64_t *last)
{
	uint16_t self = schema_role_find(r->schema, slice_of(NAME_PERSON_ROLE));
	int64_t today = day_in_japan(r->now_ms);

	if (!known_seat(r, ev, seat) || !cells_knows(r, seat_bit(act->for_seat), seat) ||
	    !r->rights.seat[seat].live || r->rights.seat[seat].role == self ||
	    r->rights.seat[act->for_seat].role != self) {
		return ERR_GONE;
	}
	if (!day_read(ev->msg->until, last)) {
		return ERR_PROTO;
	}
	if (*last < today || *last > today + GRANT_DAYS_MAX) {
		return ERR_RULE;
	}
	return may_give(r, seat, ev->msg->value);
}

/* Behind the row of the consent: what it opens, and until when. */
static void record_grant(struct room *r, struct fx_list *out, const struct room_grant *what,
			 uint8_t seat, const json_t *items)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(what->row, hex);
	fx_record(out, RECORD_GRANT, r)->body =
	    fx_json(out, json_pack("{s:s,s:i,s:O,s:b,s:I,s:I}", "row", hex, "seat", (int)seat,
				   "items", items, "own_rows", 0, "from", (json_int_t)what->from_ms,
				   "until", (json_int_t)what->until_ms));
}

void on_grant(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint8_t seat = room_seat_by_wire(r, ev->msg->seat);
	uint16_t table = schema_table_find(r->schema, slice_of(NAME_CONSENT));
	struct cell_place whose = {.has_row = true};
	struct room_answer answer = {.has_row = true, .row = ev->random[0]};
	struct room_grant what = {.row = answer.row, .from_ms = r->now_ms};
	size_t first = out->record_count;
	struct act act;
	int64_t last = 0;
	enum err e = act_of(r, ev, &act);

	if (e == ERR_OK) {
		e = table == SCHEMA_NONE ? ERR_GONE : check_grant(r, ev, &act, seat, &last);
	}
	if (e == ERR_OK) {
		whose.owner = seat_bit(act.for_seat);
		whose.about = seat_bit(seat);
		e = rows_make(r, ev, out, fx_request(out, RECORD_ROW, r, ev, &act), answer.row,
			      table, &whose, 0, consent_cells(r, ev, &act, seat));
	}
	if (e == ERR_OK) {
		what.until_ms = day_start_ms(last + 1);
		e = rights_grant(r, &what, seat, false, ev->msg->value);
		assert(e == ERR_OK); /* checked before */
		record_grant(r, out, &what, seat, ev->msg->value);
	}
	if (e != ERR_OK) {
		out->record_count = first;
		fx_no(out, ev, e);
		return;
	}
	rights_raise_floors(r, seat_bit(seat));
	dedupe_remember(r, ev, &answer);
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
	out->fx[out->fx_count - 1].has_row = true;
	out->fx[out->fx_count - 1].row = answer.row;
}

/* ---- bars and denials: the chair's ---- */

static bool is_chair(const struct room *r, const struct room_event *ev)
{
	return (r->rights.seat[ev->actor].duties & DUTY_CHAIR) != 0;
}

static void settled(struct room *r, const struct room_event *ev, uint8_t seat, struct fx_list *out)
{
	if (ev->msg->on == 0) {
		rights_raise_floors(r, seat_bit(seat));
	}
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}

void on_bar(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	uint8_t seat = room_seat_by_wire(r, ev->msg->seat);
	bool on = ev->msg->on == 1;
	json_t *body;
	enum err e = ERR_OK;

	if (!is_chair(r, ev) || !known_seat(r, ev, seat) || seat == ev->actor) {
		e = ERR_GONE;
	} else if (ev->msg->on > 1) {
		e = ERR_PROTO;
	} else if (r->rights.seat[seat].barred == on) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	body = json_pack("{s:i,s:b}", "seat", (int)seat, "on", (int)on);
	if (ev->msg->words.len) {
		json_object_set_new(body, "why",
				    json_stringn(ev->msg->words.ptr, ev->msg->words.len));
	}
	fx_request(out, RECORD_BAR, r, ev, &act)->body = fx_json(out, body);
	r->rights.seat[seat].barred = on;
	/* Who is barred is not there any more, whatever was marked. */
	if (on && (r->seat[seat].attend == ATTEND_IN || r->seat[seat].attend == ATTEND_WAIT)) {
		attend_say(r, ev, out, fx_record(out, RECORD_ATTEND, r), seat, ATTEND_OUT,
			   r->seat[seat].on_line);
	}
	settled(r, ev, seat, out);
}

void on_deny(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	uint8_t seat = room_seat_by_wire(r, ev->msg->seat);
	uint8_t about = room_seat_by_wire(r, ev->msg->about);
	bool on = ev->msg->on == 1;
	enum err e = ERR_OK;

	if (!is_chair(r, ev) || !known_seat(r, ev, seat) || !known_seat(r, ev, about) ||
	    seat == about || seat == ev->actor) {
		e = ERR_GONE;
	} else if (ev->msg->on > 1) {
		e = ERR_PROTO;
	} else if (((r->rights.seat[seat].denied & seat_bit(about)) != 0) == on) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	fx_request(out, RECORD_DENY, r, ev, &act)->body = fx_json(
	    out, json_pack("{s:i,s:i,s:b}", "seat", (int)seat, "about", (int)about, "on", (int)on));
	if (on) {
		r->rights.seat[seat].denied |= seat_bit(about);
	} else {
		r->rights.seat[seat].denied &= ~seat_bit(about);
	}
	settled(r, ev, seat, out);
}
