#ifndef ROKUSHA_TESTS_RANDOM_PLAY_H
#define ROKUSHA_TESTS_RANDOM_PLAY_H

/*
 * One case being played: the room, what was kept of it, and the names a script uses for things
 * whose ids are random. Names: a seat by its party id; a row as "table#n", the n-th row of its
 * table in the order in which rows came to be; a cell as "table#n/column", or a field.
 * Nothing here judges: what is refused is the room's answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "casefile/casefile.h"
#include "room/room.h"
#include "wire/wire.h"

/* What is remembered of a cell, to write a request about it. */
struct known_cell {
	uint64_t ver;
	char *text; /* NULL: a register */
};

struct play {
	const struct schema *schema;
	struct casefile all;
	const struct casefile *file; /* the series that is played */
	struct room *room;
	struct fx_list fx;
	int64_t now_ms;
	uint64_t dice;
	uint64_t ref;
	struct record *kept; /* deep copies, in commit order */
	size_t kept_count, kept_cap;
	struct map by_key; /* cell key -> known_cell */
	struct known_cell *cell;
	size_t cell_count, cell_cap;
	struct map by_name; /* "table#n" -> row */
	struct slice *row;  /* "table/hex" */
	size_t row_count, row_cap;
	unsigned *rows_of; /* each table */
	uint64_t joined;   /* seats with a screen */
	uint64_t gone;     /* seats whose screen was told bye: its socket closes */
	struct arena mem;
};

static inline uint64_t play_random(void *arg)
{
	uint64_t *dice = arg;
	uint64_t z = (*dice += 0x9e3779b97f4a7c15u); /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* ---- what is kept ---- */

static inline void know_cell(struct play *p, struct slice key, uint64_t ver, const char *text)
{
	uint32_t at = map_get(&p->by_key, key);

	if (at == MAP_NONE) {
		mem_room(&p->cell, &p->cell_cap, p->cell_count, sizeof *p->cell);
		at = (uint32_t)p->cell_count++;
		p->cell[at] = (struct known_cell){0};
		map_put(&p->by_key, key, at);
	}
	p->cell[at].ver = ver;
	if (text) {
		free(p->cell[at].text);
		p->cell[at].text = mem_dup((struct slice){text, strlen(text)});
	}
}

/* `cells`: name -> [version, value]; of a row the key is "table/hex/name". */
static inline void know_cells(struct play *p, struct slice row, const json_t *cells)
{
	const char *name;
	json_t *pair;

	json_object_foreach((json_t *)(uintptr_t)cells, name, pair)
	{
		struct slice key = slice_of(name);
		json_t *v = json_array_get(pair, 1);
		uint16_t table = SCHEMA_NONE;
		uint16_t col;

		if (row.len > 0) {
			key = arena_printf(&p->mem, "%.*s/%s", (int)row.len, row.ptr, name);
			table = schema_table_find(p->schema,
						  (struct slice){row.ptr, row.len - HEX64_LEN - 1});
		}
		col = row.len > 0 ? schema_table_col(p->schema, table, slice_of(name))
				  : schema_col_find(p->schema, key);
		know_cell(p, key, (uint64_t)json_integer_value(json_array_get(pair, 0)),
			  p->schema->col[col].type == CELL_TEXT ? json_string_value(v) : NULL);
	}
}

static inline void know_row(struct play *p, struct slice row)
{
	struct slice id = {row.ptr, row.len - HEX64_LEN - 1};
	uint16_t table = schema_table_find(p->schema, id);
	struct slice name =
	    arena_printf(&p->mem, "%.*s#%u", (int)id.len, id.ptr, p->rows_of[table]++);

	mem_room(&p->row, &p->row_cap, p->row_count, sizeof *p->row);
	p->row[p->row_count] = row;
	map_put(&p->by_name, name, (uint32_t)p->row_count++);
}

static inline void play_keep(struct play *p, const struct record *rec)
{
	struct record *own;
	json_t *body;

	mem_room(&p->kept, &p->kept_cap, p->kept_count, sizeof *p->kept);
	own = &p->kept[p->kept_count++];
	*own = *rec;
	own->cell = arena_dup(&p->mem, rec->cell);
	own->body = arena_dup(&p->mem, rec->body);
	if (rec->kind == RECORD_INIT || rec->kind == RECORD_ROW) {
		body = json_loadb(own->body.ptr, own->body.len, 0, NULL);
		if (rec->kind == RECORD_ROW) {
			know_row(p, own->cell);
		}
		know_cells(p, own->cell, json_object_get(body, "cells"));
		json_decref(body);
	} else if (own->cell.len > 0 && (rec->kind == RECORD_EDIT || rec->kind == RECORD_SET ||
					 rec->kind == RECORD_WITHDRAW)) {
		know_cell(p, own->cell, rec->ver, NULL);
	}
}

static inline struct room *play_rebuild(const struct play *p)
{
	struct room *room = room_create(p->schema, NULL);

	for (size_t i = 0; i < p->kept_count; i++) {
		if (room_replay(room, &p->kept[i]) != ERR_OK) {
			fprintf(stderr, "record %zu (%s) does not load\n", i,
				record_kind_name(p->kept[i].kind));
			room_destroy(room);
			return NULL;
		}
	}
	if (room_replay_done(room, p->now_ms, false) != ERR_OK) {
		abort();
	}
	return room;
}

/* ---- steps ---- */

static inline void play_event(struct play *p, enum room_event_kind kind, uint8_t seat,
			      const struct msg *m)
{
	struct room_event ev = {
	    .kind = kind, .conn = {seat + 1u}, .actor = seat, .now_ms = p->now_ms, .msg = m};

	for (size_t i = 0; i < ROOM_RANDOM; i++) {
		ev.random[i] = play_random(&p->dice);
	}
	fx_reset(&p->fx);
	room_step(p->room, &ev, &p->fx);
	for (size_t i = 0; i < p->fx.record_count; i++) {
		play_keep(p, &p->fx.record[i]);
	}
	for (size_t i = 0; i < p->fx.fx_count; i++) {
		if (p->fx.fx[i].kind == FX_BYE) {
			p->gone |= seat_bit(p->fx.fx[i].conn.n - 1);
		}
	}
}

/* As the hub does: what time has done is stepped before anything else. */
static inline void play_pass(struct play *p, int64_t at_ms)
{
	p->now_ms = at_ms > p->now_ms ? at_ms : p->now_ms;
	if (room_deadline(p->room) <= p->now_ms) {
		play_event(p, ROOM_TICK, 0, NULL);
	}
}

static inline const struct fx *play_fx(const struct play *p, enum fx_kind kind, uint8_t seat)
{
	for (size_t i = 0; i < p->fx.fx_count; i++) {
		if (p->fx.fx[i].kind == kind && p->fx.fx[i].conn.n == seat + 1u) {
			return &p->fx.fx[i];
		}
	}
	return NULL;
}

/* Somebody sits down at a screen; false: they may not. */
static inline bool play_join(struct play *p, uint8_t seat)
{
	struct msg m;
	char text[96];

	if (p->joined & seat_bit(seat)) {
		return true;
	}
	/* Another page load is another client. */
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016llx\"}",
		 (unsigned long long)++p->ref);
	if (wire_decode(slice_of(text), &m) != ERR_OK) {
		return false;
	}
	p->joined |= seat_bit(seat);
	play_event(p, ROOM_JOIN, seat, &m);
	wire_release(&m);
	if (!play_fx(p, FX_SNAP, seat)) {
		p->joined &= ~seat_bit(seat);
	}
	return (p->joined & seat_bit(seat)) != 0;
}

static inline void play_leave(struct play *p, uint8_t seat)
{
	if (p->joined & seat_bit(seat)) {
		p->joined &= ~seat_bit(seat);
		play_event(p, ROOM_LEAVE, seat, NULL);
	}
}

/* Sockets that were told bye have closed. */
static inline void play_settle(struct play *p)
{
	while (p->gone) {
		uint8_t seat = (uint8_t)__builtin_ctzll(p->gone);

		p->gone &= p->gone - 1;
		play_leave(p, seat);
	}
}

/* Everybody leaves their screen, at `at_ms`. */
static inline void play_end(struct play *p, int64_t at_ms)
{
	play_pass(p, at_ms);
	play_event(p, ROOM_TICK, 0, NULL); /* the clock of the room is there in any case */
	play_settle(p);
	for (unsigned seat = 0; seat < p->file->seat_count; seat++) {
		play_leave(p, (uint8_t)seat);
	}
}

/* As after a crash: the room is what was kept, and everybody has to come anew. */
static inline bool play_restart(struct play *p)
{
	struct room *again = play_rebuild(p);

	if (!again) {
		return false;
	}
	room_destroy(p->room);
	p->room = again;
	p->joined = 0;
	p->gone = 0;
	return true;
}

/* ---- beginning ---- */

static inline bool play_begin(struct play *p, const struct schema *schema, struct slice json,
			      const json_t *options, char why[CASEFILE_WHY_BYTES])
{
	struct casefile_options o = {.random = play_random, .random_arg = &p->dice};
	size_t series;

	*p = (struct play){.schema = schema};
	p->dice = (uint64_t)json_integer_value(json_object_get(options, "dice"));
	p->now_ms = (int64_t)json_integer_value(json_object_get(options, "now"));
	o.now_ms = p->now_ms;
	o.after = json_is_true(json_object_get(options, "after"));
	arena_init(&p->mem);
	p->rows_of = mem_alloc((schema->table_count + 1u) * sizeof *p->rows_of);
	if (casefile_read(json, schema, &o, &p->all, why) != ERR_OK) {
		return false;
	}
	series = (size_t)json_integer_value(json_object_get(options, "series"));
	p->file = series > 0 && series <= p->all.other_count ? &p->all.other[series - 1] : &p->all;
	for (size_t i = 0; i < p->file->record_count; i++) {
		play_keep(p, &p->file->record[i]);
	}
	p->room = play_rebuild(p);
	if (!p->room) {
		snprintf(why, CASEFILE_WHY_BYTES, "what was imported does not load");
	}
	return p->room != NULL;
}

static inline void play_fini(struct play *p)
{
	fx_fini(&p->fx);
	room_destroy(p->room);
	casefile_fini(&p->all);
	for (size_t i = 0; i < p->cell_count; i++) {
		free(p->cell[i].text);
	}
	free(p->cell);
	free(p->kept);
	free(p->row);
	free(p->rows_of);
	map_fini(&p->by_key);
	map_fini(&p->by_name);
	arena_fini(&p->mem);
}

#endif
