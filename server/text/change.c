#include "text/change.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

/*
 * A port of mapSet, composeSets and addSection of @codemirror/state, branch by branch: every
 * client runs that code, so even its arbitrary choices are ours.
 */

static const struct slice NO_TEXT = {NULL, 0};

uint32_t change_len_old(const struct change *c)
{
	uint32_t units = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		assert(c->section[i].len <= UINT32_MAX - units);
		units += c->section[i].len;
	}
	return units;
}

uint32_t change_len_new(const struct change *c)
{
	uint32_t units = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct change_section *s = &c->section[i];
		uint32_t n = s->ins == CHANGE_KEEP ? s->len : (uint32_t)s->ins;

		assert(n <= UINT32_MAX - units);
		units += n;
	}
	return units;
}

bool change_is_empty(const struct change *c)
{
	return c->count == 0 || (c->count == 1 && c->section[0].ins == CHANGE_KEEP);
}

size_t change_bytes(const struct change *c)
{
	size_t bytes = c->count * sizeof *c->section;

	for (uint32_t i = 0; i < c->count; i++) {
		bytes += c->section[i].text.len;
	}
	return bytes;
}

void change_pack(const struct change *c, void *room, struct change *out)
{
	struct change_section *section = room;
	char *p = (char *)room + c->count * sizeof *section;

	assert(room);
	for (uint32_t i = 0; i < c->count; i++) {
		struct slice text = c->section[i].text;

		section[i] = c->section[i];
		section[i].text = NO_TEXT;
		if (text.len) {
			memcpy(p, text.ptr, text.len);
			section[i].text = (struct slice){p, text.len};
			p += text.len;
		}
	}
	assert((size_t)(p - (char *)room) == change_bytes(c));
	*out = (struct change){section, c->count};
}

static void copy(struct arena *mem, const struct change *c, struct change *out)
{
	change_pack(c, arena_alloc(mem, change_bytes(c)), out);
}

/* ---- building ---- */

/* Only the last section of a list under construction grows; `text` is its buffer. */
struct builder {
	struct arena *mem;
	struct change_section *section;
	uint32_t count;
	uint32_t cap;
	char *text;
	size_t text_cap;
};

static struct change_section *builder_last(const struct builder *b)
{
	return b->count ? &b->section[b->count - 1] : NULL;
}

static void append_text(struct builder *b, struct slice text)
{
	struct change_section *last = builder_last(b);
	size_t len = last->text.len + text.len;

	if (text.len == 0) {
		return;
	}
	if (len > b->text_cap) {
		/* The first text mostly stays the only one: exact; then double. */
		size_t cap = last->text.len ? len * 2 : len;
		char *p = arena_alloc(b->mem, cap);

		if (last->text.len) {
			memcpy(p, last->text.ptr, last->text.len);
		}
		b->text = p;
		b->text_cap = cap;
	}
	memcpy(b->text + last->text.len, text.ptr, text.len);
	last->text = (struct slice){b->text, len};
}

static void push_section(struct builder *b, uint32_t len, int32_t ins)
{
	if (b->count == b->cap) {
		uint32_t cap = b->cap ? b->cap * 2 : 8;
		struct change_section *section = arena_alloc(b->mem, cap * sizeof *section);

		assert(b->cap <= UINT32_MAX / 2);
		if (b->count) {
			memcpy(section, b->section, b->count * sizeof *section);
		}
		b->section = section;
		b->cap = cap;
	}
	b->section[b->count++] = (struct change_section){len, ins, NO_TEXT};
	b->text = NULL;
	b->text_cap = 0;
}

/* addSection with addInsert. `join`: it belongs to the same replacement as the last section. */
static void add(struct builder *b, uint32_t len, int32_t ins, struct slice text, bool join)
{
	struct change_section *last = builder_last(b);

	assert(ins >= CHANGE_KEEP);
	assert(len <= INT32_MAX);
	if (len == 0 && ins <= 0) {
		return;
	}
	if (last && ins <= 0 && ins == last->ins) {
		assert(len <= INT32_MAX - last->len);
		last->len += len;
	} else if ((last && len == 0 && last->len == 0) || join) {
		assert(last && last->ins >= 0 && ins >= 0);
		assert(ins <= INT32_MAX - last->ins && len <= INT32_MAX - last->len);
		last->len += len;
		last->ins += ins;
		append_text(b, text);
	} else {
		push_section(b, len, ins);
		append_text(b, text);
	}
}

static struct change builder_change(const struct builder *b)
{
	return (struct change){b->section, b->count};
}

/* ---- walking ---- */

enum { ITER_DONE = -2 };

/* SectionIter. `text` is what is left of the section's text on the new side. */
struct iter {
	const struct change *change;
	uint32_t next;
	uint32_t len;
	int32_t ins;
	uint32_t off;
	struct slice text;
};

static void iter_next(struct iter *it)
{
	it->off = 0;
	if (it->next < it->change->count) {
		const struct change_section *s = &it->change->section[it->next++];

		it->len = s->len;
		it->ins = s->ins;
		it->text = s->text;
	} else {
		it->len = 0;
		it->ins = ITER_DONE;
		it->text = NO_TEXT;
	}
}

static struct iter iter_start(const struct change *c)
{
	struct iter it = {.change = c};

	iter_next(&it);
	return it;
}

static bool iter_done(const struct iter *it)
{
	return it->ins == ITER_DONE;
}

static bool iter_is_change(const struct iter *it)
{
	return it->ins >= 0;
}

/* Go `units` of the old side on. */
static void iter_forward(struct iter *it, uint32_t units)
{
	assert(units <= it->len);
	if (units == it->len) {
		iter_next(it);
	} else {
		it->len -= units;
		it->off += units;
	}
}

/* Go `units` of the new side on; `bytes` of the section's text are those units. */
static void iter_forward_new(struct iter *it, uint32_t units, size_t bytes)
{
	assert(!iter_done(it));
	if (it->ins == CHANGE_KEEP) {
		iter_forward(it, units);
	} else if (units == (uint32_t)it->ins) {
		iter_next(it);
	} else {
		assert(units < (uint32_t)it->ins && bytes <= it->text.len);
		it->ins -= (int32_t)units;
		it->off += units;
		it->text = (struct slice){it->text.ptr + bytes, it->text.len - bytes};
	}
}

static uint32_t min_units(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- map ---- */

/* `placed`: sections of A up to this number have had their text inserted already. */
struct mapping {
	struct builder out;
	struct iter a;
	struct iter b;
	uint32_t placed;
	bool before;
};

/* Does B's change at this place go before A's next change? By start, then length, then `before`. */
static bool map_b_first(const struct mapping *m)
{
	const struct iter *a = &m->a;
	const struct iter *b = &m->b;

	if (!iter_is_change(b)) {
		return false;
	}
	if (!iter_is_change(a) || m->placed == a->next) {
		return true;
	}
	return a->off == 0 && (b->len < a->len || (b->len == a->len && !m->before));
}

/* Step over a change of B, and over those changes of A that it covers. */
static void map_over_b(struct mapping *m)
{
	struct iter *a = &m->a;
	uint32_t left = m->b.len;

	assert(iter_is_change(&m->b));
	add(&m->out, (uint32_t)m->b.ins, CHANGE_KEEP, NO_TEXT, false);
	while (left) {
		uint32_t piece = min_units(a->len, left);

		assert(!iter_done(a));
		if (iter_is_change(a) && m->placed < a->next && a->len <= piece) {
			add(&m->out, 0, a->ins, a->text, false);
			m->placed = a->next;
		}
		iter_forward(a, piece);
		left -= piece;
	}
	iter_next(&m->b);
}

/* Take a change of A up to the next change of B that inserts something or reaches further. */
static void map_take_a(struct mapping *m)
{
	struct iter *a = &m->a;
	struct iter *b = &m->b;
	uint32_t len = 0;
	uint32_t left = a->len;
	bool place = m->placed < a->next;

	assert(iter_is_change(a));
	while (left) {
		if (b->ins == CHANGE_KEEP) {
			uint32_t piece = min_units(left, b->len);

			len += piece;
			left -= piece;
			iter_forward(b, piece);
		} else if (b->ins == 0 && b->len < left) {
			left -= b->len;
			iter_next(b);
		} else {
			break;
		}
	}
	add(&m->out, len, place ? a->ins : 0, place ? a->text : NO_TEXT, false);
	m->placed = a->next;
	iter_forward(a, a->len - left);
}

enum err change_map(struct arena *mem, const struct change *a, const struct change *b, bool before,
		    struct change *out)
{
	struct mapping m = {.out = {.mem = mem}, .before = before};

	if (change_len_old(a) != change_len_old(b)) {
		return ERR_PROTO;
	}
	if (change_is_empty(b)) {
		copy(mem, a, out);
		return ERR_OK;
	}
	m.a = iter_start(a);
	m.b = iter_start(b);
	while (!iter_done(&m.a) || !iter_done(&m.b)) {
		if (m.a.ins == CHANGE_KEEP && m.b.ins == CHANGE_KEEP) {
			uint32_t n = min_units(m.a.len, m.b.len);

			assert(n > 0);
			add(&m.out, n, CHANGE_KEEP, NO_TEXT, false);
			iter_forward(&m.a, n);
			iter_forward(&m.b, n);
		} else if (map_b_first(&m)) {
			map_over_b(&m);
		} else {
			map_take_a(&m);
		}
	}
	*out = builder_change(&m.out);
	assert(change_len_old(out) == change_len_new(b));
	return ERR_OK;
}

/* ---- compose ---- */

/* `open`: the next piece belongs to the replacement the last section began. */
struct composing {
	struct builder out;
	struct iter a;
	struct iter b;
	bool open;
};

/* What A leaves meets what B covers. False when B cuts a surrogate pair of A's text. */
static bool compose_overlap(struct composing *m)
{
	struct iter *a = &m->a;
	struct iter *b = &m->b;
	uint32_t len = min_units(a->ins == CHANGE_KEEP ? a->len : (uint32_t)a->ins, b->len);
	uint32_t count = m->out.count;
	uint32_t a_len = a->off ? 0 : a->len;
	int32_t b_ins = b->off ? 0 : b->ins;
	struct slice b_text = b->off ? NO_TEXT : b->text;
	size_t bytes = 0;

	assert(len > 0 && !iter_done(a) && !iter_done(b));
	if (iter_is_change(a)) {
		bytes = utf8_offset(a->text, len);
		if (bytes == SIZE_MAX) {
			return false;
		}
	}
	if (a->ins == CHANGE_KEEP) {
		add(&m->out, len, b->ins == CHANGE_KEEP ? CHANGE_KEEP : b_ins, b_text, m->open);
	} else if (b->ins == CHANGE_KEEP) {
		struct slice bit = {a->text.ptr, bytes};

		add(&m->out, a_len, (int32_t)len, bit, m->open);
	} else {
		add(&m->out, a_len, b_ins, b_text, m->open);
	}
	m->open = ((iter_is_change(a) && (uint32_t)a->ins > len) ||
		   (iter_is_change(b) && b->len > len)) &&
		  (m->open || m->out.count > count);
	iter_forward_new(a, len, bytes);
	iter_forward(b, len);
	return true;
}

enum err change_compose(struct arena *mem, const struct change *a, const struct change *b,
			struct change *out)
{
	struct composing m = {.out = {.mem = mem}};

	if (change_len_new(a) != change_len_old(b)) {
		return ERR_PROTO;
	}
	if (change_is_empty(a) || change_is_empty(b)) {
		copy(mem, change_is_empty(a) ? b : a, out);
		return ERR_OK;
	}
	m.a = iter_start(a);
	m.b = iter_start(b);
	while (!iter_done(&m.a) || !iter_done(&m.b)) {
		if (m.a.ins == 0) {
			add(&m.out, m.a.len, 0, NO_TEXT, m.open);
			iter_next(&m.a);
		} else if (m.b.len == 0 && !iter_done(&m.b)) {
			add(&m.out, 0, m.b.ins, m.b.text, m.open);
			iter_next(&m.b);
		} else if (!compose_overlap(&m)) {
			return ERR_PROTO;
		}
	}
	*out = builder_change(&m.out);
	assert(change_len_old(out) == change_len_old(a));
	assert(change_len_new(out) == change_len_new(b));
	return ERR_OK;
}

/* ---- on a text ---- */

/* Cut the first `units` off `rest`. False when that is inside a pair or behind the end. */
static bool take_units(struct slice *rest, uint32_t units, struct slice *out)
{
	size_t bytes = utf8_offset(*rest, units);

	if (bytes == SIZE_MAX) {
		return false;
	}
	*out = (struct slice){rest->ptr, bytes};
	if (bytes) {
		*rest = (struct slice){rest->ptr + bytes, rest->len - bytes};
	}
	return true;
}

enum err change_apply(struct arena *mem, const struct change *c, struct slice text,
		      uint32_t units_max, struct slice *out)
{
	struct slice rest = text;
	size_t bytes = text.len;
	size_t len = 0;
	char *p;

	if (change_len_old(c) != utf8_units(text)) {
		return ERR_PROTO;
	}
	if (change_len_new(c) > units_max) {
		return ERR_LIMIT;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		bytes += c->section[i].text.len;
	}
	p = arena_alloc(mem, bytes + 1);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct change_section *s = &c->section[i];
		struct slice piece;

		if (!take_units(&rest, s->len, &piece)) {
			return ERR_PROTO;
		}
		if (s->ins != CHANGE_KEEP) {
			piece = s->text;
		}
		if (piece.len) {
			memcpy(p + len, piece.ptr, piece.len);
			len += piece.len;
		}
	}
	assert(rest.len == 0 && len <= bytes);
	*out = (struct slice){p, len};
	return ERR_OK;
}

enum err change_invert(struct arena *mem, const struct change *c, struct slice text,
		       struct change *out)
{
	struct change_section *section;
	struct slice rest = text;

	if (change_len_old(c) != utf8_units(text)) {
		return ERR_PROTO;
	}
	section = arena_alloc(mem, c->count * sizeof *section);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct change_section *s = &c->section[i];
		struct slice piece;

		if (!take_units(&rest, s->len, &piece)) {
			return ERR_PROTO;
		}
		section[i] = (struct change_section){s->len, CHANGE_KEEP, NO_TEXT};
		if (s->ins != CHANGE_KEEP) {
			assert(s->len <= INT32_MAX);
			section[i].len = (uint32_t)s->ins;
			section[i].ins = (int32_t)s->len;
			section[i].text = s->len ? arena_dup(mem, piece) : NO_TEXT;
		}
	}
	assert(rest.len == 0);
	*out = (struct change){section, c->count};
	return ERR_OK;
}

struct change change_dup(struct arena *mem, const struct change *c)
{
	struct change_section *s = arena_alloc(mem, c->count * sizeof *s);

	for (uint32_t i = 0; i < c->count; i++) {
		s[i] = c->section[i];
		if (s[i].ins > 0) {
			s[i].text = arena_dup(mem, s[i].text);
		}
	}
	return (struct change){s, c->count};
}
