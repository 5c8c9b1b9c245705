/* Signatures of passkeys: vectors of Wycheproof and of the WebAuthn text. */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "support/vectors.h"
#include "verify/verify_crypto.h"

static bool holds(struct slice spki_hex, struct slice message, struct slice sig_hex)
{
	struct buf spki = from_hex(spki_hex);
	struct buf sig = from_hex(sig_hex);
	bool ok = verify_assertion(NULL, buf_slice(&spki), message, buf_slice(&sig));

	buf_fini(&spki);
	buf_fini(&sig);
	return ok;
}

static void wycheproof(const char *name, size_t least)
{
	json_t *v = vectors(name);
	const json_t *g;
	const json_t *t;
	size_t cases = 0;
	size_t i;
	size_t j;

	json_array_foreach(json_object_get(v, "testGroups"), i, g)
	{
		json_array_foreach(json_object_get(g, "tests"), j, t)
		{
			struct buf m = from_hex(str(t, "msg"));
			bool ok = holds(str(g, "publicKeyDer"), buf_slice(&m), str(t, "sig"));

			if (!slice_is(str(t, "result"), "acceptable")) {
				cr_assert_eq(ok, slice_is(str(t, "result"), "valid"), "%s: %s",
					     name, str(t, "comment").ptr);
				cases++;
			}
			buf_fini(&m);
		}
	}
	cr_assert_geq(cases, least);
	json_decref(v);
}

Test(verify_crypto, ecdsa_p256_of_wycheproof)
{
	wycheproof("wycheproof/ecdsa_secp256r1_sha256_test", 484);
}

Test(verify_crypto, rsa_of_wycheproof)
{
	wycheproof("wycheproof/rsa_signature_2048_sha256_test", 258);
}

/* ES256 and RS256 are taken; the text's other kinds of keys are not. */
Test(verify_crypto, assertions_of_the_webauthn_text)
{
	json_t *v = vectors("webauthn/test-vectors");
	const json_t *c;
	size_t taken = 0;
	size_t i;
	const json_t *list = json_object_get(v, "cases");

	json_array_foreach(list, i, c)
	{
		const json_t *a = json_object_get(c, "authentication");
		struct buf message = from_hex(str(a, "authenticatorData"));
		struct buf client = from_hex(str(a, "clientDataJSON"));
		struct slice spki =
		    str(json_object_get(c, "derived"), "credential_public_key_spki");
		json_int_t alg = json_integer_value(json_object_get(c, "alg"));
		uint8_t hash[crypto_hash_sha256_BYTES];
		bool ok;

		crypto_hash_sha256(hash, (const uint8_t *)client.ptr, client.len);
		buf_add(&message, (struct slice){(const char *)hash, sizeof hash});
		ok = holds(spki, buf_slice(&message), str(a, "signature"));
		cr_assert_eq(ok, alg == -7 || alg == -257, "%zu: %d", i, (int)alg);
		taken += ok;
		message.ptr[0] ^= 1;
		cr_assert(!holds(spki, buf_slice(&message), str(a, "signature")));
		buf_fini(&message);
		buf_fini(&client);
	}
	cr_assert_eq(taken, 11);
	json_decref(v);
}

/* What libcrypto would write otherwise, or does not take as a whole. */
Test(verify_crypto, a_key_has_one_spelling)
{
	json_t *v = vectors("wycheproof/ecdsa_secp256r1_sha256_test");
	const json_t *g = json_array_get(json_object_get(v, "testGroups"), 0);
	const json_t *t = json_array_get(json_object_get(g, "tests"), 0);
	struct buf m = {0};
	struct buf spki = {0};

	for (size_t i = 1; !slice_is(str(t, "result"), "valid"); i++) {
		t = json_array_get(json_object_get(g, "tests"), i);
		cr_assert(t);
	}
	m = from_hex(str(t, "msg"));
	cr_assert(holds(str(g, "publicKeyDer"), buf_slice(&m), str(t, "sig")));
	buf_add(&spki, str(g, "publicKeyDer"));
	buf_add_str(&spki, "00");
	cr_assert(!holds(buf_slice(&spki), buf_slice(&m), str(t, "sig")));
	cr_assert(!holds((struct slice){"", 0}, buf_slice(&m), str(t, "sig")));
	cr_assert(!holds(str(g, "publicKeyDer"), buf_slice(&m), (struct slice){"", 0}));
	buf_fini(&m);
	buf_fini(&spki);
	json_decref(v);
}

/* Whether a signature with SHA-256 by a fresh key is taken. The key is the function's. */
static bool takes(EVP_PKEY *key)
{
	static const unsigned char message[] = "message";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	unsigned char *spki = NULL;
	size_t len = sizeof sig;
	int spki_len = i2d_PUBKEY(key, &spki);
	bool ok;

	cr_assert(spki_len > 0 && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestSign(ctx, sig, &len, message, sizeof message) == 1);
	ok = verify_assertion(NULL, (struct slice){(const char *)spki, (size_t)spki_len},
			      (struct slice){(const char *)message, sizeof message},
			      (struct slice){(const char *)sig, len});
	OPENSSL_free(spki);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* They hold, but they are none of the two kinds. */
Test(verify_crypto, other_curves_and_short_keys)
{
	cr_assert(takes(EVP_EC_gen("prime256v1")));
	cr_assert(!takes(EVP_EC_gen("secp384r1")));
	cr_assert(!takes(EVP_EC_gen("secp256k1")));
	cr_assert(takes(EVP_RSA_gen(2048)));
	cr_assert(!takes(EVP_RSA_gen(1024)));
}
