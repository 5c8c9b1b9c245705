/*
 * Random meetings on a real room: items open and close, people come, wait and go, write, give and
 * take consent, are barred and hidden, boards hang on the wall. After every step each viewer must
 * have been shown exactly what an oracle written from DESIGN says it may see, and the room must
 * come back from its records. SEED=n replays one meeting, RUNS=n plays n of each case.
 */
#include "support/meeting_world.h"

enum { STEPS = 250, ROUNDS = 20, FIXED = 3 };

/* ---- coming and going ---- */

/* The room marks somebody as in or out: a row of attendance, with the time of day in Japan. */
static void note_stay(struct world *w, unsigned seat, bool in)
{
	struct o_seat *s = &w->o.seat[seat];
	struct o_row whose = {.owner = seat_bit(seat)};
	int64_t minute = (w->o.now / 60000 + 9 * 60) % (24 * 60);
	json_t *clock = json_sprintf("%02d:%02d", (int)(minute / 60), (int)(minute % 60));
	json_t *cells;

	if (!in) {
		o_put(&w->o, w->o.row[s->stay].first + 2, clock); /* who in out */
		json_decref(clock);
		return;
	}
	cells = json_pack("{s:o,s:o}", "who", json_sprintf("@%s", hex(w, s->wire)), "in", clock);
	for (size_t i = 0; i < w->r.fx.record_count; i++) {
		const struct record *rec = &w->r.fx.record[i];

		if (rec->kind == RECORD_ROW && slice_begins(rec->cell, "conf.attendance/")) {
			s->stay = o_add_values(&w->o, kept_text(&w->r, rec->cell), &whose, cells);
		}
	}
	json_decref(cells);
}

static void mark(struct world *w, unsigned seat, enum o_at at, bool line)
{
	if (at == O_IN) {
		note_stay(w, seat, true);
	} else if (at == O_OUT && w->o.seat[seat].at == O_IN) {
		note_stay(w, seat, false);
	}
	o_attend(&w->o, seat, at, line);
	w->o.fresh = false;
}

static bool may_sit(const struct oracle *o, unsigned seat)
{
	return !o->on || o_has(o->audience, seat);
}

static void act_attend(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	bool chair = o->seat[v->l.seat].chair;
	unsigned seat = pick(w, 3) == 0 ? (unsigned)pick(w, o->seat_count) : v->l.seat;
	const struct o_seat *s = &o->seat[seat];
	bool in = s->at == O_NONE || s->at == O_OUT ? pick(w, 6) != 0 : pick(w, 6) == 0;
	const char *place = pick(w, 4) == 0 ? (pick(w, 2) ? "line" : "room") : NULL;
	bool line = place ? strcmp(place, "line") == 0 : s->remote;
	bool waits = in && !chair && (line || s->remote || s->left || !may_sit(o, seat));
	int expected =
	    in ? s->at != O_IN && !(waits && s->at == O_WAIT) : s->at == O_IN || s->at == O_WAIT;

	if (in && chair && !may_sit(o, seat)) {
		expected = NO_;
	}
	if (in && o->begun && !o->on) {
		expected = expected == YES_ ? ANY_ : NO_; /* to a next meeting, if there is one */
	}
	if (s->barred || (seat != v->l.seat && !chair)) {
		expected = NO_;
	}
	if (request(w, v, expected, "'t':'attend','what':'%s','seat':'%s'%s%s%s", in ? "in" : "out",
		    hex(w, s->wire), place ? ",'place':'" : "", place ? place : "",
		    place ? "'" : "")) {
		mark(w, seat, waits ? O_WAIT : in ? O_IN : O_OUT, line);
	}
}

static void act_pause(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	bool on = pick(w, 8) == 0 ? o->paused : !o->paused;
	bool person = strcmp(o_role(o, v->l.seat), "self") == 0;

	if (request(w, v,
		    (person || (!on && o->seat[v->l.seat].chair)) && o->open && on != o->paused,
		    "'t':'pause','on':%d", (int)on)) {
		o->since += on ? 0 : o->now - o->pause;
		o->pause = o->now;
		o->paused = on;
	}
}

/* ---- the agenda ---- */

static uint64_t any_item(struct world *w)
{
	return w->o.item[pick(w, w->o.item_count)].row;
}

/* Could an item go on with exactly these? */
static bool gate(const struct oracle *o, seat_set audience)
{
	return audience != 0 && (o_present(o) & ~audience) == 0;
}

static void act_open(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	uint64_t row = any_item(w);
	seat_set planned;
	bool twice, begins = !o->on;

	for (size_t i = 0; i < 4 && !gate(o, o_planned(o, row)); i++) {
		row = any_item(w);
	}
	planned = o_planned(o, row);
	twice = o->open && o->open_row == row && o->audience == planned;
	if (request(w, v, o->seat[v->l.seat].chair && gate(o, planned) && !twice,
		    "'t':'open','row':'%s'", hex(w, row))) {
		o_open(o, row);
		if (begins && o_has(planned, v->l.seat) && o->seat[v->l.seat].at != O_IN) {
			mark(w, v->l.seat, O_IN, false);
		}
	}
}

static void act_close(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	bool end = pick(w, 4) == 0;

	if (!request(w, v, o->seat[v->l.seat].chair && (end ? o->on : o->open),
		     "'t':'close','end':%d", (int)end)) {
		return;
	}
	for (unsigned s = 0; end && s < o->seat_count; s++) {
		if (o->seat[s].at == O_IN) {
			note_stay(w, s, false);
		}
	}
	if (end) {
		o_end(o);
	} else {
		o_close(o);
	}
}

static void act_order(struct world *w, struct viewer *v)
{
	uint64_t row = any_item(w), to = any_item(w);
	bool last = pick(w, 2) == 0;

	if (request(w, v, w->o.seat[v->l.seat].chair && (last || row != to),
		    "'t':'order','row':'%s'%s%s%s", hex(w, row), last ? "" : ",'to':'",
		    last ? "" : hex(w, to), last ? "" : "'")) {
		o_order(&w->o, row, last ? NULL : &to);
	}
}

/* May the seat write the cell, and knows whom it names? What else is refused is not asked here. */
static int may_name(struct world *w, const struct viewer *v, int level, seat_set set)
{
	if (level != O_WRITE) {
		return NO_;
	}
	return o_knows_all(&w->o, seat_bit(v->l.seat), set) ? YES_ : ANY_;
}

static void act_audience(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	uint64_t row = o->open && pick(w, 2) == 0 ? o->open_row : any_item(w);
	uint32_t cell = o_item_cell(o, row, "audience");
	bool is_open = o->open && o->open_row == row;
	seat_set set;
	json_t *list = some_seats(w, &set);
	int expected = may_name(w, v, o_level(o, seat_bit(v->l.seat), cell), set);

	if (!o_knows_all(o, seat_bit(v->l.seat), o_planned(o, row))) {
		expected = NO_; /* whom it does not see it would drop */
	}
	if (is_open && !(o->seat[v->l.seat].chair && gate(o, set))) {
		expected = NO_;
	}
	if (put_value(w, v, cell, list, expected)) {
		o_share_item(o, row);
		if (is_open && o->audience != set) {
			o_open(o, row);
		}
	}
	json_decref(list);
}

static void act_item(struct world *w, struct viewer *v)
{
	seat_set set;
	json_t *cells = json_pack("{s:o,s:i,s:o}", "title", mark_of(w, 0), "minutes",
				  (int)pick(w, 30), "audience", some_seats(w, &set));
	const char *role = o_role(&w->o, v->l.seat);
	bool may = strcmp(role, "ps") == 0 || strcmp(role, "sup") == 0;
	struct o_row whose = {.owner = seat_bit(v->l.seat)};

	if (w->o.item_count < 12) {
		(void)add_row(w, v, may_name(w, v, may ? O_WRITE : O_READ, set),
			      "conf.agenda_items", cells, "", &whose);
	}
	json_decref(cells);
}

/* ---- writing ---- */

/* A cell the viewer has, or now and then any. */
static uint32_t any_cell(struct world *w, const struct viewer *v)
{
	size_t first = pick(w, w->o.cell_count);

	for (size_t i = 0; pick(w, 8) != 0 && i < w->o.cell_count; i++) {
		size_t at = (first + i) % w->o.cell_count;

		if (at < v->slot_cap && v->slot[at].has && v->slot[at].write) {
			return (uint32_t)at;
		}
	}
	return (uint32_t)first;
}

static void act_edit(struct world *w, struct viewer *v)
{
	uint32_t cell = any_cell(w, v);
	struct o_cell *c = &w->o.cell[cell];
	uint16_t table = w->o.schema->col[c->col].table;
	bool closed = table != SCHEMA_NONE && w->o.schema->table[table].closed;
	int expected = o_level(&w->o, seat_bit(v->l.seat), cell) == O_WRITE && !closed;
	enum cell_type type = w->o.schema->col[c->col].type;
	json_t *value = mark_of(w, cell);

	if (c->text && strlen(c->text) > 60) {
		expected = expected ? ANY_ : NO_; /* some texts are short */
	}
	if (c->text) {
		(void)put_text(w, v, cell, expected);
	} else if (type == CELL_LINE && strcmp(c->key, "conf.schedule.start") != 0) {
		(void)put_value(w, v, cell, value, expected);
	}
	json_decref(value);
}

/* When the others' parts are over follows from these. */
static void act_times(struct world *w, struct viewer *v)
{
	uint32_t cell = pick(w, 3) == 0 ? o_find(&w->o, "conf.schedule.start")
					: o_item_cell(&w->o, any_item(w), "minutes");
	json_t *value = w->o.schema->col[w->o.cell[cell].col].type == CELL_LINE
			    ? json_sprintf("%02zu:30", 8 + pick(w, 9))
			    : json_integer((json_int_t)pick(w, 50));

	(void)put_value(w, v, cell, value, o_level(&w->o, seat_bit(v->l.seat), cell) == O_WRITE);
	json_decref(value);
}

/* A seat in a value: not whether it may be named there, but that all hear of it rightly. */
static void act_name(struct world *w, struct viewer *v)
{
	uint32_t cell = o_find(
	    &w->o, (const char *[]){"plan.work.action.who", "plan.health.action.who"}[pick(w, 2)]);
	seat_set set;
	json_t *list = some_seats(w, &set);
	bool may = o_level(&w->o, seat_bit(v->l.seat), cell) == O_WRITE;

	(void)put_value(w, v, cell, list, may ? ANY_ : NO_);
	json_decref(list);
}

static void act_status(struct world *w, struct viewer *v)
{
	static const char *const to[] = {"draft", "proposed", "provisional", "checked"};
	uint32_t cell = o_find(&w->o, "plan.status");
	json_t *value = json_string(to[pick(w, 4)]);

	(void)put_value(w, v, cell, value, ANY_);
	w->o.fresh = false;
	json_decref(value);
}

/* ---- minutes ---- */

/* A row of its own, or one of the minutes by duty. */
static bool may_begin(const struct oracle *o, unsigned seat, const char *table)
{
	uint16_t at = schema_table_find(o->schema, slice_of(table));
	const struct schema_col *col = &o->schema->col[o->schema->table[at].main_col];
	enum mark mark = o->schema->cls[col->cls].mark[o->seat[seat].role];

	return mark == MARK_WRITE || mark == MARK_WRITE_OWN || mark == MARK_READ_WRITE_OWN ||
	       (o->seat[seat].recorder && (col->duty & DUTY_RECORDER));
}

/* A row of the minutes, in the open item or in another one; of one's own, or for the person. */
static void act_minute(struct world *w, struct viewer *v)
{
	static const char *const table[] = {"min.decisions", "min.dissent", "min.person_words",
					    "mon.incident"};
	struct oracle *o = &w->o;
	size_t kind = pick(w, 4);
	bool in_segment = kind != 3, has_to = in_segment && pick(w, 3) == 0;
	uint64_t to = has_to ? any_item(w) : o->open_row;
	const struct o_item *item = has_to || o->open ? o_item(o, to) : NULL;
	unsigned person = w->v[2].l.seat;
	bool scribe = kind == 2 && v->l.seat != person && pick(w, 4) != 0;
	bool duty = o->seat[v->l.seat].chair || o->seat[v->l.seat].recorder;
	seat_set both = seat_bit(v->l.seat) | (scribe ? seat_bit(person) : 0);
	struct o_row whose = {.owner = kind == 2 ? seat_bit(person) : seat_bit(v->l.seat)};
	json_t *cells = json_pack("{s:o}", "text", mark_of(w, 0));
	int expected = !in_segment || (item && item->opened && (both & ~item->audience) == 0);

	if (in_segment && item) {
		whose.audience = item->audience;
		whose.item = to;
		whose.cut = true;
	}
	if (!(scribe ? duty && !o->seat[person].barred : may_begin(o, v->l.seat, table[kind])) ||
	    (whose.owner & o->seat[v->l.seat].denied) != 0) {
		expected = NO_;
	}
	(void)add_row(w, v, expected, table[kind], cells,
		      arena_printf(&w->watch.mem, "%s%s%s%s%s%s", has_to ? ",'to':'" : "",
				   has_to ? hex(w, to) : "", has_to ? "'" : "",
				   scribe ? ",'method':'oral','for':'" : "",
				   scribe ? hex(w, o->seat[person].wire) : "", scribe ? "'" : "")
			  .ptr,
		      &whose);
	json_decref(cells);
}

static void act_assign(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	uint32_t at = (uint32_t)pick(w, o->row_count);
	uint64_t to = any_item(w);
	const struct o_item *item = o_item(o, to);
	bool reason = pick(w, 2) == 0;
	const struct o_row *row;
	int expected;

	for (size_t i = 0; i < o->row_count && !o->row[at].cut; i++) {
		at = (at + 1) % (uint32_t)o->row_count;
	}
	row = &o->row[at];
	expected = o->seat[v->l.seat].recorder && row->cut && item->opened &&
		   o_has(row->audience, v->l.seat) && o_has(item->audience, v->l.seat) &&
		   ((row->owner | row->about) & o->seat[v->l.seat].denied) == 0 &&
		   (row->owner & ~item->audience) == 0 &&
		   (reason || (item->audience & ~row->audience) == 0);
	if (request(w, v, expected, "'t':'assign','table':'%s','row':'%s','to':'%s','words':'%s'",
		    o->schema->table[row->table].id, hex(w, row->id), hex(w, to),
		    reason ? "理由" : "")) {
		o_assign(o, at, to);
	}
}

/* ---- rights ---- */

static void act_grant(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	unsigned seat = (unsigned)pick(w, o->seat_count);
	uint16_t cls = (uint16_t)pick(w, o->schema->cls_count);
	int64_t day = (o->now + 9 * 3600000) / 86400000 + (int64_t)pick(w, 3);
	struct o_row whose = {.owner = seat_bit(v->l.seat), .about = seat_bit(seat)};
	const char *id;
	char until[11];
	json_t *items;

	/* Mostly something that may be given. */
	for (size_t i = 0; i < o->schema->cls_count && pick(w, 6) != 0 &&
			   o->schema->cls[cls].mark[o->seat[seat].role] != MARK_GRANTABLE;
	     i++) {
		cls = (uint16_t)((cls + 1) % o->schema->cls_count);
	}
	id = o->schema->cls[cls].id;
	cr_assert(day_write(day, until));
	if (!request(w, v,
		     strcmp(o_role(o, v->l.seat), "self") == 0 && seat != v->l.seat &&
			 o_knows(o, seat_bit(v->l.seat), seat) &&
			 o->schema->cls[cls].mark[o->seat[seat].role] == MARK_GRANTABLE,
		     "'t':'grant','seat':'%s','value':['%s'],'until':'%s'",
		     hex(w, o->seat[seat].wire), id, until)) {
		return;
	}
	note_row(w, &whose); /* how it says so is not the rules' matter; whose it is, is */
	items = json_pack("[s]", id);
	o_grant(o,
		&(struct o_grant){.row = o->row[o->row_count - 1].id,
				  .seat = (uint8_t)seat,
				  .from = o->now,
				  .until = (day + 1) * 86400000 - 9 * 3600000},
		items);
	json_decref(items);
}

static void act_withdraw(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	uint16_t table = schema_table_find(o->schema, slice_of("consent"));
	uint32_t at = (uint32_t)pick(w, o->row_count);
	uint32_t words;

	for (size_t i = 0; i < o->row_count && o->row[at].table != table; i++) {
		at = (at + 1) % (uint32_t)o->row_count;
	}
	words = o_find(o, arena_printf(&w->watch.mem, "%s/withdrawal", o->row[at].key).ptr);
	if (request(w, v,
		    o_level(o, seat_bit(v->l.seat), words) == O_WRITE && !*o->cell[words].text,
		    "'t':'withdraw','row':'%s','words':'~%06u~'", hex(w, o->row[at].id), words)) {
		json_t *text = mark_of(w, words);

		o_put(o, words, text);
		o_withdraw(o, o->row[at].id, o->now);
		json_decref(text);
	}
}

static void act_bar(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	unsigned seat = (unsigned)pick(w, o->seat_count);
	bool on = !o->seat[seat].barred || pick(w, 8) == 0;

	if (request(w, v,
		    o->seat[v->l.seat].chair && seat != v->l.seat && on != o->seat[seat].barred,
		    "'t':'bar','seat':'%s','on':%d", hex(w, o->seat[seat].wire), (int)on)) {
		if (on && (o->seat[seat].at == O_IN || o->seat[seat].at == O_WAIT)) {
			mark(w, seat, O_OUT, o->seat[seat].line);
		}
		o->seat[seat].barred = on;
		o->fresh = false;
	}
}

static void act_deny(struct world *w, struct viewer *v)
{
	struct oracle *o = &w->o;
	unsigned seat = (unsigned)pick(w, o->seat_count), about = (unsigned)pick(w, o->seat_count);
	bool is = o_has(o->seat[seat].denied, about);
	bool on = !is || pick(w, 8) == 0;

	if (request(w, v,
		    o->seat[v->l.seat].chair && seat != v->l.seat && seat != about && on != is,
		    "'t':'deny','seat':'%s','about':'%s','on':%d", hex(w, o->seat[seat].wire),
		    hex(w, o->seat[about].wire), (int)on)) {
		o->seat[seat].denied ^= seat_bit(about);
		o->fresh = false;
	}
}

/* ---- screens, and time ---- */

static void act_screen(struct world *w, struct viewer *v)
{
	(void)v;
	v = &w->v[pick(w, VIEWERS)];
	if (v->open) {
		w->watch.what = "leave";
		leave(w, v);
	} else {
		bool board = v >= &w->v[FIXED] && pick(w, 3) == 0;
		uint8_t seat = v < &w->v[FIXED] ? w->fixed[v - w->v]
			       : board          ? w->fixed[pick(w, 2)]
						: (uint8_t)pick(w, w->o.seat_count);

		join(w, v, seat, board);
	}
}

static void act_tick(struct world *w, struct viewer *v)
{
	(void)v;
	pass_time(w, pick(w, 3) == 0 ? 86400000 : (int64_t)pick(w, 7200000));
	rig_event(&w->r, ROOM_TICK, 0, 0, NULL);
}

static void act_here(struct world *w, struct viewer *v)
{
	char text[256];

	snprintf(text, sizeof text, "{'t':'here','cell':'%s'}",
		 w->o.cell[pick(w, w->o.cell_count)].key);
	send_quoted(&w->r, v->l.conn, name_of(w, v->l.seat), text);
}

/* ---- runs ---- */

static const struct {
	const char *name;
	void (*act)(struct world *w, struct viewer *v);
	unsigned weight;
	bool chair; /* mostly the chair's; or, `person`, the person's */
	bool person;
} acts[] = {
    {"open", act_open, 12, true, false},        {"close", act_close, 4, true, false},
    {"attend", act_attend, 22, false, false},   {"chair attend", act_attend, 12, true, false},
    {"pause", act_pause, 4, false, true},       {"order", act_order, 2, true, false},
    {"audience", act_audience, 5, true, false}, {"item", act_item, 2, true, false},
    {"edit", act_edit, 12, false, false},       {"times", act_times, 2, true, false},
    {"name", act_name, 3, true, false},         {"status", act_status, 2, true, false},
    {"minute", act_minute, 14, false, false},   {"assign", act_assign, 6, false, false},
    {"grant", act_grant, 7, false, true},       {"withdraw", act_withdraw, 4, false, true},
    {"bar", act_bar, 3, true, false},           {"deny", act_deny, 4, true, false},
    {"screen", act_screen, 6, false, false},    {"tick", act_tick, 4, false, false},
    {"here", act_here, 4, false, false},
};

static void random_act(struct world *w)
{
	size_t total = 0, at = 0, n;
	struct viewer *v = &w->v[pick(w, VIEWERS)];

	for (size_t i = 0; !v->open && i < VIEWERS; i++) {
		v = &w->v[i];
	}
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		total += acts[i].weight;
	}
	for (n = pick(w, total); n >= acts[at].weight; at++) {
		n -= acts[at].weight;
	}
	if (pick(w, 6) != 0 && (acts[at].chair || acts[at].person)) {
		v = &w->v[acts[at].chair ? 0 : 2];
	} else if (acts[at].act == act_assign && pick(w, 6) != 0) {
		v = &w->v[1];
	}
	if (!v->open && acts[at].act != act_screen && acts[at].act != act_tick) {
		return;
	}
	pass_time(w, 1 + (int64_t)pick(w, 60000));
	w->watch.what = acts[at].name;
	acts[at].act(w, v);
	settle(w);
	free(v->text);
	json_decref(v->value);
	v->text = NULL;
	v->value = NULL;
	v->pending = MAP_NONE;
}

static size_t play(struct world *w, uint64_t seed)
{
	world_begin(w, seed);
	for (size_t i = 0; i < FIXED + 1; i++) {
		join(w, &w->v[i], i < FIXED ? w->fixed[i] : (uint8_t)pick(w, w->o.seat_count),
		     false);
	}
	for (w->watch.step = 1; w->watch.step <= STEPS; w->watch.step++) {
		random_act(w);
	}
	world_end(w);
	return w->accepted;
}

static void play_all(const char *path, const char *now, uint64_t first)
{
	const char *seed = getenv("SEED");
	const char *runs = getenv("RUNS");
	uint64_t rounds = runs ? strtoull(runs, NULL, 10) : ROUNDS;
	struct world *w = mem_alloc(sizeof *w);
	size_t accepted = 0;

	rig_init(&w->r, path, now, 1);
	for (uint64_t s = 0; s < (seed ? 1 : rounds); s++) {
		uint64_t n = seed ? strtoull(seed, NULL, 10) : first + 2 * s;

		if (n % 2 == first % 2) {
			accepted += play(w, n);
		}
	}
	/* Much of what is asked is granted, or this tests nothing. */
	cr_assert(seed || accepted > rounds * STEPS / 3, "%zu accepted", accepted);
	rig_fini(&w->r);
	free(w);
}

Test(prop_meeting, everybody_is_shown_what_it_may_see, .timeout = 600)
{
	play_all(CASE_1, MEETING_1, 1);
}

Test(prop_meeting, everybody_is_shown_what_it_may_see_elsewhere, .timeout = 600)
{
	play_all(CASE_2, MEETING_2, 2);
}
