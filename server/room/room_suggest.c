/*
 * Suggestions: how a text could read. Who reads a text the form marks may leave one, who writes it
 * takes it over or answers. A suggestion is a change, mapped on with the text, so that taking it
 * over is an edit like any other.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

size_t suggest_bytes(const struct room_suggestion *s)
{
	return (s->mem ? change_bytes(&s->change) : 0) + strlen(s->words) +
	       (s->reply ? strlen(s->reply) : 0);
}

static void drop_change(struct room *r, struct room_suggestion *s)
{
	r->bytes -= suggest_bytes(s);
	free(s->mem);
	s->mem = NULL;
	s->change = (struct change){0};
	r->bytes += suggest_bytes(s);
}

static void put_change(struct room *r, struct room_suggestion *s, const struct change *change)
{
	void *old = s->mem;
	size_t before = old ? change_bytes(&s->change) : 0;

	s->mem = mem_alloc(change_bytes(change));
	change_pack(change, s->mem, &s->change);
	free(old);
	r->bytes += change_bytes(&s->change) - before;
}

static void free_one(struct room_suggestion *s)
{
	free(s->mem);
	free(s->words);
	free(s->reply);
}

static void remove_at(struct room *r, size_t at)
{
	struct room_suggestion *s = &r->suggestion[at];

	r->bytes -= suggest_bytes(s);
	cell_text(&r->cell[s->cell])->suggestions--;
	free_one(s);
	r->suggestion_count--;
	memmove(s, s + 1, (r->suggestion_count - at) * sizeof *s);
}

void suggest_fini(struct room *r)
{
	for (size_t i = 0; i < r->suggestion_count; i++) {
		free_one(&r->suggestion[i]);
	}
	free(r->suggestion);
}

/* ---- shown ---- */

static void show(const struct room_suggestion *s, struct arena *mem, struct suggestion_shown *out)
{
	*out =
	    (struct suggestion_shown){.id = s->id,
				      .seat = s->seat,
				      .by = s->by,
				      .state = s->state,
				      .at_ms = s->at_ms,
				      .ver = s->ver,
				      .words = arena_dup(mem, slice_of(s->words)),
				      .reply = arena_dup(mem, slice_of(s->reply ? s->reply : ""))};
	if (s->mem) {
		change_pack(&s->change, arena_alloc(mem, change_bytes(&s->change)), &out->change);
	}
}

void suggest_show(const struct room *r, const struct room_cell *c, struct arena *mem,
		  struct cell_shown *out)
{
	struct suggestion_shown *list;
	size_t count = 0;

	if (!c->doc || cell_text(c)->suggestions == 0) {
		return;
	}
	list = arena_alloc(mem, cell_text(c)->suggestions * sizeof *list);
	for (size_t i = 0; i < r->suggestion_count; i++) {
		if (&r->cell[r->suggestion[i].cell] == c) {
			show(&r->suggestion[i], mem, &list[count++]);
		}
	}
	out->suggestion = list;
	out->suggestion_count = count;
}

static void say(const struct room_cell *c, const struct room_suggestion *s,
		enum suggestion_state state, struct fx_list *out)
{
	struct suggest_shown *shown = arena_alloc(&out->mem, sizeof *shown);

	*shown = (struct suggest_shown){.key = arena_dup(&out->mem, slice_of(c->key)),
					.place = *c->place};
	show(s, &out->mem, &shown->suggestion);
	shown->suggestion.state = state;
	fx_add(out, FX_SUGGEST, (struct conn_id){0})->suggest = shown;
}

uint64_t suggest_told(const struct room *r, seat_set viewer, const struct room_cell *c)
{
	uint64_t told = 0;

	for (size_t i = 0; cell_text(c)->suggestions > 0 && i < r->suggestion_count; i++) {
		const struct room_suggestion *s = &r->suggestion[i];

		if (&r->cell[s->cell] != c || !cells_knows(r, viewer, s->seat)) {
			continue;
		}
		told |= seat_bit(s->seat);
		if (s->by != SEAT_NONE && cells_knows(r, viewer, s->by)) {
			told |= seat_bit(s->by);
		}
	}
	return told;
}

/* ---- the text goes on ---- */

void suggest_over(struct room *r, const struct room_cell *c, const struct change *change,
		  uint64_t ver)
{
	struct arena mem;

	if (cell_text(c)->suggestions == 0) {
		return;
	}
	arena_init(&mem);
	for (size_t i = 0; i < r->suggestion_count; i++) {
		struct room_suggestion *s = &r->suggestion[i];
		struct change mapped;

		if (&r->cell[s->cell] != c || !s->mem || s->ver + 1 != ver) {
			continue;
		}
		s->ver = ver;
		if (change_map(&mem, &s->change, change, false, &mapped) == ERR_OK &&
		    mapped.count <= LIMIT_CHANGE_SECTIONS) {
			put_change(r, s, &mapped);
		} else {
			drop_change(r, s);
			s->state = SUGGESTION_OLD;
		}
		arena_reset(&mem);
	}
	arena_fini(&mem);
}

/* ---- one is left ---- */

struct room_suggestion *suggest_add(struct room *r, const struct room_suggestion *what,
				    const struct change *change)
{
	struct room_suggestion *s;

	mem_room(&r->suggestion, &r->suggestion_cap, r->suggestion_count, sizeof *r->suggestion);
	s = &r->suggestion[r->suggestion_count++];
	*s = *what;
	cell_text(&r->cell[s->cell])->suggestions++;
	r->bytes += suggest_bytes(s);
	if (change) {
		put_change(r, s, change);
	}
	return s;
}

/* The oldest of this seat's that needs no answer any more makes room; false: there is none. */
static bool make_room(struct room *r, uint8_t seat, struct fx_list *out)
{
	size_t count = 0;
	size_t settled = SIZE_MAX;
	const struct room_cell *c;

	for (size_t i = 0; i < r->suggestion_count; i++) {
		if (r->suggestion[i].seat == seat) {
			count++;
			if (r->suggestion[i].state != SUGGESTION_OPEN && settled == SIZE_MAX) {
				settled = i;
			}
		}
	}
	if (count < LIMIT_SUGGESTIONS_SEAT) {
		return true;
	}
	if (settled == SIZE_MAX) {
		return false;
	}
	c = &r->cell[r->suggestion[settled].cell];
	if (out) {
		say(c, &r->suggestion[settled], SUGGESTION_GONE, out);
	}
	remove_at(r, settled);
	if (out) {
		viewers_told(r, c, out);
	}
	return true;
}

/* Somebody has to be there who could take it over. */
static bool has_writer(const struct room *r, const struct room_cell *c)
{
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (rights_seat_level(&r->rights, s, c->place).level == LEVEL_WRITE) {
			return true;
		}
	}
	return false;
}

/* The text a suggestion is for: both who writes it down and whose it is read it. */
static struct room_cell *readable(struct room *r, const struct room_event *ev, struct act *act,
				  enum err *why)
{
	uint32_t at = cells_find(r, ev->msg->cell);
	struct room_cell *c = at == MAP_NONE ? NULL : &r->cell[at];

	*why = act_of(r, ev, act);
	if (*why == ERR_OK &&
	    (!c || rights_seat_level(&r->rights, act->actor, c->place).level == LEVEL_NONE ||
	     rights_seat_level(&r->rights, act->for_seat, c->place).level == LEVEL_NONE)) {
		*why = ERR_GONE;
	}
	return *why == ERR_OK ? c : NULL;
}

static enum err check_suggest(struct room *r, const struct room_event *ev,
			      const struct room_cell *c, struct fx_list *out,
			      struct change **change)
{
	uint32_t count;
	enum err e;

	if (!c->doc || !r->schema->col[c->place->col].suggestable) {
		return ERR_GONE;
	}
	if (json_array_size(ev->msg->changes) != 1) {
		return ERR_PROTO;
	}
	if (!has_writer(r, c)) {
		return ERR_RULE;
	}
	e = edit_rebase(r, ev, c, &out->mem, change, &count);
	if (e == ERR_OK && change_is_empty(*change)) {
		e = ERR_RULE;
	}
	if (e == ERR_OK && !cells_may_grow(r, change_bytes(*change) + ev->msg->words.len)) {
		e = ERR_LIMIT;
	}
	return e;
}

void on_suggest(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct change *change;
	struct act act;
	struct record *rec;
	struct room_suggestion *s;
	char hex[HEX64_LEN + 1];
	enum err e;
	struct room_cell *c = readable(r, ev, &act, &e);

	if (c) {
		e = check_suggest(r, ev, c, out, &change);
	}
	if (e == ERR_OLD) {
		edit_say_fresh(r, ev, c, out);
	}
	if (e == ERR_OK && !make_room(r, act.for_seat, out)) {
		e = ERR_LIMIT;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	s = suggest_add(r,
			&(struct room_suggestion){.id = ev->random[0],
						  .cell = (uint32_t)(c - r->cell),
						  .seat = act.for_seat,
						  .by = SEAT_NONE,
						  .at_ms = r->now_ms,
						  .ver = c->doc->ver,
						  .words = mem_dup(ev->msg->words)},
			change);
	id_to_hex(s->id, hex);
	rec = fx_request(out, RECORD_SUGGEST, r, ev, &act);
	rec->base_ver = ev->msg->base;
	rec->ver = s->ver;
	rec->cell = arena_dup(&out->mem, slice_of(c->key));
	rec->body = fx_json(out, json_pack("{s:s,s:o,s:s%}", "id", hex, "c", change_to_json(change),
					   "words", s->words, strlen(s->words)));
	say(c, s, SUGGESTION_OPEN, out);
	viewers_told(r, c, out);
	dedupe_remember(r, ev, &(struct room_answer){.ver = s->ver, .has_row = true, .row = s->id});
	fx_ack(out, ev, s->ver);
	out->fx[out->fx_count - 1].has_row = true;
	out->fx[out->fx_count - 1].row = s->id;
}

/* ---- it is answered ---- */

static struct room_suggestion *find(struct room *r, const struct room_cell *c, uint64_t id)
{
	for (size_t i = 0; i < r->suggestion_count; i++) {
		if (r->suggestion[i].id == id && &r->cell[r->suggestion[i].cell] == c) {
			return &r->suggestion[i];
		}
	}
	return NULL;
}

static void settle(struct room *r, struct room_suggestion *s, enum suggestion_state state,
		   uint8_t by, struct slice reply)
{
	r->bytes -= suggest_bytes(s);
	free(s->reply);
	s->reply = mem_dup(reply);
	s->by = by;
	s->state = state;
	r->bytes += suggest_bytes(s);
}

static enum err take(struct room *r, struct room_cell *c, struct room_suggestion *s,
		     const struct act *act, struct fx_list *out, json_t *body)
{
	struct change change = s->change, mapped;
	size_t bytes;
	enum err e;

	if (s->state != SUGGESTION_OPEN || change_is_empty(&change)) {
		return ERR_RULE;
	}
	e = doc_rebase(&out->mem, c->doc, c->doc->ver, &change, 1,
		       r->schema->col[c->place->col].units_max, &mapped, &bytes);
	if (e == ERR_OK && bytes > c->doc->body.bytes &&
	    !cells_may_grow(r, bytes - c->doc->body.bytes)) {
		e = ERR_LIMIT;
	}
	if (e != ERR_OK) {
		return e;
	}
	drop_change(r, s);
	settle(r, s, SUGGESTION_TAKEN, act->for_seat, (struct slice){0});
	/* Of no client: to whoever takes it over it comes like everybody's edits. */
	edit_accept(r, c, 0, act, &mapped, 1);
	edit_touch_plan(r, c);
	s->ver = c->doc->ver;
	edit_say(r, out, (struct conn_id){0}, c, c->doc->ver, 0, act->for_seat, &mapped,
		 (struct slice){0});
	json_object_set_new(body, "c", json_pack("[o]", change_to_json(&mapped)));
	return ERR_OK;
}

static enum err answer(struct room *r, struct room_cell *c, struct room_suggestion *s,
		       const struct room_event *ev, const struct act *act, struct fx_list *out,
		       json_t *body)
{
	bool writes = act_level(r, act, c->place) == LEVEL_WRITE;

	if (slice_is(ev->msg->what, "back")) {
		return act->for_seat == s->seat ? ERR_OK : ERR_GONE;
	}
	if (!writes) {
		return ERR_GONE;
	}
	if (slice_is(ev->msg->what, "take")) {
		return take(r, c, s, act, out, body);
	}
	if (!slice_is(ev->msg->what, "answer")) {
		return ERR_PROTO;
	}
	if (s->state == SUGGESTION_TAKEN || ev->msg->words.len == 0) {
		return ERR_RULE;
	}
	if (!cells_may_grow(r, ev->msg->words.len)) {
		return ERR_LIMIT;
	}
	settle(r, s, s->mem ? SUGGESTION_ANSWERED : SUGGESTION_OLD, act->for_seat, ev->msg->words);
	return ERR_OK;
}

void on_answer(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	struct record *rec;
	enum err e;
	struct room_cell *c = readable(r, ev, &act, &e);
	struct room_suggestion *s = c ? find(r, c, ev->msg->row) : NULL;
	char hex[HEX64_LEN + 1];
	json_t *body;

	if (e == ERR_OK && (!s || !cells_knows(r, seat_bit(act.actor), s->seat))) {
		e = ERR_GONE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	id_to_hex(s->id, hex);
	body = json_pack("{s:s,s:s%,s:s%}", "id", hex, "what", ev->msg->what.ptr, ev->msg->what.len,
			 "words", ev->msg->words.len ? ev->msg->words.ptr : "", ev->msg->words.len);
	e = answer(r, c, s, ev, &act, out, body);
	if (e != ERR_OK) {
		json_decref(body);
		fx_no(out, ev, e);
		return;
	}
	rec = fx_request(out, RECORD_ANSWER, r, ev, &act);
	rec->ver = c->doc->ver;
	rec->cell = arena_dup(&out->mem, slice_of(c->key));
	rec->body = fx_json(out, body);
	if (slice_is(ev->msg->what, "back")) {
		say(c, s, SUGGESTION_GONE, out);
		remove_at(r, (size_t)(s - r->suggestion));
	} else {
		say(c, s, s->state, out);
	}
	viewers_told(r, c, out);
	dedupe_remember(r, ev, &(struct room_answer){.ver = c->doc->ver});
	fx_ack(out, ev, c->doc->ver);
}

/* ---- from the journal ---- */

static struct slice text_at(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

enum err suggest_replay(struct room *r, const struct record *rec, const json_t *body)
{
	uint32_t at = cells_find(r, rec->cell);
	struct room_suggestion what = {.cell = at,
				       .seat = rec->for_seat,
				       .by = SEAT_NONE,
				       .at_ms = rec->at_ms,
				       .ver = rec->ver};
	struct change change;
	struct arena mem;
	enum err e;

	if (r->held) {
		return at != MAP_NONE && r->cell[at].doc ? ERR_OK : ERR_PROTO;
	}
	if (at == MAP_NONE || !r->cell[at].doc || rec->for_seat >= r->rights.seat_count ||
	    rec->ver > r->cell[at].doc->ver || !body_hex(body, "id", &what.id) ||
	    find(r, &r->cell[at], what.id) || !make_room(r, rec->for_seat, NULL)) {
		return ERR_PROTO;
	}
	arena_init(&mem);
	e = change_from_json(&mem, json_object_get(body, "c"), &change);
	if (e == ERR_OK) {
		what.words = mem_dup(text_at(body, "words"));
		(void)suggest_add(r, &what, &change);
	}
	arena_fini(&mem);
	return e;
}

enum err answer_replay(struct room *r, const struct record *rec, const json_t *body)
{
	uint32_t at = cells_find(r, rec->cell);
	struct room_suggestion *s;
	struct slice what = text_at(body, "what");
	uint64_t id;
	enum err e = ERR_OK;

	if (at == MAP_NONE || !r->cell[at].doc || !body_hex(body, "id", &id)) {
		return ERR_PROTO;
	}
	if (r->held) {
		return slice_is(what, "take") ? edit_replay(r, rec, body) : ERR_OK;
	}
	s = find(r, &r->cell[at], id);
	if (!s) {
		return ERR_PROTO;
	}
	if (slice_is(what, "back")) {
		remove_at(r, (size_t)(s - r->suggestion));
	} else if (slice_is(what, "answer")) {
		settle(r, s, s->mem ? SUGGESTION_ANSWERED : SUGGESTION_OLD, rec->for_seat,
		       text_at(body, "words"));
	} else if (slice_is(what, "take")) {
		drop_change(r, s);
		settle(r, s, SUGGESTION_TAKEN, rec->for_seat, (struct slice){0});
		e = edit_replay(r, rec, body);
		s->ver = rec->ver;
	} else {
		e = ERR_PROTO;
	}
	return e;
}

enum err suggest_settle(const struct room *r)
{
	for (size_t i = 0; i < r->suggestion_count; i++) {
		const struct room_suggestion *s = &r->suggestion[i];
		const struct doc *d = r->cell[s->cell].doc;

		if (s->mem && (s->ver != d->ver || change_len_old(&s->change) != d->body.units)) {
			return ERR_PROTO;
		}
	}
	return ERR_OK;
}
