#include "minutes/verify_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { LINES = MIN_LABELS };

/* ---- the bundle's head ---- */

static bool string_of_bytes(struct check *c, void *out, size_t count, const char *why)
{
	struct slice s;

	NEED(c, min_scan_string(&c->scan, MIN_LINE_BYTES, &s) && min_b64_exact(s, out, count), why);
	return true;
}

static bool reads(struct check *c)
{
	size_t cap = 0;
	struct slice s;

	if (!min_scan_take(&c->scan, "[")) {
		return verify_bad(c, "the list of labels is missing");
	}
	if (min_scan_take(&c->scan, "]")) {
		return true;
	}
	do {
		NEED(c, c->read_count < MIN_LABELS, "too many labels");
		NEED(c, min_scan_string(&c->scan, MIN_LINE_BYTES, &s), "a label is no string");
		mem_room(&c->read, &cap, c->read_count, sizeof *c->read);
		c->read[c->read_count++] = verify_keep(c, s);
	} while (min_scan_take(&c->scan, ","));
	NEED(c, min_scan_take(&c->scan, "]"), "the list of labels does not end");
	return true;
}

static bool is_trusted(const struct check *c)
{
	for (size_t i = 0; i < c->p->trust_count; i++) {
		if (memcmp(c->p->trust[i], c->r->key, MIN_KEY_TYPED) == 0) {
			return true;
		}
	}
	return false;
}

bool verify_head(struct check *c)
{
	struct min_scan *s = &c->scan;
	struct min_report *r = c->r;
	struct slice origin;

	NEED(c, min_scan_take(s, "{\"format\":\"rokusha-bundle/1\",\"origin\":"),
	     "not the head of a bundle");
	NEED(c, min_scan_string(s, MIN_LINE_BYTES, &origin) && min_origin_is_valid(origin),
	     "origin");
	r->origin = verify_keep(c, origin);
	NEED(c, min_scan_take(s, ",\"key\":"), "key expected");
	if (!string_of_bytes(c, r->key, sizeof r->key, "key")) {
		return false;
	}
	NEED(c, r->key[0] == MIN_KEY_ED25519, "key of a kind that is not known");
	NEED(c, is_trusted(c), "the key of the server is not one that is trusted");
	NEED(c, min_scan_take(s, ",\"size\":") && min_scan_number(s, &r->size), "size");
	NEED(c, r->size >= 2 && r->size <= MIN_ENTRIES, "size");
	NEED(c, min_scan_take(s, ",\"sig\":"), "sig expected");
	if (!string_of_bytes(c, r->sig, sizeof r->sig, "sig")) {
		return false;
	}
	NEED(c, min_scan_take(s, ",\"reads\":"), "reads expected");
	if (!reads(c)) {
		return false;
	}
	NEED(c, min_scan_take(s, ",\"entries\":[\n"), "entries expected");
	return true;
}

/* ---- lines of a header ---- */

static bool next_line(struct check *c)
{
	NEED(c, c->lines == 0 || min_scan_take(&c->scan, ","), "a line of the header is missing");
	NEED(c, c->lines < LINES, "too many lines in a header");
	NEED(c, min_scan_string(&c->scan, MIN_LINE_BYTES, &c->line), "a line of the header");
	c->lines++;
	buf_add(&c->header, c->line);
	buf_add(&c->header, (struct slice){"\n", 1});
	return true;
}

/* What stands after the word in the line that was read last. */
static bool rest_of_line(const struct check *c, const char *word, struct slice *out)
{
	size_t n = strlen(word);

	if (!slice_begins(c->line, word) || c->line.len <= n || c->line.ptr[n] != ' ') {
		return false;
	}
	*out = (struct slice){c->line.ptr + n + 1, c->line.len - n - 1};
	return true;
}

static bool next_word(struct check *c, const char *word, struct slice *out)
{
	return next_line(c) && (rest_of_line(c, word, out) ||
				verify_bad(c, "a line of the header is not the one that is due"));
}

static bool next_is(struct check *c, struct slice line)
{
	return next_line(c) && (slice_eq(c->line, line) ||
				verify_bad(c, "a line of the header is not what it must be"));
}

static bool next_number(struct check *c, const char *word, uint64_t *out)
{
	struct slice s;

	return next_word(c, word, &s) && (min_number_read(s, out) || verify_bad(c, "a number"));
}

static bool hash_of(struct check *c, struct slice s, struct min_hash *out)
{
	NEED(c, min_b64_exact(s, out->b, sizeof out->b), "a hash");
	return true;
}

/* ---- genesis ---- */

/* "-", or origin, size and root of the log this one goes on from. */
static bool is_parent(struct slice s)
{
	const char *one = memchr(s.ptr, ' ', s.len);
	const char *two = one ? memchr(one + 1, ' ', (size_t)(s.ptr + s.len - one - 1)) : NULL;
	struct min_hash root;
	uint64_t size;

	if (slice_is(s, "-")) {
		return true;
	}
	return two && min_origin_is_valid((struct slice){s.ptr, (size_t)(one - s.ptr)}) &&
	       min_number_read((struct slice){one + 1, (size_t)(two - one - 1)}, &size) &&
	       size > 0 &&
	       min_b64_exact((struct slice){two + 1, (size_t)(s.ptr + s.len - two - 1)}, root.b,
			     sizeof root.b);
}

/* -> the line after them is read */
static bool labels(struct check *c)
{
	struct min_report *r = c->r;
	struct slice s;

	while (next_line(c) && rest_of_line(c, "label", &s)) {
		NEED(c, map_get(&c->label_of, s) == MAP_NONE, "a label twice");
		mem_room(&r->label, &c->labels_cap, r->label_count, sizeof *r->label);
		map_put(&c->label_of, s, (uint32_t)r->label_count);
		r->label[r->label_count++] = verify_keep(c, s);
	}
	if (r->why) {
		return false;
	}
	NEED(c, r->label_count > MIN_SLOTS && slice_is(r->label[0], "common"), "labels");
	c->slot_0 = r->label_count - MIN_SLOTS;
	for (size_t i = 1; i < r->label_count; i++) {
		NEED(c,
		     i < c->slot_0 ? min_label_is_class(r->label[i])
				   : slice_is(r->label[i], min_slot_name(i - c->slot_0)),
		     "labels");
	}
	return true;
}

/* What the reader reads is a part of the labels, in their order. */
static bool readers_labels(struct check *c)
{
	struct min_report *r = c->r;
	size_t from = 0;

	r->reads = mem_alloc(r->label_count * sizeof *r->reads);
	for (size_t i = 0; i < c->read_count; i++) {
		uint32_t at = map_get(&c->label_of, c->read[i]);

		NEED(c, at != MAP_NONE && at >= from, "labels of the reader");
		r->reads[at] = true;
		from = at + 1;
	}
	NEED(c, r->reads[0], "labels of the reader");
	return true;
}

static bool genesis(struct check *c)
{
	struct min_report *r = c->r;
	struct buf line = {0};
	struct slice s;
	bool ok;

	buf_add_str(&line, "log ");
	buf_add(&line, r->origin);
	ok = next_is(c, buf_slice(&line));
	buf_fini(&line);
	if (!ok || !next_word(c, "parent", &s)) {
		return false;
	}
	NEED(c, is_parent(s), "parent");
	r->parent = verify_keep(c, s);
	if (!labels(c) || !readers_labels(c)) {
		return false;
	}
	NEED(c, rest_of_line(c, "rp", &s) && s.len > 0, "rp");
	r->rp = verify_keep(c, s);
	if (!next_word(c, "attest", &s)) {
		return false;
	}
	NEED(c, min_b64_exact(s, r->attest, sizeof r->attest) && r->attest[0] == MIN_KEY_ED25519,
	     "attest");
	return true;
}

/* ---- one header ---- */

static bool first_lines(struct check *c)
{
	static const char *const kinds[] = {"kind genesis", "kind minutes", "kind round"};
	char index[24];

	(void)snprintf(index, sizeof index, "index %u", c->index);
	return next_is(c, slice_of("rokusha/entry/v1")) && next_is(c, slice_of(index)) &&
	       next_is(c, slice_of(kinds[c->index < 2 ? c->index : 2])) &&
	       next_number(c, "time", &c->time);
}

static bool boxes(struct check *c, struct min_hash root[MIN_LABELS])
{
	struct min_report *r = c->r;
	struct slice s;

	for (size_t i = 0; i < r->label_count; i++) {
		size_t n = r->label[i].len;

		if (!next_word(c, "box", &s)) {
			return false;
		}
		NEED(c, s.len > n && s.ptr[n] == ' ' && memcmp(s.ptr, r->label[i].ptr, n) == 0,
		     "the box of another label");
		if (!hash_of(c, (struct slice){s.ptr + n + 1, s.len - n - 1}, &root[i])) {
			return false;
		}
	}
	return true;
}

static bool lines_of_kind(struct check *c, struct min_hash root[MIN_LABELS])
{
	struct min_report *r = c->r;
	struct slice s;

	if (c->index == 0) {
		r->sealed = c->time;
		if (!genesis(c)) {
			return false;
		}
	} else if (c->index == 1) {
		NEED(c, c->time == r->sealed, "the times of the first two entries");
		return next_number(c, "deadline", &r->deadline) && boxes(c, root);
	} else {
		NEED(c, c->time == min_round_time(r->sealed, c->index - 1),
		     "not the time of this round");
	}
	return next_word(c, "box", &s) && hash_of(c, s, &root[0]);
}

bool verify_header(struct check *c, struct min_hash root[MIN_LABELS])
{
	buf_clear(&c->header);
	c->lines = 0;
	NEED(c, min_scan_take(&c->scan, c->index == 0 ? "{\"h\":[" : ",\n{\"h\":["),
	     "an entry expected");
	if (!first_lines(c) || !lines_of_kind(c, root)) {
		return false;
	}
	NEED(c, min_scan_take(&c->scan, "],\"b\":"), "the header does not end where it should");
	return true;
}
