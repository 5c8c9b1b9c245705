#ifndef ROKUSHA_MINUTES_LOG_H
#define ROKUSHA_MINUTES_LOG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "minutes/hash.h"
#include "minutes/input.h"
#include "minutes/words.h"

/*
 * Signed minutes of one conference, the writing side (schema/minutes.md): a log that only grows, in
 * memory. It is sealed from what the room says (minutes/input.h), signed, corrected and erased by
 * acts that the next round carries, and gives every seat its bundle. What has to be kept of it is
 * handed out as rows; from all of them it is made again.
 *
 * Times are Unix seconds. Seats are those of the room, slots 0 to 31, labels indices of the list in
 * the genesis entry. Arguments are borrowed for the call. Whatever points into a log is good until
 * the next call that may change it.
 */
struct min_log;

/* ---- from outside: chance, keys ----------------------------------------------------------------
 */

enum min_signer { MIN_SIGN_LOG, MIN_SIGN_ATTEST };

struct min_port {
	void *arg;
	/*
	 * `n` fresh random bytes. `place` is what for, as the sketch names it, where
	 * `names_places`: tests look, and nobody else. Else NULL.
	 */
	void (*fill)(void *arg, const char *place, uint8_t *out, size_t n);
	bool names_places;
	/* Ed25519 with that key. False: it is not to be had now. */
	bool (*sign)(void *arg, enum min_signer key, struct slice message, uint8_t sig[64]);
	/*
	 * For the test of two worlds alone, else NULL and 0. A hash of something that not every
	 * seat opens (`kind` box, view, say; of a box `seat` is SEAT_NONE) may be replaced; holders
	 * with one of `first` in them draw their slots before the others.
	 */
	void (*hide)(void *arg, const char *kind, uint8_t seat, uint16_t label, const char *when,
		     struct min_hash *hash);
	seat_set first;
};

struct min_params {
	struct slice origin; /* <host>/c/<32 hex digits> */
	struct slice parent; /* "<origin> <size> <b64 root>" of an older log; empty: none */
	struct slice rp;     /* WebAuthn RP id; empty: none */
	uint64_t sealed;
	uint64_t deadline;
	uint8_t log_key[32]; /* public */
	uint8_t attest_key[32];
};

/* ---- what is kept -------------------------------------------------------------------------------
 */

struct min_row_entry {
	uint32_t index;
	struct slice header;  /* its lines, each with its LF */
	struct min_hash root; /* of the log of index + 1 entries */
	uint8_t sig[64];      /* the server's over that head */
};

/*
 * A leaf. One of a round that is not written yet has the `entry` that round will have: such rows
 * are added with the act; the round adds count, pads and empty boxes. Only `d` ever changes, once,
 * to nothing: erased. Unique by `hash`, and by (entry, label, ord), which is the order to load in.
 */
struct min_row_leaf {
	uint32_t entry;
	uint16_t label; /* index of the log's labels */
	struct slice
	    ord; /* 17 bytes: 0, 0…: the count; 1, 16 random: a leaf; 2, index (4): a pad */
	struct min_hash hash;
	struct slice d; /* {NULL, 0}: erased */
	int64_t time;   /* of the act; of the entry for count and pads; of sealing in 0 and 1 */
};

/*
 * What a call adds to the log, to be stored in one transaction. Calls add to what is in it: several
 * may share one transaction. Everything in it is its own, good until min_change_fini.
 *
 * Whoever cannot store a change, or does not know, throws the log away and loads it again: it is
 * ahead of what is kept. Nothing of it (a bundle, a head) may leave before it is kept.
 */
struct min_change {
	struct arena mem;
	struct min_row_entry *entry;
	size_t entry_count, entry_cap;
	struct min_row_leaf *leaf;
	size_t leaf_count, leaf_cap;
	struct min_hash *erased; /* leaves whose `d` goes; may be of `leaf` above */
	size_t erased_count, erased_cap;
	struct slice body; /* private state as it is from now on; empty: as it was */
};
void min_change_init(struct min_change *c);
void min_change_fini(struct min_change *c); /* may be used again after min_change_init */
bool min_change_is_empty(const struct min_change *c);

struct min_rows {
	struct slice body;                 /* the newest */
	const struct min_row_entry *entry; /* all, by index */
	size_t entry_count;
	const struct min_row_leaf *leaf; /* all, by (entry, label, ord), bytes compared */
	size_t leaf_count;
};

/* ---- making, loading ----------------------------------------------------------------------------
 */

/*
 * Seal: entries 0 and 1 and their heads. The caller frees `*out`. On an error nothing is made.
 * ERR_RULE   more seats and audiences than slots: the chair is told
 * ERR_LIMIT  a box with too many leaves, a value too long, too many labels
 * ERR_PROTO  the input says what cannot be: a seat twice, an audience of others, a value that is
 *            none, an origin or a parent of another form
 * ERR_IO     no signature
 */
MUST_CHECK enum err min_log_seal(const struct min_input *input, const struct min_params *params,
				 const struct min_port *port, struct min_log **out,
				 struct min_change *change);
/*
 * As it was. Rows are copied. Looks at their form only; min_log_check looks whether they are true.
 * ERR_PROTO  rows that no log has     ERR_LIMIT  more than a log may have
 */
MUST_CHECK enum err min_log_load(const struct min_rows *rows, const struct min_port *port,
				 struct min_log **out);
void min_log_free(struct min_log *log); /* NULL is fine */
/* Who was invited, by the private state alone (the `body` of rows). False: it is none. */
bool min_body_roster(struct slice body, seat_set *out);

/*
 * Everything made anew from the leaves and held against what is stored: hashes, boxes, headers,
 * roots, signatures, private state. NULL, or what is not as it must be, safe to log.
 */
const char *min_log_check(const struct min_log *log);

/* ---- asking -------------------------------------------------------------------------------------
 */

struct min_about {
	struct slice origin, parent, rp; /* empty: none */
	uint64_t sealed, deadline;
	uint8_t log_key[32], attest_key[32];
	uint32_t entries; /* written */
	uint32_t leaves;  /* rows, with those that wait for their round */
	uint64_t next;    /* time of the next round */
	struct min_hash root;
};
void min_log_about(const struct min_log *log, struct min_about *out);

struct min_party {
	uint8_t seat;
	char id[17]; /* in this log alone */
	uint64_t wire;
	struct slice role;
	uint8_t slot;    /* its own */
	uint32_t shared; /* bit i: it is of the audience of slot i */
	seat_set knows;
};
const struct min_party *min_log_party(const struct min_log *log, uint8_t seat); /* NULL: none */
uint8_t min_log_seat(const struct min_log *log, struct slice id);               /* SEAT_NONE */
size_t min_log_labels(const struct min_log *log);
struct slice min_log_label(const struct min_log *log, size_t label);
/* Whether the seat gets that label whole. A seat that is not in the log gets none. */
bool min_log_reads(const struct min_log *log, uint8_t seat, size_t label);
/* Index of the label of a slot. */
uint16_t min_log_slot_label(const struct min_log *log, uint8_t slot);

/* A leaf by its hash, also one that waits for its round. */
struct min_found {
	uint32_t entry; /* may be one that is not written yet */
	uint16_t label;
	struct slice name; /* behind LABEL/; empty: erased */
	struct slice d;    /* {NULL, 0}: erased */
	int64_t time;
};
bool min_log_find(const struct min_log *log, const struct min_hash *hash, struct min_found *out);
/*
 * The key by which the room calls the cell of that leaf, or the cell it corrects; in `mem`. False:
 * it is of none, or its text is gone already.
 */
bool min_log_cell(const struct min_log *log, const struct min_hash *hash, struct arena *mem,
		  struct slice *out);

/*
 * What the seat is to sign: one head for each different one among its slots, §4. `slots` has the
 * seat's own in it always. Returns how many, the smallest size first.
 */
struct min_due {
	uint32_t size;
	struct min_hash root;
	uint32_t slots; /* bit i: slot i */
	bool is_signed; /* by an act of the seat that it has not withdrawn since */
};
enum { MIN_DUE_MAX = 33 };
size_t min_log_heads(const struct min_log *log, uint8_t seat, struct min_due out[MIN_DUE_MAX]);

/* ---- rounds -------------------------------------------------------------------------------------
 */

/*
 * Write every round that is due by `now`, also those with nothing in them.
 * ERR_LIMIT  there would be more than 4,096 entries: nothing was written
 * ERR_IO     no signature: rounds before it are written, in log and change
 */
MUST_CHECK enum err min_log_until(struct min_log *log, uint64_t now, struct min_change *change);

/* ---- signatures ---------------------------------------------------------------------------------
 */

/* What is said in one slot. Zero-initialise; then `by` and `witness` are SEAT_NONE where nobody. */
struct min_say {
	enum min_decision decision;
	struct slice
	    note; /* empty: none. Left out in a slot whose members do not all know the signer */
	bool has_about; /* vouch, withdraw: the statement meant, by its hash */
	struct min_hash about;
	bool is_mark; /* by a mark: a scribe wrote, a witness vouches. Left out where not all know
			 them */
	uint8_t by;
	uint8_t witness;
};

struct min_slot_say {
	uint8_t slot;
	struct min_say say;
};

struct min_act {
	uint8_t seat;
	enum min_method method;
	uint64_t time;
	uint32_t size; /* of the head that is signed */
	uint32_t
	    slots; /* bit i: told in slot i. Of min_log_heads, or fewer; the own one is added */
	struct min_say say; /* in all of them but … */
	const struct min_slot_say *other;
	size_t other_count;
	struct min_hash scan; /* of paper */
	struct slice spki;    /* of webauthn */
};

/* What a browser gives back, raw. */
struct min_evidence {
	struct slice auth, client, sig;
};

/*
 * A party signs, with the server's word for it (attested, paper). `statement`: the hash that vouch
 * and withdraw name; may be NULL. The round that carries it is the first one that is not written
 * and not before `time`: call min_log_until first.
 * ERR_GONE   no such seat                        ERR_RULE   a slot it does not read, twice the same
 * ERR_STALE  a head that is none of such a slot  ERR_LIMIT  a box or the log is full, a note too
 * long ERR_PROTO  a note that is no text              ERR_IO     no signature
 */
MUST_CHECK enum err min_log_sign(struct min_log *log, const struct min_act *act,
				 struct min_hash *statement, struct min_change *change);

/*
 * The same in two steps, for a passkey: the draft holds the statement and every salt until the
 * browser has signed. The log may go on meanwhile. The caller frees the draft; errors as above.
 */
struct min_draft;
MUST_CHECK enum err min_log_draft(const struct min_log *log, const struct min_act *act,
				  struct min_draft **out);
void min_draft_free(struct min_draft *d); /* NULL is fine */
struct slice min_draft_statement(const struct min_draft *d);
/*
 * {"statement":text,"view":[salt and sign, one a label],"say":[D, one a slot],"note":[D, one a
 * note]}: what a browser needs to make both roots itself. New reference.
 */
json_t *min_draft_json(const struct min_draft *d);
/* Whether the evidence holds is the caller's to see. Once for each draft: else ERR_RULE. */
MUST_CHECK enum err min_log_finish(struct min_log *log, struct min_draft *d,
				   const struct min_evidence *evidence, struct min_hash *statement,
				   struct min_change *change);
/* A passkey of a party is told in its slots; it may sign from the same round on. */
MUST_CHECK enum err min_log_key(struct min_log *log, uint8_t seat, struct slice spki, uint64_t time,
				struct min_change *change);
/* That passkey was told already, or waits for its round. */
bool min_log_has_key(const struct min_log *log, uint8_t seat, struct slice spki);

/*
 * The acts told to a seat, those that wait for their round with them, as they are told: says of its
 * own slots only. In the order of their times. Lives in `mem`; also what it points to.
 */
struct min_told_say {
	uint8_t slot;
	enum min_decision decision;
	struct slice note; /* its text; empty: none, or erased */
	bool has_about;
	struct min_hash about;
	bool is_mark;
	uint8_t by, witness; /* SEAT_NONE */
};
struct min_told {
	struct min_hash statement;
	uint8_t seat;
	struct slice name; /* as the reader knows it; empty: its leaf was erased */
	enum min_method method;
	uint64_t time;
	bool is_late;
	uint32_t size;
	uint32_t entry;           /* 0: it waits for its round */
	bool is_vouched;          /* by another party, in a slot the reader reads */
	struct min_told_say *say; /* by slot */
	size_t say_count;
};
/* ERR_GONE: no such seat. */
MUST_CHECK enum err min_log_status(const struct min_log *log, uint8_t seat, struct arena *mem,
				   struct min_told **out, size_t *count);

/*
 * Its signer has taken the act back: by the statement it names, whatever the order of two acts of
 * one second.
 */
bool min_told_is_withdrawn(const struct min_told *told, size_t count, const struct min_told *act);

/* ---- correcting, erasing ------------------------------------------------------------------------
 */

struct min_amend {
	uint64_t time;
	struct min_hash leaf; /* of a cell, in entry 1 */
	const json_t *value;  /* in the log's terms: seats are "@ID" */
	struct slice why;
};
/*
 * Told to the readers of the cell; they are asked again (min_log_heads) once its round is written.
 * `readers` may be NULL. Who may correct is the caller's to know.
 * ERR_GONE   no such leaf, or erased     ERR_RULE   not a cell of the minutes
 * ERR_PROTO  a value that is none        ERR_LIMIT  too long, a box or the log is full
 */
MUST_CHECK enum err min_log_amend(struct min_log *log, const struct min_amend *amend,
				  seat_set *readers, struct min_change *change);

/*
 * Corrections of what the seat reads that wait for their round, as it is told of them then:
 * [{"leaf":hash,"value":…,"why":text,"time":…}], each once. New reference.
 */
json_t *min_log_amending(const struct min_log *log, uint8_t seat);

/*
 * All leaves that hold what this leaf holds, itself first: of a cell also its other readers' and
 * its corrections. In `mem`. ERR_GONE: no such leaf, or erased. ERR_RULE: one that is never erased.
 */
MUST_CHECK enum err min_log_copies(const struct min_log *log, const struct min_hash *leaf,
				   struct arena *mem, struct min_hash **out, size_t *count);

struct min_approval {
	uint8_t seat;
	uint64_t time;
};
struct min_erase {
	uint64_t time;
	const struct min_hash *leaf; /* of min_log_copies */
	size_t leaf_count;
	enum min_basis basis;
	const struct min_approval *by; /* two parties at least */
	size_t by_count;
};
/*
 * The texts go, in memory at once; their readers are told in the next round, and get no bundle
 * until then. ERR_GONE  no such leaf, erased already, no such seat     ERR_LIMIT  a box or the log
 * is full ERR_RULE  fewer than two parties, or one that a reader may not know; a leaf that is never
 * erased ERR_IO    no signature
 */
MUST_CHECK enum err min_log_erase(struct min_log *log, const struct min_erase *erase,
				  struct min_change *change);

/* ---- bundles ------------------------------------------------------------------------------------
 */

/*
 * Append what this seat gets. Rounds that are due should be written before.
 * ERR_GONE  no such seat     ERR_BUSY  something of its was erased, and the round that says so is
 *                                      not written yet
 * ERR_LIMIT more than a bundle may have (MIN_BUNDLE_BYTES)
 */
MUST_CHECK enum err min_log_bundle(const struct min_log *log, uint8_t seat, struct buf *out);
/* Entries it holds: the head that leaves with it. 0: no such seat. */
uint32_t min_log_bundle_size(const struct min_log *log, uint8_t seat);

#endif
