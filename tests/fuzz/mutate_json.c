/* Changes to a JSON tree: see mutate_json.h. */
#include "fuzz/mutate_json.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NODES_MAX = 8192,
	DEPTH_MAX = 24,
	TEXT_BYTES = 4096, /* of a string that is changed byte by byte */
};

/* A place in the tree: the container, and the key or index in it. */
struct node {
	json_t *in;
	const char *key; /* NULL: `index` */
	size_t index;
	json_t *value;
};

struct tree {
	uint64_t state;
	json_t *root;
	struct node node[NODES_MAX];
	size_t count;
};

static uint64_t dice(struct tree *t, uint64_t sides)
{
	uint64_t z = (t->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % sides;
}

#define PICK(t, LIST) ((LIST)[dice(t, sizeof(LIST) / sizeof *(LIST))])

/* ---- what is put in ---- */

static const char *const hostile[] = {
    "",
    " ",
    "@",
    "@0123456789abcdef",
    "null",
    "self",
    "rec",
    "guest",
    "emp",
    "か\xE3\x82\x99",
    "が",
    "𠮷髙﨑",
    "👩‍👩‍👧‍👦",
    "\xE2\x80\xAE!",
    "\xEF\xBB\xBF",
    "\xEF\xBF\xBF",
    "\xF4\x8F\xBF\xBF",
    "a\tb",
    "a\nb",
    "a\rb",
    "\x7F",
    "\xC2\x85",
    "\x1B[31m",
    "%s%n%x",
    "../../etc/passwd",
    "=1+1",
    "<script>",
    "自分の所だけ",
    "{area}",
    "$",
    "a/b",
    "a: b",
    "consent.database",
    "plan.work.action",
    "plan.status",
    "min.decisions",
    "min.person_words",
    "work.conditions",
    "household.protected_info",
};

static const char *const days[] = {
    "1800-01-01",
    "1799-12-31",
    "9999-12-31",
    "9998-12-31",
    "2024-02-29",
    "2023-02-29",
    "2026-11-12",
    "0000-00-00",
    "2026-11-12T14:00",
    "2026-11-12T24:00",
    "9999-12-31T23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-11-12T14:00:60",
    "2026-11-12T14:00Z",
    "1800-01-01T00:00+23:59",
    "00:00",
    "23:59",
    "24:00",
    "00:60",
    "99:59",
    "999:59",
    "0000:00",
    "2026-11-12T14:00:00+",
    "2026-11-12T14:00:",
};

static const json_int_t numbers[] = {
    0,
    1,
    -1,
    2,
    3,
    4,
    5,
    6,
    64,
    65,
    100,
    600,
    601,
    9999,
    10000,
    2147483647,
    -2147483648LL,
    4294967296LL,
    9007199254740991LL,
    9223372036854775807LL,
    -9223372036854775807LL - 1,
};

/* Lengths at and around the limits, in UTF-16 units. */
static const size_t lengths[] = {2, 39, 40, 41, 63, 64, 65, 80, 81, 200, 999, 1000, 1001, 4000};

/* Keys the samples do not have, and some of other objects. */
static const char *const own_keys[] = {
    "from",
    "until",
    "guest",
    "promoted_from",
    "same_person_as",
    "attends",
    "party",
    "expires_at",
    "expires_on",
    "withdrawn_at",
    "withdrawn_in",
    "note",
    "audience",
    "consent_record",
    "protected_info",
    "work_sites",
    "work_site",
    "other_series",
    "denials",
    "forbidden_strings",
    "canaries",
    "when",
    "item_no",
    "decision_no",
    "seq",
    "row",
    "row_party",
    "member",
    "state",
    "series_no",
    "at",
    "about_party",
    "about",
    "text",
    "role",
    "id",
    "fields",
    "level",
    "method",
    "edits",
    "events",
    "type",
    "to_item",
    "consent",
    "resource",
    "to",
    "minutes",
    "resource_check",
    "follow_up",
    "person_confirmation",
    "row",
    "owner",
    "shared",
    "cells",
    "more",
    "rows",
    "table",
    "barred",
    "areas",
    "outline",
    "action",
    "functions",
    "audience_parties",
};

/* A target with other keys has a function of this name. */
__attribute__((weak)) const char *const *mutate_keys(size_t *count)
{
	*count = sizeof own_keys / sizeof *own_keys;
	return own_keys;
}

static const char *some_key(struct tree *t)
{
	size_t count;
	const char *const *keys = mutate_keys(&count);

	return keys[dice(t, count)];
}

static json_t *long_text(struct tree *t)
{
	static const char *const letter[] = {"x", "あ", "𠮷", "か\xE3\x82\x99"};
	static const size_t units[] = {1, 1, 2, 2};
	size_t which = dice(t, 4);
	size_t count = PICK(t, lengths) / units[which];
	size_t len = strlen(letter[which]);
	char *text = malloc(count * len + 1);
	json_t *out;

	for (size_t i = 0; text && i < count; i++) {
		memcpy(text + i * len, letter[which], len);
	}
	out = text ? json_stringn(text, count * len) : NULL;
	free(text);
	return out;
}

static json_t *deep(struct tree *t)
{
	json_t *v = json_integer(1);

	for (size_t i = dice(t, 20); i-- > 0;) {
		json_t *outer = dice(t, 2) ? json_array() : json_object();

		if (json_is_array(outer)) {
			json_array_append_new(outer, v);
		} else {
			json_object_set_new(outer, some_key(t), v);
		}
		v = outer;
	}
	return v;
}

static json_t *changed_bytes(const json_t *v)
{
	char text[TEXT_BYTES];
	size_t len = json_string_length(v);

	if (!json_is_string(v) || len >= sizeof text) {
		return NULL;
	}
	memcpy(text, json_string_value(v), len);
	len = LLVMFuzzerMutate((uint8_t *)text, len, sizeof text);
	return json_stringn(text, len); /* NULL when it is not UTF-8 any more */
}

static const struct node *any(struct tree *t)
{
	return &t->node[dice(t, t->count)];
}

/* A value another place has: most often one that makes sense, such as an id. */
static json_t *borrowed(struct tree *t)
{
	return json_deep_copy(any(t)->value);
}

/* Of the same kind: what is of another is refused at once, and teaches nothing. */
static json_t *alike(struct tree *t, const json_t *was)
{
	const char *text = json_string_value(was);

	if (json_is_integer(was)) {
		return json_integer(
		    dice(t, 2) ? (json_int_t)((uint64_t)json_integer_value(was) + dice(t, 3) - 1)
			       : (json_int_t)dice(t, 9));
	}
	if (json_is_boolean(was)) {
		return json_boolean(json_is_false(was));
	}
	if (!text || dice(t, 4) == 0) {
		return borrowed(t);
	}
	if (text[0] >= '0' && text[0] <= '9') {
		return json_string(PICK(t, days));
	}
	switch (dice(t, 3)) {
	case 0:
		return long_text(t);
	case 1:
		return changed_bytes(was);
	default:
		return json_string(PICK(t, hostile));
	}
}

static json_t *something(struct tree *t, const json_t *was)
{
	if (was && dice(t, 4)) {
		return alike(t, was);
	}
	switch (dice(t, 8)) {
	case 0:
	case 1:
		return json_string(PICK(t, hostile));
	case 2:
		return json_string(PICK(t, days));
	case 3:
		return json_integer(PICK(t, numbers));
	case 4:
		return dice(t, 2) ? json_real(1e300) : long_text(t);
	case 5:
		return dice(t, 4) ? json_boolean(dice(t, 2)) : json_null();
	case 6:
		return dice(t, 4) ? (dice(t, 2) ? json_array() : json_object()) : deep(t);
	default:
		return borrowed(t);
	}
}

/* ---- the tree ---- */

static void gather(struct tree *t, json_t *v, size_t depth)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (depth > DEPTH_MAX) {
		return;
	}
	json_object_foreach(v, key, inner)
	{
		if (t->count < NODES_MAX) {
			t->node[t->count++] = (struct node){v, key, 0, inner};
			gather(t, inner, depth + 1);
		}
	}
	json_array_foreach(v, i, inner)
	{
		if (t->count < NODES_MAX) {
			t->node[t->count++] = (struct node){v, NULL, i, inner};
			gather(t, inner, depth + 1);
		}
	}
}

/* Takes `value`; NULL changes nothing. */
static void put(const struct node *n, json_t *value)
{
	if (!value) {
		return;
	}
	if (n->key) {
		json_object_set_new(n->in, n->key, value);
	} else {
		json_array_set_new(n->in, n->index, value);
	}
}

static void cut(const struct node *n)
{
	if (n->key) {
		json_object_del(n->in, n->key);
	} else {
		json_array_remove(n->in, n->index);
	}
}

static void fresh_id(struct tree *t, json_t *o)
{
	static const char *const id[] = {"id", "no", "seq", "item_no"};

	for (size_t i = 0; i < sizeof id / sizeof *id && dice(t, 16); i++) {
		const json_t *old = json_object_get(o, id[i]);

		if (json_is_string(old)) {
			json_object_set_new(o, id[i], json_sprintf("y%d", (int)dice(t, 1000)));
			return;
		}
		if (json_is_integer(old) && (i < 3 || json_object_get(o, "title"))) {
			json_object_set_new(o, id[i], json_integer((json_int_t)dice(t, 1000)));
			return;
		}
	}
}

/* An entry once more, perhaps under another id, perhaps many times. */
static void again(struct tree *t, const struct node *n)
{
	size_t times = dice(t, 16) ? 1 : dice(t, 70);

	if (n->key) {
		json_object_set_new(n->in, some_key(t), json_deep_copy(n->value));
		return;
	}
	for (size_t i = 0; i < times; i++) {
		json_t *copy = json_deep_copy(n->value);
		fresh_id(t, copy);
		json_array_append_new(n->in, copy);
	}
}

/* The same document as a further series inside itself. */
static void nest(struct tree *t)
{
	json_t *inner = json_deep_copy(t->root);
	json_t *conference = json_object_get(inner, "conference");

	if (json_is_object(conference) && dice(t, 4)) {
		json_object_set_new(conference, "series_no",
				    json_sprintf("S%d", (int)dice(t, 100)));
		if (dice(t, 2)) {
			json_object_set_new(conference, "legal_basis", json_string("other_law"));
		}
	}
	json_object_set_new(t->root, "other_series", json_pack("[o]", inner));
}

static void change(struct tree *t)
{
	const struct node *n = any(t);
	const struct node *other = any(t);
	json_t *kept;

	switch (dice(t, 14)) {
	case 0:
		cut(n);
		break;
	case 1:
		again(t, n);
		break;
	case 2:                               /* two change places */
		kept = json_incref(n->value); /* the other may be inside it */
		put(n, json_deep_copy(other->value));
		put(other, json_deep_copy(kept));
		json_decref(kept);
		break;
	case 3: /* one of the same name from elsewhere */
		for (size_t i = 0; i < t->count && n->key; i++) {
			const struct node *o = &t->node[(i + dice(t, t->count)) % t->count];

			if (o->key && o != n && strcmp(o->key, n->key) == 0) {
				put(n, json_deep_copy(o->value));
				return;
			}
		}
		break;
	case 4:
		if (json_is_object(n->value)) {
			json_object_set_new(n->value, some_key(t), something(t, NULL));
		} else if (json_is_array(n->value)) {
			json_array_append_new(n->value, something(t, NULL));
		}
		break;
	case 5:
		if (dice(t, 8) == 0) {
			nest(t);
		}
		break;
	default:
		put(n, something(t, n->value));
		break;
	}
}

/* ---- libFuzzer's hooks ---- */

/* After each change the places are gathered anew: the last may have moved or gone. */
static bool mutated(struct tree *t, uint8_t *data, size_t max_size, size_t *size)
{
	char *text;
	bool fits;

	for (size_t i = dice(t, 3) + 1; i > 0; i--) {
		t->count = 0;
		gather(t, t->root, 0);
		if (t->count > 0) {
			change(t);
		}
	}
	text = json_dumps(t->root, JSON_COMPACT | JSON_ENCODE_ANY);
	fits = text && strlen(text) + 1 <= max_size;
	if (fits) {
		*size = strlen(text) + 1;
		memcpy(data + 1, text, *size - 1);
		data[0] = (uint8_t)('0' + (dice(t, 4) ? (data[0] & 15) : dice(t, 8)));
	}
	free(text);
	return fits;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static struct tree t;

	t.state = seed;
	t.root = size > 1 ? json_loadb((char *)data + 1, size - 1, 0, NULL) : NULL;
	if (!t.root || dice(&t, 16) == 0 || !mutated(&t, data, max_size, &size)) {
		size = LLVMFuzzerMutate(data, size, max_size);
	}
	json_decref(t.root);
	return size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t out_max, unsigned seed)
{
	static struct tree t, from;
	size_t size = 0;
	json_t *root = a_size > 1 ? json_loadb((const char *)a + 1, a_size - 1, 0, NULL) : NULL;

	from.count = t.count = 0;
	from.state = t.state = seed;
	t.root = root;
	from.root = b_size > 1 ? json_loadb((const char *)b + 1, b_size - 1, 0, NULL) : NULL;
	gather(&t, t.root, 0);
	gather(&from, from.root, 0);
	for (size_t i = 0; i < 40 && t.count > 0 && from.count > 0 && out_max > 0; i++) {
		const struct node *n = any(&t);
		const struct node *o = any(&from);

		if (n->key && o->key && strcmp(n->key, o->key) == 0) {
			put(n, json_deep_copy(o->value));
			out[0] = a[0];
			if (!mutated(&t, out, out_max, &size)) {
				size = 0;
			}
			break;
		}
	}
	json_decref(from.root);
	json_decref(root);
	return size;
}
