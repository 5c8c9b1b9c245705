/*
 * Bundles of signed minutes under libFuzzer. An input that begins with '{' is a bundle as it
 * stands, one that begins with '[' the JSON of a leaf, on which the scanner and the library must
 * be of one mind. Any other is lines, `WHERE ["name",value]`, of which a log is made whose hashes
 * and signatures hold, so that what is said in it is judged: a common box, one class, an own slot,
 * a shared one, one round. In a value `statement` may have $O (origin), $R (the root at size 2), $V
 * and $S (roots of view and say), $0 to $9 (hashes of the first leaves, as `leaf` and `note` may,
 * too); `"view":true` makes both trees, with `say` as what is said; `"sig":true` signs,
 * `"client":true` is a passkey. What must hold: the same verdict however the bytes come; a report
 * whose parts fit each other.
 */
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/minutes_log.h"
#include "minutes/verify.h"
#include "support/leaf_oracle.h"

/* ---- what must hold ---- */

/* One byte at a time. */
static size_t drip(void *arg, char *to, size_t max)
{
	struct slice *rest = arg;

	if (rest->len == 0 || max == 0) {
		return 0;
	}
	*to = *rest->ptr++;
	rest->len--;
	return 1;
}

/* Any signature of an even length: what it says is judged elsewhere. */
static bool assertion(void *arg, struct slice spki, struct slice message, struct slice sig)
{
	(void)arg;
	return spki.len > 0 && message.len > 32 && sig.len % 2 == 0;
}

static void check(const struct min_report *r)
{
	size_t gaps = 0;

	MUST(r->label_count >= MIN_SLOTS && r->party.len == MIN_ID_CHARS,
	     "a report without its reader");
	for (size_t i = 0; i < r->act_count; i++) {
		const struct min_act *a = &r->act[i];

		MUST(a->size >= 2 && a->size <= r->size && a->entry < r->size && a->time <= r->last,
		     "an act");
		MUST(a->late == (a->time > r->deadline), "late");
		for (size_t k = 0; k < a->say_count; k++) {
			MUST(r->reads[r->label_count - MIN_SLOTS + a->say[k].slot],
			     "a say in another's slot");
		}
	}
	for (size_t i = 0; i < r->gap_count; i++) {
		gaps += !r->gap[i].erased;
		MUST(r->reads[r->gap[i].label] && r->gap[i].entry < r->size, "a gap");
	}
	MUST((gaps > 0) == (r->verdict == MIN_WITHHELD), "withheld");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	uint8_t key[1][MIN_KEY_TYPED];
	uint8_t secret[64];
	struct min_params p = {.trust = (const uint8_t(*)[MIN_KEY_TYPED])key,
			       .trust_count = 1,
			       .assertion = assertion};
	struct buf made = {0};
	struct min_report one;
	struct min_report two;
	struct slice rest;

	if (size > 0 && data[0] == '[') {
		bool is_leaf;

		MUST(oracle_leaf_agrees(text, &is_leaf), "two readings of a leaf");
		return 0;
	}
	key_of(LOG_SEED, key[0], secret);
	if (size > 0 && data[0] != '{') {
		make(text, &made);
		text = buf_slice(&made);
	}
	rest = text;
	(void)min_verify(min_source_of(&rest), &p, &one);
	rest = text;
	(void)min_verify((struct min_source){drip, &rest}, &p, &two);
	MUST(one.verdict == two.verdict && one.at == two.at, "two verdicts");
	if (one.verdict <= MIN_WITHHELD) {
		check(&one);
		if (getenv("FUZZ_TELL")) {
			fprintf(stderr, "valid: %zu acts, %zu amends, %zu leaves\n", one.act_count,
				one.amend_count, one.fields);
		}
	} else {
		MUST(one.why && one.verdict == MIN_INVALID, "refused for nothing");
		if (getenv("FUZZ_TELL")) {
			fprintf(stderr, "byte %llu: %s\n", (unsigned long long)one.at, one.why);
		}
	}
	min_report_fini(&one);
	min_report_fini(&two);
	buf_fini(&made);
	return 0;
}
