#ifndef ROKUSHA_TESTS_SUPPORT_MEETING_WORLD_H
#define ROKUSHA_TESTS_SUPPORT_MEETING_WORLD_H

/*
 * A room, an oracle of it, and viewers in between: a request is sent to the one, what came of it is
 * told to the other, and then settle() compares.
 */
#include "base/day.h"
#include "base/utf8.h"
#include "support/carry.h"
#include "support/meeting_viewer.h"

enum { VIEWERS = 7 };
enum { NO_, YES_, ANY_ }; /* what the oracle expects of a request */

struct world {
	struct rig r;
	struct oracle o;
	struct watch watch;
	struct viewer v[VIEWERS]; /* the first are the chair, the recorder and the person */
	uint8_t fixed[3];
	uint32_t conns;
	size_t accepted;
};

static size_t pick(struct world *w, size_t n)
{
	return (size_t)(rig_random(&w->r.dice) % n);
}

/* ---- after each step ---- */

static struct view sees_now(struct world *w, const struct viewer *v)
{
	struct view view = {.rights = room_rights(w->r.room), .actor = v->l.seat};
	struct arena *mem = &w->watch.mem;

	view.viewer = room_viewer(w->r.room, (struct conn_id){v->l.conn}, &view.board);
	view.seat = room_seats(w->r.room, mem, &view.seat_count);
	view.resource = room_resources(w->r.room, mem, &view.resource_count);
	view.meet = room_meet(w->r.room, mem);
	return view;
}

static void leave(struct world *w, struct viewer *v);

/* Everybody hears what there is to hear, and knows then exactly what it may. */
static void settle(struct world *w)
{
	struct oracle *o = &w->o;

	HOLDS(&w->watch, !o->open || (o_present(o) & ~o->audience) == 0,
	      "somebody is in who is not of the open item");
	for (size_t i = 0; i < VIEWERS; i++) {
		if (w->v[i].open) {
			viewer_look(&w->v[i]);
			listener_drops(&w->v[i].l, &w->r);
			check_dropped(&w->v[i]);
		}
	}
	for (size_t i = 0; i < VIEWERS; i++) {
		struct viewer *v = &w->v[i];

		if (v->open) {
			struct view view = sees_now(w, v);

			listener_rest(&v->l, &w->r, &view);
		}
	}
	for (size_t i = 0; i < VIEWERS; i++) {
		struct viewer *v = &w->v[i];

		if (v->open && v->l.gone) {
			HOLDS(&w->watch, o->seat[v->l.seat].barred, "seat %u was told bye",
			      v->l.seat);
			leave(w, v);
			return; /* that was a step of its own, and settled */
		}
	}
	for (size_t i = 0; i < VIEWERS; i++) {
		if (w->v[i].open) {
			check_viewer(&w->v[i], o->judged || w->watch.step % 8 == 0);
		}
	}
	o->judged = false;
	fx_reset(&w->r.fx); /* heard */
	arena_reset(&w->watch.mem);
}

static void pass_time(struct world *w, int64_t ms)
{
	w->r.now_ms += ms;
	o_tick(&w->o, w->r.now_ms);
}

static void leave(struct world *w, struct viewer *v)
{
	uint8_t seat = v->l.seat;
	uint32_t conn = v->l.conn;

	w->o.seat[seat].screens -= !v->board;
	viewer_forget_all(v);
	rig_event(&w->r, ROOM_LEAVE, conn, seat, NULL);
	settle(w);
}

static const char *name_of(const struct world *w, unsigned seat)
{
	return kept_text((struct rig *)(uintptr_t)&w->r, w->r.file.seat[seat].name);
}

static void join(struct world *w, struct viewer *v, uint8_t seat, bool board)
{
	bool may = !w->o.seat[seat].barred &&
		   (!board || w->o.seat[seat].chair || w->o.seat[seat].recorder);
	char text[96];

	w->watch.what = board ? "board" : "join";
	*v = (struct viewer){.l = {.conn = ++w->conns, .seat = seat, .take = viewer_take, .arg = v},
			     .watch = &w->watch,
			     .open = may,
			     .board = board,
			     .pending = MAP_NONE};
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\",\"board\":%d}",
		 w->conns + 0x1000u, (int)board);
	w->o.seat[seat].screens += may && !board;
	rig_send(&w->r, v->l.conn, name_of(w, seat), text);
	HOLDS(&w->watch, may == (rig_fx(&w->r, FX_SNAP, v->l.conn) != NULL), "seat %u joins", seat);
	settle(w);
}

/* Say it, and say what the oracle expects. True: it was accepted; then update, and settle(). */
static bool __attribute__((format(printf, 4, 5)))
request(struct world *w, struct viewer *v, int expected, const char *format, ...)
{
	char body[4096], text[4200];
	va_list args;
	enum err e;

	va_start(args, format);
	vsnprintf(body, sizeof body, format, args);
	va_end(args);
	snprintf(text, sizeof text, "{%s,'ref':%llu}", body, (unsigned long long)++w->r.ref);
	send_quoted(&w->r, v->l.conn, name_of(w, v->l.seat), text);
	e = rig_refused(&w->r, v->l.conn);
	if (v->board || w->o.seat[v->l.seat].barred) {
		expected = NO_;
	}
	HOLDS(&w->watch, expected == ANY_ || (expected == YES_) == (e == ERR_OK), "%s: %s", text,
	      err_name(e));
	w->accepted += e == ERR_OK;
	return e == ERR_OK;
}

static const char *hex(struct world *w, uint64_t id)
{
	return hex_of(&w->r, id);
}

/* ---- acts of which there are many ---- */

/* Words with the number of their cell in them; 0: of the first cell of the next row. */
static json_t *mark_of(struct world *w, uint32_t cell)
{
	return json_sprintf("~%06u~", cell ? cell : (uint32_t)w->o.cell_count);
}

static unsigned long long version(const struct viewer *v, uint32_t cell)
{
	return cell < v->slot_cap && v->slot[cell].has ? v->slot[cell].ver : 1;
}

/* The text is put in front. */
static bool put_text(struct world *w, struct viewer *v, uint32_t cell, int expected)
{
	struct o_cell *c = &w->o.cell[cell];
	size_t units = utf8_units(slice_of(c->text));
	char tail[24] = "";

	if (units) {
		snprintf(tail, sizeof tail, ",%zu", units);
	}
	v->pending = cell;
	v->text = mem_dup(arena_printf(&w->watch.mem, "~%06u~%s", cell, c->text));
	if (request(w, v, expected,
		    "'t':'edit','cell':'%s','base':%llu,'changes':[[[0,'~%06u~']%s]]", c->key,
		    version(v, cell), cell, tail)) {
		free(c->text);
		c->text = strdup(v->text);
		return true;
	}
	return false;
}

static bool put_value(struct world *w, struct viewer *v, uint32_t cell, json_t *value, int expected)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	bool kept;

	v->pending = cell;
	v->value = json_incref(value);
	kept = request(w, v, expected, "'t':'set','cell':'%s','base':%llu,'value':%s",
		       w->o.cell[cell].key, version(v, cell), text);
	if (kept) {
		o_put(&w->o, cell, value);
	}
	free(text);
	return kept;
}

/* The row that came of a request, with the words the room gave it. */
static void note_row(struct world *w, const struct o_row *whose)
{
	for (size_t i = 0; i < w->r.fx.record_count; i++) {
		const struct record *rec = &w->r.fx.record[i];

		if (rec->kind == RECORD_ROW) {
			json_t *body = json_loadb(rec->body.ptr, rec->body.len, 0, NULL);

			(void)o_add_row(&w->o, kept_text(&w->r, rec->cell), whose,
					json_object_get(body, "cells"));
			json_decref(body);
		}
	}
}

static bool add_row(struct world *w, struct viewer *v, int expected, const char *table,
		    const json_t *cells, const char *more, const struct o_row *whose)
{
	char *text = json_dumps(cells, 0);
	bool kept =
	    request(w, v, expected, "'t':'row','table':'%s','cells':%s%s", table, text, more);

	if (kept) {
		(void)o_add_values(&w->o,
				   arena_printf(&w->watch.mem, "%s/%s", table, new_row(&w->r)).ptr,
				   whose, cells);
	}
	free(text);
	return kept;
}

/* ---- from one seed to the next ---- */

static void world_begin(struct world *w, uint64_t seed)
{
	rig_again(&w->r, seed);
	w->o = (struct oracle){.schema = w->r.schema, .now = w->r.now_ms};
	w->watch = (struct watch){.o = &w->o, .seed = seed, .what = "begin"};
	w->accepted = 0;
	for (size_t i = 0; i < w->r.kept_count; i++) {
		o_load(&w->o, &w->r.kept[i]);
	}
	for (unsigned s = 0; s < w->o.seat_count; s++) {
		if (w->o.seat[s].chair) {
			w->fixed[0] = (uint8_t)s;
		} else if (w->o.seat[s].recorder) {
			w->fixed[1] = (uint8_t)s;
		} else if (strcmp(o_role(&w->o, s), "self") == 0) {
			w->fixed[2] = (uint8_t)s;
		}
	}
}

/* What each seat may read in the end can be carried away and comes in again as the same. */
static void carries_away(struct world *w)
{
	const struct rights *rights = room_rights(w->r.room);

	for (unsigned s = 0; s < rights->seat_count; s++) {
		const char *found;

		/* Who may not learn of somebody may read by a consent it does not see. */
		if (!rights->seat[s].live || rights->seat[s].barred || rights->seat[s].denied) {
			continue;
		}
		found = carry_difference(w->r.room, w->r.schema, (uint8_t)s, w->r.now_ms,
					 &w->watch.mem);
		HOLDS(&w->watch, !found, "the export of seat %u: %s", s, found);
	}
}

static void world_end(struct world *w)
{
	w->watch.what = "export";
	carries_away(w);
	w->watch.what = "restart";
	survives(&w->r);
	for (size_t i = 0; i < VIEWERS; i++) {
		viewer_forget_all(&w->v[i]);
	}
	o_fini(&w->o);
	arena_fini(&w->watch.mem);
}

/* A random list of seats for a cell, and the set it names. */
static json_t *some_seats(struct world *w, seat_set *set)
{
	json_t *list = json_array();

	*set = 0;
	for (unsigned s = 0; s < w->o.seat_count; s++) {
		if (pick(w, 3) != 0) {
			json_array_append_new(list, json_sprintf("@%s", hex(w, w->o.seat[s].wire)));
			*set |= seat_bit(s);
		}
	}
	return list;
}

#endif
