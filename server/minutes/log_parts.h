#ifndef ROKUSHA_MINUTES_LOG_PARTS_H
#define ROKUSHA_MINUTES_LOG_PARTS_H

#include <stdarg.h>

#include "minutes/leaf.h"
#include "minutes/log.h"
#include "minutes/shape.h"

/* What the files of the log share. Nobody else includes this. */

enum { ORD_BYTES = 17, ORD_COUNT = 0, ORD_LEAF = 1, ORD_PAD = 2 };
#define LOG_TIME_MAX 999999999999999u               /* MIN_NUMBER_DIGITS */
enum { LOG_GENESIS, LOG_MINUTES, LOG_FIRST_ROUND }; /* by index of the entry */

struct log_leaf {
	uint8_t ord[ORD_BYTES];
	uint16_t label;
	bool is_amend; /* also when it is erased: the slot's head follows from it */
	int64_t time;
	struct min_hash hash;
	char *bytes;       /* d, then name; owned; NULL: erased */
	struct slice d;    /* of `bytes` */
	struct slice name; /* behind LABEL/ */
};

struct log_box {
	struct log_leaf *leaf; /* by `ord` in a written entry; only real ones in another */
	size_t count, cap;
	size_t real;
	struct min_hash root;
};

struct log_entry {
	char *header; /* NULL: not written yet */
	size_t header_len;
	uint64_t time;
	struct min_hash root; /* of the log up to and with it */
	uint8_t sig[64];
	struct log_box *box; /* one a label in `minutes`, else one a slot */
};

struct log_class {
	struct slice label;
	seat_set readers;
};

struct log_audience {
	uint8_t slot;
	seat_set seats;
};

struct log_row {
	uint64_t room;
	char id[MIN_ID_CHARS + 1];
};

struct min_log {
	struct min_port port;
	struct arena mem; /* what does not change */
	struct slice origin, parent, rp;
	uint64_t sealed, deadline;
	uint8_t log_key[32], attest_key[32];
	struct slice *label;
	size_t label_count;
	struct log_class *cls;
	size_t class_count;
	struct min_party *party;
	size_t party_count;
	seat_set roster;
	struct log_audience *audience;
	size_t audience_count;
	struct log_row *row; /* by `room` */
	size_t row_count;
	struct log_entry *entry; /* written ones, then those that are awaited */
	size_t entry_cap;
	uint32_t entry_count; /* written */
	uint32_t entry_made;  /* with those that are awaited */
	uint32_t leaf_count;
	struct min_tree tree;
	uint32_t changed[MIN_SLOTS]; /* size of the head after what last changed the slot */
};

/* ---- log.c */
struct min_log *log_create(const struct min_port *port);
/* Labels from classes; `cls` stands. */
void log_set_labels(struct min_log *log);
/* One leaf has a box that is to be read of that entry; NULL where the entry has none for the label.
 */
struct log_box *log_box(const struct min_log *log, uint32_t entry, size_t label);
/* Entries up to and with `entry` are there, awaited if not written. */
void log_make_entries(struct min_log *log, uint32_t entry);
size_t log_boxes_of(const struct min_log *log, uint32_t entry); /* how many */
size_t log_label_of(const struct min_log *log, uint32_t entry, size_t box);
size_t log_slot_base(const struct min_log *log); /* label of slot 0 */
/* Seats that read a label whole. */
seat_set log_readers(const struct min_log *log, size_t label);
/* Audience of a slot; NULL: none has it. */
const struct log_audience *log_audience_of(const struct min_log *log, size_t slot);
/* Members of a slot: its audience, or the one whose own it is. */
seat_set log_members(const struct min_log *log, size_t slot);
/* Those of `seats` that may know of `about`. */
seat_set log_knowing(const struct min_log *log, seat_set seats, uint8_t about);
struct log_leaf *log_find(const struct min_log *log, const struct min_hash *hash, uint32_t *entry);

/* ---- log_box.c: chance, leaves, entries */
void log_fill(const struct min_log *log, uint8_t *out, size_t n, const char *place, ...)
    __attribute__((format(printf, 4, 5)));
/* 64 random bits as an id. */
void log_id(const struct min_log *log, char out[MIN_ID_CHARS + 1], const char *place, ...)
    __attribute__((format(printf, 3, 4)));

/* Leaves of one entry on their way in: all of them or none. */
struct log_batch {
	const struct min_log *log;
	uint32_t entry;
	char when[12]; /* its number, as places name it */
	int64_t time;
	uint32_t *more; /* how many of each label */
	struct log_leaf *leaf;
	size_t count, cap;
};
void batch_init(struct log_batch *b, const struct min_log *log, uint32_t entry, int64_t time);
void batch_fini(struct log_batch *b); /* leaves that were not committed go */
/*
 * A leaf LABEL/NAME for the batch's entry. Takes over the reference to `value`, also on an error;
 * NULL is one. ERR_PROTO: not plain. ERR_LIMIT: too long, or the box is full.
 */
MUST_CHECK enum err batch_add(struct log_batch *b, size_t label, struct slice name, json_t *value);
/* The same of a leaf that was made before; its bytes are taken over, also on an error. */
MUST_CHECK enum err batch_add_made(struct log_batch *b, struct log_leaf *leaf);
/* Into the log and the change. */
void batch_commit(struct log_batch *b, struct min_log *log, struct min_change *change);

/* A leaf with its salt, drawn for `when`; ord is not set. Borrows `value`. Errors as batch_add. */
MUST_CHECK enum err leaf_make(const struct min_log *log, const char *when, size_t label,
			      struct slice name, const json_t *value, struct log_leaf *out);
/* d and name, copied into one piece. */
void leaf_set(struct log_leaf *l, struct slice d, struct slice name);
void leaf_forget(struct log_leaf *l); /* its bytes go, wiped */

/*
 * Write entry `log->entry_count`: counts, pads, header, head. `lines`: of the header between time
 * and boxes. ERR_IO: no signature; nothing is written.
 */
MUST_CHECK enum err log_write_entry(struct min_log *log, uint64_t time, struct slice lines,
				    struct min_change *change);
/* Of the header from the boxes' roots; as the format has it. */
void log_header(const struct min_log *log, uint32_t entry, uint64_t time, struct slice lines,
		const struct min_hash *root, struct buf *out);
/* The lines of genesis and minutes that stand between. */
void log_genesis_lines(const struct min_log *log, struct buf *out);
void log_minutes_lines(const struct min_log *log, struct buf *out);
void log_sort_box(struct log_box *b);
/* The first round that is not written and not before `time`. ERR_LIMIT: there is none. */
MUST_CHECK enum err log_round_for(const struct min_log *log, uint64_t time, uint32_t *entry);

/* ---- log_place.c: who gets it where */
struct log_where {
	bool in_class;
	bool in_audience;
	seat_set own; /* each in its own slot */
};
/* `cls`, `audience`: index or MIN_NONE. */
struct log_where log_place(const struct min_log *log, seat_set readers, size_t cls,
			   size_t audience);
/* Labels in which what concerns `about` is told for slot `slot`: itself, or own slots. */
size_t log_told_in(const struct min_log *log, size_t slot, uint8_t about, uint16_t out[MIN_SLOTS]);

/* ---- log_seal.c */
const char *log_row_id(const struct min_log *log, uint64_t room); /* NULL: no such row */
/* Value of a seat's manifest. New reference. */
json_t *log_manifest(const struct min_log *log, const struct min_party *p);

/* ---- log_body.c: private state, as JSON */
void log_body(const struct min_log *log, struct buf *out);
/*
 * Everything but entries. `amends`: hashes of erased corrections, a list to be freed by the caller.
 * ERR_PROTO: not written by log_body.
 */
MUST_CHECK enum err log_read_body(struct min_log *log, struct slice body, struct min_hash **amends,
				  size_t *count);

/* ---- log_change.c */
/* Where a change stands, to go back to when a call fails halfway. */
struct change_mark {
	size_t entries, leaves, erased;
	struct slice body;
};
struct change_mark change_mark(const struct min_change *c);
void change_back(struct min_change *c, struct change_mark m);
void change_body(struct min_change *c, const struct min_log *log);
void change_entry(struct min_change *c, const struct min_log *log, uint32_t entry);
void change_leaf(struct min_change *c, uint32_t entry, const struct log_leaf *leaf);
void change_erased(struct min_change *c, const struct min_hash *hash);

/* ---- log_told.c: an act as it is told */
struct log_act {
	struct slice statement; /* of `value` */
	struct min_hash hash;
	uint32_t size;
	char party[MIN_ID_CHARS + 1];
	enum min_method method;
	uint64_t time;
	json_t *value; /* owned */
	size_t of;     /* slot */
};
/* False: not an act, or none as we write them. */
bool log_act_read(const struct min_log *log, const struct log_leaf *leaf, struct log_act *out);
void log_act_fini(struct log_act *a);
/* NULL, or what is wrong with an act's leaf: its id, its head, the server's signature. */
const char *log_act_check(const struct min_log *log, const struct log_leaf *leaf);
/* Of the says that are open in it, those that say something, by slot; others NULL. New references.
 */
bool log_act_says(const struct log_act *a, uint32_t open, json_t *say[MIN_SLOTS]);

#endif
