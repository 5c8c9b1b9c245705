/* Names in the form that code acts on: are they there, and of the right type? */
#include <stdio.h>

#include "base/limits.h"
#include "policy/schema_parts.h"
#include "policy/schema_words.h"

static const char keep[] = "使わないときも消さず、visibility.tsv の印を全員 n にしてください";

/* The line of a list itself: no list has an element of that number. */
static size_t list_line(const struct schema_source *src, const char *list)
{
	return schema_list_line(src->form_json, list, SIZE_MAX);
}

static size_t col_line(const struct schema_source *src, const struct schema *s, uint16_t col)
{
	return schema_form_line(src->form_json, &s->private_->place[col]);
}

static size_t table_line(const struct schema_source *src, const struct schema *s, uint16_t table)
{
	uint16_t first = s->table[table].first_col;

	return schema_list_line(src->form_json, "tables", s->private_->place[first].item);
}

static void check_type(const struct schema_source *src, const struct schema *s, uint16_t col,
		       const struct schema_need *need, bool doubt, struct schema_problems *found)
{
	char types[256] = "";
	size_t len = 0;

	if (need->types == 0 || (need->types & (1u << s->col[col].type))) {
		return;
	}
	for (unsigned t = 0; t < CELL_TYPE_COUNT; t++) {
		if (need->types & (1u << t)) {
			len += (size_t)snprintf(types + len, sizeof types - len, "%s%s",
						len ? "か" : "", cell_type_name((enum cell_type)t));
		}
	}
	schema_problem_add(found, schema_file_form, col_line(src, s, col), doubt,
			   "%s の型は %s にしてください。%s", s->col[col].id, types, need->why);
}

void schema_need(const struct schema_source *src, const struct schema *s,
		 const struct schema_need *need, bool doubt, struct schema_problems *found)
{
	const char *slash = strchr(need->id, '/');
	size_t head = slash ? (size_t)(slash - need->id) : 0;
	uint16_t table = slash ? schema_table_find(s, (struct slice){need->id, head}) : SCHEMA_NONE;
	uint16_t col = slash ? schema_table_col(s, table, slice_of(slash + 1))
			     : schema_col_find(s, slice_of(need->id));

	if (slash && table == SCHEMA_NONE) {
		schema_problem_add(found, schema_file_form, list_line(src, "tables"), doubt,
				   "表 %.*s がありません。%s。%s", (int)head, need->id, need->why,
				   keep);
	} else if (slash && slash[1] && col == SCHEMA_NONE) {
		schema_problem_add(found, schema_file_form, table_line(src, s, table), doubt,
				   "表 %.*s に列 %s がありません。%s。%s", (int)head, need->id,
				   slash + 1, need->why, keep);
	} else if (!slash && (col == SCHEMA_NONE || s->col[col].table != SCHEMA_NONE)) {
		schema_problem_add(found, schema_file_form, list_line(src, "fields"), doubt,
				   "項目 %s がありません。%s。%s", need->id, need->why, keep);
	} else if (col != SCHEMA_NONE) {
		check_type(src, s, col, need, doubt, found);
	}
}

void schema_need_role(const struct schema *s, const char *role, const char *why, bool doubt,
		      struct schema_problems *found)
{
	if (schema_role_find(s, slice_of(role)) == SCHEMA_NONE) {
		schema_problem_add(found, schema_file_roles, 1, doubt,
				   "役割 %s がありません。%s。%s", role, why, keep);
	}
}

void schema_need_value(const struct schema_source *src, const struct schema *s, const char *field,
		       const char *value, const char *why, struct schema_problems *found)
{
	uint16_t col = schema_col_find(s, slice_of(field));

	if (col != SCHEMA_NONE && s->col[col].type == CELL_ENUM &&
	    !schema_enum_has(s, s->col[col].enum_, slice_of(value))) {
		schema_problem_add(found, schema_file_form, col_line(src, s, col), false,
				   "%s の選択肢に %s がありません。%s", field, value, why);
	}
}
