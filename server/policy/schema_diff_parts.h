#ifndef ROKUSHA_POLICY_SCHEMA_DIFF_PARTS_H
#define ROKUSHA_POLICY_SCHEMA_DIFF_PARTS_H

#include "policy/schema_diff.h"

/* Private to policy/schema_diff*.c: a comparison on its way. */

struct diff_node {
	struct schema_change change;
	struct diff_node *next;
};

struct differ {
	const struct schema *before, *after;
	struct arena *mem;
	struct diff_node *first[SCHEMA_CHANGE_KINDS];
	struct diff_node **last[SCHEMA_CHANGE_KINDS];
	size_t count[SCHEMA_CHANGE_KINDS];
};

void diff_say(struct differ *d, enum schema_change_kind kind, const char *role, const char *name,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A label that changed. `what` says of what kind of thing. */
void diff_label(struct differ *d, const char *name, const char *what, const char *before,
		const char *after);

/* Roles and marks; columns that move. */
void diff_rights(struct differ *d);
/* Columns, tables, enums and areas themselves. */
void diff_form(struct differ *d);

#endif
