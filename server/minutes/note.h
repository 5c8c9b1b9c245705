#ifndef ROKUSHA_MINUTES_NOTE_H
#define ROKUSHA_MINUTES_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "minutes/ed.h"
#include "minutes/hash.h"

/*
 * Signed notes and checkpoints as C2SP has them (signed-note.md, tlog-checkpoint.md), for Ed25519
 * keys and roots of 32 bytes. All slices are borrowed from what was read.
 */
enum {
	MIN_KEY_TYPED = 1 + MIN_ED_KEY, /* a key as bundles have it: 01 and its bytes */
	MIN_KEY_ED25519 = 1,
	MIN_NOTE_SIGS = 100
};

/* "origin LF size LF root LF", appended: what is signed of a head. */
void min_checkpoint_text(struct buf *out, struct slice origin, uint64_t size,
			 const struct min_hash *root);

struct min_checkpoint {
	struct slice origin;
	uint64_t size;
	struct min_hash root;
	struct slice rest; /* further lines, each with its LF */
};
bool min_checkpoint_read(struct slice text, struct min_checkpoint *out);

struct min_vkey {
	struct slice name;
	uint8_t id[4];
	uint8_t key[MIN_ED_KEY];
};
/* The first bytes of SHA-256 over name, LF, type and key. */
void min_key_id(struct slice name, const uint8_t key[MIN_ED_KEY], uint8_t id[4]);
/* name+keyid+base64(type, key). */
bool min_vkey_read(struct slice text, struct min_vkey *out);
void min_vkey_add(struct buf *out, struct slice name, const uint8_t key[MIN_ED_KEY]);
/* May be the name of a key: not empty, no space of any kind, no plus. */
bool min_key_name_is_valid(struct slice name);

struct min_note_sig {
	struct slice name;
	uint8_t id[4];
	struct slice line; /* base64 of id and signature, as it stands there */
};
struct min_note {
	struct slice text; /* with its last LF */
	struct min_note_sig sig[MIN_NOTE_SIGS];
	size_t count;
};
bool min_note_parse(struct slice note, struct min_note *out);
/* One line of a signature. A note is its text, an empty line, and these. */
void min_note_add_sig(struct buf *out, struct slice name, const uint8_t key[MIN_ED_KEY],
		      const uint8_t sig[MIN_ED_SIG]);

enum min_note_result {
	MIN_NOTE_OK,
	MIN_NOTE_MALFORMED,
	MIN_NOTE_INVALID_SIGNATURE,
	MIN_NOTE_AMBIGUOUS_KEY,
	MIN_NOTE_NO_SIGNATURE /* none of the keys */
};
/*
 * Whether the keys signed it. Every line of a key is held against it; what says the same twice
 * counts once. `is_known[i]`: line i is of a key and holds; lines that came before have false.
 */
enum min_note_result min_note_open(const struct min_note *note, const struct min_vkey *key,
				   size_t count, bool is_known[MIN_NOTE_SIGS]);

#endif
