/* Which parts of the form a case file fills: without one of them, files that say so are refused. */
#include <stdio.h>

#include "base/limits.h"
#include "casefile/casefile.h"
#include "casefile/casefile_parts.h"

static const char hole[] = "{area}";

struct asker {
	const struct schema_source *src;
	const struct schema *schema;
	struct schema_problems *found;
};

static void ask_col(struct asker *a, const char *id)
{
	struct schema_need need = {.id = id, .why = "事例ファイルの項目がここに入ります"};

	/* A column of a table is named as a whole: table.column. */
	if (schema_col_find(a->schema, slice_of(id)) == SCHEMA_NONE) {
		schema_need(a->src, a->schema, &need, true, a->found);
	}
}

static void ask_key(struct asker *a, const char *col)
{
	const char *at = strstr(col, hole);
	char id[LIMIT_KEY_BYTES];

	if (!at) {
		ask_col(a, col);
		return;
	}
	for (uint16_t i = 0; i < a->schema->area_count; i++) {
		snprintf(id, sizeof id, "%.*s%s%s", (int)(at - col), col, a->schema->area[i].id,
			 at + sizeof hole - 1);
		ask_col(a, id);
	}
}

static void ask_shape(struct asker *a, const struct shape *shape)
{
	for (const struct key *k = shape->key; k->name; k++) {
		if (k->col) {
			ask_key(a, k->col);
		}
		/* A document holds other documents of the same kind. */
		if (k->shape && k->shape != &shape_document) {
			ask_shape(a, k->shape);
		}
	}
}

void casefile_schema_needs(const struct schema_source *src, const struct schema *s,
			   struct schema_problems *found)
{
	struct asker a = {src, s, found};

	ask_shape(&a, &shape_document);
	schema_need_role(s, "emp", "事例ファイルの職場の参加者がこの役割になります", true, found);
	schema_need_role(s, "guest", "事例ファイルの同席者がこの役割になります", true, found);
}
