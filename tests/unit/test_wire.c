/* Bytes of a client: the closed schema. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
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
