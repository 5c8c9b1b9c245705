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

static bool take(struct slice *rest, const char *literal)
{
	size_t n = strlen(literal);

	if (!slice_begins(*rest, literal)) {
		return false;
	}
	rest->ptr += n;
	rest->len -= n;
	return true;
}

/* Without its quotation marks. */
static struct slice inside(struct slice string)
{
	return (struct slice){string.ptr + 1, string.len - 2};
}

bool min_leaf_show(struct slice d, struct buf *bytes, struct min_shown *out)
{
	static const char null[] = "null";
	struct slice rest;
	struct slice salt;
	struct slice name;
	struct slice value;
	uint8_t salted[MIN_SALT_BYTES];

	buf_clear(bytes);
	if (!min_b64u_decode(d, bytes)) {
		return false;
	}
	rest = buf_slice(bytes);
	if (!take(&rest, "[") || !min_string_take(&rest, &salt) || !take(&rest, ",") ||
	    !min_string_take(&rest, &name) || !take(&rest, ",")) {
		return false;
	}
	value = (struct slice){rest.ptr, sizeof null - 1};
	if ((!take(&rest, null) && !min_value_take(&rest, &value)) || !slice_is(rest, "]") ||
	    !min_b64u_exact(inside(salt), salted, sizeof salted)) {
		return false;
	}
	name = inside(name);
	name.len = min_value_unescape(bytes->ptr + (name.ptr - bytes->ptr), name.len);
	*out = (struct min_shown){inside(salt), name, value};
	return true;
}

bool min_leaf_decode(struct slice d, struct min_leaf *out)
{
	struct buf bytes = {0};
	struct min_shown shown;

	if (!min_leaf_show(d, &bytes, &shown)) {
		buf_fini(&bytes);
		return false;
	}
	*out = (struct min_leaf){bytes, shown.salt, shown.name,
				 json_loadb(shown.value.ptr, shown.value.len,
					    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)};
	assert(out->value); /* the library takes more spellings than one */
	return true;
}

void min_leaf_fini(struct min_leaf *l)
{
	json_decref(l->value);
	buf_fini(&l->bytes);
	*l = (struct min_leaf){0};
}

void min_leaf_encode_salted(struct buf *out, struct slice salt, struct slice name,
			    struct slice value)
{
	struct buf text = {0};

	assert(salt.len == MIN_SALT_CHARS);
	jsonw_raw(&text, "[");
	jsonw_string(&text, salt);
	jsonw_raw(&text, ",");
	jsonw_string(&text, name);
	jsonw_raw(&text, ",");
	buf_add(&text, value);
	jsonw_raw(&text, "]");
	min_b64u_add(out, text.ptr, text.len);
	buf_fini(&text);
}

void min_leaf_encode(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
		     const json_t *value)
{
	char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	struct buf chars = {0};

	assert(json && (json_is_null(value) || min_value_is_plain(value)));
	min_b64u_add(&chars, salt, MIN_SALT_BYTES);
	min_leaf_encode_salted(out, buf_slice(&chars), name, slice_of(json));
	free(json);
	buf_fini(&chars);
}
