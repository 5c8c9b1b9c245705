/* Viewers: who is connected, what they have been shown, and the audit of it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "room/room_names.h"
#include "room/room_state.h"

struct room_viewer *viewer_find(struct room *r, struct conn_id conn)
{
	for (size_t i = 0; i < r->viewer_count; i++) {
		if (r->viewer[i].conn.n == conn.n) {
			return &r->viewer[i];
		}
	}
	return NULL;
}

enum {
	SEEN_NAMED = 8, /* in the byte of a cell: some are */
	SEEN_MORE = 16  /* a list grows by so many */
};

/* What a viewer is told of a cell. */
struct seen {
	uint64_t names;
	uint8_t how; /* level | reach << 4; 0: nothing */
};

/*
 * To whom no reach is told it is none: a frame that says the same again would tell that somebody
 * else's rights changed.
 */
static struct seen seen_now(const struct room *r, const struct room_viewer *v,
			    const struct named *n, const struct room_cell *c, enum reach reach)
{
	enum level level = cells_level(r, n->viewer, c).level;

	if (level == LEVEL_NONE) {
		return (struct seen){0};
	}
	if (v->board || !n->insider) {
		reach = REACH_NONE;
	}
	return (struct seen){.names = named_told(r, n, c),
			     .how = (uint8_t)((unsigned)level | (unsigned)reach << 4)};
}

static void seen_room(struct room_viewer *v, size_t cells)
{
	if (v->seen_cap < cells) {
		size_t cap = cells + SEEN_MORE;

		v->seen = mem_grow(v->seen, cap, sizeof *v->seen);
		memset(v->seen + v->seen_cap, 0, (cap - v->seen_cap) * sizeof *v->seen);
		v->seen_cap = cap;
	}
}

/* Where the names of a cell are, or would be. */
static size_t told_at(const struct room_viewer *v, uint32_t cell)
{
	size_t low = 0, high = v->told_count;

	if (high > 0 && v->told[high - 1].cell < cell) {
		return high; /* they come in order where all are looked at */
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->told[mid].cell < cell) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

static struct seen seen_get(const struct room_viewer *v, size_t cell)
{
	struct seen seen = {.how = v->seen[cell]};

	if (seen.how & SEEN_NAMED) {
		seen.how ^= SEEN_NAMED;
		seen.names = v->told[told_at(v, (uint32_t)cell)].names;
	}
	return seen;
}

static void seen_set(struct room_viewer *v, size_t cell, struct seen seen)
{
	uint64_t names = seen.names;
	bool had = v->seen[cell] & SEEN_NAMED;
	size_t at = names || had ? told_at(v, (uint32_t)cell) : 0;

	v->seen[cell] = (uint8_t)(seen.how | (names ? SEEN_NAMED : 0));
	if (names && !had) {
		if (v->told_count % SEEN_MORE == 0) {
			v->told = mem_grow(v->told, v->told_count + SEEN_MORE, sizeof *v->told);
		}
		memmove(&v->told[at + 1], &v->told[at], (v->told_count - at) * sizeof *v->told);
		v->told_count++;
	} else if (had && !names) {
		v->told_count--;
		memmove(&v->told[at], &v->told[at + 1], (v->told_count - at) * sizeof *v->told);
	}
	if (names) {
		v->told[at] = (struct room_told){.names = names, .cell = (uint32_t)cell};
	}
}

/* The texts a client says it has: key -> place in the list. */
static void map_have(struct map *m, const json_t *have)
{
	for (size_t i = 0; i < json_array_size(have); i++) {
		const json_t *key = json_array_get(json_array_get(have, i), 0);

		map_put(m, (struct slice){json_string_value(key), json_string_length(key)},
			(uint32_t)i);
	}
}

/*
 * The version the viewer says it has of a cell, if it can catch up from there. A board cannot: for
 * whom it is changes with every coming and going.
 */
static bool can_catch_up(const struct room *r, const struct room_cell *c,
			 const struct room_viewer *v, const struct map *m, const json_t *have,
			 uint64_t *since)
{
	uint32_t at = c->doc && !v->board ? map_get(m, slice_of(c->key)) : MAP_NONE;

	if (at == MAP_NONE) {
		return false;
	}
	*since = (uint64_t)json_integer_value(json_array_get(json_array_get(have, at), 1));
	return rights_may_catch_up(r, c, v->seats, *since);
}

/* The accepted changes since `since`, appended to the snapshot's missed edits. */
static void add_missed(const struct room *r, const struct room_cell *c, uint64_t since,
		       struct fx_list *out, struct fx *f, struct edit_shown **missed, size_t *cap)
{
	for (uint64_t ver = since; ver < c->doc->ver; ver++) {
		const struct doc_step *step = doc_step_at(c->doc, ver);

		mem_room(missed, cap, f->missed_count, sizeof **missed);
		(*missed)[f->missed_count++] = (struct edit_shown){
		    .key = arena_dup(&out->mem, slice_of(c->key)),
		    .place = *c->place,
		    .ver = ver + 1,
		    .client = step->client,
		    .author = edit_author(r, step->for_seat),
		    .change = step->change,
		};
	}
}

static void say_snapshot(struct room *r, struct room_viewer *v, const json_t *have,
			 struct fx_list *out)
{
	struct fx *f = fx_add(out, FX_SNAP, v->conn);
	struct cell_shown *shown = arena_alloc(&out->mem, (r->cell_count + 1) * sizeof *shown);
	struct edit_shown *missed = NULL;
	size_t missed_cap = 0;
	struct map known = {.seed = v->client};
	struct named names;

	named_init(&names, r, v->seats, &out->mem);
	map_have(&known, have);
	seen_room(v, r->cell_count);
	for (size_t i = 0; i < r->cell_count; i++) {
		struct room_cell *c = &r->cell[i];
		struct cell_shown *s = &shown[f->cell_count];
		struct seen seen = seen_now(r, v, &names, c, cells_reach(r, c));

		seen_set(v, i, seen);
		if (!seen.how) {
			continue;
		}
		cells_show(r, c, s);
		suggest_show(r, c, &out->mem, s);
		if (can_catch_up(r, c, v, &known, have, &s->since)) {
			s->has_since = true;
			add_missed(r, c, s->since, out, f, &missed, &missed_cap);
		}
		f->cell_count++;
	}
	f->cell = shown;
	if (f->missed_count) {
		struct edit_shown *kept = arena_alloc(&out->mem, f->missed_count * sizeof *kept);

		memcpy(kept, missed, f->missed_count * sizeof *kept);
		f->missed = kept;
	}
	free(missed);
	map_fini(&known);
	fx_audit(out, r, v->seats, "join", shown, f->cell_count);
}

void viewer_join(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct room_viewer *v;
	const struct msg *m = ev->msg;

	/* Client 0 is the server itself: no request of that name could be kept. */
	if (viewer_find(r, ev->conn) || m->client == 0 ||
	    !dedupe_may_use(r, m->client, ev->actor) || m->board > 1) {
		fx_add(out, FX_BYE, ev->conn)->code = ERR_PROTO;
		return;
	}
	if (!r->rights.seat[ev->actor].live || r->rights.seat[ev->actor].barred) {
		fx_add(out, FX_BYE, ev->conn)->code = ERR_GONE;
		return;
	}
	if (m->board && r->rights.seat[ev->actor].duties == 0) {
		fx_add(out, FX_BYE, ev->conn)->code = ERR_GONE;
		return;
	}
	mem_room(&r->viewer, &r->viewer_cap, r->viewer_count, sizeof *r->viewer);
	v = &r->viewer[r->viewer_count++];
	*v = (struct room_viewer){.conn = ev->conn,
				  .board = m->board == 1,
				  .seats = m->board ? meeting_present(r) : seat_bit(ev->actor),
				  .actor = ev->actor,
				  .client = m->client};
	say_snapshot(r, v, m->have, out);
	fx_add(out, FX_SEATS, (struct conn_id){0});
}

void viewer_forget(struct room *r, struct room_viewer *v, uint32_t first, uint32_t count)
{
	seen_room(v, r->cell_count);
	for (uint32_t i = first; i < first + count; i++) {
		/* What it loses must still be dropped: only what it keeps is said anew. */
		if (cells_level(r, v->seats, &r->cell[i]).level != LEVEL_NONE) {
			seen_set(v, i, (struct seen){0});
		}
	}
}

void viewer_forget_modes(struct room_viewer *v)
{
	for (size_t i = 0; i < v->seen_cap; i++) {
		v->seen[i] |= v->seen[i] ? 0xF0 : 0; /* no reach there is */
	}
}

static bool seat_is_here(const struct room *r, uint8_t seat)
{
	for (size_t i = 0; i < r->viewer_count; i++) {
		if (r->viewer[i].actor == seat && !r->viewer[i].board) {
			return true;
		}
	}
	return false;
}

void viewer_leave(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct room_viewer *v = viewer_find(r, ev->conn);
	struct here_shown *gone;
	bool was_board;

	if (!v) {
		return;
	}
	fx_audit(out, r, v->seats, "leave", NULL, 0);
	free(v->seen);
	free(v->told);
	was_board = v->board;
	*v = r->viewer[--r->viewer_count];
	if (!was_board && !seat_is_here(r, ev->actor)) {
		gone = arena_alloc(&out->mem, sizeof *gone);
		gone->seat = ev->actor;
		fx_add(out, FX_HERE, (struct conn_id){0})->here = gone;
		fx_add(out, FX_SEATS, (struct conn_id){0});
	}
}

/* The three lists of cells that changed for one viewer. */
struct seen_change {
	struct cell_shown *drop, *gain, *mode;
	size_t drop_count, gain_count, mode_count;
};

static void compare(struct room *r, struct room_viewer *v, const enum reach *reach,
		    struct fx_list *out, struct seen_change *change)
{
	size_t bytes = (r->cell_count + 1) * sizeof *change->drop;
	struct named names;

	change->drop = arena_alloc(&out->mem, bytes);
	change->gain = arena_alloc(&out->mem, bytes);
	change->mode = arena_alloc(&out->mem, bytes);
	named_init(&names, r, v->seats, &out->mem);
	seen_room(v, r->cell_count);
	for (size_t i = 0; i < r->cell_count; i++) {
		struct room_cell *c = &r->cell[i];
		struct seen now = seen_now(r, v, &names, c, reach[i]);
		struct seen before = seen_get(v, i);
		uint64_t other_names = before.how && now.how ? before.names ^ now.names : 0;

		seen_set(v, i, now);
		/* With a name it must not be told any more it goes, and comes without that. */
		if (before.how && (!now.how || (other_names & before.names))) {
			cells_show(r, c, &change->drop[change->drop_count++]);
		}
		if (now.how && (!before.how || other_names)) {
			cells_show(r, c, &change->gain[change->gain_count]);
			suggest_show(r, c, &out->mem, &change->gain[change->gain_count++]);
		} else if (now.how && before.how != now.how) {
			cells_show(r, c, &change->mode[change->mode_count++]);
		}
	}
}

static void say_change(struct room_viewer *v, enum fx_kind kind, const struct cell_shown *cells,
		       size_t count, struct fx_list *out)
{
	if (count > 0) {
		struct fx *f = fx_add(out, kind, v->conn);

		f->cell = cells;
		f->cell_count = count;
	}
}

void viewers_told(struct room *r, const struct room_cell *c, struct fx_list *out)
{
	enum cell_type type = r->schema->col[c->place->col].type;
	size_t at = (size_t)(c - r->cell);

	if (type != CELL_SEAT && type != CELL_SEATS && type != CELL_LIST && !c->doc) {
		return;
	}
	for (size_t i = 0; i < r->viewer_count; i++) {
		struct room_viewer *v = &r->viewer[i];
		struct named names;

		named_init(&names, r, v->seats, &out->mem);
		seen_room(v, r->cell_count);
		if (v->seen[at]) {
			seen_set(v, at,
				 (struct seen){.names = named_told(r, &names, c),
					       .how = seen_get(v, at).how});
		}
	}
}

void viewer_refresh(struct room *r, struct fx_list *out)
{
	/* The same for all who look. */
	enum reach *reach = arena_alloc(&out->mem, (r->cell_count + 1) * sizeof *reach);

	for (size_t i = 0; r->viewer_count > 0 && i < r->cell_count; i++) {
		reach[i] = cells_reach(r, &r->cell[i]);
	}
	for (size_t i = 0; i < r->viewer_count; i++) {
		struct room_viewer *v = &r->viewer[i];
		struct seen_change change = {0};

		if (v->board) {
			v->seats = meeting_present(r);
		}
		compare(r, v, reach, out, &change);
		if (change.drop_count) {
			fx_audit(out, r, v->seats, "drop", change.drop, change.drop_count);
		}
		if (change.gain_count) {
			fx_audit(out, r, v->seats, "gain", change.gain, change.gain_count);
		}
		say_change(v, FX_DROP, change.drop, change.drop_count, out);
		say_change(v, FX_CELLS, change.gain, change.gain_count, out);
		say_change(v, FX_MODE, change.mode, change.mode_count, out);
		if (!r->rights.seat[v->actor].live || r->rights.seat[v->actor].barred) {
			fx_add(out, FX_BYE, v->conn)->code = ERR_GONE;
		}
	}
	fx_add(out, FX_SEATS, (struct conn_id){0});
	fx_add(out, FX_MEET, (struct conn_id){0});
}

bool room_may_keep(const struct room *r, uint8_t seat)
{
	const struct seat *s = &r->rights.seat[seat];

	return seat < r->rights.seat_count && s->live && !s->barred &&
	       strcmp(r->schema->role[s->role].id, NAME_GUEST_ROLE) != 0;
}
