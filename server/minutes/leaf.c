#include "minutes/leaf.h"

#include <assert.h>
#include <sodium.h>
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

/* Nothing of it is escaped, and all of it is ASCII. */
static bool is_bare(struct slice s)
{
	size_t n = 0;

	while (n + 8 <= s.len &&
	       !(min_word_ends(min_word(s.ptr + n)) | (min_word(s.ptr + n) & MIN_HIGH))) {
		n += 8;
	}
	while (n < s.len && (unsigned char)s.ptr[n] >= 0x20 && (unsigned char)s.ptr[n] < 0x80 &&
	       s.ptr[n] != '"' && s.ptr[n] != '\\') {
		n++;
	}
	return n == s.len;
}

/* False: it may not stand in a leaf. */
static bool add_string(struct buf *out, struct slice s)
{
	if (is_bare(s)) {
		jsonw_raw(out, "\"");
		buf_add(out, s);
		jsonw_raw(out, "\"");
		return true;
	}
	jsonw_string(out, s);
	return min_text_is_plain(s);
}

static bool add_value(struct buf *out, const json_t *v, int depth);

static bool add_list(struct buf *out, const json_t *v, int depth)
{
	const json_t *item;
	size_t i;

	json_array_foreach(v, i, item)
	{
		buf_add_str(out, i ? "," : "[");
		if (!add_value(out, item, depth - 1)) {
			return false;
		}
	}
	buf_add_str(out, json_array_size(v) ? "]" : "[]");
	return true;
}

static bool add_object(struct buf *out, const json_t *v, int depth)
{
	const char *before = "{\"";
	const char *key;
	const json_t *item;

	json_object_foreach((json_t *)v, key, item)
	{
		buf_add_str(out, before);
		buf_add_str(out, key);
		buf_add_str(out, "\":");
		if (!is_word(key) || !add_value(out, item, depth - 1)) {
			return false;
		}
		before = ",\"";
	}
	buf_add_str(out, json_object_size(v) ? "}" : "{}");
	return true;
}

static bool add_integer(struct buf *out, json_int_t n)
{
	static const json_int_t max = ((json_int_t)1 << 53) - 1;

	if (n > max || n < -max) {
		return false;
	}
	buf_add_str(out, n < 0 ? "-" : "");
	jsonw_uint(out, (uint64_t)(n < 0 ? -n : n));
	return true;
}

/* `depth` lists or objects may still stand in one another here. */
static bool add_value(struct buf *out, const json_t *v, int depth)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return add_string(out, (struct slice){json_string_value(v), json_string_length(v)});
	case JSON_INTEGER:
		return add_integer(out, json_integer_value(v));
	case JSON_TRUE:
		buf_add_str(out, "true");
		return true;
	case JSON_FALSE:
		buf_add_str(out, "false");
		return true;
	case JSON_ARRAY:
		return depth > 0 && add_list(out, v, depth);
	case JSON_OBJECT:
		return depth > 0 && add_object(out, v, depth);
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return false;
}

bool min_value_add(struct buf *out, const json_t *value)
{
	return value && add_value(out, value, MIN_VALUE_DEPTH);
}

bool min_value_is_plain(const json_t *value)
{
	struct buf text = {0};
	bool is = min_value_add(&text, value);

	buf_fini(&text);
	return is;
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
	buf_grow(&text, sizeof "[\"\",\"\",]" + salt.len + name.len + value.len);
	jsonw_raw(&text, "[\"");
	buf_add(&text, salt); /* of base64, which needs no escape */
	jsonw_raw(&text, "\",");
	(void)add_string(&text, name);
	jsonw_raw(&text, ",");
	buf_add(&text, value);
	jsonw_raw(&text, "]");
	min_b64u_add(out, text.ptr, text.len);
	buf_fini(&text);
}

void min_leaf_encode_json(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
			  struct slice json)
{
	char chars[MIN_SALT_CHARS + 1];

	min_b64u_write(salt, MIN_SALT_BYTES, chars);
	min_leaf_encode_salted(out, (struct slice){chars, MIN_SALT_CHARS}, name, json);
	sodium_memzero(chars, sizeof chars);
}

void min_leaf_encode(struct buf *out, const uint8_t salt[MIN_SALT_BYTES], struct slice name,
		     const json_t *value)
{
	struct buf json = {0};

	if (json_is_null(value)) {
		buf_add_str(&json, "null");
	} else {
		bool ok = min_value_add(&json, value);

		assert(ok);
	}
	min_leaf_encode_json(out, salt, name, buf_slice(&json));
	buf_fini(&json);
}
