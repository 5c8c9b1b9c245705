#include "text/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
	MARK_BYTES = 512,
	GAP_BYTES = 4 * MARK_BYTES, /* between two marks; then they are made anew */
	FEW = 4,                    /* places changed at once where the rest is moved for each */
};

static void make_marks(struct body *b)
{
	struct body_mark at = {0, 0};

	b->mark_count = 0;
	while (b->bytes - at.byte > MARK_BYTES) {
		size_t next = at.byte + MARK_BYTES;

		while (next < b->bytes && ((unsigned char)b->text[next] & 0xC0) == 0x80) {
			next++;
		}
		at.unit += (uint32_t)utf8_units((struct slice){b->text + at.byte, next - at.byte});
		at.byte = (uint32_t)next;
		if (b->mark_count == b->mark_cap) {
			b->mark_cap =
			    b->mark_cap ? 2 * b->mark_cap : (uint32_t)(b->bytes / MARK_BYTES);
			b->mark = mem_grow(b->mark, b->mark_cap, sizeof *b->mark);
		}
		b->mark[b->mark_count++] = at;
	}
}

/* Most texts of a room are empty: they take no memory for that. */
static char *empty(void)
{
	static const char nothing[1];

	return (char *)(uintptr_t)nothing; /* with `cap` 0 nobody writes there */
}

void body_init(struct body *b, struct slice text)
{
	assert(text.len < UINT32_MAX / 2);
	*b = (struct body){.text = text.len ? mem_dup(text) : empty(),
			   .bytes = text.len,
			   .cap = (uint32_t)text.len};
	b->units = (uint32_t)utf8_units(text);
	make_marks(b);
}

void body_fini(struct body *b)
{
	if (b->cap) {
		free(b->text);
	}
	free(b->mark);
	*b = (struct body){0};
}

/* How many marks lie at or before that unit. */
static uint32_t marks_to(const struct body *b, uint32_t unit)
{
	uint32_t low = 0, high = b->mark_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (b->mark[mid].unit <= unit) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

size_t body_offset(const struct body *b, uint32_t at)
{
	uint32_t n = marks_to(b, at);
	struct body_mark from = n ? b->mark[n - 1] : (struct body_mark){0, 0};
	size_t more =
	    utf8_offset((struct slice){b->text + from.byte, b->bytes - from.byte}, at - from.unit);

	return more == SIZE_MAX ? SIZE_MAX : from.byte + more;
}

enum err body_fits(const struct body *b, const struct change *c, uint32_t units_max, size_t *bytes)
{
	size_t after = b->bytes;
	uint32_t at = 0;

	if (change_len_old(c) != b->units) {
		return ERR_PROTO;
	}
	if (change_len_new(c) > units_max) {
		return ERR_LIMIT;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		const struct change_section *s = &c->section[i];

		if (s->ins != CHANGE_KEEP) {
			size_t from = body_offset(b, at);
			size_t to = s->len ? body_offset(b, at + s->len) : from;

			if (from == SIZE_MAX || to == SIZE_MAX) {
				return ERR_PROTO;
			}
			after = after - (to - from) + s->text.len;
		}
		at += s->len;
	}
	*bytes = after;
	return ERR_OK;
}

/* What lies behind the replaced place moves, and so do its marks. */
static void move_marks(struct body *b, size_t from, size_t to, const struct change_section *s)
{
	uint32_t stay = 0;
	size_t before = 0, after = b->bytes;

	for (uint32_t i = 0; i < b->mark_count; i++) {
		struct body_mark m = b->mark[i];

		if (m.byte > from && m.byte < to) {
			continue;
		}
		if (m.byte > from) {
			m.byte = (uint32_t)(m.byte - (to - from) + s->text.len);
			m.unit = m.unit - s->len + (uint32_t)s->ins;
			after = m.byte < after ? m.byte : after;
		} else {
			before = m.byte;
		}
		b->mark[stay++] = m;
	}
	b->mark_count = stay;
	if (after - before > GAP_BYTES) {
		make_marks(b);
	}
}

static void make_room(struct body *b, size_t bytes)
{
	if (bytes > b->cap) {
		b->text = mem_grow(b->cap ? b->text : NULL, bytes + bytes / 8 + 64, 1);
		b->cap = (uint32_t)(bytes + bytes / 8 + 64);
	}
}

/* Replace what lies from unit `at` on by the text of one section. */
static void splice(struct body *b, uint32_t at, const struct change_section *s)
{
	size_t from = body_offset(b, at);
	size_t to = s->len ? body_offset(b, at + s->len) : from;
	size_t bytes = b->bytes - (to - from) + s->text.len;

	assert(from != SIZE_MAX && to != SIZE_MAX);
	make_room(b, bytes);
	memmove(b->text + from + s->text.len, b->text + to, b->bytes - to);
	if (s->text.len) {
		memcpy(b->text + from, s->text.ptr, s->text.len);
	}
	b->bytes = bytes;
	b->units = b->units - s->len + (uint32_t)s->ins;
	move_marks(b, from, to, s);
}

/* Many places at once: all of it is put together anew, in one go. */
static void rebuild(struct body *b, const struct change *c)
{
	struct arena mem;
	struct slice text;
	enum err e;

	arena_init(&mem);
	e = change_apply(&mem, c, (struct slice){b->text, b->bytes}, UINT32_MAX, &text);
	assert(e == ERR_OK);
	if (e == ERR_OK) {
		make_room(b, text.len);
		if (text.len) {
			memcpy(b->text, text.ptr, text.len);
		}
		b->bytes = text.len;
		b->units = change_len_new(c);
		make_marks(b);
	}
	arena_fini(&mem);
}

void body_change(struct body *b, const struct change *c)
{
	uint32_t places = 0, at = 0;

	assert(change_len_old(c) == b->units);
	for (uint32_t i = 0; i < c->count; i++) {
		places += c->section[i].ins != CHANGE_KEEP;
	}
	if (places > FEW) {
		rebuild(b, c);
		return;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		const struct change_section *s = &c->section[i];

		if (s->ins == CHANGE_KEEP) {
			at += s->len;
		} else {
			splice(b, at, s);
			at += (uint32_t)s->ins;
		}
	}
}
