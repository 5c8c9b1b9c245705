#include "text/doc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"

enum {
	/* A text may be replaced whole thousands of times; then the count alone bounds nothing. */
	HISTORY_BYTES = 2 * 1024 * 1024,
	/* Sections touched by one rebase; a full push of typing over a full history of it fits. */
	REBASE_SECTIONS = 8 * 1024 * 1024,
	STEP_CAP_FIRST = 8,
};

static uint32_t step_count(const struct doc *d)
{
	assert(d->fence <= d->ver);
	assert(d->ver - d->fence <= d->step_cap);
	return (uint32_t)(d->ver - d->fence);
}

static struct doc_step *step_slot(const struct doc *d, uint32_t i)
{
	assert(i < d->step_cap);
	return &d->step[(d->step_first + i) % d->step_cap];
}

static void drop_oldest(struct doc *d)
{
	struct doc_step *s = step_slot(d, 0);
	size_t bytes = change_bytes(&s->change);

	assert(step_count(d) > 0);
	assert(bytes <= d->step_bytes);
	d->step_bytes -= (uint32_t)bytes;
	free(s->mem);
	*s = (struct doc_step){0};
	d->step_first = (d->step_first + 1) % d->step_cap;
	d->fence++;
}

void doc_init(struct doc *d, struct slice text, uint64_t ver)
{
	assert(utf8_is_valid(text));
	*d = (struct doc){.ver = ver, .fence = ver};
	body_init(&d->body, text);
}

void doc_fini(struct doc *d)
{
	doc_raise_fence(d);
	free(d->step);
	body_fini(&d->body);
	*d = (struct doc){0};
}

struct slice doc_text(const struct doc *d)
{
	assert(d->body.text);
	return (struct slice){d->body.text, d->body.bytes};
}

const struct doc_step *doc_step_at(const struct doc *d, uint64_t ver)
{
	assert(ver >= d->fence);
	assert(ver < d->ver);
	return step_slot(d, (uint32_t)(ver - d->fence));
}

void doc_raise_fence(struct doc *d)
{
	while (d->fence < d->ver) {
		drop_oldest(d);
	}
	assert(d->step_bytes == 0);
}

/* ---- rebase ---- */

/* Mapping over a change reads only its lengths; without the texts no step copies them. */
static struct change lengths_of(struct arena *mem, const struct change *c)
{
	struct change_section *section = arena_alloc(mem, c->count * sizeof *section);

	for (uint32_t i = 0; i < c->count; i++) {
		section[i].len = c->section[i].len;
		section[i].ins = c->section[i].ins;
	}
	return (struct change){section, c->count};
}

/* Move `ups` over one accepted change. `work` is what may still be touched. */
static enum err rebase_over(struct arena *mem, const struct change *accepted, struct change *ups,
			    uint32_t count, uint64_t *work)
{
	struct change over = lengths_of(mem, accepted);

	for (uint32_t i = 0; i < count; i++) {
		uint64_t sections = (uint64_t)over.count + ups[i].count;
		struct change up;
		enum err e;

		if (sections > *work) {
			return ERR_OLD;
		}
		*work -= sections;
		e = change_map(mem, &ups[i], &over, false, &up);
		if (e == ERR_OK && i + 1 < count) {
			e = change_map(mem, &over, &ups[i], true, &over);
		}
		if (e != ERR_OK) {
			return e;
		}
		ups[i] = up;
	}
	return ERR_OK;
}

/*
 * Do `ups` apply one after the other, and how long is the text then? One alone is held against the
 * text where it lies; of several all but the last are carried out on copies.
 */
static enum err fit_all(const struct doc *d, const struct change *ups, uint32_t count,
			uint32_t units_max, size_t *bytes)
{
	struct arena texts[2];
	struct slice text = doc_text(d);
	enum err e = ERR_OK;

	if (count == 1) {
		return body_fits(&d->body, &ups[0], units_max, bytes);
	}
	arena_init(&texts[0]);
	arena_init(&texts[1]);
	for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
		struct arena *into = &texts[i % 2];

		arena_reset(into);
		e = change_apply(into, &ups[i], text, units_max, &text);
	}
	*bytes = e == ERR_OK ? text.len : *bytes;
	arena_fini(&texts[0]);
	arena_fini(&texts[1]);
	return e;
}

static enum err rebase(struct arena scratch[2], const struct doc *d, uint64_t base,
		       struct change *ups, uint32_t count)
{
	uint64_t work = REBASE_SECTIONS;
	enum err e = ERR_OK;

	assert(base >= d->fence && base <= d->ver);
	for (uint64_t v = base; v < d->ver && e == ERR_OK; v++) {
		/* What the last step made is read while this one is made: two arenas in turn. */
		struct arena *into = &scratch[v % 2];

		arena_reset(into);
		e = rebase_over(into, &doc_step_at(d, v)->change, ups, count, &work);
	}
	return e;
}

enum err doc_rebase(struct arena *mem, const struct doc *d, uint64_t base, const struct change *in,
		    uint32_t count, uint32_t units_max, struct change *out, size_t *bytes)
{
	struct arena scratch[2];
	struct change *ups;
	enum err e;

	if (base < d->fence) {
		return ERR_OLD;
	}
	if (base > d->ver) {
		return ERR_PROTO;
	}
	arena_init(&scratch[0]);
	arena_init(&scratch[1]);
	ups = arena_alloc(mem, count * sizeof *ups);
	if (count) {
		memcpy(ups, in, count * sizeof *ups);
	}
	e = rebase(scratch, d, base, ups, count);
	if (e == ERR_OK) {
		e = fit_all(d, ups, count, units_max, bytes);
	}
	for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
		change_pack(&ups[i], arena_alloc(mem, change_bytes(&ups[i])), &out[i]);
	}
	arena_fini(&scratch[0]);
	arena_fini(&scratch[1]);
	return e;
}

/* ---- accept ---- */

static void grow_steps(struct doc *d)
{
	uint32_t cap = d->step_cap ? d->step_cap * 2 : STEP_CAP_FIRST;
	struct doc_step *step = mem_alloc(cap * sizeof *step);
	uint32_t count = step_count(d);

	assert(cap > count);
	for (uint32_t i = 0; i < count; i++) {
		step[i] = *step_slot(d, i);
	}
	free(d->step);
	d->step = step;
	d->step_cap = cap;
	d->step_first = 0;
}

static void add_step(struct doc *d, const struct doc_step *step)
{
	struct doc_step *s;
	size_t bytes = change_bytes(&step->change);

	while (d->fence < d->ver &&
	       (step_count(d) >= LIMIT_TEXT_HISTORY || d->step_bytes + bytes > HISTORY_BYTES)) {
		drop_oldest(d);
	}
	if (step_count(d) == d->step_cap) {
		grow_steps(d);
	}
	s = step_slot(d, step_count(d));
	*s = *step;
	s->mem = mem_alloc(bytes);
	change_pack(&step->change, s->mem, &s->change);
	d->step_bytes += (uint32_t)bytes;
	d->ver++;
	assert(step_count(d) <= LIMIT_TEXT_HISTORY);
}

void doc_accept(struct doc *d, uint64_t client, uint8_t actor, uint8_t for_seat,
		const struct change *changes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct doc_step step = {
		    .client = client, .actor = actor, .for_seat = for_seat, .change = changes[i]};

		add_step(d, &step);
		body_change(&d->body, &changes[i]);
	}
}

/* ---- what a folded text has already ---- */

/* Of the text after the last change that is remembered. */
static uint32_t units_now(const struct doc *d)
{
	return change_len_new(&doc_step_at(d, d->ver - 1)->change);
}

enum err doc_remember(struct doc *d, uint64_t client, uint8_t actor, uint8_t for_seat,
		      const struct change *changes, uint32_t count, uint64_t from)
{
	if (d->ver != from) {
		doc_raise_fence(d);
		d->ver = d->fence = from;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct doc_step step = {
		    .client = client, .actor = actor, .for_seat = for_seat, .change = changes[i]};

		if (d->fence < d->ver && change_len_old(&changes[i]) != units_now(d)) {
			return ERR_PROTO;
		}
		add_step(d, &step);
	}
	return ERR_OK;
}

enum err doc_settle(struct doc *d, uint64_t ver)
{
	if (d->ver > ver) {
		return ERR_PROTO;
	}
	if (d->ver < ver) {
		doc_raise_fence(d);
		d->ver = d->fence = ver;
	}
	return d->fence < d->ver && units_now(d) != d->body.units ? ERR_PROTO : ERR_OK;
}
