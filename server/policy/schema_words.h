#ifndef ROKUSHA_POLICY_SCHEMA_WORDS_H
#define ROKUSHA_POLICY_SCHEMA_WORDS_H

#include "base/arena.h"
#include "policy/schema.h"

/* Policy in words for people who do not read marks. Static text, never NULL. */

const char *mark_name(enum mark m);           /* as in visibility.tsv: "rw*" */
const char *mark_words(enum mark m);          /* 「読める」 */
const char *cell_type_name(enum cell_type t); /* as in form.json: "text" */
const char *cell_type_words(enum cell_type t);
const char *duty_words(unsigned duty); /* of one DUTY_* bit */

/*
 * How a column is called where nothing around it says so: 「就労・目標」, 「世帯・続き柄」. Lives
 * in `mem`.
 */
const char *schema_col_words(const struct schema *s, uint16_t col, struct arena *mem);
/* The same for a table. */
const char *schema_table_words(const struct schema *s, uint16_t table, struct arena *mem);

#endif
