/* An act as it is told in a leaf: its statement, and what is open of its say. schema/minutes.md §4.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/ed.h"
#include "minutes/log_parts.h"

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

/* The next line, without its LF. */
static bool next_line(struct slice *rest, struct slice *out)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (!end) {
		return false;
	}
	*out = (struct slice){rest->ptr, (size_t)(end - rest->ptr)};
	rest->ptr += out->len + 1;
	rest->len -= out->len + 1;
	return true;
}

/* What stands behind "WORD ". */
static bool next_word(struct slice *rest, const char *word, struct slice *out)
{
	size_t n = strlen(word);

	if (!next_line(rest, out) || !slice_begins(*out, word) || out->len <= n ||
	    out->ptr[n] != ' ') {
		return false;
	}
	out->ptr += n + 1;
	out->len -= n + 1;
	return true;
}

static bool read_statement(const struct min_log *log, struct log_act *a)
{
	struct slice rest = a->statement;
	struct slice line;
	struct slice party;
	uint64_t size;

	if (!next_line(&rest, &line) || !slice_is(line, "rokusha/sign/v1") ||
	    !next_line(&rest, &line) || !slice_eq(line, log->origin) || !next_line(&rest, &line) ||
	    !min_number_read(line, &size) || size > MIN_ENTRIES || !next_line(&rest, &line) ||
	    !next_word(&rest, "party", &party) || !min_id_is_valid(party) ||
	    !next_word(&rest, "method", &line) || !min_method_of(line, &a->method) ||
	    !next_word(&rest, "key", &line) || !next_word(&rest, "scan", &line) ||
	    !next_word(&rest, "view", &line) || !next_word(&rest, "say", &line) ||
	    !next_word(&rest, "nonce", &line) || !next_word(&rest, "time", &line) ||
	    !min_number_read(line, &a->time) || rest.len != 0) {
		return false;
	}
	memcpy(a->party, party.ptr, MIN_ID_CHARS);
	a->party[MIN_ID_CHARS] = '\0';
	a->size = (uint32_t)size;
	return true;
}

bool log_act_read(const struct min_log *log, const struct log_leaf *leaf, struct log_act *out)
{
	enum { BEFORE = sizeof "act/" - 1 + MIN_ID_CHARS };
	struct log_act a = {0};
	struct min_leaf read;
	bool ok;

	if (!slice_begins(leaf->name, "act/") || leaf->label < log_slot_base(log) ||
	    !min_leaf_decode(leaf->d, &read)) {
		return false;
	}
	a.of = leaf->label - log_slot_base(log);
	if (leaf->name.len > BEFORE) {
		a.of = min_slot_of(
		    (struct slice){leaf->name.ptr + BEFORE + 1, leaf->name.len - BEFORE - 1});
	}
	a.value = json_incref(read.value);
	a.statement = text_of(json_object_get(a.value, "statement"));
	a.hash = min_sha256(&a.statement, 1);
	ok = a.of < MIN_SLOTS && a.statement.len && read_statement(log, &a);
	min_leaf_fini(&read);
	if (ok) {
		*out = a;
	} else {
		log_act_fini(&a);
	}
	return ok;
}

/* The root that stands in the statement, behind the size. */
static bool names_head(const struct min_log *log, const struct log_act *a)
{
	struct slice rest = a->statement;
	struct slice line = {0};
	struct min_hash root;

	for (int i = 0; i < 4; i++) {
		if (!next_line(&rest, &line)) {
			return false;
		}
	}
	return a->size > LOG_MINUTES && a->size <= log->entry_count &&
	       min_b64_exact(line, root.b, sizeof root.b) &&
	       min_hash_eq(&root, &log->entry[a->size - 1].root);
}

const char *log_act_check(const struct min_log *log, const struct log_leaf *leaf)
{
	static const char digit[] = "0123456789abcdef";
	const char *why = NULL;
	struct log_act a;
	char id[MIN_ID_CHARS];
	uint8_t sig[MIN_ED_SIG];

	if (!log_act_read(log, leaf, &a)) {
		return "an act of another form";
	}
	for (size_t i = 0; i < MIN_ID_CHARS; i++) {
		id[i] = digit[i % 2 ? a.hash.b[i / 2] & 15 : a.hash.b[i / 2] >> 4];
	}
	if (memcmp(leaf->name.ptr + 4, id, sizeof id) != 0) {
		why = "an act under another id";
	} else if (a.time != (uint64_t)leaf->time) {
		why = "an act of another time";
	} else if (!names_head(log, &a)) {
		why = "an act over a head that is none";
	} else if (a.method != MIN_WEBAUTHN &&
		   (!min_b64_exact(text_of(json_object_get(a.value, "sig")), sig, sizeof sig) ||
		    !min_ed_verify(log->attest_key, a.statement, sig))) {
		why = "the signature of an act";
	}
	log_act_fini(&a);
	return why;
}

void log_act_fini(struct log_act *a)
{
	json_decref(a->value);
	*a = (struct log_act){0};
}

bool log_act_says(const struct log_act *a, uint32_t open, json_t *say[MIN_SLOTS])
{
	const json_t *items = json_object_get(a->value, "say");
	struct min_part part[MIN_SLOTS];
	bool is_open[MIN_SLOTS];
	size_t parts;

	memset(say, 0, MIN_SLOTS * sizeof *say);
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		is_open[i] = open >> i & 1;
	}
	parts = min_parts_of(is_open, MIN_SLOTS, part);
	if (json_array_size(items) != parts) {
		return false;
	}
	for (size_t i = 0; i < parts; i++) {
		struct min_leaf leaf;

		if (!part[i].open || !min_leaf_decode(text_of(json_array_get(items, i)), &leaf)) {
			continue;
		}
		if (json_is_object(leaf.value)) {
			say[part[i].from] = json_incref(leaf.value);
		}
		min_leaf_fini(&leaf);
	}
	return true;
}
