/* visibility.tsv: one row per class, one column per role, a mark in each cell. */
#include <stdio.h>

#include "policy/schema_parts.h"

enum { FIRST_ROLE = 4, COLUMNS_MAX = FIRST_ROLE + ROLE_MAX, CLASSES_MAX = 4096 };

static const char *const head[FIRST_ROLE] = {"class", "label", "type", "sensitivity"};

struct row {
	struct slice cell[COLUMNS_MAX];
	size_t count;
};

/* Cuts the next line off `*rest` into cells; false at the end. */
static bool next_row(struct slice *rest, struct row *out)
{
	const char *end;
	size_t len;

	if (rest->len == 0) {
		return false;
	}
	end = memchr(rest->ptr, '\n', rest->len);
	len = end ? (size_t)(end - rest->ptr) : rest->len;
	out->count = 0;
	for (size_t begin = 0, i = 0; i <= len; i++) {
		if (i < len && rest->ptr[i] != '\t') {
			continue;
		}
		if (out->count < COLUMNS_MAX) {
			out->cell[out->count] = (struct slice){rest->ptr + begin, i - begin};
		}
		out->count++;
		begin = i + 1;
	}
	len += end != NULL;
	rest->ptr += len;
	rest->len -= len;
	return true;
}

/*
 * What a series that rests on a law has: who takes part, its meetings, minutes and notes. All else
 * is about the person, and there is one series for that.
 */
static bool is_of_every_series(const char *cls)
{
	static const char *const subject[] = {"party.", "conf.", "min.", "mon.", "log."};

	for (size_t i = 0; i < sizeof subject / sizeof *subject; i++) {
		if (strncmp(cls, subject[i], strlen(subject[i])) == 0) {
			return true;
		}
	}
	return false;
}

/* Which role each column of the file is: all of them, each once, in any order. */
static void read_head(struct loader *l, const struct row *row, uint16_t role[ROLE_MAX])
{
	bool seen[ROLE_MAX] = {false};

	if (row->count != FIRST_ROLE + (size_t)l->s->role_count) {
		schema_refuse(l, schema_file_matrix, 1, "%zu columns, %u are needed", row->count,
			      FIRST_ROLE + l->s->role_count);
		return;
	}
	for (size_t i = 0; i < FIRST_ROLE; i++) {
		if (!slice_is(row->cell[i], head[i])) {
			schema_refuse(l, schema_file_matrix, 1, "column %zu must be %s", i + 1,
				      head[i]);
		}
	}
	for (size_t i = FIRST_ROLE; i < row->count; i++) {
		uint16_t at = schema_role_find(l->s, row->cell[i]);

		if (at == SCHEMA_NONE) {
			schema_refuse(l, schema_file_matrix, 1, "unknown role %.*s",
				      (int)row->cell[i].len, row->cell[i].ptr);
			return;
		}
		if (seen[at]) {
			schema_refuse(l, schema_file_matrix, 1, "role %s is there twice",
				      l->s->role[at].id);
		}
		seen[at] = true;
		role[i - FIRST_ROLE] = at;
	}
}

static enum mark mark_of(struct slice text)
{
	static const char *const name[MARK_COUNT] = {
#define X(NAME, TEXT) TEXT,
	    MARK_ROWS(X)
#undef X
	};

	for (unsigned i = 0; i < MARK_COUNT; i++) {
		if (slice_is(text, name[i])) {
			return (enum mark)i;
		}
	}
	return MARK_COUNT;
}

static void add_class(struct loader *l, const struct row *row, const uint16_t *role, size_t line)
{
	struct schema_class *cls = &l->cls[l->s->cls_count];
	struct slice id = row->cell[0];

	if (row->count != FIRST_ROLE + (size_t)l->s->role_count) {
		schema_refuse(l, schema_file_matrix, line, "%zu columns, %u are needed", row->count,
			      FIRST_ROLE + l->s->role_count);
		return;
	}
	if (id.len == 0 || row->cell[1].len == 0) {
		schema_refuse(l, schema_file_matrix, line, "class and label must not be empty");
		return;
	}
	if (map_get(&l->p->cls, id) != MAP_NONE) {
		schema_refuse(l, schema_file_matrix, line, "class %.*s is there twice", (int)id.len,
			      id.ptr);
		return;
	}
	cls->id = arena_dup(&l->p->mem, id).ptr;
	cls->label = arena_dup(&l->p->mem, row->cell[1]).ptr;
	/* How one sees where the plan stands cannot itself depend on where it stands. */
	cls->is_plan = strncmp(cls->id, "plan.", 5) == 0 && strcmp(cls->id, "plan.status") != 0;
	cls->everywhere = is_of_every_series(cls->id);
	for (size_t i = 0; i < l->s->role_count; i++) {
		struct slice text = row->cell[FIRST_ROLE + i];
		enum mark mark = mark_of(text);

		if (mark == MARK_COUNT) {
			schema_refuse(l, schema_file_matrix, line, "unknown mark \"%.*s\" for %s",
				      (int)text.len, text.ptr, l->s->role[role[i]].id);
			return;
		}
		cls->mark[role[i]] = mark;
	}
	map_put(&l->p->cls, id, l->s->cls_count++);
}

void schema_read_matrix(struct loader *l)
{
	struct slice rest = l->src->visibility_tsv;
	uint16_t role[ROLE_MAX] = {0};
	struct row row;
	size_t lines = 1;

	for (size_t i = 0; i < rest.len; i++) {
		lines += rest.ptr[i] == '\n';
	}
	if (lines > CLASSES_MAX) {
		schema_refuse(l, schema_file_matrix, CLASSES_MAX, "too many lines");
		return;
	}
	l->cls = arena_alloc(&l->p->mem, lines * sizeof *l->cls);
	l->s->cls = l->cls;
	if (!next_row(&rest, &row)) {
		schema_refuse(l, schema_file_matrix, 1, "empty");
		return;
	}
	read_head(l, &row, role);
	for (size_t line = 2; !l->failed && next_row(&rest, &row); line++) {
		add_class(l, &row, role, line);
	}
}
