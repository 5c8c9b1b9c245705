/* The list of problems, and what is doubtful about a set that loads. */
#include "policy/schema_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "policy/schema_parts.h"
#include "policy/schema_words.h"

/* Names come from the file and go to a terminal: nothing in them may steer it. */
static void make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c == 0x7F) {
			*c = '?';
		} else if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) {
			c[0] = '?';
			c[1] = '?';
		}
	}
}

/* Cut in the middle of a character: back to its beginning. */
static void cut_clean(char *text, size_t len)
{
	while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80) {
		len--;
	}
	if (len > 0 && (unsigned char)text[len - 1] >= 0xC0) {
		len--;
	}
	text[len] = '\0';
}

static void add(struct schema_problems *found, const char *file, size_t line, bool doubt,
		const char *format, va_list args)
{
	struct schema_problem *p;
	struct schema_problem over;
	int len;

	p = found->count < SCHEMA_PROBLEMS_MAX ? &found->item[found->count] : &over;
	*p = (struct schema_problem){.file = file, .line = line, .doubt = doubt};
	len = vsnprintf(p->reason, sizeof p->reason, format, args);
	if (len >= (int)sizeof p->reason) {
		cut_clean(p->reason, sizeof p->reason - 1);
	}
	make_printable(p->reason);
	for (size_t i = 0; i < found->count; i++) {
		const struct schema_problem *q = &found->item[i];

		if (q->file == file && q->line == line && strcmp(q->reason, p->reason) == 0) {
			return;
		}
	}
	found->left_out += p == &over;
	found->count += p != &over;
}

void schema_problem_add(struct schema_problems *found, const char *file, size_t line, bool doubt,
			const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(found, file, line, doubt, format, args);
	va_end(args);
}

void schema_refuse(struct loader *l, const char *file, size_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	schema_refuse_list(l, file, line, format, args);
	va_end(args);
}

void schema_refuse_list(struct loader *l, const char *file, size_t line, const char *format,
			va_list args)
{
	l->refused++;
	add(l->found, file, line, false, format, args);
}

bool schema_first_time(struct loader *l, const char *kind, const char *name)
{
	struct slice key = arena_printf(&l->p->mem, "%s %s", kind, name);

	if (map_get(&l->said, key) != MAP_NONE) {
		return false;
	}
	map_put(&l->said, key, 0);
	return true;
}

static int file_order(const char *file)
{
	return file == schema_file_roles ? 0 : file == schema_file_matrix ? 1 : 2;
}

static int compare(const void *a, const void *b)
{
	const struct schema_problem *p = a;
	const struct schema_problem *q = b;

	if (p->doubt != q->doubt) {
		return p->doubt ? 1 : -1;
	}
	if (file_order(p->file) != file_order(q->file)) {
		return file_order(p->file) - file_order(q->file);
	}
	return p->line != q->line ? (p->line < q->line ? -1 : 1) : strcmp(p->reason, q->reason);
}

void schema_problems_sort(struct schema_problems *found)
{
	qsort(found->item, found->count, sizeof *found->item, compare);
}

/* ---- doubts ---- */

struct doubter {
	const struct schema_source *src;
	const struct schema *s;
	const struct schema *known;
	struct schema_problems *found;
	struct arena mem;
};

static bool reads(enum mark m)
{
	return m != MARK_NONE && m != MARK_GRANTABLE;
}

static bool writes(enum mark m)
{
	return m == MARK_WRITE || m == MARK_WRITE_OWN || m == MARK_READ_WRITE_OWN;
}

static size_t class_line(const struct doubter *d, uint16_t cls)
{
	return d->s->private_->cls_line[cls];
}

static size_t role_line(const struct doubter *d, uint16_t role)
{
	return schema_list_line(d->src->roles_json, "roles", role);
}

static bool is_sensitive(const struct schema_class *cls)
{
	return strcmp(cls->sensitivity, "S3") == 0 || strcmp(cls->sensitivity, "S4") == 0;
}

/* Would this role have read this class in the set that was thought through? */
static bool known_to_read(const struct doubter *d, const char *cls, const char *role)
{
	uint16_t c = d->known ? schema_class_find(d->known, slice_of(cls)) : SCHEMA_NONE;
	uint16_t r = d->known ? schema_role_find(d->known, slice_of(role)) : SCHEMA_NONE;

	return c != SCHEMA_NONE && r != SCHEMA_NONE && reads(d->known->cls[c].mark[r]) &&
	       is_sensitive(&d->known->cls[c]);
}

/* Can anybody write a class: by mark, by duty, or the server itself? True where it has no column.
 */
static bool is_written(const struct schema *s, uint16_t cls)
{
	bool has_col = false;

	for (uint16_t r = 0; r < s->role_count; r++) {
		if (writes(s->cls[cls].mark[r])) {
			return true;
		}
	}
	for (uint16_t c = 0; c < s->col_count; c++) {
		const struct schema_col *col = &s->col[c];

		if (col->cls == cls) {
			has_col = true;
			if (col->duty != 0 ||
			    (col->table != SCHEMA_NONE && s->table[col->table].closed)) {
				return true;
			}
		}
	}
	return !has_col;
}

static void doubt_class(struct doubter *d, uint16_t at)
{
	const struct schema_class *cls = &d->s->cls[at];
	uint16_t known = d->known ? schema_class_find(d->known, slice_of(cls->id)) : SCHEMA_NONE;

	for (uint16_t r = 0; r < d->s->role_count; r++) {
		const struct schema_role *role = &d->s->role[r];
		bool outsider = !role->official && strcmp(role->id, "self") != 0;

		if (outsider && is_sensitive(cls) && reads(cls->mark[r]) &&
		    !known_to_read(d, cls->id, role->id)) {
			schema_problem_add(
			    d->found, schema_file_matrix, class_line(d, at), true,
			    "外の役割「%s」が、慎重に扱う「%s」（%s）を同意なしに読めます（%s）。"
			    "n+ なら同意のあるときだけです",
			    role->label, cls->label, cls->sensitivity, mark_words(cls->mark[r]));
		}
	}
	if (!is_written(d->s, at) && (known == SCHEMA_NONE || is_written(d->known, known))) {
		schema_problem_add(d->found, schema_file_matrix, class_line(d, at), true,
				   "「%s」に書ける役割がありません", cls->label);
	}
}

static void doubt_role(struct doubter *d, uint16_t at)
{
	const struct schema_role *role = &d->s->role[at];
	bool any = false;

	for (uint16_t c = 0; c < d->s->cls_count; c++) {
		any |= reads(d->s->cls[c].mark[at]);
	}
	if (!any) {
		schema_problem_add(d->found, schema_file_roles, role_line(d, at), true,
				   "役割「%s」には、読めるものがひとつもありません", role->label);
	}
	for (uint16_t r = 0; r < at; r++) {
		if (strcmp(d->s->role[r].label, role->label) == 0) {
			schema_problem_add(d->found, schema_file_roles, role_line(d, at), true,
					   "役割の名前「%s」が二度使われています", role->label);
		}
		if (strcmp(d->s->role[r].seal, role->seal) == 0) {
			schema_problem_add(d->found, schema_file_roles, role_line(d, at), true,
					   "印「%s」が、役割「%s」と「%s」の両方にあります",
					   role->seal, d->s->role[r].label, role->label);
		}
	}
}

/* Two things of one name on the screen: nobody can tell them apart. */
static void doubt_labels(struct doubter *d)
{
	struct map seen = {0};

	for (uint16_t c = 0; c < d->s->cls_count; c++) {
		struct slice label = slice_of(d->s->cls[c].label);

		if (map_get(&seen, label) != MAP_NONE) {
			schema_problem_add(d->found, schema_file_matrix, class_line(d, c), true,
					   "名前「%s」が、種別 %s と %s の両方にあります",
					   d->s->cls[c].label, d->s->cls[map_get(&seen, label)].id,
					   d->s->cls[c].id);
		}
		map_put(&seen, label, c);
	}
	map_fini(&seen);
	seen = (struct map){0};
	for (uint16_t c = 0; c < d->s->col_count; c++) {
		const char *words = schema_col_words(d->s, c, &d->mem);

		if (map_get(&seen, slice_of(words)) != MAP_NONE) {
			schema_problem_add(
			    d->found, schema_file_form,
			    schema_form_line(d->src->form_json, &d->s->private_->place[c]), true,
			    "名前「%s」が、項目 %s と %s の両方にあります", words,
			    d->s->col[map_get(&seen, slice_of(words))].id, d->s->col[c].id);
		}
		map_put(&seen, slice_of(words), c);
	}
	map_fini(&seen);
}

void schema_doubts(const struct schema_source *src, const struct schema *s,
		   const struct schema *known, struct schema_problems *found)
{
	struct doubter d = {.src = src, .s = s, .known = known, .found = found};

	arena_init(&d.mem);
	for (uint16_t r = 0; r < s->role_count; r++) {
		doubt_role(&d, r);
	}
	for (uint16_t c = 0; c < s->cls_count; c++) {
		doubt_class(&d, c);
	}
	doubt_labels(&d);
	arena_fini(&d.mem);
}
