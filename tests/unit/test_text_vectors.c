/* server/text against what @codemirror/state and /collab made of the same input, bit for bit. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "text/change.h"
#include "text/doc.h"

__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

static const char *const PATH = "tests/vectors/text_change.jsonl";

enum { PAIRS_MIN = 4000, SESSIONS_MIN = 400, CHANGES_MAX = 64 };

static void check_leaks(void)
{
	if (__lsan_do_recoverable_leak_check) {
		cr_assert(__lsan_do_recoverable_leak_check() == 0, "leak");
	}
}

static struct slice text_of(const json_t *object, const char *name)
{
	const json_t *s = json_object_get(object, name);

	cr_assert(json_is_string(s), "%s", name);
	return (struct slice){json_string_value(s), json_string_length(s)};
}

static struct change read_change(struct arena *mem, const json_t *json)
{
	struct change c;
	enum err e = change_from_json(mem, json, &c);

	cr_assert(e == ERR_OK, "%s: %s", err_name(e), json_dumps(json, JSON_COMPACT));
	return c;
}

static void same_change(const struct change *c, const json_t *want, int line, const char *what)
{
	json_t *have = change_to_json(c);

	cr_assert(json_equal(have, want), "line %d, %s: have %s, want %s", line, what,
		  json_dumps(have, JSON_COMPACT), json_dumps(want, JSON_COMPACT));
	json_decref(have);
}

static void same_text(struct slice have, struct slice want, int line, const char *what)
{
	cr_assert(slice_eq(have, want), "line %d, %s: have '%.*s', want '%.*s'", line, what,
		  (int)have.len, have.ptr, (int)want.len, want.ptr);
	cr_assert(utf8_is_valid(have), "line %d, %s", line, what);
}

static struct change checked(struct arena *mem, const json_t *row, const char *name,
			     const struct change *have, int line)
{
	const json_t *want = json_object_get(row, name);

	same_change(have, want, line, name);
	return read_change(mem, want);
}

static void check_pair(struct arena *mem, const json_t *row, int line)
{
	struct change a = read_change(mem, json_object_get(row, "a"));
	struct change b = read_change(mem, json_object_get(row, "b"));
	struct change c = read_change(mem, json_object_get(row, "c"));
	struct slice d = text_of(row, "d");
	struct change out;
	struct slice text;

	(void)checked(mem, row, "a", &a, line);
	cr_assert(change_apply(mem, &a, d, LIMIT_TEXT_UNITS, &text) == ERR_OK, "line %d", line);
	same_text(text, text_of(row, "ad"), line, "apply");
	cr_assert(change_map(mem, &a, &b, false, &out) == ERR_OK, "line %d", line);
	(void)checked(mem, row, "mf", &out, line);
	cr_assert(change_map(mem, &a, &b, true, &out) == ERR_OK, "line %d", line);
	(void)checked(mem, row, "mt", &out, line);
	cr_assert(change_compose(mem, &a, &c, &out) == ERR_OK, "line %d", line);
	(void)checked(mem, row, "co", &out, line);
	cr_assert(change_invert(mem, &a, d, &out) == ERR_OK, "line %d", line);
	out = checked(mem, row, "inv", &out, line);
	cr_assert(change_apply(mem, &out, text, LIMIT_TEXT_UNITS, &text) == ERR_OK);
	same_text(text, d, line, "apply inverse");
}

static void check_push(struct arena *mem, struct doc *d, const json_t *push, int line)
{
	const json_t *changes = json_object_get(push, "changes");
	const json_t *mapped = json_object_get(push, "mapped");
	uint64_t base = d->fence + (uint64_t)json_integer_value(json_object_get(push, "base"));
	uint32_t count = (uint32_t)json_array_size(changes);
	struct change in[CHANGES_MAX];
	struct change out[CHANGES_MAX];
	size_t bytes;
	enum err e;

	cr_assert(count > 0 && count <= CHANGES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		in[i] = read_change(mem, json_array_get(changes, i));
	}
	e = doc_rebase(mem, d, base, in, count, LIMIT_TEXT_UNITS, out, &bytes);
	if (json_is_null(mapped)) {
		cr_assert(e == ERR_PROTO, "line %d: a cut pair: %s", line, err_name(e));
		return;
	}
	cr_assert(e == ERR_OK, "line %d: %s", line, err_name(e));
	for (uint32_t i = 0; i < count; i++) {
		same_change(&out[i], json_array_get(mapped, i), line, "mapped");
	}
	doc_accept(d, base, 1, 2, out, count);
	cr_assert_eq(doc_text(d).len, bytes);
	for (uint32_t i = 0; i < count; i++) {
		const struct doc_step *s = doc_step_at(d, d->ver - count + i);

		same_change(&s->change, json_array_get(mapped, i), line, "history");
		cr_assert(s->client == base && s->actor == 1 && s->for_seat == 2);
	}
}

static void check_session(struct arena *mem, const json_t *row, int line)
{
	const json_t *push;
	struct doc d;
	size_t i;

	doc_init(&d, text_of(row, "start"), 0xFFFFFFFF00000000u);
	json_array_foreach(json_object_get(row, "push"), i, push)
	{
		check_push(mem, &d, push, line);
	}
	same_text(doc_text(&d), text_of(row, "end"), line, "end");
	cr_assert(d.body.units == utf8_units(doc_text(&d)));
	doc_fini(&d);
}

static void each_line(const char *key, void (*check)(struct arena *, const json_t *, int),
		      int count_min)
{
	FILE *f = fopen(PATH, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int number = 0;
	int count = 0;

	cr_assert(f, "%s: run from the root of the repository", PATH);
	while ((len = getline(&line, &cap, f)) > 0) {
		json_t *row = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
		struct arena mem;

		number++;
		cr_assert(row, "line %d", number);
		arena_init(&mem);
		if (json_object_get(row, key)) {
			check(&mem, row, number);
			count++;
		}
		arena_fini(&mem);
		json_decref(row);
	}
	free(line);
	(void)fclose(f);
	cr_assert(count >= count_min, "%d of %d vectors", count, count_min);
	check_leaks();
}

Test(text_vectors, changes_equal_codemirror)
{
	each_line("mf", check_pair, PAIRS_MIN);
}

Test(text_vectors, sessions_equal_codemirror)
{
	each_line("push", check_session, SESSIONS_MIN);
}
