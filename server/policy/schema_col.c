/* One field, or one column of a table, of form.json; and the checks over all of them. */
#include <stdio.h>

#include "base/limits.h"
#include "policy/schema_parts.h"

#define COMMON_KEYS "label class type max min_int max_int enum owner suggestable scribable"

static enum cell_type type_at(const struct json_place *p)
{
	static const char *const name[CELL_TYPE_COUNT] = {
#define X(NAME, TEXT_) TEXT_,
	    CELL_TYPE_ROWS(X)
#undef X
	};
	const char *type = json_need_line(p, "type");
	struct json_place q = json_place_member(p, "type");

	for (unsigned i = 0; i < CELL_TYPE_COUNT; i++) {
		if (strcmp(type, name[i]) == 0) {
			return (enum cell_type)i;
		}
	}
	json_place_refuse(&q, "unknown type %s", type);
	return CELL_TEXT;
}

/* A key that makes sense only where `fits`. */
static void need_fit(const struct json_place *p, const char *key, bool fits)
{
	struct json_place q = json_place_member(p, key);

	if (q.value && !fits) {
		json_place_refuse(&q, "\"%s\" does not fit this type", key);
	}
}

static void read_bounds(const struct json_place *p, struct schema_col *col)
{
	bool is_text = col->type == CELL_TEXT || col->type == CELL_LINE;
	int32_t most = col->type == CELL_TEXT ? LIMIT_TEXT_UNITS : LIMIT_LINE_UNITS;

	need_fit(p, "max", is_text);
	need_fit(p, "min_int", col->type == CELL_INT);
	need_fit(p, "max_int", col->type == CELL_INT);
	need_fit(p, "suggestable", col->type == CELL_TEXT);
	if (is_text) {
		col->units_max = (uint32_t)json_may_int(p, "max", 1, most, most);
	}
	if (col->type == CELL_INT) {
		col->int_min = json_may_int(p, "min_int", INT32_MIN, INT32_MAX, INT32_MAX);
		col->int_max = json_may_int(p, "max_int", INT32_MIN, INT32_MAX, INT32_MIN);
		if (col->int_min > col->int_max) {
			json_place_refuse(p, "an int needs \"min_int\" and \"max_int\", in order");
		}
	}
}

static void read_enum_of(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const char *id = json_may_line(p, "enum");
	struct json_place q = json_place_member(p, "enum");

	need_fit(p, "enum", col->type == CELL_ENUM);
	col->enum_ = SCHEMA_NONE;
	if (col->type != CELL_ENUM) {
		return;
	}
	for (uint16_t i = 0; id && i < l->s->enum_count; i++) {
		if (strcmp(id, l->s->enums[i].id) == 0) {
			col->enum_ = i;
		}
	}
	if (col->enum_ == SCHEMA_NONE) {
		json_place_refuse(&q, "unknown enum %s", id ? id : "(\"enum\" is missing)");
	}
}

static void read_class_of(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const char *text = json_need_name(p, "class", col->area != SCHEMA_NONE);
	const char *id = schema_in_area(l, text, col->area);
	struct json_place q = json_place_member(p, "class");

	col->cls = schema_class_find(l->s, slice_of(id));
	if (col->cls == SCHEMA_NONE) {
		json_place_refuse(&q, "unknown class %s", id);
	}
}

/* "plan.{area}.outline.priority" -> outline, unless the form says otherwise. */
static const char *group_of(struct loader *l, const struct json_place *p, const char *id)
{
	const char *said = json_may_line(p, "group");
	struct json_place q = json_place_member(p, "group");
	const char *rest = strstr(id, "{area}");
	struct slice group;

	if (!rest) {
		if (said) {
			json_place_refuse(&q, "\"group\" is for fields of an area");
		}
		return NULL;
	}
	rest += strlen("{area}");
	group = slice_of(*rest == '.' ? rest + 1 : rest);
	for (size_t i = 0; i < group.len; i++) {
		if (group.ptr[i] == '.') {
			group.len = i;
		}
	}
	if (!said && group.len == 0) {
		json_place_refuse(p, "a field of an area needs a \"group\"");
	}
	return said ? said : arena_dup(&l->p->mem, group).ptr;
}

static void name_field(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const char *id = json_need_name(p, "id", col->area != SCHEMA_NONE);
	const char *dot;

	json_need_object(p, "id group duty " COMMON_KEYS);
	col->group = group_of(l, p, id);
	col->id = schema_in_area(l, id, col->area);
	dot = strrchr(col->id, '.');
	col->name = dot ? dot + 1 : col->id;
	col->duty = schema_duty_at(p);
}

static void name_column(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const struct schema_table *t = &l->table[col->table];

	json_need_object(p, "name main " COMMON_KEYS);
	col->name = json_need_name(p, "name", false);
	if (strchr(col->name, '.')) {
		json_place_refuse(p, "a column's name has no dot");
	}
	col->id = arena_printf(&l->p->mem, "%s.%s", t->id, col->name).ptr;
	if (col->area != SCHEMA_NONE) {
		const char *dot = strrchr(t->id, '.');

		col->group = dot ? dot + 1 : t->id;
	}
	col->duty = t->duty;
}

/* What "append" fills: one per class, or nobody could say where a text goes. */
static void read_main(struct loader *l, const struct json_place *p, struct schema_col *col,
		      uint16_t at)
{
	struct json_place q = json_place_member(p, "main");
	uint16_t other = schema_class_main_col(l->s, col->cls);

	col->is_main = json_may_bool(p, "main");
	if (!col->is_main) {
		return;
	}
	if (col->type != CELL_TEXT && col->type != CELL_LINE) {
		json_place_refuse(&q, "\"main\" is for text and line");
	}
	if (other != SCHEMA_NONE) {
		json_place_refuse(&q, "class %s has the main column %s already",
				  l->s->cls[col->cls].id, l->s->col[other].id);
	}
	if (l->table[col->table].main_col == SCHEMA_NONE) {
		l->table[col->table].main_col = at;
	}
}

void schema_add_col(struct loader *l, const struct json_place *p, uint16_t table, uint16_t area)
{
	uint16_t at = l->s->col_count;
	struct schema_col *col = &l->col[at];

	if (!json_is_object(p->value)) {
		json_place_refuse(p, "an object is needed here");
		return;
	}
	col->table = table;
	col->area = area;
	if (table == SCHEMA_NONE) {
		name_field(l, p, col);
	} else {
		name_column(l, p, col);
	}
	col->label = json_need_line(p, "label");
	read_class_of(l, p, col);
	col->type = type_at(p);
	col->owner_role = schema_role_at(p, "owner");
	col->suggestable = json_may_bool(p, "suggestable");
	col->scribable = json_may_bool(p, "scribable");
	read_bounds(p, col);
	read_enum_of(l, p, col);
	if (!l->failed && table != SCHEMA_NONE) {
		read_main(l, p, col, at);
	}
	if (!l->failed && map_get(&l->p->col, slice_of(col->id)) != MAP_NONE) {
		json_place_refuse(p, "%s is there twice", col->id);
	}
	if (l->failed) {
		return;
	}
	map_put(&l->p->col, slice_of(col->id), at);
	l->s->col_count++;
}

static bool is_own(enum mark mark)
{
	return mark == MARK_READ_ROWS || mark == MARK_WRITE_OWN || mark == MARK_READ_WRITE_OWN;
}

/* A row of the matrix is not the place for a slip: each class leads somewhere, each * too. */
static void check_class(struct loader *l, uint16_t at, bool unused)
{
	const struct schema_class *cls = &l->s->cls[at];
	size_t line = (size_t)at + 2; /* behind the head, without empty lines */
	bool has_col = false;
	bool has_owner = false;

	for (uint16_t c = 0; c < l->s->col_count; c++) {
		const struct schema_col *col = &l->s->col[c];

		if (col->cls == at) {
			has_col = true;
			has_owner |= col->table != SCHEMA_NONE || col->owner_role != SCHEMA_NONE;
		}
	}
	if (!has_col && !unused) {
		schema_refuse(l, schema_file_matrix, line, "class %s has no column", cls->id);
	}
	for (uint16_t role = 0; has_col && role < l->s->role_count; role++) {
		if (is_own(cls->mark[role]) && !has_owner) {
			schema_refuse(l, schema_file_matrix, line,
				      "an own-mark for %s, but class %s is no table and has no "
				      "column with an owner",
				      l->s->role[role].id, cls->id);
		}
	}
}

void schema_check_whole(struct loader *l, const bool *unused)
{
	for (uint16_t i = 0; i < l->s->cls_count && !l->failed; i++) {
		check_class(l, i, unused[i]);
	}
}
