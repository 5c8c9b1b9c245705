#ifndef ROKUSHA_POLICY_SCHEMA_CHECK_H
#define ROKUSHA_POLICY_SCHEMA_CHECK_H

#include "policy/schema.h"

/*
 * Everything that is wrong with a set of policy files, for the people who write them: Japanese, one
 * line each, saying how to mend it. A doubt is no error: the set works, but may not be meant so.
 */
enum { SCHEMA_PROBLEMS_MAX = 100, SCHEMA_REASON_BYTES = 400 };

struct schema_problem {
	const char *file; /* static: "form.json" */
	size_t line;      /* from 1 */
	bool doubt;
	char reason[SCHEMA_REASON_BYTES];
};

struct schema_problems {
	size_t count;
	size_t left_out; /* found, but over the bound */
	struct schema_problem item[SCHEMA_PROBLEMS_MAX];
};

/*
 * As schema_load, but goes on after an error: each mistake once, as far as one does not hide
 * another. The first one found stands first. `found` is emptied before. ERR_SCHEMA: `*out` is NULL
 * and there is at least one problem.
 */
MUST_CHECK enum err schema_load_all(const struct schema_source *src, struct schema **out,
				    struct schema_problems *found);

/*
 * What a practitioner would ask about a set that loads: `s` from `src`, `known` a set that was
 * thought through (the built-in one; NULL: none). Adds to `found`.
 */
void schema_doubts(const struct schema_source *src, const struct schema *s,
		   const struct schema *known, struct schema_problems *found);

/* Add one, for checks elsewhere; the same line and reason twice is one. */
void schema_problem_add(struct schema_problems *found, const char *file, size_t line, bool doubt,
			const char *format, ...) __attribute__((format(printf, 5, 6)));
/*
 * A part of the form that something acts on by name. `id`: a field, "table/" or "table/column";
 * `types`: bits 1 << CELL_*, 0 for any; `why` says who misses it, a Japanese sentence without its
 * full stop. Missing, or of another type, it is added to `found`.
 */
struct schema_need {
	const char *id;
	unsigned types;
	const char *why;
};
void schema_need(const struct schema_source *src, const struct schema *s,
		 const struct schema_need *need, bool doubt, struct schema_problems *found);
/* The same for a role and for a value of the enum of a field. */
void schema_need_role(const struct schema *s, const char *role, const char *why, bool doubt,
		      struct schema_problems *found);
void schema_need_value(const struct schema_source *src, const struct schema *s, const char *field,
		       const char *value, const char *why, struct schema_problems *found);

/* As a reader works through files: roles, matrix, form, each from its first line. */
void schema_problems_sort(struct schema_problems *found);

#endif
