#ifndef ROKUSHA_MINUTES_WORDS_H
#define ROKUSHA_MINUTES_WORDS_H

#include <stdbool.h>

#include "base/slice.h"

/* Words of the format (schema/minutes.md §4 and §5) that sealing and verifying share. */
enum min_decision {
	MIN_AGREE,
	MIN_RESERVE,
	MIN_DISSENT,
	MIN_DECLINE,
	MIN_WITHDRAW,
	MIN_VOUCH,
	MIN_DECISIONS
};
const char *min_decision_name(enum min_decision d);
bool min_decision_of(struct slice name, enum min_decision *out);

enum min_method { MIN_ATTESTED, MIN_PAPER, MIN_WEBAUTHN };
enum { MIN_METHODS = MIN_WEBAUTHN + 1 };
const char *min_method_name(enum min_method m);
bool min_method_of(struct slice name, enum min_method *out);

/* Why something is erased. */
enum min_basis { MIN_RETENTION, MIN_REQUEST, MIN_CORRECTION, MIN_UNLAWFUL, MIN_BASES };
const char *min_basis_name(enum min_basis b);
bool min_basis_of(struct slice name, enum min_basis *out);

#endif
