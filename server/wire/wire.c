#include "wire/wire.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "wire/wire_parts.h"

enum kind { HEX64, INT, KEY, NAME, TEXT, CHANGES, VALUE, CELLS, HAVE, METHOD, POINT };
enum need { MUST, MAY };
/* What jansson takes for a value: a list with its first eight places, rounded up by malloc. */
enum { WIRE_VALUE_BYTES = 144 };

struct field {
	const char *name;
	enum kind kind;
	enum need need;
	size_t offset;
};

struct form {
	const char *name;
	const struct field *field;
	size_t count;
};

/* One table of fields per message, straight from protocol.def. */
#define F(member, kind_, need_) {#member, kind_, need_, offsetof(struct msg, member)},
#define IN(NAME, name, FIELDS)                                                                     \
	static const struct field name##_fields[] = {FIELDS(F){NULL, INT, MAY, 0}};
PROTOCOL_IN(IN)
#undef IN
#undef F

static const struct form forms[MSG_COUNT] = {
#define IN(NAME, name, FIELDS)                                                                     \
	[MSG_##NAME] = {#name, name##_fields, sizeof name##_fields / sizeof(struct field) - 1},
    PROTOCOL_IN(IN)
#undef IN
};

/* `for` is a keyword in C; on the wire it is the plain word. */
static const char *wire_name(const struct field *f)
{
	return strcmp(f->name, "for_seat") == 0 ? "for" : f->name;
}

unsigned wire_depth(struct slice text, unsigned stop)
{
	unsigned depth = 0;
	unsigned deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.len && deepest <= stop; i++) {
		char c = text.ptr[i];

		if (in_string) {
			if (c == '\\') {
				i++;
			} else if (c == '"') {
				in_string = false;
			}
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			depth++;
			deepest = depth > deepest ? depth : deepest;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
	}
	return deepest;
}

size_t wire_cost(struct slice text)
{
	size_t values = 1;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		values += (size_t)((c == '[') | (c == '{') | (c == ',') | (c == ':'));
	}
	return text.len + values * WIRE_VALUE_BYTES;
}

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

bool wire_is_key(struct slice s)
{
	if (s.len == 0 || s.len > LIMIT_KEY_BYTES) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.' || c == '/' || c == '-')) {
			return false;
		}
	}
	return true;
}

static bool take_int(const json_t *v, uint64_t *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > ((json_int_t)1 << 53) - 1) {
		return false;
	}
	*out = (uint64_t)n;
	return true;
}

static bool is_have(const json_t *v)
{
	uint64_t ver;

	if (!json_is_array(v) || json_array_size(v) > LIMIT_HAVE) {
		return false;
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *pair = json_array_get(v, i);

		if (!json_is_array(pair) || json_array_size(pair) != 2 ||
		    !json_is_string(json_array_get(pair, 0)) ||
		    !wire_is_key(text_of(json_array_get(pair, 0))) ||
		    !take_int(json_array_get(pair, 1), &ver)) {
			return false;
		}
	}
	return true;
}

static bool take_point(const json_t *v, struct msg *m)
{
	if (!json_is_array(v) || json_array_size(v) != 3) {
		return false;
	}
	m->has_at = true;
	return take_int(json_array_get(v, 0), &m->at[0]) &&
	       take_int(json_array_get(v, 1), &m->at[1]) &&
	       take_int(json_array_get(v, 2), &m->at[2]);
}

static bool is_value(const json_t *v)
{
	return json_is_string(v) || json_is_integer(v) || json_is_boolean(v) || json_is_null(v) ||
	       json_is_array(v);
}

static bool take_slice(const json_t *v, enum kind kind, struct slice *out)
{
	if (!json_is_string(v)) {
		return false;
	}
	*out = text_of(v);
	if (kind == TEXT) {
		return utf8_is_text(*out, false) && utf8_units(*out) <= LIMIT_LINE_UNITS;
	}
	return wire_is_key(*out);
}

static bool take_method(const json_t *v, struct msg *m)
{
	int found = json_is_string(v) ? method_find(text_of(v)) : -1;

	m->method = found < 0 ? METHOD_OWN : (enum method)found;
	return found >= 0;
}

static bool take_json(const json_t *v, bool good, const json_t **out)
{
	*out = v;
	return good;
}

static bool take_field(const struct field *f, const json_t *v, struct msg *m)
{
	void *at = (char *)m + f->offset;

	switch (f->kind) {
	case HEX64:
		m->has_for_seat |= f->offset == offsetof(struct msg, for_seat);
		m->has_seat |= f->offset == offsetof(struct msg, seat);
		m->has_to |= f->offset == offsetof(struct msg, to);
		return json_is_string(v) && id_from_hex(text_of(v), at);
	case INT:
		return take_int(v, at);
	case KEY:
	case NAME:
	case TEXT:
		return take_slice(v, f->kind, at);
	case CHANGES:
		return take_json(v,
				 json_is_array(v) && json_array_size(v) > 0 &&
				     json_array_size(v) <= LIMIT_PUSH_CHANGES,
				 at);
	case VALUE:
		return take_json(v, is_value(v), at);
	case CELLS:
		return take_json(v, json_is_object(v) && json_object_size(v) <= LIMIT_LIST_ITEMS,
				 at);
	case HAVE:
		return take_json(v, is_have(v), at);
	case METHOD:
		return take_method(v, m);
	case POINT:
		return take_point(v, m);
	}
	return false;
}

/* Every member of `tree` must be in the form, every MUST of the form in `tree`. */
static bool take_form(const struct form *form, json_t *tree, struct msg *m)
{
	size_t known = 1; /* "t" */

	for (size_t i = 0; i < form->count; i++) {
		const struct field *f = &form->field[i];
		const json_t *v = json_object_get(tree, wire_name(f));

		/* An optional key may be sent as null: presence that has gone. */
		if (json_is_null(v) && f->need == MAY) {
			known++;
			continue;
		}
		if (!v && f->need == MUST) {
			return false;
		}
		if (v) {
			known++;
			if (!take_field(f, v, m)) {
				return false;
			}
		}
	}
	return known == json_object_size(tree);
}

static int kind_of(const json_t *tree)
{
	const json_t *t = json_object_get(tree, "t");

	for (int i = 0; json_is_string(t) && i < MSG_COUNT; i++) {
		if (slice_is(text_of(t), forms[i].name)) {
			return i;
		}
	}
	return -1;
}

uint64_t wire_digest(struct slice text)
{
	unsigned char hash[crypto_generichash_BYTES];
	uint64_t digest;

	crypto_generichash(hash, sizeof hash, (const unsigned char *)text.ptr, text.len, NULL, 0);
	memcpy(&digest, hash, sizeof digest);
	return digest;
}

enum err wire_decode(struct slice text, struct msg *out)
{
	struct msg m = {0};
	int kind;

	if (wire_plain_edit(text, out)) {
		return ERR_OK;
	}
	if (text.len > LIMIT_FRAME_BYTES || wire_depth(text, LIMIT_JSON_DEPTH) > LIMIT_JSON_DEPTH) {
		return ERR_LIMIT;
	}
	/* The parser would take a NUL byte for the end, whatever follows. */
	if (text.len > 0 && memchr(text.ptr, '\0', text.len)) {
		return ERR_PROTO;
	}
	m.tree = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	kind = json_is_object(m.tree) ? kind_of(m.tree) : -1;
	if (kind < 0) {
		json_decref(m.tree);
		return ERR_PROTO;
	}
	m.kind = (enum msg_kind)kind;
	if (!take_form(&forms[kind], m.tree, &m)) {
		json_decref(m.tree);
		return ERR_PROTO;
	}
	m.digest = wire_digest(text);
	*out = m;
	return ERR_OK;
}

void wire_release(struct msg *m)
{
	json_decref(m->tree);
	free(m->mem);
	*m = (struct msg){0};
}
