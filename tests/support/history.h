#ifndef ROKUSHA_TESTS_SUPPORT_HISTORY_H
#define ROKUSHA_TESTS_SUPPORT_HISTORY_H

/*
 * Random histories of a room, of everything a journal can hold: who acts, and what, is drawn; what
 * is refused is refused. Each request that was kept is noted as it was said.
 */
#include "base/utf8.h"
#include "room/room_state.h"
#include "support/meeting.h"

enum { TEXTS_MAX = 64 };

/* A request that was kept, as it was said. */
struct said {
	uint64_t client;
	uint8_t seat;
	char *text;
};

struct world {
	struct rig r;
	struct said *said;
	size_t said_count, said_cap;
	/* What the store has of the last base. */
	uint64_t seq;
	struct slice body;
	struct text_base *text;
	size_t text_count, text_cap;
	uint32_t conns;
	uint32_t conn[SEAT_MAX]; /* of each seat; 0: none */
	uint64_t client[SEAT_MAX];
	size_t compared, remembered, asked, rebased;
};

static size_t pick(struct world *w, size_t n)
{
	return (size_t)(rig_random(&w->r.dice) % n);
}

static const char *name_of(struct world *w, unsigned seat)
{
	return kept_text(&w->r, w->r.file.seat[seat].name);
}

/* ---- saying ---- */

static int by_cseq(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return (x->cseq > y->cseq) - (x->cseq < y->cseq);
}

/* As the store answers for a client. */
static void answer_for(struct world *w, struct room *b, uint64_t client)
{
	struct record *rec = arena_alloc(&w->r.mem, w->r.kept_count * sizeof *rec);
	size_t count = 0, first;

	if (!room_must_ask(b, client)) {
		return;
	}
	for (size_t i = 0; i < w->r.kept_count; i++) {
		if (w->r.kept[i].client == client) {
			rec[count++] = w->r.kept[i];
		}
	}
	qsort(rec, count, sizeof *rec, by_cseq);
	first = count > ROOM_ANSWERS ? count - ROOM_ANSWERS : 0;
	room_replay_client(b, client, rec + first, count - first);
	cr_assert(!room_must_ask(b, client), "asked for good");
	w->asked++;
}

static char *quoted(const char *format, va_list args)
{
	char *text = NULL;

	cr_assert(vasprintf(&text, format, args) >= 0);
	for (char *c = text; *c; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	return text;
}

static void join(struct world *w, unsigned seat)
{
	char text[96];

	w->conn[seat] = ++w->conns;
	w->client[seat] =
	    pick(w, 3) && w->client[seat] ? w->client[seat] : rig_random(&w->r.dice) | 1;
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016llx\"}",
		 (unsigned long long)w->client[seat]);
	answer_for(w, w->r.room, w->client[seat]);
	rig_send(&w->r, w->conn[seat], name_of(w, seat), text);
	if (!rig_fx(&w->r, FX_SNAP, w->conn[seat])) {
		w->conn[seat] = 0; /* its time is over */
	}
}

static void __attribute__((format(printf, 3, 4)))
ask(struct world *w, unsigned seat, const char *format, ...)
{
	va_list args;
	char *text, *whole = NULL;

	if (!w->conn[seat]) {
		join(w, seat);
	}
	if (!w->conn[seat]) {
		return;
	}
	va_start(args, format);
	text = quoted(format, args);
	va_end(args);
	cr_assert(asprintf(&whole, "{%s,\"ref\":%llu}", text, (unsigned long long)++w->r.ref) > 0);
	rig_send(&w->r, w->conn[seat], name_of(w, seat), whole);
	if (rig_fx(&w->r, FX_ACK, w->conn[seat])) {
		mem_room(&w->said, &w->said_cap, w->said_count, sizeof *w->said);
		w->said[w->said_count++] = (struct said){w->client[seat], (uint8_t)seat, whole};
	} else {
		free(whole);
	}
	if (rig_fx(&w->r, FX_BYE, w->conn[seat])) {
		w->conn[seat] = 0;
	}
	free(text);
}

/* ---- acts ---- */

/* A text this seat sees, few of them mostly, so that many changes meet. */
static const struct cell_shown *some_text(struct world *w, unsigned seat)
{
	size_t count, texts = 0;
	const struct cell_shown *all = room_visible(w->r.room, seat_bit(seat), &w->r.mem, &count);
	const struct cell_shown *found[TEXTS_MAX];

	for (size_t i = 0; i < count && texts < TEXTS_MAX; i++) {
		if (!all[i].value &&
		    rights_level(room_rights(w->r.room), seat_bit(seat), &all[i].place).level ==
			LEVEL_WRITE) {
			found[texts++] = &all[i];
		}
	}
	return texts ? found[pick(w, pick(w, 4) && texts > 3 ? 3 : texts)] : NULL;
}

/* A change of a text of so many units: something goes, something comes. */
static char *some_change(struct world *w, size_t units)
{
	size_t at = pick(w, units + 1);
	size_t gone = pick(w, 3) == 0 && at < units ? 1 + pick(w, units - at) % 4 : 0;
	struct buf b = {0};

	buf_add_str(&b, "[");
	if (at > 0) {
		buf_printf(&b, "%zu,", at);
	}
	if (pick(w, 4) || gone == 0) {
		buf_printf(&b, pick(w, 8) ? "[%zu,'字%zu']" : "[%zu,'行','%zu']", gone, pick(w, 100));
	} else {
		buf_printf(&b, "[%zu]", gone);
	}
	if (at + gone < units) {
		buf_printf(&b, ",%zu", units - at - gone);
	}
	buf_add(&b, (struct slice){"]", 2});
	return b.ptr;
}

static void act_edit(struct world *w, unsigned seat)
{
	const struct cell_shown *c = some_text(w, seat);
	char *change = c ? some_change(w, utf8_units(c->text)) : NULL;

	if (c) {
		ask(w, seat, "'t':'edit','cell':'%s','base':%llu,'changes':[%s]", c->key.ptr,
		    (unsigned long long)c->ver, change);
	}
	free(change);
}

static void act_suggest(struct world *w, unsigned seat)
{
	static const char *const key[] = {"plan.work.action.content", GOAL,
					  "plan.work.outline.goal_short"};
	const struct cell_shown *c = rig_cell(&w->r, w->r.room, name_of(w, seat), key[pick(w, 3)]);
	char *change = c && !c->value ? some_change(w, utf8_units(c->text)) : NULL;

	if (change) {
		ask(w, seat, "'t':'suggest','cell':'%s','base':%llu,'changes':[%s],'words':'なぜ'",
		    c->key.ptr, (unsigned long long)c->ver, change);
	}
	free(change);
}

static void act_answer(struct world *w, unsigned seat)
{
	static const char *const what[] = {"take", "answer", "back"};
	const struct room_suggestion *s;

	if (w->r.room->suggestion_count > 0) {
		s = &w->r.room->suggestion[pick(w, w->r.room->suggestion_count)];
		ask(w, pick(w, 2) ? s->seat : seat,
		    "'t':'answer','cell':'%s','row':'%s','what':'%s','words':'うん'",
		    w->r.room->cell[s->cell].key, hex_of(&w->r, s->id), what[pick(w, 3)]);
	}
}

static void act_status(struct world *w, unsigned seat)
{
	static const char *const to[] = {"draft", "proposed", "provisional", "checked"};
	const struct cell_shown *c = rig_cell(&w->r, w->r.room, name_of(w, seat), "plan.status");

	if (c) {
		ask(w, seat, "'t':'set','cell':'plan.status','base':%llu,'value':'%s'",
		    (unsigned long long)c->ver, to[pick(w, 4)]);
	}
}

static void act_line(struct world *w, unsigned seat)
{
	size_t count;
	const struct cell_shown *all = room_visible(w->r.room, seat_bit(seat), &w->r.mem, &count);
	const struct cell_shown *c = count ? &all[pick(w, count)] : NULL;

	if (c && json_is_string(c->value)) {
		ask(w, seat, "'t':'set','cell':'%s','base':%llu,'value':'線%zu'", c->key.ptr,
		    (unsigned long long)c->ver, pick(w, 9));
	}
}

static void act_row(struct world *w, unsigned seat)
{
	static const char *const table[] = {"min.decisions", "mon.incident", "min.person_words"};

	ask(w, seat, "'t':'row','table':'%s','cells':{'text':'行'}", table[pick(w, 3)]);
}

static uint64_t some_row(struct world *w, const char *table)
{
	uint16_t at = schema_table_find(w->r.schema, slice_of(table)), found;
	size_t first = pick(w, w->r.room->row_count);
	uint64_t id = 0;

	for (size_t i = 0; i < w->r.room->row_count; i++) {
		const struct room_row *row = &w->r.room->row[(first + i) % w->r.room->row_count];

		if (row->table == at && rows_key(w->r.room, slice_of(row->key), &found, &id)) {
			break;
		}
	}
	return id;
}

static void act_meeting(struct world *w, unsigned seat)
{
	switch (pick(w, 4)) {
	case 0:
		ask(w, seat, "'t':'open','row':'%s'",
		    hex_of(&w->r, some_row(w, "conf.agenda_items")));
		break;
	case 1:
		ask(w, seat, "'t':'close','end':%d", pick(w, 4) == 0);
		break;
	case 2:
		ask(w, seat, "'t':'attend','what':'%s'", pick(w, 2) ? "in" : "out");
		break;
	default:
		ask(w, seat, "'t':'pause','on':%d", (int)pick(w, 2));
	}
}

static void act_rights(struct world *w, unsigned seat)
{
	unsigned other = (unsigned)pick(w, w->r.file.seat_count);
	const char *wire = kept_text(&w->r, w->r.file.seat[other].wire);

	switch (pick(w, 4)) {
	case 0:
		ask(w, seat, "'t':'withdraw','row':'%s','words':'やめる'",
		    hex_of(&w->r, some_row(w, "consent")));
		break;
	case 1:
		ask(w, seat, "'t':'bar','seat':'%s','on':%d", wire, pick(w, 3) == 0);
		break;
	case 2:
		ask(w, seat, "'t':'deny','seat':'%s','about':'%s','on':%d", wire,
		    kept_text(&w->r, w->r.file.seat[pick(w, w->r.file.seat_count)].wire),
		    (int)pick(w, 2));
		break;
	default:
		ask(w, seat, "'t':'grant','seat':'%s','value':['%s'],'until':'2027-01-%02zu'", wire,
		    w->r.schema->cls[pick(w, w->r.schema->cls_count)].id, 1 + pick(w, 28));
	}
}

/* Seats end, consents lapse. */
static void act_time(struct world *w, unsigned seat)
{
	w->r.now_ms += pick(w, 4) == 0 ? 86400000 * (int64_t)pick(w, 30) : (int64_t)pick(w, 600000);
	rig_event(&w->r, ROOM_TICK, 0, 0, NULL);
	(void)seat;
}

static void act_leave(struct world *w, unsigned seat)
{
	if (w->conn[seat]) {
		rig_event(&w->r, ROOM_LEAVE, w->conn[seat], (uint8_t)seat, NULL);
		w->conn[seat] = 0;
	}
}

static unsigned seat_of(const struct world *w, const char *role)
{
	for (unsigned s = 0; s < w->r.file.seat_count; s++) {
		if (strcmp(w->r.schema->role[w->r.room->rights.seat[s].role].id, role) == 0) {
			return s;
		}
	}
	return 0;
}

static void act(struct world *w)
{
	static void (*const acts[])(struct world * w, unsigned seat) = {
	    act_edit,    act_edit,    act_edit,   act_edit,   act_edit, act_edit,
	    act_edit,    act_edit,    act_edit,   act_edit,   act_edit, act_suggest,
	    act_answer,  act_suggest, act_answer, act_status, act_line, act_row,
	    act_meeting, act_rights,  act_time,   act_leave};
	static const char *const role[] = {"ps", "self", "sup", "emp"};
	unsigned seat =
	    pick(w, 3) ? seat_of(w, role[pick(w, 4)]) : (unsigned)pick(w, w->r.file.seat_count);

	w->r.now_ms += 1 + (int64_t)pick(w, 5000);
	if (pick(w, 14) == 0) {
		ask(w, seat_of(w, "self"), "'t':'assent'");
	} else {
		acts[pick(w, sizeof acts / sizeof *acts)](w, seat);
	}
}

#endif
