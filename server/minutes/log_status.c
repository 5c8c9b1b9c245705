/* What a seat is told of signatures, and what it is to sign. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"

struct telling {
	const struct min_log *log;
	const struct min_party *me;
	struct arena *mem;
	struct min_told *told;
	size_t count, cap;
};

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

/* A leaf in one label by its name; NULL: not there, or erased. */
static const struct log_leaf *named(const struct min_log *log, size_t label, struct slice name)
{
	const struct log_box *b = log_box(log, LOG_MINUTES, label);

	for (size_t i = 0; i < b->count; i++) {
		if (b->leaf[i].bytes && slice_eq(b->leaf[i].name, name)) {
			return &b->leaf[i];
		}
	}
	return NULL;
}

/* The string a leaf holds, in `mem`. */
static struct slice string_of(const struct log_leaf *l, struct arena *mem)
{
	struct min_leaf leaf;
	struct slice text = {0};

	if (l && l->bytes && min_leaf_decode(l->d, &leaf)) {
		text = arena_dup(mem, text_of(leaf.value));
		min_leaf_fini(&leaf);
	}
	return text;
}

/* As the reader knows that party: its own name, or the label that stands in a slot they share. */
static struct slice name_for(const struct telling *t, uint8_t seat)
{
	const struct min_party *p = min_log_party(t->log, seat);
	struct slice name = slice_of("name");
	const struct log_leaf *l = NULL;

	if (seat != t->me->seat) {
		name = arena_printf(t->mem, "name/%s", p->id);
	}
	for (uint8_t i = 0; !l && i < MIN_SLOTS; i++) {
		if ((t->me->shared | (uint32_t)1 << t->me->slot) >> i & 1) {
			l = named(t->log, min_log_slot_label(t->log, i), name);
		}
	}
	return string_of(l, t->mem);
}

static uint8_t helper(const struct min_log *log, const json_t *v)
{
	return json_is_string(v) ? min_log_seat(log, text_of(v)) : SEAT_NONE;
}

/* What is said in one slot; a slot that is told twice says the same. */
static void add_say(struct telling *t, struct min_told *act, uint8_t slot, const json_t *value)
{
	const json_t *note = json_object_get(value, "note");
	struct min_told_say *s = &act->say[act->say_count];
	struct min_hash hash;
	uint32_t entry;

	for (size_t i = 0; i < act->say_count; i++) {
		if (act->say[i].slot == slot) {
			return;
		}
	}
	*s = (struct min_told_say){.slot = slot, .by = SEAT_NONE, .witness = SEAT_NONE};
	if (!min_decision_of(text_of(json_object_get(value, "decision")), &s->decision)) {
		return;
	}
	s->has_about =
	    min_b64_exact(text_of(json_object_get(value, "about")), s->about.b, sizeof s->about.b);
	s->is_mark = slice_is(text_of(json_object_get(value, "hand")), "mark");
	s->by = helper(t->log, json_object_get(value, "by"));
	s->witness = helper(t->log, json_object_get(value, "witness"));
	if (note && min_b64_exact(text_of(note), hash.b, sizeof hash.b)) {
		s->note = string_of(log_find(t->log, &hash, &entry), t->mem);
	}
	act->say_count++;
}

static struct min_told *told_of(struct telling *t, const struct log_act *a, uint32_t entry)
{
	struct min_told *told;

	for (size_t i = 0; i < t->count; i++) {
		if (min_hash_eq(&t->told[i].statement, &a->hash)) {
			return &t->told[i];
		}
	}
	mem_room(&t->told, &t->cap, t->count, sizeof *t->told);
	told = &t->told[t->count++];
	*told = (struct min_told){.statement = a->hash,
				  .seat = min_log_seat(t->log, slice_of(a->party)),
				  .method = a->method,
				  .time = a->time,
				  .is_late = a->time > t->log->deadline,
				  .size = a->size,
				  .entry = entry < t->log->entry_count ? entry : 0};
	told->name = name_for(t, told->seat);
	told->say = arena_alloc(t->mem, MIN_SLOTS * sizeof *told->say);
	return told;
}

static void tell(struct telling *t, uint32_t entry, const struct log_leaf *leaf)
{
	struct log_act a;
	json_t *say[MIN_SLOTS];
	uint32_t open;
	uint8_t seat;

	if (!leaf->bytes || !log_act_read(t->log, leaf, &a)) {
		return;
	}
	seat = min_log_seat(t->log, slice_of(a.party));
	open = (uint32_t)1 << a.of;
	if (seat == t->me->seat && a.of == t->me->slot) {
		open |= t->me->shared;
	}
	if (seat != SEAT_NONE && log_act_says(&a, open, say)) {
		struct min_told *told = told_of(t, &a, entry);

		for (uint8_t i = 0; i < MIN_SLOTS; i++) {
			if (say[i]) {
				add_say(t, told, i, say[i]);
			}
			json_decref(say[i]);
		}
	}
	log_act_fini(&a);
}

static int by_slot(const void *a, const void *b)
{
	const struct min_told_say *x = a;
	const struct min_told_say *y = b;

	return (int)x->slot - (int)y->slot;
}

static int by_time(const void *a, const void *b)
{
	const struct min_told *x = a;
	const struct min_told *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1)
				  : memcmp(x->statement.b, y->statement.b, sizeof x->statement.b);
}

/* Another party said it was there. */
static bool is_vouched(const struct telling *t, const struct min_told *act)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct min_told *o = &t->told[i];

		for (size_t k = 0; o->seat != act->seat && k < o->say_count; k++) {
			if (o->say[k].decision == MIN_VOUCH && o->say[k].has_about &&
			    min_hash_eq(&o->say[k].about, &act->statement)) {
				return true;
			}
		}
	}
	return false;
}

enum err min_log_status(const struct min_log *log, uint8_t seat, struct arena *mem,
			struct min_told **out, size_t *count)
{
	struct telling t = {.log = log, .me = min_log_party(log, seat), .mem = mem};

	if (!t.me) {
		return ERR_GONE;
	}
	for (uint32_t i = LOG_FIRST_ROUND; i < log->entry_made; i++) {
		for (size_t s = 0; s < MIN_SLOTS; s++) {
			const struct log_box *b = &log->entry[i].box[s];
			bool mine = (t.me->shared | (uint32_t)1 << t.me->slot) >> s & 1;

			for (size_t k = 0; mine && k < b->count; k++) {
				tell(&t, i, &b->leaf[k]);
			}
		}
	}
	*out = arena_alloc(mem, (t.count + 1) * sizeof **out);
	for (size_t i = 0; i < t.count; i++) {
		(*out)[i] = t.told[i];
		(*out)[i].is_vouched = is_vouched(&t, &t.told[i]);
		qsort((*out)[i].say, (*out)[i].say_count, sizeof *(*out)[i].say, by_slot);
	}
	qsort(*out, t.count, sizeof **out, by_time);
	*count = t.count;
	free(t.told);
	return ERR_OK;
}

/* ---- heads to sign ---- */

bool min_told_is_withdrawn(const struct min_told *told, size_t count, const struct min_told *act)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; told[i].seat == act->seat && k < told[i].say_count; k++) {
			const struct min_told_say *s = &told[i].say[k];

			if (s->decision == MIN_WITHDRAW && s->has_about &&
			    min_hash_eq(&s->about, &act->statement)) {
				return true;
			}
		}
	}
	return false;
}

/* By an act that it has not withdrawn. A vouch is no signature. */
static bool is_signed(const struct min_told *told, size_t count, const struct min_party *p,
		      uint32_t size)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < told[i].say_count; k++) {
			const struct min_told_say *s = &told[i].say[k];

			if (told[i].seat == p->seat && told[i].size == size && s->slot == p->slot &&
			    s->decision != MIN_VOUCH && s->decision != MIN_WITHDRAW &&
			    !min_told_is_withdrawn(told, count, &told[i])) {
				return true;
			}
		}
	}
	return false;
}

static int by_size(const void *a, const void *b)
{
	const struct min_due *x = a;
	const struct min_due *y = b;

	return x->size < y->size ? -1 : x->size > y->size;
}

size_t min_log_heads(const struct min_log *log, uint8_t seat, struct min_due out[MIN_DUE_MAX])
{
	const struct min_party *p = min_log_party(log, seat);
	struct min_told *told;
	struct arena mem;
	size_t acts;
	size_t n = 0;

	arena_init(&mem);
	if (min_log_status(log, seat, &mem, &told, &acts) != ERR_OK) {
		arena_fini(&mem);
		return 0;
	}
	for (uint8_t i = 0; i < MIN_SLOTS; i++) {
		size_t at = 0;

		if (!((p->shared | (uint32_t)1 << p->slot) >> i & 1)) {
			continue;
		}
		while (at < n && out[at].size != log->changed[i]) {
			at++;
		}
		if (at == n) {
			out[n++] = (struct min_due){.size = log->changed[i],
						    .root = log->entry[log->changed[i] - 1].root,
						    .slots = (uint32_t)1 << p->slot,
						    .is_signed =
							is_signed(told, acts, p, log->changed[i])};
		}
		out[at].slots |= (uint32_t)1 << i;
	}
	qsort(out, n, sizeof *out, by_size);
	arena_fini(&mem);
	return n;
}

/* ---- passkeys ---- */

static bool is_key(const struct log_leaf *l, struct slice name, struct slice spki)
{
	struct buf b = {0};
	struct min_leaf leaf;
	bool is = false;

	if (!l->bytes || !slice_eq(l->name, name) || !min_leaf_decode(l->d, &leaf)) {
		return false;
	}
	min_b64_add(&b, spki.ptr, spki.len);
	is = slice_eq(text_of(json_object_get(leaf.value, "spki")), buf_slice(&b));
	buf_fini(&b);
	min_leaf_fini(&leaf);
	return is;
}

bool min_log_has_key(const struct min_log *log, uint8_t seat, struct slice spki)
{
	const struct min_party *p = min_log_party(log, seat);
	char name[8 + MIN_ID_CHARS];

	if (!p) {
		return false;
	}
	snprintf(name, sizeof name, "key/%s", p->id);
	for (uint32_t entry = LOG_MINUTES + 1; entry < log->entry_made; entry++) {
		const struct log_box *b = log_box(log, entry, min_log_slot_label(log, p->slot));

		for (size_t i = 0; b && i < b->count; i++) {
			if (is_key(&b->leaf[i], slice_of(name), spki)) {
				return true;
			}
		}
	}
	return false;
}
