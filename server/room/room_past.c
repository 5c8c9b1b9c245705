/* What became of one cell: the journal replayed, seen through the eyes of one seat. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

enum { STRETCH_MS = 5 * 60 * 1000 }; /* a pause longer than that begins a new entry */

struct room_past {
	struct room *room;
	uint8_t seat;
	char *key;
	uint64_t want; /* 0: the list */
	uint64_t ver;  /* of the cell after the last record; 0: it is not there */
	bool is_apart; /* the next entry is no part of the last one */
	struct past_shown entry[LIMIT_HISTORY_ENTRIES]; /* ring */
	json_t *value[LIMIT_HISTORY_ENTRIES];
	size_t first, count;
	bool has_more;
	char *text; /* at version `want` */
};

struct room_past *room_past_create(const struct schema *schema, const struct ceiling *ceiling,
				   uint8_t seat, struct slice key, uint64_t ver)
{
	struct room_past *p = mem_alloc(sizeof *p);

	p->room = room_create(schema, ceiling);
	p->seat = seat;
	p->key = mem_dup(key);
	p->want = ver;
	return p;
}

static void forget(struct room_past *p)
{
	for (size_t i = 0; i < p->count; i++) {
		json_decref(p->value[(p->first + i) % LIMIT_HISTORY_ENTRIES]);
	}
	p->count = 0;
	p->has_more = false;
	free(p->text);
	p->text = NULL;
}

void room_past_destroy(struct room_past *p)
{
	if (p) {
		forget(p);
		room_destroy(p->room);
		free(p->key);
		free(p);
	}
}

static bool goes_on(const struct room_past *p, const struct past_shown *last,
		    const struct record *rec, const struct room_cell *c)
{
	return c->doc && !p->is_apart && last->actor == rec->actor && last->seat == rec->for_seat &&
	       last->method == rec->method && rec->at_ms - last->at_ms < STRETCH_MS;
}

static void note(struct room_past *p, const struct record *rec, const struct room_cell *c)
{
	size_t last = (p->first + p->count + LIMIT_HISTORY_ENTRIES - 1) % LIMIT_HISTORY_ENTRIES;
	size_t at;

	if (p->count > 0 && goes_on(p, &p->entry[last], rec, c)) {
		p->entry[last].ver = p->ver;
		p->entry[last].at_ms = rec->at_ms;
		return;
	}
	if (p->count == LIMIT_HISTORY_ENTRIES) {
		json_decref(p->value[p->first]);
		p->first = (p->first + 1) % LIMIT_HISTORY_ENTRIES;
		p->count--;
		p->has_more = true;
	}
	at = (p->first + p->count++) % LIMIT_HISTORY_ENTRIES;
	p->value[at] = json_incref(c->value);
	p->entry[at] = (struct past_shown){.ver = p->ver,
					   .from_ms = rec->at_ms,
					   .at_ms = rec->at_ms,
					   .actor = rec->actor,
					   .seat = rec->for_seat,
					   .method = rec->method,
					   .value = c->value};
	p->is_apart = false;
}

enum err room_past_feed(struct room_past *p, const struct record *rec)
{
	enum err e = room_replay(p->room, rec);
	uint32_t at = e == ERR_OK ? cells_find(p->room, slice_of(p->key)) : MAP_NONE;
	const struct room_cell *c = at == MAP_NONE ? NULL : &p->room->cell[at];
	uint64_t ver = !c ? 0 : c->doc ? c->doc->ver : c->ver;

	/* All is judged by the policy of today: what it gives it does not give for the past. */
	if (rec->kind == RECORD_POLICY || rec->kind == RECORD_APPROVE) {
		forget(p);
		p->is_apart = true;
	}
	if (e != ERR_OK || !c || ver == p->ver) {
		return e;
	}
	p->ver = ver;
	rights_as_recorded(p->room);
	if (rights_seat_level(&p->room->rights, p->seat, c->place).level == LEVEL_NONE) {
		p->is_apart = true;
		return ERR_OK;
	}
	note(p, rec, c);
	if (c->doc && ver == p->want) {
		free(p->text);
		p->text = mem_dup(doc_text(c->doc));
	}
	return ERR_OK;
}

bool room_past_shown(const struct room_past *p, struct arena *mem, struct history_shown *out)
{
	uint32_t at = cells_find(p->room, slice_of(p->key));
	struct past_shown *ordered = arena_alloc(mem, sizeof p->entry);

	if (at == MAP_NONE || (p->want != 0 && !p->text)) {
		return false;
	}
	for (size_t i = 0; i < p->count; i++) {
		ordered[i] = p->entry[(p->first + i) % LIMIT_HISTORY_ENTRIES];
	}
	*out = (struct history_shown){.key = slice_of(p->key),
				      .place = *p->room->cell[at].place,
				      .entry = ordered,
				      .count = p->want == 0 ? p->count : 0,
				      .has_more = p->has_more,
				      .has_text = p->want != 0,
				      .ver = p->want,
				      .text = slice_of(p->text ? p->text : "")};
	return true;
}

/* The answer is read from the journal; that it is given is written down before. */
void on_history(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint32_t at = cells_find(r, ev->msg->cell);
	struct room_cell *c = at == MAP_NONE ? NULL : &r->cell[at];
	struct cell_shown *shown;
	struct fx *f;

	if (!c || rights_seat_level(&r->rights, ev->actor, c->place).level == LEVEL_NONE) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	shown = arena_alloc(&out->mem, sizeof *shown);
	*shown =
	    (struct cell_shown){.key = arena_dup(&out->mem, slice_of(c->key)), .place = *c->place};
	fx_audit(out, r, seat_bit(ev->actor), "history", shown, 1);
	f = fx_add(out, FX_HISTORY, ev->conn);
	f->ref = ev->msg->ref;
	f->ver = ev->msg->base;
	f->cell = shown;
	f->cell_count = 1;
}
