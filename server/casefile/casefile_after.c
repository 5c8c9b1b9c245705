/*
 * The end state instead of the beginning (import --after): the script's edits and the minutes are
 * put into the same fields and rows before they become records. No act is replayed, so nobody is
 * named as having done it; the player is for that.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "casefile/casefile_parts.h"

static json_t *entry_of(const json_t *list, const char *key, const json_t *id)
{
	for (size_t i = 0; id && i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);

		if (json_equal(json_object_get(o, key), id)) {
			return o;
		}
	}
	return NULL;
}

/* What was said outside any item stays between the person, the supporter and the recorder. */
static seat_set closest(const struct reader *r)
{
	return party_seats_of_role(r, "self") | party_seats_of_role(r, "ps") |
	       party_seats_of_role(r, "rec");
}

static seat_set audience_of_item(const struct reader *r, const json_t *item_no)
{
	const json_t *conference = json_object_get(r->root, "conference");
	const json_t *item = entry_of(json_object_get(conference, "agenda"), "item_no", item_no);

	return item ? seats_of_audience(r, item) : closest(r);
}

/* The person's words without a place: the smallest item the person was in. */
static seat_set audience_of_words(const struct reader *r)
{
	const json_t *conference = json_object_get(r->root, "conference");
	const json_t *list = json_object_get(conference, "agenda");
	seat_set self = party_seats_of_role(r, "self");
	seat_set best = closest(r);
	int fewest = SEAT_MAX + 1;

	for (size_t i = 0; i < json_array_size(list); i++) {
		seat_set seats = seats_of_audience(r, json_array_get(list, i));
		int count = __builtin_popcountll(seats);

		if ((seats & self) && count < fewest) {
			best = seats;
			fewest = count;
		}
	}
	return best;
}

static struct row *row_in(struct reader *r, const char *table, seat_set audience)
{
	struct row *row = row_new(r, table, NULL);

	row->has_audience = true;
	row->audience = audience;
	return row;
}

/* ---- edits ---- */

/* The writer's own row, else that of the only employer in the item. */
static struct row *work_row(struct reader *r, seat_set by, seat_set audience)
{
	struct row *found = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < r->row_count; i++) {
		if (!row_is_in(r, &r->row[i], "work")) {
			continue;
		}
		if (r->row[i].owner & by) {
			return &r->row[i];
		}
		if ((r->row[i].owner & audience) || r->row[i].owner == 0) {
			found = &r->row[i];
			count++;
		}
	}
	return count == 1 ? found : NULL;
}

/* The row of a table whose text is still the one the edit begins from. */
static struct row *row_before(struct reader *r, const struct schema_col *c, const json_t *edit)
{
	json_t *before = json_object_get(edit, "before");

	for (size_t i = 0; before && i < r->row_count; i++) {
		if (r->row[i].table == c->table &&
		    json_equal(json_object_get(r->row[i].value, c->name), before)) {
			return &r->row[i];
		}
	}
	return NULL;
}

static void replace(struct reader *r, const json_t *step, json_t *edit)
{
	uint16_t col = edit_col(r, slice_at(edit, "field"), false);
	const struct schema_col *c = &r->schema->col[col];
	json_t *value = cell_value(r, col, json_object_get(edit, "after"));
	struct row *row;

	if (c->table == SCHEMA_NONE) {
		json_object_set_new(r->field, c->id, value);
		return;
	}
	row = strcmp(r->schema->table[c->table].id, "work") == 0
		  ? work_row(r, seat_of_party(r, text_at(edit, "by")),
			     audience_of_item(r, json_object_get(step, "item_no")))
		  : row_before(r, c, edit);
	if (!row) {
		casefile_refuse(r, ERR_PROTO, "it is not clear which row is meant");
		json_decref(value);
		return;
	}
	row_set(r, row, c->name, value);
}

/* The words of a withdrawal belong to the consent that the same step withdraws. */
static void append_withdrawal(struct reader *r, const json_t *step, json_t *edit)
{
	const json_t *events = json_object_get(step, "events");

	for (size_t i = 0; i < json_array_size(events); i++) {
		const char *consent = text_at(json_array_get(events, i), "consent");

		for (size_t k = 0; consent && k < r->row_count; k++) {
			struct row *row = &r->row[k];

			if (row_is_in(r, row, "consent") && row->name &&
			    strcmp(row->name, consent) == 0 &&
			    !json_object_get(row->value, "withdrawal")) {
				row_set(r, row, "withdrawal",
					json_incref(json_object_get(edit, "after")));
			}
		}
	}
}

static void append_to_field(struct reader *r, const struct schema_col *c, const json_t *edit)
{
	const char *before = json_string_value(json_object_get(r->field, c->id));
	const char *glue = c->type == CELL_TEXT ? "\n" : "／";

	field_set(r, c->id,
		  json_sprintf("%s%s%s", before ? before : "", before && *before ? glue : "",
			       text_at(edit, "after")));
}

static void append(struct reader *r, const json_t *step, json_t *edit)
{
	uint16_t col = edit_col(r, slice_at(edit, "field"), true);
	const struct schema_table *t;
	struct row *row;

	if (r->schema->col[col].table == SCHEMA_NONE) {
		append_to_field(r, &r->schema->col[col], edit);
		return;
	}
	t = &r->schema->table[r->schema->col[col].table];
	if (strcmp(t->id, "consent") == 0) {
		append_withdrawal(r, step, edit);
		return;
	}
	row = row_new(r, t->id, NULL);
	row->owner = t->owner_role == SCHEMA_NONE
			 ? seat_of_party(r, text_at(edit, "by"))
			 : party_seats_of_role(r, r->schema->role[t->owner_role].id);
	row->has_audience = t->in_segment;
	row->audience = audience_of_item(r, json_object_get(step, "item_no"));
	row_set(r, row, r->schema->col[col].name, json_incref(json_object_get(edit, "after")));
}

/* ---- the script ---- */

/* Minutes and seconds from the start, as a time of day. */
static json_t *time_of_step(const struct reader *r, const json_t *step)
{
	long minutes = strtol(text_at(step, "t"), NULL, 10);
	int64_t of_day = (r->start_ms - r->held_ms) / 60000 + minutes;

	return json_sprintf("%02d:%02d", (int)(of_day / 60 % 24), (int)(of_day % 60));
}

static void add_utterance(struct reader *r, const json_t *step, const char *kind, const char *text)
{
	struct row *row =
	    row_in(r, "min.utterances", audience_of_item(r, json_object_get(step, "item_no")));
	json_t *kind_value = json_string(kind);

	row_set(r, row, "speaker", seat_value(r, seat_of_party(r, text_at(step, "speaker"))));
	row_set(r, row, "text", json_string(text ? text : ""));
	row_set(r, row, "kind", kind_value);
	row_set(r, row, "at", time_of_step(r, step));
	if (strcmp(kind, "utterance") == 0) {
		row_more(r, row, (json_t *)(uintptr_t)step);
	}
}

static void play_events(struct reader *r, const json_t *step)
{
	const json_t *events = json_object_get(step, "events");

	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (is_word_of("bond_shift lkp_emerged resource_stopped play_message break",
			       text_at(event, "type"))) {
			add_utterance(r, step, text_at(event, "type"), text_at(event, "note"));
		}
	}
}

static void play_step(struct reader *r, const json_t *step)
{
	json_t *edits = json_object_get(step, "edits");
	size_t at = path_key(r, "edits");
	json_t *edit;
	size_t i;

	add_utterance(r, step, "utterance", text_at(step, "text"));
	json_array_foreach(edits, i, edit)
	{
		size_t inner = path_index(r, i);

		if (r->failed != ERR_OK) {
			; /* a text over its limit would only grow */
		} else if (strcmp(text_at(edit, "op"), "append") == 0) {
			append(r, step, edit);
		} else {
			replace(r, step, edit);
		}
		path_back(r, inner);
	}
	play_events(r, step);
	path_back(r, at);
}

/* ---- minutes ---- */

/*
 * A row the script appended with the same words, perhaps after a name, that has not yet become an
 * entry; NULL when there is none.
 */
static struct row *appended(struct reader *r, const char *table, const char *column,
			    const char *words, const seat_set *audience)
{
	for (size_t i = 0; i < r->row_count && *words; i++) {
		const char *text = json_string_value(json_object_get(r->row[i].value, column));
		struct row *row = &r->row[i];

		if (row_is_in(r, row, table) && !row->is_entry && text &&
		    (!audience || row->audience == *audience) && strstr(text, words)) {
			return row;
		}
	}
	return NULL;
}

/* The row an entry of the minutes is kept in. Words that other people heard are other words. */
static struct row *entry_row(struct reader *r, json_t *o, const char *table, const char *column,
			     seat_set audience)
{
	const char *words = text_at(o, column);
	struct row *row =
	    json_object_get(o, "row") ? NULL : appended(r, table, column, words, &audience);

	if (!row) {
		row = row_in(r, table, audience);
	}
	row->is_entry = true;
	row_set(r, row, column, json_string(words));
	return row;
}

static seat_set audience_of_decision(const struct reader *r, const json_t *no)
{
	const json_t *minutes = json_object_get(r->root, "minutes");
	const json_t *decision = entry_of(json_object_get(minutes, "decisions"), "no", no);

	return decision ? seats_of_audience(r, decision) : closest(r);
}

static void add_decision(struct reader *r, json_t *o)
{
	struct row *row = entry_row(r, o, "min.decisions", "text", seats_of_audience(r, o));

	row->name = row_number_name(r, o, "no");
	row_more(r, row, o);
}

static void add_action(struct reader *r, json_t *o)
{
	struct row *row = entry_row(r, o, "min.actions", "what",
				    audience_of_item(r, json_object_get(o, "item_no")));
	json_t *due = json_object_get(o, "due");

	row_set(r, row, "who", seat_value(r, seat_of_party(r, text_at(o, "who"))));
	row_set(r, row, "due", due ? json_incref(due) : json_null());
	row_more(r, row, o);
}

static void add_dissent(struct reader *r, json_t *o)
{
	const json_t *no = json_object_get(o, "decision_no");
	struct row *row = entry_row(r, o, "min.dissent", "text", audience_of_decision(r, no));

	row->owner = seat_of_party(r, text_at(o, "party"));
	if (json_is_integer(no)) {
		row_set(r, row, "about", json_string(row_number_name(r, o, "decision_no")));
	}
	row_more(r, row, o);
}

static void add_correction(struct reader *r, json_t *o)
{
	static const char *const column[] = {"before", "after", "reason"};
	struct row *row = row_in(r, "min.corrections",
				 audience_of_decision(r, json_object_get(o, "decision_no")));

	row->name = row_number_name(r, o, "no");
	for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
		json_t *v = json_object_get(o, column[i]);

		row_set(r, row, column[i], v ? json_incref(v) : json_null());
	}
}

/* A signature is the signer's own affair, and of those who keep the minutes. */
static void add_signature(struct reader *r, json_t *o)
{
	seat_set party = seat_of_party(r, text_at(o, "party"));
	struct row *row = row_in(r, "min.signatures", closest(r) | party);
	const char *at = text_at(o, "at");
	const char *note = text_at(o, "note");

	row->owner = party;
	row_set(r, row, "status", json_incref(json_object_get(o, "status")));
	row_set(r, row, "at", json_string(at ? at : ""));
	row_set(r, row, "note", json_string(note ? note : ""));
	row_more(r, row, o);
}

/* Said and taken down in an item, they stay with those who were there. */
static void add_words(struct reader *r, json_t *o)
{
	json_t *words = json_is_object(o) ? json_object_get(o, "text") : o;
	struct row *row = json_object_get(o, "row") ? NULL
						    : appended(r, "min.person_words", "text",
							       json_string_value(words), NULL);

	if (!row) {
		row = row_in(r, "min.person_words", audience_of_words(r));
		row->owner = party_seats_of_role(r, "self");
		row_set(r, row, "text", json_incref(words));
	}
	row->is_entry = true;
	row_more(r, row, o);
}

static void add_attendance(struct reader *r, json_t *o)
{
	static const char *const column[] = {"in", "out", "note"};
	seat_set party = seat_of_party(r, text_at(o, "party"));
	struct row *row = row_new(r, "conf.attendance", NULL);

	row->about = party;
	row_set(r, row, "who", seat_value(r, party));
	for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
		json_t *v = json_object_get(o, column[i]);

		row_set(r, row, column[i], v ? json_incref(v) : json_null());
	}
	row_more(r, row, o);
}

static void each(struct reader *r, const char *in, const char *name,
		 void (*add)(struct reader *r, json_t *o))
{
	json_t *holder = in ? json_object_get(r->root, in) : r->root;
	json_t *list = json_object_get(holder, name);
	size_t at = path_key(r, in ? in : name);
	size_t i;
	json_t *o;

	json_array_foreach(list, i, o)
	{
		size_t inner = path_index(r, i);

		if (r->failed == ERR_OK) {
			add(r, o);
		}
		path_back(r, inner);
	}
	path_back(r, at);
}

static void add_step(struct reader *r, json_t *step)
{
	play_step(r, step);
}

void play_script(struct reader *r)
{
	const json_t *minutes = json_object_get(r->root, "minutes");
	json_t *next = json_object_get(minutes, "next_date");

	if (!r->o->after) {
		return;
	}
	each(r, NULL, "script", add_step);
	each(r, "minutes", "decisions", add_decision);
	each(r, "minutes", "actions", add_action);
	each(r, "minutes", "dissents", add_dissent);
	each(r, "minutes", "corrections", add_correction);
	each(r, "minutes", "person_words", add_words);
	each(r, "minutes", "signatures", add_signature);
	each(r, "conference", "attendance", add_attendance);
	if (next) {
		field_set(r, "min.next_date", json_incref(next));
	}
}
