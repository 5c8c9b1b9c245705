#ifndef ROKUSHA_MINUTES_VERIFY_PARTS_H
#define ROKUSHA_MINUTES_VERIFY_PARTS_H

#include "minutes/b64.h"
#include "minutes/leaf.h"
#include "minutes/scan.h"

/* What the parts of the verifier share. Only files of verify*.c include this. */

/* What a leaf of a round is about, in the order it is judged: keys and words before acts. */
enum min_kind { KIND_KEY, KIND_NOTE, KIND_AMEND, KIND_ERASE, KIND_ACT, KIND_ROUND, KIND_CELL };

/* A real leaf of the reader's. */
struct seen {
	struct min_hash hash;
	uint16_t label;
	uint32_t entry;
	enum min_kind kind;
	bool hidden;
	struct slice name; /* after the label; of cells, for amendments */
	struct slice text; /* of a note */
};

/* All of them, found by their hashes. */
struct seen_leaves {
	struct seen *leaf;
	size_t count;
	size_t cap;
	uint32_t *slot; /* 2^bits of them: one more than which of `leaf`, 0 where there is none */
	unsigned bits;
	uint64_t seed;
};

/* A leaf of the round that is being read: judged when all of the round is known to be there. */
struct fact {
	uint16_t label;
	enum min_kind kind;
	uint64_t at; /* byte of the bundle, for messages */
	size_t from; /* in `round`: the name behind its kind, then the value */
	size_t name;
	size_t value;
	struct min_hash hash;
};

struct party_key {
	struct slice party;
	struct slice spki;
};

struct erasure {
	uint32_t round;
	const char *basis;
	struct slice *party;
	size_t parties;
};

struct vouch {
	struct min_hash about;
	struct slice party;
};

struct check {
	struct min_scan scan;
	const struct min_params *p;
	struct min_report *r;
	struct min_tree tree;
	size_t roots_cap;
	/* labels of the reader as the head names them, until genesis says which there are */
	struct slice *read;
	size_t read_count;
	/* the header that is being read */
	struct slice line;
	size_t lines;
	struct buf header;
	uint32_t index;
	uint64_t time;
	size_t labels_cap;
	struct map label_of;
	size_t slot_0; /* label of the first slot */
	size_t own;    /* label of the reader's own slot, once there is a manifest */
	bool has_manifest;
	struct seen_leaves seen;
	struct map member_of;
	struct map head_of; /* "label size" that were heads to sign */
	struct party_key *key;
	size_t key_count;
	size_t key_cap;
	struct map key_of; /* b64 of the hash of an SPKI */
	struct map act_of; /* bytes of a statement's hash */
	struct erasure *erasure;
	size_t erasure_count;
	size_t erasure_cap;
	struct map erasure_of; /* bytes of a leaf's hash */
	struct vouch *vouch;
	size_t vouch_count;
	size_t vouch_cap;
	struct fact *fact;
	size_t fact_count;
	size_t fact_cap;
	struct buf leaf;           /* what the leaf that is read says */
	struct buf round;          /* names and values of the facts */
	struct arena scratch;      /* of one fact, while it is judged */
	const struct fact *judged; /* NULL: bytes are read */
	size_t member_cap;
	size_t name_cap;
	size_t act_cap;
	size_t amend_cap;
	size_t gap_cap;
};

/* Always false; the first reason counts. `why` lives for ever. */
bool verify_bad(struct check *c, const char *why);
#define NEED(c, holds, why)                                                                        \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			return verify_bad((c), (why));                                             \
		}                                                                                  \
	} while (0)

/* The head of the bundle, headers of entries: verify_header.c */
bool verify_head(struct check *c);
/* The lines of entry `c->index`, from `{"h":` to `,"b":`; `root` has room for every label. */
bool verify_header(struct check *c, struct min_hash root[MIN_LABELS]);

/* Boxes: verify_box.c */
bool verify_minutes(struct check *c, const struct min_hash root[MIN_LABELS]);
bool verify_sheaf(struct check *c, const struct min_hash *root);

/* The reader's leaves: verify_seen.c. What is returned is good until the next verify_see. */
struct seen *verify_seen(const struct check *c, const struct min_hash *h); /* NULL: none */
/* A new one, with nothing but its hash; NULL: there is one already. */
struct seen *verify_see(struct check *c, const struct min_hash *h);
void verify_seen_fini(struct seen_leaves *s);

/* What a round says: verify_round.c */
bool verify_facts(struct check *c);
bool verify_is_known(const struct check *c, size_t label, struct slice party);

/* Statements, one line after the other. */
struct statement {
	struct slice rest;
	bool bad;
};
struct slice statement_next(struct statement *s, const char *word); /* after the word */
void statement_exactly(struct statement *s, struct slice line);
struct slice statement_line(struct statement *s);
bool statement_ends(const struct statement *s);

/* Acts: verify_act.c */
bool verify_act(struct check *c, const struct fact *f, struct slice name, struct slice value);

/* What proves that the server or a party signed a statement: verify_proof.c */
enum proof_member { PROOF_STATEMENT, PROOF_SIG, PROOF_AUTH, PROOF_CLIENT, PROOF_VIEW, PROOF_SAY };
enum { PROOF_MEMBERS = PROOF_SAY + 1 };
struct proof {
	struct slice member[PROOF_MEMBERS]; /* of the value, those it has */
	bool has_others;
	enum min_method method;
	struct slice text; /* the statement */
	struct slice key;  /* of its line */
	struct slice party;
	/* read from the value, kept */
	struct slice sig;
	struct slice auth;
	struct slice client;
	struct slice spki;
};
bool verify_method(struct slice word, enum min_method *out);
/* Its members, and of them the text; {NULL, 0}: there is none. */
void verify_proof_of(struct check *c, struct slice value, struct proof *p);
/* Whether the value has the members it must, those of an act or of an approval, and they prove it.
 */
bool verify_proof(struct check *c, bool is_act, const struct min_act *known, struct proof *p);

/* An object of exactly these members. Else those it has of them, and false. */
bool verify_has(struct slice o, const char *const *names, size_t count, struct slice *member);
/* What a string says, until the fact has been judged; {NULL, 0}: no string. */
struct slice verify_text(struct check *c, struct slice v);
struct slice verify_keep(struct check *c, struct slice s);

#endif
