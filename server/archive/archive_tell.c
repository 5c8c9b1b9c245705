/* What a seat is told of the minutes: how they stand, its bundle, what it would get. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "base/day.h"
#include "minutes/b64.h"

/* ---- pieces of JSON ---- */

static json_t *word(struct slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *hash_json(const struct min_hash *h)
{
	char text[MIN_B64_HASH + 1];

	min_b64_hash(h, text);
	return json_string(text);
}

/* As a bundle has it: b64 of 01 and the key. */
static json_t *key_json(const uint8_t key[32])
{
	struct buf b = {0};
	uint8_t typed[33] = {1};
	json_t *v;

	memcpy(typed + 1, key, 32);
	min_b64_add(&b, typed, sizeof typed);
	v = word(buf_slice(&b));
	buf_fini(&b);
	return v;
}

static json_t *slots_json(const struct min_log *log, uint32_t slots)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < 32; i++) {
		if (slots >> i & 1) {
			json_array_append_new(
			    list, word(min_log_label(log, min_log_slot_label(log, (uint8_t)i))));
		}
	}
	return list;
}

/* ---- heads and acts ---- */

static json_t *heads_json(const struct min_log *log, uint8_t seat)
{
	struct min_due due[MIN_DUE_MAX];
	size_t count = min_log_heads(log, seat, due);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		if (!due[i].is_signed) {
			json_array_append_new(list, json_pack("{s:I,s:o,s:o}", "size",
							      (json_int_t)due[i].size, "root",
							      hash_json(&due[i].root), "slots",
							      slots_json(log, due[i].slots)));
		}
	}
	return list;
}

static void add_party(json_t *o, const char *name, const struct min_log *log, uint8_t seat)
{
	const struct min_party *p = seat == SEAT_NONE ? NULL : min_log_party(log, seat);

	if (p) {
		json_object_set_new(o, name, json_string(p->id));
	}
}

static json_t *say_json(const struct min_log *log, const struct min_told_say *s)
{
	json_t *o = json_pack("{s:s}", "decision", min_decision_name(s->decision));

	if (s->note.len) {
		json_object_set_new(o, "note", word(s->note));
	}
	if (s->has_about) {
		json_object_set_new(o, "about", hash_json(&s->about));
	}
	if (s->is_mark) {
		json_object_set_new(o, "hand", json_string("mark"));
		add_party(o, "by", log, s->by);
		add_party(o, "witness", log, s->witness);
	}
	return o;
}

static json_t *act_json(const struct min_log *log, const struct min_told *t)
{
	json_t *says = json_object();
	json_t *o;

	for (size_t i = 0; i < t->say_count; i++) {
		struct slice label = min_log_label(log, min_log_slot_label(log, t->say[i].slot));
		char name[16];

		(void)snprintf(name, sizeof name, "%.*s", (int)label.len, label.ptr);
		json_object_set_new(says, name, say_json(log, &t->say[i]));
	}
	o = json_pack("{s:o,s:o,s:s,s:I,s:b,s:I,s:o,s:o,s:b}", "id", hash_json(&t->statement),
		      "name", word(t->name), "method", min_method_name(t->method), "time",
		      (json_int_t)t->time, "late", t->is_late, "size", (json_int_t)t->size, "round",
		      t->entry ? json_integer((json_int_t)t->entry) : json_null(), "says", says,
		      "vouched", t->is_vouched);
	add_party(o, "party", log, t->seat);
	return o;
}

/* ERR_GONE: the seat has no part in this log. */
static enum err acts_json(const struct min_log *log, uint8_t seat, json_t **out)
{
	struct min_told *told;
	size_t count;
	struct arena mem;
	enum err e;

	arena_init(&mem);
	e = min_log_status(log, seat, &mem, &told, &count);
	if (e == ERR_OK) {
		*out = json_array();
		for (size_t i = 0; i < count; i++) {
			json_array_append_new(*out, act_json(log, &told[i]));
		}
	}
	arena_fini(&mem);
	return e;
}

/* ---- the status ---- */

struct status {
	json_t *o;
	json_t *may;
};

static void may(struct status *s, const char *what)
{
	json_array_append_new(s->may, json_string(what));
}

static void say_missing(struct status *s, const struct played *p, uint8_t seat)
{
	struct arena mem;
	const struct room_missing *missing;
	json_t *list = json_array();
	size_t count;

	arena_init(&mem);
	missing = room_missing(p->room, seat, &mem, &count);
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list, json_pack("{s:s,s:o}", "what", missing[i].what, "cell",
						      word(missing[i].cell)));
	}
	json_object_set_new(s->o, "missing", list);
	arena_fini(&mem);
}

/* How the meeting stands that comes after the one that was sealed last, whoever was invited. */
static enum err say_meeting(struct asked *q, struct status *s)
{
	enum minutes_meeting m = MINUTES_NO_MEETING;
	struct minutes_seal seal = {0};
	struct played p = {0};
	enum err e = minutes_db_seal(q->a->db, q->ask->series, &seal, q->out->why);
	bool is_sealed = e == ERR_OK;

	if (e == ERR_OK || e == ERR_GONE) {
		e = minutes_db_meeting(q->a->db, q->ask->series, seal.seq, &m, q->out->why);
	}

	if (e != ERR_OK || m == MINUTES_MEETING_ON || (m == MINUTES_NO_MEETING && is_sealed)) {
		json_object_set_new(
		    s->o, "state",
		    json_string(is_sealed && m == MINUTES_NO_MEETING ? "sealed" : "open"));
		return e;
	}
	e = played_open(q->a, q->ask->series, UINT64_MAX, q->ask->now_ms, &p, q->out->why);
	if (e == ERR_OK && !room_has_minutes(p.room)) {
		json_object_set_new(s->o, "state", json_string("open"));
	} else if (e == ERR_OK) {
		json_object_set_new(s->o, "state", json_string("ended"));
		say_missing(s, &p, q->ask->seat);
		if (q->standing.is_chair) {
			may(s, "seal");
		}
	}
	played_close(&p);
	return e;
}

/* The recorder what the minutes say, the person what it said itself. */
static bool may_amend_some(const struct asked *q)
{
	return q->standing.is_recorder || strcmp(q->standing.role, "self") == 0;
}

/* `erasing_owned`: NULL where it is not the asker's affair. */
static void say_log(struct asked *q, struct status *s, const struct held *h, json_t *acts_owned,
		    json_t *erasing_owned)
{
	const struct min_party *party = min_log_party(h->log, q->ask->seat);

	may(s, "sign");
	may(s, "vouch");
	may(s, "paper");
	if (q->standing.is_chair || q->standing.is_recorder) {
		may(s, "mark");
	}
	if (may_amend_some(q)) {
		may(s, "amend");
		json_object_set_new(s->o, "amending", min_log_amending(h->log, q->ask->seat));
	}
	if (erasing_owned) {
		may(s, "erase");
		json_object_set_new(s->o, "erasing", erasing_owned);
	}
	json_object_set_new(s->o, "sealed", json_integer((json_int_t)h->about.sealed));
	json_object_set_new(s->o, "deadline", json_integer((json_int_t)h->about.deadline));
	json_object_set_new(s->o, "next", json_integer((json_int_t)h->about.next));
	json_object_set_new(s->o, "origin", word(h->about.origin));
	json_object_set_new(s->o, "key", key_json(h->about.log_key));
	json_object_set_new(s->o, "party", json_string(party->id));
	json_object_set_new(s->o, "slot",
			    word(min_log_label(h->log, min_log_slot_label(h->log, party->slot))));
	json_object_set_new(s->o, "heads", heads_json(h->log, q->ask->seat));
	json_object_set_new(s->o, "acts", acts_owned);
}

/* Where these minutes can be signed with one: those the seat has. */
static enum err say_passkeys(struct asked *q, struct status *s, const struct held *h)
{
	json_t *list;
	enum err e;

	if (!q->a->offers_passkeys || !slice_is(h->about.rp, q->a->rp)) {
		return ERR_OK;
	}
	e = passkeys_json(q, &list);
	json_object_set_new(s->o, "passkeys", list);
	json_object_set_new(s->o, "rp", json_string(q->a->rp));
	return e;
}

/* Whoever may agree on erasing is told why nothing can be erased now; nobody else hears of it. */
static enum err say_hold(struct asked *q, struct status *s)
{
	json_t *hold;
	enum err e = may_approve_erasing(q) ? hold_tell(q, &hold) : ERR_GONE;

	if (e == ERR_OK) {
		json_object_set_new(s->o, "hold", hold);
	}
	return e == ERR_GONE ? ERR_OK : e;
}

/* Whether there is a code is the seat's own affair. */
static enum err say_code(struct asked *q, struct status *s)
{
	struct minutes_code code;
	enum err e = minutes_db_code(q->a->db, q->ask->series, q->ask->seat, &code, q->out->why);

	json_object_set_new(s->o, "code", json_string(e == ERR_OK ? "set" : "none"));
	return e == ERR_GONE ? ERR_OK : e;
}

enum err answer_status(struct asked *q)
{
	struct status s = {.o = json_object(), .may = json_array()};
	struct held h;
	json_t *acts = NULL, *erasing = NULL;
	enum err e = held_of(q, &h);
	bool is_sealed = e == ERR_OK, is_named = q->ask->of[0] != '\0';

	if (is_sealed && acts_json(h.log, q->ask->seat, &acts) == ERR_OK) {
		e = may_approve_erasing(q) ? erasing_tell(q, &h, &erasing) : ERR_OK;
		say_log(q, &s, &h, acts, erasing);
		e = e == ERR_OK ? say_passkeys(q, &s, &h) : e;
		e = e == ERR_OK ? forgot_say(q, h.log, s.o) : e;
	} else if (is_sealed && is_named) {
		e = ERR_GONE; /* not a party of it: as if there were none */
	}
	e = e == ERR_GONE && !is_named ? ERR_OK : e;
	if (e == ERR_OK && is_named) {
		json_object_set_new(s.o, "state", json_string("sealed"));
	} else if (e == ERR_OK) {
		e = say_meeting(q, &s);
	}
	if (e == ERR_OK) {
		e = say_hold(q, &s);
	}
	if (e == ERR_OK) {
		e = say_code(q, &s);
	}
	json_object_set_new(s.o, "now", json_integer(q->ask->now_ms / 1000));
	json_object_set_new(s.o, "may", s.may);
	if (e == ERR_OK) {
		answer_json(q, 200, s.o);
	} else {
		json_decref(s.o);
	}
	held_close(&h);
	return e;
}

/* ---- bundles ---- */

/* Kept before anything is given out. */
static enum err write_down(struct asked *q, const char *what)
{
	struct audit a = {.at_ms = q->ask->now_ms,
			  .seats = seat_bit(q->ask->seat),
			  .what = slice_of(what),
			  .cells = slice_of("[]")};

	return minutes_db_audit(q->a->db, q->ask->series, &a, q->out->why);
}

static enum err give_bundle(struct asked *q, const struct min_log *log, const char *what)
{
	enum err e;

	buf_clear(&q->out->body);
	e = min_log_bundle(log, q->ask->seat, &q->out->body);
	if (e == ERR_OK) {
		e = write_down(q, what);
	}
	if (e == ERR_OK) {
		q->out->status = 200;
		q->out->is_file = true;
	}
	return e;
}

enum err answer_bundle(struct asked *q)
{
	struct held h;
	enum err e = held_of(q, &h);

	if (e == ERR_OK) {
		e = give_bundle(q, h.log, "bundle");
	}
	held_close(&h);
	if (e == ERR_BUSY) {
		answer_error(q, 503, "round"); /* until then there is none for this seat */
		e = ERR_OK;
	}
	return e;
}

static void throw_away_keys(struct archive_keys *k)
{
	k->are_there = true;
	for (int which = 0; which < 2; which++) {
		(void)crypto_sign_keypair(k->public_[which], k->secret[which]);
	}
}

/* A log made now and thrown away: what this seat would get. */
static enum err preview(struct asked *q, const struct played *p)
{
	struct archive_keys keys;
	struct min_change change;
	struct min_log *log = NULL;
	uint64_t now = (uint64_t)(q->ask->now_ms / 1000);
	struct min_params params = {.origin =
					slice_of("preview/c/00000000000000000000000000000000"),
				    .sealed = now,
				    .deadline = now + DAY_MS / 1000};
	enum err e;

	throw_away_keys(&keys);
	memcpy(params.log_key, keys.public_[MIN_SIGN_LOG], sizeof params.log_key);
	memcpy(params.attest_key, keys.public_[MIN_SIGN_ATTEST], sizeof params.attest_key);
	min_change_init(&change);
	e = log_of_room(p->room, &params, &keys, &log, &change);
	if (e == ERR_OK) {
		e = give_bundle(q, log, "preview");
		q->out->is_file = false;
	}
	min_log_free(log);
	min_change_fini(&change);
	keys_forget(&keys);
	return e;
}

enum err answer_preview(struct asked *q)
{
	struct played p = {0};
	enum err e = played_open(q->a, q->ask->series, UINT64_MAX, q->ask->now_ms, &p, q->out->why);

	if (e == ERR_OK) {
		e = room_has_minutes(p.room) ? preview(q, &p) : ERR_RULE;
	}
	played_close(&p);
	return e;
}
