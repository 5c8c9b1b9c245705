#ifndef ROKUSHA_TESTS_SUPPORT_POLICY_H
#define ROKUSHA_TESTS_SUPPORT_POLICY_H

/* The shipped policy files with words of them changed, as an editor would change them. */
#include "support/files.h"

enum { MATRIX, ROLES, FORM, FILES, EVERYWHERE = 16 };

static const char *const policy_path[FILES] = {"schema/visibility.tsv", "schema/roles.json",
					       "schema/form.json"};

/* `old` there for `new`. */
struct edit {
	unsigned file; /* or'ed with EVERYWHERE: not only the first one */
	const char *old, *new;
};

struct policy {
	struct buf file[FILES];
	struct schema_source src;
};

static inline struct buf policy_replaced(struct slice text, const struct edit *e)
{
	struct buf out = {0};
	size_t len = strlen(e->old);
	const char *at = memmem(text.ptr, text.len, e->old, len);

	cr_assert(at, "%s does not hold %s", policy_path[e->file % EVERYWHERE], e->old);
	for (bool more = true; at && more; more = e->file >= EVERYWHERE) {
		buf_add(&out, (struct slice){text.ptr, (size_t)(at - text.ptr)});
		buf_add_str(&out, e->new);
		text.len -= (size_t)(at - text.ptr) + len;
		text.ptr = at + len;
		at = memmem(text.ptr, text.len, e->old, len);
	}
	buf_add(&out, text);
	return out;
}

/* At most `count` edits, fewer where an `old` is NULL. */
static inline struct policy policy_edited(const struct edit *edit, size_t count)
{
	struct policy p;

	for (unsigned i = 0; i < FILES; i++) {
		p.file[i] = rig_file(policy_path[i]);
	}
	for (size_t i = 0; i < count && edit[i].old; i++) {
		struct buf *at = &p.file[edit[i].file % EVERYWHERE];
		struct buf next = policy_replaced(buf_slice(at), &edit[i]);

		buf_fini(at);
		*at = next;
	}
	p.src = (struct schema_source){buf_slice(&p.file[MATRIX]), buf_slice(&p.file[ROLES]),
				       buf_slice(&p.file[FORM])};
	return p;
}

static inline void policy_fini(struct policy *p)
{
	for (unsigned i = 0; i < FILES; i++) {
		buf_fini(&p->file[i]);
	}
}

#endif
