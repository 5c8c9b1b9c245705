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
	json_place_refuse(&q, "unknown duty %s", duty);
	return DUTY_NONE;
}

uint16_t schema_role_at(const struct json_place *p, const char *key)
{
	const char *id = json_may_line(p, key);
	struct json_place q = json_place_member(p, key);
	uint16_t role = id ? schema_role_find(p->file->l->s, slice_of(id)) : SCHEMA_NONE;

	if (id && role == SCHEMA_NONE) {
		json_place_refuse(&q, "\"%s\": unknown role %s", key, id);
	}
	return role;
}

static void read_areas(struct loader *l, const struct json_place *root)
{
	struct json_place list = json_need_array(root, "areas");
	size_t n = json_array_size(list.value);
	struct schema_area *area;

	if (n > AREAS_MAX) {
		json_place_refuse(&list, "more than %d areas", AREAS_MAX);
		return;
	}
	area = arena_alloc(&l->p->mem, (n + 1) * sizeof *area);
	for (size_t i = 0; i < n && !l->failed; i++) {
		struct json_place p = json_place_element(&list, i);

		json_need_object(&p, "id label");
		area[i].id = json_need_name(&p, "id", false);
		area[i].label = json_need_line(&p, "label");
		for (size_t k = 0; k < i && !l->failed; k++) {
			if (strcmp(area[k].id, area[i].id) == 0) {
				json_place_refuse(&p, "area %s is there twice", area[i].id);
			}
		}
	}
	l->s->area = area;
	l->s->area_count = (uint16_t)n;
}

static void read_enum(struct loader *l, const struct json_place *p, struct schema_enum *out)
{
	struct schema_enum_value *value;
	const char *id;
	json_t *label;

	if (json_object_size(p->value) == 0 || json_object_size(p->value) > ENUM_VALUES_MAX) {
		json_place_refuse(p, "an enum is an object of 1 to %d values", ENUM_VALUES_MAX);
		return;
	}
	value = arena_alloc(&l->p->mem, json_object_size(p->value) * sizeof *value);
	json_object_foreach((json_t *)(uintptr_t)p->value, id, label)
	{
		struct json_place q = json_place_member(p, id);

		json_check_name(&q, id, false);
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
		json_place_refuse(&list, "\"enums\" is missing or is no object");
		return;
	}
	enums = arena_alloc(&l->p->mem, (json_object_size(list.value) + 1) * sizeof *enums);
	l->s->enums = enums;
	json_object_foreach((json_t *)(uintptr_t)list.value, id, values)
	{
		struct json_place p = json_place_member(&list, id);

		json_check_name(&p, id, false);
		if (l->failed) {
			return;
		}
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

static void add_table(struct loader *l, const struct json_place *p, uint16_t area)
{
	uint16_t at = l->s->table_count;
	struct schema_table *t = &l->table[at];
	struct json_place columns = json_need_array(p, "columns");
	size_t n = json_array_size(columns.value);

	json_need_object(p, "id label duty in_segment closed row_owner columns");
	t->id = schema_in_area(l, json_need_name(p, "id", area != SCHEMA_NONE), area);
	t->label = json_need_line(p, "label");
	t->duty = schema_duty_at(p);
	t->in_segment = json_may_bool(p, "in_segment");
	t->closed = json_may_bool(p, "closed");
	t->owner_role = schema_role_at(p, "row_owner");
	if (!l->failed && t->owner_role != SCHEMA_NONE && t->duty != 0) {
		json_place_refuse(p, "rows that are somebody's own are written by no duty");
	}
	t->main_col = SCHEMA_NONE;
	t->first_col = l->s->col_count;
	if (!l->failed && map_get(&l->p->table, slice_of(t->id)) != MAP_NONE) {
		json_place_refuse(p, "table %s is there twice", t->id);
	}
	if (!l->failed && n == 0) {
		json_place_refuse(&columns, "a table needs columns");
	}
	if (l->failed) {
		return;
	}
	map_put(&l->p->table, slice_of(t->id), at);
	l->s->table_count++;
	for (size_t i = 0; i < n && !l->failed; i++) {
		struct json_place column = json_place_element(&columns, i);

		schema_add_col(l, &column, at, area);
		t->col_count = (uint16_t)(l->s->col_count - t->first_col);
	}
}

static void add_item(struct loader *l, const struct json_place *p, bool tables, uint16_t area)
{
	if (tables) {
		add_table(l, p, area);
	} else {
		schema_add_col(l, p, SCHEMA_NONE, area);
	}
}

/* Neighbours that stand for one per area come out area by area, as people read a plan. */
static void read_items(struct loader *l, const struct json_place *list, bool tables)
{
	size_t n = json_array_size(list->value);

	for (size_t i = 0, end; i < n && !l->failed; i = end) {
		uint16_t areas = l->s->area_count;

		for (end = i; end < n && is_per_area(json_array_get(list->value, end)); end++) {
		}
		if (end == i) {
			struct json_place p = json_place_element(list, i);

			add_item(l, &p, tables, SCHEMA_NONE);
			end = i + 1;
			continue;
		}
		for (uint16_t a = 0; a < areas && !l->failed; a++) {
			for (size_t k = i; k < end && !l->failed; k++) {
				struct json_place p = json_place_element(list, k);

				add_item(l, &p, tables, a);
			}
		}
	}
}

/* How many columns and tables there will be; entries of a wrong type count for nothing. */
static void make_room(struct loader *l, const struct json_place *fields,
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
		json_place_refuse(fields, "more than %d columns", COLS_MAX);
		return;
	}
	l->col = arena_alloc(&l->p->mem, (l->col_cap + 1) * sizeof *l->col);
	l->table = arena_alloc(&l->p->mem, (l->table_cap + 1) * sizeof *l->table);
	l->s->col = l->col;
	l->s->table = l->table;
}

/* Classes that are meant to have no column, each with its reason. */
static void read_unused(struct loader *l, const struct json_place *root, bool *unused)
{
	struct json_place list = json_need_array(root, "unused");

	for (size_t i = 0; i < json_array_size(list.value) && !l->failed; i++) {
		struct json_place p = json_place_element(&list, i);
		const char *id;
		uint16_t cls;

		json_need_object(&p, "class reason");
		json_need_line(&p, "reason");
		id = json_need_line(&p, "class");
		cls = schema_class_find(l->s, slice_of(id));
		if (cls == SCHEMA_NONE) {
			json_place_refuse(&p, "unknown class %s", id);
			return;
		}
		for (uint16_t c = 0; c < l->s->col_count; c++) {
			if (l->s->col[c].cls == cls) {
				json_place_refuse(&p, "class %s has the column %s", id,
						  l->s->col[c].id);
			}
		}
		unused[cls] = true;
	}
}

static void read_form(struct loader *l, const struct json_place *root)
{
	struct json_place fields = json_need_array(root, "fields");
	struct json_place tables = json_need_array(root, "tables");
	bool *unused = arena_alloc(&l->p->mem, l->s->cls_count + 1u);

	if (!l->failed) {
		read_areas(l, root);
	}
	if (!l->failed) {
		read_enums(l, root);
	}
	if (!l->failed) {
		make_room(l, &fields, &tables);
	}
	if (!l->failed) {
		read_items(l, &fields, false);
	}
	if (!l->failed) {
		read_items(l, &tables, true);
	}
	if (!l->failed) {
		read_unused(l, root, unused);
	}
	if (!l->failed) {
		schema_check_whole(l, unused);
	}
}

void schema_read_form(struct loader *l)
{
	struct json_file f;
	struct json_place root;

	json_file_open(l, schema_file_form, l->src->form_json, &f);
	root = json_file_root(&f);
	if (!l->failed) {
		json_need_object(&root, "areas enums fields tables unused");
	}
	if (!l->failed) {
		read_form(l, &root);
	}
	json_file_close(&f);
}
