#ifndef ROKUSHA_TESTS_SUPPORT_MEETING_H
#define ROKUSHA_TESTS_SUPPORT_MEETING_H

/*
 * Meetings of tests on a rig: everybody has a screen (connection = seat index + 1), says things,
 * and is asked what it is shown. In messages ' stands for ", and `ref` is put in. At the end
 * meeting_over() wants the room back from its records exactly as it is.
 */
#include <stdarg.h>

#include "base/ids.h"
#include "support/rig.h"

#define CASE_1 "tests/cases/case-1.json"
#define CASE_2 "tests/cases/case-2.json"
#define MEETING_1 "2026-11-12T14:00"
#define MEETING_2 "2026-08-27T10:00"
#define GOAL "plan.work.action.goal"
#define HEALTH "plan.health.outline.goal_short"

#define YES(act) cr_assert_eq((act), ERR_OK, "refused: %s", #act)
#define NO(why, act) cr_assert_eq((act), (why), "not " #why ": %s", #act)
#define IS(text, wanted) cr_assert_str_eq((text), (wanted))

static inline uint32_t conn_of(const struct rig *r, const char *seat)
{
	return rig_seat(r, seat) + 1u;
}

/* ---- names on the wire; texts live as long as the rig ---- */

static inline const char *kept_text(struct rig *r, struct slice s)
{
	return arena_dup(&r->mem, s).ptr;
}

static inline const char *hex_of(struct rig *r, uint64_t id)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(id, hex);
	return kept_text(r, slice_of(hex));
}

static inline const char *seat_hex(struct rig *r, const char *seat)
{
	for (size_t i = 0; i < r->file.seat_count; i++) {
		if (slice_is(r->file.seat[i].name, seat)) {
			return kept_text(r, r->file.seat[i].wire);
		}
	}
	cr_assert(false, "no seat %s", seat);
	return NULL;
}

/* The id of a row by its outside name. */
static inline const char *row_hex(struct rig *r, const char *table, const char *name)
{
	struct slice key;

	cr_assert(room_row_find(r->room, schema_table_find(r->schema, slice_of(table)),
				slice_of(name), &key));
	return kept_text(r, (struct slice){key.ptr + strlen(table) + 1, HEX64_LEN});
}

/* item(r, "2"): the second of the agenda. */
static inline const char *item(struct rig *r, const char *name)
{
	return row_hex(r, "conf.agenda_items", name);
}

static inline const char *key_of(struct rig *r, const char *table, const char *row, const char *col)
{
	return arena_printf(&r->mem, "%s/%s/%s", table, row, col).ptr;
}

/* ---- saying ---- */

/* What became of a request: kept, or why not. A refusal leaves nothing behind. */
static inline enum err answer_of(const struct rig *r, uint32_t conn)
{
	enum err e = rig_refused(r, conn);
	bool acked = rig_fx(r, FX_ACK, conn) != NULL;

	if (!acked && rig_fx(r, FX_BYE, conn)) {
		e = ERR_GONE;
	}
	cr_assert(acked == (e == ERR_OK), "one answer");
	for (size_t i = 0; e != ERR_OK && i < r->fx.record_count; i++) {
		cr_assert_eq(r->fx.record[i].kind, RECORD_LAPSE, "a refusal leaves nothing");
	}
	return e;
}

static inline void send_quoted(struct rig *r, uint32_t conn, const char *seat, char *text)
{
	for (char *c = text; *c; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	rig_send(r, conn, seat, text);
}

/* A request of somebody at its own screen: say(r, "p-ps", "'t':'open','row':'%s'", row). */
static inline enum err __attribute__((format(printf, 3, 4)))
say(struct rig *r, const char *seat, const char *format, ...)
{
	struct buf text = {0};
	char body[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(body, sizeof body, format, args);
	va_end(args);
	buf_printf(&text, "{%s,'ref':%llu}", body, (unsigned long long)++r->ref);
	buf_add(&text, (struct slice){"", 1});
	send_quoted(r, conn_of(r, seat), seat, text.ptr);
	buf_fini(&text);
	return answer_of(r, conn_of(r, seat));
}

/* The row a request has just made. */
static inline const char *new_row(struct rig *r)
{
	const struct fx *ack = rig_fx(r, FX_ACK, 0);

	cr_assert(ack && ack->has_row);
	return hex_of(r, ack->row);
}

static inline enum err open_item(struct rig *r, const char *seat, const char *name)
{
	return say(r, seat, "'t':'open','row':'%s'", item(r, name));
}

/* Of one's own, or by `by` for another. */
static inline enum err attend(struct rig *r, const char *by, const char *seat, const char *what)
{
	return strcmp(by, seat) == 0
		   ? say(r, by, "'t':'attend','what':'%s'", what)
		   : say(r, by, "'t':'attend','what':'%s','seat':'%s'", what, seat_hex(r, seat));
}

static inline enum err close_item(struct rig *r, const char *seat, int end)
{
	return say(r, seat, "'t':'close','end':%d", end);
}

/* A row of minutes with one text; its id is new_row(). */
static inline enum err minute(struct rig *r, const char *seat, const char *text)
{
	return say(r, seat, "'t':'row','table':'min.decisions','cells':{'text':'%s'}", text);
}

static inline uint64_t ver_of(struct rig *r, const char *seat, const char *key)
{
	const struct cell_shown *c = rig_cell(r, r->room, seat, key);

	cr_assert(c, "%s does not see %s", seat, key);
	return c->ver;
}

/* Set who is to sit in an item: names of parties, NULL at the end. */
static inline enum err set_audience(struct rig *r, const char *by, const char *row,
				    const char *const *who)
{
	const char *key = key_of(r, "conf.agenda_items", row, "audience");
	struct buf list = {0};
	enum err e;

	for (size_t i = 0; who[i]; i++) {
		buf_printf(&list, "%s'@%s'", i ? "," : "", seat_hex(r, who[i]));
	}
	buf_add(&list, (struct slice){"", 1});
	e = say(r, by, "'t':'set','cell':'%s','base':%llu,'value':[%s]", key,
		(unsigned long long)ver_of(r, by, key), list.ptr);
	buf_fini(&list);
	return e;
}

/* Insert at the front of a text, at the version the seat has. */
static inline enum err type_text(struct rig *r, const char *seat, const char *key, const char *text)
{
	const struct cell_shown *c = rig_cell(r, r->room, seat, key);
	size_t units = 0;
	char tail[24] = "";

	cr_assert(c, "%s does not see %s", seat, key);
	for (size_t i = 0; i < c->text.len; i++) {
		units += ((unsigned char)c->text.ptr[i] & 0xC0) != 0x80;
	}
	if (units) {
		snprintf(tail, sizeof tail, ",%zu", units);
	}
	return say(r, seat, "'t':'edit','cell':'%s','base':%llu,'changes':[[[0,'%s']%s]]", key,
		   (unsigned long long)c->ver, text, tail);
}

/* ---- what somebody is shown ---- */

static inline struct view view_of(struct rig *r, uint32_t conn, uint8_t actor)
{
	struct view v = {.rights = room_rights(r->room), .actor = actor};

	v.viewer = room_viewer(r->room, (struct conn_id){conn}, &v.board);
	v.seat = room_seats(r->room, &r->mem, &v.seat_count);
	v.resource = room_resources(r->room, &r->mem, &v.resource_count);
	v.meet = room_meet(r->room, &r->mem);
	return v;
}

/* As if it had a screen, whether or not one is connected. */
static inline struct view view_for(struct rig *r, const char *seat)
{
	struct view v = view_of(r, 0, rig_seat(r, seat));

	v.viewer = seat_bit(v.actor);
	return v;
}

static inline struct slice taken(struct rig *r, struct frame *owned)
{
	struct slice text = {0};

	if (owned) {
		text = arena_dup(&r->mem,
				 (struct slice){(char *)frame_bytes(owned), frame_len(owned)});
		frame_release(owned);
	}
	return text;
}

/* All a seat would be shown if it came now: cells, seats, meeting; as bytes, but for the clock. */
static inline struct slice shown_to(struct rig *r, const char *seat)
{
	struct view v = view_for(r, seat);
	struct view_snapshot s = {0};
	struct slice text;
	char *clock;

	s.cell = room_visible(r->room, v.viewer, &r->mem, &s.cell_count);
	text = taken(r, view_snapshot(&v, &s));
	clock = strstr((char *)(uintptr_t)text.ptr, "\"now\":");
	cr_assert(clock);
	memset(clock + strlen("\"now\":"), '0', 13);
	return text;
}

/* Fails with the place where they begin to differ. */
static inline void same_bytes(struct slice a, struct slice b, const char *what)
{
	size_t at = 0;

	while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at]) {
		at++;
	}
	if (!slice_eq(a, b)) {
		size_t from = at > 100 ? at - 100 : 0;

		cr_assert(false, "%s: %.*s\nnow: %.*s", what,
			  (int)(at - from + 100 < a.len - from ? at - from + 100 : a.len - from),
			  a.ptr + from,
			  (int)(at - from + 100 < b.len - from ? at - from + 100 : b.len - from),
			  b.ptr + from);
	}
}

static inline json_t *parsed(struct slice text)
{
	json_t *o = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);

	cr_assert(o);
	return o;
}

/* "phase" or another member of a seat's `meet`; "" when it is not there. */
static inline const char *meet_text(struct rig *r, const char *seat, const char *name)
{
	struct view v = view_for(r, seat);
	json_t *o = parsed(taken(r, view_meet(&v)));
	json_t *value = json_object_get(json_object_get(o, "meet"), name);
	char *text = value && !json_is_string(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	const char *out = kept_text(r, slice_of(text    ? text
						: value ? json_string_value(value)
							: ""));

	free(text);
	json_decref(o);
	return out;
}

static inline const char *phase(struct rig *r, const char *seat)
{
	return meet_text(r, seat, "phase");
}

/* next, now or done; "" when the seat does not know the item. */
static inline const char *state(struct rig *r, const char *seat, const char *row)
{
	json_t *list = json_loads(meet_text(r, seat, "agenda"), 0, NULL);
	const char *found = "";

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(one, "row")), row) == 0) {
			found = kept_text(
			    r, slice_of(json_string_value(json_object_get(one, "state"))));
		}
	}
	json_decref(list);
	return found;
}

/* The open item's `since` as the seat is told; -1 when it is told nothing. */
static inline int64_t since(struct rig *r, const char *seat)
{
	json_t *o = json_loads(meet_text(r, seat, "item"), 0, NULL);
	int64_t ms = o ? json_integer_value(json_object_get(o, "since")) : -1;

	json_decref(o);
	return ms;
}

/* What a seat is told of another: "?" (not known), or here and at: "-", "here", "here room" … */
static inline const char *told_of(struct rig *r, const char *seat, const char *who)
{
	struct view v = view_for(r, seat);
	json_t *o = parsed(taken(r, view_seats(&v)));
	json_t *list = json_object_get(o, "seats");
	const char *wire = seat_hex(r, who);
	const char *out = "?";

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = json_array_get(list, i);
		const char *at = json_string_value(json_object_get(one, "at"));

		if (strcmp(json_string_value(json_object_get(one, "seat")), wire) == 0) {
			bool here = json_is_true(json_object_get(one, "here"));

			out = arena_printf(&r->mem, "%s%s%s", here ? "here" : "-", at ? " " : "",
					   at ? at : "")
				  .ptr;
		}
	}
	json_decref(o);
	return out;
}

static inline bool sees(struct rig *r, const char *seat, const char *key)
{
	return rig_cell(r, r->room, seat, key) != NULL;
}

static inline bool has_key(const struct fx *f, const char *key)
{
	for (size_t i = 0; f && i < f->cell_count; i++) {
		if (slice_is(f->cell[i].key, key)) {
			return true;
		}
	}
	return false;
}

/* ---- beginning and end ---- */

/* Everybody at a screen, nobody marked as present. */
static inline void meeting_start(struct rig *r, const char *path, const char *now)
{
	rig_init(r, path, now, 77);
	for (size_t i = 0; i < r->file.seat_count; i++) {
		rig_join(r, (uint32_t)i + 1, kept_text(r, r->file.seat[i].name));
	}
}

static inline void same_suggestion(const struct suggestion_shown *a,
				   const struct suggestion_shown *b)
{
	json_t *x = change_to_json(&a->change), *y = change_to_json(&b->change);

	cr_assert(a->id == b->id && a->seat == b->seat && a->by == b->by && a->state == b->state &&
		      a->at_ms == b->at_ms && a->ver == b->ver && slice_eq(a->words, b->words) &&
		      slice_eq(a->reply, b->reply) && json_equal(x, y),
		  "a suggestion is another after a restart");
	json_decref(x);
	json_decref(y);
}

static inline void same_cell(const struct cell_shown *a, const struct cell_shown *b)
{
	cr_assert(slice_eq(a->key, b->key), "%.*s and %.*s", (int)a->key.len, a->key.ptr,
		  (int)b->key.len, b->key.ptr);
	cr_assert(a->ver == b->ver && slice_eq(a->text, b->text) && a->reach == b->reach &&
		      (a->value ? json_equal(a->value, b->value) : !b->value),
		  "%.*s has another value after a restart", (int)a->key.len, a->key.ptr);
	cr_assert(a->place.owner == b->place.owner && a->place.about == b->place.about &&
		      a->place.audience == b->place.audience &&
		      a->place.has_audience == b->place.has_audience,
		  "%.*s belongs to others after a restart", (int)a->key.len, a->key.ptr);
	cr_assert_eq(a->suggestion_count, b->suggestion_count);
	for (size_t i = 0; i < a->suggestion_count; i++) {
		same_suggestion(&a->suggestion[i], &b->suggestion[i]);
	}
}

static inline void same_meeting(const struct meet_shown *a, const struct meet_shown *b)
{
	cr_assert(a->begun == b->begun && a->on == b->on && a->item_open == b->item_open &&
		  a->item_row == b->item_row && a->since_ms == b->since_ms &&
		  a->audience == b->audience && a->pause_ms == b->pause_ms &&
		  a->start_minute == b->start_minute);
	cr_assert_eq(a->sealed_count, b->sealed_count);
	for (size_t i = 0; i < a->sealed_count; i++) {
		cr_assert(a->sealed[i].audience == b->sealed[i].audience &&
			  a->sealed[i].at_ms == b->sealed[i].at_ms);
	}
	cr_assert_eq(a->item_count, b->item_count);
	for (size_t i = 0; i < a->item_count; i++) {
		const struct item_shown *x = &a->item[i], *y = &b->item[i];

		cr_assert(x->row == y->row && x->planned == y->planned && x->opened == y->opened &&
			      x->audience == y->audience && x->seated == y->seated &&
			      x->from_ms == y->from_ms && x->to_ms == y->to_ms &&
			      a->minutes[i] == b->minutes[i],
			  "item %zu", i);
	}
}

static inline void same_seats(const struct rig *r, struct room *again, struct arena *mem)
{
	size_t count, count2;
	const struct seat_shown *a = room_seats(r->room, mem, &count);
	const struct seat_shown *b = room_seats(again, mem, &count2);

	cr_assert_eq(count, count2);
	for (size_t i = 0; i < count; i++) {
		cr_assert(a[i].seat == b[i].seat && slice_eq(a[i].label, b[i].label) &&
			      a[i].attend == b[i].attend && a[i].called == b[i].called &&
			      (a[i].on_line == b[i].on_line || a[i].attend == ATTEND_NONE),
			  "seat %u is elsewhere after a restart", a[i].seat);
	}
}

/* The room rebuilt from what was kept is the room. */
static inline void survives(struct rig *r)
{
	struct room *again = rig_rebuild(r);
	struct arena mem;

	arena_init(&mem);
	for (unsigned seat = 0; seat < r->file.seat_count; seat++) {
		size_t count, count2;
		const struct cell_shown *a = room_visible(r->room, seat_bit(seat), &mem, &count);
		const struct cell_shown *b = room_visible(again, seat_bit(seat), &mem, &count2);

		cr_assert_eq(count, count2, "seat %u sees %zu cells, after a restart %zu", seat,
			     count, count2);
		for (size_t i = 0; i < count; i++) {
			struct verdict x =
			    rights_level(room_rights(r->room), seat_bit(seat), &a[i].place);
			struct verdict y =
			    rights_level(room_rights(again), seat_bit(seat), &b[i].place);

			same_cell(&a[i], &b[i]);
			cr_assert_eq(x.level, y.level);
		}
	}
	same_meeting(room_meet(r->room, &mem), room_meet(again, &mem));
	same_seats(r, again, &mem);
	cr_assert_eq(room_deadline(r->room), room_deadline(again));
	room_destroy(again);
	arena_fini(&mem);
}

static inline void meeting_over(struct rig *r)
{
	survives(r);
	rig_fini(r);
}

#endif
