/*
 * Laws of changes on random input: both orders meet (TP1), compose, invert, JSON, and clients
 * that edit at once end at one text. A failure prints the seed; `SEED=n` runs that round first.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "text/change.h"
#include "text/doc.h"

__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

enum { LAW_ROUNDS = 8000, SESSION_ROUNDS = 1500, SECTIONS_MAX = 40, PENDING_MAX = 64 };

static uint64_t seed;  /* of this round, for messages */
static uint64_t state; /* of the generator */
static struct arena mem;

static uint32_t rnd(uint32_t n) /* splitmix64, 0 .. n-1 */
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % n);
}

static bool chance(uint32_t percent)
{
	return rnd(100) < percent;
}

static uint64_t first_seed(void)
{
	const char *text = getenv("SEED");
	struct timespec now;

	if (text) {
		return strtoull(text, NULL, 10);
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#define HOLDS(CONDITION) cr_assert(CONDITION, "SEED=%" PRIu64 " breaks %s", seed, #CONDITION)
#define DONE(CALL) HOLDS((CALL) == ERR_OK)

static void rounds(int count, void (*round)(void))
{
	uint64_t first = first_seed();

	for (int i = 0; i < count; i++) {
		seed = first + (uint64_t)i;
		state = seed;
		arena_init(&mem);
		round();
		arena_fini(&mem);
	}
	if (__lsan_do_recoverable_leak_check) {
		cr_assert(__lsan_do_recoverable_leak_check() == 0, "leak");
	}
}

static struct slice random_text(uint32_t letters_max)
{
	static const char *const letters[] = {"a", "b", "é", "あ", "𠮷", "👍", "\n", "\t"};
	struct slice text = {NULL, 0};

	for (uint32_t n = rnd(letters_max + 1); n > 0; n--) {
		text = arena_printf(&mem, "%.*s%s", (int)text.len, text.len ? text.ptr : "",
				    letters[rnd(8)]);
	}
	return text;
}

/* Add a section unless CodeMirror would have joined it with the last one. */
static bool push_section(struct change *c, uint32_t len, int32_t ins, struct slice text)
{
	const struct change_section *last = c->count ? &c->section[c->count - 1] : NULL;

	if (c->count == SECTIONS_MAX || (len == 0 && ins <= 0) ||
	    (last && ins <= 0 && ins == last->ins) || (last && len == 0 && last->len == 0)) {
		return false;
	}
	c->section[c->count++] = (struct change_section){len, ins, text};
	return true;
}

/* The next place not inside a pair, `letters` code points on from `at`. */
static uint32_t code_points_on(struct slice text, uint32_t at, uint32_t letters)
{
	size_t units = utf8_units(text);

	while (letters > 0 && at < units) {
		at++;
		at += utf8_offset(text, at) == SIZE_MAX;
		letters--;
	}
	return at;
}

static struct change random_change(struct slice text)
{
	struct change c = {arena_alloc(&mem, SECTIONS_MAX * sizeof *c.section), 0};
	uint32_t units = (uint32_t)utf8_units(text);
	uint32_t at = code_points_on(text, 0, rnd(4));

	(void)push_section(&c, at, CHANGE_KEEP, (struct slice){NULL, 0});
	for (uint32_t n = 1 + rnd(5); n > 0; n--) {
		struct slice insert = chance(50) ? random_text(3) : (struct slice){NULL, 0};
		uint32_t to = chance(50) ? at : code_points_on(text, at, 1 + rnd(5));
		int32_t ins = (int32_t)utf8_units(insert);

		if (push_section(&c, to - at, ins, insert)) {
			at = to;
		}
		to = chance(40) ? at : code_points_on(text, at, rnd(3));
		if (push_section(&c, to - at, CHANGE_KEEP, (struct slice){NULL, 0})) {
			at = to;
		}
	}
	if (at < units && c.count && c.section[c.count - 1].ins == CHANGE_KEEP) {
		c.section[c.count - 1].len += units - at;
	} else if (at < units) {
		c.section[c.count++] = (struct change_section){units - at, CHANGE_KEEP, {NULL, 0}};
	}
	return c;
}

static struct slice applied(const struct change *c, struct slice text)
{
	struct slice out;

	DONE(change_apply(&mem, c, text, UINT32_MAX, &out));
	HOLDS(utf8_is_valid(out));
	HOLDS(utf8_units(out) == change_len_new(c));
	return out;
}

static struct change mapped(const struct change *a, const struct change *b, bool before)
{
	struct change out;

	DONE(change_map(&mem, a, b, before, &out));
	return out;
}

static struct change composed(const struct change *a, const struct change *b)
{
	struct change out;

	DONE(change_compose(&mem, a, b, &out));
	return out;
}

/* What we make is what we would take: the form stays normal. */
static void check_json(const struct change *c)
{
	json_t *json = change_to_json(c);
	char *line = json_dumps(json, JSON_COMPACT);
	json_t *read = json_loads(line, 0, NULL);
	json_t *again;
	struct change out;

	DONE(change_from_json(&mem, read, &out));
	again = change_to_json(&out);
	HOLDS(json_equal(again, json));
	HOLDS(change_len_old(&out) == change_len_old(c));
	HOLDS(change_len_new(&out) == change_len_new(c));
	json_decref(again);
	json_decref(read);
	json_decref(json);
	free(line);
}

static void law_round(void)
{
	struct slice text = random_text(12);
	struct change a = random_change(text);
	struct change b = random_change(text);
	struct slice text_a = applied(&a, text);
	struct change c = random_change(text_a);
	struct change b_after = mapped(&b, &a, false);
	struct change a_before = mapped(&a, &b, true);
	struct change ab = composed(&a, &b_after);
	struct change ba = composed(&b, &a_before);
	struct change ac = composed(&a, &c);
	struct change undo;

	check_json(&a);
	check_json(&b_after);
	check_json(&a_before);
	check_json(&ac);
	HOLDS(slice_eq(applied(&b_after, text_a), applied(&a_before, applied(&b, text))));
	HOLDS(slice_eq(applied(&ab, text), applied(&ba, text)));
	HOLDS(slice_eq(applied(&ac, text), applied(&c, text_a)));
	DONE(change_invert(&mem, &a, text, &undo));
	check_json(&undo);
	HOLDS(slice_eq(applied(&undo, text_a), text));
	DONE(change_invert(&mem, &undo, text_a, &undo));
	HOLDS(slice_eq(applied(&undo, text), text_a));
}

/* ---- sessions ---- */

/* An editor with the collab extension: `sent` of its `pending` changes are on their way. */
struct client {
	struct slice text;
	uint64_t ver;
	struct change pending[PENDING_MAX];
	uint32_t count;
	uint32_t sent;
	bool arrived;
	uint64_t sent_base;
	struct change sent_change[PENDING_MAX];
};

static void client_edit(struct client *c)
{
	struct change change = random_change(c->text);

	if (c->count < PENDING_MAX && !change_is_empty(&change)) {
		c->text = applied(&change, c->text);
		c->pending[c->count++] = change;
	}
}

/* receiveUpdates of @codemirror/collab with one update. */
static void client_receive(struct client *c, uint64_t id, const struct doc_step *step)
{
	struct change over = step->change;

	c->ver++;
	if (step->client == id) {
		HOLDS(c->count > 0 && c->sent > 0 && c->arrived);
		c->count--;
		c->sent--;
		memmove(c->pending, c->pending + 1, c->count * sizeof *c->pending);
		return;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		struct change up = mapped(&c->pending[i], &over, false);

		over = mapped(&over, &c->pending[i], true);
		c->pending[i] = up;
	}
	c->text = applied(&over, c->text);
}

static void client_pull(struct client *c, uint64_t id, const struct doc *d, uint32_t most)
{
	for (; c->ver < d->ver && most > 0; most--) {
		client_receive(c, id, doc_step_at(d, c->ver));
	}
}

static void client_send(struct client *c)
{
	if (c->sent == 0 && c->count > 0) {
		c->sent = c->count;
		c->sent_base = c->ver;
		c->arrived = false;
		memcpy(c->sent_change, c->pending, c->count * sizeof *c->pending);
	}
}

static void arrive(struct client *c, uint64_t id, struct doc *d)
{
	struct change out[PENDING_MAX];
	size_t bytes;

	if (c->sent == 0 || c->arrived) {
		return;
	}
	DONE(doc_rebase(&mem, d, c->sent_base, c->sent_change, c->sent, UINT32_MAX, out, &bytes));
	doc_accept(d, id, 0, 0, out, c->sent);
	HOLDS(doc_text(d).len == bytes && d->body.units == utf8_units(doc_text(d)));
	c->arrived = true;
}

static void settle(struct client *clients, uint32_t count, struct doc *d)
{
	for (bool busy = true; busy;) {
		busy = false;
		for (uint32_t i = 0; i < count; i++) {
			arrive(&clients[i], i, d);
			client_pull(&clients[i], i, d, UINT32_MAX);
			client_send(&clients[i]);
			busy = busy || clients[i].sent > 0;
		}
	}
}

static void session_round(void)
{
	struct slice text = random_text(10);
	uint32_t count = 2 + rnd(4);
	struct client *clients = arena_alloc(&mem, count * sizeof *clients);
	struct doc d;

	doc_init(&d, text, 1 + rnd(1000));
	for (uint32_t i = 0; i < count; i++) {
		clients[i].text = text;
		clients[i].ver = d.ver;
	}
	for (uint32_t n = 20 + rnd(60); n > 0; n--) {
		uint32_t i = rnd(count);

		switch (rnd(6)) {
		case 0:
		case 1:
			client_edit(&clients[i]);
			break;
		case 2:
			client_send(&clients[i]);
			break;
		case 3:
			arrive(&clients[i], i, &d);
			break;
		default:
			client_pull(&clients[i], i, &d, 1 + rnd(3));
		}
	}
	settle(clients, count, &d);
	for (uint32_t i = 0; i < count; i++) {
		client_pull(&clients[i], i, &d, UINT32_MAX);
		HOLDS(clients[i].count == 0 && clients[i].ver == d.ver);
		HOLDS(slice_eq(clients[i].text, doc_text(&d)));
	}
	doc_fini(&d);
}

Test(prop_text, laws_of_changes, .timeout = 60)
{
	rounds(LAW_ROUNDS, law_round);
}

Test(prop_text, clients_converge, .timeout = 60)
{
	rounds(SESSION_ROUNDS, session_round);
}
