/* visibility.tsv: one row per class, one column per role, a mark in each cell. */
#include <stdio.h>

#include "policy/schema_parts.h"
#include "policy/schema_words.h"

enum { FIRST_ROLE = 4, COLUMNS_MAX = FIRST_ROLE + 2 * ROLE_MAX, CLASSES_MAX = 4096 };

static const char *const head[FIRST_ROLE] = {"class", "label", "type", "sensitivity"};

/* Who may see what is a matter of how sensitive it is: checks and the printed table use these. */
static const char *const sensitivities[] = {"S0", "S1", "S2", "S3", "S4", "SP"};

struct row {
	struct slice cell[COLUMNS_MAX];
	size_t count;
	size_t line;
};

/* The file while it is being read. */
struct matrix {
	struct loader *l;
	uint16_t role[COLUMNS_MAX]; /* of each column of the file; SCHEMA_NONE: unknown */
	size_t columns;             /* of the first line */
	/* Lines of one wrong number of columns: a forgotten role is one mistake, not a hundred. */
	size_t short_line, short_last, short_count;
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
	out->line++;
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

static void read_head_role(struct matrix *m, const struct row *row, size_t i, bool seen[ROLE_MAX])
{
	struct loader *l = m->l;
	struct slice id = row->cell[i];
	uint16_t at = schema_role_find(l->s, id);

	m->role[i] = at;
	if (at == SCHEMA_NONE) {
		if (l->known.roles) {
			schema_refuse(l, schema_file_matrix, 1,
				      "役割「%.*s」は roles.json にありません", (int)id.len,
				      id.ptr);
		}
		return;
	}
	if (seen[at]) {
		schema_refuse(l, schema_file_matrix, 1, "役割 %s の列が二つあります",
			      l->s->role[at].id);
		m->role[i] = SCHEMA_NONE;
	}
	seen[at] = true;
}

/* Which role each column of the file is: all of them, each once, in any order. */
static void read_head(struct matrix *m, const struct row *row)
{
	struct loader *l = m->l;
	bool seen[ROLE_MAX] = {false};

	m->columns = row->count;
	for (size_t i = 0; i < FIRST_ROLE; i++) {
		if (i >= row->count || !slice_is(row->cell[i], head[i])) {
			schema_refuse(l, schema_file_matrix, 1,
				      "見出しの %zu 列目は %s にしてください", i + 1, head[i]);
		}
	}
	for (size_t i = FIRST_ROLE; i < row->count && i < COLUMNS_MAX; i++) {
		read_head_role(m, row, i, seen);
	}
	for (uint16_t r = 0; r < l->s->role_count && l->known.roles; r++) {
		if (!seen[r]) {
			schema_refuse(l, schema_file_matrix, 1,
				      "役割 %s（%s）の列がありません。見出しに足し、"
				      "すべての行に印を書いてください",
				      l->s->role[r].id, l->s->role[r].label);
		}
	}
}

static void tell_short(struct matrix *m)
{
	if (m->short_line == 0) {
		return;
	}
	if (m->short_last > m->short_line) {
		schema_refuse(m->l, schema_file_matrix, m->short_line,
			      "列が %zu 個あります。見出しは %zu 個です（%zu 行目まで同じ）",
			      m->short_count, m->columns, m->short_last);
	} else {
		schema_refuse(m->l, schema_file_matrix, m->short_line,
			      "列が %zu 個あります。見出しは %zu 個です", m->short_count,
			      m->columns);
	}
	m->short_line = 0;
}

static bool is_right_width(struct matrix *m, const struct row *row)
{
	if (row->count == m->columns) {
		tell_short(m);
		return true;
	}
	if (m->short_line == 0 || m->short_count != row->count || m->short_last + 1 != row->line) {
		tell_short(m);
		m->short_line = row->line;
		m->short_count = row->count;
	}
	m->short_last = row->line;
	return false;
}

static enum mark mark_of(struct slice text)
{
	for (unsigned i = 0; i < MARK_COUNT; i++) {
		if (slice_is(text, mark_name((enum mark)i))) {
			return (enum mark)i;
		}
	}
	return MARK_COUNT;
}

static void read_marks(struct matrix *m, const struct row *row, struct schema_class *cls)
{
	const struct schema *s = m->l->s;

	for (size_t i = FIRST_ROLE; i < row->count && i < COLUMNS_MAX; i++) {
		enum mark mark = mark_of(row->cell[i]);
		bool known = m->role[i] != SCHEMA_NONE;

		if (mark == MARK_COUNT) {
			schema_refuse(m->l, schema_file_matrix, row->line,
				      "%s の印「%.*s」はありません。n n+ r r* w w* rw* "
				      "のどれかです",
				      known ? s->role[m->role[i]].id : "この行",
				      (int)row->cell[i].len, row->cell[i].ptr);
		} else if (known) {
			cls->mark[m->role[i]] = mark;
		}
	}
}

static void read_sensitivity(struct matrix *m, const struct row *row, struct schema_class *cls)
{
	struct slice text = row->cell[3];

	for (size_t i = 0; i < sizeof sensitivities / sizeof *sensitivities; i++) {
		if (slice_is(text, sensitivities[i])) {
			cls->sensitivity = sensitivities[i];
			return;
		}
	}
	schema_refuse(m->l, schema_file_matrix, row->line,
		      "慎重さ「%.*s」はありません。S0 S1 S2 S3 S4 SP のどれかです", (int)text.len,
		      text.ptr);
}

static void add_class(struct matrix *m, const struct row *row)
{
	struct loader *l = m->l;
	uint16_t at = l->s->cls_count;
	struct schema_class *cls = &l->cls[at];
	struct slice id = row->cell[0];
	bool wide = is_right_width(m, row);

	if (id.len == 0 || row->count < FIRST_ROLE || row->cell[1].len == 0) {
		if (wide) {
			schema_refuse(l, schema_file_matrix, row->line,
				      "class と label を空にはできません（空の行も置けません）");
		}
		l->known.classes = false;
		return;
	}
	if (map_get(&l->p->cls, id) != MAP_NONE) {
		schema_refuse(l, schema_file_matrix, row->line, "種別 %.*s が二度あります",
			      (int)id.len, id.ptr);
		return;
	}
	cls->id = arena_dup(&l->p->mem, id).ptr;
	cls->label = arena_dup(&l->p->mem, row->cell[1]).ptr;
	cls->sensitivity = sensitivities[0];
	/* How one sees where the plan stands cannot itself depend on where it stands. */
	cls->is_minutes = strncmp(cls->id, "min.", 4) == 0;
	cls->is_plan = strncmp(cls->id, "plan.", 5) == 0 && strcmp(cls->id, "plan.status") != 0;
	cls->everywhere = is_of_every_series(cls->id);
	if (wide) {
		read_sensitivity(m, row, cls);
		read_marks(m, row, cls);
	}
	l->p->cls_line[at] = row->line;
	map_put(&l->p->cls, id, l->s->cls_count++);
}

void schema_read_matrix(struct loader *l)
{
	struct slice rest = l->src->visibility_tsv;
	struct matrix m = {.l = l};
	struct row row = {.line = 0};
	size_t lines = 1;

	for (size_t i = 0; i < rest.len; i++) {
		lines += rest.ptr[i] == '\n';
	}
	if (lines > CLASSES_MAX) {
		schema_refuse(l, schema_file_matrix, CLASSES_MAX, "行が %d より多くなっています",
			      CLASSES_MAX);
		return;
	}
	l->cls = arena_alloc(&l->p->mem, lines * sizeof *l->cls);
	l->p->cls_line = arena_alloc(&l->p->mem, lines * sizeof *l->p->cls_line);
	l->s->cls = l->cls;
	if (!next_row(&rest, &row)) {
		schema_refuse(l, schema_file_matrix, 1, "空のファイルです");
		return;
	}
	l->known.classes = true;
	read_head(&m, &row);
	while (next_row(&rest, &row)) {
		add_class(&m, &row);
	}
	tell_short(&m);
}
