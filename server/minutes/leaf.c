#include "minutes/leaf.h"

#include <assert.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/utf8.h"
#include "minutes/b64.h"

bool min_text_is_plain(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 && c != '\n' && c != '\t') {
			return false;
		}
	}
	return utf8_is_valid(s);
}

static bool is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && s[n] == '\0';
}

/* `depth` lists or objects may still stand in one another here. */
static bool is_plain(const json_t *v, int depth)
{
	static const json_int_t max = ((json_int_t)1 << 53) - 1;
	const char *key;
	const json_t *item;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_STRING:
		return min_text_is_plain(
		    (struct slice){json_string_value(v), json_string_length(v)});
	case JSON_INTEGER:
		return json_integer_value(v) <= max && json_integer_value(v) >= -max;
	case JSON_TRUE:
	case JSON_FALSE:
		return true;
	case JSON_ARRAY:
		for (i = 0; depth > 0 && i < json_array_size(v); i++) {
			if (!is_plain(json_array_get(v, i), depth - 1)) {
				return false;
			}
		}
		return depth > 0;
	case JSON_OBJECT:
		json_object_foreach((json_t *)v, key, item)
		{
			if (depth == 0 || !is_word(key) || !is_plain(item, depth - 1)) {
				return false;
			}
		}
		return depth > 0;
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return false;
}

bool min_value_is_plain(const json_t *value)
{
	return value && is_plain(value, MIN_VALUE_DEPTH);
}

/* Written again it is the same bytes: so there is no other spelling of it. */
static bool is_spelled(const json_t *all, struct slice bytes)
{
	char *again = json_dumps(all, JSON_COMPACT);
	bool same = again && slice_is(bytes, again);

	free(again);
	return same;
}

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static bool has_form(const json_t *all)
{
	const json_t *name = json_array_get(all, 1);
	const json_t *value = json_array_get(all, 2);
	uint8_t salt[MIN_SALT_BYTES];

	return json_is_array(all) && json_array_size(all) == 3 &&
	       json_is_string(json_array_get(all, 0)) && json_is_string(name) &&
	       min_b64u_exact(text_of(json_array_get(all, 0)), salt, sizeof salt) &&
	       min_text_is_plain(text_of(name)) &&
	       (json_is_null(value) || min_value_is_plain(value));
}

bool min_leaf_decode(struct slice d, struct min_leaf *out)
{
	struct buf bytes = {0};
	json_t *all = NULL;
	bool ok = false;

	if (min_b64u_decode(d, &bytes) && bytes.len > 0) {
		all = json_loadb(bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
	}
	if (all && has_form(all) && is_spelled(all, buf_slice(&bytes))) {
		*out = (struct min_leaf){all, text_of(json_array_get(all, 0)),
					 text_of(json_array_get(all, 1)), json_array_get(all, 2)};
		ok = true;
	} else {
		json_decref(all);
	}
	buf_fini(&bytes);
	return ok;
}

void min_leaf_fini(struct min_leaf *l)
{
	json_decref(l->all);
	*l = (struct min_leaf){0};
}

void min_leaf_encode_salted(struct buf *out, struct slice salt, struct slice name,
			    const json_t *value)
{
	struct buf text = {0};
	char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	assert(json && salt.len == MIN_SALT_CHARS);
	assert(json_is_null(value) || min_value_is_plain(value));
	jsonw_raw(&text, "[");
	jsonw_string(&text, salt);
	jsonw_raw(&text, ",");
	jsonw_string(&text, name);
	jsonw_raw(&text, ",");
	buf_add_str(&text, json);
	jsonw_raw(&text, "]");
	min_b64u_add(out, text.ptr, text.len);
	free(json);
	buf_fini(&text);
}

void min_leaf_encode(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
		     const json_t *value)
{
	struct buf chars = {0};

	min_b64u_add(&chars, salt, MIN_SALT_BYTES);
	min_leaf_encode_salted(out, buf_slice(&chars), name, value);
	buf_fini(&chars);
}
