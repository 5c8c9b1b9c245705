/*
 * Who may do what. One seat on one cell, in three moves: the matrix' mark says what the class gives
 * (from_mark), a duty in the meeting may add writing (with_duty), then everything that hides is
 * applied (cut). A viewer of several seats has the lowest of their levels.
 */
#include "policy/rights.h"

/*
 * What a question is about. For a cell everything is known; for a class as a whole (`whole`) the
 * asker says whose row is meant, or none in particular.
 */
struct asked {
	uint16_t cls;
	uint16_t col; /* SCHEMA_NONE: the class */
	bool in_table;
	bool whole;
	int own_row; /* only with `whole`: 1 own, 0 somebody else's, -1 none in particular */
	const struct cell_place *place; /* NULL with `whole` */
};

static struct verdict verdict(enum level level, enum reason reason)
{
	return (struct verdict){level, reason};
}

static bool has(seat_set set, unsigned seat)
{
	return (set & seat_bit(seat)) != 0;
}

/* The seat, and those whose place it took: an audience that had them has it. */
static seat_set stands_for(const struct rights *r, unsigned seat)
{
	seat_set set = seat_bit(seat);
	seat_set before = r->seat[seat].before;

	for (unsigned s = 0; before != 0; s++, before >>= 1) {
		if ((before & 1) && !r->seat[s].live && !r->seat[s].barred) {
			set |= seat_bit(s);
		}
	}
	return set;
}

/* Whom a seat must not learn of: also what its predecessors must not, and who came after those. */
static seat_set hidden_from(const struct rights *r, unsigned seat)
{
	seat_set set = r->seat[seat].denied;
	seat_set before = r->seat[seat].before;

	for (unsigned s = 0; before != 0; s++, before >>= 1) {
		set |= (before & 1) ? r->seat[s].denied : 0;
	}
	for (unsigned s = 0; set != 0 && s < r->seat_count; s++) {
		set |= (r->seat[s].before & set) ? seat_bit(s) : 0;
	}
	return set & ~seat_bit(seat);
}

/* The row has to do with this seat: it owns it, it is about it, or it was shared with it. */
static bool is_member(const struct rights *r, const struct asked *q, unsigned seat)
{
	if (q->whole) {
		return q->own_row != 0;
	}
	return has(q->place->owner | q->place->about, seat) ||
	       (q->place->audience & stands_for(r, seat)) != 0;
}

static bool owns_row(const struct asked *q, unsigned seat)
{
	return q->whole ? q->own_row == 1 : has(q->place->owner, seat);
}

static uint16_t owner_role(const struct rights *r, const struct asked *q)
{
	return q->col == SCHEMA_NONE ? SCHEMA_NONE : r->schema->col[q->col].owner_role;
}

static bool owns_col(const struct rights *r, unsigned seat, const struct asked *q)
{
	uint16_t owner = owner_role(r, q);

	return owner != SCHEMA_NONE && owner == r->seat[seat].role;
}

/* The person said yes to this seat for this class, or for this very column of it. */
static bool is_granted(const struct rights *r, unsigned seat, const struct asked *q)
{
	for (size_t i = 0; i < r->grant_count; i++) {
		const struct grant *g = &r->grant[i];

		if (g->live && g->seat == seat && g->cls == q->cls &&
		    (g->col == SCHEMA_NONE || g->col == q->col) &&
		    (!g->own_rows || is_member(r, q, seat))) {
			return true;
		}
	}
	return false;
}

static struct verdict from_read_rows(const struct rights *r, unsigned seat, const struct asked *q)
{
	if (q->in_table) {
		return is_member(r, q, seat) ? verdict(LEVEL_READ, REASON_MATRIX)
					     : verdict(LEVEL_NONE, REASON_ROW);
	}
	if (owner_role(r, q) == SCHEMA_NONE || owns_col(r, seat, q)) {
		return verdict(LEVEL_READ, REASON_MATRIX);
	}
	return verdict(LEVEL_NONE, REASON_OWNER);
}

static struct verdict from_write_own(const struct rights *r, unsigned seat, const struct asked *q)
{
	if (owns_row(q, seat) || owns_col(r, seat, q)) {
		return verdict(LEVEL_WRITE, REASON_OWNER);
	}
	if (!q->in_table) {
		return verdict(LEVEL_READ, REASON_MATRIX);
	}
	if (q->whole && q->own_row < 0) {
		return verdict(LEVEL_WRITE, REASON_OWNER);
	}
	return verdict(is_member(r, q, seat) ? LEVEL_READ : LEVEL_NONE, REASON_ROW);
}

static struct verdict from_mark(const struct rights *r, unsigned seat, const struct asked *q)
{
	switch (r->schema->cls[q->cls].mark[r->seat[seat].role]) {
	case MARK_NONE:
		break;
	case MARK_GRANTABLE:
		if (is_granted(r, seat, q)) {
			return verdict(LEVEL_READ, REASON_GRANT);
		}
		break;
	case MARK_READ:
		return verdict(LEVEL_READ, REASON_MATRIX);
	case MARK_READ_ROWS:
		return from_read_rows(r, seat, q);
	case MARK_WRITE:
		if (owner_role(r, q) != SCHEMA_NONE && !owns_col(r, seat, q)) {
			return verdict(LEVEL_READ, REASON_OWNER);
		}
		return verdict(LEVEL_WRITE, REASON_MATRIX);
	case MARK_WRITE_OWN:
		return from_write_own(r, seat, q);
	case MARK_READ_WRITE_OWN:
		if (owns_row(q, seat) || owns_col(r, seat, q)) {
			return verdict(LEVEL_WRITE, REASON_OWNER);
		}
		return verdict(LEVEL_READ, REASON_MATRIX);
	case MARK_COUNT:
		break;
	}
	return verdict(LEVEL_NONE, REASON_MATRIX);
}

static unsigned duty_of(const struct rights *r, const struct asked *q)
{
	unsigned duty = 0;

	if (q->col != SCHEMA_NONE) {
		return r->schema->col[q->col].duty;
	}
	for (uint16_t c = 0; c < r->schema->col_count; c++) {
		if (r->schema->col[c].cls == q->cls) {
			duty |= r->schema->col[c].duty;
		}
	}
	return duty;
}

/*
 * A duty lets a seat write what it can see anyway: in a table the rows of segments it is in. It
 * opens nothing, and other people's own words stay theirs.
 */
static struct verdict with_duty(const struct rights *r, unsigned seat, const struct asked *q,
				struct verdict v)
{
	bool inside = !q->in_table;

	if (v.level != LEVEL_READ || (r->seat[seat].duties & duty_of(r, q)) == 0) {
		return v;
	}
	if (owner_role(r, q) != SCHEMA_NONE && !owns_col(r, seat, q)) {
		return v;
	}
	if (q->in_table) {
		inside = q->whole ? q->own_row != 0 : has(q->place->audience, seat);
	}
	return inside ? verdict(LEVEL_WRITE, REASON_DUTY) : v;
}

static bool may_see_draft(const struct rights *r, unsigned seat)
{
	const struct schema_role *role = &r->schema->role[r->seat[seat].role];

	/* The person drafts once the companion has shown the draft, not before. */
	return role->may_draft && (strcmp(role->id, "self") != 0 || r->draft_open_to_self);
}

/* Everything that hides. What comes later wins, so that the strongest reason is the one told. */
static struct verdict cut(const struct rights *r, unsigned seat, const struct asked *q,
			  struct verdict v)
{
	const struct seat *s = &r->seat[seat];

	if (q->place && q->place->has_audience && (q->place->audience & stands_for(r, seat)) == 0) {
		v = verdict(LEVEL_NONE, REASON_ROW);
	}
	if (q->place && q->place->is_later) {
		v = verdict(LEVEL_NONE, REASON_ROW);
	}
	if (r->schema->cls[q->cls].is_plan) {
		if (r->plan == PLAN_DRAFT && !may_see_draft(r, seat)) {
			v = verdict(LEVEL_NONE, REASON_LIFECYCLE);
		} else if (r->plan == PLAN_SEALED && v.level == LEVEL_WRITE) {
			v = verdict(LEVEL_READ, REASON_LIFECYCLE);
		}
	}
	if (!s->live) {
		v = verdict(LEVEL_NONE, REASON_SEAT);
	}
	if (s->barred) {
		v = verdict(LEVEL_NONE, REASON_BAR);
	}
	/* Being in the same audience does not make a row somebody's: those rows stay. */
	if (q->place && ((q->place->owner | q->place->about) & hidden_from(r, seat)) != 0) {
		v = verdict(LEVEL_NONE, REASON_DENIAL);
	}
	if (r->statutory && !r->schema->cls[q->cls].everywhere) {
		v = verdict(LEVEL_NONE, REASON_SERIES);
	}
	return v;
}

static struct verdict judge(const struct rights *r, unsigned seat, const struct asked *q)
{
	if (seat >= r->seat_count) {
		return verdict(LEVEL_NONE, REASON_SEAT);
	}
	return cut(r, seat, q, with_duty(r, seat, q, from_mark(r, seat, q)));
}

struct verdict rights_seat_level(const struct rights *r, unsigned seat, const struct cell_place *c)
{
	const struct schema_col *col = &r->schema->col[c->col];
	struct asked q = {
	    .cls = col->cls, .col = c->col, .in_table = col->table != SCHEMA_NONE, .place = c};

	return judge(r, seat, &q);
}

struct verdict rights_level(const struct rights *r, seat_set viewer, const struct cell_place *c)
{
	struct verdict lowest = verdict(LEVEL_NONE, REASON_SEAT);
	bool first = true;

	for (unsigned seat = 0; viewer != 0; seat++, viewer >>= 1) {
		struct verdict v;

		if ((viewer & 1) == 0) {
			continue;
		}
		v = rights_seat_level(r, seat, c);
		if (first || v.level < lowest.level) {
			lowest = v;
		}
		first = false;
	}
	return lowest;
}

struct verdict rights_class_level(const struct rights *r, unsigned seat, uint16_t cls, int own_row)
{
	struct asked q = {.cls = cls, .col = SCHEMA_NONE, .whole = true, .own_row = own_row};

	for (uint16_t c = 0; c < r->schema->col_count; c++) {
		if (r->schema->col[c].cls == cls && r->schema->col[c].table != SCHEMA_NONE) {
			q.in_table = true;
		}
	}
	return judge(r, seat, &q);
}

struct verdict rights_col_level(const struct rights *r, unsigned seat, uint16_t col, int own_row)
{
	const struct schema_col *column = &r->schema->col[col];
	struct asked q = {.cls = column->cls,
			  .col = col,
			  .in_table = column->table != SCHEMA_NONE,
			  .whole = true,
			  .own_row = own_row};

	return judge(r, seat, &q);
}

const char *level_name(enum level l)
{
	static const char *const name[] = {"none", "read", "write"};

	return name[l];
}

const char *reason_name(enum reason r)
{
	static const char *const name[REASON_COUNT] = {
#define X(NAME, TEXT) TEXT,
	    REASON_ROWS(X)
#undef X
	};

	return name[r];
}

bool rights_may_add_row(const struct rights *r, unsigned seat, uint16_t table)
{
	const struct schema_table *t = &r->schema->table[table];
	struct cell_place place = {.has_row = true, .has_audience = t->in_segment};

	if (t->closed || seat >= r->seat_count) {
		return false;
	}
	place.audience = seat_bit(seat);
	if (t->owner_role == SCHEMA_NONE || t->owner_role == r->seat[seat].role) {
		place.owner = seat_bit(seat);
	}
	for (uint16_t i = 0; i < t->col_count; i++) {
		struct verdict v;

		place.col = (uint16_t)(t->first_col + i);
		v = rights_seat_level(r, seat, &place);
		/* Rows of somebody's own are begun by them, or for them by duty. */
		if (v.level == LEVEL_WRITE && (place.owner != 0 || v.reason == REASON_DUTY)) {
			return true;
		}
	}
	return false;
}
