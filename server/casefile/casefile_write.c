/*
 * The way back: what a seat may read (view_export) as a document of the format. Every key of the
 * format that has a column is filled from it; what has no key goes to "more", so that importing
 * the document gives the same cells again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "casefile/casefile_writer.h"

/* ---- places in the document ---- */

json_t *out_object(json_t *root, const char *path)
{
	json_t *at = root;

	while (*path) {
		size_t len = strcspn(path, ".");
		json_t *inner = json_object_getn(at, path, len);

		if (!inner) {
			inner = json_object();
			json_object_setn_new(at, path, len, inner);
		}
		at = inner;
		path += len + (path[len] == '.');
	}
	return at;
}

json_t *out_list(json_t *root, const char *path)
{
	const char *dot = strrchr(path, '.');
	json_t *holder = root;
	json_t *list;

	if (dot) {
		char head[64];

		memcpy(head, path, (size_t)(dot - path));
		head[dot - path] = '\0';
		holder = out_object(root, head);
		path = dot + 1;
	}
	list = json_object_get(holder, path);
	if (!list) {
		list = json_array();
		json_object_set_new(holder, path, list);
	}
	return list;
}

const struct shape *shape_at(const char *path)
{
	const struct shape *shape = &shape_document;

	while (*path && shape) {
		size_t len = strcspn(path, ".");
		const struct key *k = shape->key;

		while (k->name && (strlen(k->name) != len || memcmp(k->name, path, len) != 0)) {
			k++;
		}
		shape = k->name ? k->shape : NULL;
		path += len + (path[len] == '.');
	}
	return shape;
}

uint16_t col_of_key(const struct writer *w, const struct key *k)
{
	return format_col(w->schema, w->area, k->col);
}

/* ---- values ---- */

bool is_empty_value(const struct schema_col *c, const json_t *v)
{
	json_t *empty = schema_empty_value(c);
	bool is = !v || json_is_null(v) || json_equal(v, empty);

	json_decref(empty);
	return is;
}

const json_t *party_of_seat(const struct writer *w, const char *hex)
{
	const json_t *list = json_object_get(w->in, "parties");

	for (size_t i = 0; hex && i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		if (strcmp(text_at(p, "seat"), hex) == 0) {
			return p;
		}
	}
	return NULL;
}

const char *seat_out(const struct writer *w, const json_t *v)
{
	const char *text = json_string_value(v);

	return text && text[0] == '@' && party_of_seat(w, text + 1) ? text + 1 : NULL;
}

/* Read back, such a word would be taken for a seat. */
static bool means_a_seat(const struct writer *w, const char *word)
{
	return word[0] == '@' || strcmp(word, "rec") == 0 || party_of_seat(w, word) ||
	       schema_role_find(w->schema, slice_of(word)) != SCHEMA_NONE;
}

static json_t *seats_out(const struct writer *w, const json_t *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(v); i++) {
		json_t *one = json_array_get(v, i);
		const char *seat = seat_out(w, one);

		if (!seat && means_a_seat(w, json_string_value(one))) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, seat ? json_string(seat) : json_incref(one));
	}
	return list;
}

/* Lists name resources; the format gives them by id. */
static json_t *resources_out(const struct writer *w, const json_t *names)
{
	const json_t *rows = json_object_get(w->in, "rows");
	json_t *list = json_array();

	for (size_t n = 0; n < json_array_size(names); n++) {
		for (size_t i = 0; i < json_array_size(rows); i++) {
			const json_t *o = json_array_get(rows, i);

			if (strcmp(text_at(o, "table"), "case.resources") == 0 &&
			    json_equal(json_object_get(json_object_get(o, "cells"), "name"),
				       json_array_get(names, n))) {
				json_array_append(list, json_object_get(o, "row"));
				break;
			}
		}
		if (json_array_size(list) != n + 1) {
			json_decref(list); /* a name of no resource */
			return NULL;
		}
	}
	return list;
}

static bool are_field_ids(const struct writer *w, const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		struct slice id = slice_of(json_string_value(json_array_get(v, i)));

		if (schema_class_find(w->schema, id) == SCHEMA_NONE &&
		    schema_col_find(w->schema, id) == SCHEMA_NONE) {
			return false;
		}
	}
	return true;
}

json_t *value_out(const struct writer *w, const struct key *k, uint16_t col, const json_t *v)
{
	int64_t ms;

	if (w->schema->col[col].type == CELL_SEATS) {
		return seats_out(w, v);
	}
	if (k->kind == KIND_RESOURCE) {
		return resources_out(w, v);
	}
	if ((k->kind == KIND_FIELD && !are_field_ids(w, v)) ||
	    (k->kind == KIND_WORD && !is_word_of(k->words, json_string_value(v))) ||
	    (k->kind == KIND_CLOCK && !clock_ms(slice_of(json_string_value(v)), &ms))) {
		return NULL;
	}
	return json_incref((json_t *)(uintptr_t)v);
}

/* ---- fields ---- */

static void object_out(struct writer *w, const struct shape *shape, json_t *out);

static void areas_out(struct writer *w, const struct key *k, json_t *out)
{
	json_t *areas = json_object();

	for (w->area = 0; w->area < w->schema->area_count; w->area++) {
		json_t *area = json_object();

		object_out(w, k->shape, area);
		if (json_object_size(area) > 0) {
			json_object_set(areas, w->schema->area[w->area].id, area);
		}
		json_decref(area);
	}
	w->area = SCHEMA_NONE;
	if (json_object_size(areas) > 0) {
		json_object_set(out, k->name, areas);
	}
	json_decref(areas);
}

static void field_out(struct writer *w, const struct key *k, json_t *out)
{
	uint16_t col = col_of_key(w, k);
	const struct schema_col *c = &w->schema->col[col];
	json_t *v = col == SCHEMA_NONE ? NULL : json_object_get(w->fields, c->id);
	json_t *value;

	if (!v || c->table != SCHEMA_NONE || is_empty_value(c, v)) {
		return;
	}
	value = value_out(w, k, col, v);
	if (value) {
		json_object_set_new(out, k->name, value);
		json_object_del(w->fields, c->id);
	}
}

/* Every key that has a field of the form; lists come from rows. */
static void object_out(struct writer *w, const struct shape *shape, json_t *out)
{
	for (const struct key *k = shape->key; k->name; k++) {
		if (k->kind == KIND_AREAS) {
			areas_out(w, k, out);
		} else if (k->kind == KIND_OBJECT && !(k->flags & LIST)) {
			json_t *inner = json_object();

			object_out(w, k->shape, inner);
			if (json_object_size(inner) > 0) {
				json_object_set(out, k->name, inner);
			}
			json_decref(inner);
		} else if (k->col) {
			field_out(w, k, out);
		}
	}
}

/* ---- the document ---- */

static bool has_row_of(const struct writer *w, const char *table)
{
	const json_t *rows = json_object_get(w->in, "rows");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		if (strcmp(text_at(json_array_get(rows, i), "table"), table) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * Histories and the closure do more on the way in than filling their own cells: the present stage
 * follows its history, a closure has a row of its own. The fields themselves have the last word.
 */
static void keep_last_words(struct writer *w)
{
	static const char *const id[] = {"case.stage",   "case.ledger_kind", "case.status",
					 "close.reason", "close.closed_on",  "close.lead_agency"};
	bool closed = has_row_of(w, "close.followup");
	json_t *closure = json_object_get(w->out, "closure");
	const json_t *in = json_object_get(w->in, "fields");

	if (!closed || !json_object_get(closure, "closed_on")) {
		json_object_del(w->out, "closure");
	}
	for (size_t i = 0; i < sizeof id / sizeof *id; i++) {
		uint16_t col = schema_col_find(w->schema, slice_of(id[i]));
		json_t *v = json_object_get(in, id[i]);

		if (col != SCHEMA_NONE && !is_empty_value(&w->schema->col[col], v)) {
			json_object_set(w->fields, id[i], v);
		}
	}
}

/* What has to be there though this seat may not read it, or the case never had it. */
static bool put_needed(struct writer *w)
{
	json_t *conference = out_object(w->out, "conference");
	const json_t *me = json_object_get(w->in, "me");
	char day[11];
	int64_t now = json_integer_value(json_object_get(w->in, "now"));

	json_object_set_new(conference, "series_no", json_sprintf("seat-%s", text_at(me, "seat")));
	if (!json_object_get(conference, "held_on")) {
		(void)day_write(day_in_japan(now), day);
		json_object_set_new(conference, "held_on", json_string(day));
	}
	(void)out_list(w->out, "conference.agenda");
	return json_object_get(conference, "legal_basis") != NULL;
}

static void put_more(struct writer *w)
{
	json_t *fields = json_object();
	const char *id;
	json_t *v;

	json_object_foreach(w->fields, id, v)
	{
		uint16_t col = schema_col_find(w->schema, slice_of(id));

		if (!is_empty_value(&w->schema->col[col], v)) {
			json_object_set(fields, id, v);
		}
	}
	if (json_object_size(fields) > 0 || json_array_size(w->more) > 0) {
		json_t *more = out_object(w->out, "more");

		json_object_set(more, "fields", fields);
		json_object_set(more, "rows", w->more);
	}
	json_decref(fields);
}

/* ---- keys in the order of the format, so that two documents can be laid side by side ---- */

static json_t *in_order(const struct schema *s, const struct shape *shape, json_t *o);

static json_t *areas_in_order(const struct schema *s, const struct key *k, json_t *areas)
{
	json_t *out = json_object();

	for (uint16_t i = 0; i < s->area_count; i++) {
		json_t *area = json_object_get(areas, s->area[i].id);

		if (area) {
			json_object_set_new(out, s->area[i].id, in_order(s, k->shape, area));
		}
	}
	return out;
}

static json_t *value_in_order(const struct schema *s, const struct key *k, json_t *v)
{
	json_t *list;

	if (k->kind == KIND_AREAS) {
		return areas_in_order(s, k, v);
	}
	if (k->kind == KIND_OBJECT && json_is_object(v)) {
		return in_order(s, k->shape, v);
	}
	if (k->kind != KIND_OBJECT || !json_is_array(v)) {
		return json_incref(v);
	}
	list = json_array();
	for (size_t i = 0; i < json_array_size(v); i++) {
		json_t *one = json_array_get(v, i);

		json_array_append_new(list, json_is_object(one) ? in_order(s, k->shape, one)
								: json_incref(one));
	}
	return list;
}

/* As deep as the format is. */
static json_t *in_order(const struct schema *s, const struct shape *shape, json_t *o)
{
	json_t *out = json_object();

	for (const struct key *k = shape->key; k->name; k++) {
		json_t *v = json_object_get(o, k->name);

		if (v) {
			json_object_set_new(out, k->name, value_in_order(s, k, v));
		}
	}
	return out;
}

static bool write_document(struct writer *w)
{
	const json_t *series = json_object_get(w->in, "series");

	json_object_set_new(w->out, "format", json_string("six-party-conference-sample/1"));
	json_object_set(w->out, "fictional", json_object_get(series, "fictional"));
	if (json_string_length(json_object_get(series, "notice")) > 0) {
		json_object_set(w->out, "notice", json_object_get(series, "notice"));
	}
	object_out(w, &shape_document, w->out);
	find_persons(w);
	write_parties(w);
	write_agenda(w);
	keep_last_words(w);
	write_rows(w);
	put_more(w);
	return put_needed(w);
}

enum err casefile_write(struct slice shown, const struct schema *schema, struct buf *out,
			char why[CASEFILE_WHY_BYTES])
{
	struct writer w = {.schema = schema,
			   .in = json_loadb(shown.ptr, shown.len, 0, NULL),
			   .out = json_object(),
			   .more = json_array(),
			   .area = SCHEMA_NONE};
	enum err e = ERR_PROTO;
	json_t *ordered = NULL;
	char *text = NULL;

	if (w.in) {
		w.fields = json_copy(json_object_get(w.in, "fields"));
		e = write_document(&w) ? ERR_OK : ERR_GONE;
	}
	if (e == ERR_OK) {
		ordered = in_order(schema, &shape_document, w.out);
		text = json_dumps(ordered, JSON_INDENT(1));
	}
	if (text) {
		buf_add_str(out, text);
		buf_add_str(out, "\n");
	} else {
		snprintf(why, CASEFILE_WHY_BYTES, "%s",
			 e == ERR_GONE ? "this seat reads too little for a case file: not even on "
					 "what the conference rests"
				       : "not an export");
	}
	free(text);
	json_decref(ordered);
	json_decref(w.fields);
	json_decref(w.more);
	json_decref(w.out);
	json_decref(w.in);
	return e;
}
