/* form.json: areas, enums, fields and tables. */
#include <stdio.h>

#include "base/limits.h"
#include "policy/schema_parts.h"

enum { AREAS_MAX = 32, COLS_MAX = 4096, ENUM_VALUES_MAX = 256 };

static const char hole[] = "{area}";

const char *schema_in_area(struct loader *l, const char *text, uint16_t area)
{
	const char *at = strstr(text, hole);

	if (!at || area == SCHEMA_NONE) {
		return text;
	}
	return arena_printf(&l->p->mem, "%.*s%s%s", (int)(at - text), text, l->s->area[area].id,
			    at + sizeof hole - 1)
	    .ptr;
}

unsigned schema_duty_at(const struct json_place *p)
{
	const char *duty = json_may_line(p, "duty");
	struct json_place q = json_place_member(p, "duty");

	if (!duty) {
		return DUTY_NONE;
	}
	if (strcmp(duty, "chair") == 0) {
		return DUTY_CHAIR;
	}
	if (strcmp(duty, "recorder") == 0) {
		return DUTY_RECORDER;
	}
	json_place_refuse(&q, "担当「%s」はありません。chair か recorder です", duty);
	return DUTY_NONE;
}

uint16_t schema_role_at(const struct json_place *p, const char *key)
{
	const char *id = json_may_line(p, key);
	struct json_place q = json_place_member(p, key);
	uint16_t role = id ? schema_role_find(p->file->l->s, slice_of(id)) : SCHEMA_NONE;

	if (id && role == SCHEMA_NONE && p->file->l->known.roles) {
		json_place_refuse(&q, "「%s」の役割 %s は roles.json にありません", key, id);
	}
	return role;
}

static void read_areas(struct loader *l, const struct json_place *root)
{
	struct json_place list = json_need_array(root, "areas");
	size_t n = json_array_size(list.value);
	struct schema_area *area;

	if (n > AREAS_MAX) {
		json_place_refuse(&list, "分野は %d までです", AREAS_MAX);
		return;
	}
	l->known.areas = json_is_array(list.value);
	area = arena_alloc(&l->p->mem, (n + 1) * sizeof *area);
	l->s->area = area;
	for (size_t i = 0; i < n; i++) {
		struct json_place p = json_place_element(&list, i);
		struct schema_area *a = &area[l->s->area_count];
		bool twice = false;

		json_need_object(&p, "id label");
		if (!json_is_object(p.value)) {
			l->known.areas = false;
			continue;
		}
		a->id = json_need_name(&p, "id", false);
		a->label = json_need_line(&p, "label");
		for (uint16_t k = 0; k < l->s->area_count && *a->id; k++) {
			twice |= strcmp(area[k].id, a->id) == 0;
		}
		if (twice) {
			json_place_refuse(&p, "分野 %s が二度あります", a->id);
		}
		if (twice || !*a->id) {
			l->known.areas = false;
		} else {
			l->s->area_count++;
		}
	}
}

static void read_enum(struct loader *l, const struct json_place *p, struct schema_enum *out)
{
	struct schema_enum_value *value;
	const char *id;
	json_t *label;

	if (json_object_size(p->value) == 0 || json_object_size(p->value) > ENUM_VALUES_MAX) {
		json_place_refuse(p, "選択肢は { } に 1 から %d 個まで書きます", ENUM_VALUES_MAX);
		return;
	}
	value = arena_alloc(&l->p->mem, json_object_size(p->value) * sizeof *value);
	json_object_foreach((json_t *)(uintptr_t)p->value, id, label)
	{
		struct json_place q = json_place_member(p, id);

		(void)json_check_name(&q, id, false);
		value[out->count].id = arena_dup(&l->p->mem, slice_of(id)).ptr;
		value[out->count].label = json_need_line(p, id);
		out->count++;
	}
	out->value = value;
}

static void read_enums(struct loader *l, const struct json_place *root)
{
	struct json_place list = json_place_member(root, "enums");
	struct schema_enum *enums;
	const char *id;
	json_t *values;

	if (!json_is_object(list.value) || json_object_size(list.value) > COLS_MAX) {
		json_place_refuse(&list, "「enums」の { } がありません");
		return;
	}
	l->known.enums = true;
	enums = arena_alloc(&l->p->mem, (json_object_size(list.value) + 1) * sizeof *enums);
	l->s->enums = enums;
	json_object_foreach((json_t *)(uintptr_t)list.value, id, values)
	{
		struct json_place p = json_place_member(&list, id);

		(void)json_check_name(&p, id, false);
		enums[l->s->enum_count].id = arena_dup(&l->p->mem, slice_of(id)).ptr;
		read_enum(l, &p, &enums[l->s->enum_count]);
		l->s->enum_count++;
	}
}

/* Does this field or table stand for one per area? */
static bool is_per_area(const json_t *item)
{
	const char *id = json_string_value(json_object_get(item, "id"));

	return id && strstr(id, hole);
}

/* What is said of the table itself. False: it cannot stand in the schema. */
static bool read_table(struct loader *l, const struct json_place *p, uint16_t area,
		       struct schema_table *t)
{
	const char *id = json_need_name(p, "id", area != SCHEMA_NONE);

	json_need_object(p, "id label duty in_segment closed office row_owner columns");
	t->id = schema_in_area(l, id, area);
	t->label = json_need_line(p, "label");
	t->duty = schema_duty_at(p);
	t->in_segment = json_may_bool(p, "in_segment");
	t->closed = json_may_bool(p, "closed");
	t->office = json_may_bool(p, "office");
	t->owner_role = schema_role_at(p, "row_owner");
	t->main_col = SCHEMA_NONE;
	t->first_col = l->s->col_count;
	if (t->owner_role != SCHEMA_NONE && t->duty != 0) {
		json_place_refuse(p, "「row_owner」と「duty」は一緒に使えません。"
				     "持ち主のある行を担当が書くことはありません");
	}
	if (*id && map_get(&l->p->table, slice_of(t->id)) != MAP_NONE) {
		json_place_refuse(p, "表 %s が二度あります", t->id);
		return false;
	}
	return *id != '\0';
}

static void add_table(struct loader *l, const struct json_place *p, uint16_t area, uint16_t item)
{
	uint16_t at = l->s->table_count;
	struct schema_table *t = &l->table[at];
	struct json_place columns;
	size_t n;

	if (!json_is_object(p->value)) {
		json_need_object(p, "");
		l->known.cols = false;
		return;
	}
	columns = json_need_array(p, "columns");
	n = json_array_size(columns.value);
	if (json_is_array(columns.value) && n == 0) {
		json_place_refuse(&columns, "表には列が要ります");
	}
	if (!read_table(l, p, area, t)) {
		l->known.cols = false;
		return;
	}
	map_put(&l->p->table, slice_of(t->id), at);
	l->s->table_count++;
	for (size_t i = 0; i < n; i++) {
		struct json_place column = json_place_element(&columns, i);
		struct form_place place = {true, item, (uint16_t)i};

		schema_add_col(l, &column, at, area, &place);
		t->col_count = (uint16_t)(l->s->col_count - t->first_col);
	}
}

static void add_item(struct loader *l, const struct json_place *list, bool tables, size_t i,
		     uint16_t area)
{
	struct json_place p = json_place_element(list, i);
	struct form_place place = {false, (uint16_t)i, 0};

	if (tables) {
		add_table(l, &p, area, (uint16_t)i);
	} else {
		schema_add_col(l, &p, SCHEMA_NONE, area, &place);
	}
}

/* Neighbours that stand for one per area come out area by area, as people read a plan. */
static void read_items(struct loader *l, const struct json_place *list, bool tables)
{
	size_t n = json_array_size(list->value);

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && is_per_area(json_array_get(list->value, end)); end++) {
		}
		if (end == i) {
			add_item(l, list, tables, i, SCHEMA_NONE);
			end = i + 1;
			continue;
		}
		for (uint16_t a = 0; a < l->s->area_count; a++) {
			for (size_t k = i; k < end; k++) {
				add_item(l, list, tables, k, a);
			}
		}
	}
}

/* How many columns and tables there will be; entries of a wrong type count for nothing. */
static bool make_room(struct loader *l, const struct json_place *fields,
		      const struct json_place *tables)
{
	size_t i;
	const json_t *item;

	json_array_foreach(fields->value, i, item)
	{
		l->col_cap += is_per_area(item) ? l->s->area_count : 1;
	}
	json_array_foreach(tables->value, i, item)
	{
		size_t copies = is_per_area(item) ? l->s->area_count : 1;

		l->table_cap += copies;
		l->col_cap += copies * json_array_size(json_object_get(item, "columns"));
	}
	if (l->col_cap > COLS_MAX) {
		json_place_refuse(fields, "項目と列が合わせて %d より多くなっています", COLS_MAX);
		return false;
	}
	l->col = arena_alloc(&l->p->mem, (l->col_cap + 1) * sizeof *l->col);
	l->table = arena_alloc(&l->p->mem, (l->table_cap + 1) * sizeof *l->table);
	l->p->place = arena_alloc(&l->p->mem, (l->col_cap + 1) * sizeof *l->p->place);
	l->s->col = l->col;
	l->s->table = l->table;
	return true;
}

/* Classes that are meant to have no column, each with its reason. */
static void read_unused(struct loader *l, const struct json_place *root, bool *unused)
{
	struct json_place list = json_need_array(root, "unused");

	for (size_t i = 0; i < json_array_size(list.value); i++) {
		struct json_place p = json_place_element(&list, i);
		const char *id;
		uint16_t cls;

		json_need_object(&p, "class reason");
		if (!json_is_object(p.value)) {
			continue;
		}
		json_need_line(&p, "reason");
		id = json_need_line(&p, "class");
		cls = schema_class_find(l->s, slice_of(id));
		if (cls != SCHEMA_NONE && l->use[cls].has_col) {
			json_place_refuse(
			    &p, "種別 %s は使われています。「unused」から消してください", id);
		} else if (cls != SCHEMA_NONE) {
			unused[cls] = true;
		} else if (*id && l->known.classes) {
			json_place_refuse(&p, "種別 %s は visibility.tsv にありません", id);
		}
	}
}

static void read_form(struct loader *l, const struct json_place *root)
{
	struct json_place fields = json_need_array(root, "fields");
	struct json_place tables = json_need_array(root, "tables");
	bool *unused = arena_alloc(&l->p->mem, l->s->cls_count + 1u);

	l->use = arena_alloc(&l->p->mem, (l->s->cls_count + 1u) * sizeof *l->use);
	l->known.cols = json_is_array(fields.value) && json_is_array(tables.value);
	read_areas(l, root);
	read_enums(l, root);
	if (!make_room(l, &fields, &tables)) {
		return;
	}
	read_items(l, &fields, false);
	read_items(l, &tables, true);
	read_unused(l, root, unused);
	schema_check_whole(l, unused);
}

void schema_read_form(struct loader *l)
{
	struct json_file f;
	struct json_place root;

	json_file_open(l, schema_file_form, l->src->form_json, &f);
	root = json_file_root(&f);
	if (f.root) {
		json_need_object(&root, "areas enums fields tables unused");
	}
	if (json_is_object(f.root)) {
		read_form(l, &root);
	}
	json_file_close(&f);
}
