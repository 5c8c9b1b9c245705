/*
 * A client's message under libFuzzer. An input is one byte, which only mutate_json.c looks at, and
 * the text of a message. Whether it may be taken is decided a second time here, from the parsed
 * JSON and schema/protocol.def; every member of what was taken is compared with the JSON.
 */
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_json.h"
#include "text/change.h"
#include "wire/wire.h"

enum kind { HEX64, INT, KEY, NAME, TEXT, CHANGES, VALUE, CELLS, HAVE, METHOD, POINT };
enum { NEED_MUST, NEED_MAY };

struct member {
	const char *name;
	enum kind kind;
	bool may;
	size_t at;
};

#define MEMBER(member_, kind_, need_)                                                              \
	{strcmp(#member_, "for_seat") == 0 ? "for" : #member_, kind_, NEED_##need_ == NEED_MAY,    \
	 offsetof(struct msg, member_)},

/* The members of a kind into `m`; returns how many. */
static size_t members_of(int kind, const char **name, struct member m[16])
{
	size_t count = 0;

	switch (kind) {
#define IN(NAME, name_, FIELDS)                                                                    \
	case MSG_##NAME: {                                                                         \
		const struct member row[] = {FIELDS(MEMBER){NULL, INT, true, 0}};                  \
		*name = #name_;                                                                    \
		for (; row[count].name; count++) {                                                 \
			m[count] = row[count];                                                     \
		}                                                                                  \
		break;                                                                             \
	}
		PROTOCOL_IN(IN)
#undef IN
	default:
		*name = NULL;
	}
	return count;
}

const char *const *mutate_keys(size_t *count)
{
	static const char *const keys[] = {
	    "t",     "ref",   "cell", "base", "changes", "value", "for",    "method",  "table",
	    "cells", "to",    "row",  "end",  "what",    "place", "seat",   "on",      "words",
	    "until", "about", "hash", "at",   "have",    "board", "client", "for_seat"};

	*count = sizeof keys / sizeof *keys;
	return keys;
}

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static unsigned depth_of(const json_t *v)
{
	unsigned deepest = 0;
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, inner)
	{
		unsigned d = depth_of(inner);

		deepest = d > deepest ? d : deepest;
	}
	json_array_foreach(v, i, inner)
	{
		unsigned d = depth_of(inner);

		deepest = d > deepest ? d : deepest;
	}
	return json_is_object(v) || json_is_array(v) ? deepest + 1 : 0;
}

/* ---- one member ---- */

static bool is_key(const json_t *v)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_./-";
	size_t len = json_string_length(v);

	return json_is_string(v) && len > 0 && len <= LIMIT_KEY_BYTES &&
	       strspn(json_string_value(v), letters) == len;
}

static bool is_int(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 &&
	       json_integer_value(v) <= 9007199254740991;
}

static bool is_hex(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) == HEX64_LEN &&
	       strspn(json_string_value(v), "0123456789abcdef") == HEX64_LEN;
}

static bool is_have(const json_t *v)
{
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++) {
		const json_t *pair = json_array_get(v, i);

		if (!json_is_array(pair) || json_array_size(pair) != 2 ||
		    !is_key(json_array_get(pair, 0)) || !is_int(json_array_get(pair, 1))) {
			return false;
		}
	}
	return json_is_array(v) && json_array_size(v) <= LIMIT_HAVE;
}

static bool is_point(const json_t *v)
{
	return json_is_array(v) && json_array_size(v) == 3 && is_int(json_array_get(v, 0)) &&
	       is_int(json_array_get(v, 1)) && is_int(json_array_get(v, 2));
}

static bool is_method(const json_t *v)
{
	static const char *const name[] = {"own", "dictated", "oral", "paper"};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		if (json_is_string(v) && slice_is(text_of(v), name[i])) {
			return true;
		}
	}
	return false;
}

static bool member_fits(const struct member *m, const json_t *v)
{
	switch (m->kind) {
	case HEX64:
		return is_hex(v);
	case INT:
		return is_int(v);
	case KEY:
	case NAME:
		return is_key(v);
	case TEXT:
		return json_is_string(v) && utf8_is_text(text_of(v), false) &&
		       utf8_units(text_of(v)) <= LIMIT_LINE_UNITS;
	case CHANGES:
		return json_is_array(v) && json_array_size(v) > 0 &&
		       json_array_size(v) <= LIMIT_PUSH_CHANGES;
	case VALUE:
		return !json_is_object(v) && !json_is_real(v);
	case CELLS:
		return json_is_object(v) && json_object_size(v) <= LIMIT_LIST_ITEMS;
	case HAVE:
		return is_have(v);
	case METHOD:
		return is_method(v);
	case POINT:
		return is_point(v);
	}
	return false;
}

/* What was read without a tree is what the tree says. */
static void check_plain(const struct msg *got, const json_t *v)
{
	MUST(json_array_size(v) == got->plain_count, "another number of changes");
	for (uint32_t i = 0; i < got->plain_count; i++) {
		json_t *have = change_to_json(&got->plain[i]);
		json_t *wanted = canonical_change(json_array_get(v, i));
		struct arena mem;
		struct change c;

		arena_init(&mem);
		MUST(change_from_json(&mem, json_array_get(v, i), &c) == ERR_OK,
		     "no change was taken");
		MUST(json_equal(have, wanted), "another change: %s", json_dumps(have, 0));
		arena_fini(&mem);
		json_decref(wanted);
		json_decref(have);
	}
}

/* What the message holds of it is what the JSON says; `v` is NULL where it was left out. */
static void check_member(const struct msg *got, const struct member *m, const json_t *v)
{
	const char *at = (const char *)got + m->at;
	uint64_t n = 0;
	struct slice s = {0};
	const json_t *tree = NULL;

	switch (m->kind) {
	case HEX64:
	case INT:
		memcpy(&n, at, sizeof n);
		if (!v) {
			MUST(n == 0, "%s out of nothing", m->name);
		} else if (m->kind == INT) {
			MUST(n == (uint64_t)json_integer_value(v), "%s", m->name);
		} else {
			char hex[HEX64_LEN + 1];

			id_to_hex(n, hex);
			MUST(slice_is(text_of(v), hex), "%s", m->name);
		}
		break;
	case KEY:
	case NAME:
	case TEXT:
		memcpy(&s, at, sizeof s);
		MUST(slice_eq(s, text_of(v)), "%s", m->name);
		break;
	case METHOD:
		MUST(v ? slice_is(text_of(v), method_name(got->method)) : got->method == METHOD_OWN,
		     "method");
		break;
	case POINT:
		MUST(got->has_at == (v != NULL), "at");
		for (size_t i = 0; i < 3 && v; i++) {
			MUST(got->at[i] == (uint64_t)json_integer_value(json_array_get(v, i)),
			     "at");
		}
		break;
	default:
		if (got->plain && strcmp(m->name, "changes") == 0) {
			check_plain(got, v);
			break;
		}
		memcpy(&tree, at, sizeof tree);
		MUST(v ? json_equal(tree, v) : !tree, "%s", m->name);
		break;
	}
}

/* ---- the whole ---- */

/* The kind of a message that has to be taken; -1 when it must not be. */
static int judge(const json_t *tree, struct member m[16], size_t *count)
{
	const json_t *t = json_object_get(tree, "t");
	const char *name = "";
	size_t known = 1;
	int kind = 0;

	for (; (*count = members_of(kind, &name, m)), name; kind++) {
		if (json_is_string(t) && slice_is(text_of(t), name)) {
			break;
		}
	}
	if (!name) {
		return -1;
	}
	for (size_t i = 0; i < *count; i++) {
		const json_t *v = json_object_get(tree, m[i].name);

		known += v != NULL;
		if (m[i].may && (!v || json_is_null(v))) {
			continue;
		}
		if (!v || !member_fits(&m[i], v)) {
			return -1;
		}
	}
	return known == json_object_size(tree) ? kind : -1;
}

static void check_taken(const struct msg *got, const json_t *tree, int kind, const struct member *m,
			size_t count)
{
	MUST((int)got->kind == kind, "another kind");
	MUST(got->tree ? json_equal(got->tree, tree) : kind == MSG_EDIT && got->plain,
	     "another tree");
	for (size_t i = 0; i < count; i++) {
		const json_t *v = json_object_get(tree, m[i].name);

		check_member(got, &m[i], json_is_null(v) && m[i].may ? NULL : v);
		if (strcmp(m[i].name, "for") == 0) {
			MUST(got->has_for_seat == (v && !json_is_null(v)), "for");
		}
		if (strcmp(m[i].name, "seat") == 0) {
			MUST(got->has_seat == (v && !json_is_null(v)), "seat");
		}
		if (strcmp(m[i].name, "to") == 0) {
			MUST(got->has_to == (v && !json_is_null(v)), "to");
		}
	}
}

/* Written anew it is the same message, but for the digest of its bytes. */
static void check_again(const struct msg *got, const json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT);
	struct msg again;

	if (strlen(text) <= LIMIT_FRAME_BYTES) {
		MUST(wire_decode(slice_of(text), &again) == ERR_OK, "not taken again: %s", text);
		MUST(again.kind == got->kind && again.ref == got->ref, "another: %s", text);
		wire_release(&again);
	}
	free(text);
}

/* What is behind it in the same message: each change is read, or refused. */
static void read_changes(const struct msg *got)
{
	struct arena mem;

	arena_init(&mem);
	for (size_t i = 0; i < json_array_size(got->changes); i++) {
		const json_t *json = json_array_get(got->changes, i);
		struct change c;

		if (change_from_json(&mem, json, &c) == ERR_OK) {
			json_t *again = change_to_json(&c);
			json_t *wanted = canonical_change(json);

			MUST(json_equal(again, wanted), "%s", json_dumps(json, 0));
			json_decref(wanted);
			json_decref(again);
		}
	}
	arena_fini(&mem);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	MUST(sodium_init() >= 0, "no random numbers");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text;
	struct member m[16];
	struct msg got, was;
	char *exact;
	json_t *tree;
	size_t count = 0;
	bool is_long;
	int kind;
	enum err e;

	if (size == 0) {
		return 0;
	}
	exact = malloc(size); /* so that ASan sees a byte too far */
	memcpy(exact, data + 1, size - 1);
	text = (struct slice){exact, size - 1};
	tree = memchr(exact, '\0', text.len)
		   ? NULL
		   : json_loadb(exact, text.len, JSON_REJECT_DUPLICATES, NULL);
	kind = json_is_object(tree) ? judge(tree, m, &count) : -1;
	is_long = text.len > LIMIT_FRAME_BYTES;
	memset(&got, 0xa5, sizeof got);
	was = got;
	e = wire_decode(text, &got);
	if (tree) {
		MUST((wire_depth(text, LIMIT_JSON_DEPTH) > LIMIT_JSON_DEPTH) ==
			 (depth_of(tree) > LIMIT_JSON_DEPTH),
		     "the depth is %u", depth_of(tree));
		MUST((e == ERR_LIMIT) == (is_long || depth_of(tree) > LIMIT_JSON_DEPTH), "%s",
		     err_text(e));
	}
	if (e == ERR_OK) {
		MUST(kind >= 0, "a bad message was taken");
		check_taken(&got, tree, kind, m, count);
		check_again(&got, tree);
		read_changes(&got);
		wire_release(&got);
	} else {
		MUST(e == ERR_PROTO || e == ERR_LIMIT, "%s", err_text(e));
		MUST(e == ERR_LIMIT || kind < 0, "a good message was refused");
		MUST(memcmp(&got, &was, sizeof got) == 0, "touched");
	}
	json_decref(tree);
	free(exact);
	return 0;
}
