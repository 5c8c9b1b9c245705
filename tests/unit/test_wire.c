/* Bytes of a client: the closed schema. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "text/change.h"
#include "wire/wire.h"

static enum err decode(const char *text)
{
	struct msg m;
	enum err e = wire_decode(slice_of(text), &m);

	if (e == ERR_OK) {
		wire_release(&m);
	}
	return e;
}

Test(wire, takes_every_message)
{
	static const char *const good[] = {
	    "{\"t\":\"join\",\"client\":\"0123456789abcdef\",\"have\":[[\"a.b\",12]]}",
	    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a/"
	    "b\",\"base\":2,\"changes\":[[1]],\"for\":\"0123456789abcdef\","
	    "\"method\":\"oral\"}",
	    "{\"t\":\"set\",\"ref\":1,\"cell\":\"a\",\"base\":0,\"value\":null}",
	    "{\"t\":\"row\",\"ref\":1,\"table\":\"min.actions\",\"cells\":{\"what\":\"x\"}}",
	    "{\"t\":\"open\",\"ref\":1,\"row\":\"0123456789abcdef\"}",
	    "{\"t\":\"assent\",\"ref\":9007199254740991}",
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":\"やめる\"}",
	    "{\"t\":\"here\",\"cell\":null}",
	    "{\"t\":\"here\",\"cell\":\"a\",\"at\":[1,2,3]}",
	    "{\"t\":\"reach\",\"cell\":\"a\"}",
	    "{\"t\":\"ping\"}",
	};

	cr_assert(sodium_init() >= 0);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_assert_eq(decode(good[i]), ERR_OK, "%s", good[i]);
	}
}

Test(wire, refuses_everything_else)
{
	static const char *const bad[] = {
	    "",
	    "null",
	    "[]",
	    "{}",
	    "{\"t\":1}",
	    "{\"t\":\"boss\"}",
	    "{\"t\":\"ping\",\"x\":1}",
	    "{\"t\":\"ping\"} x",
	    "{\"t\":\"ping\",\"t\":\"ping\"}",
	    "{\"t\":\"join\"}",
	    "{\"t\":\"join\",\"client\":\"0123456789ABCDEF\"}",
	    "{\"t\":\"join\",\"client\":\"0123456789abcdef\",\"have\":[[\"a\",1.5]]}",
	    "{\"t\":\"assent\",\"ref\":-1}",
	    "{\"t\":\"assent\",\"ref\":9007199254740992}",
	    "{\"t\":\"assent\",\"ref\":1.0}",
	    "{\"t\":\"assent\",\"ref\":\"1\"}",
	    "{\"t\":\"assent\",\"ref\":1,\"method\":\"loud\"}",
	    "{\"t\":\"reach\",\"cell\":\"a b\"}",
	    "{\"t\":\"reach\",\"cell\":\"\"}",
	    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":2,\"changes\":[]}",
	    "{\"t\":\"set\",\"ref\":1,\"cell\":\"a\",\"base\":0,\"value\":1.5}",
	    "{\"t\":\"set\",\"ref\":1,\"cell\":\"a\",\"base\":0}",
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":\"a\\u0000\"}",
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":\"\\ud842\"}",
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":\"a\\nb\"}",
	    "{\"t\":\"reach\",\"cell\":\"\xff\"}",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert_eq(decode(bad[i]), ERR_PROTO, "%s", bad[i]);
	}
}

/* The parser takes it for the end: whatever follows would be no part of the message. */
Test(wire, nothing_stands_behind_a_nul_byte)
{
	static const char text[] = "{\"t\":\"ping\"}\0{\"t\":\"boss\"}";
	struct msg m;

	cr_assert(sodium_init() >= 0);
	cr_assert_eq(wire_decode((struct slice){text, sizeof text - 1}, &m), ERR_PROTO);
	cr_assert_eq(wire_decode((struct slice){text, 13}, &m), ERR_PROTO);
	cr_assert_eq(decode(text), ERR_OK, "without it");
}

Test(wire, bounds_size_and_depth_before_building)
{
	char *big = mem_alloc(LIMIT_FRAME_BYTES + 2);
	char deep[64] = "{\"t\":\"set\",\"value\":[[[[[[[[[[[[[[[";

	memset(big, ' ', LIMIT_FRAME_BYTES);
	memcpy(big, "{\"t\":\"ping\"}", 12);
	cr_assert_eq(decode(big), ERR_OK, "at the limit");
	big[LIMIT_FRAME_BYTES] = ' ';
	cr_assert_eq(decode(big), ERR_LIMIT, "one above");
	cr_assert_eq(wire_depth(slice_of(deep), LIMIT_JSON_DEPTH), LIMIT_JSON_DEPTH);
	cr_assert_eq(decode(deep), ERR_PROTO);
	strcat(deep, "[");
	cr_assert_eq(decode(deep), ERR_LIMIT);
	cr_assert_eq(wire_depth(slice_of("\"[[[\\\"[[\""), 16), 0, "strings do not count");
	free(big);
}

/* None of them is a message; none may do worse than be refused. */
Test(wire, survives_other_peoples_json)
{
	json_t *suite = json_load_file("tests/vectors/shared/jsontestsuite.json", 0, NULL);
	const char *name;
	json_t *group;
	size_t cases = 0;

	cr_assert(suite);
	cr_assert(sodium_init() >= 0);
	json_object_foreach(suite, name, group)
	{
		for (size_t i = 0; i < json_array_size(group); i++) {
			const char *b64 =
			    json_string_value(json_object_get(json_array_get(group, i), "base64"));
			size_t len = b64 ? strlen(b64) : 0;
			char *bytes = mem_alloc(len + 1);
			size_t n = 0;
			struct msg m;

			if (b64 &&
			    sodium_base642bin((unsigned char *)bytes, len, b64, len, NULL, &n, NULL,
					      sodium_base64_VARIANT_ORIGINAL) == 0) {
				cr_assert_neq(wire_decode((struct slice){bytes, n}, &m), ERR_OK);
				cases++;
			}
			free(bytes);
		}
	}
	cr_assert_gt(cases, 250);
	json_decref(suite);
}

/* ---- the edit that is read without a tree ---- */

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

/* The same message through the library: a blank is enough. */
static enum err decode_long_way(struct slice text, struct msg *out)
{
	struct buf b = {0};
	enum err e;

	buf_add_str(&b, " ");
	buf_add(&b, text);
	e = wire_decode(buf_slice(&b), out);
	buf_fini(&b);
	return e;
}

/* What was read is what the library reads, and a change. */
static bool is_equal(const struct msg *a, const struct msg *b)
{
	struct arena mem;
	bool same = a->kind == b->kind && a->ref == b->ref && a->base == b->base &&
		    slice_eq(a->cell, b->cell) && !b->plain &&
		    json_array_size(b->changes) == a->plain_count;

	arena_init(&mem);
	for (uint32_t i = 0; same && i < a->plain_count; i++) {
		json_t *have = change_to_json(&a->plain[i]);
		struct change c;

		same = change_from_json(&mem, json_array_get(b->changes, i), &c) == ERR_OK;
		if (same) {
			json_t *want = change_to_json(&c);

			same = json_equal(have, want) != 0;
			json_decref(want);
		}
		json_decref(have);
	}
	arena_fini(&mem);
	return same;
}

/* -> false: the two ways differ. `*plain` counts what was read without a tree. */
static bool agree(struct slice text, size_t *plain)
{
	struct msg a, b;
	enum err ea = wire_decode(text, &a);
	enum err eb = decode_long_way(text, &b);
	bool same = ea == eb;

	if (same && ea == ERR_OK && a.plain) {
		same = is_equal(&a, &b);
		(*plain)++;
	}
	if (ea == ERR_OK) {
		wire_release(&a);
	}
	if (eb == ERR_OK) {
		wire_release(&b);
	}
	if (!same) {
		printf("they differ (%d, %d): %.*s\n", (int)ea, (int)eb, (int)text.len, text.ptr);
	}
	return same;
}

static const char *const edits[] = {
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"plan.work.action.goal\",\"base\":9007199254740991,"
    "\"changes\":[[12,[0,\"あ\"],1024]]}",
    "{\"t\":\"edit\",\"ref\":0,\"cell\":\"a/b\",\"base\":0,\"changes\":[[[3,\"𠮷野家\"]],[[1],5]]}",
    "{\"t\":\"edit\",\"ref\":9007199254740992,\"cell\":\"a\",\"base\":1,\"changes\":[[[1]]]}",
    "{\"t\":\"edit\",\"ref\":01,\"cell\":\"a\",\"base\":1,\"changes\":[[[1]]]}",
    "{\"t\":\"edit\",\"ref\":-0,\"cell\":\"a\",\"base\":1,\"changes\":[[[1]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"あ\",\"base\":1,\"changes\":[[[1]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"\",\"base\":1,\"changes\":[[[1]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[1]]]} ",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[1]]],\"for\":"
    "\"0123456789abcdef\"}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[0,\"a\",\"b\"],2]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[0,\"\\n\"],2]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[0,\"\xC2\x85\"],2]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[0,\"\xED\xA0\x80\"],2]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[4194304,[0,\"a\"]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[4194304,[1,\"a\"]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[2,3]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[[0,\"\"]]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[1,[1],1],[1,[1],1],[1,[1],1]"
    ","
    "[1,[1],1],[1,[1],1],[1,[1],1],[1,[1],1],[1,[1],1],[1,[1],1]]}",
    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[[1,[1],1,[1],1,[1],1,[1],1,["
    "1],1,"
    "[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1],1,[1]]"
    "]}",
};

Test(wire, an_edit_read_without_a_tree_is_what_the_tree_says)
{
	size_t wrong = 0, plain = 0;

	cr_assert(sodium_init() >= 0);
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		wrong += !agree(slice_of(edits[i]), &plain);
	}
	cr_assert_eq(wrong, 0);
	cr_assert_geq(plain, 2, "hardly any was read so: %zu", plain);
}

Test(wire, and_with_any_bytes_changed)
{
	static const char bytes[] = "0123456789[]{}\",:\\ \n\t-e.tab\xE3\x81\x82\xF0\x00";
	size_t wrong = 0, plain = 0;

	cr_assert(sodium_init() >= 0);
	for (size_t round = 0; round < 60000; round++) {
		struct buf b = {0};
		uint32_t times = 1 + below(3);

		buf_add_str(&b, edits[below(below(2) ? 2 : sizeof edits / sizeof *edits)]);
		for (uint32_t i = 0; i < times; i++) {
			uint32_t at = below((uint32_t)b.len);
			char c = bytes[below(sizeof bytes - 1)];

			if (below(3) == 0 && at + 1 < b.len) { /* one goes */
				memmove(b.ptr + at, b.ptr + at + 1, b.len - at - 1);
				b.len--;
			} else if (below(2) == 0) {
				b.ptr[at] = c;
			} else { /* one more */
				buf_add(&b, (struct slice){&c, 1});
				memmove(b.ptr + at + 1, b.ptr + at, b.len - at - 1);
				b.ptr[at] = c;
			}
		}
		wrong += !agree(buf_slice(&b), &plain);
		buf_fini(&b);
	}
	cr_assert_eq(wrong, 0);
	cr_assert_geq(plain, 1000, "hardly any was read so: %zu", plain);
}
