/*
 * Consents. The file speaks of roles and fields; what is kept is one grant per seat, of classes
 * that a consent may open at all. Everything in doubt opens less.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "casefile/casefile_parts.h"

/* A record about the person's data as such: a field of its own with few readers, no grant. */
static const char database[] = "consent.database";

/* Words of a note that keep a consent to the rows the seat has a part in. */
static const char *const own_rows_words[] = {"自分の所だけ", "自分の分だけ"};

/* The words that say so; NULL: it is for all rows. */
static const char *says_own_rows(const json_t *consent)
{
	const char *note = text_at(consent, "note");

	for (size_t i = 0; note && i < sizeof own_rows_words / sizeof *own_rows_words; i++) {
		if (strstr(note, own_rows_words[i])) {
			return own_rows_words[i];
		}
	}
	return NULL;
}

/* By what a seat is: a guest called "kp" gets nothing from a consent to kp. */
static seat_set recipients(const struct reader *r, const json_t *consent)
{
	const char *party = text_at(consent, "party");

	return party ? seat_of_party(r, party) : party_seats_of_role(r, text_at(consent, "role"));
}

/*
 * Who names a role means the office: whoever holds it next has it too, which recipients gives. Who
 * names a party means that person: it goes with them to another seat, and to nobody who follows.
 */
static seat_set readers_of(const struct reader *r, const json_t *consent, seat_set to)
{
	seat_set seats = to;

	for (unsigned i = 0; text_at(consent, "party") && i < r->party_count; i++) {
		seats |= (r->party[i].same_person & to) ? seat_bit(i) : 0;
	}
	return seats;
}

/* The same day a year on; for a leap day that is 1 March. */
static int64_t year_after(struct slice date)
{
	int n[3] = {0};

	for (size_t i = 0; i < date.len; i++) {
		if (date.ptr[i] != '-') {
			size_t part = i < 4 ? 0 : i < 7 ? 1 : 2;

			n[part] = n[part] * 10 + (date.ptr[i] - '0');
		}
	}
	return day_of(n[0] + 1, n[1], n[2]);
}

/*
 * The first moment after a consent, and its last full day for people to read ("" where the end is
 * exact). DESIGN asks for a mandatory end: a consent without one lasts a year.
 */
static int64_t end_of(const json_t *consent, char last_day[11])
{
	struct slice given = slice_at(consent, "given_on");
	int64_t ms = 0;
	int64_t last = 0;

	*last_day = '\0';
	if (casefile_time_ms(slice_at(consent, "expires_at"), &ms)) {
		return ms;
	}
	if (!day_read(slice_at(consent, "expires_on"), &last)) {
		last = year_after(given) - 1;
		last = last < day_of(9999, 12, 31) ? last : day_of(9999, 12, 31);
	}
	if (day_write(last, last_day)) {
		(void)casefile_date_ms(slice_of(last_day), &ms);
	}
	return ms + DAY_MS;
}

static bool reads(const json_t *consent)
{
	return strcmp(text_at(consent, "level"), "read") == 0;
}

/* The classes and columns of a consent that are "n+" for this seat; others it does not change. */
static json_t *grantable(struct reader *r, const json_t *consent, unsigned seat)
{
	const json_t *fields = json_object_get(consent, "fields");
	json_t *items = json_array();

	for (size_t i = 0; i < json_array_size(fields); i++) {
		json_t *field = json_array_get(fields, i);
		struct slice id = slice_of(json_string_value(field));
		uint16_t cls = schema_class_find(r->schema, id);

		if (cls == SCHEMA_NONE) {
			cls = r->schema->col[schema_col_find(r->schema, id)].cls;
		}
		if (r->schema->cls[cls].mark[r->party[seat].role] == MARK_GRANTABLE) {
			json_array_append(items, field);
		}
	}
	return items;
}

static void make_grants(struct reader *r, const json_t *consent, const struct row *row)
{
	char hex[HEX64_LEN + 1];
	char last_day[11];
	int64_t from = 0;
	int64_t until = end_of(consent, last_day);

	(void)day_at(consent, "given_on", &from);
	id_to_hex(row->id, hex);
	for (unsigned seat = 0; seat < r->party_count; seat++) {
		json_t *items;

		if (!(row->about & seat_bit(seat))) {
			continue;
		}
		items = grantable(r, consent, seat);
		r->grant_count += json_array_size(items);
		if (r->grant_count > LIMIT_ROOM_GRANTS) {
			casefile_refuse(r, ERR_LIMIT, "more than %d grants", LIMIT_ROOM_GRANTS);
		}
		if (json_array_size(items) > 0) {
			json_array_append_new(
			    r->grants,
			    json_pack("{s:s,s:i,s:O,s:b,s:I,s:I}", "row", hex, "seat", (int)seat,
				      "items", items, "own_rows", says_own_rows(consent) != NULL,
				      "from", (json_int_t)from, "until", (json_int_t)until));
		}
		json_decref(items);
	}
}

static void add_withdrawal(struct reader *r, const json_t *consent, const struct row *row,
			   int64_t at_ms)
{
	char hex[HEX64_LEN + 1];
	json_t *body;

	id_to_hex(row->id, hex);
	body = json_pack("{s:s,s:I}", "row", hex, "at", (json_int_t)at_ms);
	if (text_at(consent, "withdrawn_in")) {
		json_object_set(body, "in", json_object_get(consent, "withdrawn_in"));
	}
	json_array_append_new(r->withdrawals, body);
}

/* Withdrawn before the meeting it is a fact; in it or later it is still to come. */
static void make_withdrawal(struct reader *r, json_t *consent, struct row *row)
{
	json_t *words = json_object_get(consent, "withdraw_words");
	int64_t at;

	if (!casefile_time_ms(slice_at(consent, "withdrawn_at"), &at)) {
		return;
	}
	if (!r->o->after && at >= r->start_ms) {
		json_t *later = json_pack("{s:O,s:O}", "consent", json_object_get(consent, "id"),
					  "at", json_object_get(consent, "withdrawn_at"));

		json_object_set(later, "in", json_object_get(consent, "withdrawn_in"));
		json_object_set(later, "words", words);
		pending_add(r, "withdrawals", later);
		json_decref(later);
		/* In the meeting somebody says so. After it the consent just ends: that it would
		 * not last is known, and time keeps to it; the words are still to be said. */
		if (at >= r->held_ms + DAY_MS) {
			add_withdrawal(r, consent, row, at);
		}
		return;
	}
	if (json_is_string(words)) {
		row_set(r, row, "withdrawal", json_incref(words));
	}
	add_withdrawal(r, consent, row, at);
}

/* A line such as "2025-12-05 書面・署名 台帳への登録"; several stand behind one another. */
static void add_to_database(struct reader *r, const json_t *consent)
{
	const char *before = json_string_value(json_object_get(r->field, database));
	const char *method = text_at(consent, "method");
	const char *note = text_at(consent, "note");
	struct buf line = {0};
	size_t at_note;
	int64_t at;

	if (casefile_time_ms(slice_at(consent, "withdrawn_at"), &at) &&
	    (r->o->after || at < r->start_ms)) {
		return;
	}
	buf_printf(&line, "%s%s%s", before ? before : "", before ? "／" : "",
		   text_at(consent, "given_on"));
	buf_printf(&line, "%s%s%s%s", method ? " " : "", method ? method : "", note ? " " : "",
		   note ? note : "");
	at_note = path_key(r, note ? "note" : "method");
	for (size_t i = 0; i < line.len; i++) {
		/* The field is a line; a note may have several. */
		line.ptr[i] = line.ptr[i] == '\n' ? ' ' : line.ptr[i];
	}
	field_set(r, database, json_stringn(line.ptr, line.len));
	buf_fini(&line);
	path_back(r, at_note);
}

/* Who reads consents in general may not know of the database: there it is not named. */
static json_t *scope_of(const json_t *consent, bool *names_database)
{
	const json_t *fields = json_object_get(consent, "fields");
	json_t *scope = json_array();

	*names_database = false;
	for (size_t i = 0; i < json_array_size(fields); i++) {
		json_t *field = json_array_get(fields, i);

		if (strcmp(json_string_value(field), database) == 0) {
			*names_database = true;
		} else {
			json_array_append(scope, field);
		}
	}
	return scope;
}

/* `from_ms`: of a consent still to come, when it begins; 0 otherwise. */
static void make_consent_row(struct reader *r, json_t *consent, json_t *scope, bool with_note,
			     int64_t from_ms)
{
	struct row *row = row_new(r, "consent", text_at(consent, "id"));
	const char *exact = text_at(consent, "expires_at");
	const char *last = text_at(consent, "expires_on");
	char last_day[11] = "";

	row->from_ms = from_ms;
	row->owner = party_seats_of_role(r, "self");
	row->about = recipients(r, consent);
	(void)end_of(consent, last_day);
	row_set(r, row, "to", seat_value(r, row->about));
	row->about = readers_of(r, consent, row->about);
	row_set(r, row, "scope", json_incref(scope));
	row_set(r, row, "level", json_incref(json_object_get(consent, "level")));
	row_set(r, row, "given_on", json_incref(json_object_get(consent, "given_on")));
	if (exact || last || reads(consent)) {
		row_set(r, row, "until", json_string(exact ? exact : last_day));
	}
	if (text_at(consent, "method")) {
		row_set(r, row, "method", json_string(text_at(consent, "method")));
	}
	/* How far it goes is the consent's own, whatever else the note is about. */
	if (with_note && text_at(consent, "note")) {
		row_set(r, row, "note", json_string(text_at(consent, "note")));
	} else if (says_own_rows(consent)) {
		row_set(r, row, "note", json_string(says_own_rows(consent)));
	}
	if (reads(consent)) {
		make_grants(r, consent, row);
	}
	make_withdrawal(r, consent, row);
	row_more(r, row,
		 consent); /* after the grants: it says whose the row is, not who may read */
}

void make_consents(struct reader *r)
{
	json_t *list = json_object_get(r->root, "consents");
	size_t at = path_key(r, "consents");
	json_t *consent;
	size_t i;

	json_array_foreach(list, i, consent)
	{
		size_t inner = path_index(r, i);
		int64_t given = 0;
		bool names_database;
		json_t *scope = scope_of(consent, &names_database);

		(void)day_at(consent, "given_on", &given);
		/* One of a later day is there already, but nobody has it before that day. */
		if (names_database && given > r->known_ms) {
			pending_add(r, "consents", consent);
		} else if (names_database && r->failed == ERR_OK) {
			add_to_database(r, consent);
		}
		if (json_array_size(scope) > 0) {
			make_consent_row(r, consent, scope, !names_database,
					 given > r->known_ms ? given : 0);
		}
		json_decref(scope);
		path_back(r, inner);
	}
	path_back(r, at);
}

/* Seats from which everything is kept, old minutes too. */
static void make_bars(struct reader *r)
{
	const json_t *list = json_object_get(r->root, "parties");

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_is_true(json_object_get(json_array_get(list, i), "barred"))) {
			json_array_append_new(r->bars,
					      json_pack("{s:i,s:b}", "seat", (int)i, "on", 1));
		}
	}
}

/* Whoever must not learn of whom: holds in every series and at every time. */
void make_denials(struct reader *r)
{
	json_t *list = json_object_get(r->root, "denials");
	json_t *o;
	size_t i;

	make_bars(r);
	json_array_foreach(list, i, o)
	{
		int seat = __builtin_ctzll(seat_of_party(r, text_at(o, "party")));
		int about = __builtin_ctzll(seat_of_party(r, text_at(o, "about_party")));

		json_t *body = json_pack("{s:i,s:i,s:b}", "seat", seat, "about", about, "on", 1);

		if (text_at(o, "why")) {
			json_object_set(body, "why", json_object_get(o, "why"));
		}
		json_array_append_new(r->denials, body);
	}
}
