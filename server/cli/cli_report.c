/* explain, view: what the stored journal says, beside a live server. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli_past.h"
#include "view/view.h"

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

static struct frame *snapshot(const struct past *p, uint8_t seat, struct arena *mem)
{
	const struct seat *held = &room_rights(p->room)->seat[seat];
	struct looker l;

	if (!held->live || held->barred) {
		return view_bye(ERR_GONE);
	}
	past_look(p, seat, mem, &l);
	return view_snapshot(&l.view, &l.export.snapshot);
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
