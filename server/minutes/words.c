#include "minutes/words.h"

#include <assert.h>

static const char *const decisions[MIN_DECISIONS] = {"agree",   "reserve",  "dissent",
						     "decline", "withdraw", "vouch"};
static const char *const methods[MIN_METHODS] = {"attested", "paper", "webauthn"};
static const char *const bases[MIN_BASES] = {"retention", "request", "correction", "unlawful"};

static size_t word_of(const char *const *word, size_t count, struct slice name)
{
	size_t i = 0;

	while (i < count && !slice_is(name, word[i])) {
		i++;
	}
	return i;
}

const char *min_decision_name(enum min_decision d)
{
	assert(d < MIN_DECISIONS);
	return decisions[d];
}

bool min_decision_of(struct slice name, enum min_decision *out)
{
	size_t i = word_of(decisions, MIN_DECISIONS, name);

	if (i < MIN_DECISIONS) {
		*out = (enum min_decision)i;
	}
	return i < MIN_DECISIONS;
}

const char *min_method_name(enum min_method m)
{
	assert((unsigned)m < MIN_METHODS);
	return methods[m];
}

bool min_method_of(struct slice name, enum min_method *out)
{
	size_t i = word_of(methods, MIN_METHODS, name);

	if (i < MIN_METHODS) {
		*out = (enum min_method)i;
	}
	return i < MIN_METHODS;
}

const char *min_basis_name(enum min_basis b)
{
	assert(b < MIN_BASES);
	return bases[b];
}

bool min_basis_of(struct slice name, enum min_basis *out)
{
	size_t i = word_of(bases, MIN_BASES, name);

	if (i < MIN_BASES) {
		*out = (enum min_basis)i;
	}
	return i < MIN_BASES;
}
