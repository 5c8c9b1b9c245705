#include "text/change.h"

#include <assert.h>
#include <string.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/utf8.h"

/*
 * Bound of all units a change read from outside covers or inserts. Far above any text we hold, and
 * far enough below 2^31 that no sum of a mapped or composed change can overflow.
 */
enum { UNITS_MAX = 1 << 22 };

static enum err read_units(const json_t *json, uint32_t total, uint32_t *out)
{
	json_int_t n = json_integer_value(json);

	if (!json_is_integer(json) || n < 0) {
		return ERR_PROTO;
	}
	if (n > (json_int_t)(UNITS_MAX - total)) {
		return ERR_LIMIT;
	}
	*out = (uint32_t)n;
	return ERR_OK;
}

/* Join the lines behind the number of `[n,"line",...]`. */
static enum err read_lines(struct arena *mem, const json_t *part, uint32_t total,
			   struct change_section *out)
{
	size_t lines = json_array_size(part) - 1;
	size_t bytes = lines - 1;
	size_t len = 0;
	char *p;

	assert(lines > 0);
	for (size_t i = 1; i <= lines; i++) {
		const json_t *line = json_array_get(part, i);
		struct slice s = {json_string_value(line), json_string_length(line)};

		if (!json_is_string(line) || !utf8_is_text(s, false)) {
			return ERR_PROTO;
		}
		bytes += s.len;
	}
	p = arena_alloc(mem, bytes + 1);
	for (size_t i = 1; i <= lines; i++) {
		const json_t *line = json_array_get(part, i);
		size_t n = json_string_length(line);

		if (i > 1) {
			p[len++] = '\n';
		}
		memcpy(p + len, json_string_value(line), n);
		len += n;
	}
	assert(len == bytes);
	out->text = (struct slice){p, len};
	if (len > UNITS_MAX || utf8_units(out->text) > UNITS_MAX - total) {
		return ERR_LIMIT;
	}
	out->ins = (int32_t)utf8_units(out->text);
	return ERR_OK;
}

static enum err read_section(struct arena *mem, const json_t *part, uint32_t total_old,
			     uint32_t total_ins, struct change_section *out)
{
	enum err e;

	*out = (struct change_section){.ins = CHANGE_KEEP};
	if (!json_is_array(part)) {
		return read_units(part, total_old, &out->len);
	}
	out->ins = 0;
	e = read_units(json_array_get(part, 0), total_old, &out->len);
	if (e == ERR_OK && json_array_size(part) > 1) {
		e = read_lines(mem, part, total_ins, out);
	}
	return e;
}

/* May `next` stand behind `last` (NULL at the start) in the form change.h describes? */
static bool is_normal(const struct change_section *last, const struct change_section *next)
{
	if (next->len == 0 && next->ins <= 0) {
		return false;
	}
	if (!last) {
		return true;
	}
	if (next->ins <= 0 && next->ins == last->ins) {
		return false;
	}
	return next->len > 0 || last->len > 0;
}

enum err change_from_json(struct arena *mem, const json_t *json, struct change *out)
{
	size_t count = json_array_size(json);
	struct change_section *section;
	uint32_t total_old = 0;
	uint32_t total_ins = 0;

	if (!json_is_array(json)) {
		return ERR_PROTO;
	}
	if (count > LIMIT_CHANGE_SECTIONS) {
		return ERR_LIMIT;
	}
	section = arena_alloc(mem, count * sizeof *section);
	for (size_t i = 0; i < count; i++) {
		struct change_section *s = &section[i];
		enum err e = read_section(mem, json_array_get(json, i), total_old, total_ins, s);

		if (e != ERR_OK) {
			return e;
		}
		if (!is_normal(i ? s - 1 : NULL, s)) {
			return ERR_PROTO;
		}
		total_old += s->len;
		total_ins += s->ins > 0 ? (uint32_t)s->ins : 0;
		assert(total_old <= UNITS_MAX && total_ins <= UNITS_MAX);
	}
	*out = (struct change){section, (uint32_t)count};
	return ERR_OK;
}

static bool plain_units(struct slice *rest, uint32_t total, uint32_t *out)
{
	uint64_t n;

	if (!jsonr_uint(rest, &n) || n > UNITS_MAX - total) {
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static bool plain_section(struct slice *rest, uint32_t total_old, uint32_t total_ins,
			  struct change_section *out)
{
	uint32_t units;

	*out = (struct change_section){.ins = CHANGE_KEEP};
	if (!jsonr_raw(rest, slice_of("["))) {
		return plain_units(rest, total_old, &out->len);
	}
	out->ins = 0;
	if (!plain_units(rest, total_old, &out->len)) {
		return false;
	}
	if (jsonr_raw(rest, slice_of(","))) {
		if (!jsonr_plain(rest, &out->text) || out->text.len > UNITS_MAX ||
		    !utf8_is_text(out->text, false)) {
			return false;
		}
		units = (uint32_t)utf8_units(out->text);
		out->ins = (int32_t)units;
		if (units > UNITS_MAX - total_ins) {
			return false;
		}
	}
	return jsonr_raw(rest, slice_of("]"));
}

bool change_read_plain(struct slice *rest, struct change_section *section, uint32_t max,
		       struct change *out)
{
	uint32_t total_old = 0;
	uint32_t total_ins = 0;
	uint32_t count = 0;

	if (!jsonr_raw(rest, slice_of("["))) {
		return false;
	}
	do {
		struct change_section *s = &section[count];

		if (count == max || !plain_section(rest, total_old, total_ins, s) ||
		    !is_normal(count ? s - 1 : NULL, s)) {
			return false;
		}
		total_old += s->len;
		total_ins += s->ins > 0 ? (uint32_t)s->ins : 0;
		count++;
	} while (jsonr_raw(rest, slice_of(",")));
	*out = (struct change){section, count};
	return jsonr_raw(rest, slice_of("]"));
}

static void write_section(struct buf *b, const struct change_section *s)
{
	size_t start = 0;

	assert(s->ins >= CHANGE_KEEP);
	if (s->ins == CHANGE_KEEP) {
		jsonw_uint(b, s->len);
		return;
	}
	jsonw_raw(b, "[");
	jsonw_uint(b, s->len);
	for (size_t i = 0; s->ins > 0 && i <= s->text.len; i++) {
		if (i == s->text.len || s->text.ptr[i] == '\n') {
			jsonw_raw(b, ",");
			jsonw_string(b, (struct slice){s->text.ptr + start, i - start});
			start = i + 1;
		}
	}
	jsonw_raw(b, "]");
}

void change_write(struct buf *b, const struct change *c)
{
	jsonw_raw(b, "[");
	for (uint32_t i = 0; i < c->count; i++) {
		if (i > 0) {
			jsonw_raw(b, ",");
		}
		write_section(b, &c->section[i]);
	}
	jsonw_raw(b, "]");
}

json_t *change_to_json(const struct change *c)
{
	struct buf b = {0};
	json_t *json;

	change_write(&b, c);
	json = json_loadb(b.ptr, b.len, 0, NULL);
	assert(json_array_size(json) == c->count); /* else a text that is not UTF-8: ours */
	buf_fini(&b);
	return json;
}
