#ifndef ROKUSHA_TESTS_SIM_TWIN_ACTS_H
#define ROKUSHA_TESTS_SIM_TWIN_ACTS_H

/*
 * What somebody does next, drawn from the schedule's dice and from what the oracle of one world
 * knows; the same text is then said in the other world, or not. `hide`: rather something X cannot
 * see.
 */
#include "base/day.h"
#include "base/utf8.h"
#include "sim/twin_world.h"

enum twin_how { HOW_SAY, HOW_OPEN, HOW_LEAVE, HOW_SLOW, HOW_READ };

struct twin_act {
	const char *name;
	enum twin_how how;
	uint32_t conn;
	uint8_t seat; /* OPEN */
	bool board;
	char text[8192];
	int64_t caret; /* of `seat`, with `at`; of a `here` */
	size_t at;
	bool is_here;
};

struct twin_pick {
	uint64_t dice;
	uint64_t ref;
	const struct twin_eyes *x;
	struct twin_world *w; /* who leads */
	struct twin_world *other;
	bool hide;
	uint32_t conn; /* who acts */
	uint8_t seat;
	uint32_t last_conn; /* who acted before */
	bool last_here;     /* and only moved */
	const char *have;   /* what X had when it left, as its next join says it */
};

static inline size_t roll(struct twin_pick *p, size_t n)
{
	return (size_t)(rig_random(&p->dice) % (n ? n : 1));
}

static inline bool one_in(struct twin_pick *p, size_t n)
{
	return roll(p, n) == 0;
}

static inline struct oracle *o_of(const struct twin_pick *p)
{
	return &p->w->truth.o;
}

static inline bool x_sees(const struct twin_pick *p, uint32_t cell)
{
	return o_level(o_of(p), eyes_set(o_of(p), p->x), cell) != O_HIDDEN;
}

/* In the text ' stands for ". */
static inline bool __attribute__((format(printf, 3, 4)))
words(struct twin_pick *p, struct twin_act *a, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(a->text, sizeof a->text - 32, format, args);
	va_end(args);
	for (char *c = a->text; *c; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	len = strlen(a->text);
	snprintf(a->text + len, sizeof a->text - len, ",\"ref\":%llu}", (unsigned long long)p->ref);
	return true;
}

static inline const char *wire_of(const struct twin_pick *p, unsigned seat, char hex[17])
{
	id_to_hex(o_of(p)->seat[seat].wire, hex);
	return hex;
}

/* A cell of that kind which the seat may write, seen by X or not as is wished; or any. */
static inline uint32_t some_cell(struct twin_pick *p, bool text)
{
	struct oracle *o = o_of(p);
	size_t first = roll(p, o->cell_count);
	bool strict = !one_in(p, p->conn == CONN_X ? 4 : 12);

	/* X asks for what may be there in one world only: what came last, and not for it. */
	for (size_t i = 1; !strict && p->conn == CONN_X && i < 60 && i < o->cell_count; i++) {
		uint32_t at = (uint32_t)(o->cell_count - i);

		if ((o->cell[at].text != NULL) == text && !x_sees(p, at) && one_in(p, 3)) {
			return at;
		}
	}
	for (size_t i = 0; strict && i < o->cell_count; i++) {
		uint32_t at = (uint32_t)((first + i) % o->cell_count);

		if ((o->cell[at].text != NULL) == text &&
		    o_level(o, seat_bit(p->seat), at) == O_WRITE &&
		    (p->conn == CONN_X || x_sees(p, at) != p->hide)) {
			return at;
		}
	}
	for (size_t i = 0; i < o->cell_count; i++) {
		uint32_t at = (uint32_t)((first + i) % o->cell_count);

		if ((o->cell[at].text != NULL) == text && x_sees(p, at) != p->hide) {
			return at;
		}
	}
	return (uint32_t)first;
}

static inline const char *filler(struct twin_pick *p)
{
	static const char *const word[] = {
	    "字",
	    "秘密のこと",
	    "x",
	    "𠮷野家",
	    "a\\nb",
	    "借金三百万円",
	    "とても長い文の一つ、とても長い文の一つ、とても長い文の一つ"};

	return word[roll(p, sizeof word / sizeof *word)];
}

static inline bool act_edit(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	uint32_t at = some_cell(p, true);
	struct o_cell *c = &o->cell[at];
	unsigned long long ver = p->w->truth.ver[at];
	size_t units;
	char tail[32] = "";

	/* What is not there, and what is there but not for X, are asked for alike. */
	if (one_in(p, 25)) {
		return words(
		    p, a,
		    "{'t':'edit','cell':'plan.work.nowhere','base':%llu,'changes':[[[0,'x']]]",
		    ver);
	}
	if (!c->text) {
		return words(p, a, "{'t':'edit','cell':'%s','base':%llu,'changes':[[[0,'x']]]",
			     c->key, ver);
	}
	units = utf8_units(slice_of(c->text));
	if (units > 3 && strncmp(c->text, "x", 1) == 0 && one_in(p, 2)) {
		return words(p, a, "{'t':'edit','cell':'%s','base':%llu,'changes':[[[1],%zu]]",
			     c->key, ver, units - 1);
	}
	if (units) {
		snprintf(tail, sizeof tail, ",%zu", units);
	}
	return words(p, a, "{'t':'edit','cell':'%s','base':%llu,'changes':[[[0,'%s']%s]]", c->key,
		     ver, strcmp(filler(p), "a\\nb") ? filler(p) : "x", tail);
}

/* Mostly for a text that takes them. */
static inline bool act_suggest(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	uint32_t at = some_cell(p, true);
	const char *text;

	for (size_t i = 0; i < 12 && !o->schema->col[o->cell[at].col].suggestable; i++) {
		at = some_cell(p, true);
	}
	text = o->cell[at].text ? o->cell[at].text : "";
	return words(p, a, "{'t':'suggest','cell':'%s','base':%llu,'changes':[[[%zu,'案%zu']]]",
		     o->cell[at].key, (unsigned long long)p->w->truth.ver[at],
		     utf8_units(slice_of(text)), roll(p, 100));
}

static inline bool act_answer(struct twin_pick *p, struct twin_act *a)
{
	static const char *const what[] = {"take", "answer", "back"};
	const struct twin_truth *t = &p->w->truth;
	const struct twin_suggestion *s;
	char hex[17];

	if (t->suggestion_count == 0) {
		return false;
	}
	s = &t->suggestion[roll(p, t->suggestion_count)];
	id_to_hex(s->id, hex);
	return words(p, a, "{'t':'answer','cell':'%s','row':'%s','what':'%s','words':'返事'",
		     o_of(p)->cell[s->cell].key, hex, what[roll(p, 3)]);
}

static inline bool some_seats(struct twin_pick *p, char out[1024])
{
	char hex[17];
	size_t len = 0;

	out[0] = '\0';
	for (unsigned s = 0; s < o_of(p)->seat_count; s++) {
		/* Mostly without X, so that what goes on is not for it. */
		if (roll(p, 3) != 0 && !(s == p->x->seat && p->hide && !one_in(p, 8))) {
			len += (size_t)snprintf(out + len, 1024 - len, "%s'@%s'", len ? "," : "",
						wire_of(p, s, hex));
		}
	}
	return len > 0;
}

/* A value that fits the type of a register; false where none is known. */
static inline bool some_value(struct twin_pick *p, const struct schema_col *col, char out[1100])
{
	char list[1024];

	switch (col->type) {
	case CELL_TEXT:
	case CELL_LINE:
		snprintf(out, 1100, "'行%zu'", roll(p, 1000));
		return strcmp(col->id, "conf.schedule.start") != 0;
	case CELL_DATE:
		snprintf(out, 1100, "'2027-%02zu-%02zu'", 1 + roll(p, 12), 1 + roll(p, 28));
		return true;
	case CELL_INT:
		snprintf(
		    out, 1100, "%lld",
		    (long long)col->int_min +
			(long long)roll(p, (size_t)((long long)col->int_max - col->int_min + 1)));
		return true;
	case CELL_BOOL:
		snprintf(out, 1100, "%s", one_in(p, 2) ? "true" : "false");
		return true;
	case CELL_ENUM: {
		const struct schema_enum *e = &o_of(p)->schema->enums[col->enum_];

		snprintf(out, 1100, "'%s'", e->value[roll(p, e->count)].id);
		return true;
	}
	case CELL_SEATS:
		(void)some_seats(p, list);
		snprintf(out, 1100, "[%s]", list);
		return true;
	default:
		return false;
	}
}

static inline bool act_set(struct twin_pick *p, struct twin_act *a)
{
	uint32_t at = some_cell(p, false);
	const struct o_cell *c = &o_of(p)->cell[at];
	char value[1100];

	return some_value(p, &o_of(p)->schema->col[c->col], value) &&
	       words(p, a, "{'t':'set','cell':'%s','base':%llu,'value':%s", c->key,
		     (unsigned long long)p->w->truth.ver[at] + (one_in(p, 20) ? 1 : 0), value);
}

/* ---- rows ---- */

static inline uint64_t some_item(struct twin_pick *p)
{
	struct oracle *o = o_of(p);
	size_t first = roll(p, o->item_count);

	for (size_t i = 0; i < o->item_count; i++) {
		const struct o_item *item = &o->item[(first + i) % o->item_count];

		if (x_sees(p, o_item_cell(o, item->row, "title")) != p->hide) {
			return item->row;
		}
	}
	return o->item_count ? o->item[first].row : 0;
}

static inline bool act_row(struct twin_pick *p, struct twin_act *a)
{
	static const char *const often[] = {"min.decisions", "min.dissent",  "min.person_words",
					    "min.actions",   "mon.incident", "min.utterances"};
	const struct schema *s = o_of(p)->schema;
	uint16_t at = (uint16_t)roll(p, s->table_count);
	const struct schema_table *t;
	char hex[17], more[96] = "", value[1100];

	if (!one_in(p, 3)) {
		at = schema_table_find(s, slice_of(often[roll(p, 6)]));
	}
	if (at == SCHEMA_NONE || s->table[at].office) {
		return false;
	}
	t = &s->table[at];
	if (t->in_segment && one_in(p, 2)) {
		id_to_hex(some_item(p), hex);
		snprintf(more, sizeof more, ",'to':'%s'", hex);
	} else if (strcmp(t->id, "min.person_words") == 0) {
		for (unsigned q = 0; q < o_of(p)->seat_count; q++) {
			if (strcmp(o_role(o_of(p), q), "self") == 0 && q != p->seat) {
				snprintf(more, sizeof more, ",'method':'oral','for':'%s'",
					 wire_of(p, q, hex));
			}
		}
	}
	for (uint16_t i = 0; i < t->col_count; i++) {
		const struct schema_col *col =
		    &s->col[t->first_col + (i + roll(p, 3)) % t->col_count];

		if (some_value(p, col, value)) {
			return words(p, a, "{'t':'row','table':'%s','cells':{'%s':%s}%s", t->id,
				     col->name, value, more);
		}
	}
	return false;
}

static inline bool act_assign(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	size_t at = roll(p, o->row_count);
	char hex[17], to[17];

	for (size_t i = 0; i < o->row_count && !o->row[at].cut; i++) {
		at = (at + 1) % o->row_count;
	}
	id_to_hex(o->row[at].id, hex);
	id_to_hex(some_item(p), to);
	return words(p, a, "{'t':'assign','table':'%s','row':'%s','to':'%s','words':'理由'",
		     o->schema->table[o->row[at].table].id, hex, to);
}

/* ---- the agenda ---- */

static inline bool may_open(struct oracle *o, uint64_t row)
{
	return o_item(o, row) && o_planned(o, row) && (o_present(o) & ~o_planned(o, row)) == 0;
}

static inline bool act_open(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	uint64_t row = some_item(p);
	char hex[17];

	/* Mostly one that may be opened in both worlds. */
	for (size_t i = 0; i < 12 && !(may_open(o, row) && may_open(&p->other->truth.o, row));
	     i++) {
		row = some_item(p);
	}
	id_to_hex(row, hex);
	return words(p, a, "{'t':'open','row':'%s'", hex);
}

static inline bool act_close(struct twin_pick *p, struct twin_act *a)
{
	/* Rather when X has left, and must not hear of it. */
	bool left = !p->x->board && o_of(p)->seat[p->x->seat].at == O_OUT;

	return words(p, a, "{'t':'close','end':%d", (int)one_in(p, left ? 2 : 5));
}

static inline bool act_order(struct twin_pick *p, struct twin_act *a)
{
	char hex[17], to[17];

	id_to_hex(some_item(p), hex);
	id_to_hex(o_of(p)->item[roll(p, o_of(p)->item_count)].row, to);
	return one_in(p, 2) ? words(p, a, "{'t':'order','row':'%s'", hex)
			    : words(p, a, "{'t':'order','row':'%s','to':'%s'", hex, to);
}

static inline bool act_audience(struct twin_pick *p, struct twin_act *a)
{
	uint32_t at = o_item_cell(o_of(p), some_item(p), "audience");
	char list[1024];

	return some_seats(p, list) &&
	       words(p, a, "{'t':'set','cell':'%s','base':%llu,'value':[%s]", o_of(p)->cell[at].key,
		     (unsigned long long)p->w->truth.ver[at], list);
}

static inline bool act_item(struct twin_pick *p, struct twin_act *a)
{
	char list[1024];

	return o_of(p)->item_count < TWIN_ITEMS / 2 && some_seats(p, list) &&
	       words(p, a,
		     "{'t':'row','table':'conf.agenda_items','cells':{'title':'%s','minutes':%d,"
		     "'audience':[%s]}",
		     filler(p)[0] == 'a' ? "議題" : filler(p), p->hide ? 0 : (int)roll(p, 20),
		     list);
}

static inline bool act_attend(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	const char *what;
	unsigned seat = p->seat;
	char hex[17];

	if (o->seat[p->seat].chair && one_in(p, 2)) {
		seat = one_in(p, 4) ? p->x->seat : (unsigned)roll(p, o->seat_count);
	}
	what = o->seat[seat].at == O_IN ? (one_in(p, 3) ? "in" : "out")
	       : one_in(p, 8)           ? "out"
					: "in";
	if (seat == p->seat) {
		return words(p, a, "{'t':'attend','what':'%s'%s", what,
			     one_in(p, 6) ? ",'place':'line'" : "");
	}
	return words(p, a, "{'t':'attend','what':'%s','seat':'%s'", what, wire_of(p, seat, hex));
}

static inline bool act_pause(struct twin_pick *p, struct twin_act *a)
{
	return words(p, a, "{'t':'pause','on':%d", !o_of(p)->paused);
}

/* ---- rights ---- */

static inline unsigned other_seat(struct twin_pick *p)
{
	unsigned seat = (unsigned)roll(p, o_of(p)->seat_count);

	return seat == p->x->seat && !one_in(p, 10) ? (seat + 1) % o_of(p)->seat_count : seat;
}

static inline bool act_grant(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	const struct schema *s = o->schema;
	unsigned seat = other_seat(p);
	uint16_t cls = (uint16_t)roll(p, s->cls_count);
	char hex[17], until[11];

	for (size_t i = 0; i < s->cls_count && !one_in(p, 20) &&
			   s->cls[cls].mark[o->seat[seat].role] != MARK_GRANTABLE;
	     i++) {
		cls = (uint16_t)((cls + 1) % s->cls_count);
	}
	return day_write((p->w->now + 9 * 3600000) / 86400000 + (int64_t)roll(p, 3), until) &&
	       words(p, a, "{'t':'grant','seat':'%s','value':['%s'],'until':'%s'",
		     wire_of(p, seat, hex), s->cls[cls].id, until);
}

static inline bool act_withdraw(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	uint16_t table = schema_table_find(o->schema, slice_of("consent"));
	size_t at = roll(p, o->row_count);
	char hex[17];

	for (size_t i = 0; i < o->row_count && o->row[at].table != table; i++) {
		at = (at + 1) % o->row_count;
	}
	id_to_hex(o->row[at].id, hex);
	return words(p, a, "{'t':'withdraw','row':'%s','words':'やめる'", hex);
}

static inline bool act_bar(struct twin_pick *p, struct twin_act *a)
{
	unsigned seat = other_seat(p);
	char hex[17];

	return words(p, a, "{'t':'bar','seat':'%s','on':%d", wire_of(p, seat, hex),
		     !o_of(p)->seat[seat].barred);
}

static inline bool act_deny(struct twin_pick *p, struct twin_act *a)
{
	unsigned seat = other_seat(p), about = (unsigned)roll(p, o_of(p)->seat_count);
	char hex[17], of[17];

	return words(p, a, "{'t':'deny','seat':'%s','about':'%s','on':%d", wire_of(p, seat, hex),
		     wire_of(p, about, of), !o_has(o_of(p)->seat[seat].denied, about));
}

static inline bool act_assent(struct twin_pick *p, struct twin_act *a)
{
	return words(p, a, "{'t':'assent'");
}

static inline bool act_status(struct twin_pick *p, struct twin_act *a)
{
	static const char *const to[] = {"draft", "checked", "proposed", "provisional"};
	uint32_t at = o_find(o_of(p), "plan.status");

	return words(p, a, "{'t':'set','cell':'plan.status','base':%llu,'value':'%s'",
		     (unsigned long long)p->w->truth.ver[at], to[roll(p, 4)]);
}

#endif
