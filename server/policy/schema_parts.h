#ifndef ROKUSHA_POLICY_SCHEMA_PARTS_H
#define ROKUSHA_POLICY_SCHEMA_PARTS_H

#include <jansson.h>
#include <stdarg.h>

#include "base/arena.h"
#include "base/map.h"
#include "policy/schema_check.h"

/* Private to policy/schema_*.c: a schema while it is being read. */

/* Where a column stands in form.json: list, item, and the column of a table. */
struct form_place {
	bool in_table;
	uint16_t item, column;
};

struct schema_private {
	struct arena mem; /* all strings and arrays of the schema */
	struct map role, cls, col, table;
	size_t *cls_line;         /* by class: its line in the matrix */
	struct form_place *place; /* by column */
};

/* What the form makes of a class, also where a column of it was refused. */
struct class_use {
	bool has_col;
	bool has_owner; /* a table, or a column with an owner: own-marks make sense */
};

/*
 * A reader goes on after a mistake, to find the others. What was refused is left out of the schema,
 * and nobody complains about what is missing only for that: `known` says which lists are whole.
 * After any mistake the schema is thrown away.
 */
struct loader {
	const struct schema_source *src;
	struct schema *s;
	struct schema_private *p;
	struct schema_role *role; /* the arrays of `s`, still writable */
	struct schema_class *cls;
	struct schema_col *col;
	struct schema_table *table;
	struct class_use *use; /* by class */
	size_t col_cap, table_cap;
	struct {
		bool roles, classes, areas, enums, cols;
	} known;
	struct map said; /* names that were complained about already */
	size_t refused;  /* how often anything was */
	struct schema_problems *found;
};

void schema_refuse(struct loader *l, const char *file, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void schema_refuse_list(struct loader *l, const char *file, size_t line, const char *format,
			va_list args) __attribute__((format(printf, 4, 0)));
/* True the first time for this name: one missing class is one mistake, however often used. */
bool schema_first_time(struct loader *l, const char *kind, const char *name);

/* One of the two JSON files. */
struct json_file {
	struct loader *l;
	const char *name;
	struct slice text;
	json_t *root; /* owned; NULL when it could not be read */
};

/* A name of 64 bytes leaves room for "table/row/column" within LIMIT_KEY_BYTES. */
enum { SCHEMA_NAME_BYTES = 64 };

/* A place in it: members and elements from the root down. */
enum { PLACE_DEPTH = 6 };
struct json_place {
	const struct json_file *file;
	const json_t *value;
	unsigned depth;
	struct json_step {
		const char *key; /* NULL: element `index` */
		size_t index;
	} step[PLACE_DEPTH];
};

/* Parse; refuses what is too large, too deep, malformed or says a key twice. */
void json_file_open(struct loader *l, const char *name, struct slice text, struct json_file *out);
void json_file_close(struct json_file *f);
struct json_place json_file_root(const struct json_file *f);
/* `value` is NULL when there is no such member. */
struct json_place json_place_member(const struct json_place *p, const char *key);
struct json_place json_place_element(const struct json_place *p, size_t index);
/* Refuse at this place: "file:line: reason". */
void json_place_refuse(const struct json_place *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The line a place begins on, from 1; of its nearest holder when it is not there. */
size_t json_place_line(const struct json_place *p);

/* `p` is an object with no other keys than `keys` (separated by spaces). */
void json_need_object(const struct json_place *p, const char *keys);
/* `p` has an array under `key`: its place. */
struct json_place json_need_array(const struct json_place *p, const char *key);
/* A string that fits on a paper form: not empty, one line. "" when refused, which is told once. */
const char *json_need_line(const struct json_place *p, const char *key);
const char *json_may_line(const struct json_place *p, const char *key); /* NULL when absent */
/* A name of a-z 0-9 _ and, between such, dots. Also "{area}" where `area`. */
const char *json_need_name(const struct json_place *p, const char *key, bool area);
bool json_check_name(const struct json_place *p, const char *name, bool area);
bool json_may_bool(const struct json_place *p, const char *key);
/* Between `min` and `max`, or `absent` when there is none. */
int32_t json_may_int(const struct json_place *p, const char *key, int32_t min, int32_t max,
		     int32_t absent);

void schema_read_roles(struct loader *l);
void schema_read_matrix(struct loader *l);
void schema_read_form(struct loader *l);
/* One field or table column of form.json at `p`, for `area` (SCHEMA_NONE: outside areas). */
void schema_add_col(struct loader *l, const struct json_place *p, uint16_t table, uint16_t area,
		    const struct form_place *place);
/* `text` with "{area}" replaced. */
const char *schema_in_area(struct loader *l, const char *text, uint16_t area);
/* "duty" of a field or table -> DUTY_* bits; "owner" and the like -> role index or SCHEMA_NONE. */
unsigned schema_duty_at(const struct json_place *p);
uint16_t schema_role_at(const struct json_place *p, const char *key);
/* The line of a column in the text of form.json. */
size_t schema_form_line(struct slice form_json, const struct form_place *place);
/* The same for element `index` of a list, as in roles.json. */
size_t schema_list_line(struct slice text, const char *list, size_t index);
/* What shows only at the end: classes and columns fit each other. `unused`: by class. */
void schema_check_whole(struct loader *l, const bool *unused);

extern const char schema_file_matrix[];
extern const char schema_file_roles[];
extern const char schema_file_form[];

#endif
