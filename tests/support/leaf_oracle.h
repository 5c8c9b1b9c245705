#ifndef ROKUSHA_TESTS_SUPPORT_LEAF_ORACLE_H
#define ROKUSHA_TESTS_SUPPORT_LEAF_ORACLE_H

/*
 * A leaf read the long way, as schema/minutes.md §1 puts it: by the library, then written again and
 * compared. What minutes/value.c says of the same bytes must be the same. Without Criterion: the
 * fuzzer has it too.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "minutes/b64.h"
#include "minutes/leaf.h"

static inline struct slice oracle_text(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static inline bool oracle_is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && s[n] == '\0';
}

static inline bool oracle_is_plain_text(const json_t *v)
{
	struct slice s = oracle_text(v);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 && c != '\n' && c != '\t') {
			return false;
		}
	}
	return json_is_string(v) && utf8_is_valid(s);
}

static inline bool oracle_is_plain(const json_t *v, int depth)
{
	static const json_int_t max = ((json_int_t)1 << 53) - 1;
	const char *key;
	const json_t *item;
	size_t i;
	bool ok = depth > 0;

	switch (json_typeof(v)) {
	case JSON_STRING:
		return oracle_is_plain_text(v);
	case JSON_INTEGER:
		return json_integer_value(v) <= max && json_integer_value(v) >= -max;
	case JSON_TRUE:
	case JSON_FALSE:
		return true;
	case JSON_ARRAY:
		json_array_foreach(v, i, item)
		{
			ok = ok && oracle_is_plain(item, depth - 1);
		}
		return ok;
	case JSON_OBJECT:
		json_object_foreach((json_t *)v, key, item)
		{
			ok = ok && oracle_is_word(key) && oracle_is_plain(item, depth - 1);
		}
		return ok;
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return false;
}

/* The leaf that these bytes are, or NULL: none of ours. A new reference. */
static inline json_t *oracle_leaf(struct slice bytes)
{
	json_t *all =
	    bytes.len ? json_loadb(bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *salt = json_array_get(all, 0);
	const json_t *value = json_array_get(all, 2);
	char *again = all ? json_dumps(all, JSON_COMPACT) : NULL;
	uint8_t salted[MIN_SALT_BYTES];
	bool ok = again && slice_is(bytes, again) && json_is_array(all) &&
		  json_array_size(all) == 3 && json_is_string(salt) &&
		  min_b64u_exact(oracle_text(salt), salted, sizeof salted) &&
		  oracle_is_plain_text(json_array_get(all, 1)) &&
		  (json_is_null(value) || oracle_is_plain(value, 3));

	free(again);
	if (!ok) {
		json_decref(all);
		return NULL;
	}
	return all;
}

/* Whether `v`, asked in every way there is, says what the tree says. */
static inline bool oracle_agrees(struct slice v, const json_t *want, struct arena *mem)
{
	struct slice text;
	struct slice item = {NULL, 0};
	struct min_items items;
	int64_t n = 0;
	bool is_text = min_value_text(v, mem, &text);
	bool is_number = min_value_number(v, &n);
	bool is_list = min_items_of(v, &items);
	const char *none[] = {"zz"};
	bool is_object = min_value_members(v, none, 1, &item) || (v.len && v.ptr[0] == '{');
	size_t count = 0;

	if (is_text != json_is_string(want) || is_number != json_is_integer(want) ||
	    is_list != json_is_array(want) || is_object != json_is_object(want) ||
	    slice_is(v, "true") != json_is_true(want) ||
	    slice_is(v, "false") != json_is_false(want) ||
	    slice_is(v, "null") != json_is_null(want)) {
		return false;
	}
	if (is_text) {
		return slice_eq(text, oracle_text(want));
	}
	if (is_number) {
		return n == json_integer_value(want);
	}
	while (is_list && min_items_next(&items, &item)) {
		if (count == json_array_size(want) ||
		    !oracle_agrees(item, json_array_get(want, count), mem)) {
			return false;
		}
		count++;
	}
	return !is_list || count == json_array_size(want);
}

/* The same of each member, alone and with all the others. */
static inline bool oracle_members_agree(struct slice v, const json_t *want, struct arena *mem)
{
	size_t count = json_object_size(want);
	const char **names = calloc(count + 1, sizeof *names);
	struct slice *all = calloc(count + 1, sizeof *all);
	const char *key;
	const json_t *item;
	size_t i = 0;
	bool ok;

	json_object_foreach((json_t *)want, key, item)
	{
		names[i++] = key;
	}
	names[count] = "absent";
	ok = min_value_members(v, names, count + 1, all) && !all[count].ptr;
	for (i = 0; ok && i < count; i++) {
		struct slice one;

		item = json_object_get(want, names[i]);
		ok = min_value_members(v, &names[i], 1, &one) == (count == 1) &&
		     slice_eq(one, all[i]) && oracle_agrees(one, item, mem) &&
		     (!json_is_object(item) || oracle_members_agree(one, item, mem));
	}
	free(names);
	free(all);
	return ok;
}

/* Whether the scanner and the library are of one mind about these bytes. */
static inline bool oracle_leaf_agrees(struct slice bytes, bool *is_leaf)
{
	json_t *want = oracle_leaf(bytes);
	const json_t *value = json_array_get(want, 2);
	struct buf d = {0};
	struct buf shown = {0};
	struct buf again = {0};
	struct min_shown l;
	struct min_leaf tree;
	struct arena mem;
	bool ok;

	arena_init(&mem);
	min_b64u_add(&d, bytes.ptr, bytes.len);
	*is_leaf = min_leaf_show(buf_slice(&d), &shown, &l);
	ok = *is_leaf == (want != NULL);
	if (ok && want) {
		ok = slice_eq(l.salt, oracle_text(json_array_get(want, 0))) &&
		     slice_eq(l.name, oracle_text(json_array_get(want, 1))) &&
		     oracle_agrees(l.value, value, &mem) &&
		     (!json_is_object(value) || oracle_members_agree(l.value, value, &mem)) &&
		     min_leaf_decode(buf_slice(&d), &tree);
		if (ok) {
			ok = json_equal(tree.value, value) && slice_eq(tree.name, l.name) &&
			     slice_eq(tree.salt, l.salt);
			buf_clear(&d);
			ok = ok && min_value_add(&d, value) != json_is_null(value) &&
			     (json_is_null(value) || slice_eq(buf_slice(&d), l.value));
			buf_clear(&again);
			min_leaf_encode_salted(&again, l.salt, l.name, l.value);
			buf_clear(&d);
			min_b64u_add(&d, bytes.ptr, bytes.len);
			ok = ok && slice_eq(buf_slice(&d), buf_slice(&again));
			min_leaf_fini(&tree);
		}
	}
	json_decref(want);
	buf_fini(&d);
	buf_fini(&shown);
	buf_fini(&again);
	arena_fini(&mem);
	return ok;
}

#endif
