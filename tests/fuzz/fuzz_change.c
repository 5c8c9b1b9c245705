/*
 * Changes of a text under libFuzzer. The bytes are choices: a text, three changes as JSON (most of
 * them good, some hostile), and where they meet; or, when they begin with '{', a line as in
 * tests/vectors/text_change.jsonl. What is taken and what comes out is compared with
 * a model that knows UTF-16 units in an array and nothing else; the laws are those a client relies
 * on: apply, invert, compose, and map's TP1.
 */
#include <jansson.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "text/doc.h"

enum { UNITS_MAX = 4096, SECTIONS_MAX = 24, MODEL_UNITS_MAX = 1 << 16 };

/* ---- the model: a text as units ---- */

struct model {
	uint16_t unit[MODEL_UNITS_MAX];
	size_t len;
};

static bool is_high(uint16_t u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool is_low(uint16_t u)
{
	return u >= 0xdc00 && u < 0xe000;
}

/* Inside a pair nobody may cut. */
static bool is_cut(const struct model *m, size_t at)
{
	return at > 0 && at < m->len && is_high(m->unit[at - 1]) && is_low(m->unit[at]);
}

static void model_add(struct model *m, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	for (size_t i = 0; i < s.len;) {
		unsigned lead = p[i];
		unsigned more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		uint32_t point = more == 0 ? lead : lead & (0x3fu >> more);

		MUST(i + more < s.len && m->len + 2 < MODEL_UNITS_MAX, "no text");
		for (unsigned n = 1; n <= more; n++) {
			point = point << 6 | (p[i + n] & 0x3fu);
		}
		i += more + 1;
		if (point >= 0x10000) {
			m->unit[m->len++] = (uint16_t)(0xd800 + ((point - 0x10000) >> 10));
			m->unit[m->len++] = (uint16_t)(0xdc00 + ((point - 0x10000) & 0x3ff));
		} else {
			m->unit[m->len++] = (uint16_t)point;
		}
	}
}

static bool model_is(const struct model *m, struct slice s)
{
	static struct model other;

	other.len = 0;
	model_add(&other, s);
	return other.len == m->len && memcmp(other.unit, m->unit, m->len * sizeof *m->unit) == 0;
}

/* How long the section is on the old side; -1 when it is none at all. */
static json_int_t part_len(const json_t *part)
{
	const json_t *n = json_is_array(part) ? json_array_get(part, 0) : part;

	return json_is_integer(n) && json_integer_value(n) >= 0 ? json_integer_value(n) : -1;
}

static bool part_is_good(const json_t *part)
{
	for (size_t i = 1; json_is_array(part) && i < json_array_size(part); i++) {
		const json_t *line = json_array_get(part, i);
		const char *s = json_string_value(line);

		for (size_t n = 0; s && n < json_string_length(line); n++) {
			unsigned char c = (unsigned char)s[n];

			/* C0 but TAB, DEL, C1 */
			if ((c < 0x20 && c != '\t') || c == 0x7f ||
			    (c == 0xc2 && (unsigned char)s[n + 1] < 0xa0)) {
				return false;
			}
		}
		if (!s) {
			return false;
		}
	}
	return part_len(part) >= 0;
}

/* Keeps 0, only deletes 1, only inserts 2, replaces 3; -1 does nothing. */
static int part_kind(const json_t *part)
{
	bool covers = part_len(part) > 0;
	bool inserts =
	    json_array_size(part) > 2 ||
	    (json_array_size(part) == 2 && json_string_length(json_array_get(part, 1)) > 0);

	if (!covers && !inserts) {
		return -1;
	}
	return !json_is_array(part) ? 0 : !inserts ? 1 : covers ? 3 : 2;
}

/* The form change.h asks for. */
static bool is_change(const json_t *json)
{
	int last = -1;

	for (size_t i = 0; json_is_array(json) && i < json_array_size(json); i++) {
		const json_t *part = json_array_get(json, i);
		int kind = part_is_good(part) ? part_kind(part) : -1;

		if (kind < 0 || (kind < 3 && kind == last)) {
			return false;
		}
		last = kind;
	}
	return json_is_array(json) && json_array_size(json) <= LIMIT_CHANGE_SECTIONS;
}

/* What the change makes of the text; false when it does not fit. */
static bool model_apply(const struct model *m, const json_t *json, struct model *out)
{
	size_t at = 0;

	out->len = 0;
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *part = json_array_get(json, i);
		json_int_t len = part_len(part);

		if (len > (json_int_t)(m->len - at) || is_cut(m, at + (size_t)len)) {
			return false;
		}
		for (size_t n = 0; n < (size_t)len && !json_is_array(part); n++) {
			out->unit[out->len++] = m->unit[at + n];
		}
		at += (size_t)len;
		for (size_t n = 1; json_is_array(part) && n < json_array_size(part); n++) {
			const json_t *line = json_array_get(part, n);

			if (n > 1) {
				out->unit[out->len++] = '\n';
			}
			model_add(
			    out, (struct slice){json_string_value(line), json_string_length(line)});
		}
	}
	return at == m->len && out->len <= UNITS_MAX;
}

/* ---- from choices ---- */

static const char *const bits[] = {
    "a", "b", "\n", "漢", "𠮷", "👩‍👩‍👧", "\t", "é", "か\xE3\x82\x99", " "};
static const char *const bad[] = {"\r", "x\ny", "\x01", "\x7f", "\xc2\x85", "\x1b[0m"};

static struct slice some_text(struct choices *c, char *out, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		const char *s = bits[choose(c, sizeof bits / sizeof *bits)];

		memcpy(out + len, s, strlen(s));
		len += strlen(s);
	}
	return (struct slice){out, len};
}

/* `[n,"line",…]` of a text of lines. */
static json_t *some_lines(struct choices *c, json_int_t covered)
{
	json_t *part = json_array();
	char text[8 * 32];
	struct slice s = some_text(c, text, 1 + choose(c, 6));
	size_t start = 0;

	json_array_append_new(part, json_integer(covered));
	for (size_t i = 0; i <= s.len; i++) {
		if (i == s.len || s.ptr[i] == '\n') {
			json_array_append_new(part, json_stringn(s.ptr + start, i - start));
			start = i + 1;
		}
	}
	return part;
}

static json_t *hostile_part(struct choices *c)
{
	static const json_int_t numbers[] = {-1,
					     0,
					     1,
					     65536,
					     4194304,
					     4194305,
					     2147483647,
					     2147483648,
					     4294967295,
					     4294967296,
					     9223372036854775807,
					     -2147483648,
					     1000000};
	json_int_t n = numbers[choose(c, sizeof numbers / sizeof *numbers)];

	switch (choose(c, 8)) {
	case 0:
		return json_integer(n);
	case 1:
		return json_pack("[I]", n);
	case 2:
		return json_pack("[I,s]", n, bits[choose(c, 7)]);
	case 3:
		return json_pack("[i,s]", 0, bad[choose(c, sizeof bad / sizeof *bad)]);
	case 4:
		return json_pack("[i,s,i]", 0, "x", 3);
	case 5:
		return json_pack("[i,s]", 1, "");
	case 6:
		return json_real(1.0);
	default:
		return choose(c, 2) ? json_array() : json_pack("[[i]]", 1);
	}
}

/* Sections over `units`; kinds that may not stand side by side mostly do not. */
static json_t *some_change(struct choices *c, size_t units)
{
	json_t *json = json_array();
	size_t count = choose(c, SECTIONS_MAX);
	int last = -1;

	for (size_t i = 0; count == SECTIONS_MAX - 1 && i <= LIMIT_CHANGE_SECTIONS; i++) {
		json_array_append_new(json, json_integer(1)); /* too many */
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t what = choice(c);
		size_t len = units ? choose(c, units + 1) : 0;
		int kind = what & 3;

		if (what >= 0xf8) {
			json_array_append_new(json, hostile_part(c));
			continue;
		}
		if (kind == last && what < 0xf0) {
			kind = 3;
		}
		if (kind == 2 || len == 0) {
			kind = 2;
			len = 0;
			if (last == 2) {
				continue;
			}
		}
		json_array_append_new(json, kind == 0   ? json_integer((json_int_t)len)
					    : kind == 1 ? json_pack("[I]", (json_int_t)len)
							: some_lines(c, (json_int_t)len));
		units -= len;
		last = kind;
	}
	if (units && (last != 0 || choice(c) < 0xf0)) {
		json_t *end = json_array_get(json, json_array_size(json) - 1);

		if (last == 0 && json_integer_value(end) < UINT32_MAX) {
			json_integer_set(end, json_integer_value(end) + (json_int_t)units);
		} else {
			json_array_append_new(json, json_integer((json_int_t)units));
		}
	}
	return json;
}

/* ---- the laws ---- */

static struct model m_doc, m_a, m_b, m_c, m_out;

/* Read, written again as it came, and applied as the model does; false when one is refused. */
static bool taken(struct arena *mem, const json_t *json, const struct model *m, struct slice text,
		  struct model *model_out, struct change *c, struct slice *out)
{
	struct change was = {(struct change_section *)&m_out, 77};
	bool good = is_change(json);
	bool fits = good && model_apply(m, json, model_out);
	json_t *again, *wanted;
	enum err e;

	*c = was;
	*out = slice_of("untouched");
	e = change_from_json(mem, json, c);
	MUST(e == ERR_OK || e == ERR_PROTO || e == ERR_LIMIT, "%s", err_text(e));
	if (e != ERR_OK) {
		MUST(!fits, "a good change was refused: %s", json_dumps(json, 0));
		MUST(c->section == was.section && c->count == was.count, "touched");
		return false;
	}
	MUST(good, "a bad change was taken: %s", json_dumps(json, 0));
	again = change_to_json(c);
	wanted = canonical_change(json);
	MUST(json_equal(again, wanted), "%s is not %s", json_dumps(again, 0), json_dumps(json, 0));
	json_decref(wanted);
	json_decref(again);
	e = change_apply(mem, c, text, UNITS_MAX, out);
	MUST((e == ERR_OK) == fits, "%s: %s", err_text(e), json_dumps(json, 0));
	if (e != ERR_OK) {
		MUST(slice_is(*out, "untouched"), "touched");
		return false;
	}
	MUST(utf8_is_text(*out, true) && model_is(model_out, *out), "another text: %s",
	     json_dumps(json, 0));
	return true;
}

/* Whatever comes out of map and compose must be a change that a journal can give back. */
static void check_form(struct arena *mem, const struct change *c)
{
	json_t *json = change_to_json(c);
	struct change again;

	MUST(c->count > LIMIT_CHANGE_SECTIONS || is_change(json), "no form: %s",
	     json_dumps(json, 0));
	MUST(c->count > LIMIT_CHANGE_SECTIONS || change_from_json(mem, json, &again) == ERR_OK,
	     "not read again: %s", json_dumps(json, 0));
	json_decref(json);
}

static struct slice must_apply(struct arena *mem, const struct change *c, struct slice text)
{
	struct slice out;

	check_form(mem, c);
	MUST(change_apply(mem, c, text, UINT32_MAX, &out) == ERR_OK, "it does not apply");
	MUST(utf8_is_text(out, true), "no text");
	return out;
}

static void check_invert(struct arena *mem, const struct change *a, struct slice d, struct slice ad)
{
	struct change back;
	struct slice was;

	MUST(change_invert(mem, a, d, &back) == ERR_OK, "no way back");
	MUST(change_apply(mem, &back, ad, UINT32_MAX, &was) == ERR_OK && slice_eq(was, d),
	     "not undone");
}

static void check_compose(struct arena *mem, const struct change *a, const struct change *c,
			  struct slice d, struct slice end)
{
	struct change both;

	MUST(change_compose(mem, a, c, &both) == ERR_OK, "not composed");
	MUST(slice_eq(must_apply(mem, &both, d), end), "composed, it does something else");
}

static void check_map(struct arena *mem, const struct change *a, const struct change *b,
		      struct slice ad, struct slice bd)
{
	struct change a2, b2;

	MUST(change_map(mem, b, a, false, &b2) == ERR_OK, "not mapped");
	MUST(change_map(mem, a, b, true, &a2) == ERR_OK, "not mapped");
	MUST(slice_eq(must_apply(mem, &b2, ad), must_apply(mem, &a2, bd)), "they diverge");
}

/* Two that start from different lengths, or whose lengths do not meet, are refused. */
static void check_refusals(struct arena *mem, const struct change *a, const struct change *b,
			   struct slice d)
{
	struct change was = {(struct change_section *)&m_out, 77}, out = was;
	struct slice text;
	bool fits = change_apply(mem, a, d, UINT32_MAX, &text) == ERR_OK;
	bool same = change_len_old(a) == change_len_old(b);
	bool meet = change_len_new(a) == change_len_old(b);
	enum err e = change_map(mem, a, b, true, &out);

	MUST((e == ERR_OK) == same, "%s", err_text(e));
	MUST(same || (out.section == was.section && out.count == 77), "touched");
	out = was;
	e = change_compose(mem, a, b, &out);
	MUST(meet || e == ERR_PROTO, "%s", err_text(e));
	MUST(e == ERR_OK || (out.section == was.section && out.count == 77), "touched");
	out = was;
	e = change_invert(mem, a, d, &out);
	MUST(e == (fits ? ERR_OK : ERR_PROTO), "%s", err_text(e));
	MUST(e == ERR_OK || (out.section == was.section && out.count == 77), "touched");
}

/* ---- the same through a document with a history ---- */

static void check_doc(struct arena *mem, struct slice text, const struct change *a, struct slice ad,
		      const struct change push[2], uint32_t count, uint32_t units_max, bool good)
{
	struct change out[2];
	size_t bytes = 77;
	struct slice result = ad;
	struct change mapped;
	struct doc d;
	enum err e;

	doc_init(&d, text, 7);
	doc_accept(&d, 1, 0, 0, a, 1);
	MUST(slice_eq(doc_text(&d), ad) && d.ver == 8 && d.fence == 7, "not accepted");
	MUST(doc_rebase(mem, &d, 6, push, count, units_max, out, &bytes) == ERR_OLD, "fence");
	MUST(doc_rebase(mem, &d, 9, push, count, units_max, out, &bytes) == ERR_PROTO, "future");
	e = doc_rebase(mem, &d, 7, push, count, units_max, out, &bytes);
	MUST(slice_eq(doc_text(&d), ad) && d.ver == 8 && d.body.units == utf8_units(ad), "moved");
	MUST(e == ERR_OK || bytes == 77, "touched");
	MUST(e != ERR_OLD && (e != ERR_PROTO || !good), "%s", err_text(e));
	if (e == ERR_OK) {
		for (uint32_t i = 0; i < count; i++) {
			result = must_apply(mem, &out[i], result);
		}
		MUST(utf8_is_text(result, true) && utf8_units(result) <= units_max, "no text");
		MUST(bytes == result.len, "another length");
		doc_accept(&d, 2, 0, 0, out, count);
		MUST(d.body.units == utf8_units(result), "miscounted");
		MUST(d.ver == 8 + count && slice_eq(doc_text(&d), result), "not taken");
		MUST(doc_step_at(&d, 8)->client == 2, "another's");
		MUST(change_map(mem, &push[0], a, false, &mapped) == ERR_OK, "map");
		MUST(count > 1 || slice_eq(must_apply(mem, &mapped, ad), result), "another way");
	}
	doc_fini(&d);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

/* All of it, on a text `d`. */
static void check(struct arena *mem, struct choices *c, struct slice d, const json_t *ja,
		  const json_t *jb, json_t *jc)
{
	struct slice ad, bd, end;
	struct change a, b, next;
	bool has_a = taken(mem, ja, &m_doc, d, &m_a, &a, &ad);
	bool has_b = taken(mem, jb, &m_doc, d, &m_b, &b, &bd);
	bool has_c;

	jc = jc ? json_incref(jc) : some_change(c, has_a ? m_a.len : m_doc.len);
	has_c = has_a && taken(mem, jc, &m_a, ad, &m_c, &next, &end);
	if (has_a) {
		check_invert(mem, &a, d, ad);
	}
	if (has_a && has_b) {
		check_map(mem, &a, &b, ad, bd);
		check_doc(mem, d, &a, ad, &b, 1, UNITS_MAX, true);
		check_doc(mem, d, &a, ad, &b, 1, (uint32_t)choose(c, 512), true);
	}
	if (has_c) {
		struct change push[2] = {a, next};

		check_compose(mem, &a, &next, d, end);
		if (has_b) {
			check_doc(mem, d, &b, bd, push, 2, UINT32_MAX, true);
		}
	}
	/* Forms that are good, over texts they were not made for. */
	if (change_from_json(mem, ja, &a) == ERR_OK && change_from_json(mem, jc, &next) == ERR_OK) {
		struct change push[2] = {a, next};

		check_refusals(mem, &a, &next, d);
		check_refusals(mem, &next, &a, d);
		if (has_b) {
			check_doc(mem, d, &b, bd, push, 2, UNITS_MAX, false);
		}
	}
	json_decref(jc);
}

static void check_line(struct arena *mem, const uint8_t *data, size_t size)
{
	struct choices c = {data, 0};
	json_t *line = json_loadb((const char *)data, size, 0, NULL);
	const json_t *text = json_object_get(line, "d");
	struct slice d = {json_string_value(text), json_string_length(text)};

	if (json_is_string(text) && utf8_is_text(d, true) && utf8_units(d) < UNITS_MAX) {
		model_add(&m_doc, d);
		check(mem, &c, d, json_object_get(line, "a"), json_object_get(line, "b"),
		      json_object_get(line, "c"));
	}
	json_decref(line);
}

static void check_choices(struct arena *mem, const uint8_t *data, size_t size)
{
	struct choices c = {data, size};
	char space[32 * 256];
	struct slice d = some_text(&c, space, choice(&c));
	json_t *ja, *jb;

	model_add(&m_doc, d);
	MUST(utf8_units(d) == m_doc.len, "units");
	ja = some_change(&c, m_doc.len);
	jb = some_change(&c, m_doc.len);
	check(mem, &c, d, ja, jb, NULL);
	json_decref(ja);
	json_decref(jb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;

	arena_init(&mem);
	m_doc.len = 0;
	if (size > 0 && data[0] == '{') {
		check_line(&mem, data, size);
	} else {
		check_choices(&mem, data, size);
	}
	arena_fini(&mem);
	return 0;
}
