/* A log of minutes: found, made of the journal where there is none, brought up to now, kept. */
#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "minutes/b64.h"

/* ---- the port of the pure log ---- */

static void fill(void *arg, const char *place, uint8_t *out, size_t n)
{
	(void)arg;
	(void)place;
	randombytes_buf(out, n);
}

static bool sign(void *arg, enum min_signer key, struct slice message, uint8_t sig[64])
{
	const struct archive_keys *k = arg;

	return k->are_there && crypto_sign_detached(sig, NULL, (const uint8_t *)message.ptr,
						    message.len, k->secret[key]) == 0;
}

static struct min_port port_of(const struct archive_keys *keys)
{
	return (struct min_port){
	    .arg = (void *)(uintptr_t)keys, .fill = fill, .sign = sign, .hide = NULL};
}

/* ---- the room, as of a moment ---- */

static enum err replay(struct played *p, size_t count, int64_t now_ms, char *why)
{
	enum err e = ERR_OK;

	p->room = room_create(p->use.schema, p->use.ceiling);
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		e = room_replay(p->room, &p->loaded->record[i]);
	}
	if (e == ERR_OK) {
		e = room_replay_done(p->room, now_ms, true);
	}
	if (e != ERR_OK) {
		(void)snprintf(why, STORE_WHY_BYTES, "the journal cannot be replayed: %s",
			       err_text(e));
	}
	return e == ERR_OK ? ERR_OK : ERR_IO;
}

enum err played_open(struct archive *a, struct series_id series, uint64_t count, int64_t now_ms,
		     struct played *out, char *why)
{
	enum err e = store_load_now(a->reader, series, &out->loaded, why);

	out->a = a;
	if (e != ERR_OK) {
		return e;
	}
	count = count < out->loaded->record_count ? count : out->loaded->record_count;
	e = policies_take(a->policies, out->loaded, (size_t)count, &out->use, why);
	if (e == ERR_OK) {
		e = replay(out, (size_t)count, now_ms, why);
	}
	return e == ERR_OK ? ERR_OK : ERR_IO;
}

void played_close(struct played *p)
{
	room_destroy(p->room);
	if (p->a) {
		policies_release(p->a->policies, &p->use);
	}
	store_series_destroy(p->loaded);
	*p = (struct played){0};
}

enum err log_of_room(const struct room *room, const struct min_params *params,
		     const struct archive_keys *keys, struct min_log **out,
		     struct min_change *change)
{
	struct min_port port = port_of(keys);
	struct min_input input;
	struct arena mem;
	json_t *values;
	enum err e;

	arena_init(&mem);
	values = room_seal_input(room, &mem, &input);
	e = min_log_seal(&input, params, &port, out, change);
	json_decref(values);
	arena_fini(&mem);
	return e;
}

/* ---- making ---- */

/* HOST/c/ and 32 random digits. */
static void new_origin(const struct archive *a, struct buf *out)
{
	uint8_t bits[16];

	randombytes_buf(bits, sizeof bits);
	buf_printf(out, "%s/c/", a->host);
	for (size_t i = 0; i < sizeof bits; i++) {
		buf_printf(out, "%02x", bits[i]);
	}
}

/*
 * Of the journal up to the record that sealed it. `parent`: empty, or the head it goes on from
 * where no newer one is known.
 */
static enum err make(struct archive *a, struct series_id series, const struct minutes_seal *seal,
		     uint32_t fork, struct slice parent, char *why)
{
	struct played p = {0};
	struct buf origin = {0}, lost = {0};
	struct min_params params = {.parent = parent,
				    .rp = slice_of(a->rp),
				    .sealed = (uint64_t)(seal->at_ms / 1000),
				    .deadline = (uint64_t)(seal->deadline_ms / 1000)};
	struct min_change change;
	struct min_log *log = NULL;
	int64_t id;
	enum err e = keys_take(a, true, why);

	if (e == ERR_OK) {
		e = played_open(a, series, seal->seq - 1, seal->at_ms, &p, why);
	}
	if (e == ERR_OK) {
		e = lost_parent(a, series, seal->seq, fork == 0, p.room, &lost, why);
	}
	if (e != ERR_OK) {
		played_close(&p);
		buf_fini(&lost);
		return ERR_IO;
	}
	params.parent = lost.len ? buf_slice(&lost) : parent;
	new_origin(a, &origin);
	params.origin = buf_slice(&origin);
	memcpy(params.log_key, a->keys.public_[MIN_SIGN_LOG], sizeof params.log_key);
	memcpy(params.attest_key, a->keys.public_[MIN_SIGN_ATTEST], sizeof params.attest_key);
	min_change_init(&change);
	e = log_of_room(p.room, &params, &a->keys, &log, &change);
	if (e == ERR_OK) {
		e = minutes_db_create(a->db,
				      &(struct minutes_new){series, seal->seq, fork, params.origin},
				      &change, &id, why);
	} else {
		(void)snprintf(why, STORE_WHY_BYTES, "the minutes cannot be sealed: %s",
			       err_text(e));
	}
	min_log_free(log);
	min_change_fini(&change);
	buf_fini(&origin);
	buf_fini(&lost);
	played_close(&p);
	return e;
}

/* ---- taking one that is there ---- */

/* As far as both go, is what is kept what was given out? */
static bool is_what_was_given(const struct minutes_stored *s, const struct given_head *head)
{
	return head->size == 0 || (head->size <= s->rows.entry_count &&
				   min_hash_eq(&s->rows.entry[head->size - 1].root, &head->root));
}

/* A log that goes on from the head that the database has forgotten. */
static enum err make_anew(struct archive *a, const struct minutes_stored *s,
			  const struct minutes_seal *seal, const struct given_head *head, char *why)
{
	char root[MIN_B64_HASH + 1];
	struct buf parent = {0};
	enum err e;

	min_b64_hash(&head->root, root);
	buf_printf(&parent, "%.*s %" PRIu64 " %s", (int)s->origin.len, s->origin.ptr, head->size,
		   root);
	e = make(a, s->series, seal, s->fork + 1, buf_slice(&parent), why);
	if (e == ERR_OK) {
		(void)snprintf(why, STORE_WHY_BYTES,
			       "an older copy was restored: a new log goes on from %.*s",
			       (int)parent.len, parent.ptr);
	}
	buf_fini(&parent);
	return e;
}

static enum err take(struct held *h, const struct minutes_stored *s, char *why)
{
	struct min_port port = port_of(&h->a->keys);
	enum err e = keys_take(h->a, false, why);

	if (e == ERR_OK) {
		e = min_log_load(&s->rows, &port, &h->log);
	}
	if (e != ERR_OK) {
		if (!h->log && h->a->keys.are_there) {
			(void)snprintf(why, STORE_WHY_BYTES, "a log of minutes cannot be read: %s",
				       err_text(e));
		}
		return ERR_IO;
	}
	h->id = s->id;
	h->series = s->series;
	h->seq = s->seq;
	h->fork = s->fork;
	h->entries = s->entries;
	h->leaves = s->leaves;
	min_log_about(h->log, &h->about);
	if (memcmp(h->about.log_key, h->a->keys.public_[MIN_SIGN_LOG], 32) != 0 ||
	    memcmp(h->about.attest_key, h->a->keys.public_[MIN_SIGN_ATTEST], 32) != 0) {
		(void)snprintf(why, STORE_WHY_BYTES,
			       "the minutes were sealed with other keys than %s.keys holds",
			       h->a->db_path);
		return ERR_IO;
	}
	return ERR_OK;
}

/* The wire ids of who was invited, with commas between. */
static void write_parties(const struct min_log *log, struct buf *out)
{
	for (unsigned seat = 0; seat < SEAT_MAX; seat++) {
		const struct min_party *p = min_log_party(log, (uint8_t)seat);

		if (p) {
			buf_printf(out, "%s%016" PRIx64, out->len ? "," : "", p->wire);
		}
	}
}

/* What may leave from now on is among the heads that were given out. */
static enum err give(struct held *h, char *why)
{
	char series[MINUTES_SERIES_CHARS + 1];
	struct head_of of = {.seq = h->seq};
	struct head_known known;
	struct given_head head;
	struct buf parties = {0};
	enum err e;

	min_log_about(h->log, &h->about);
	head = (struct given_head){h->about.entries, h->about.root};
	e = heads_find(h->a->heads, h->about.origin, &known, why);
	if (e != ERR_OK || (known.head.size >= head.size && known.of.series.len)) {
		return e;
	}
	if (known.of.series.len) {
		return heads_give(h->a->heads, h->about.origin, &head, NULL, why);
	}
	e = minutes_db_series_id(h->a->db, h->series, series, why);
	if (e == ERR_OK) {
		write_parties(h->log, &parties);
		of.series = slice_of(series);
		of.parties = buf_slice(&parties);
		e = heads_give(h->a->heads, h->about.origin, &head, &of, why);
	}
	buf_fini(&parties);
	return e;
}

enum err held_keep(struct held *h, const struct min_change *change, const struct erasing *erasing,
		   char *why)
{
	struct minutes_grow before = {.id = h->id, .entries = h->entries, .leaves = h->leaves};
	enum err e;

	if (erasing) {
		before.approved = erasing->leaf;
		before.cell = erasing->cell;
		before.at = (int64_t)h->now;
	}
	if (min_change_is_empty(change)) {
		return ERR_OK;
	}
	e = minutes_db_append(h->a->db, &before, change, why);
	if (e == ERR_OK) {
		h->entries += (uint32_t)change->entry_count;
		h->leaves += (uint32_t)change->leaf_count;
		e = give(h, why);
	}
	return e;
}

/* Rounds that are due. */
static enum err bring_up(struct held *h, char *why)
{
	struct min_change change;
	enum err e;

	min_change_init(&change);
	e = min_log_until(h->log, h->now, &change);
	if (e == ERR_OK) {
		e = held_keep(h, &change, NULL, why);
	} else {
		(void)snprintf(why, STORE_WHY_BYTES, "no round can be written: %s", err_text(e));
		e = ERR_IO;
	}
	min_change_fini(&change);
	return e == ERR_OK ? give(h, why) : e;
}

/* Once; ERR_STALE: what was found is of yesterday, or not the one to go on with. */
static enum err try_open(struct held *h, const struct minutes_seal *seal, char *why)
{
	struct minutes_stored *s = NULL;
	struct head_known known;
	enum err e = minutes_db_load(h->a->db, h->series, seal->seq, &s, why);

	if (e == ERR_GONE) {
		e = make(h->a, h->series, seal, 0, (struct slice){0}, why);
		return e == ERR_OK ? ERR_STALE : e;
	}
	if (e == ERR_OK) {
		e = heads_find(h->a->heads, s->origin, &known, why);
	}
	if (e == ERR_OK && !is_what_was_given(s, &known.head)) {
		e = make_anew(h->a, s, seal, &known.head, why);
		e = e == ERR_OK ? ERR_STALE : e;
	}
	if (e == ERR_OK) {
		e = take(h, s, why);
	}
	minutes_stored_free(s);
	return e == ERR_OK ? bring_up(h, why) : e;
}

enum err held_open(struct archive *a, struct series_id series, const struct minutes_seal *seal,
		   int64_t now_ms, struct held *out, char *why)
{
	*out = (struct held){.a = a, .series = series, .now = (uint64_t)(now_ms / 1000)};
	/* Another process may do the same at the same time; each try goes on from what it did. */
	for (int tries = 0; tries < 8; tries++) {
		enum err e = try_open(out, seal, why);

		if (e != ERR_STALE) {
			return e;
		}
		min_log_free(out->log);
		out->log = NULL;
	}
	(void)snprintf(why, STORE_WHY_BYTES, "others write into the minutes all the time");
	return ERR_IO;
}

void held_close(struct held *h)
{
	min_log_free(h->log);
	h->log = NULL;
}
