/* The case, the person, the household, and how it ended if it had. */
#include <stdio.h>

#include "base/buf.h"
#include "casefile/casefile_parts.h"

/* The latest entry of a history that was known by then; NULL when there is none. */
static json_t *latest_known(struct reader *r, const json_t *list)
{
	json_t *latest = NULL;
	int64_t best = INT64_MIN;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		int64_t from;

		if (day_at(o, "from", &from) && from <= r->known_ms && from >= best) {
			best = from;
			latest = o;
		}
	}
	return latest;
}

/* The header of the case says how things are at the end of the file; the past was otherwise. */
static void set_back(struct reader *r, json_t *kase)
{
	const json_t *stages = json_object_get(r->root, "stage_history");
	json_t *ledgers = json_object_get(kase, "ledger_history");
	json_t *stage = latest_known(r, stages);
	json_t *ledger = latest_known(r, ledgers);

	if (stage) {
		field_set(r, "case.stage", json_incref(json_object_get(stage, "stage")));
	}
	if (ledger) {
		field_set(r, "case.ledger_kind", json_incref(json_object_get(ledger, "kind")));
	}
	if (!r->o->after) {
		pending_keep(r, "case", kase);
	}
}

void make_case(struct reader *r)
{
	json_t *kase = json_object_get(r->root, "case");
	json_t *list = json_object_get(kase, "ledger_history");
	json_t *o;
	size_t i;

	fields_take(r, &shape_case, kase);
	fields_take(r, &shape_person, json_object_get(r->root, "person"));
	fields_take(r, &shape_assessment, json_object_get(r->root, "assessment"));
	set_back(r, kase);
	json_array_foreach(list, i, o)
	{
		int64_t from;

		if (day_at(o, "from", &from) && from <= r->known_ms) {
			struct row *row = row_new(r, "case.ledger_history", NULL);

			row_take(r, row, &shape_ledger, o);
			row_more(r, row, o);
		}
	}
}

/* ---- household ---- */

/* A member's own consent as one text: a text, or an object of dates and words. */
static json_t *member_consent(const json_t *v)
{
	static const char *const part[] = {"given_on", "expires_on", "method", "text", "note"};
	struct buf text = {0};
	json_t *out;

	if (json_is_string(v)) {
		buf_add_str(&text, json_string_value(v));
	}
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		const char *s = text_at(v, part[i]);

		if (s && *s) {
			buf_add_str(&text, text.len > 0 ? " " : "");
			buf_add_str(&text, strcmp(part[i], "expires_on") == 0 ? "〜" : "");
			buf_add_str(&text, s);
		}
	}
	out = json_stringn(text.ptr ? text.ptr : "", text.len);
	buf_fini(&text);
	return out;
}

/*
 * A secret that names no member has a row of its own. The other columns of that row are open to
 * more people, and an empty row tells them there is something: only who may read the secret by the
 * matrix is in its audience.
 */
static seat_set may_read_secret(struct reader *r)
{
	uint16_t cls = schema_class_find(r->schema, slice_of("household.protected_info"));
	seat_set seats = 0;

	for (unsigned i = 0; cls != SCHEMA_NONE && i < r->party_count; i++) {
		enum mark mark = r->schema->cls[cls].mark[r->party[i].role];

		if (mark != MARK_NONE && mark != MARK_GRANTABLE) {
			seats |= seat_bit(i);
		}
	}
	return seats;
}

static void make_secret(struct reader *r, json_t *secret)
{
	json_t *text = json_is_object(secret) ? json_object_get(secret, "text") : secret;
	const char *about = text_at(secret, "about");
	struct row *row = NULL;

	if (!json_is_string(text)) {
		return;
	}
	for (size_t i = 0; about && i < r->row_count; i++) {
		if (row_is_in(r, &r->row[i], "household") && r->row[i].name &&
		    strcmp(r->row[i].name, about) == 0) {
			row = &r->row[i];
		}
	}
	/* A member with a secret of their own keeps it: this one gets a row beside it. */
	if (!row || json_string_length(json_object_get(row->value, "protected_info")) > 0) {
		row = row_new(r, "household", NULL);
		row->has_audience = true;
		row->audience = may_read_secret(r);
	}
	row_set(r, row, "protected_info", json_incref(text));
	row_more(r, row, secret);
}

void make_household(struct reader *r)
{
	const json_t *household = json_object_get(r->root, "household");
	json_t *list = json_object_get(household, "members");
	size_t at = path_key(r, "household");
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct row *row = row_new(r, "household", text_at(o, "id"));
		json_t *record = json_object_get(o, "consent_record");
		size_t members = path_key(r, "members");

		(void)path_index(r, i);
		row_take(r, row, &shape_member, o);
		(void)path_key(r, "consent_record");
		if (record && !json_is_null(record)) {
			row_set(r, row, "member_consent", member_consent(record));
		}
		path_back(r, members);
		row_more(r, row, o);
	}
	make_secret(r, json_object_get(household, "protected_info"));
	path_back(r, at);
}

/* ---- closure ---- */

void make_closure(struct reader *r)
{
	json_t *closure = json_object_get(r->root, "closure");
	const char *status = json_string_value(json_object_get(r->field, "case.status"));
	struct row *row;
	int64_t closed;

	if (!day_at(closure, "closed_on", &closed)) {
		return;
	}
	/* On the day of the meeting itself nobody knows yet whether it comes to that. */
	if (!r->o->after && closed >= r->held_ms) {
		pending_keep(r, "closure", closure);
		if (status && (strcmp(status, "closed") == 0 || strcmp(status, "follow_up") == 0)) {
			field_set(r, "case.status", json_string("ongoing"));
		}
		return;
	}
	fields_take(r, &shape_closure, closure);
	row = row_new(r, "close.followup", NULL);
	row_take(r, row, &shape_closure, closure);
	row_take(r, row, &shape_follow_up, json_object_get(closure, "follow_up"));
	row_more(r, row, closure);
}
