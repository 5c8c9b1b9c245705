/*
 * A signing code that was forgotten: the seat says so, somebody who sat with it vouches with its
 * own code that it asked them, then the seat sets another one (archive_code.c). Who only finds a
 * device open comes no further than to ask.
 */
#include <string.h>

#include "archive/archive_parts.h"

enum {
	ASK_AGAIN_MS = 10 * 60 * 1000,
	ASKED_MS = 7 * 24 * 60 * 60 * 1000, /* so long somebody may vouch */
	VOUCHED_MS = 24 * 60 * 60 * 1000    /* and then so long a new one may be set */
};

static enum forgot state_of(const struct minutes_forgotten *f, int64_t now_ms)
{
	if (f->by != SEAT_NONE) {
		return now_ms < f->vouched_ms + VOUCHED_MS ? FORGOT_VOUCHED : FORGOT_NOT;
	}
	return now_ms < f->asked_ms + ASKED_MS ? FORGOT_ASKED : FORGOT_NOT;
}

static enum err find(struct asked *q, uint8_t seat, struct minutes_forgotten *out, bool *found)
{
	struct minutes_forgotten all[SEAT_MAX];
	size_t count;
	enum err e = minutes_db_forgotten(q->a->db, q->ask->series, all, &count, q->out->why);

	*found = false;
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		if (all[i].seat == seat) {
			*out = all[i];
			*found = true;
		}
	}
	return e;
}

enum err forgot_of(struct asked *q, uint8_t seat, enum forgot *out)
{
	struct minutes_forgotten f;
	bool found;
	enum err e = find(q, seat, &f, &found);

	if (e == ERR_OK) {
		*out = found ? state_of(&f, q->ask->now_ms) : FORGOT_NOT;
	}
	return e;
}

/* ---- asking ---- */

static enum err may_forget(struct asked *q)
{
	struct minutes_forgotten f;
	struct minutes_code code;
	bool found;
	enum err e = minutes_db_code(q->a->db, q->ask->series, q->ask->seat, &code, q->out->why);

	if (e == ERR_OK) {
		e = find(q, q->ask->seat, &f, &found);
	} else if (e == ERR_GONE) {
		e = ERR_RULE; /* there is none to forget */
	}
	if (e != ERR_OK || !found) {
		return e;
	}
	if (state_of(&f, q->ask->now_ms) == FORGOT_VOUCHED) {
		return ERR_RULE;
	}
	if (q->ask->now_ms < f.asked_ms + ASK_AGAIN_MS) {
		answer_error(q, 429, "slow");
		return ERR_BUSY;
	}
	return ERR_OK;
}

enum err answer_forgot(struct asked *q)
{
	struct held h;
	enum err e = held_of(q, &h);

	if (e == ERR_OK && !min_log_party(h.log, q->ask->seat)) {
		e = ERR_GONE; /* nobody sat with it who could vouch */
	}
	held_close(&h);
	if (e == ERR_OK) {
		e = may_forget(q);
		if (e == ERR_BUSY) {
			return ERR_OK; /* answered */
		}
	}
	if (e == ERR_OK) {
		e = code_audit(q, "code-forgot", SEAT_NONE);
	}
	if (e == ERR_OK) {
		e = minutes_db_forgot(q->a->db, q->ask->series, q->ask->seat, q->ask->now_ms,
				      q->out->why);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_object());
	}
	return e;
}

/* ---- vouching ---- */

static bool may_vouch(const struct asked *q)
{
	return q->standing.is_chair || q->standing.is_recorder ||
	       strcmp(q->standing.role, "ps") == 0;
}

/* Of two different parties: does the first know the second, and sat with it? */
static bool sat_with(const struct min_log *log, uint8_t seat, uint8_t other)
{
	const struct min_party *a = min_log_party(log, seat), *b = min_log_party(log, other);

	return a && b && seat != other && (a->knows & seat_bit(other)) && (a->shared & b->shared);
}

static enum err vouch(struct asked *q, const struct min_log *log)
{
	struct slice id = body_text(q, "for");
	uint8_t seat;
	enum forgot f;
	enum err e;

	if (!id.ptr) {
		return ERR_PROTO;
	}
	seat = min_log_seat(log, id);
	if (seat == SEAT_NONE || !may_vouch(q) || !sat_with(log, q->ask->seat, seat)) {
		return ERR_GONE;
	}
	e = forgot_of(q, seat, &f);
	if (e == ERR_OK && f != FORGOT_ASKED) {
		return ERR_GONE;
	}
	if (e == ERR_OK) {
		e = code_audit(q, "code-vouched", seat);
	}
	if (e == ERR_OK) {
		e = minutes_db_forgot_vouch(q->a->db, q->ask->series, seat, q->ask->seat,
					    q->ask->now_ms, q->out->why);
	}
	return e;
}

enum err answer_confirm(struct asked *q)
{
	struct held h = {0};
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = held_of(q, &h);
	if (e == ERR_OK) {
		e = vouch(q, h.log);
	}
	held_close(&h);
	if (e == ERR_OK) {
		answer_json(q, 200, json_object());
	}
	return e;
}

/* ---- telling ---- */

enum err forgot_say(struct asked *q, const struct min_log *log, json_t *status)
{
	struct minutes_forgotten all[SEAT_MAX];
	json_t *list = json_array();
	size_t count;
	enum err e = minutes_db_forgotten(q->a->db, q->ask->series, all, &count, q->out->why);

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		enum forgot f = state_of(&all[i], q->ask->now_ms);

		if (all[i].seat == q->ask->seat && f != FORGOT_NOT) {
			json_object_set_new(status, "recover",
					    json_string(f == FORGOT_VOUCHED ? "vouched" : "asked"));
		} else if (f == FORGOT_ASKED && may_vouch(q) &&
			   sat_with(log, q->ask->seat, all[i].seat)) {
			json_array_append_new(list,
					      json_string(min_log_party(log, all[i].seat)->id));
		}
	}
	if (json_array_size(list)) {
		json_object_set(status, "forgot", list);
	}
	json_decref(list);
	return e;
}
