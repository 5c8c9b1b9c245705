#ifndef ROKUSHA_ARCHIVE_ARCHIVE_PARTS_H
#define ROKUSHA_ARCHIVE_ARCHIVE_PARTS_H

#include "archive/archive.h"
#include "archive/archive_heads.h"
#include "archive/archive_wait.h"
#include "archive/policies.h"
#include "minutes/log.h"
#include "room/room.h"
#include "store/minutes_db.h"
#include "store/store.h"

/* Private to archive/. */

enum { SEED_BYTES = 32, SIGN_KEY_BYTES = 64 };

struct archive_keys {
	bool are_there;
	uint8_t secret[2][SIGN_KEY_BYTES]; /* by enum min_signer */
	uint8_t public_[2][32];
};

struct archive {
	char *db_path;
	char *host; /* of origins */
	char *rp;   /* of passkeys, sign.HOST; empty: none */
	bool offers_passkeys;
	struct policies *policies;
	struct store *reader;
	struct minutes_db *db;
	struct archive_keys keys;
	struct waits waits;
	struct heads *heads;
};

/* ---- archive_keys.c ---- */

/* Read, or with `may_make` made where there are none.  ERR_GONE there are none  ERR_IO */
MUST_CHECK enum err keys_take(struct archive *a, bool may_make, char *why);
void keys_forget(struct archive_keys *k);

/* ---- archive_lost.c ---- */

/*
 * The head that a new log for the seal record `seq` goes on from: of one that was given out but is
 * not here, because an older copy of the database was restored. Of the same record, or with
 * `is_first` of another one, the oldest; only where all of `room` who are invited were invited
 * there: nobody is to learn of a meeting without them. Appended to `parent`; nothing is where there
 * is none. `why` tells of heads that are not here, whether named or not.  ERR_IO
 */
MUST_CHECK enum err lost_parent(struct archive *a, struct series_id series, uint64_t seq,
				bool is_first, const struct room *room, struct buf *parent,
				char *why);
/* Heads of logs that are not here, and that no other log goes on from. */
MUST_CHECK enum err lost_each(struct archive *a, void (*each)(void *arg, struct slice origin),
			      void *arg, char *why);

/* ---- archive_log.c ---- */

/* A log in memory, as it is kept, up to now. */
struct held {
	struct archive *a;
	struct min_log *log;
	struct min_about about;
	int64_t id;
	struct series_id series;
	uint64_t seq;
	uint32_t fork;
	uint32_t entries, leaves; /* rows that are kept */
	uint64_t now;
};
/*
 * The log for that seal record, made if it is not there yet; every round that is due is written,
 * and its head is among those given out. The caller calls held_close in any case. ERR_RULE  it
 * cannot be: too many seats and audiences
 */
MUST_CHECK enum err held_open(struct archive *a, struct series_id series,
			      const struct minutes_seal *seal, int64_t now_ms, struct held *out,
			      char *why);
void held_close(struct held *h);
/* With an erasure: the leaf that was agreed on, and the room's cell it is of (empty: of none). */
struct erasing {
	const struct min_hash *leaf;
	struct slice cell;
};
/*
 * What was added to it is kept from now on; `erasing` may be NULL.  ERR_STALE somebody else added
 * something: begin anew
 */
MUST_CHECK enum err held_keep(struct held *h, const struct min_change *change,
			      const struct erasing *erasing, char *why);

/* A room after the first `count` records; UINT64_MAX: all. */
struct played {
	struct archive *a;
	struct store_series *loaded;
	struct policy_use use;
	struct room *room;
};
MUST_CHECK enum err played_open(struct archive *a, struct series_id series, uint64_t count,
				int64_t now_ms, struct played *out, char *why);
void played_close(struct played *p); /* accepts a zeroed one */
/* A log of the room as it stands, with these keys; nothing is kept. */
MUST_CHECK enum err log_of_room(const struct room *room, const struct min_params *params,
				const struct archive_keys *keys, struct min_log **out,
				struct min_change *change);

/* ---- answering: each fills `out` or says why not ---- */

struct asked {
	struct archive *a;
	const struct archive_ask *ask;
	struct minutes_standing standing;
	const json_t *body; /* of a POST: an object */
	struct archive_answer *out;
};

/* archive_list.c: the log that is asked about, of the last meeting the seat was invited to.
 * ERR_GONE nothing is sealed, or there is no such log */
MUST_CHECK enum err held_of(struct asked *q, struct held *out);

enum err answer_status(struct asked *q);
enum err answer_list(struct asked *q);
enum err answer_preview(struct asked *q);
enum err answer_bundle(struct asked *q);
enum err answer_code(struct asked *q);
enum err answer_forgot(struct asked *q);
enum err answer_confirm(struct asked *q);
enum err answer_sign(struct asked *q);
enum err answer_vouch(struct asked *q);
enum err answer_paper(struct asked *q);
enum err answer_mark(struct asked *q);
enum err answer_amend(struct asked *q);
enum err answer_erase(struct asked *q);
enum err answer_passkey(struct asked *q);
enum err answer_passkey_made(struct asked *q);
enum err answer_passkey_end(struct asked *q);
enum err answer_draft(struct asked *q);
enum err answer_draft_signed(struct asked *q);

/* archive_passkey.c: those the seat that asks may sign with; also with an error a new reference */
MUST_CHECK enum err passkeys_json(struct asked *q, json_t **out);
enum err answer_hold(struct asked *q);

/* archive_hold.c: a hold stands for the series? In the words of the status, or JSON null.  ERR_IO
 */
MUST_CHECK enum err hold_tell(struct asked *q, json_t **out);
/* ERR_HOLD  one stands  ERR_IO */
MUST_CHECK enum err hold_look(struct asked *q);

/* archive_code.c: the right code in the body? If not, answered.  ERR_OK, ERR_IO */
MUST_CHECK enum err code_ask(struct asked *q, bool *is_right);

/* archive_amend.c: the leaf named in the body, if the asker reads it. Absent and hidden look the
 * same.  ERR_PROTO, ERR_GONE */
enum err find_leaf(const struct asked *q, const struct held *h, struct min_hash *hash,
		   struct min_found *out);

/* ---- archive_erase.c ---- */

/* The person and the companion, of whom every reader knows. */
bool may_approve_erasing(const struct asked *q);
/*
 * What one of the two asked to erase and the other has not agreed on yet, as far as the asker reads
 * it: [{leaf, basis, party, time}]. For those alone of whom may_approve_erasing holds.  ERR_IO
 */
MUST_CHECK enum err erasing_tell(struct asked *q, const struct held *h, json_t **out);
/* archive_forgot.c: how it stands with a seat's code, or with those the asker may vouch for. */
enum forgot { FORGOT_NOT, FORGOT_ASKED, FORGOT_VOUCHED };
MUST_CHECK enum err forgot_of(struct asked *q, uint8_t seat, enum forgot *out);
/* "recover" and "forgot" of a status. */
MUST_CHECK enum err forgot_say(struct asked *q, const struct min_log *log, json_t *status);
/* Kept before what it tells of. `other` may be SEAT_NONE. */
MUST_CHECK enum err code_audit(struct asked *q, const char *what, uint8_t other);

/* archive.c: reading bodies, writing answers */
struct slice body_text(const struct asked *q, const char *name); /* ptr NULL: there is none */
bool body_hash(const struct asked *q, const char *name, struct min_hash *out);
void answer_json(struct asked *q, unsigned status, json_t *owned);
void answer_error(struct asked *q, unsigned status, const char *word);
/* The answer to an error of the log. */
void answer_err(struct asked *q, enum err e);

#endif
