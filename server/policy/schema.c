/* Finding things in a loaded schema. */
#include "policy/schema.h"
#include "policy/schema_parts.h"

static uint16_t find(const struct map *m, struct slice id)
{
	uint32_t at = map_get(m, id);

	return at == MAP_NONE ? SCHEMA_NONE : (uint16_t)at;
}

uint16_t schema_role_find(const struct schema *s, struct slice id)
{
	return find(&s->private_->role, id);
}

uint16_t schema_class_find(const struct schema *s, struct slice id)
{
	return find(&s->private_->cls, id);
}

uint16_t schema_col_find(const struct schema *s, struct slice id)
{
	return find(&s->private_->col, id);
}

uint16_t schema_table_find(const struct schema *s, struct slice id)
{
	return find(&s->private_->table, id);
}

uint16_t schema_table_col(const struct schema *s, uint16_t table, struct slice name)
{
	if (table >= s->table_count) {
		return SCHEMA_NONE;
	}
	for (uint16_t i = 0; i < s->table[table].col_count; i++) {
		uint16_t col = (uint16_t)(s->table[table].first_col + i);

		if (slice_is(name, s->col[col].name)) {
			return col;
		}
	}
	return SCHEMA_NONE;
}

uint16_t schema_class_main_col(const struct schema *s, uint16_t cls)
{
	for (uint16_t i = 0; i < s->col_count; i++) {
		if (s->col[i].cls == cls && s->col[i].is_main) {
			return i;
		}
	}
	return SCHEMA_NONE;
}

bool schema_enum_has(const struct schema *s, uint16_t enum_, struct slice value)
{
	if (enum_ >= s->enum_count) {
		return false;
	}
	for (uint16_t i = 0; i < s->enums[enum_].count; i++) {
		if (slice_is(value, s->enums[enum_].value[i].id)) {
			return true;
		}
	}
	return false;
}

json_t *schema_empty_value(const struct schema_col *col)
{
	switch (col->type) {
	case CELL_TEXT:
	case CELL_LINE:
		return json_string("");
	case CELL_SEATS:
	case CELL_LIST:
		return json_array();
	default:
		return json_null();
	}
}
