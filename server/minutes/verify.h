#ifndef ROKUSHA_MINUTES_VERIFY_H
#define ROKUSHA_MINUTES_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/slice.h"
#include "minutes/hash.h"
#include "minutes/note.h"
#include "minutes/shape.h"
#include "minutes/words.h"

/*
 * Is a bundle what it says? schema/minutes.md §7, in one pass over its bytes. Pure: bytes come from
 * a callback, signatures of passkeys are judged by another. Nothing that is read is taken for
 * granted: every length is bounded before memory is taken (§6), memory grows with what was read,
 * and time too.
 */

/* Up to `max` bytes into `to`; 0 at the end, MIN_READ_FAILED where there are none to be had. */
#define MIN_READ_FAILED SIZE_MAX
struct min_source {
	size_t (*read)(void *arg, char *to, size_t max);
	void *arg;
};
/* Bytes in memory as a source: `*rest` is used up, what it points at is borrowed. */
struct min_source min_source_of(struct slice *rest);

enum min_verdict {
	MIN_VALID,
	MIN_WITHHELD, /* whole but for leaves without their text that no erasure names */
	MIN_INVALID,
	MIN_UNREADABLE /* the source failed */
};
/* A leaf that can be read, as it comes: nothing of it is proven before the verdict. */
struct min_field {
	struct slice label;
	struct slice name;  /* the part after the label */
	struct slice value; /* JSON */
	struct min_hash hash;
	uint32_t entry;
};

struct min_params {
	const uint8_t (*trust)[MIN_KEY_TYPED]; /* keys of servers, as they stand in bundles */
	size_t trust_count;
	/*
	 * ES256 (DER) or RS256 by the key of this SPKI over the message. NULL: a bundle with such a
	 * signature is refused.
	 */
	bool (*assertion)(void *arg, struct slice spki, struct slice message, struct slice sig);
	void (*field)(void *arg, const struct min_field *f); /* NULL: nobody wants them */
	void *arg;
	/* Leaves that a newer bundle says were erased: the 32 bytes of each hash. NULL: none. */
	const struct map *erased;
	uint64_t seed; /* random bits: whoever made the bundle cannot make its tables slow */
};

/* What an act says in one slot. */
struct min_say {
	uint8_t slot;
	enum min_decision decision;
	bool has_note;
	bool has_about;
	bool by_mark;
	struct min_hash note;
	struct min_hash about;
	struct slice by; /* ids, or empty */
	struct slice witness;
	struct slice text; /* of the note; {NULL, 0} where it was erased, or there is none */
};

struct min_act {
	struct min_hash hash; /* of the statement */
	struct slice statement;
	struct slice party;
	enum min_method method;
	uint64_t size; /* the head that is signed */
	uint64_t time;
	bool late;
	bool vouched;   /* by another party */
	uint32_t entry; /* the round that told of it first */
	bool *scope;    /* by label: seen whole, as far as it is told */
	struct min_say *say;
	size_t say_count; /* by slot, each once */
	struct slice sig; /* as bytes; of a passkey with the rest */
	struct slice auth;
	struct slice client;
	struct slice spki;
};

struct min_amend {
	uint8_t slot;
	uint32_t entry;
	struct min_hash leaf;
	struct slice name;
	struct slice value; /* JSON */
	struct slice why;
};

/* A leaf without its text. */
struct min_gap {
	uint16_t label;
	uint32_t entry;
	struct min_hash leaf;
	bool erased;
	/* Where an erasure in this bundle names it. Elsewhere `round` is 0. */
	uint32_t round;
	const char *basis;
	struct slice *party; /* who approved */
	size_t parties;
};

struct min_member {
	uint8_t slot;
	struct slice id;
};

/*
 * What a bundle tells. Slices live in `mem`, until min_report_fini. With MIN_INVALID only why, at,
 * and what stands before them can be used, none of it proven.
 */
struct min_report {
	enum min_verdict verdict;
	const char *why; /* one line; NULL with MIN_VALID and MIN_WITHHELD */
	uint64_t at;     /* byte of the bundle where that was seen */
	struct slice origin;
	struct slice parent; /* "-", or the last head of the log this one goes on from */
	uint8_t key[MIN_KEY_TYPED];
	uint8_t attest[MIN_KEY_TYPED];
	uint8_t sig[MIN_ED_SIG];
	struct slice rp; /* "-": no passkeys */
	uint64_t size;
	uint64_t sealed;
	uint64_t deadline;
	uint64_t last;         /* time of the last entry */
	struct min_hash *root; /* of every size from 0 on: size + 1 of them */
	struct slice *label;
	size_t label_count;
	bool *reads;        /* by label */
	struct slice party; /* the reader */
	struct slice role;
	struct slice slot;
	size_t fields; /* leaves the reader has, those without text too */
	struct min_member *member;
	size_t member_count;
	struct map name; /* party's id -> which of `names`: what it is called */
	struct slice *names;
	size_t name_count;
	struct min_act *act;
	size_t act_count;
	struct min_amend *amend;
	size_t amend_count;
	struct min_gap *gap;
	size_t gap_count;
	struct arena mem;
};

/* Fills `out` whatever comes; min_report_fini when done with it. Returns out->verdict. */
enum min_verdict min_verify(struct min_source source, const struct min_params *p,
			    struct min_report *out);
void min_report_fini(struct min_report *r);

#endif
