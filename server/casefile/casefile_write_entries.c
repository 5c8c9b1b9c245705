/* What an entry of each list needs beyond its columns: ids, numbers, who it is by and who hears. */
#include <stdio.h>
#include <stdlib.h>

#include "casefile/casefile_writer.h"

static void put_hex_id(struct shown_row *s)
{
	json_object_set(s->entry, "id", json_object_get(s->row, "row"));
}

static bool by_id(struct writer *w, struct shown_row *s)
{
	(void)w;
	put_hex_id(s);
	return true;
}

static size_t count_at(const struct writer *w, const char *path)
{
	return json_array_size(out_list(w->out, path));
}

/* ---- seats ---- */

/* Days as the format has them; a seat's last day is the one before its end. */
static void put_day(json_t *o, const char *key, const json_t *ms, int64_t add)
{
	char day[11];

	if (json_is_integer(ms) && day_write(day_in_japan(json_integer_value(ms) + add), day)) {
		json_object_set_new(o, key, json_string(day));
	}
}

static bool party(struct writer *w, struct shown_row *s)
{
	const json_t *list = json_object_get(w->in, "parties");
	const json_t *p = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *key = text_at(json_array_get(list, i), "row");

		if (strcmp(key + strlen("party/"), text_at(s->row, "row")) == 0) {
			p = json_array_get(list, i);
		}
	}
	if (!p) {
		return false;
	}
	json_object_set(s->entry, "id", json_object_get(p, "seat"));
	json_object_set(s->entry, "role", json_object_get(p, "role"));
	json_object_set(s->entry, "functions", json_object_get(p, "duties"));
	json_object_set(s->entry, "display_label", json_object_get(p, "label"));
	if (strcmp(text_at(p, "role"), "guest") == 0) {
		json_object_set_new(s->entry, "guest", json_true());
	}
	if (json_is_true(json_object_get(p, "remote"))) {
		json_object_set_new(s->entry, "remote", json_true());
	}
	if (json_is_true(json_object_get(p, "barred"))) {
		json_object_set_new(s->entry, "barred", json_true());
	}
	if (json_object_get(p, "follows")) {
		json_object_set(s->entry, "promoted_from", json_object_get(p, "follows"));
	}
	if (person_before(w, p)) {
		json_object_set_new(s->entry, "same_person_as", json_string(person_before(w, p)));
	}
	put_day(s->entry, "from", json_object_get(p, "from"), 0);
	put_day(s->entry, "until", json_object_get(p, "until"), -DAY_MS);
	for (size_t i = 0; i < json_array_size(json_object_get(p, "denied")); i++) {
		json_array_append_new(out_list(w->out, "denials"),
				      json_pack("{s:O,s:O}", "party", json_object_get(p, "seat"),
						"about_party",
						json_array_get(json_object_get(p, "denied"), i)));
	}
	return true;
}

void put_audience(const struct writer *w, json_t *entry, const json_t *seats, bool at_signs)
{
	json_t *roles = json_array();
	json_t *narrowed = json_object();

	for (size_t i = 0; i < json_array_size(seats); i++) {
		const json_t *v = json_array_get(seats, i);
		const char *id = at_signs ? seat_out(w, v) : json_string_value(v);
		const json_t *p = party_of_seat(w, id);
		const char *role = p ? text_at(p, "role") : NULL;

		if (!role) {
			continue;
		}
		if (!json_object_get(narrowed, role)) {
			json_array_append_new(roles, json_string(role));
			json_object_set_new(narrowed, role, json_array());
		}
		json_array_append_new(json_object_get(narrowed, role), json_string(id));
	}
	json_object_set_new(entry, "audience", roles);
	json_object_set_new(entry, "audience_parties", narrowed);
}

/* ---- the meeting ---- */

int item_no_of(const struct writer *w, const json_t *row)
{
	const json_t *order = json_object_get(w->in, "agenda");
	const json_t *item = json_object_get(row, "item");

	for (size_t i = 0; item && i < json_array_size(order); i++) {
		if (json_equal(json_array_get(order, i), item)) {
			return (int)i + 1;
		}
	}
	return 0;
}

static void put_item_no(const struct writer *w, struct shown_row *s)
{
	int no = item_no_of(w, s->row);

	json_object_set_new(s->entry, "item_no", no > 0 ? json_integer(no) : json_null());
}

/* Who may not read who is asked knows at least of itself. */
static bool item(struct writer *w, struct shown_row *s)
{
	const json_t *order = json_object_get(w->in, "agenda");
	const json_t *audience = json_object_get(s->cells, "audience");

	for (size_t i = 0; i < json_array_size(order); i++) {
		if (json_equal(json_array_get(order, i), json_object_get(s->row, "row"))) {
			json_object_set_new(s->entry, "item_no", json_integer((json_int_t)i + 1));
		}
	}
	if (audience) {
		put_audience(w, s->entry, audience, true);
	} else {
		put_audience(w, s->entry, json_object_get(s->row, "shared"), false);
	}
	return true;
}

static bool attendance(struct writer *w, struct shown_row *s)
{
	static const char *const clock[] = {"in", "out"};
	const char *who = seat_out(w, json_object_get(s->cells, "who"));
	int64_t ms;

	if (!who) {
		return false;
	}
	json_object_set_new(s->entry, "party", json_string(who));
	json_object_del(s->cells, "who");
	for (size_t i = 0; i < sizeof clock / sizeof *clock; i++) {
		const char *text = text_at(s->cells, clock[i]);

		if (text && clock_ms(slice_of(text), &ms)) {
			json_object_set_new(s->entry, clock[i], take_cell(s, clock[i]));
		}
	}
	return true;
}

/* Minutes from the start, which the format wants; the time itself stands in the row. */
static json_t *offset_of(const struct writer *w, const struct shown_row *s)
{
	const json_t *conference = json_object_get(w->out, "conference");
	const char *at = text_at(s->cells, "at");
	const char *start = text_at(conference, "start");
	int then = 0;
	int begun = 0;
	int minutes = 0;

	if (at && start && clock_read(slice_of(at), &then) && clock_read(slice_of(start), &begun)) {
		minutes = (then - begun + 24 * 60) % (24 * 60);
	}
	return json_sprintf("%02d:00", minutes < 1000 ? minutes : 0);
}

static bool step(struct writer *w, struct shown_row *s)
{
	const char *speaker = seat_out(w, json_object_get(s->cells, "speaker"));

	json_object_set_new(s->entry, "seq", json_integer((json_int_t)count_at(w, "script") + 1));
	json_object_set_new(s->entry, "t", offset_of(w, s));
	put_item_no(w, s);
	json_object_set_new(s->entry, "speaker", speaker ? json_string(speaker) : json_null());
	return true;
}

static bool decision(struct writer *w, struct shown_row *s)
{
	json_object_set_new(s->entry, "no",
			    json_integer((json_int_t)count_at(w, "minutes.decisions") + 1));
	put_item_no(w, s);
	put_audience(w, s->entry, json_object_get(s->row, "audience"), false);
	return true;
}

static bool action(struct writer *w, struct shown_row *s)
{
	const char *who = seat_out(w, json_object_get(s->cells, "who"));

	json_object_set_new(s->entry, "who", who ? json_string(who) : json_null());
	put_item_no(w, s);
	return true;
}

static bool by_owner(struct writer *w, struct shown_row *s)
{
	const char *owner = single_seat(s->row, "owner");

	(void)w;
	if (owner) {
		json_object_set_new(s->entry, "party", json_string(owner));
	}
	return owner != NULL;
}

/* ---- consents ---- */

static bool is_of_all(const struct writer *w, const char *role, const json_t *seats)
{
	const json_t *list = json_object_get(w->in, "parties");
	size_t of_role = 0, named = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		if (strcmp(text_at(p, "role"), role) != 0) {
			continue;
		}
		of_role++;
		for (size_t k = 0; k < json_array_size(seats); k++) {
			named += json_equal(json_array_get(seats, k), json_object_get(p, "seat"))
				     ? 1
				     : 0;
		}
	}
	return of_role > 0 && of_role == named && named == json_array_size(seats);
}

static const json_t *first_recipient(const struct writer *w, const json_t *row)
{
	const json_t *about = json_object_get(row, "about");

	return party_of_seat(w, json_string_value(json_array_get(about, 0)));
}

bool is_of_whole_role(const struct writer *w, const json_t *row)
{
	const json_t *first = first_recipient(w, row);

	return first && is_of_all(w, text_at(first, "role"), json_object_get(row, "about"));
}

/* A party means the person, a role the office, which nobody takes along. */
static bool put_recipient(const struct writer *w, struct shown_row *s)
{
	const char *one = single_seat(s->row, "about");
	const char *person = one ? one : person_consented(w, s->row);

	if (person && !person_widens(w, s->row)) {
		json_object_set_new(s->entry, "party", json_string(person));
	} else if (is_of_whole_role(w, s->row)) {
		json_object_set(s->entry, "role",
				json_object_get(first_recipient(w, s->row), "role"));
	} else {
		return false;
	}
	return true;
}

/*
 * When it ends. A consent withdrawn before its day ends at that very moment, whatever the reader
 * of the file takes for the past; what people wrote as its end stays in the row.
 */
static void put_end(struct shown_row *s)
{
	const char *until = text_at(s->cells, "until");
	const json_t *really = json_object_get(s->row, "until");
	int64_t said = INT64_MAX;
	bool day = until && casefile_date_ms(slice_of(until), &said);
	bool time = !day && until && casefile_time_ms(slice_of(until), &said);
	int64_t end = json_is_integer(really) ? json_integer_value(really) : INT64_MAX;
	char text[11], clock[6];

	said = day ? said + DAY_MS : said;
	if (end < said && day_write(day_in_japan(end), text)) {
		clock_write(clock_in_japan(end), clock);
		json_object_set_new(
		    s->entry, "expires_at",
		    json_sprintf("%sT%s:%02d", text, clock, (int)(end / 1000 % 60)));
	} else if (day || time) {
		json_object_set_new(s->entry, day ? "expires_on" : "expires_at",
				    take_cell(s, "until"));
	}
}

static bool consent(struct writer *w, struct shown_row *s)
{
	static const char withdrawal[] = "withdrawal";

	put_hex_id(s);
	json_object_del(s->entry, "withdraw_words"); /* they need a moment the file has not */
	if (json_object_get(json_object_get(s->row, "cells"), withdrawal)) {
		json_object_set(s->cells, withdrawal,
				json_object_get(json_object_get(s->row, "cells"), withdrawal));
	}
	if (!put_recipient(w, s)) {
		return false;
	}
	/* It went to several, of whom this seat knows one. */
	if (single_seat(s->row, "about") && json_is_null(json_object_get(s->cells, "to")) &&
	    !json_equal(json_object_get(s->row, "given_to"),
			json_array_get(json_object_get(s->row, "about"), 0))) {
		s->unset = "to";
	}
	put_end(s);
	return true;
}

/* ---- work, household ---- */

static bool names_party(const json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(text_at(json_array_get(list, i), "party"), id) == 0) {
			return true;
		}
	}
	return false;
}

static bool work_site(struct writer *w, struct shown_row *s)
{
	const char *owner = single_seat(s->row, "owner");

	if (!owner || names_party(out_list(w->out, "work_sites"), owner)) {
		return false;
	}
	json_object_set_new(s->entry, "party", json_string(owner));
	return true;
}

static bool member(struct writer *w, struct shown_row *s)
{
	json_t *record;

	(void)w;
	if (json_object_get(s->row, "audience")) {
		return false; /* a secret about nobody in particular */
	}
	put_hex_id(s);
	record = take_cell(s, "member_consent");
	if (record) {
		json_object_set_new(s->entry, "consent_record", record);
	}
	return true;
}

/* ---- who it is by, where only a label is kept ---- */

static const char *role_of_label(const struct writer *w, const char *label)
{
	for (uint16_t i = 0; label && i < w->schema->role_count; i++) {
		if (strcmp(w->schema->role[i].label, label) == 0) {
			return w->schema->role[i].id;
		}
	}
	return NULL;
}

/* A party or role that would be written so and make these seats; NULL when there is none. */
static const char *who_out(const struct writer *w, const char *label, const json_t *seats)
{
	const char *role = role_of_label(w, label);
	const char *first = json_string_value(json_array_get(seats, 0));
	const json_t *p = party_of_seat(w, first);

	if (!role) {
		return NULL;
	}
	if (json_array_size(seats) == 1 && p && strcmp(text_at(p, "role"), role) == 0) {
		return first;
	}
	return role; /* whose it is stands in the row */
}

static bool by_who(struct writer *w, struct shown_row *s, const char *key, const char *cell,
		   const char *seats)
{
	const char *who = who_out(w, text_at(s->cells, cell), json_object_get(s->row, seats));

	if (who) {
		json_object_set_new(s->entry, key, json_string(who));
		json_object_del(s->cells, cell);
	}
	return who != NULL;
}

static bool monitoring(struct writer *w, struct shown_row *s)
{
	return by_who(w, s, "by", "by", "owner");
}

static bool staff_outcome(struct writer *w, struct shown_row *s)
{
	const char *role = role_of_label(w, text_at(s->cells, "rater"));

	if (!role || strcmp(role, "self") == 0) {
		return false;
	}
	json_object_set_new(s->entry, "rater", json_string(role));
	json_object_del(s->cells, "rater");
	return true;
}

static bool self_outcome(struct writer *w, struct shown_row *s)
{
	(void)w;
	json_object_set_new(s->entry, "rater", json_string("self"));
	return true;
}

static bool bond(struct writer *w, struct shown_row *s)
{
	const char *with = text_at(s->cells, "with");

	if (!with || json_string_length(json_object_get(s->cells, "as_of")) == 0) {
		return false;
	}
	if (!by_who(w, s, "with", "with", "about")) {
		/* Anybody's name; one that reads like a seat's id would become that seat. */
		if (party_of_seat(w, with) || strcmp(with, "rec") == 0 ||
		    schema_role_find(w->schema, slice_of(with)) != SCHEMA_NONE) {
			return false;
		}
		json_object_set_new(s->entry, "with", take_cell(s, "with"));
	}
	json_object_set_new(s->entry, "as_of", take_cell(s, "as_of"));
	return true;
}

/* ---- ledgers ---- */

/* "ok：個室、費用の説明あり" */
static bool referral(struct writer *w, struct shown_row *s)
{
	const char *text = text_at(s->cells, "resource_check");
	const char *colon = text ? strstr(text, "：") : NULL;
	size_t len = text ? colon ? (size_t)(colon - text) : strlen(text) : 0;
	char word[16];
	json_t *check;

	(void)w;
	if (len == 0 || len >= sizeof word) {
		return true;
	}
	memcpy(word, text, len);
	word[len] = '\0';
	if (!is_word_of("ok caution stop", word) || (colon && strchr(colon, '\n'))) {
		return true;
	}
	check = json_pack("{s:s}", "result", word);
	if (colon) {
		json_object_set_new(check, "points", json_pack("[s]", colon + strlen("：")));
	}
	json_object_set_new(s->entry, "resource_check", check);
	return true; /* the text itself stays in the row and has the last word */
}

static bool followup(struct writer *w, struct shown_row *s)
{
	json_t *closure = json_object_get(w->out, "closure");
	static const char *const key[] = {"until", "frequency"};
	json_t *follow_up = json_object();

	if (!closure || json_object_get(closure, "row") || json_object_get(closure, "follow_up")) {
		json_decref(follow_up);
		return false;
	}
	for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
		json_t *v = take_cell(s, key[i]);

		if (v) {
			json_object_set_new(follow_up, key[i], v);
		}
	}
	json_object_set_new(s->entry, "follow_up", follow_up);
	json_object_set(s->entry, "closed_on", json_object_get(closure, "closed_on"));
	return true;
}

const struct list_out list_out[] = {
    {"party", "parties", party, false},
    {"conf.agenda_items", "conference.agenda", item, false},
    {"case.ledger_history", "case.ledger_history", NULL, true},
    {"household", "household.members", member, true},
    {"consent", "consents", consent, false},
    {"case.resources", "resources", by_id, true},
    {"work", "work_sites", work_site, false},
    {"pplan.statements", "personal_plan.statements", by_id, false},
    {"conf.attendance", "conference.attendance", attendance, false},
    {"min.utterances", "script", step, false},
    {"min.person_words", "minutes.person_words", NULL, false},
    {"min.decisions", "minutes.decisions", decision, false},
    {"min.actions", "minutes.actions", action, false},
    {"min.dissent", "minutes.dissents", by_owner, false},
    {"min.signatures", "minutes.signatures", by_owner, false},
    {"mon.note", "monitoring", monitoring, false},
    {"ref", "referrals", referral, true},
    {"bond.map", "bonds.bonds", bond, false},
    {"out.self_scale", "outcomes", self_outcome, false},
    {"out.staff_scale", "outcomes", staff_outcome, true},
    {"out.stage_review", "stage_history", NULL, true},
    {"close.followup", "closure", followup, true},
    {0},
};
