#include "minutes/note.h"

#include <assert.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "minutes/b64.h"

#define DASH "\xe2\x80\x94 "

/* What stands before `c`; it and `c` are taken off `rest`. False: there is no `c`. */
static bool cut(struct slice *rest, char c, struct slice *out)
{
	const char *at = rest->len ? memchr(rest->ptr, c, rest->len) : NULL;

	if (!at) {
		return false;
	}
	*out = (struct slice){rest->ptr, (size_t)(at - rest->ptr)};
	rest->len -= out->len + 1;
	rest->ptr = at + 1;
	return true;
}

void min_checkpoint_text(struct buf *out, struct slice origin, uint64_t size,
			 const struct min_hash *root)
{
	char hash[MIN_B64_HASH + 1];

	min_b64_hash(root, hash);
	buf_add(out, origin);
	jsonw_raw(out, "\n");
	jsonw_uint(out, size);
	buf_printf(out, "\n%s\n", hash);
}

/* Decimal up to 2^64 - 1, without leading zeros. */
static bool read_size(struct slice s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > (UINT64_MAX - digit) / 10) {
			return false;
		}
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

bool min_checkpoint_read(struct slice text, struct min_checkpoint *out)
{
	struct min_checkpoint c = {0};
	struct slice rest = text;
	struct slice size;
	struct slice root;
	struct slice line;

	if (!cut(&rest, '\n', &c.origin) || c.origin.len == 0 || !cut(&rest, '\n', &size) ||
	    !read_size(size, &c.size) || !cut(&rest, '\n', &root) ||
	    !min_b64_exact(root, c.root.b, sizeof c.root.b)) {
		return false;
	}
	c.rest = rest;
	while (rest.len > 0) {
		if (!cut(&rest, '\n', &line) || line.len == 0) {
			return false;
		}
	}
	*out = c;
	return true;
}

/* A code point that is a space to somebody: ECMAScript's \s, and Unicode's Zs. */
static bool is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == 0x20 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* The code point at the beginning of valid UTF-8. */
static uint32_t first_of(const char *s, size_t *len)
{
	const unsigned char *c = (const unsigned char *)s;

	*len = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	switch (*len) {
	case 1:
		return c[0];
	case 2:
		return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
	case 3:
		return (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
	default:
		return (c[0] & 7u) << 18 | (c[1] & 0x3fu) << 12 | (c[2] & 0x3fu) << 6 |
		       (c[3] & 0x3fu);
	}
}

bool min_key_name_is_valid(struct slice name)
{
	size_t step;

	if (name.len == 0 || !utf8_is_valid(name)) {
		return false;
	}
	for (size_t i = 0; i < name.len; i += step) {
		uint32_t c = first_of(name.ptr + i, &step);

		if (c == '+' || is_space(c)) {
			return false;
		}
	}
	return true;
}

void min_key_id(struct slice name, const uint8_t key[MIN_ED_KEY], uint8_t id[4])
{
	struct slice part[] = {name, {"\n\1", 2}, {(const char *)key, MIN_ED_KEY}};
	struct min_hash h = min_sha256(part, 3);

	memcpy(id, h.b, 4);
}

static bool read_hex4(struct slice s, uint8_t id[4])
{
	static const char digits[] = "0123456789abcdef";

	if (s.len != 8) {
		return false;
	}
	memset(id, 0, 4);
	for (size_t i = 0; i < 8; i++) {
		const char *at = memchr(digits, s.ptr[i], 16);

		if (!at) {
			return false;
		}
		id[i / 2] = (uint8_t)(id[i / 2] << 4 | (uint8_t)(at - digits));
	}
	return true;
}

bool min_vkey_read(struct slice text, struct min_vkey *out)
{
	struct min_vkey v;
	struct slice rest = text;
	struct slice hex;
	uint8_t typed[MIN_KEY_TYPED];
	uint8_t id[4];

	if (!cut(&rest, '+', &v.name) || !min_key_name_is_valid(v.name) || !cut(&rest, '+', &hex) ||
	    !read_hex4(hex, v.id) || !min_b64_exact(rest, typed, sizeof typed) ||
	    typed[0] != MIN_KEY_ED25519) {
		return false;
	}
	memcpy(v.key, typed + 1, sizeof v.key);
	min_key_id(v.name, v.key, id);
	if (memcmp(id, v.id, sizeof id) != 0) {
		return false;
	}
	*out = v;
	return true;
}

void min_vkey_add(struct buf *out, struct slice name, const uint8_t key[MIN_ED_KEY])
{
	uint8_t typed[MIN_KEY_TYPED] = {MIN_KEY_ED25519};
	uint8_t id[4];

	assert(min_key_name_is_valid(name));
	min_key_id(name, key, id);
	memcpy(typed + 1, key, MIN_ED_KEY);
	buf_add(out, name);
	buf_printf(out, "+%02x%02x%02x%02x+", id[0], id[1], id[2], id[3]);
	min_b64_add(out, typed, sizeof typed);
}

static bool read_sig(struct slice line, struct min_note_sig *out)
{
	struct buf raw = {0};
	struct slice rest = line;
	bool ok;

	if (!slice_begins(line, DASH)) {
		return false;
	}
	rest.ptr += strlen(DASH);
	rest.len -= strlen(DASH);
	ok = cut(&rest, ' ', &out->name) && min_key_name_is_valid(out->name) &&
	     min_b64_decode(rest, &raw) && raw.len >= 5;
	if (ok) {
		memcpy(out->id, raw.ptr, sizeof out->id);
		out->line = rest;
	}
	buf_fini(&raw);
	return ok;
}

bool min_note_parse(struct slice note, struct min_note *out)
{
	struct slice rest;
	struct slice line;
	size_t at = note.len;

	for (size_t i = 0; i < note.len; i++) {
		if ((unsigned char)note.ptr[i] < 0x20 && note.ptr[i] != '\n') {
			return false;
		}
	}
	/* The last empty line parts text and signatures. */
	while (at >= 2 && memcmp(note.ptr + at - 2, "\n\n", 2) != 0) {
		at--;
	}
	if (at < 2 || note.ptr[note.len - 1] != '\n' || !utf8_is_valid(note)) {
		return false;
	}
	out->text = (struct slice){note.ptr, at - 1};
	out->count = 0;
	rest = (struct slice){note.ptr + at, note.len - at};
	while (cut(&rest, '\n', &line)) {
		if (out->count == MIN_NOTE_SIGS || !read_sig(line, &out->sig[out->count])) {
			return false;
		}
		out->count++;
	}
	return out->count > 0;
}

void min_note_add_sig(struct buf *out, struct slice name, const uint8_t key[MIN_ED_KEY],
		      const uint8_t sig[MIN_ED_SIG])
{
	uint8_t raw[4 + MIN_ED_SIG];

	min_key_id(name, key, raw);
	memcpy(raw + 4, sig, MIN_ED_SIG);
	buf_add_str(out, DASH);
	buf_add(out, name);
	jsonw_raw(out, " ");
	min_b64_add(out, raw, sizeof raw);
	jsonw_raw(out, "\n");
}

/* -> how many of the keys are called so; `*found` is one of them. */
static size_t keys_of(const struct min_note_sig *s, const struct min_vkey *key, size_t count,
		      const struct min_vkey **found)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (slice_eq(key[i].name, s->name) && memcmp(key[i].id, s->id, 4) == 0) {
			*found = &key[i];
			n++;
		}
	}
	return n;
}

/* Of a key's lines the first counts. */
static bool came_before(const struct min_note *note, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (slice_eq(note->sig[j].name, note->sig[i].name) &&
		    memcmp(note->sig[j].id, note->sig[i].id, sizeof note->sig[j].id) == 0) {
			return true;
		}
	}
	return false;
}

enum min_note_result min_note_open(const struct min_note *note, const struct min_vkey *key,
				   size_t count, bool is_known[MIN_NOTE_SIGS])
{
	size_t known = 0;

	memset(is_known, 0, MIN_NOTE_SIGS * sizeof *is_known);
	for (size_t i = 0; i < note->count; i++) {
		const struct min_note_sig *s = &note->sig[i];
		const struct min_vkey *v = NULL;
		size_t keys = keys_of(s, key, count, &v);
		uint8_t raw[4 + MIN_ED_SIG];

		if (keys > 1) {
			return MIN_NOTE_AMBIGUOUS_KEY;
		}
		if (keys == 0 || came_before(note, i)) {
			continue;
		}
		if (!min_b64_exact(s->line, raw, sizeof raw) ||
		    !min_ed_verify(v->key, note->text, raw + 4)) {
			return MIN_NOTE_INVALID_SIGNATURE;
		}
		is_known[i] = true;
		known++;
	}
	return known > 0 ? MIN_NOTE_OK : MIN_NOTE_NO_SIGNATURE;
}
