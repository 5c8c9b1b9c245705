#ifndef ROKUSHA_MINUTES_LEAF_H
#define ROKUSHA_MINUTES_LEAF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "minutes/value.h"

/*
 * A leaf as it is hashed: D = b64u of the JSON [salt,name,value], in one spelling only, so that no
 * two readers read it differently (schema/minutes.md §1).
 */
enum { MIN_SALT_BYTES = 32, MIN_SALT_CHARS = 43 };

/* As it lies in the bytes that D is of. */
struct min_shown {
	struct slice salt; /* its characters */
	struct slice name;
	struct slice value; /* JSON (minutes/value.h), or null */
};
/*
 * False: no leaf of ours. `bytes` is what `out` borrows of; what was in it is gone. A caller bounds
 * the length of `d`.
 */
bool min_leaf_show(struct slice d, struct buf *bytes, struct min_shown *out);

/* The same with the value as a tree. */
struct min_leaf {
	struct buf bytes; /* owns salt and name */
	struct slice salt;
	struct slice name;
	json_t *value;
};

/* False: no leaf of ours; nothing to free then. */
bool min_leaf_decode(struct slice d, struct min_leaf *out);
void min_leaf_fini(struct min_leaf *l);

/* May be the value of a leaf; null is left to the caller: it stands in a say that says nothing. */
bool min_value_is_plain(const json_t *value);
/* A string as it may stand in a leaf: UTF-8, of controls LF and TAB only. */
bool min_text_is_plain(struct slice s);

/* A plain value as it stands in a leaf. False: it is none; some of it may have been appended. */
bool min_value_add(struct buf *out, const json_t *value);

/* Append D. `name` and `value` are plain, `value` may be null. */
void min_leaf_encode(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
		     const json_t *value);
/* The same where the value is there as its JSON. */
void min_leaf_encode_json(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
			  struct slice json);
/* The same where the salt is there as its characters, as in a view. */
void min_leaf_encode_salted(struct buf *out, struct slice salt, struct slice name,
			    struct slice value);

#endif
