/* The last approved policy as seen from a newer one, and whether the newer one gives anything. */
#include "policy/ceiling.h"

#include <stdlib.h>

#include "base/mem.h"

/* A field and a column of a table can have the same id, and nothing else in common. */
static uint16_t same_col(const struct schema_col *col, const struct schema *approved)
{
	uint16_t at = schema_col_find(approved, slice_of(col->id));

	if (at != SCHEMA_NONE &&
	    (col->table == SCHEMA_NONE) != (approved->col[at].table == SCHEMA_NONE)) {
		return SCHEMA_NONE;
	}
	return at;
}

struct ceiling *ceiling_create(const struct schema *newer, const struct schema *approved)
{
	struct ceiling *c = mem_alloc(sizeof *c);

	c->approved = approved;
	c->cls = mem_alloc((newer->cls_count + 1u) * sizeof *c->cls);
	c->col = mem_alloc((newer->col_count + 1u) * sizeof *c->col);
	c->table = mem_alloc((newer->table_count + 1u) * sizeof *c->table);
	for (uint16_t i = 0; i < newer->role_count; i++) {
		c->role[i] = schema_role_find(approved, slice_of(newer->role[i].id));
	}
	for (uint16_t i = 0; i < newer->cls_count; i++) {
		c->cls[i] = schema_class_find(approved, slice_of(newer->cls[i].id));
	}
	for (uint16_t i = 0; i < newer->col_count; i++) {
		c->col[i] = same_col(&newer->col[i], approved);
	}
	for (uint16_t i = 0; i < newer->table_count; i++) {
		c->table[i] = schema_table_find(approved, slice_of(newer->table[i].id));
	}
	return c;
}

void ceiling_destroy(struct ceiling *c)
{
	if (c) {
		free(c->cls);
		free(c->col);
		free(c->table);
		free(c);
	}
}

/* ---- does it give anything? ---- */

/*
 * Is all that `newer` allows allowed by `old` too, whatever the row and whoever asks? Owners and
 * duties of the column are the same, or were compared before. A `w` is more than a `w*` only where
 * nobody owns the column, so the two cannot be compared.
 */
static bool is_within(enum mark newer, enum mark old)
{
	bool reads_all = old == MARK_READ || old == MARK_WRITE || old == MARK_READ_WRITE_OWN;

	switch (newer) {
	case MARK_NONE:
		return true;
	case MARK_GRANTABLE:
		return old == MARK_GRANTABLE || reads_all;
	case MARK_READ:
		return reads_all;
	case MARK_READ_ROWS:
		return old == MARK_READ_ROWS || old == MARK_WRITE_OWN || reads_all;
	case MARK_WRITE_OWN:
		return old == MARK_WRITE_OWN || old == MARK_READ_WRITE_OWN;
	case MARK_WRITE:
	case MARK_READ_WRITE_OWN:
		return old == newer;
	case MARK_COUNT:
		break;
	}
	return false;
}

/* The role of one index at the other end, by id; roles are few. */
static bool is_same_role(const struct ceiling *c, uint16_t newer, uint16_t old)
{
	return newer == SCHEMA_NONE ? old == SCHEMA_NONE : old == c->role[newer];
}

static bool is_role_idle(const struct ceiling *c, const struct schema_role *role, uint16_t at)
{
	const struct schema_role *old;

	if (c->role[at] == SCHEMA_NONE) {
		return true; /* what it reads is asked class by class */
	}
	old = &c->approved->role[c->role[at]];
	return (old->official || !role->official) && (old->companion || !role->companion) &&
	       (old->may_draft || !role->may_draft) &&
	       (old->approves_policy || !role->approves_policy);
}

static bool is_table_idle(const struct ceiling *c, const struct schema_table *t, uint16_t at)
{
	const struct schema_table *old;

	if (c->table[at] == SCHEMA_NONE) {
		return true; /* its columns are new, and asked for themselves */
	}
	old = &c->approved->table[c->table[at]];
	return (t->closed || !old->closed) && (t->in_segment || !old->in_segment) &&
	       is_same_role(c, t->owner_role, old->owner_role);
}

static bool is_col_idle(const struct ceiling *c, const struct schema *newer, uint16_t at)
{
	const struct schema_col *col = &newer->col[at];
	const struct schema_class *cls = &newer->cls[col->cls];
	const struct schema_col *old =
	    c->col[at] == SCHEMA_NONE ? NULL : &c->approved->col[c->col[at]];
	const struct schema_class *old_cls = old ? &c->approved->cls[old->cls] : NULL;
	bool same_class = old && c->cls[col->cls] == old->cls;

	if (old &&
	    (!is_same_role(c, col->owner_role, old->owner_role) || (col->duty & ~old->duty) != 0 ||
	     (col->scribable && !old->scribable) || (old_cls->is_plan && !cls->is_plan))) {
		return false;
	}
	for (uint16_t role = 0; role < newer->role_count; role++) {
		enum mark mark = cls->mark[role];
		enum mark before = MARK_NONE;

		if (old && c->role[role] != SCHEMA_NONE) {
			before = old_cls->mark[c->role[role]];
		}
		/* A consent to the one class is none to the other. */
		if (mark == MARK_GRANTABLE && before == MARK_GRANTABLE && !same_class) {
			return false;
		}
		if (!is_within(mark, before)) {
			return false;
		}
	}
	return true;
}

bool ceiling_is_idle(const struct ceiling *c, const struct schema *newer)
{
	for (uint16_t i = 0; i < newer->role_count; i++) {
		if (!is_role_idle(c, &newer->role[i], i)) {
			return false;
		}
	}
	for (uint16_t i = 0; i < newer->table_count; i++) {
		if (!is_table_idle(c, &newer->table[i], i)) {
			return false;
		}
	}
	for (uint16_t i = 0; i < newer->col_count; i++) {
		if (!is_col_idle(c, newer, i)) {
			return false;
		}
	}
	return true;
}
