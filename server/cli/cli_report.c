/* explain, view: what the stored journal says, beside a live server. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "net/policies.h"
#include "room/room.h"
#include "view/view.h"

/* A series as it stood at a moment. */
struct past {
	struct cli_running running;
	struct policies *policies;
	struct policy_use policy;
	const struct schema *schema; /* what the series was pinned to then */
	struct store *store;
	struct store_series *loaded;
	struct room *room;
};

static void past_close(struct past *p)
{
	room_destroy(p->room);
	store_series_destroy(p->loaded);
	store_close(p->store);
	if (p->policies) {
		policies_release(p->policies, &p->policy);
	}
	policies_destroy(p->policies);
	cli_running_fini(&p->running);
}

/* The import counts whenever it was made; what came later, only if it had come. */
static void cut_at(struct store_series *l, int64_t at_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->record_count; i++) {
		const struct record *rec = &l->record[i];

		if (rec->at_ms <= at_ms || rec->at_ms == l->record[0].at_ms) {
			l->record[kept++] = *rec;
		}
	}
	l->record_count = kept;
}

static enum err replay(struct past *p, bool has_at, int64_t at_ms)
{
	enum err e = ERR_OK;

	p->room = room_create(p->schema, p->policy.ceiling);
	for (size_t i = 0; !has_at && e == ERR_OK && i < p->loaded->base_count; i++) {
		e = room_replay_base(p->room, &p->loaded->base[i]);
	}
	for (size_t i = 0; e == ERR_OK && i < p->loaded->record_count; i++) {
		e = room_replay(p->room, &p->loaded->record[i]);
	}
	return e == ERR_OK ? room_replay_done(p->room, at_ms, has_at) : e;
}

static bool past_load(const struct cli *c, struct past *p)
{
	struct series_id id;
	char why[STORE_WHY_BYTES] = "";

	if (store_find_now(p->store, slice_of(c->series), &id) != ERR_OK) {
		cli_fail(c, "--series: there is no series \"%s\"", c->series);
		return false;
	}
	if (store_load_now(p->store, id, &p->loaded, why) != ERR_OK) {
		cli_fail(c, "%s", why);
		return false;
	}
	return true;
}

static bool past_open(const struct cli *c, struct past *p)
{
	char why[STORE_WHY_BYTES] = "the journal cannot be replayed";
	int64_t at_ms;
	enum err e;

	*p = (struct past){0};
	if (!cli_time(c, "--at", c->at, cli_wall_ms(), &at_ms) || !cli_running(c, &p->running)) {
		return false;
	}
	p->policies = policies_create(p->running.schema);
	p->store = cli_store(c, STORE_READ);
	if (!p->store || !past_load(c, p)) {
		return false;
	}
	if (c->at) {
		cut_at(p->loaded, at_ms);
	}
	e = policies_take(p->policies, p->loaded, p->loaded->record_count, &p->policy, why);
	if (e == ERR_OK) {
		p->schema = p->policy.schema;
		e = replay(p, c->at != NULL, at_ms);
	}
	if (e != ERR_OK) {
		cli_fail(c, "%s: %s", c->series, why);
	}
	return e == ERR_OK;
}

/* A seat of the series, or a made-up one of a role (role:adm), which holds nothing of its own. */
static bool find_seat(const struct cli *c, const struct past *p, struct rights *rights,
		      unsigned *seat)
{
	uint8_t found = room_seat_find(p->room, slice_of(c->seat));

	if (found != SEAT_NONE) {
		*seat = found;
		return true;
	}
	if (strncmp(c->seat, "role:", 5) == 0 && rights->seat_count < SEAT_MAX) {
		uint16_t role = schema_role_find(p->schema, slice_of(c->seat + 5));

		*seat = rights->seat_count;
		if (role != SCHEMA_NONE) {
			rights->seat[rights->seat_count++] =
			    (struct seat){.role = role, .live = true};
			return true;
		}
	}
	cli_fail(c, "--seat: there is no seat \"%s\"", c->seat);
	return false;
}

/* Some column of the class that is in a table: all of one row are judged alike. */
static uint16_t row_col(const struct schema *s, uint16_t cls)
{
	for (uint16_t i = 0; i < s->col_count; i++) {
		if (s->col[i].cls == cls && s->col[i].table != SCHEMA_NONE) {
			return i;
		}
	}
	return SCHEMA_NONE;
}

/* The cell of class or column `--class` in the row `--row` names. */
static bool row_verdict(const struct cli *c, const struct past *p, const struct rights *rights,
			unsigned seat, uint16_t cls, uint16_t col, struct verdict *out)
{
	uint16_t at = col != SCHEMA_NONE ? col : row_col(p->schema, cls);
	uint16_t table = at == SCHEMA_NONE ? SCHEMA_NONE : p->schema->col[at].table;
	struct cell_place place;
	struct slice key;

	if (table == SCHEMA_NONE || !room_row_find(p->room, table, slice_of(c->row), &key)) {
		cli_fail(c, "--row: \"%s\" has no row \"%s\"", c->class_, c->row);
		return false;
	}
	{
		char cell[512];

		snprintf(cell, sizeof cell, "%.*s/%s", (int)key.len, key.ptr,
			 p->schema->col[at].name);
		if (!room_place(p->room, slice_of(cell), &place)) {
			cli_fail(c, "--row: no such cell");
			return false;
		}
	}
	*out = rights_seat_level(rights, seat, &place);
	return true;
}

static bool verdict_of(const struct cli *c, const struct past *p, struct rights *rights,
		       struct verdict *out)
{
	uint16_t cls = schema_class_find(p->schema, slice_of(c->class_));
	uint16_t col =
	    cls == SCHEMA_NONE ? schema_col_find(p->schema, slice_of(c->class_)) : SCHEMA_NONE;
	unsigned seat;
	int own = -1;

	if (cls == SCHEMA_NONE && col == SCHEMA_NONE) {
		cli_fail(c, "--class: there is no class or field \"%s\"", c->class_);
		return false;
	}
	if (!find_seat(c, p, rights, &seat)) {
		return false;
	}
	if (c->row && strcmp(c->row, "own") != 0 && strcmp(c->row, "other") != 0) {
		return row_verdict(c, p, rights, seat, cls, col, out);
	}
	if (c->row) {
		own = strcmp(c->row, "own") == 0;
	}
	*out = col == SCHEMA_NONE ? rights_class_level(rights, seat, cls, own)
				  : rights_col_level(rights, seat, col, own);
	return true;
}

int cli_explain(const struct cli *c)
{
	struct past p;
	struct rights rights;
	struct verdict v;
	int code = EXIT_FAILED;

	if (c->state && strcmp(c->state, "draft") != 0) {
		return cli_fail(c, "--state: only \"draft\" can be asked about");
	}
	if (past_open(c, &p)) {
		rights = *room_rights(p.room);
		if (c->state) {
			rights.plan = PLAN_DRAFT;
		}
		if (verdict_of(c, &p, &rights, &v)) {
			json_t *o =
			    json_pack("{s:s,s:s,s:s,s:s}", "level", level_name(v.level), "reason",
				      reason_name(v.reason), "seat", c->seat, "class", c->class_);

			json_dumpf(o, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(o);
			code = EXIT_OK;
		}
	}
	past_close(&p);
	return code;
}

static struct frame *snapshot(struct past *p, uint8_t seat, struct arena *mem)
{
	struct room_about about = room_about(p->room);
	struct view v = {.rights = room_rights(p->room), .viewer = seat_bit(seat), .actor = seat};
	struct view_snapshot s = {.fictional = about.fictional, .notice = about.notice};

	if (!v.rights->seat[seat].live || v.rights->seat[seat].barred) {
		return view_bye(ERR_GONE);
	}
	v.seat = room_seats(p->room, mem, &v.seat_count);
	v.resource = room_resources(p->room, mem, &v.resource_count);
	s.cell = room_visible(p->room, v.viewer, mem, &s.cell_count);
	v.meet = room_meet(p->room, mem);
	return view_snapshot(&v, &s);
}

int cli_view(const struct cli *c)
{
	struct past p;
	struct arena mem;
	int code = EXIT_FAILED;

	arena_init(&mem);
	if (past_open(c, &p)) {
		uint8_t seat = room_seat_find(p.room, slice_of(c->seat));

		if (seat == SEAT_NONE) {
			cli_fail(c, "--seat: there is no seat \"%s\"", c->seat);
		} else {
			struct frame *f = snapshot(&p, seat, &mem);

			fwrite(frame_bytes(f), 1, frame_len(f), stdout);
			putchar('\n');
			frame_release(f);
			code = EXIT_OK;
		}
	}
	past_close(&p);
	arena_fini(&mem);
	return code;
}
