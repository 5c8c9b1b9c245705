/* A text with its history: the window, the fence and what a rebase refuses. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "text/doc.h"

__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

enum { VER = 1000000, LONG_BYTES = 60000 };

static struct arena mem;
static struct doc doc;

static void set_up(void)
{
	arena_init(&mem);
}

TestSuite(text_doc, .init = set_up);

/* Called at the end of each body: what happens later cannot fail a test. */
static void tear_down(void)
{
	doc_fini(&doc);
	arena_fini(&mem);
	if (__lsan_do_recoverable_leak_check) {
		cr_assert(__lsan_do_recoverable_leak_check() == 0, "leak");
	}
}

static struct change change_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	struct change c;

	cr_assert(json && change_from_json(&mem, json, &c) == ERR_OK, "%s", text);
	json_decref(json);
	return c;
}

static enum err push(uint64_t base, const struct change *in, uint32_t count)
{
	struct change out[LIMIT_PUSH_CHANGES];
	size_t bytes;
	enum err e = doc_rebase(&mem, &doc, base, in, count, LIMIT_TEXT_UNITS, out, &bytes);

	if (e == ERR_OK) {
		doc_accept(&doc, 7, 1, 2, out, count);
		cr_assert_eq(doc_text(&doc).len, bytes);
	}
	return e;
}

static enum err push_text(uint64_t base, const char *json)
{
	struct change c = change_of(json);

	return push(base, &c, 1);
}

static void text_is(const char *want)
{
	struct slice text = doc_text(&doc);

	cr_assert(slice_is(text, want), "have '%.*s', want '%s'", (int)text.len, text.ptr, want);
}

/* Insert one letter at the start, at the present version. */
static void type_letter(void)
{
	static char letter[] = "x";
	struct change_section section[2] = {{0, 1, {letter, 1}}, {.ins = CHANGE_KEEP}};
	struct change c = {section, doc.body.units ? 2 : 1};

	section[1].len = doc.body.units;
	cr_assert(push(doc.ver, &c, 1) == ERR_OK);
}

Test(text_doc, refusals_change_nothing)
{
	struct change two[2];

	doc_init(&doc, slice_of("a𠮷b"), VER);
	cr_expect(push_text(VER - 1, "[4]") == ERR_OLD);
	cr_expect(push_text(VER + 1, "[4]") == ERR_PROTO);
	cr_expect(push_text(VER, "[5]") == ERR_PROTO);
	cr_expect(push_text(VER, "[2,[0,\"x\"],2]") == ERR_PROTO);
	/* The second change undoes the cut of the first; each must be whole. */
	two[0] = change_of("[2,[0,\"x\"],2]");
	two[1] = change_of("[2,[1],2]");
	cr_expect(push(VER, two, 2) == ERR_PROTO);
	two[0] = change_of("[4,[0,\"x\"]]");
	two[1] = change_of("[4,[0,\"y\"]]");
	cr_expect(push(VER, two, 2) == ERR_PROTO, "the second is not made on the first");
	text_is("a𠮷b");
	cr_expect(doc.ver == VER && doc.fence == VER && doc.body.units == 4);

	cr_expect(push_text(VER, "[4,[0,\"c\"]]") == ERR_OK);
	cr_expect(push_text(VER, "[5]") == ERR_PROTO, "length of another version");
	cr_expect(push(VER, two, 2) == ERR_PROTO);
	cr_expect(push_text(VER, "[2,[1],1]") == ERR_PROTO);
	text_is("a𠮷bc");
	cr_expect(push(VER, NULL, 0) == ERR_OK);
	cr_expect(doc.ver == VER + 1);
	tear_down();
}

Test(text_doc, limit_is_on_every_intermediate_text)
{
	struct change in = change_of("[3,[0,\"de\"]]");
	struct change out;
	size_t bytes = 77;

	doc_init(&doc, slice_of("abc"), VER);
	cr_expect(doc_rebase(&mem, &doc, VER, &in, 1, 4, &out, &bytes) == ERR_LIMIT);
	cr_expect_eq(bytes, 77);
	cr_expect(doc_rebase(&mem, &doc, VER, &in, 1, 5, &out, &bytes) == ERR_OK);
	cr_expect_eq(bytes, 5);
	tear_down();
}

/* A cut that the deletion of the pair has hidden: server and sender end at the same text. */
Test(text_doc, cut_of_a_deleted_pair_is_harmless)
{
	doc_init(&doc, slice_of("a𠮷b"), VER);
	cr_expect(push_text(VER, "[1,[2,\"z\"],1]") == ERR_OK);
	cr_expect(push_text(VER, "[2,[0,\"x\"],2]") == ERR_OK);
	text_is("azxb");
	cr_expect(utf8_is_valid(doc_text(&doc)));
	tear_down();
}

Test(text_doc, history_is_a_window)
{
	doc_init(&doc, slice_of(""), VER);
	for (uint32_t i = 1; i <= LIMIT_TEXT_HISTORY + 100; i++) {
		type_letter();
		cr_assert(doc.ver == VER + i);
		cr_assert(doc.ver - doc.fence == (i < LIMIT_TEXT_HISTORY ? i : LIMIT_TEXT_HISTORY));
	}
	for (uint64_t v = doc.fence; v < doc.ver; v++) {
		const struct doc_step *s = doc_step_at(&doc, v);

		cr_assert(s->client == 7 && s->actor == 1 && s->for_seat == 2);
		cr_assert(change_len_old(&s->change) == v - VER);
	}
	cr_expect(push_text(doc.fence - 1, "[1]") == ERR_OLD);
	cr_expect(push_text(doc.fence, "[99,[1],[0,\"y\"]]") == ERR_OK);
	cr_expect(doc.body.units == LIMIT_TEXT_HISTORY + 100);
	cr_expect(doc.body.text[doc.body.units - 1] == 'y');
	doc_raise_fence(&doc);
	cr_expect(doc.fence == doc.ver && doc.step_bytes == 0);
	cr_expect(push_text(doc.ver - 1, "[1]") == ERR_OLD);
	type_letter();
	cr_expect(doc.fence == doc.ver - 1);
	tear_down();
}

/* The ring grows while its first step is not in its first slot. */
Test(text_doc, history_grows_after_a_raised_fence)
{
	doc_init(&doc, slice_of(""), VER);
	for (int i = 0; i < 5; i++) {
		type_letter();
	}
	doc_raise_fence(&doc);
	for (int i = 0; i < 40; i++) {
		type_letter();
	}
	cr_expect(doc.fence == VER + 5 && doc.ver == VER + 45);
	for (uint64_t v = doc.fence; v < doc.ver; v++) {
		cr_assert(change_len_old(&doc_step_at(&doc, v)->change) == v - VER);
	}
	cr_expect(push_text(VER + 5, "[5,[0,\"y\"]]") == ERR_OK);
	cr_expect(doc.body.text[45] == 'y');
	tear_down();
}

Test(text_doc, history_is_bounded_in_bytes)
{
	static char letters[LONG_BYTES];

	memset(letters, 'x', sizeof letters);
	doc_init(&doc, slice_of(""), VER);
	for (int i = 0; i < 200; i++) {
		struct change_section s = {doc.body.units, LONG_BYTES, {letters, LONG_BYTES}};
		struct change c = {&s, 1};

		cr_assert(push(doc.ver, &c, 1) == ERR_OK);
		cr_assert(doc.step_bytes <= 2 * 1024 * 1024);
		arena_reset(&mem);
	}
	cr_expect(doc.ver == VER + 200);
	cr_expect(doc.ver - doc.fence > 20 && doc.ver - doc.fence < 40);
	tear_down();
}

/* One typing session of full size over a full history of typing still goes. */
Test(text_doc, full_push_over_full_history, .timeout = 20)
{
	static char letter[] = "y";
	struct change_section section[LIMIT_PUSH_CHANGES][3];
	struct change in[LIMIT_PUSH_CHANGES];
	uint32_t units;

	doc_init(&doc, slice_of("0123456789"), VER);
	units = doc.body.units;
	for (int i = 0; i < LIMIT_TEXT_HISTORY; i++) {
		type_letter();
	}
	for (uint32_t i = 0; i < LIMIT_PUSH_CHANGES; i++) {
		section[i][0] = (struct change_section){5 + i, CHANGE_KEEP, {NULL, 0}};
		section[i][1] = (struct change_section){0, 1, {letter, 1}};
		section[i][2] = (struct change_section){units - 5, CHANGE_KEEP, {NULL, 0}};
		in[i] = (struct change){section[i], 3};
	}
	cr_expect(push(VER, in, LIMIT_PUSH_CHANGES) == ERR_OK);
	cr_expect(doc.ver == VER + LIMIT_TEXT_HISTORY + LIMIT_PUSH_CHANGES);
	tear_down();
}

/* The same with changes of a thousand sections would keep the loop busy for a minute. */
Test(text_doc, too_much_work_is_too_old, .timeout = 20)
{
	static char letter[] = "x";
	static struct change_section comb[LIMIT_CHANGE_SECTIONS];
	static char text[LIMIT_CHANGE_SECTIONS];
	struct change in[LIMIT_PUSH_CHANGES];

	memset(text, 'a', sizeof text);
	for (uint32_t i = 0; i < LIMIT_CHANGE_SECTIONS; i++) {
		comb[i] = (struct change_section){1, CHANGE_KEEP, {NULL, 0}};
		if (i % 2) {
			comb[i] = (struct change_section){1, 1, {letter, 1}};
		}
	}
	doc_init(&doc, (struct slice){text, sizeof text}, VER);
	for (uint32_t i = 0; i < LIMIT_PUSH_CHANGES; i++) {
		in[i] = (struct change){comb, LIMIT_CHANGE_SECTIONS};
	}
	for (int i = 0; i < 4; i++) {
		cr_assert(push(doc.ver, in, LIMIT_PUSH_CHANGES) == ERR_OK);
		arena_reset(&mem);
	}
	cr_expect(push(doc.fence, in, LIMIT_PUSH_CHANGES) == ERR_OLD);
	cr_expect(push(doc.ver, in, LIMIT_PUSH_CHANGES) == ERR_OK, "the present version goes");
	tear_down();
}
