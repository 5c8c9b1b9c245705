#ifndef ROKUSHA_POLICY_SCHEMA_H
#define ROKUSHA_POLICY_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ids.h"
#include "base/slice.h"

/*
 * Policy as data: visibility.tsv (class x role), roles.json, form.json. Loaded once, never
 * changed; everything points into it. Indices are stable for one loaded schema only; names are
 * what is stored.
 */
#define MARK_ROWS(X)                                                                               \
	X(NONE, "n")                                                                               \
	X(GRANTABLE, "n+")                                                                         \
	X(READ, "r") X(READ_ROWS, "r*") X(WRITE, "w") X(WRITE_OWN, "w*") X(READ_WRITE_OWN, "rw*")

enum mark {
#define X(NAME, TEXT) MARK_##NAME,
	MARK_ROWS(X)
#undef X
	    MARK_COUNT
};

/* clang-format off */ /* it would not let them stand one to a line */
#define CELL_TYPE_ROWS(X) \
	X(TEXT, "text") \
	X(LINE, "line") \
	X(DATE, "date") \
	X(ENUM, "enum") \
	X(INT, "int") \
	X(BOOL, "bool") \
	X(SEAT, "seat") \
	X(SEATS, "seats") \
	X(LIST, "list")
/* clang-format on */

enum cell_type {
#define X(NAME, TEXT_) CELL_##NAME,
	CELL_TYPE_ROWS(X)
#undef X
	    CELL_TYPE_COUNT
};

enum duty { DUTY_NONE = 0, DUTY_CHAIR = 1, DUTY_RECORDER = 2 };

enum { ROLE_MAX = 32, SCHEMA_NONE = 0xFFFF };

struct schema_role {
	const char *id;
	const char *label;
	const char *seal;     /* one character for the round mark */
	bool official;        /* sees the mark that something is not shown */
	bool companion;       /* ps aps sup: reach word "team" */
	bool may_draft;       /* sees plan texts while the plan is a draft */
	bool approves_policy; /* says yes to what a newer policy gives */
};

struct schema_class {
	const char *id;
	const char *label;
	enum mark mark[ROLE_MAX]; /* by role index */
	bool is_plan;             /* falls under the life cycle of the plan */
	bool is_minutes;          /* nobody writes it any more once its meeting is sealed */
	const char *sensitivity;  /* S0 S1 S2 S3 S4, or SP: the person's own words */
	bool everywhere;          /* also in a series that rests on a law: its meeting and notes */
};

struct schema_enum_value {
	const char *id;
	const char *label;
};

struct schema_enum {
	const char *id;
	const struct schema_enum_value *value;
	uint16_t count;
};

/* A cell as policy sees it: its column and, for a cell of a row, whose row it is. */
struct cell_place {
	uint16_t col;
	bool has_row;
	bool has_audience; /* the row is cut by `audience`; else only shared with it */
	bool is_later;     /* the row is of a time to come: nobody has it yet */
	bool is_sealed;    /* the row is of a meeting whose minutes are sealed */
	seat_set owner;
	seat_set about;
	seat_set audience;
};

struct schema_col {
	const char *id;   /* field key, or "<table>.<column>" */
	const char *name; /* last part: the column's name inside its table */
	const char *label;
	uint16_t cls;        /* index into schema.cls */
	uint16_t table;      /* SCHEMA_NONE for a field */
	uint16_t owner_role; /* role that owns the column, or SCHEMA_NONE */
	uint16_t enum_;      /* SCHEMA_NONE unless type is CELL_ENUM */
	uint16_t area;       /* SCHEMA_NONE, or index into schema.area */
	const char *group;   /* outline action background parts restricted; NULL outside areas */
	enum cell_type type;
	uint32_t units_max; /* of a text or line, in UTF-16 units */
	int32_t int_min;
	int32_t int_max;
	bool suggestable; /* readers may leave a suggestion */
	bool scribable;   /* may be written for its owner by a scribe */
	bool caseload;    /* of a field: stands in the list of cases, for who reads it */
	bool is_main;     /* the main text column of its class in this table: see below */
	unsigned duty;    /* a seat with this duty writes the cell if it can see it (DUTY_*) */
	struct cell_place field; /* of a field: nobody in particular */
};

struct schema_table {
	const char *id;
	const char *label;
	uint16_t main_col;  /* the first of its main columns, or SCHEMA_NONE */
	uint16_t first_col; /* its columns are adjacent */
	uint16_t col_count;
	unsigned duty;       /* a seat with this duty writes the rows it is in (DUTY_*) */
	bool in_segment;     /* rows are born in the open segment: min.* */
	bool closed;         /* rows are made by the server only, not by a ROW message */
	bool office;         /* of the office room: no case writes it */
	uint16_t owner_role; /* new rows belong to the seat of this role; SCHEMA_NONE: the writer */
};

struct schema_area {
	const char *id;
	const char *label;
};

/* A string of consent methods in case files -> one of own dictated oral paper. */
struct schema_method {
	const char *contains;
	const char *method;
};

struct schema {
	const struct schema_role *role;
	const struct schema_class *cls;
	const struct schema_col *col;
	const struct schema_table *table;
	const struct schema_enum *enums;
	const struct schema_area *area;
	const struct schema_method *method;
	uint16_t role_count, cls_count, col_count, table_count;
	uint16_t enum_count, area_count, method_count;
	char hash[65]; /* SHA-256 over the files' bytes, in the order of schema_source, hex */
	struct schema_private *private_;
};

/* The three files as they stand on the disk; nothing keeps pointers into them. */
struct schema_source {
	struct slice visibility_tsv;
	struct slice roles_json;
	struct slice form_json;
};

/*
 * Read and check a schema. `*out` is owned by the caller (schema_destroy). On ERR_SCHEMA `why`
 * (terminated) says "file:line: reason" of the first mistake, in Japanese; schema_check.h has all.
 * Refused: unknown keys, marks and sensitivities, a role or class twice, a matrix that is not
 * total, a column without a class, a class without any column (unless listed as "unused" in
 * form.json), an owner or enum that does not exist, an own-mark on a class that is neither a table
 * nor has a column with an owner.
 */
MUST_CHECK enum err schema_load(const struct schema_source *src, struct schema **out, char *why,
				size_t why_bytes);
void schema_destroy(struct schema *s); /* accepts NULL */

/* Index by id; SCHEMA_NONE when there is none. */
uint16_t schema_role_find(const struct schema *s, struct slice id);
uint16_t schema_class_find(const struct schema *s, struct slice id);
uint16_t schema_col_find(const struct schema *s, struct slice id);
uint16_t schema_table_find(const struct schema *s, struct slice id);
/* Column `name` of table `table`. */
uint16_t schema_table_col(const struct schema *s, uint16_t table, struct slice name);
/*
 * What "append to this class" fills: the main column of that very class in a table. A table may
 * have one for each of its classes (ref.entries, ref.reason). SCHEMA_NONE: nothing to append to.
 */
uint16_t schema_class_main_col(const struct schema *s, uint16_t cls);
/* What a cell holds when nothing was written: "", [] or null. Owned by the caller. */
json_t *schema_empty_value(const struct schema_col *col);
bool schema_enum_has(const struct schema *s, uint16_t enum_, struct slice value);

#endif
