/* What follows from roles, classes and columns as a whole: by both policies while one waits. */
#include "policy/rights.h"

static const struct schema_role *role_of(const struct rights *r, unsigned seat)
{
	return &r->schema->role[r->seat[seat].role];
}

/* What the approved policy says of the seat's role, while a newer one waits; NULL: nothing. */
static const struct schema_role *approved_role(const struct rights *r, unsigned seat)
{
	uint16_t at = r->ceiling ? r->ceiling->role[r->seat[seat].role] : SCHEMA_NONE;

	return at == SCHEMA_NONE ? NULL : &r->ceiling->approved->role[at];
}

bool rights_is_official(const struct rights *r, unsigned seat)
{
	const struct schema_role *old = approved_role(r, seat);

	return role_of(r, seat)->official && (!r->ceiling || (old && old->official));
}

bool rights_is_companion(const struct rights *r, unsigned seat)
{
	const struct schema_role *old = approved_role(r, seat);

	return role_of(r, seat)->companion && (!r->ceiling || (old && old->companion));
}

static enum mark mark_of(const struct rights *r, unsigned seat, uint16_t cls)
{
	return r->schema->cls[cls].mark[r->seat[seat].role];
}

/* NONE where the approved policy does not know the role or the class (an index of its own). */
static enum mark approved_mark(const struct rights *r, unsigned seat, uint16_t cls)
{
	uint16_t role = r->ceiling->role[r->seat[seat].role];

	return role == SCHEMA_NONE || cls == SCHEMA_NONE
		   ? MARK_NONE
		   : r->ceiling->approved->cls[cls].mark[role];
}

static bool is_hidden(enum mark mark)
{
	return mark == MARK_NONE || mark == MARK_GRANTABLE;
}

bool rights_hides_class(const struct rights *r, unsigned seat, uint16_t cls)
{
	bool hidden = is_hidden(mark_of(r, seat, cls));

	if (!r->ceiling) {
		return hidden;
	}
	return r->ceiling->cls[cls] != SCHEMA_NONE &&
	       (hidden || is_hidden(approved_mark(r, seat, r->ceiling->cls[cls])));
}

bool rights_may_be_given(const struct rights *r, unsigned seat, uint16_t cls, uint16_t col)
{
	enum mark mark = mark_of(r, seat, cls);
	enum mark old;

	if (!r->ceiling) {
		return mark == MARK_GRANTABLE;
	}
	cls = r->ceiling->cls[cls];
	if (col != SCHEMA_NONE) {
		col = r->ceiling->col[col];
		cls = col == SCHEMA_NONE ? SCHEMA_NONE : r->ceiling->approved->col[col].cls;
	}
	old = approved_mark(r, seat, cls);
	/* It opens something as soon as one of them asks for it and none forbids it. */
	return mark != MARK_NONE && old != MARK_NONE &&
	       (mark == MARK_GRANTABLE || old == MARK_GRANTABLE);
}

static bool takes_scribe(const struct schema_col *col)
{
	return col->owner_role == SCHEMA_NONE || col->scribable;
}

bool rights_takes_scribe(const struct rights *r, uint16_t col)
{
	uint16_t old = r->ceiling ? r->ceiling->col[col] : SCHEMA_NONE;

	return takes_scribe(&r->schema->col[col]) &&
	       (old == SCHEMA_NONE || takes_scribe(&r->ceiling->approved->col[old]));
}

bool rights_is_closed(const struct rights *r, uint16_t table)
{
	if (r->schema->table[table].office != r->office) {
		return true;
	}
	uint16_t old = r->ceiling ? r->ceiling->table[table] : SCHEMA_NONE;

	return r->schema->table[table].closed ||
	       (r->ceiling && (old == SCHEMA_NONE || r->ceiling->approved->table[old].closed));
}

static bool names_approver(const struct schema *s)
{
	for (uint16_t i = 0; i < s->role_count; i++) {
		if (s->role[i].approves_policy) {
			return true;
		}
	}
	return false;
}

bool rights_may_approve(const struct rights *r, unsigned seat)
{
	const struct schema_role *old = approved_role(r, seat);

	if (!r->ceiling || !names_approver(r->ceiling->approved)) {
		return role_of(r, seat)->approves_policy;
	}
	return old && old->approves_policy;
}
