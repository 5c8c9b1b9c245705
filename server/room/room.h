#ifndef ROKUSHA_ROOM_ROOM_H
#define ROKUSHA_ROOM_ROOM_H

#include "base/err.h"
#include "msg/msg.h"
#include "msg/record.h"
#include "policy/rights.h"
#include "policy/schema_check.h"
#include "room/fx.h"

/*
 * The conference: event in, ordered effects out. Pure: it reads no clock, socket, disk or
 * generator and logs nothing; time and random bits come with the event. One room per series.
 */
struct room;

enum room_event_kind {
	ROOM_JOIN,  /* a connection's first message (msg JOIN) */
	ROOM_LEAVE, /* it went */
	ROOM_MSG,   /* any other message */
	ROOM_LOOK,  /* somebody of the office looks at the case; `ref` is of what it asked there */
	ROOM_TICK   /* a deadline has passed */
};

enum { ROOM_RANDOM = 32 };

struct room_event {
	enum room_event_kind kind;
	struct conn_id conn;
	uint8_t actor;  /* the session's seat */
	int64_t now_ms; /* wall clock; the room keeps the greatest it has seen */
	uint64_t random[ROOM_RANDOM];
	const struct msg *msg; /* borrowed for the step */
	uint64_t ref;          /* LOOK */
};

/* What the conference acts on by name and `s` does not have: each is an error in `found`. */
void room_schema_needs(const struct schema_source *src, const struct schema *s,
		       struct schema_problems *found);

/* The policy a series is pinned to, and the last approved one: hashes; usually the same. */
struct room_pins {
	char pinned[65];
	char approved[65];
};
/* As the journal has it after `count` records; false when it names none, or makes no sense. */
bool room_pins(const struct record *record, size_t count, struct room_pins *out);

/*
 * `schema` is the policy the series is pinned to after the last record that will be replayed, the
 * ceiling what was approved before it; NULL where that is the same. Both are borrowed for the
 * room's life.
 */
struct room *room_create(const struct schema *schema, const struct ceiling *ceiling);
void room_destroy(struct room *r); /* accepts NULL */

/*
 * Rebuild from the journal: one call a record, in order, after the bases. A record that does not
 * fit is ERR_PROTO and names a damaged database; the room must then be destroyed.
 */
MUST_CHECK enum err room_replay_base(struct room *r, const struct text_base *b);
MUST_CHECK enum err room_replay(struct room *r, const struct record *rec);
/*
 * After the last record: decide what time has done up to `now_ms` (grants that began or lapsed,
 * seats that ended). Nothing is journalled; the next tick does that. With `exact` the room is put
 * at `now_ms` even if records are later (reports about the past); else it never goes back.
 * ERR_SCHEMA  the journal asks for another policy, or another ceiling, than the room was given
 * ERR_PROTO   a cell ends up with what its column cannot hold
 */
MUST_CHECK enum err room_replay_done(struct room *r, int64_t now_ms, bool exact);

/* ---- a base, so that older edits need not be replayed: room_base.c ---- */

/* How the room stands after its last record: texts changed since the last base, and all else. */
struct room_base {
	const struct text_base *text;
	size_t text_count;
	struct slice body; /* JSON */
};
/*
 * Enough was changed since the last one: `edits_min` times at least, and so often that writing the
 * texts anew is little beside it.
 */
bool room_base_is_due(struct room *r, uint32_t edits_min);
size_t room_edits(const struct room *r); /* how often texts were changed since the last one */
void room_base(const struct room *r, struct arena *mem, struct room_base *out); /* in `mem` */
void room_base_kept(struct room *r);
/*
 * Loading from one, in this order: room_replay_base for each text of it; room_base_begin;
 * room_replay for the records up to the base, of which any edits but the latest may be missing;
 * room_base_end; then on as with a whole journal. Any error means that it does not fit: the journal
 * does without.
 */
void room_base_begin(struct room *r);
MUST_CHECK enum err room_base_end(struct room *r, struct slice body);
/*
 * A room that was loaded from a base does not know all that its clients asked. Before such a client
 * joins, its last ROOM_ANSWERS records are asked for, and given in the order of `cseq`; `rec` may
 * hold those of others, too.
 */
enum { ROOM_ANSWERS = 256 };
bool room_must_ask(const struct room *r, uint64_t client);
void room_replay_client(struct room *r, uint64_t client, const struct record *rec, size_t count);

/* One event. Effects, records and audits are appended to `out`. Never fails: a bad message is an
 * effect. */
void room_step(struct room *r, const struct room_event *ev, struct fx_list *out);

/* Would this event change rights or visibility, so that it must be stepped alone? */
bool room_event_is_alone(const struct room_event *ev);
/* Is such a message a request that is kept? */
bool room_keeps(enum msg_kind kind);
/* May it make something that needs a number nobody can guess? Most do not: `random` may be zeros.
 */
bool room_event_needs_random(const struct room_event *ev);

int64_t room_deadline(const struct room *r); /* when time changes a right next; INT64_MAX: never */
const struct rights *room_rights(const struct room *r);
/* May this seat keep on its device what it could not send? Not a guest, nor who is barred or left.
 */
bool room_may_keep(const struct room *r, uint8_t seat);
size_t room_viewer_count(const struct room *r);

/* Everything a viewer may see now, in the order of the form; lives in `mem`. */
const struct cell_shown *room_visible(struct room *r, seat_set viewer, struct arena *mem,
				      size_t *count);
const struct seat_shown *room_seats(const struct room *r, struct arena *mem, size_t *count);
const struct resource_shown *room_resources(const struct room *r, struct arena *mem, size_t *count);
const struct party_shown *room_parties(const struct room *r, struct arena *mem, size_t *count);
const struct consent_shown *room_consents(const struct room *r, struct arena *mem, size_t *count);
const struct meet_shown *room_meet(const struct room *r, struct arena *mem);
/*
 * Whose eyes a connection has: its seat, or for a board every seat that is marked present. Empty
 * when the connection is no viewer. `*board` may be NULL.
 */
seat_set room_viewer(const struct room *r, struct conn_id conn, bool *board);

struct room_about {
	bool fictional;
	bool office;
	struct slice notice;
};
struct room_about room_about(const struct room *r);

/* Every cell as it stands, for the derived table; lives in `mem`. A value is JSON. */
struct cell_now *room_cells_now(const struct room *r, struct arena *mem, size_t *count);

/*
 * What the series has that `next` could not carry: one Japanese line each, in `mem`. None: it can
 * be pinned to it. No line says what anybody wrote.
 */
const char *const *room_carry(const struct room *r, const struct schema *next, struct arena *mem,
			      size_t *count);
/*
 * The body of the record that pins the series to `next`. `approved`: it gives nobody anything over
 * the last approved policy. Owned by the caller.
 */
json_t *room_pin_body(const struct room *r, const struct schema *next, bool approved,
		      uint64_t (*random)(void *arg), void *arg);

/* ---- signed minutes: room_seal.c ---- */

/*
 * What would be sealed of the meeting that was held last, and not sealed yet: who reads what as of
 * `now_ms` of the room. It lives in `mem` and borrows from the room; values that the room does not
 * have as such are in the list returned, which the caller releases after its last use of `out`.
 */
struct min_input;
json_t *room_seal_input(const struct room *r, struct arena *mem, struct min_input *out);
/* A meeting is over, or came in with its minutes, and nothing of it is sealed yet. */
bool room_has_minutes(const struct room *r);
/*
 * What that meeting's minutes lack, as far as the seat reads it: who due text dissent (of a row),
 * segment (an item that was never opened), attendance (somebody sat in it and is not noted). In
 * `mem`; keys are the room's.
 */
struct room_missing {
	const char *what;
	struct slice cell;
};
const struct room_missing *room_missing(const struct room *r, uint8_t seat, struct arena *mem,
					size_t *count);
/*
 * May this seat seal them now?  ERR_GONE no chair  ERR_RULE it goes on, or all is sealed
 * ERR_LIMIT  more seats and audiences than a log has slots
 */
MUST_CHECK enum err room_may_seal(const struct room *r, uint8_t seat);

/* ---- the past of one cell ---- */

/*
 * A second room, fed with the journal from its beginning; it notes what became of the cell `key`
 * while `seat` could read it. What was written before one could is nobody's history, nor what was
 * written under an earlier policy. With `ver` it keeps how the text read at that version. The
 * policy is borrowed; `key` is copied.
 */
struct room_past;
struct room_past *room_past_create(const struct schema *schema, const struct ceiling *ceiling,
				   uint8_t seat, struct slice key, uint64_t ver);
void room_past_destroy(struct room_past *p); /* accepts NULL */
/* One record. Its memory need not live on.  Errors as room_replay */
MUST_CHECK enum err room_past_feed(struct room_past *p, const struct record *rec);
/* The list lives in `mem`, all else in `p`; false when the cell is not there, or not that version.
 */
bool room_past_shown(const struct room_past *p, struct arena *mem, struct history_shown *out);

/* ---- for reports ---- */

/* Seat by its outside name (party id). SEAT_NONE when there is none. */
uint8_t room_seat_find(const struct room *r, struct slice name);
/* The place of a cell by table row name or key; false when there is none. */
bool room_place(const struct room *r, struct slice key, struct cell_place *out);
/* A row of `table` by its outside name or wire id; false when there is none. */
bool room_row_find(const struct room *r, uint16_t table, struct slice name, struct slice *key);

/* Put the folded form of every text with more than `steps_min` changes since its base into `out`
 * (arena `mem`); returns how many. The hub stores them and the fence moves at the next load. */
size_t room_fold(const struct room *r, uint32_t steps_min, struct arena *mem,
		 struct text_base **out);

#endif
