/*
 * Prints what rights.c says to every question there is, for compare.mjs to judge. One line per
 * column (or class), role, duty, grant and kind of row; on it one code of level and reason for
 * each plan state and each cut. The kinds are numbered here and named in compare.mjs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "policy/rights.h"

/* Seats far apart, one of them beyond 32 bits. */
enum { SUBJECT = 3, OTHER = 9, SECOND = 40, SEATS = 64 };
enum { DUTIES = 2, GRANTS = 7, ROWS = 7, PLANS = 4, CUTS = 4, PAIR_ROWS = 6 };

static void read_file(const char *dir, const char *name, struct buf *out)
{
	char path[1024];
	char block[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(2);
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(out, (struct slice){block, n});
	}
	fclose(f);
}

static void put(struct verdict v)
{
	putchar("nrw"[v.level]);
	putchar('a' + (int)v.reason);
}

static void set_plan(struct rights *r, unsigned plan)
{
	static const enum plan_state state[PLANS] = {PLAN_DRAFT, PLAN_DRAFT, PLAN_LIVE,
						     PLAN_SEALED};

	r->plan = state[plan];
	r->draft_open_to_self = plan == 1;
}

static void set_cut(struct rights *r, unsigned cut)
{
	struct seat *s = &r->seat[SUBJECT];

	s->barred = cut == 1;
	s->denied = cut == 2 ? seat_bit(OTHER) : 0;
	s->live = cut != 3;
}

/* Another column of the same class; where there is none, a column of another class. */
static void grant_elsewhere(const struct schema *s, uint16_t col, struct grant *g)
{
	for (uint16_t c = 0; c < s->col_count; c++) {
		if (c != col && s->col[c].cls == g->cls) {
			g->col = c;
			return;
		}
	}
	g->cls = (uint16_t)((g->cls + 1) % s->cls_count);
}

static void set_grant(struct rights *r, unsigned kind, uint16_t cls, uint16_t col)
{
	struct grant *g = r->grant;

	*g = (struct grant){.seat = SUBJECT, .live = kind != 2, .cls = cls, .col = SCHEMA_NONE};
	r->grant_count = kind != 0;
	if (kind == 3) {
		g->col = col;
	} else if (kind == 4) {
		grant_elsewhere(r->schema, col, g);
	} else if (kind == 5) {
		g->own_rows = true;
	} else if (kind == 6) {
		g->seat = OTHER;
	}
}

static struct cell_place place_of(uint16_t col, unsigned row)
{
	struct cell_place p = {.col = col, .has_row = row > 0, .owner = seat_bit(OTHER)};

	switch (row) {
	case 0:
		p.owner = 0;
		break;
	case 1:
		p.owner = seat_bit(SUBJECT);
		break;
	case 2:
		p.about = seat_bit(SUBJECT);
		break;
	case 3:
		p.has_audience = true;
		p.audience = seat_bit(SUBJECT) | seat_bit(OTHER);
		break;
	case 5: /* cut off from its own row */
		p.owner = seat_bit(SUBJECT);
		p.has_audience = true;
		p.audience = seat_bit(OTHER);
		break;
	case 6: /* its own row about somebody, shared */
		p.owner = seat_bit(SUBJECT);
		p.about = seat_bit(OTHER);
		p.has_audience = true;
		p.audience = seat_bit(SUBJECT);
		break;
	default:
		break; /* 4: somebody else's */
	}
	return p;
}

static void put_cell(struct rights *r, uint16_t col, unsigned row)
{
	struct cell_place place = place_of(col, row);

	for (unsigned plan = 0; plan < PLANS; plan++) {
		set_plan(r, plan);
		for (unsigned cut = 0; cut < CUTS; cut++) {
			set_cut(r, cut);
			put(rights_seat_level(r, SUBJECT, &place));
		}
	}
	putchar('\n');
}

static void all_cells(struct rights *r)
{
	const struct schema *s = r->schema;

	for (uint16_t col = 0; col < s->col_count; col++) {
		unsigned rows = s->col[col].table == SCHEMA_NONE ? 1 : ROWS;

		for (uint16_t role = 0; role < s->role_count; role++) {
			r->seat[SUBJECT].role = role;
			for (unsigned i = 0; i < DUTIES * GRANTS * rows; i++) {
				unsigned duty = i / (GRANTS * rows);
				unsigned grant = i / rows % GRANTS;

				r->seat[SUBJECT].duties = duty ? DUTY_RECORDER : 0;
				set_grant(r, grant, s->col[col].cls, col);
				printf("cell %s %s %u %u %u ", s->col[col].id, s->role[role].id,
				       duty, grant, i % rows);
				put_cell(r, col, i % rows);
			}
		}
	}
}

/* Questions about a class as a whole (`col` none) or one column of it. */
static void put_whole(struct rights *r, uint16_t cls, uint16_t col)
{
	const struct schema *s = r->schema;

	for (uint16_t role = 0; role < s->role_count; role++) {
		r->seat[SUBJECT].role = role;
		for (unsigned i = 0; i < DUTIES * GRANTS * 3; i++) {
			int own = (int)(i % 3) - 1;

			r->seat[SUBJECT].duties = i / (GRANTS * 3) ? DUTY_RECORDER : 0;
			set_grant(r, i / 3 % GRANTS, cls, col);
			printf("whole %s %s %s %u %u %d ", s->cls[cls].id,
			       col == SCHEMA_NONE ? "-" : s->col[col].id, s->role[role].id,
			       i / (GRANTS * 3), i / 3 % GRANTS, own);
			for (unsigned k = 0; k < PLANS * CUTS; k++) {
				set_plan(r, k / CUTS);
				set_cut(r, k % CUTS);
				put(col == SCHEMA_NONE ? rights_class_level(r, SUBJECT, cls, own)
						       : rights_col_level(r, SUBJECT, col, own));
			}
			putchar('\n');
		}
	}
}

static void all_wholes(struct rights *r)
{
	for (uint16_t cls = 0; cls < r->schema->cls_count; cls++) {
		put_whole(r, cls, SCHEMA_NONE);
	}
	for (uint16_t col = 0; col < r->schema->col_count; col++) {
		put_whole(r, r->schema->col[col].cls, col);
	}
}

/* As place_of, seen by two seats: of the first, the second, both, nobody; and one left outside. */
static struct cell_place pair_place(uint16_t col, unsigned row)
{
	struct cell_place p = place_of(col, row < 3 ? row : 4);

	if (row == 2) {
		p.about = seat_bit(SECOND);
	} else if (row > 3) {
		p.has_audience = true;
		p.audience = seat_bit(SUBJECT) | (row == 4 ? seat_bit(SECOND) : 0);
	}
	return p;
}

static void all_pairs(struct rights *r)
{
	const struct schema *s = r->schema;
	seat_set both = seat_bit(SUBJECT) | seat_bit(SECOND);

	set_cut(r, 0);
	r->seat[SUBJECT].duties = 0;
	for (uint16_t col = 0; col < s->col_count; col++) {
		unsigned rows = s->col[col].table == SCHEMA_NONE ? 1 : PAIR_ROWS;

		for (unsigned i = 0; i < (unsigned)s->role_count * s->role_count; i++) {
			r->seat[SUBJECT].role = (uint16_t)(i / s->role_count);
			r->seat[SECOND].role = (uint16_t)(i % s->role_count);
			printf("pair %s %s %s ", s->col[col].id, s->role[i / s->role_count].id,
			       s->role[i % s->role_count].id);
			for (unsigned k = 0; k < rows * 4; k++) { /* row, granted?, draft or live */
				struct cell_place place = pair_place(col, k / 4);

				set_grant(r, k / 2 % 2, s->col[col].cls, col);
				set_plan(r, 2 * (k % 2));
				put(rights_level(r, both, &place));
			}
			putchar('\n');
		}
	}
}

static void all_adds(struct rights *r)
{
	const struct schema *s = r->schema;

	for (uint16_t table = 0; table < s->table_count; table++) {
		for (uint16_t role = 0; role < s->role_count; role++) {
			r->seat[SUBJECT].role = role;
			printf("add %s %s ", s->table[table].id, s->role[role].id);
			for (unsigned k = 0; k < DUTIES * PLANS * CUTS; k++) {
				r->seat[SUBJECT].duties = k / (PLANS * CUTS) ? DUTY_RECORDER : 0;
				set_plan(r, k / CUTS % PLANS);
				set_cut(r, k % CUTS);
				putchar(rights_may_add_row(r, SUBJECT, table) ? 'y' : 'n');
			}
			putchar('\n');
		}
	}
}

int main(int argc, char **argv)
{
	struct buf tsv = {0}, roles = {0}, form = {0};
	struct schema_source src;
	struct schema *schema;
	struct grant grant = {0};
	struct rights *r = mem_alloc(sizeof *r);
	char why[512];

	read_file(argc > 1 ? argv[1] : "schema", "visibility.tsv", &tsv);
	read_file(argc > 1 ? argv[1] : "schema", "roles.json", &roles);
	read_file(argc > 1 ? argv[1] : "schema", "form.json", &form);
	src = (struct schema_source){buf_slice(&tsv), buf_slice(&roles), buf_slice(&form)};
	if (schema_load(&src, &schema, why, sizeof why) != ERR_OK) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	*r = (struct rights){.schema = schema, .seat_count = SEATS, .grant = &grant};
	for (unsigned i = 0; i < SEATS; i++) {
		r->seat[i].live = true;
	}
	printf("reasons");
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		printf(" %s", reason_name((enum reason)i));
	}
	printf("\nlevels %s %s %s\n", level_name(LEVEL_NONE), level_name(LEVEL_READ),
	       level_name(LEVEL_WRITE));
	all_cells(r);
	all_wholes(r);
	all_pairs(r);
	r->grant_count = 0;
	all_adds(r);
	printf("nobody ");
	put(rights_level(r, 0, &(struct cell_place){0}));
	printf("\nend\n");
	schema_destroy(schema);
	buf_fini(&tsv);
	buf_fini(&roles);
	buf_fini(&form);
	free(r);
	return 0;
}
