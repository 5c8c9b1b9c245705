/* One field, or one column of a table, of form.json; and the checks over all of them. */
#include <stdio.h>

#include "base/limits.h"
#include "policy/schema_parts.h"
#include "policy/schema_words.h"

#define COMMON_KEYS "label class type max min_int max_int enum owner suggestable scribable caseload"

/* CELL_TYPE_COUNT when refused. */
static enum cell_type type_at(const struct json_place *p)
{
	const char *type = json_need_line(p, "type");
	struct json_place q = json_place_member(p, "type");

	for (unsigned i = 0; i < CELL_TYPE_COUNT; i++) {
		if (strcmp(type, cell_type_name((enum cell_type)i)) == 0) {
			return (enum cell_type)i;
		}
	}
	if (*type) {
		json_place_refuse(&q,
				  "型「%s」はありません。text line date enum int bool seat seats "
				  "list のどれかです",
				  type);
	}
	return CELL_TYPE_COUNT;
}

/* A key that makes sense only where `fits`. */
static void need_fit(const struct json_place *p, const char *key, bool fits)
{
	struct json_place q = json_place_member(p, key);

	if (q.value && !fits) {
		json_place_refuse(&q, "「%s」はこの型では使えません", key);
	}
}

static void read_bounds(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	bool is_text = col->type == CELL_TEXT || col->type == CELL_LINE;
	int32_t most = col->type == CELL_TEXT ? LIMIT_TEXT_UNITS : LIMIT_LINE_UNITS;
	size_t before = l->refused;

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
		if (col->int_min > col->int_max && l->refused == before) {
			json_place_refuse(
			    p, "数には「min_int」と「max_int」が、この順の大きさで要ります");
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
	if (!q.value) {
		json_place_refuse(p, "選択肢の名前「enum」がありません");
	} else if (id && col->enum_ == SCHEMA_NONE && l->known.enums) {
		json_place_refuse(&q, "選択肢 %s は「enums」にありません", id);
	}
}

/* False: nobody knows whose right it would be. */
static bool read_class_of(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const char *text = json_need_name(p, "class", col->area != SCHEMA_NONE);
	const char *id = schema_in_area(l, text, col->area);
	struct json_place q = json_place_member(p, "class");

	col->cls = schema_class_find(l->s, slice_of(id));
	if (col->cls != SCHEMA_NONE) {
		struct class_use *use = &l->use[col->cls];

		use->has_col = true;
		use->has_owner |=
		    col->table != SCHEMA_NONE || json_object_get(p->value, "owner") != NULL;
		return true;
	}
	if (*id && l->known.classes && schema_first_time(l, "class", id)) {
		json_place_refuse(
		    &q, "種別 %s は visibility.tsv にありません。行を足すか、名前を直してください",
		    id);
	}
	return false;
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
			json_place_refuse(
			    &q, "「group」は分野ごとの項目（id に {area}）だけに使えます");
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
	if (!json_object_get(p->value, "group") && group.len == 0) {
		json_place_refuse(p, "分野ごとの項目には「group」が要ります");
	}
	return said ? said : arena_dup(&l->p->mem, group).ptr;
}

/* False: it has no name, and nothing can be said of it. */
static bool name_field(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const char *id = json_need_name(p, "id", col->area != SCHEMA_NONE);
	const char *dot;

	json_need_object(p, "id group duty " COMMON_KEYS);
	if (!*id) {
		return false;
	}
	col->group = group_of(l, p, id);
	col->id = schema_in_area(l, id, col->area);
	dot = strrchr(col->id, '.');
	col->name = dot ? dot + 1 : col->id;
	col->duty = schema_duty_at(p);
	return true;
}

static bool name_column(struct loader *l, const struct json_place *p, struct schema_col *col)
{
	const struct schema_table *t = &l->table[col->table];

	json_need_object(p, "name main " COMMON_KEYS);
	col->name = json_need_name(p, "name", false);
	if (!*col->name) {
		return false;
	}
	if (strchr(col->name, '.')) {
		json_place_refuse(p, "列の名前「%s」に点は使えません", col->name);
	}
	col->id = arena_printf(&l->p->mem, "%s.%s", t->id, col->name).ptr;
	if (col->area != SCHEMA_NONE) {
		const char *dot = strrchr(t->id, '.');

		col->group = dot ? dot + 1 : t->id;
	}
	col->duty = t->duty;
	return true;
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
		json_place_refuse(&q, "「main」は text か line の列だけに使えます");
	}
	if (other != SCHEMA_NONE) {
		json_place_refuse(
		    &q, "種別 %s の主な列（main）はもう %s です。ひとつだけにしてください",
		    l->s->cls[col->cls].id, l->s->col[other].id);
	}
	if (l->table[col->table].main_col == SCHEMA_NONE) {
		l->table[col->table].main_col = at;
	}
}

/* The name is taken even where something else is wrong: a second one is a second mistake. */
static bool is_new_name(struct loader *l, const struct json_place *p, const char *id)
{
	if (schema_first_time(l, "column", id)) {
		return true;
	}
	json_place_refuse(p, "項目 %s が二度あります", id);
	return false;
}

void schema_add_col(struct loader *l, const struct json_place *p, uint16_t table, uint16_t area,
		    const struct form_place *place)
{
	uint16_t at = l->s->col_count;
	struct schema_col *col = &l->col[at];
	size_t before = l->refused;
	bool named;

	*col = (struct schema_col){.table = table, .area = area};
	if (!json_is_object(p->value)) {
		json_need_object(p, "");
		l->known.cols = false;
		return;
	}
	named = table == SCHEMA_NONE ? name_field(l, p, col) : name_column(l, p, col);
	named = named && is_new_name(l, p, col->id);
	col->label = json_need_line(p, "label");
	if (!read_class_of(l, p, col)) {
		named = false;
	}
	col->type = type_at(p);
	col->owner_role = schema_role_at(p, "owner");
	col->suggestable = json_may_bool(p, "suggestable");
	col->scribable = json_may_bool(p, "scribable");
	col->caseload = json_may_bool(p, "caseload");
	if (col->type != CELL_TYPE_COUNT) {
		read_bounds(l, p, col);
		read_enum_of(l, p, col);
	}
	if (named && l->refused == before && table != SCHEMA_NONE) {
		read_main(l, p, col, at);
	}
	if (!named || l->refused > before) {
		return;
	}
	l->p->place[at] = *place;
	col->field.col = at;
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
	const struct class_use *use = &l->use[at];
	size_t line = l->p->cls_line[at];

	if (!use->has_col && !unused && l->known.cols && l->known.areas) {
		schema_refuse(l, schema_file_matrix, line,
			      "種別 %s を使う項目が form.json にありません。項目を足すか、"
			      "理由をつけて「unused」に書いてください",
			      cls->id);
	}
	for (uint16_t role = 0; use->has_col && role < l->s->role_count; role++) {
		if (is_own(cls->mark[role]) && !use->has_owner) {
			schema_refuse(
			    l, schema_file_matrix, line,
			    "%s の印「%s」は、表か持ち主（owner）のある項目だけに使えます。"
			    "%s はどちらでもありません",
			    l->s->role[role].id, mark_name(cls->mark[role]), cls->id);
		}
	}
}

void schema_check_whole(struct loader *l, const bool *unused)
{
	for (uint16_t i = 0; i < l->s->cls_count; i++) {
		check_class(l, i, unused[i]);
	}
}
