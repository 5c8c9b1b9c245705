/*
 * Signing codes: what a seat signs with beside its session, so that who only finds the device open
 * signs nothing. A try is kept before the code is looked at; after a few wrong ones each waits
 * longer.
 */
#include <sodium.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "base/utf8.h"

enum {
	CODE_UNITS_MIN = 8,
	CODE_BYTES_MAX = 256,
	FREE_TRIES = 3,            /* wrong ones without a wait */
	WAIT_FIRST_MS = 15 * 1000, /* then this, and twice as long after each more */
	WAIT_MAX_MS = 60 * 60 * 1000
};

_Static_assert(crypto_pwhash_STRBYTES < sizeof((struct minutes_code *)0)->hash,
	       "a hash fits what is read back");

static int64_t wait_after(uint32_t failures)
{
	int64_t wait = WAIT_FIRST_MS;

	if (failures < FREE_TRIES) {
		return 0;
	}
	for (uint32_t i = FREE_TRIES; i < failures && wait < WAIT_MAX_MS; i++) {
		wait *= 2;
	}
	return wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
}

static bool verify(const struct minutes_code *kept, struct slice code)
{
	return crypto_pwhash_str_verify(kept->hash, code.ptr, code.len) == 0;
}

/* As code_ask, the code in the member `name`. */
static enum err try_code(struct asked *q, const char *name, bool *is_right)
{
	const struct archive_ask *ask = q->ask;
	struct slice code = body_text(q, name);
	struct minutes_code kept;
	enum err e = minutes_db_code(q->a->db, ask->series, ask->seat, &kept, q->out->why);

	if (e == ERR_GONE) {
		answer_error(q, 401, "code");
		return ERR_OK;
	}
	if (e != ERR_OK) {
		return e;
	}
	if (ask->now_ms < kept.until_ms) {
		answer_error(q, 429, "slow");
		return ERR_OK;
	}
	kept.failures++;
	e = minutes_db_code_tried(q->a->db, ask->series, ask->seat, kept.failures,
				  ask->now_ms + wait_after(kept.failures), q->out->why);
	if (e != ERR_OK) {
		return e;
	}
	if (!code.ptr || code.len > CODE_BYTES_MAX || !verify(&kept, code)) {
		answer_error(q, 401, "code");
		return ERR_OK;
	}
	*is_right = true;
	return minutes_db_code_tried(q->a->db, ask->series, ask->seat, 0, 0, q->out->why);
}

enum err code_ask(struct asked *q, bool *is_right)
{
	*is_right = q->ask->is_trusted;
	return q->ask->is_trusted ? ERR_OK : try_code(q, "code", is_right);
}

enum err code_audit(struct asked *q, const char *what, uint8_t other)
{
	struct audit a = {.at_ms = q->ask->now_ms,
			  .seats = seat_bit(q->ask->seat),
			  .what = slice_of(what),
			  .cells = slice_of("[]")};

	a.seats |= other == SEAT_NONE ? 0 : seat_bit(other);
	return minutes_db_audit(q->a->db, q->ask->series, &a, q->out->why);
}

/* ---- setting, changing ---- */

/* With the old one, or after somebody vouched. What was signed before stands. */
static enum err may_change(struct asked *q, bool *may)
{
	enum forgot f;
	enum err e;

	if (json_object_get(q->body, "old")) {
		e = try_code(q, "old", may);
		return e == ERR_OK && *may ? code_audit(q, "code-changed", SEAT_NONE) : e;
	}
	e = forgot_of(q, q->ask->seat, &f);
	if (e == ERR_OK && f != FORGOT_VOUCHED) {
		return ERR_RULE;
	}
	*may = e == ERR_OK;
	return e == ERR_OK ? code_audit(q, "code-anew", SEAT_NONE) : e;
}

static enum err keep(struct asked *q, struct slice code, bool is_first)
{
	char hash[crypto_pwhash_STRBYTES];
	enum err e;

	if (crypto_pwhash_str(hash, code.ptr, code.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
		return ERR_BUSY;
	}
	e = is_first ? minutes_db_code_set(q->a->db, q->ask->series, q->ask->seat, hash,
					   q->ask->now_ms, q->out->why)
		     : minutes_db_code_anew(q->a->db, q->ask->series, q->ask->seat, hash,
					    q->ask->now_ms, q->out->why);
	sodium_memzero(hash, sizeof hash);
	return e;
}

enum err answer_code(struct asked *q)
{
	struct slice code = body_text(q, "code");
	struct minutes_code kept;
	bool is_first, may;
	enum err e;

	if (!code.ptr || code.len > CODE_BYTES_MAX || !utf8_is_text(code, false) ||
	    utf8_units(code) < CODE_UNITS_MIN) {
		return ERR_PROTO;
	}
	e = minutes_db_code(q->a->db, q->ask->series, q->ask->seat, &kept, q->out->why);
	is_first = e == ERR_GONE && !json_object_get(q->body, "old");
	may = is_first;
	if (!is_first && (e == ERR_OK || e == ERR_GONE)) {
		e = may_change(q, &may);
	}
	if (may) {
		e = keep(q, code, is_first);
		if (e == ERR_OK) {
			answer_json(q, 200, json_object());
		}
	}
	return e;
}
