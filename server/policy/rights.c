/*
 * Who may do what. One seat on one cell, in three moves: the matrix' mark says what the class gives
 * (from_mark), a duty in the meeting may add writing (with_duty), then everything that hides is
 * applied (cut). While a newer policy waits for approval, both are asked and the lower level holds
 * (judge). A viewer of several seats has the lowest of their levels.
 */
#include "policy/rights.h"

/*
 * What a question is about. For a cell everything is known; for a class as a whole (`whole`) the
 * asker says whose row is meant, or none in particular.
 */
struct asked {
	const struct schema *schema; /* the policy that is asked, and all indices below are of it */
	const struct ceiling *ceiling; /* where that is the approved one while a newer one waits */
	uint16_t role;                 /* of the seat */
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

static uint16_t owner_role(const struct asked *q)
{
	return q->col == SCHEMA_NONE ? SCHEMA_NONE : q->schema->col[q->col].owner_role;
}

static bool owns_col(const struct asked *q)
{
	uint16_t owner = owner_role(q);

	return owner != SCHEMA_NONE && owner == q->role;
}

/* Does the consent name what is asked about? Grants have the indices of the series' own policy. */
static bool is_named(const struct grant *g, const struct asked *q)
{
	uint16_t cls = q->ceiling ? q->ceiling->cls[g->cls] : g->cls;
	uint16_t col = g->col;

	if (col == SCHEMA_NONE) {
		return cls == q->cls;
	}
	col = q->ceiling ? q->ceiling->col[col] : col;
	return col != SCHEMA_NONE && col == q->col;
}

/* The person said yes to this seat for this class, or for this very column of it. */
static bool is_granted(const struct rights *r, unsigned seat, const struct asked *q)
{
	for (size_t i = 0; i < r->grant_count; i++) {
		const struct grant *g = &r->grant[i];

		if (g->live && g->seat == seat && is_named(g, q) &&
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
	if (owner_role(q) == SCHEMA_NONE || owns_col(q)) {
		return verdict(LEVEL_READ, REASON_MATRIX);
	}
	return verdict(LEVEL_NONE, REASON_OWNER);
}

static struct verdict from_write_own(const struct rights *r, unsigned seat, const struct asked *q)
{
	if (owns_row(q, seat) || owns_col(q)) {
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
	switch (q->schema->cls[q->cls].mark[q->role]) {
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
		if (owner_role(q) != SCHEMA_NONE && !owns_col(q)) {
			return verdict(LEVEL_READ, REASON_OWNER);
		}
		return verdict(LEVEL_WRITE, REASON_MATRIX);
	case MARK_WRITE_OWN:
		return from_write_own(r, seat, q);
	case MARK_READ_WRITE_OWN:
		if (owns_row(q, seat) || owns_col(q)) {
			return verdict(LEVEL_WRITE, REASON_OWNER);
		}
		return verdict(LEVEL_READ, REASON_MATRIX);
	case MARK_COUNT:
		break;
	}
	return verdict(LEVEL_NONE, REASON_MATRIX);
}

static unsigned duty_of(const struct asked *q)
{
	unsigned duty = 0;

	if (q->col != SCHEMA_NONE) {
		return q->schema->col[q->col].duty;
	}
	for (uint16_t c = 0; c < q->schema->col_count; c++) {
		if (q->schema->col[c].cls == q->cls) {
			duty |= q->schema->col[c].duty;
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

	if (v.level != LEVEL_READ || (r->seat[seat].duties & duty_of(q)) == 0) {
		return v;
	}
	if (owner_role(q) != SCHEMA_NONE && !owns_col(q)) {
		return v;
	}
	if (q->in_table) {
		inside = q->whole ? q->own_row != 0 : has(q->place->audience, seat);
	}
	return inside ? verdict(LEVEL_WRITE, REASON_DUTY) : v;
}

static bool may_see_draft(const struct rights *r, const struct asked *q)
{
	const struct schema_role *role = &q->schema->role[q->role];

	/* The person drafts once the companion has shown the draft, not before. */
	return role->may_draft && (strcmp(role->id, "self") != 0 || r->draft_open_to_self);
}

/* Corrections of what is sealed are made beside it. */
static bool is_sealed(const struct rights *r, const struct asked *q)
{
	return q->place && q->schema->cls[q->cls].is_minutes &&
	       (q->place->has_row ? q->place->is_sealed : r->minutes_sealed);
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
	if (q->schema->cls[q->cls].is_plan) {
		if (r->plan == PLAN_DRAFT && !may_see_draft(r, q)) {
			v = verdict(LEVEL_NONE, REASON_LIFECYCLE);
		} else if (r->plan == PLAN_SEALED && v.level == LEVEL_WRITE) {
			v = verdict(LEVEL_READ, REASON_LIFECYCLE);
		}
	}
	if (is_sealed(r, q) && v.level == LEVEL_WRITE) {
		v = verdict(LEVEL_READ, REASON_LIFECYCLE);
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
	if (r->statutory && !q->schema->cls[q->cls].everywhere) {
		v = verdict(LEVEL_NONE, REASON_SERIES);
	}
	return v;
}

/* By one policy alone. */
static struct verdict judge_by(const struct rights *r, unsigned seat, const struct asked *q)
{
	return cut(r, seat, q, with_duty(r, seat, q, from_mark(r, seat, q)));
}

/* A class asked about as a whole is a table's when some column of it is. */
static bool is_table_class(const struct schema *s, uint16_t cls)
{
	for (uint16_t c = 0; c < s->col_count; c++) {
		if (s->col[c].cls == cls && s->col[c].table != SCHEMA_NONE) {
			return true;
		}
	}
	return false;
}

/* The same question to the approved policy; false where it knows nothing of the kind. */
static bool ask_approved(const struct rights *r, const struct asked *q, struct asked *out)
{
	const struct ceiling *c = r->ceiling;

	*out = *q;
	out->schema = c->approved;
	out->ceiling = c;
	out->role = c->role[q->role];
	if (q->col == SCHEMA_NONE) {
		out->cls = c->cls[q->cls];
		out->in_table = out->cls != SCHEMA_NONE && is_table_class(c->approved, out->cls);
	} else {
		out->col = c->col[q->col];
		out->cls = out->col == SCHEMA_NONE ? SCHEMA_NONE : c->approved->col[out->col].cls;
	}
	return out->role != SCHEMA_NONE && out->cls != SCHEMA_NONE;
}

static struct verdict judge(const struct rights *r, unsigned seat, const struct asked *q)
{
	struct verdict v;
	struct verdict most = verdict(LEVEL_NONE, REASON_POLICY);
	struct asked approved;

	if (seat >= r->seat_count) {
		return verdict(LEVEL_NONE, REASON_SEAT);
	}
	v = judge_by(r, seat, q);
	if (!r->ceiling || v.level == LEVEL_NONE) {
		return v;
	}
	if (ask_approved(r, q, &approved)) {
		most.level = judge_by(r, seat, &approved).level;
	}
	return most.level < v.level ? most : v;
}

/* The series' own policy, for a seat. */
static struct asked ask(const struct rights *r, unsigned seat)
{
	return (struct asked){.schema = r->schema,
			      .role = seat < r->seat_count ? r->seat[seat].role : SCHEMA_NONE,
			      .col = SCHEMA_NONE};
}

static void about_col(struct asked *q, uint16_t col)
{
	q->col = col;
	q->cls = q->schema->col[col].cls;
	q->in_table = q->schema->col[col].table != SCHEMA_NONE;
}

struct verdict rights_seat_level(const struct rights *r, unsigned seat, const struct cell_place *c)
{
	struct asked q = ask(r, seat);

	about_col(&q, c->col);
	q.place = c;
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
	struct asked q = ask(r, seat);

	q.cls = cls;
	q.in_table = is_table_class(r->schema, cls);
	q.whole = true;
	q.own_row = own_row;
	return judge(r, seat, &q);
}

struct verdict rights_col_level(const struct rights *r, unsigned seat, uint16_t col, int own_row)
{
	struct asked q = ask(r, seat);

	about_col(&q, col);
	q.whole = true;
	q.own_row = own_row;
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

/* By one policy: `q` asks it for the seat, `table` is an index of it. */
static bool may_add_row_by(const struct rights *r, unsigned seat, struct asked q, uint16_t table)
{
	const struct schema_table *t = &q.schema->table[table];
	struct cell_place place = {.has_row = true, .has_audience = t->in_segment};

	place.audience = seat_bit(seat);
	if (t->owner_role == SCHEMA_NONE || t->owner_role == q.role) {
		place.owner = seat_bit(seat);
	}
	q.place = &place;
	for (uint16_t i = 0; i < t->col_count && !t->closed && t->office == r->office; i++) {
		struct verdict v;

		about_col(&q, (uint16_t)(t->first_col + i));
		v = judge_by(r, seat, &q);
		/* Rows of somebody's own are begun by them, or for them by duty. */
		if (v.level == LEVEL_WRITE && (place.owner != 0 || v.reason == REASON_DUTY)) {
			return true;
		}
	}
	return false;
}

bool rights_may_add_row(const struct rights *r, unsigned seat, uint16_t table)
{
	struct asked q = ask(r, seat);

	if (seat >= r->seat_count || !may_add_row_by(r, seat, q, table)) {
		return false;
	}
	if (!r->ceiling) {
		return true;
	}
	q.schema = r->ceiling->approved;
	q.ceiling = r->ceiling;
	q.role = r->ceiling->role[q.role];
	table = r->ceiling->table[table];
	return q.role != SCHEMA_NONE && table != SCHEMA_NONE && may_add_row_by(r, seat, q, table);
}
