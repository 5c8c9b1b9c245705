/*
 * A conference under libFuzzer: the real hub, room and view over a store in memory. The bytes are
 * choices: who comes and goes, what they say (one of the forms below, filled in from what is in the
 * room, or words of the input itself), what time does, which commits are kept. After every step the
 * room's books are right and its effects well formed; a frame shows nobody a class their role never
 * reads; in the end every answer stands in the journal once, and the journal is the room.
 */
#include "fuzz/ideas.h"
#include "fuzz/room_words.h"

static const char case_text[] =
    "{'format':'six-party-conference-sample/1','fictional':true,"
    "'parties':[{'id':'self','role':'self'},"
    "{'id':'ps','role':'ps','functions':['chair','recorder']},"
    "{'id':'emp','role':'emp','display_label':'店','remote':true},"
    "{'id':'cw','role':'cw','functions':['recorder']},{'id':'hw','role':'hw'},"
    "{'id':'sup','role':'sup'},{'id':'kp','role':'kp'},{'id':'emp2','role':'emp'}],"
    "'denials':[{'party':'emp2','about_party':'cw'}],"
    "'consents':[{'id':'c1','role':'hw','fields':['plan.health.outline'],'level':'read',"
    "'given_on':'2026-07-01','expires_on':'2026-12-31','method':'書面・署名'},"
    "{'id':'c2','role':'cw','fields':['pplan.statements'],'level':'read',"
    "'given_on':'2026-07-01','expires_on':'2026-11-13','method':'書面・署名'}],"
    "'support_plan':{'no':1,'status':'proposed','areas':{'work':{'action':{'goal':'あ'}}}},"
    "'resources':[{'id':'r1','name':'工房','kind':'formal'}],"
    "'conference':{'series_no':'S-1','held_on':'2026-11-12','start':'14:00',"
    "'legal_basis':'consent_based','agenda':["
    "{'item_no':1,'title':'あ','audience':['self','ps','emp','hw','cw']},"
    "{'item_no':2,'title':'い','audience':['self','ps','hw','cw','kp']},"
    "{'item_no':3,'title':'う','audience':['self','ps']}]}}";

/* Some fields of each kind are enough; with all of them a meeting takes ten times as long. */
static void thin_out(struct record *rec)
{
	static const char *const kept[] = {
	    "plan.work.action", "plan.health.outline", "pplan.",
	    "assess.risk_note", "conf.schedule",       "plan.status",
	    "plan.review",      "conf.legal",          "person.address"};
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, 0, NULL);
	json_t *cells = json_object_get(body, "cells");
	const char *key;
	json_t *pair;
	char *text;
	void *next;

	json_object_foreach_safe(cells, next, key, pair)
	{
		bool keep = false;

		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
			keep = keep || slice_begins(slice_of(key), kept[i]);
		}
		if (!keep) {
			json_object_del(cells, key);
		}
	}
	text = json_dumps(body, JSON_COMPACT);
	rec->body = arena_dup(&file.mem, slice_of(text));
	free(text);
	json_decref(body);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint64_t dice = 1;
	struct casefile_options o = {.random = rig_random, .random_arg = &dice};
	char text[sizeof case_text];
	char why[CASEFILE_WHY_BYTES];

	(void)argc;
	(void)argv;
	json_object_seed(1);
	MUST(sodium_init() >= 0, "no random numbers");
	schema = rig_schema();
	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = case_text[i] == '\'' ? '"' : case_text[i];
	}
	MUST(casefile_time_ms(slice_of("2026-11-12T13:50"), &o.now_ms), "time");
	MUST(casefile_read(slice_of(text), schema, &o, &file, why) == ERR_OK, "%s", why);
	for (size_t i = 0; i < file.record_count; i++) {
		if (file.record[i].kind == RECORD_INIT) {
			thin_out(&file.record[i]);
		}
	}
	return 0;
}

static void say_text(struct screen *s, struct slice text)
{
	if (text.len && text.len < sizeof s->last) {
		memcpy(s->last, text.ptr, text.len);
		s->last[text.len] = '\0';
	}
	hub_frame(w.hub, (struct conn_id){s->id}, text, w.now_ms);
}

static void say_form(struct screen *s, const char *form, size_t len)
{
	const struct room *r = room_now();
	struct filling f = {0};
	struct buf out = {0};

	for (size_t i = 0; r && i < len; i++) {
		if (form[i] == '%' && i + 1 < len && isalpha((unsigned char)form[i + 1])) {
			fill(&out, r, s, form[++i], &f);
		} else {
			buf_add(&out, (struct slice){form + i, 1});
		}
	}
	if (r) {
		say_text(s, buf_slice(&out));
	}
	buf_fini(&out);
}

/* A text of the input itself. */
static void say_words(struct screen *s)
{
	size_t len = choose(&w.c, 512);
	char text[512];

	for (size_t i = 0; i < len; i++) {
		text[i] = (char)choice(&w.c);
	}
	say_form(s, text, len);
}

/* ---- coming and going ---- */

static void say_join(struct screen *s)
{
	const struct room *r = room_now();
	size_t first = choose(&w.c, 4), back = choose(&w.c, 3);
	struct buf text = {0};

	buf_printf(&text, "{\"t\":\"join\",\"client\":\"%016llx\",\"have\":[",
		   (unsigned long long)s->client);
	for (size_t i = first, n = 0; r && i < r->cell_count; i += 37) {
		if (r->cell[i].doc) {
			buf_printf(&text, "%s[\"%s\",%llu]", n++ ? "," : "", r->cell[i].key,
				   (unsigned long long)r->cell[i].doc->ver - back);
		}
	}
	buf_printf(&text, "]%s}", s->is_board ? ",\"board\":1" : "");
	hub_frame(w.hub, (struct conn_id){s->id}, buf_slice(&text), w.now_ms);
	buf_fini(&text);
}

static void enter(struct screen *s)
{
	uint8_t what = choice(&w.c);

	s->id = ++w.last_conn;
	s->seat = what % file.seat_count;
	s->is_board = what >= 0xe8;
	s->client = choice(&w.c) > 0xc0 ? s->client : 0x5000u + s->id;
	s->is_open = true;
	s->is_slow = s->joined = false;
	s->ref = s->client == 0x5000u + s->id ? 0 : s->ref;
	hub_open(w.hub, (struct conn_id){s->id}, w.series, s->seat, w.now_ms);
	if (what != 0x7f) {
		say_join(s);
	}
}

static void leave(struct screen *s)
{
	uint32_t id = s->id;

	s->is_open = false;
	json_array_clear(s->waiting);
	hub_close(w.hub, (struct conn_id){id}, w.now_ms);
}

/* ---- what must hold after each step ---- */

static void check_books(const struct room *r)
{
	size_t bytes = check_ideas(r), history = 0;

	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];

		bytes += c->doc ? cells_value_bytes(NULL) + c->doc->body.bytes
				: cells_value_bytes(c->value);
		history += c->doc ? c->doc->step_bytes : 0;
		MUST((c->doc != NULL) == (schema->col[c->place->col].type == CELL_TEXT), "kind");
		MUST(!c->doc || c->doc->body.units <= LIMIT_TEXT_UNITS, "too long");
	}
	MUST(bytes == r->bytes && bytes <= LIMIT_ROOM_BYTES + 4096, "%zu bytes, counted %zu", bytes,
	     r->bytes);
	MUST(history == r->history_bytes && history <= LIMIT_ROOM_HISTORY_BYTES, "history");
	MUST(r->row_count <= LIMIT_ROOM_ROWS && r->cell_count <= LIMIT_ROOM_CELLS, "rows");
	MUST(r->client_count <= LIMIT_ROOM_CLIENTS && r->viewer_count <= CONNS, "clients");
	MUST(r->rights.grant_count <= LIMIT_ROOM_GRANTS, "grants");
	MUST(r->meeting.segment_count <= LIMIT_ROOM_SEGMENTS, "segments");
}

static bool needs_cells(enum fx_kind k)
{
	return k == FX_DROP || k == FX_SNAP || k == FX_CELLS || k == FX_MODE || k == FX_REACH;
}

static void check_effects(const struct fx_list *out)
{
	for (size_t i = 0; i < out->fx_count; i++) {
		const struct fx *f = &out->fx[i];

		MUST(f->kind < FX_COUNT, "no kind");
		MUST(needs_cells(f->kind) ? f->cell || f->cell_count == 0 : true, "no cells");
		MUST((f->kind != FX_EDIT || f->edit) && (f->kind != FX_SET || f->set) &&
			 (f->kind != FX_HERE || f->here) && (f->kind != FX_SUGGEST || f->suggest),
		     "nothing behind it");
		MUST(f->kind != FX_NO || (f->code != ERR_OK && f->code < ERR_COUNT), "no reason");
		for (size_t n = 0; n < f->cell_count; n++) {
			MUST(f->cell[n].key.len && f->cell[n].place.col < schema->col_count,
			     "cell");
		}
	}
	for (size_t i = 0; i < out->record_count; i++) {
		const struct record *rec = &out->record[i];
		json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);

		MUST(rec->kind < RECORD_KIND_COUNT && body, "record %zu", i);
		json_decref(body);
	}
}

static void check_step(void)
{
	const struct room *r = room_now();

	if (r) {
		check_books(r);
		check_effects(&w.hub->room[0]->fx);
	}
	MUST(w.hub->room_count == 0 || w.hub->room[0]->queue_count <= STEPS_MAX, "a long queue");
}

/* ---- one step ---- */

static void fail_something(uint8_t what)
{
	static const enum store_mem_fault fault[] = {STORE_MEM_REFUSED, STORE_MEM_LOST,
						     STORE_MEM_SAVED};

	if (what % 8 == 7) {
		store_mem_fail_load(w.store, 1);
	} else {
		store_mem_fail_commit(w.store, 1 + what % 2, fault[what % 3]);
	}
}

static void pass_time(uint8_t what)
{
	static const int64_t ms[] = {1, 250, 1000, 61000, 3600000, 86400000, 86400000 * 400LL};

	w.now_ms += ms[what % 7];
	hub_tick(w.hub, w.now_ms);
}

static void act(void)
{
	uint8_t what = choice(&w.c);
	struct screen *s = &w.screen[choose(&w.c, CONNS)];

	if (what < 24) {
		pass_time(what);
	} else if (what < 32) {
		fail_something(what);
	} else if (what < 64 || !s->is_open) {
		hub_poll(w.hub, w.now_ms);
		if (!s->is_open) {
			enter(s);
		}
	} else if (what < 72) {
		leave(s);
	} else if (what < 80) {
		s->is_slow = true;
	} else if (what < 88) {
		read_on(s);
	} else if (what < 96) {
		say_join(s);
	} else if (what < 104 && s->last[0]) {
		hub_frame(w.hub, (struct conn_id){s->id}, slice_of(s->last), w.now_ms);
	} else if (what < 112) {
		say_words(s);
	} else {
		/* Each with an answer of the store behind it and without. */
		const char *form = what < IDEA_FIRST
				       ? forms[what % (sizeof forms / sizeof *forms)]
				       : idea_forms[(what - IDEA_FIRST) / 2 %
						    (sizeof idea_forms / sizeof *idea_forms)];

		say_form(s, form, strlen(form));
	}
	if (what & 1) {
		hub_poll(w.hub, w.now_ms);
	}
}

/* ---- the end ---- */

static void settle(void)
{
	size_t turn = 0;

	do {
		MUST(turn++ < 1000, "no end");
		hub_poll(w.hub, w.now_ms);
	} while (!hub_is_quiet(w.hub));
}

/* The page of a seat, as bytes. */
static struct frame *page_of(struct room *r, uint8_t seat, struct arena *mem)
{
	struct room_about about = room_about(r);
	struct view v = {.rights = room_rights(r), .viewer = seat_bit(seat), .actor = seat};
	struct view_snapshot s = {.fictional = about.fictional, .notice = about.notice};

	v.seat = room_seats(r, mem, &v.seat_count);
	v.resource = room_resources(r, mem, &v.resource_count);
	v.meet = room_meet(r, mem);
	s.cell = room_visible(r, v.viewer, mem, &s.cell_count);
	return view_snapshot(&v, &s);
}

static void check_page(struct room *live, struct room *again, uint8_t seat)
{
	struct screen s = {.seat = seat};
	struct arena mem;
	struct frame *a, *b;
	json_t *o;

	arena_init(&mem);
	a = page_of(again, seat, &mem);
	o = json_loadb((char *)frame_bytes(a), frame_len(a), JSON_REJECT_DUPLICATES, NULL);
	MUST(json_is_object(o), "no page");
	take_cells(&s, json_object_get(o, "cells"));
	MUST(!room_rights(again)->seat[seat].barred ||
		 json_array_size(json_object_get(o, "cells")) == 0,
	     "a barred seat reads");
	json_decref(o);
	if (live) {
		b = page_of(live, seat, &mem);
		MUST(frame_len(a) == frame_len(b) &&
			 memcmp(frame_bytes(a), frame_bytes(b), frame_len(a)) == 0,
		     "seat %u sees another room after a restart:\n%.*s\n%.*s", seat,
		     (int)frame_len(b), frame_bytes(b), (int)frame_len(a), frame_bytes(a));
		frame_release(b);
	}
	frame_release(a);
	arena_fini(&mem);
}

/* Every answer stands in the journal, once. */
static void check_acks(const struct store_series *l)
{
	for (size_t n = 0; n < w.ack_count; n++) {
		size_t found = 0;

		for (size_t i = 0; i < l->record_count; i++) {
			found += l->record[i].client == w.ack[n].client &&
				 l->record[i].cseq == w.ack[n].ref;
		}
		MUST(found == 1, "%llx/%llu was acknowledged and is there %zu times",
		     (unsigned long long)w.ack[n].client, (unsigned long long)w.ack[n].ref, found);
	}
}

static void check_end(void)
{
	struct store_series *l;
	struct room *again = room_create(schema, NULL);
	struct room *live;

	settle();
	for (size_t i = 0; i < CONNS; i++) {
		if (w.screen[i].is_open) {
			read_on(&w.screen[i]);
			leave(&w.screen[i]);
		}
	}
	settle();
	MUST(store_load_now(w.store, w.series, &l, NULL) == ERR_OK, "the store is gone");
	check_acks(l);
	for (size_t i = 0; i < l->record_count; i++) {
		MUST(room_replay(again, &l->record[i]) == ERR_OK, "record %zu (%s): %.*s", i,
		     record_kind_name(l->record[i].kind), (int)l->record[i].body.len,
		     l->record[i].body.ptr);
	}
	live = room_now();
	MUST(room_replay_done(again, live ? live->now_ms : w.now_ms, true) == ERR_OK, "not whole");
	check_page(live, again, EMPLOYER);
	check_page(live, again, (uint8_t)(w.last_conn % file.seat_count));
	room_destroy(again);
	store_series_destroy(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transport t = {
	    .self = &w, .send = on_send, .purge = on_purge, .close = hung_up, .random = on_random};
	struct store_import in = {.name = file.series,
				  .record = file.record,
				  .record_count = file.record_count,
				  .pending = file.pending};
	char why[STORE_WHY_BYTES];

	memset(&w, 0, sizeof w);
	w.c = (struct choices){data, size};
	w.dice = 7;
	w.now_ms = file.record[0].at_ms;
	w.store = store_mem_open(NULL);
	MUST(store_import_now(w.store, &in, &w.series, why) == ERR_OK, "%s", why);
	for (size_t i = 0; i < CONNS; i++) {
		w.screen[i].waiting = json_array();
	}
	w.hub = hub_create(schema, w.store, t);
	for (size_t i = 0; i < STEPS_MAX && w.c.left > 0; i++) {
		act();
		check_step();
	}
	check_end();
	hub_destroy(w.hub);
	store_close(w.store);
	for (size_t i = 0; i < CONNS; i++) {
		json_decref(w.screen[i].waiting);
	}
	return 0;
}
