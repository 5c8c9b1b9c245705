/*
 * JSON of the policy files, with lines. jansson gives a line for syntax errors only; the line of a
 * member is found by walking the (already accepted) text along the same path.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "policy/schema_parts.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct slice t, size_t at)
{
	while (at < t.len && is_space(t.ptr[at])) {
		at++;
	}
	return at;
}

/* Behind the string that begins at `at` (a quote). */
static size_t skip_string(struct slice t, size_t at)
{
	for (at++; at < t.len && t.ptr[at] != '"'; at++) {
		if (t.ptr[at] == '\\') {
			at++;
		}
	}
	return at < t.len ? at + 1 : t.len;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct slice t, size_t at)
{
	size_t depth = 0;

	for (at = skip_space(t, at); at < t.len;) {
		char c = t.ptr[at];

		if (c == '"') {
			at = skip_string(t, at);
		} else if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) {
			break;
		} else {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			at++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
			break;
		}
	}
	return at;
}

/*
 * From the value at `*at` to its member or element; false when there is none. `*shown` is where a
 * reader would look: at the key.
 */
static bool walk_step(struct slice t, size_t *at, const struct json_step *step, size_t *shown)
{
	size_t i = skip_space(t, *at) + 1;

	for (size_t n = 0; i < t.len; n++) {
		struct slice key = {0};
		size_t begin = skip_space(t, i);

		i = begin;
		if (i >= t.len || t.ptr[i] == '}' || t.ptr[i] == ']') {
			return false;
		}
		if (step->key) {
			size_t end = skip_string(t, i);

			key = (struct slice){t.ptr + i + 1, end - i - 2};
			i = skip_space(t, skip_space(t, end) + 1);
		}
		if (step->key ? slice_is(key, step->key) : n == step->index) {
			*shown = begin;
			*at = i;
			return true;
		}
		i = skip_space(t, skip_value(t, i));
		if (i >= t.len || t.ptr[i] != ',') {
			return false;
		}
		i++;
	}
	return false;
}

size_t json_place_line(const struct json_place *p)
{
	struct slice t = p->file->text;
	size_t at = skip_space(t, 0);
	size_t shown = at;
	size_t line = 1;

	for (unsigned i = 0; i < p->depth && walk_step(t, &at, &p->step[i], &shown); i++) {
	}
	for (size_t i = 0; i < shown && i < t.len; i++) {
		line += t.ptr[i] == '\n';
	}
	return line;
}

void json_place_refuse(const struct json_place *p, const char *format, ...)
{
	struct loader *l = p->file->l;
	/* Finding the line takes the whole file; what is only counted needs none. */
	size_t line = l->found->count < SCHEMA_PROBLEMS_MAX ? json_place_line(p) : 0;
	va_list args;

	va_start(args, format);
	schema_refuse_list(l, p->file->name, line, format, args);
	va_end(args);
}

/* Before parsing: a parser that recurses must not be led too deep. */
static bool check_depth(struct loader *l, const char *name, struct slice t)
{
	size_t depth = 0;
	size_t line = 1;

	for (size_t i = 0; i < t.len; i++) {
		if (t.ptr[i] == '"') {
			i = skip_string(t, i) - 1;
			continue;
		}
		line += t.ptr[i] == '\n';
		if (t.ptr[i] == '{' || t.ptr[i] == '[') {
			depth++;
		} else if ((t.ptr[i] == '}' || t.ptr[i] == ']') && depth > 0) {
			depth--;
		}
		if (depth > LIMIT_JSON_DEPTH) {
			schema_refuse(l, name, line, "かっこの入れ子が %d 段より深くなっています",
				      LIMIT_JSON_DEPTH);
			return false;
		}
	}
	return true;
}

void json_file_open(struct loader *l, const char *name, struct slice text, struct json_file *out)
{
	json_error_t e;

	*out = (struct json_file){.l = l, .name = name, .text = text};
	if (!check_depth(l, name, text)) {
		return;
	}
	out->root = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &e);
	if (!out->root) {
		schema_refuse(l, name, e.line > 0 ? (size_t)e.line : 1,
			      "JSON として読めません。この行か前の行のコンマ・かっこ・引用符を"
			      "見てください（%s）",
			      e.text);
	}
}

void json_file_close(struct json_file *f)
{
	json_decref(f->root);
	f->root = NULL;
}

struct json_place json_file_root(const struct json_file *f)
{
	return (struct json_place){.file = f, .value = f->root};
}

static struct json_place below(const struct json_place *p, struct json_step step,
			       const json_t *value)
{
	struct json_place q = *p;

	assert(q.depth < PLACE_DEPTH);
	q.value = value;
	q.step[q.depth++] = step;
	return q;
}

struct json_place json_place_member(const struct json_place *p, const char *key)
{
	return below(p, (struct json_step){.key = key}, json_object_get(p->value, key));
}

struct json_place json_place_element(const struct json_place *p, size_t index)
{
	return below(p, (struct json_step){.index = index}, json_array_get(p->value, index));
}

static bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
		bool begins = at == words || at[-1] == ' ';

		if (begins && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

void json_need_object(const struct json_place *p, const char *keys)
{
	const char *key;
	json_t *value;

	if (!json_is_object(p->value)) {
		json_place_refuse(p, "ここには { } が要ります");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)p->value, key, value)
	{
		if (!is_word_of(keys, key)) {
			struct json_place at = json_place_member(p, key);

			json_place_refuse(&at, "「%s」という名前は使えません。使えるもの：%s", key,
					  keys);
		}
	}
}

struct json_place json_need_array(const struct json_place *p, const char *key)
{
	struct json_place q = json_place_member(p, key);

	if (!json_is_array(q.value)) {
		json_place_refuse(&q, "「%s」の一覧 [ ] がありません", key);
	}
	return q;
}

const char *json_may_line(const struct json_place *p, const char *key)
{
	struct json_place q = json_place_member(p, key);
	struct slice s = {json_string_value(q.value), json_string_length(q.value)};

	if (!q.value) {
		return NULL;
	}
	if (!json_is_string(q.value) || s.len == 0 || !utf8_is_text(s, false)) {
		json_place_refuse(&q, "「%s」は空でない一行の文字にしてください", key);
		return NULL;
	}
	return arena_dup(&p->file->l->p->mem, s).ptr;
}

const char *json_need_line(const struct json_place *p, const char *key)
{
	const char *line = json_may_line(p, key);

	if (!line && !json_object_get(p->value, key)) {
		json_place_refuse(p, "「%s」がありません", key);
	}
	return line ? line : "";
}

static bool is_name(const char *s, bool area)
{
	static const char hole[] = "{area}";
	char last = '.';

	if (strlen(s) > SCHEMA_NAME_BYTES) {
		return false;
	}
	for (; *s; s++) {
		if (area && strncmp(s, hole, sizeof hole - 1) == 0) {
			s += sizeof hole - 2;
			area = false; /* once only */
		} else if (*s == '.' ? last == '.'
				     : !((*s >= 'a' && *s <= 'z') || *s == '_' ||
					 (*s >= '0' && *s <= '9'))) {
			return false;
		}
		last = *s;
	}
	return last != '.';
}

bool json_check_name(const struct json_place *p, const char *name, bool area)
{
	if (is_name(name, area)) {
		return true;
	}
	json_place_refuse(p, "「%s」は名前に使えません。a-z 0-9 _ と点で、%d 字までです", name,
			  SCHEMA_NAME_BYTES);
	return false;
}

const char *json_need_name(const struct json_place *p, const char *key, bool area)
{
	const char *name = json_need_line(p, key);
	struct json_place q = json_place_member(p, key);

	return *name && json_check_name(&q, name, area) ? name : "";
}

bool json_may_bool(const struct json_place *p, const char *key)
{
	struct json_place q = json_place_member(p, key);

	if (q.value && !json_is_boolean(q.value)) {
		json_place_refuse(&q, "「%s」は true か false にしてください", key);
	}
	return json_is_true(q.value);
}

int32_t json_may_int(const struct json_place *p, const char *key, int32_t min, int32_t max,
		     int32_t absent)
{
	struct json_place q = json_place_member(p, key);
	json_int_t n = json_integer_value(q.value);

	if (!q.value) {
		return absent;
	}
	if (!json_is_integer(q.value) || n < min || n > max) {
		json_place_refuse(&q, "「%s」は %d から %d までの数にしてください", key, min, max);
		return absent;
	}
	return (int32_t)n;
}

size_t schema_form_line(struct slice form_json, const struct form_place *place)
{
	struct json_file f = {.text = form_json};
	struct json_place p = json_file_root(&f);

	p = json_place_member(&p, place->in_table ? "tables" : "fields");
	p = json_place_element(&p, place->item);
	if (place->in_table) {
		p = json_place_member(&p, "columns");
		p = json_place_element(&p, place->column);
	}
	return json_place_line(&p);
}

size_t schema_list_line(struct slice text, const char *list, size_t index)
{
	struct json_file f = {.text = text};
	struct json_place p = json_file_root(&f);

	p = json_place_member(&p, list);
	p = json_place_element(&p, index);
	return json_place_line(&p);
}
