/*
 * Rows of a log of signed minutes under libFuzzer, as a damaged database has them, or one that
 * somebody wrote into. An input is choices: what is done to the rows of a real log, one after the
 * other; of a leaf also to its JSON, with the hash made to fit. What must hold: refused, or a log
 * that can be asked everything, signed in, and loaded again; one the check finds true gives each
 * of its parties a bundle.
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "minutes/b64.h"
#include "minutes/leaf.h"
#include "support/minutes_conference.h"

enum { EDITS_MAX = 24, WORDS_MAX = 40, DAYS = 9 };

static struct conference base;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct conference *c = &base;
	struct min_hash leaf;
	struct min_act act;

	(void)argc;
	(void)argv;
	MUST(sodium_init() >= 0, "sodium");
	conference_seal(c, "fuzz");
	for (uint8_t seat = 0; seat < SEATS; seat++) {
		act = agree_of(c, seat, SEALED + 10 + seat);
		MUST(min_log_sign(c->log, &act, NULL, &c->change) == ERR_OK, "signed");
	}
	leaf = leaf_named(c, PS, "row/min.decisions", "text");
	MUST(amend(c, &leaf, SEALED + 60, NULL) == ERR_OK, "corrected");
	MUST(min_log_key(c->log, SELF, slice_of("a key"), SEALED + 70, &c->change) == ERR_OK,
	     "key");
	MUST(min_log_until(c->log, SEALED + 7200, &c->change) == ERR_OK, "a round");
	act = agree_of(c, EMP, SEALED + 7300);
	MUST(min_log_sign(c->log, &act, NULL, &c->change) == ERR_OK, "late");
	conference_reload(c);
	return 0;
}

/* ---- what is done to rows ---- */

struct edits {
	struct choices from;
	struct min_rows rows;
	struct min_row_entry *entry;
	struct min_row_leaf *leaf;
	char *made[2 * EDITS_MAX]; /* new bytes, each a piece of its own: what is read behind it is
				      seen */
	size_t made_count;
};

static struct slice keep(struct edits *e, struct slice s)
{
	char *copy = malloc(s.len ? s.len : 1);

	MUST(copy && e->made_count < 2 * EDITS_MAX, "room");
	memcpy(copy, s.ptr, s.len);
	e->made[e->made_count++] = copy;
	return (struct slice){copy, s.len};
}

/* Some of `s` goes, some bytes come. */
static struct slice spliced(struct edits *e, struct slice s)
{
	size_t at = (choice(&e->from) | (size_t)choice(&e->from) << 8) % (s.len + 1);
	size_t gone = choose(&e->from, WORDS_MAX), come = choose(&e->from, WORDS_MAX);
	struct buf b = {0};
	struct slice out;

	s.ptr = s.ptr ? s.ptr : "";
	gone = gone < s.len - at ? gone : s.len - at;
	buf_add(&b, (struct slice){s.ptr, at});
	for (size_t i = 0; i < come; i++) {
		char byte = (char)choice(&e->from);

		buf_add(&b, (struct slice){&byte, 1});
	}
	buf_add(&b, (struct slice){s.ptr + at + gone, s.len - at - gone});
	out = keep(e, (struct slice){b.ptr ? b.ptr : "", b.len});
	buf_fini(&b);
	return out;
}

/* The JSON of a leaf, written again as it has to be. */
static void reworded(struct edits *e, struct min_row_leaf *l)
{
	struct buf json = {0}, d = {0};
	struct slice words;

	if (l->d.ptr && min_b64u_decode(l->d, &json)) {
		words = spliced(e, buf_slice(&json));
		min_b64u_add(&d, words.ptr, words.len);
		l->d = keep(e, (struct slice){d.ptr ? d.ptr : "", d.len});
		l->hash = min_leaf_hash(l->d);
	}
	buf_fini(&json);
	buf_fini(&d);
}

static void change_leaf_row(struct edits *e, struct min_row_leaf *l, size_t what)
{
	switch (what) {
	case 0:
		l->d = spliced(e, l->d);
		break;
	case 1:
		l->ord = spliced(e, l->ord);
		break;
	case 2:
		l->entry = (uint32_t)choice(&e->from) << (choice(&e->from) & 24);
		break;
	case 3:
		l->label = (uint16_t)((unsigned)choice(&e->from) << (choice(&e->from) & 8));
		break;
	case 4:
		l->hash.b[choice(&e->from) % 32] ^= choice(&e->from);
		break;
	case 5:
		l->time = (int64_t)((uint64_t)choice(&e->from) << (choice(&e->from) & 63));
		break;
	case 6:
		l->d = (struct slice){NULL, 0};
		break;
	default:
		reworded(e, l);
	}
}

static void change_entry_row(struct edits *e, struct min_row_entry *row, size_t what)
{
	switch (what) {
	case 0:
		row->index = (uint32_t)choice(&e->from) << (choice(&e->from) & 24);
		break;
	case 1:
		row->root.b[choice(&e->from) % 32] ^= choice(&e->from);
		break;
	default:
		row->header = spliced(e, row->header);
	}
}

static void edit(struct edits *e)
{
	size_t kind = choose(&e->from, 16);
	size_t at = choice(&e->from) | (size_t)choice(&e->from) << 8;

	if (kind < 8 && e->rows.leaf_count) {
		change_leaf_row(e, &e->leaf[at % e->rows.leaf_count], kind);
	} else if (kind < 11 && e->rows.entry_count) {
		change_entry_row(e, &e->entry[at % e->rows.entry_count], kind - 8);
	} else if (kind == 11 && e->rows.leaf_count) {
		e->leaf[at % e->rows.leaf_count] = e->leaf[--e->rows.leaf_count];
	} else if (kind == 12 && e->rows.leaf_count > 1) {
		size_t i = at % (e->rows.leaf_count - 1);
		struct min_row_leaf l = e->leaf[i];

		e->leaf[i] = e->leaf[i + 1];
		e->leaf[i + 1] = l;
	} else if (kind == 13 && e->rows.entry_count) {
		e->rows.entry_count--;
	} else {
		e->rows.body = spliced(e, e->rows.body);
	}
}

/* ---- what must hold ---- */

static void ask(const struct min_log *log, bool is_true)
{
	struct min_about about;

	min_log_about(log, &about);
	MUST(about.entries > 0, "no genesis");
	for (unsigned seat = 0; seat <= SEAT_MAX; seat++) {
		struct min_due due[MIN_DUE_MAX];
		struct min_told *told;
		struct buf bundle = {0};
		struct arena mem;
		size_t count;
		enum err e;

		arena_init(&mem);
		e = min_log_status(log, (uint8_t)seat, &mem, &told, &count);
		MUST((e == ERR_GONE) == !min_log_party(log, (uint8_t)seat), "a status of nobody");
		MUST(min_log_heads(log, (uint8_t)seat, due) <= MIN_DUE_MAX, "heads");
		e = min_log_bundle(log, (uint8_t)seat, &bundle);
		MUST(!is_true || e == ERR_OK || !min_log_party(log, (uint8_t)seat), "no bundle");
		(void)min_log_has_key(log, (uint8_t)seat, slice_of("a key"));
		buf_fini(&bundle);
		arena_fini(&mem);
	}
}

/* It goes on: a signature, rounds. A log that is not true may refuse. */
static void go_on(struct min_log *log)
{
	struct min_change change;
	struct min_about about;
	struct min_due due[MIN_DUE_MAX];
	uint64_t now;

	min_log_about(log, &about);
	now = about.sealed < SEALED ? about.sealed : SEALED;
	min_change_init(&change);
	if (min_log_until(log, now + DAYS * 86400, &change) == ERR_OK) {
		size_t count = min_log_heads(log, SELF, due);

		for (size_t i = 0; i < count; i++) {
			struct min_act act = {.seat = SELF,
					      .time = now + DAYS * 86400,
					      .size = due[i].size,
					      .slots = due[i].slots,
					      .say = {.by = SEAT_NONE, .witness = SEAT_NONE}};

			(void)min_log_sign(log, &act, NULL, &change);
		}
	}
	min_change_fini(&change);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct edits e = {.from = {data, size}, .rows = rig_rows(&base.rig)};
	struct min_log *log = NULL;
	size_t edits = choose(&e.from, EDITS_MAX);

	e.leaf = (struct min_row_leaf *)e.rows.leaf;
	e.entry = mem_alloc(e.rows.entry_count * sizeof *e.entry);
	memcpy(e.entry, e.rows.entry, e.rows.entry_count * sizeof *e.entry);
	e.rows.entry = e.entry;
	for (size_t i = 0; i < edits; i++) {
		edit(&e);
	}
	if (min_log_load(&e.rows, &base.rig.port, &log) == ERR_OK) {
		bool is_true = !min_log_check(log);

		MUST(edits || is_true, "the log itself");
		ask(log, is_true);
		go_on(log);
	} else {
		MUST(edits && !log, "refused for nothing");
	}
	min_log_free(log);
	free(e.entry);
	free(e.leaf);
	for (size_t i = 0; i < e.made_count; i++) {
		free(e.made[i]);
	}
	return 0;
}
