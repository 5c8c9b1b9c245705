/*
 * What a seat may read (view_export) as tables for a spreadsheet: one file a table, and one for the
 * single fields. CSV after RFC 4180, UTF-8 with the mark Excel wants, in words people know.
 */
#include <stdlib.h>

#include "casefile/casefile_parts.h"

static const char mark[] = "\xEF\xBB\xBF";

/* A spreadsheet would run such a text, and what it begins with may be anybody's. */
static bool is_formula(const char *text)
{
	static const char *const begin[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

	for (size_t i = 0; i < sizeof begin / sizeof *begin; i++) {
		if (strncmp(text, begin[i], strlen(begin[i])) == 0) {
			return true;
		}
	}
	return false;
}

static void add_text(struct buf *out, const char *text)
{
	buf_add_str(out, "\"");
	buf_add_str(out, is_formula(text) ? "'" : "");
	for (const char *at = text; *at; at++) {
		buf_add_str(out, *at == '"' ? "\"" : "");
		buf_add(out, (struct slice){at, 1});
	}
	buf_add_str(out, "\"");
}

/* ---- a value in words ---- */

static const char *seat_label(const json_t *in, const char *hex)
{
	const json_t *list = json_object_get(in, "parties");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		if (strcmp(text_at(p, "seat"), hex) == 0) {
			return text_at(p, "label");
		}
	}
	return NULL;
}

static const char *enum_label(const struct schema *s, const struct schema_col *col, const char *id)
{
	const struct schema_enum *e = col->enum_ == SCHEMA_NONE ? NULL : &s->enums[col->enum_];

	for (uint16_t i = 0; e && i < e->count; i++) {
		if (strcmp(e->value[i].id, id) == 0) {
			return e->value[i].label;
		}
	}
	return id;
}

static const char *word_of(const struct schema *s, const json_t *in, const struct schema_col *col,
			   const char *text)
{
	bool seats = col->type == CELL_SEAT || col->type == CELL_SEATS;
	const char *label = seats && text[0] == '@' ? seat_label(in, text + 1) : NULL;

	return label ? label : enum_label(s, col, text);
}

static void add_value(const struct schema *s, const json_t *in, const struct schema_col *col,
		      const json_t *v, struct buf *out)
{
	struct buf words = {0};

	if (json_is_integer(v)) {
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		return;
	}
	if (json_is_boolean(v)) {
		add_text(out, json_is_true(v) ? "はい" : "いいえ");
		return;
	}
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++) {
		buf_add_str(&words, i > 0 ? "、" : "");
		buf_add_str(&words, word_of(s, in, col, json_string_value(json_array_get(v, i))));
	}
	if (json_is_string(v)) {
		buf_add_str(&words, word_of(s, in, col, json_string_value(v)));
	}
	buf_add(&words, (struct slice){"", 1}); /* terminated */
	add_text(out, words.ptr);
	buf_fini(&words);
}

/* ---- files ---- */

static void fields_file(const struct schema *s, const json_t *in, struct buf *out)
{
	const json_t *fields = json_object_get(in, "fields");

	buf_add_str(out, mark);
	buf_add_str(out, "\"分野\",\"項目\",\"内容\"\r\n");
	for (uint16_t c = 0; c < s->col_count; c++) {
		const struct schema_col *col = &s->col[c];
		const json_t *v =
		    col->table == SCHEMA_NONE ? json_object_get(fields, col->id) : NULL;

		if (v) {
			add_text(out, col->area == SCHEMA_NONE ? "" : s->area[col->area].label);
			buf_add_str(out, ",");
			add_text(out, col->label);
			buf_add_str(out, ",");
			add_value(s, in, col, v, out);
			buf_add_str(out, "\r\n");
		}
	}
}

/* Has this seat the column in any row? Others it does not hear of. */
static bool is_shown(const json_t *in, const struct schema_table *t, const char *name)
{
	const json_t *rows = json_object_get(in, "rows");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *o = json_array_get(rows, i);

		if (strcmp(text_at(o, "table"), t->id) == 0 &&
		    (!name || json_object_get(json_object_get(o, "cells"), name))) {
			return true;
		}
	}
	return false;
}

static void table_line(const struct schema *s, const json_t *in, const struct schema_table *t,
		       const json_t *row, struct buf *out)
{
	const char *comma = "";

	for (uint16_t i = 0; i < t->col_count; i++) {
		const struct schema_col *col = &s->col[t->first_col + i];

		if (!is_shown(in, t, col->name)) {
			continue;
		}
		buf_add_str(out, comma);
		comma = ",";
		if (row) {
			add_value(s, in, col,
				  json_object_get(json_object_get(row, "cells"), col->name), out);
		} else {
			add_text(out, col->label);
		}
	}
	buf_add_str(out, "\r\n");
}

static void table_file(const struct schema *s, const json_t *in, const struct schema_table *t,
		       struct buf *out)
{
	const json_t *rows = json_object_get(in, "rows");

	buf_add_str(out, mark);
	table_line(s, in, t, NULL, out);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *o = json_array_get(rows, i);

		if (strcmp(text_at(o, "table"), t->id) == 0) {
			table_line(s, in, t, o, out);
		}
	}
}

enum err casefile_csv(struct slice shown, const struct schema *s, casefile_csv_file *each,
		      void *arg)
{
	json_t *in = json_loadb(shown.ptr, shown.len, 0, NULL);
	struct buf out = {0};
	bool going = in != NULL;

	if (!in) {
		return ERR_PROTO;
	}
	fields_file(s, in, &out);
	going = each(arg, "fields", buf_slice(&out));
	for (uint16_t t = 0; t < s->table_count && going; t++) {
		if (is_shown(in, &s->table[t], NULL)) {
			buf_clear(&out);
			table_file(s, in, &s->table[t], &out);
			going = each(arg, s->table[t].id, buf_slice(&out));
		}
	}
	buf_fini(&out);
	json_decref(in);
	return going ? ERR_OK : ERR_IO;
}
