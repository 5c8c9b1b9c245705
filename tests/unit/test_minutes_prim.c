/* What signed minutes are made of, against vectors from outside (tests/vectors/README.md). */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "minutes/b64.h"
#include "minutes/ed.h"
#include "minutes/hash.h"
#include "support/vectors.h"

/* ---- the tree of RFC 6962 ---- */

static struct min_hash hash_of(const json_t *h)
{
	struct buf a = from_hex(json_object_get(h, "leaf") ? str(h, "leaf") : str(h, "left"));
	struct buf b = from_hex(json_object_get(h, "right") ? str(h, "right") : S(""));
	/* The node of the source has children of four bytes. */
	struct slice part[] = {{"\1", 1}, buf_slice(&a), buf_slice(&b)};
	struct min_hash got = slice_is(str(h, "what"), "leaf") ? min_leaf_hash(buf_slice(&a))
			      : a.len                          ? min_sha256(part, 3)
							       : min_root(NULL, 0);

	buf_fini(&a);
	buf_fini(&b);
	return got;
}

Test(minutes_prim, hashes_and_roots_of_rfc6962)
{
	json_t *v = vectors("rfc6962/roots");
	struct min_hash leaf[8];
	struct min_tree grown = {0};
	size_t seen = 0;
	size_t i;
	const json_t *r;

	json_array_foreach(json_object_get(v, "hashes"), i, r)
	{
		struct min_hash got = hash_of(r);

		cr_assert(is_hex_of(got.b, sizeof got.b, str(r, "hash")), "hash %zu", i);
	}
	json_array_foreach(json_object_get(v, "leaves"), i, r)
	{
		struct buf d =
		    from_hex((struct slice){json_string_value(r), json_string_length(r)});

		cr_assert(i < 8);
		leaf[i] = min_leaf_hash(buf_slice(&d));
		buf_fini(&d);
	}
	json_array_foreach(json_object_get(v, "roots"), i, r)
	{
		size_t size = (size_t)json_integer_value(json_object_get(r, "size"));
		struct min_hash got = min_root(leaf, size);

		cr_assert(is_hex_of(got.b, sizeof got.b, str(r, "root")), "size %zu", size);
		while (grown.size < size) {
			min_tree_add(&grown, &leaf[grown.size]);
		}
		got = min_tree_root(&grown);
		cr_assert(is_hex_of(got.b, sizeof got.b, str(r, "root")), "grown to %zu", size);
		seen++;
	}
	cr_assert_eq(seen, 9);
	json_decref(v);
}

/* A root of the vectors may be any words: those of another length are held by their hash. */
static struct min_hash hash_field(const json_t *c, const char *key)
{
	struct slice text = str(c, key);
	struct min_hash h;

	return min_b64_exact(text, h.b, sizeof h.b) ? h : min_sha256(&text, 1);
}

enum { PROOF_MAX = 128, INCLUSIONS = 98, CONSISTENCIES = 98 };

static bool proof_of(const json_t *c, struct min_hash out[PROOF_MAX], size_t *count)
{
	const json_t *p;
	size_t i;

	*count = json_array_size(json_object_get(c, "proof"));
	cr_assert(*count <= PROOF_MAX);
	json_array_foreach(json_object_get(c, "proof"), i, p)
	{
		struct slice s = {json_string_value(p), json_string_length(p)};

		if (!min_b64_exact(s, out[i].b, sizeof out[i].b)) {
			return false;
		}
	}
	return true;
}

static bool is_hash(const json_t *c, const char *key)
{
	struct min_hash h;

	return min_b64_exact(str(c, key), h.b, sizeof h.b);
}

static uint64_t number_of(const json_t *c, const char *key)
{
	return strtoull(str(c, key).ptr, NULL, 10);
}

Test(minutes_prim, inclusion_good_and_bad)
{
	json_t *v = vectors("rfc6962/inclusion");
	struct min_hash proof[PROOF_MAX];
	const json_t *c;
	size_t count;
	size_t i;

	json_array_foreach(json_object_get(v, "cases"), i, c)
	{
		struct min_hash leaf = hash_field(c, "leafHash");
		struct min_hash root = hash_field(c, "root");
		bool holds = is_hash(c, "leafHash") && is_hash(c, "root") &&
			     proof_of(c, proof, &count) &&
			     min_inclusion_holds(number_of(c, "leafIdx"), number_of(c, "treeSize"),
						 &leaf, proof, count, &root);

		cr_assert_eq(holds, !json_is_true(json_object_get(c, "wantErr")), "%s %s",
			     str(c, "file").ptr, str(c, "desc").ptr);
	}
	cr_assert_eq(i, INCLUSIONS);
	json_decref(v);
}

Test(minutes_prim, consistency_good_and_bad)
{
	json_t *v = vectors("rfc6962/consistency");
	struct min_hash proof[PROOF_MAX];
	const json_t *c;
	size_t count;
	size_t i;

	json_array_foreach(json_object_get(v, "cases"), i, c)
	{
		struct min_head one = {number_of(c, "size1"), hash_field(c, "root1")};
		struct min_head two = {number_of(c, "size2"), hash_field(c, "root2")};
		bool holds =
		    proof_of(c, proof, &count) && min_consistency_holds(&one, &two, proof, count);

		cr_assert_eq(holds, !json_is_true(json_object_get(c, "wantErr")), "%s %s",
			     str(c, "file").ptr, str(c, "desc").ptr);
	}
	cr_assert_eq(i, CONSISTENCIES);
	json_decref(v);
}

/* ---- base64 ---- */

Test(minutes_prim, base64_is_what_libsodium_writes_and_nothing_else_is_read)
{
	uint64_t dice = 1;

	for (size_t n = 0; n < 70; n++) {
		uint8_t bytes[70];
		uint8_t back[70];
		char want[100];
		struct buf got = {0};

		for (size_t i = 0; i < n; i++) {
			bytes[i] = (uint8_t)rig_random(&dice);
		}
		sodium_bin2base64(want, sizeof want, bytes, n, sodium_base64_VARIANT_ORIGINAL);
		min_b64_add(&got, bytes, n);
		cr_assert(slice_is(buf_slice(&got), want));
		cr_assert(min_b64_exact(buf_slice(&got), back, n) && memcmp(back, bytes, n) == 0);
		buf_clear(&got);
		sodium_bin2base64(want, sizeof want, bytes, n,
				  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		min_b64u_add(&got, bytes, n);
		cr_assert(slice_is(buf_slice(&got), want));
		cr_assert(min_b64u_exact(buf_slice(&got), back, n) && memcmp(back, bytes, n) == 0);
		buf_fini(&got);
	}
}

/* Every text of four characters out of a few telling ones, by its one other judge. */
Test(minutes_prim, base64_of_four_characters)
{
	static const char of[] = "AQgw/+-_=9z \n";
	enum { KINDS = sizeof of - 1 };

	for (size_t i = 0; i < KINDS * KINDS * KINDS * KINDS; i++) {
		char t[4] = {of[i % KINDS], of[i / KINDS % KINDS], of[i / KINDS / KINDS % KINDS],
			     of[i / KINDS / KINDS / KINDS]};
		uint8_t bytes[4];
		char again[8];
		size_t n = 0;
		bool good = sodium_base642bin(bytes, sizeof bytes, t, 4, NULL, &n, NULL,
					      sodium_base64_VARIANT_ORIGINAL) == 0;
		struct buf got = {0};

		if (good) {
			sodium_bin2base64(again, sizeof again, bytes, n,
					  sodium_base64_VARIANT_ORIGINAL);
			good = memcmp(again, t, 4) == 0;
		}
		cr_assert_eq(min_b64_decode((struct slice){t, 4}, &got), good, "%.4s", t);
		cr_assert(!good || (got.len == n && memcmp(got.ptr, bytes, n) == 0));
		for (size_t count = 0; count < 4; count++) {
			cr_assert_eq(min_b64_exact((struct slice){t, 4}, bytes, count),
				     good && count == n, "%.4s", t);
		}
		buf_fini(&got);
	}
}

Test(minutes_prim, base64url_has_no_padding_and_no_bits_left)
{
	uint8_t out[4];
	struct buf b = {0};

	cr_assert(min_b64u_exact(S("-_8"), out, 2) && out[0] == 0xfb && out[1] == 0xff);
	cr_assert(!min_b64u_exact(S("-_9"), out, 2));
	cr_assert(!min_b64u_exact(S("-_8="), out, 2));
	cr_assert(!min_b64u_exact(S("+/8"), out, 2));
	cr_assert(!min_b64u_decode(S("A"), &b));
	cr_assert(!min_b64_decode(S("AA"), &b));
	cr_assert(!min_b64_decode(S("AA==AAAA"), &b));
	cr_assert(!min_b64_decode(S("AAAAA==="), &b));
	cr_assert(!min_b64_decode(S("===="), &b));
	cr_assert_eq(b.len, 0);
	cr_assert(min_b64_decode(S(""), &b));
	buf_fini(&b);
}

/* ---- Ed25519 ---- */

static bool ed(struct slice key_hex, struct slice message, struct slice sig_hex, bool *library)
{
	struct buf key = from_hex(key_hex);
	struct buf sig = from_hex(sig_hex);
	bool whole = key.len == MIN_ED_KEY && sig.len == MIN_ED_SIG;
	bool ok = whole && min_ed_verify((uint8_t *)key.ptr, message, (uint8_t *)sig.ptr);

	*library =
	    whole && crypto_sign_verify_detached((uint8_t *)sig.ptr, (const uint8_t *)message.ptr,
						 message.len, (uint8_t *)key.ptr) == 0;
	buf_fini(&key);
	buf_fini(&sig);
	return ok;
}

Test(minutes_prim, ed25519_of_rfc8032_and_wycheproof)
{
	json_t *rfc = vectors("ed25519/rfc8032");
	json_t *wyche = vectors("ed25519/wycheproof");
	const json_t *c;
	const json_t *g;
	size_t i;
	size_t j;
	size_t cases = 0;
	bool library;

	json_array_foreach(json_object_get(rfc, "cases"), i, c)
	{
		struct buf m = from_hex(str(c, "message"));

		cr_assert(ed(str(c, "public_key"), buf_slice(&m), str(c, "signature"), &library));
		buf_fini(&m);
	}
	cr_assert_eq(i, 5);
	json_array_foreach(json_object_get(wyche, "testGroups"), i, g)
	{
		json_array_foreach(json_object_get(g, "tests"), j, c)
		{
			struct buf m = from_hex(str(c, "msg"));

			cr_assert_eq(ed(str(json_object_get(g, "publicKey"), "pk"), buf_slice(&m),
					str(c, "sig"), &library),
				     slice_is(str(c, "result"), "valid"), "%s",
				     str(c, "comment").ptr);
			buf_fini(&m);
			cases++;
		}
	}
	cr_assert_geq(cases, 150);
	json_decref(rfc);
	json_decref(wyche);
}

/* As libsodium 1.0.18, case by case; and the same string of verdicts as Node by the same rule. */
Test(minutes_prim, ed25519_edge_cases)
{
	json_t *spec = vectors("ed25519/speccheck-cases");
	json_t *cctv = vectors("ed25519/cctv-ed25519vectors");
	struct buf verdicts = {0};
	struct min_hash all;
	const json_t *c;
	size_t taken = 0;
	size_t i;
	bool library;

	json_array_foreach(spec, i, c)
	{
		struct buf m = from_hex(str(c, "message"));
		bool ok = ed(str(c, "pub_key"), buf_slice(&m), str(c, "signature"), &library);

		cr_assert_eq(ok, library, "speccheck %zu", i);
		taken += ok;
		buf_fini(&m);
	}
	cr_assert_eq(taken, 1);
	json_array_foreach(cctv, i, c)
	{
		bool ok = ed(str(c, "key"), str(c, "msg"), str(c, "sig"), &library);

		cr_assert_eq(ok, library, "cctv %zu", i);
		buf_add_str(&verdicts, ok ? "1" : "0");
	}
	all = min_sha256(&(struct slice){verdicts.ptr, verdicts.len}, 1);
	cr_assert(is_hex_of(all.b, sizeof all.b,
			    S("9111cd3acbe211e15031707588bc9d68cb7b0c2d8f500fad1ebfedfc4362ffab")));
	buf_fini(&verdicts);
	json_decref(spec);
	json_decref(cctv);
}

/*
 * R the neutral element, S = h * a: the owner of any key can make it, OpenSSL takes it. Seed 7 32
 * times, message "m". Of libsodium we know that it refuses by itself, so this asks for the y of
 * each small point.
 */
Test(minutes_prim, ed25519_points_of_small_order_are_refused_whatever_a_library_says)
{
	static const char *const small[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};
	uint8_t seed[32];
	uint8_t pub[32];
	uint8_t secret[64];
	uint8_t sig[64];

	memset(seed, 7, sizeof seed);
	crypto_sign_seed_keypair(pub, secret, seed);
	crypto_sign_detached(sig, NULL, (const uint8_t *)"m", 1, secret);
	cr_assert(min_ed_verify(pub, S("m"), sig));
	cr_assert(!min_ed_verify(pub, S("n"), sig));
	for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
		struct buf point = from_hex(slice_of(small[i]));

		memcpy(sig, point.ptr, 32);
		cr_assert(!min_ed_verify(pub, S("m"), sig));
		cr_assert(!min_ed_verify((uint8_t *)point.ptr, S("m"), sig));
		buf_fini(&point);
	}
}

/* Whole, cut, padded and damaged: what the library takes, and the bytes it takes it for. */
Test(minutes_prim, base64_is_what_the_library_says)
{
	static const char of[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";
	static const int variant[] = {sodium_base64_VARIANT_ORIGINAL,
				      sodium_base64_VARIANT_URLSAFE_NO_PADDING};
	uint64_t dice = 7;
	size_t taken = 0;

	for (size_t n = 0; n < 200000; n++) {
		bool is_url = n & 1;
		char text[64] = "";
		uint8_t bytes[40] = {0}, want[40] = {0};
		size_t len = rig_random(&dice) % 24, out = 0;
		struct buf got = {0}, again = {0};
		bool ok;

		for (size_t i = 0; i < sizeof bytes; i++) {
			bytes[i] = (uint8_t)rig_random(&dice);
		}
		(void)sodium_bin2base64(text, sizeof text, bytes, len, variant[is_url]);
		(is_url ? min_b64u_add : min_b64_add)(&again, bytes, len);
		cr_assert(slice_is(buf_slice(&again), text));
		len = strlen(text);
		for (size_t k = rig_random(&dice) % 3; k > 0 && len > 0; k--) {
			text[rig_random(&dice) % len] =
			    rig_random(&dice) % 8 ? of[rig_random(&dice) % (sizeof of - 1)]
						  : (char)(rig_random(&dice) % 255 + 1);
			len -= rig_random(&dice) % 4 == 0;
		}
		/* Of bytes above ASCII it takes some (1.0.18, where a char has a sign). */
		ok = sodium_base642bin(want, sizeof want, text, len, NULL, &out, NULL,
				       variant[is_url]) == 0;
		for (size_t i = 0; i < len; i++) {
			ok = ok && !(text[i] & 0x80);
		}
		cr_assert_eq(
		    (is_url ? min_b64u_decode : min_b64_decode)((struct slice){text, len}, &got),
		    ok, "%.*s", (int)len, text);
		cr_assert(!ok || (got.len == out && memcmp(got.ptr, want, out) == 0));
		taken += ok;
		buf_fini(&got);
		buf_fini(&again);
	}
	cr_assert(taken > 60000 && taken < 180000, "%zu", taken);
}
