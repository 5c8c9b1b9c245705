#include "minutes/value.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Of an object so many names are compared with each other, more are put in order. */
enum { NAMES_FEW = 8 };

static bool take(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->ptr[0] != c) {
		return false;
	}
	rest->ptr++;
	rest->len--;
	return true;
}

static bool take_word(struct slice *rest, const char *word)
{
	size_t n = strlen(word);

	if (!slice_begins(*rest, word)) {
		return false;
	}
	rest->ptr += n;
	rest->len -= n;
	return true;
}

/* Bytes before the first that ends a run; `*bits`: what is in any of them, by bits. */
static size_t run(struct slice s, uint64_t *bits)
{
	size_t n = 0;

	for (; n + 8 <= s.len; n += 8) {
		uint64_t w = min_word(s.ptr + n);

		if (min_word_ends(w)) {
			break;
		}
		*bits |= w;
	}
	for (; n < s.len; n++) {
		unsigned char c = (unsigned char)s.ptr[n];

		if (c < ' ' || c == '"' || c == '\\') {
			break;
		}
		*bits |= c;
	}
	return n;
}

/* ---- what has been taken ---- */

/* Behind the string that begins here. */
static const char *behind_string(const char *at, const char *end)
{
	uint64_t bits = 0;

	at++;
	for (;;) {
		at += run((struct slice){at, (size_t)(end - at)}, &bits);
		if (*at == '"') {
			return at + 1;
		}
		at += 2;
	}
}

/* Off `rest`, which begins with a value. */
static struct slice next_value(struct slice *rest)
{
	const char *at = rest->ptr;
	const char *end = rest->ptr + rest->len;
	struct slice out;
	int depth = 0;

	do {
		switch (*at) {
		case '"':
			at = behind_string(at, end);
			break;
		case '[':
		case '{':
			depth++;
			at++;
			break;
		case ']':
		case '}':
			depth--;
			at++;
			break;
		default:
			at++;
		}
	} while (at < end && (depth > 0 || (*at != ',' && *at != ']' && *at != '}')));
	out = (struct slice){rest->ptr, (size_t)(at - rest->ptr)};
	*rest = (struct slice){at, (size_t)(end - at)};
	return out;
}

/* "name": of letters a to z. */
static bool name(struct slice *rest, struct slice *out)
{
	size_t n = 0;

	if (!take(rest, '"')) {
		return false;
	}
	while (n < rest->len && rest->ptr[n] >= 'a' && rest->ptr[n] <= 'z') {
		n++;
	}
	*out = (struct slice){rest->ptr, n};
	rest->ptr += n;
	rest->len -= n;
	return n > 0 && take_word(rest, "\":");
}

/* Off the members of an object, one and what stands before it. */
static struct slice next_member(struct slice *rest, struct slice *key)
{
	bool ok;

	(void)take(rest, ',');
	ok = name(rest, key);
	assert(ok);
	return next_value(rest);
}

/* ---- what is new ---- */

bool min_string_take(struct slice *rest, struct slice *out)
{
	const char *from = rest->ptr;
	struct slice s = *rest;
	uint64_t bits = 0;
	size_t n;

	if (!take(&s, '"')) {
		return false;
	}
	for (;;) {
		n = run(s, &bits);
		s.ptr += n;
		s.len -= n;
		if (take(&s, '"')) {
			break;
		}
		/* A control character, or the end: none of these. */
		if (s.len < 2 || s.ptr[0] != '\\' || !memchr("\"\\nt", s.ptr[1], 4)) {
			return false;
		}
		s.ptr += 2;
		s.len -= 2;
	}
	*out = (struct slice){from, (size_t)(s.ptr - from)};
	*rest = s;
	return !(bits & MIN_HIGH) || utf8_is_valid(*out);
}

/* Whole, without leading zeros, no -0, below 2^53 both ways. */
static bool number(struct slice *rest)
{
	static const uint64_t max = ((uint64_t)1 << 53) - 1;
	bool is_below = take(rest, '-');
	bool is_zero = rest->len > 0 && rest->ptr[0] == '0';
	uint64_t n = 0;
	size_t digits = 0;

	while (rest->len > 0 && rest->ptr[0] >= '0' && rest->ptr[0] <= '9' && n <= max) {
		n = n * 10 + (uint64_t)(rest->ptr[0] - '0');
		digits++;
		rest->ptr++;
		rest->len--;
	}
	return digits > 0 && n <= max && !(is_zero && (digits > 1 || is_below));
}

static bool value(struct slice *rest, int depth);

static bool list(struct slice *rest, int depth)
{
	if (depth == 0 || !take(rest, '[')) {
		return false;
	}
	if (take(rest, ']')) {
		return true;
	}
	do {
		if (!value(rest, depth - 1)) {
			return false;
		}
	} while (take(rest, ','));
	return take(rest, ']');
}

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a;
	const struct slice *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->ptr, y->ptr, n);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Of members that have been taken: whoever wrote them chose how many there are. */
static bool names_differ(struct slice members, size_t count)
{
	struct slice *all = mem_alloc(count * sizeof *all);
	bool differ = true;

	for (size_t i = 0; i < count; i++) {
		(void)next_member(&members, &all[i]);
	}
	qsort(all, count, sizeof *all, by_bytes);
	for (size_t i = 1; differ && i < count; i++) {
		differ = !slice_eq(all[i - 1], all[i]);
	}
	free(all);
	return differ;
}

static bool object(struct slice *rest, int depth)
{
	struct slice had[NAMES_FEW];
	struct slice members;
	struct slice one;
	size_t count = 0;

	if (depth == 0 || !take(rest, '{')) {
		return false;
	}
	if (take(rest, '}')) {
		return true;
	}
	members = *rest;
	do {
		if (!name(rest, &one) || !value(rest, depth - 1)) {
			return false;
		}
		for (size_t i = 0; i < count && i < NAMES_FEW; i++) {
			if (slice_eq(had[i], one)) {
				return false;
			}
		}
		if (count < NAMES_FEW) {
			had[count] = one;
		}
		count++;
	} while (take(rest, ','));
	members.len = (size_t)(rest->ptr - members.ptr);
	return take(rest, '}') && (count <= NAMES_FEW || names_differ(members, count));
}

/* `depth` lists or objects may still stand in one another here. */
static bool value(struct slice *rest, int depth)
{
	struct slice skipped;

	switch (rest->len ? rest->ptr[0] : '\0') {
	case '"':
		return min_string_take(rest, &skipped);
	case '[':
		return list(rest, depth);
	case '{':
		return object(rest, depth);
	case 't':
		return take_word(rest, "true");
	case 'f':
		return take_word(rest, "false");
	default:
		return number(rest);
	}
}

bool min_value_take(struct slice *rest, struct slice *out)
{
	const char *from = rest->ptr;

	if (!value(rest, MIN_VALUE_DEPTH)) {
		return false;
	}
	*out = (struct slice){from, (size_t)(rest->ptr - from)};
	return true;
}

/* ---- asking ---- */

size_t min_value_unescape(char *text, size_t len)
{
	const char *first = len ? memchr(text, '\\', len) : NULL;
	size_t to = first ? (size_t)(first - text) : len;

	for (size_t i = to; i < len; i++) {
		char c = text[i];

		if (c == '\\') {
			c = text[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		text[to++] = c;
	}
	return to;
}

bool min_value_text(struct slice v, struct arena *mem, struct slice *out)
{
	struct slice in;
	char *copy;

	if (v.len == 0 || v.ptr[0] != '"') {
		return false;
	}
	in = (struct slice){v.ptr + 1, v.len - 2};
	if (in.len && memchr(in.ptr, '\\', in.len)) {
		copy = arena_alloc(mem, in.len);
		memcpy(copy, in.ptr, in.len);
		in = (struct slice){copy, min_value_unescape(copy, in.len)};
	}
	*out = in;
	return true;
}

bool min_value_number(struct slice v, int64_t *out)
{
	bool is_below = v.len > 0 && v.ptr[0] == '-';
	int64_t n = 0;

	if (v.len == 0 || (!is_below && (v.ptr[0] < '0' || v.ptr[0] > '9'))) {
		return false;
	}
	for (size_t i = is_below; i < v.len; i++) {
		n = n * 10 + (v.ptr[i] - '0');
	}
	*out = is_below ? -n : n;
	return true;
}

bool min_value_members(struct slice v, const char *const *names, size_t count, struct slice *out)
{
	struct slice rest;
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		out[i] = (struct slice){NULL, 0};
	}
	if (v.len == 0 || v.ptr[0] != '{') {
		return false;
	}
	rest = (struct slice){v.ptr + 1, v.len - 1};
	while (rest.ptr[0] != '}') {
		struct slice key;
		struct slice member = next_member(&rest, &key);
		size_t i = 0;

		while (i < count && !slice_is(key, names[i])) {
			i++;
		}
		if (i < count) {
			out[i] = member;
		}
		all = all && i < count;
	}
	return all;
}

bool min_items_of(struct slice v, struct min_items *out)
{
	if (v.len == 0 || v.ptr[0] != '[') {
		return false;
	}
	out->rest = (struct slice){v.ptr + 1, v.len - 1};
	return true;
}

bool min_items_next(struct min_items *i, struct slice *out)
{
	if (i->rest.ptr[0] == ']') {
		return false;
	}
	(void)take(&i->rest, ',');
	*out = next_value(&i->rest);
	return true;
}
