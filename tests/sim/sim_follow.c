/*
 * The oracle follows the journal: each record that is kept is told to it, and once more to another
 * one as soon as it is submitted. What it believes of rights and of the meeting it works out
 * itself.
 */
#include "sim/sim.h"

#include "net/hub_state.h"

void follow_init(struct follower *f, const struct schema *schema)
{
	*f = (struct follower){.o = {.schema = schema, .now = INT64_MIN}};
}

void follow_fini(struct follower *f)
{
	o_fini(&f->o);
	ideas_fini(&f->ideas);
	follow_past_fini(f);
	free(f->ver);
	*f = (struct follower){0};
}

uint64_t follow_ver(const struct follower *f, uint32_t cell)
{
	return cell < f->ver_cap ? f->ver[cell] : 0;
}

static void set_ver(struct follower *f, uint32_t cell, uint64_t ver)
{
	if (f->ver_cap <= cell) {
		size_t cap = f->o.cell_cap > cell ? f->o.cell_cap : cell + 64;

		f->ver = mem_grow(f->ver, cap, sizeof *f->ver);
		memset(f->ver + f->ver_cap, 0, (cap - f->ver_cap) * sizeof *f->ver);
		f->ver_cap = cap;
	}
	f->ver[cell] = ver;
	follow_past_changed(f, cell);
}

static uint32_t cell_of(const struct follower *f, struct slice key)
{
	uint32_t cell = map_get(&f->o.by_key, key);

	cr_assert(cell != MAP_NONE, "a record of %.*s, which nobody made", (int)key.len, key.ptr);
	return cell;
}

/* Versions of cells that are given as column -> [version, value]. */
static void take_versions(struct follower *f, const char *prefix, const json_t *cells)
{
	const char *name;
	json_t *pair;

	json_object_foreach((json_t *)(uintptr_t)cells, name, pair)
	{
		char key[2 * LIMIT_KEY_BYTES];

		snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "/" : "", name);
		set_ver(f, cell_of(f, slice_of(key)),
			(uint64_t)json_integer_value(json_array_get(pair, 0)));
	}
}

static void take_row(struct follower *f, const struct record *r, const json_t *body)
{
	struct oracle *o = &f->o;
	char key[LIMIT_KEY_BYTES + 1];

	o_load_row(o, r->cell, body);
	if (json_is_string(json_object_get(body, "item"))) {
		struct o_row *row = &o->row[o->row_count - 1];
		const struct o_item *item;

		row->item = o_hex(body, "item");
		item = o_item(o, row->item);
		cr_assert(item && item->opened && item->audience == row->audience && row->cut,
			  "a row born in a segment is not cut to it");
	}
	snprintf(key, sizeof key, "%.*s", (int)r->cell.len, r->cell.ptr);
	take_versions(f, key, json_object_get(body, "cells"));
}

static void take_text(struct follower *f, const struct record *r, const json_t *body)
{
	uint32_t cell = cell_of(f, r->cell);
	json_t *list = json_object_get(body, "c");
	struct o_cell *c = &f->o.cell[cell];
	struct arena mem;

	cr_assert(c->text && json_array_size(list) > 0);
	cr_assert(f->ver[cell] + json_array_size(list) == r->ver,
		  "%s goes from version %llu to %llu by %zu changes", c->key,
		  (unsigned long long)f->ver[cell], (unsigned long long)r->ver,
		  json_array_size(list));
	arena_init(&mem);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct change change;
		struct slice text;

		cr_assert(change_from_json(&mem, json_array_get(list, i), &change) == ERR_OK);
		cr_assert(change_apply(&mem, &change, slice_of(c->text), LIMIT_TEXT_UNITS, &text) ==
			      ERR_OK,
			  "a kept change of %s does not fit", c->key);
		free(c->text);
		c->text = mem_dup(text);
		(void)ideas_over(&f->ideas, cell, &change, f->ver[cell] + i + 1);
	}
	arena_fini(&mem);
	set_ver(f, cell, r->ver);
	f->o.touched = cell;
}

static void take_set(struct follower *f, const struct record *r, const json_t *value)
{
	struct oracle *o = &f->o;
	uint32_t cell = cell_of(f, r->cell);
	const char *key = o->cell[cell].key;

	cr_assert(!o->cell[cell].text && r->ver == f->ver[cell] + 1 &&
		      (r->client == 0 || r->base_ver == f->ver[cell]),
		  "%s is set over another value", key);
	o_put(o, cell, value);
	set_ver(f, cell, r->ver);
	if (strncmp(key, "conf.agenda_items/", 18) == 0 &&
	    strcmp(key + strlen(key) - 9, "/audience") == 0) {
		o_share_item(o, o->row[o->cell[cell].row].id);
	}
	o->fresh = o->fresh && strcmp(key, "plan.status") != 0;
}

static void take_segment(struct follower *f, const struct record *r, const json_t *body)
{
	struct oracle *o = &f->o;
	int64_t now = o->now;
	uint64_t row;

	if (json_is_null(json_object_get(body, "row"))) {
		o_close(o);
		return;
	}
	row = o_hex(body, "row");
	o->now = r->at_ms;
	o_open(o, row);
	o->now = now;
	cr_assert(o->audience == o_indices(json_object_get(body, "audience")),
		  "a segment of others than planned");
	o->fresh = false;
}

static void take_attend(struct follower *f, const json_t *body)
{
	const char *what = json_text(body, "what");
	enum o_at at = strcmp(what, "in") == 0 ? O_IN : strcmp(what, "wait") == 0 ? O_WAIT : O_OUT;

	o_attend(&f->o, (unsigned)json_number(body, "seat"), at,
		 strcmp(json_text(body, "place"), "line") == 0);
	f->o.fresh = false;
}

static void take_pause(struct follower *f, const struct record *r, const json_t *body)
{
	struct oracle *o = &f->o;
	bool on = json_is_true(json_object_get(body, "on"));

	o->since += on ? 0 : r->at_ms - o->pause;
	o->pause = r->at_ms;
	o->paused = on;
}

static void take_deny(struct follower *f, const json_t *body)
{
	struct o_seat *seat = &f->o.seat[json_number(body, "seat")];
	seat_set about = seat_bit((unsigned)json_number(body, "about"));

	seat->denied = json_is_true(json_object_get(body, "on")) ? seat->denied | about
								 : seat->denied & ~about;
	f->o.fresh = false;
}

static void take_assign(struct follower *f, const struct record *r, const json_t *body)
{
	struct oracle *o = &f->o;

	for (uint32_t i = 0; i < o->row_count; i++) {
		if (slice_is(r->cell, o->row[i].key)) {
			o_assign(o, i, o_hex(body, "to"));
			cr_assert(o->row[i].audience ==
				      o_indices(json_object_get(body, "audience")),
				  "assigned to others than the segment has");
			return;
		}
	}
	cr_assert(false, "a row that is not there is assigned");
}

static void take_order(struct follower *f, const json_t *body)
{
	uint64_t to = 0;
	bool has_to = json_is_string(json_object_get(body, "to"));

	to = has_to ? o_hex(body, "to") : 0;
	o_order(&f->o, o_hex(body, "row"), has_to ? &to : NULL);
}

/* What the case file did not know how to say. */
static void take_live(struct follower *f, const struct record *r, const json_t *body)
{
	struct oracle *o = &f->o;

	switch (r->kind) {
	case RECORD_EDIT:
		take_text(f, r, body);
		break;
	case RECORD_ANSWER:
		follow_answer(f, r, body);
		if (json_object_get(body, "c")) {
			take_text(f, r, body);
		}
		break;
	case RECORD_SET:
		take_set(f, r, body);
		break;
	case RECORD_SEGMENT:
		take_segment(f, r, body);
		break;
	case RECORD_END:
		o_end(o);
		o->fresh = false;
		break;
	case RECORD_ATTEND:
		take_attend(f, body);
		break;
	case RECORD_PAUSE:
		take_pause(f, r, body);
		break;
	case RECORD_BAR:
		o->seat[json_number(body, "seat")].barred =
		    json_is_true(json_object_get(body, "on"));
		o->fresh = false;
		break;
	case RECORD_DENY:
		take_deny(f, body);
		break;
	case RECORD_ASSIGN:
		take_assign(f, r, body);
		break;
	case RECORD_ORDER:
		take_order(f, body);
		break;
	case RECORD_LAPSE:  /* time passes in the oracle by itself */
	case RECORD_ASSENT: /* nobody is shown it */
		break;
	default:
		cr_assert(false, "the oracle does not know %s", record_kind_name(r->kind));
	}
}

void follow_record(struct sim *s, struct follower *f, const struct record *r, bool counts)
{
	json_t *body = json_loadb(r->body.ptr, r->body.len, JSON_DECODE_ANY, NULL);

	if (r->at_ms > f->o.now) {
		o_tick(&f->o, r->at_ms);
	}
	if (r->kind == RECORD_WITHDRAW) {
		bool live = json_object_get(body, "c") != NULL;

		o_load(&f->o, r);
		if (live) {
			o_withdraw(&f->o, o_hex(body, "row"), r->at_ms);
			take_text(f, r, body);
		}
	} else if (r->kind == RECORD_ROW) {
		take_row(f, r, body);
	} else if (r->kind == RECORD_INIT) {
		o_load(&f->o, r);
		take_versions(f, "", json_object_get(body, "cells"));
	} else if (r->kind == RECORD_SERIES || r->kind == RECORD_POLICY || r->kind == RECORD_SEAT ||
		   r->kind == RECORD_GRANT) {
		o_load(&f->o, r);
	} else if (r->kind == RECORD_SUGGEST) {
		follow_suggest(s, f, r, body, counts);
	} else {
		take_live(f, r, body);
	}
	json_decref(body);
	follow_past(f, r);
	if (counts && r->client) {
		struct entry *e = book_entry(s, r->client, r->cseq);

		cr_assert(e, "kept what nobody asked for");
		cr_assert(e->kept == 0, "request %llu of %llx is in the journal twice",
			  (unsigned long long)r->cseq, (unsigned long long)r->client);
		e->kept++;
	}
}

static void count_answer(struct sim *s, const struct record *r)
{
	json_t *body = json_loadb(r->body.ptr, r->body.len, 0, NULL);
	const char *what = json_text(body, "what");

	s->count[strcmp(what, "take") == 0   ? SIM_TAKEN
		 : strcmp(what, "back") == 0 ? SIM_BACKS
					     : SIM_ANSWERED]++;
	json_decref(body);
}

static void count_record(struct sim *s, const struct record *r)
{
	static const uint8_t as[RECORD_KIND_COUNT] = {[RECORD_EDIT] = SIM_EDITS,
						      [RECORD_SET] = SIM_SETS,
						      [RECORD_ROW] = SIM_ROWS,
						      [RECORD_SEGMENT] = SIM_SEGMENTS,
						      [RECORD_ATTEND] = SIM_ATTENDS,
						      [RECORD_GRANT] = SIM_GRANTS,
						      [RECORD_WITHDRAW] = SIM_WITHDRAWALS,
						      [RECORD_LAPSE] = SIM_LAPSES,
						      [RECORD_BAR] = SIM_BARS,
						      [RECORD_DENY] = SIM_DENIALS,
						      [RECORD_ASSIGN] = SIM_ASSIGNS,
						      [RECORD_SUGGEST] = SIM_SUGGESTS};

	COUNT(s, RECORDS);
	if (as[r->kind]) {
		s->count[as[r->kind]]++;
	}
	if (r->kind == RECORD_EDIT && r->base_ver + 1 < r->ver) {
		COUNT(s, REBASED);
	}
	if (r->kind == RECORD_ANSWER) {
		count_answer(s, r);
	}
}

/* What is on its way to the disk; NULL when nothing is. */
static const struct store_batch *flight(const struct sim *s)
{
	const struct store_batch *b = s->store ? store_mem_next(s->store) : NULL;

	return b && b->record_count > 0 ? b : NULL;
}

static void rebuild(struct sim *s, const struct mem_series *disk)
{
	const struct schema *schema = s->ahead.o.schema;

	follow_fini(&s->ahead);
	follow_init(&s->ahead, schema);
	for (size_t i = 0; i < disk->record_count; i++) {
		follow_record(s, &s->ahead, &disk->record[i], false);
	}
	s->ahead.seen = disk->record_count;
}

static void count_bases(struct sim *s, const struct mem_series *disk)
{
	bool had = s->is_from_base;

	if (disk->base_seq != s->base_seq) {
		COUNT(s, BASES);
		s->base_seq = disk->base_seq;
	}
	s->is_from_base = false;
	for (size_t i = 0; s->hub && i < s->hub->room_count; i++) {
		const struct room *room = s->hub->room[i]->room;

		/* Of a client it never heard of it asks the store. */
		s->is_from_base = s->is_from_base || (room && room_must_ask(room, 1));
	}
	if (s->is_from_base && !had) {
		COUNT(s, FROM_BASE);
	}
}

void follow(struct sim *s)
{
	const struct mem_series *disk = mem_disk_series(s->disk, s->series);
	const struct store_batch *b = flight(s);
	struct follower *a = &s->ahead;

	count_bases(s, disk);
	for (; s->kept.seen < disk->record_count; s->kept.seen++) {
		follow_record(s, &s->kept, &disk->record[s->kept.seen], true);
		if (s->hub && hub_figures(s->hub).rooms > 0) {
			count_record(s, &disk->record[s->kept.seen]);
		}
	}
	o_tick(&s->kept.o, s->now > s->kept.o.now ? s->now : s->kept.o.now);
	if (a->more > 0 && disk->record_count >= a->seen + a->more) {
		a->seen += a->more; /* it was kept */
		a->more = 0;
	} else if (a->more > 0 && !b) {
		rebuild(s, disk);
	}
	for (; a->seen < disk->record_count && a->more == 0; a->seen++) {
		follow_record(s, a, &disk->record[a->seen], false);
	}
	for (size_t i = 0; b && i < b->record_count && a->more < b->record_count; i++) {
		follow_record(s, a, &b->record[i], false);
		a->more++;
	}
	if (!b) {
		o_tick(&a->o, s->now > a->o.now ? s->now : a->o.now);
	}
}

/* When a consent begins or ends next, as the oracle knows it: the server may have forgotten. */
int64_t follow_next_change(const struct oracle *o)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < o->grant_count; i++) {
		const struct o_grant *g = &o->grant[i];
		int64_t at = g->from > o->now ? g->from : g->until;

		next = at > o->now && at < next ? at : next;
	}
	return next;
}

/* ---- what was asked ---- */

struct entry *book_entry(struct sim *s, uint64_t client, uint64_t ref)
{
	struct book *b = client < s->book_count ? &s->book[client] : NULL;

	return b && ref > 0 && ref <= b->count ? &b->entry[ref - 1] : NULL;
}

void book_add(struct sim *s, uint64_t client, uint64_t ref)
{
	struct book *b;

	while (s->book_count <= client) {
		mem_room(&s->book, &s->book_cap, s->book_count, sizeof *s->book);
		s->book[s->book_count++] = (struct book){0};
	}
	b = &s->book[client];
	cr_assert_eq(b->count + 1, ref);
	mem_room(&b->entry, &b->cap, b->count, sizeof *b->entry);
	b->entry[b->count++] = (struct entry){0};
}
