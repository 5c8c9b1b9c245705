/* References inside one document, and what only shows when several keys are read together. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "casefile/casefile_parts.h"

enum { REF_BYTES = 320 }; /* a letter, and an id of at most 64 characters or a number */

/* Where the ids of a document stand. */
static const struct {
	char letter;
	const char *in, *list, *id;
} named[] = {
    {'p', NULL, "parties", "id"},
    {'c', NULL, "consents", "id"},
    {'i', "conference", "agenda", "item_no"},
    {'d', "minutes", "decisions", "no"},
    {'s', NULL, "script", "seq"},
    {'r', NULL, "resources", "id"},
    {'m', "household", "members", "id"},
};

static struct slice ref_key(char letter, const json_t *id, char out[REF_BYTES])
{
	int len;

	if (json_is_integer(id)) {
		len = snprintf(out, REF_BYTES, "%c:%" JSON_INTEGER_FORMAT, letter,
			       json_integer_value(id));
	} else {
		const char *text = json_string_value(id);

		len = snprintf(out, REF_BYTES, "%c:%s", letter, text ? text : "");
	}
	return (struct slice){out, len > 0 && len < REF_BYTES ? (size_t)len : 0};
}

static void doc_init(struct doc *d, json_t *root, uint64_t seed)
{
	const json_t *parties = json_object_get(root, "parties");

	*d = (struct doc){.root = root, .ref.seed = seed};
	for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
		const json_t *holder = named[k].in ? json_object_get(root, named[k].in) : root;
		const json_t *list = json_object_get(holder, named[k].list);

		for (size_t i = 0; i < json_array_size(list); i++) {
			char key[REF_BYTES];
			const json_t *o = json_array_get(list, i);

			map_put(&d->ref,
				ref_key(named[k].letter, json_object_get(o, named[k].id), key),
				(uint32_t)i);
		}
	}
	/* A guest may be called anything, and then an audience may call them so. */
	for (size_t i = 0; i < json_array_size(parties); i++) {
		char key[REF_BYTES];
		const json_t *o = json_array_get(parties, i);

		map_put(&d->ref, ref_key('g', json_object_get(o, "role"), key), (uint32_t)i);
	}
}

/* A party's id may be meant anywhere in the file: one person may sit in several series. */
static void docs_add(struct reader *r, json_t *root)
{
	const json_t *parties = json_object_get(root, "parties");
	const json_t *others = json_object_get(root, "other_series");
	struct slice series = slice_at(json_object_get(root, "conference"), "series_no");

	mem_room(&r->docs, &r->docs_cap, r->docs_count, sizeof *r->docs);
	if (map_get(&r->series, series) == MAP_NONE) {
		map_put(&r->series, series, (uint32_t)r->docs_count);
	}
	doc_init(&r->docs[r->docs_count++], root, r->anyone.seed);
	for (size_t i = 0; i < json_array_size(parties); i++) {
		map_put(&r->anyone, slice_at(json_array_get(parties, i), "id"), 1);
	}
	for (size_t i = 0; i < json_array_size(others); i++) {
		docs_add(r, json_array_get(others, i));
	}
}

void case_docs_init(struct reader *r)
{
	r->anyone.seed = r->o->random(r->o->random_arg);
	r->series.seed = r->anyone.seed;
	docs_add(r, r->root);
}

void case_docs_fini(struct reader *r)
{
	for (size_t i = 0; i < r->docs_count; i++) {
		map_fini(&r->docs[i].ref);
	}
	free(r->docs);
	map_fini(&r->series);
	map_fini(&r->anyone);
}

const struct doc *case_docs_series(const struct reader *r, struct slice series_no)
{
	uint32_t at = map_get(&r->series, series_no);

	return at == MAP_NONE ? NULL : &r->docs[at];
}

bool doc_has(const struct doc *d, char letter, const json_t *id)
{
	char key[REF_BYTES];

	return map_get(&d->ref, ref_key(letter, id, key)) != MAP_NONE;
}

bool is_role(const struct reader *r, const struct doc *d, const json_t *v)
{
	const char *role = json_string_value(v);

	return role && (schema_role_find(r->schema, slice_of(role)) != SCHEMA_NONE ||
			strcmp(role, "rec") == 0 || doc_has(d, 'g', v));
}

void check_ref(struct reader *r, const struct key *key, json_t *v)
{
	static const struct {
		char letter;
		const char *why;
	} kind[KIND_COUNT] = {
	    [KIND_PARTY] = {'p', "no such party"},
	    [KIND_CONSENT] = {'c', "no such consent"},
	    [KIND_ITEM] = {'i', "no such agenda item"},
	    [KIND_DECISION] = {'d', "no such decision"},
	    [KIND_RESOURCE] = {'r', "no such resource"},
	    [KIND_MEMBER] = {'m', "no such household member"},
	};

	if (kind[key->kind].letter && !doc_has(r->doc, kind[key->kind].letter, v)) {
		casefile_refuse(r, ERR_PROTO, "%s", kind[key->kind].why);
	}
	if (key->kind == KIND_ROLE && !is_role(r, r->doc, v)) {
		casefile_refuse(r, ERR_PROTO, "unknown role");
	}
	if (key->kind == KIND_WHO && !is_role(r, r->doc, v) && !doc_has(r->doc, 'p', v)) {
		casefile_refuse(r, ERR_PROTO, "no such role or party");
	}
	if (key->kind == KIND_ANYONE &&
	    map_get(&r->anyone, slice_of(json_string_value(v))) == MAP_NONE) {
		casefile_refuse(r, ERR_PROTO, "no such party in any series of this file");
	}
}

static const json_t *party_of(const struct doc *d, const json_t *id)
{
	char key[REF_BYTES];
	uint32_t at = map_get(&d->ref, ref_key('p', id, key));

	return at == MAP_NONE ? NULL : json_array_get(json_object_get(d->root, "parties"), at);
}

static void refuse_at(struct reader *r, const char *key, const char *why)
{
	size_t at = path_key(r, key);

	casefile_refuse(r, ERR_PROTO, "%s", why);
	path_back(r, at);
}

void more_party(struct reader *r, json_t *o)
{
	const char *role = text_at(o, "role");
	int64_t from, until;

	/* A guest's seat is a guest's, whatever the role says. */
	if (!json_is_true(json_object_get(o, "guest")) && strcmp(role, "rec") != 0 &&
	    schema_role_find(r->schema, slice_of(role)) == SCHEMA_NONE) {
		refuse_at(r, "role", "unknown role");
	}
	if (day_at(o, "from", &from) && day_at(o, "until", &until) && until < from) {
		refuse_at(r, "until", "before \"from\"");
	}
	if (text_at(o, "promoted_from") &&
	    strcmp(text_at(o, "promoted_from"), text_at(o, "id")) == 0) {
		refuse_at(r, "promoted_from", "nobody follows themselves");
	}
	if (r->refs && day_at(o, "from", &from)) {
		const json_t *old = party_of(r->doc, json_object_get(o, "promoted_from"));

		if (old && day_at(old, "from", &until) && until > from) {
			refuse_at(r, "promoted_from", "begins later than this one");
		}
	}
}

/* A party is called by the role in the file; guests and clerks also by what they are. */
static bool party_goes_by(const json_t *p, const char *role)
{
	bool clerk = strcmp(text_at(p, "role"), "rec") == 0;

	if (strcmp(role, "guest") == 0 && (clerk || json_is_true(json_object_get(p, "guest")))) {
		return true;
	}
	return strcmp(text_at(p, "role"), role) == 0 || strcmp(role, "rec") == 0;
}

void more_consent(struct reader *r, json_t *o)
{
	const char *role = text_at(o, "role");
	const json_t *party = json_object_get(o, "party");
	int64_t from, until;

	if (!role && !json_is_string(party)) {
		refuse_at(r, "role", "missing");
	}
	if (day_at(o, "given_on", &from) && day_at(o, "expires_on", &until) && until < from) {
		refuse_at(r, "expires_on", "before \"given_on\"");
	}
	if (r->refs && role && json_is_string(party)) {
		const json_t *p = party_of(r->doc, party);

		if (p && !party_goes_by(p, role)) {
			refuse_at(r, "party", "has another role");
		}
	}
}

static bool names_role(const json_t *roles, const char *role)
{
	for (size_t i = 0; i < json_array_size(roles); i++) {
		if (strcmp(json_string_value(json_array_get(roles, i)), role) == 0) {
			return true;
		}
	}
	return false;
}

static void check_some_seats(struct reader *r, const char *role, json_t *ids)
{
	size_t i;
	json_t *id;

	if (!json_is_array(ids) || json_array_size(ids) > SEAT_MAX) {
		casefile_refuse(r, ERR_PROTO, "must be a list of parties");
		return;
	}
	json_array_foreach(ids, i, id)
	{
		size_t at = path_index(r, i);
		const char *text = json_string_value(id);
		const json_t *p =
		    text && strlen(text) == json_string_length(id) ? party_of(r->doc, id) : NULL;

		if (!p) {
			casefile_refuse(r, ERR_PROTO, "no such party");
		} else if (!party_goes_by(p, role)) {
			casefile_refuse(r, ERR_PROTO, "has another role");
		}
		path_back(r, at);
	}
}

void more_item(struct reader *r, json_t *o)
{
	json_t *narrowed = json_object_get(o, "audience_parties");
	size_t at = path_key(r, "audience_parties");
	const char *role;
	json_t *ids;

	if (r->refs && json_is_object(narrowed)) {
		json_object_foreach(narrowed, role, ids)
		{
			size_t inner = path_key(r, role);

			if (!names_role(json_object_get(o, "audience"), role)) {
				casefile_refuse(r, ERR_PROTO, "not a role of the audience");
			}
			check_some_seats(r, role, ids);
			path_back(r, inner);
		}
	}
	path_back(r, at);
}

/*
 * The column an edit speaks of. A class is its main column, as far as that makes sense: to append
 * is to begin a row, to replace is to change a field or, of a row, the text it had before.
 */
uint16_t edit_col(const struct reader *r, struct slice field, bool append)
{
	uint16_t col = schema_col_find(r->schema, field);
	uint16_t cls = schema_class_find(r->schema, field);
	uint16_t main = cls == SCHEMA_NONE ? SCHEMA_NONE : schema_class_main_col(r->schema, cls);

	if (main != SCHEMA_NONE && (append || col == SCHEMA_NONE)) {
		return main;
	}
	return col;
}

void more_edit(struct reader *r, json_t *o)
{
	struct slice field = slice_at(o, "field");
	bool append = strcmp(text_at(o, "op"), "append") == 0;
	json_t *after = json_object_get(o, "after");
	uint16_t col = edit_col(r, field, append);
	size_t at;

	if (r->refs) {
		return;
	}
	if (col == SCHEMA_NONE || (append && r->schema->col[col].type != CELL_TEXT &&
				   r->schema->col[col].type != CELL_LINE)) {
		refuse_at(r, "field",
			  append ? "nothing can be appended to it" : "is no single field");
		return;
	}
	at = path_key(r, "after");
	if (!json_is_null(after)) {
		check_cell(r, col, after);
	} else if (append) {
		casefile_refuse(r, ERR_PROTO, "must not be null");
	}
	path_back(r, at);
}

/* What an event cannot do without. */
static const struct {
	const char *type, *key;
} event_needs[] = {
    {"join", "party"},
    {"leave", "party"},
    {"segment_change", "to_item"},
    {"pause_card", "party"},
    {"consent_withdrawn", "consent"},
    {"recall_notice", "to"},
    {"dissent", "party"},
    {"lkp_emerged", "party"},
    {"resource_stopped", "resource"},
};

void more_event(struct reader *r, json_t *o)
{
	const char *type = text_at(o, "type");

	for (size_t i = 0; i < sizeof event_needs / sizeof *event_needs; i++) {
		if (strcmp(type, event_needs[i].type) == 0 &&
		    !json_object_get(o, event_needs[i].key)) {
			refuse_at(r, event_needs[i].key, "missing");
		}
	}
	if (r->refs && strcmp(type, "recall_notice") == 0 &&
	    !doc_has(r->doc, 'p', json_object_get(o, "to"))) {
		refuse_at(r, "to", "no such party");
	}
}

void more_denial(struct reader *r, json_t *o)
{
	if (r->refs && strcmp(text_at(o, "party"), text_at(o, "about_party")) == 0) {
		refuse_at(r, "about_party", "nobody can be hidden from themselves");
	}
}

static bool is_time_of_any_kind(const char *at)
{
	int64_t ms;

	return casefile_time_ms(slice_of(at), &ms) || clock_ms(slice_of(at), &ms);
}

static void check_when(struct reader *r, const struct doc *d, const json_t *when)
{
	static const struct {
		const char *key;
		char letter;
		const char *why;
	} ref[] = {
	    {"item_no", 'i', "no such agenda item"},     {"seq", 's', "no such utterance"},
	    {"decision_no", 'd', "no such decision"},    {"row_party", 'p', "no such party"},
	    {"member", 'm', "no such household member"},
	};
	size_t at = path_key(r, "when");

	for (size_t i = 0; i < sizeof ref / sizeof *ref; i++) {
		const json_t *v = json_object_get(when, ref[i].key);

		if (v && !doc_has(d, ref[i].letter, v)) {
			refuse_at(r, ref[i].key, ref[i].why);
		}
	}
	if (text_at(when, "at") && !is_time_of_any_kind(text_at(when, "at"))) {
		refuse_at(r, "at", "must be a time");
	}
	path_back(r, at);
}

void more_expectation(struct reader *r, json_t *o)
{
	const json_t *when = json_object_get(o, "when");
	const json_t *role = json_object_get(o, "role");
	const json_t *party = json_object_get(o, "party");
	const struct doc *d = r->doc;

	if (!role && !party) {
		refuse_at(r, "role", "missing");
	}
	if (!r->refs) {
		return;
	}
	if (text_at(when, "series_no")) {
		d = case_docs_series(r, slice_at(when, "series_no"));
	}
	if (!d) {
		refuse_at(r, "when", "no such series");
		return;
	}
	if (role && !is_role(r, d, role)) {
		refuse_at(r, "role", "unknown role");
	}
	/* Somebody of this series may be asked about another: they see nothing of it. */
	if (party && !doc_has(d, 'p', party) && !doc_has(r->doc, 'p', party)) {
		refuse_at(r, "party", "no such party");
	}
	check_when(r, d, when);
}
