/* Leaves: one spelling, and the digests of RFC 9901. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "minutes/b64.h"
#include "minutes/hash.h"
#include "minutes/leaf.h"
#include "support/vectors.h"

/* The digest is of the string, whatever spelling the JSON inside has. */
Test(minutes_leaf, disclosures_of_rfc9901_have_these_digests)
{
	json_t *v = vectors("sdjwt/disclosures");
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(v, "pairs"), i, p)
	{
		struct slice d = str(p, "disclosure");
		struct min_hash h = min_sha256(&d, 1);
		struct buf digest = {0};
		struct min_leaf leaf;

		min_b64u_add(&digest, h.b, sizeof h.b);
		cr_assert(slice_eq(buf_slice(&digest), str(p, "digest")), "%zu", i);
		/* Of another spelling or with shorter salts: none of ours. */
		cr_assert(!min_leaf_decode(d, &leaf));
		buf_fini(&digest);
	}
	cr_assert_geq(i, 29);
	json_decref(v);
}

#define SALT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define HEAD "[\"" SALT "\",\"n\","

static bool reads(struct slice json)
{
	struct buf d = {0};
	struct min_leaf l = {0};
	bool ok;

	min_b64u_add(&d, json.ptr, json.len);
	ok = min_leaf_decode(buf_slice(&d), &l);
	if (ok) {
		min_leaf_fini(&l);
	}
	buf_fini(&d);
	return ok;
}

#define READS(tail) reads(S(HEAD tail))

Test(minutes_leaf, a_leaf_has_one_spelling)
{
	cr_assert(READS("1]") && READS("\"\"]") && READS("null]") && READS("[]]") && READS("{}]"));
	cr_assert(READS("-9007199254740991]") && READS("9007199254740991]"));
	cr_assert(READS("{\"a\":[[1]]}]") && READS("\"\\\"\\\\\\n\\t/\x7f\"]"));
	cr_assert(READS("\"\xe6\x9c\xac\xf0\x9f\x98\x80\xe2\x80\xa8\"]"));
	cr_assert(!READS("9007199254740992]") && !READS("-9007199254740992]"));
	cr_assert(!READS("1.0]") && !READS("1e1]") && !READS("-0]") && !READS("01]"));
	cr_assert(!READS("99999999999999999999]") && !READS("1e999]"));
	cr_assert(!READS("{\"a\":[[[1]]]}]") && !READS("[[[[]]]]]"));
	cr_assert(!READS("[null]]") && !READS("{\"a\":null}]"));
	cr_assert(!READS("{\"A\":1}]") && !READS("{\"\":1}]") && !READS("{\"a\":1,\"a\":1}]"));
	cr_assert(!READS("\"\\r\"]") && !READS("\"\\u0001\"]") && !READS("\"\\u0000\"]"));
	cr_assert(!READS("\"\\/\"]") && !READS("\"\\u0041\"]") && !READS("\"\\ud800\"]"));
	cr_assert(!READS("\"\xed\xa0\x80\"]") && !READS("\"\xff\"]") && !READS("\"\xc0\x80\"]"));
	cr_assert(!READS(" 1]") && !READS("1] ") && !READS("1]\0") && !READS("1,2]") &&
		  !READS("1"));
	cr_assert(!reads(S("\xef\xbb\xbf" HEAD "1]")) && !reads(S("")) && !reads(S("[]")));
	cr_assert(!reads(S("[\"" SALT "A\",\"n\",1]")) && !reads(S("[\"short\",\"n\",1]")));
	cr_assert(!reads(S("[1,\"n\",1]")) && !reads(S("[\"" SALT "\",1,1]")));
	/* Bits left over in the salt. */
	cr_assert(!reads(S("[\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9\",\"n\",1]")));
	cr_assert(!reads(S("{\"a\":1,\"b\":2,\"c\":3}")));
}

Test(minutes_leaf, a_leaf_is_written_as_it_is_read)
{
	static const char *const values[] = {"1", "\"a \\\"b\\\" \\\\ \\n\\t\xe6\x9c\xac\"",
					     "{\"z\":[true,{\"b\":-5}],\"a\":\"\"}", "[]", "false"};
	uint8_t salt[MIN_SALT_BYTES];

	for (uint8_t i = 0; i < sizeof salt; i++) {
		salt[i] = i;
	}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		json_t *v = json_loads(values[i], JSON_DECODE_ANY, NULL);
		struct buf d = {0};
		struct buf want = {0};
		struct buf text = {0};
		struct min_leaf l;

		buf_printf(&text, "[\"" SALT "\",\"s01/field/x\",%s]", values[i]);
		min_b64u_add(&want, text.ptr, text.len);
		min_leaf_encode(&d, salt, S("s01/field/x"), v);
		cr_assert(slice_eq(buf_slice(&d), buf_slice(&want)));
		cr_assert(min_leaf_decode(buf_slice(&d), &l));
		cr_assert(slice_is(l.salt, SALT) && slice_is(l.name, "s01/field/x") &&
			  json_equal(l.value, v));
		min_leaf_fini(&l);
		json_decref(v);
		buf_fini(&d);
		buf_fini(&want);
		buf_fini(&text);
	}
}
