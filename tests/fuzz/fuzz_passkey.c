/*
 * The judge of passkeys under libFuzzer. An input is one byte of options, three lengths (of client
 * data, authenticator data and key, two bytes each, highest first), those parts, and behind them
 * the signature. Options: 1 a registration, 2 the key is OURS and, in a registration, stands in the
 * authenticator data, 4 the signature is made here: else nothing new would ever be rightly signed.
 *
 * A second reading, by OpenSSL's parsers and whole expected texts, has to come to the same verdict,
 * both ways. tests/fuzz/run lets no allocation be larger than a few megabytes.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <string.h>

#include "auth/passkey.h"
#include "base/buf.h"
#include "fuzz/fuzz.h"

enum { OPTION_ENROL = 1, OPTION_OURS = 2, OPTION_SIGN = 4, LENGTHS = 6 };

static const char RP[] = "sign.rokusha.test";
static const char STATEMENT[] = "rokusha/sign/v1\n";

/* Of P-256, for nothing but this. */
static const uint8_t PRIVATE[] = {
    0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20, 0xd6, 0x67, 0xaa, 0x65, 0x87, 0xc6, 0x55, 0x47, 0xa3,
    0x4e, 0x7c, 0x79, 0x3b, 0xbe, 0xe0, 0xea, 0xc1, 0x47, 0x61, 0xa2, 0x1a, 0xfe, 0xe6, 0x95, 0xcc,
    0x06, 0xc9, 0x17, 0x25, 0x7f, 0x9c, 0xf9, 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00, 0x04, 0xb7, 0xa6, 0x8e, 0x8b, 0xab, 0xc4, 0x4e,
    0xa1, 0xef, 0x29, 0x39, 0x4c, 0x20, 0x7e, 0x9e, 0xb1, 0xbc, 0xa7, 0xea, 0xa1, 0xa9, 0xf9, 0x11,
    0x3d, 0xf3, 0xbc, 0x56, 0xb7, 0xbd, 0xd3, 0x97, 0xe1, 0x79, 0x1f, 0xd4, 0xf6, 0x7b, 0x48, 0x60,
    0xe2, 0xd7, 0xb9, 0x8e, 0x82, 0xbc, 0xff, 0x62, 0xb7, 0xd5, 0x08, 0x0b, 0xb7, 0x63, 0x9a, 0x5b,
    0x66, 0x7d, 0x34, 0xa1, 0xd4, 0x26, 0x59, 0x89, 0x3c};

static EVP_PKEY *ours;
static uint8_t ours_spki[PASSKEY_SPKI_BYTES];
static size_t ours_spki_len;

static struct slice bytes_of(const void *p, size_t n)
{
	return (struct slice){p, n};
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const unsigned char *p = PRIVATE;
	unsigned char *out = ours_spki;

	(void)argc;
	(void)argv;
	MUST(sodium_init() >= 0, "no random numbers");
	ours = d2i_AutoPrivateKey(NULL, &p, sizeof PRIVATE);
	MUST(ours && i2d_PUBKEY(ours, NULL) <= (int)sizeof ours_spki, "no key");
	ours_spki_len = (size_t)i2d_PUBKEY(ours, &out);
	return 0;
}

/* ---- the second reading ---- */

/* The key; NULL when it is not of the two kinds in their one spelling. */
static EVP_PKEY *key_of(struct slice spki)
{
	const unsigned char *p = (const unsigned char *)spki.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.len);
	unsigned char *again = NULL;
	BIGNUM *e = NULL;
	char curve[32] = "";
	bool ok = false;

	if (key && i2d_PUBKEY(key, &again) == (int)spki.len &&
	    memcmp(again, spki.ptr, spki.len) == 0) {
		if (EVP_PKEY_is_a(key, "EC")) {
			ok = EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 &&
			     strcmp(curve, "prime256v1") == 0 && spki.len == 91 &&
			     spki.ptr[26] == 4;
		} else if (EVP_PKEY_is_a(key, "RSA")) {
			ok = EVP_PKEY_get_bits(key) == 2048 && spki.len == 294 &&
			     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
			     BN_is_word(e, 65537);
		}
	}
	BN_free(e);
	OPENSSL_free(again);
	if (!ok) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static bool client_is_good(struct slice client, const char *type, const uint8_t challenge[32])
{
	char text[64], want[512];
	int n;

	sodium_bin2base64(text, sizeof text, challenge, 32,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	n = snprintf(
	    want, sizeof want,
	    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"https://%s\",\"crossOrigin\":"
	    "false",
	    type, text, RP);
	return client.len <= PASSKEY_CLIENT_BYTES && client.len > (size_t)n &&
	       memcmp(client.ptr, want, (size_t)n) == 0 &&
	       (client.ptr[n] == ',' || client.ptr[n] == '}');
}

/* The first 37 bytes, with exactly these of the flags in `mask`. */
static bool auth_is_good(struct slice auth, unsigned mask, unsigned flags)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)RP, sizeof RP - 1, hash);
	return auth.len >= 37 && memcmp(auth.ptr, hash, sizeof hash) == 0 &&
	       ((uint8_t)auth.ptr[32] & mask) == flags;
}

static void add_signed(struct buf *out, const struct passkey_assertion *a)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)a->client.ptr, a->client.len, hash);
	buf_add(out, a->auth);
	buf_add(out, bytes_of(hash, sizeof hash));
}

static bool sig_is_good(EVP_PKEY *key, const struct passkey_assertion *a)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf text = {0};
	bool ok;

	add_signed(&text, a);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, (const unsigned char *)a->sig.ptr, a->sig.len,
			      (const unsigned char *)text.ptr, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	buf_fini(&text);
	return ok;
}

static void add_cose(struct buf *out, struct slice spki)
{
	if (spki.len == 91) {
		buf_add(out, bytes_of("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10));
		buf_add(out, bytes_of(spki.ptr + 27, 32));
		buf_add(out, bytes_of("\x22\x58\x20", 3));
		buf_add(out, bytes_of(spki.ptr + 59, 32));
	} else {
		buf_add(out, bytes_of("\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00", 11));
		buf_add(out, bytes_of(spki.ptr + 33, 256));
		buf_add(out, bytes_of("\x21\x43\x01\x00\x01", 5));
	}
}

/* Behind the first 37 bytes. */
static bool new_key_is_good(struct slice auth, struct slice spki, struct slice id)
{
	struct buf cose = {0};
	size_t said, end;
	bool ok = false;

	add_cose(&cose, spki);
	if (auth.len > 55) {
		said = (size_t)(uint8_t)auth.ptr[53] * 256 + (uint8_t)auth.ptr[54];
		end = 55 + said + cose.len;
		ok = said >= 1 && said <= 1023 && end <= auth.len &&
		     memcmp(auth.ptr + 55 + said, cose.ptr, cose.len) == 0 &&
		     (end < auth.len) == ((auth.ptr[32] & 0x80) != 0);
		MUST(!id.ptr || (id.ptr == auth.ptr + 55 && id.len == said), "another id");
	}
	buf_fini(&cose);
	return ok;
}

/* ---- the two judgements ---- */

static void check_assertion(struct slice spki, const struct passkey_assertion *a)
{
	unsigned char challenge[SHA256_DIGEST_LENGTH];
	EVP_PKEY *key = key_of(spki);
	enum passkey_fault f = passkey_verify(slice_of(RP), slice_of(STATEMENT), spki, a);
	bool good;

	SHA256((const unsigned char *)STATEMENT, sizeof STATEMENT - 1, challenge);
	good = client_is_good(a->client, "webauthn.get", challenge) && a->auth.len == 37 &&
	       auth_is_good(a->auth, 0xc5, 0x05) && key && a->sig.len <= 256 && a->sig.len > 0 &&
	       sig_is_good(key, a);
	MUST(good == (f == PASSKEY_OK), "an assertion is %s", passkey_fault_name(f));
	EVP_PKEY_free(key);
}

static void check_registration(const struct passkey_registration *r)
{
	static const uint8_t challenge[PASSKEY_CHALLENGE_BYTES] = {0};
	EVP_PKEY *key = key_of(r->spki);
	struct slice id = {NULL, 0};
	enum passkey_fault f = passkey_enrol(slice_of(RP), challenge, r, &id);
	bool good = client_is_good(r->client, "webauthn.create", challenge) &&
		    r->auth.len <= PASSKEY_ENROL_AUTH_BYTES && auth_is_good(r->auth, 0x45, 0x45) &&
		    key && new_key_is_good(r->auth, r->spki, id);

	MUST(good == (f == PASSKEY_OK), "a registration is %s", passkey_fault_name(f));
	EVP_PKEY_free(key);
}

/* ---- an input ---- */

/* A copy of just the size: what is read behind it is seen. Takes it off the front of `s`. */
static struct slice part(struct slice *s, size_t n)
{
	struct slice taken = {NULL, n < s->len ? n : s->len};
	char *copy = malloc(taken.len ? taken.len : 1);

	MUST(copy, "no memory");
	memcpy(copy, s->ptr, taken.len);
	taken.ptr = copy;
	s->ptr += taken.len;
	s->len -= taken.len;
	return taken;
}

static void replace(struct slice *s, struct slice with)
{
	free((char *)s->ptr);
	*s = part(&with, with.len);
}

static void sign(struct passkey_assertion *a)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[128];
	struct buf text = {0};
	size_t n = sizeof sig;

	add_signed(&text, a);
	MUST(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, ours) == 1 &&
		 EVP_DigestSign(ctx, sig, &n, (const unsigned char *)text.ptr, text.len) == 1,
	     "not signed");
	replace(&a->sig, bytes_of(sig, n));
	EVP_MD_CTX_free(ctx);
	buf_fini(&text);
}

/* OURS in the place of as many bytes behind the id. */
static void put_ours(struct slice auth)
{
	struct buf cose = {0};
	size_t at;

	add_cose(&cose, bytes_of(ours_spki, ours_spki_len));
	if (auth.len > 55) {
		at = 55 + (size_t)(uint8_t)auth.ptr[53] * 256 + (uint8_t)auth.ptr[54];
		if (at + cose.len <= auth.len) {
			memcpy((char *)auth.ptr + at, cose.ptr, cose.len);
		}
	}
	buf_fini(&cose);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest, client, auth, spki;
	struct passkey_assertion a;

	if (size < 1 + LENGTHS) {
		return 0;
	}
	rest = bytes_of(data + 1 + LENGTHS, size - 1 - LENGTHS);
	client = part(&rest, (size_t)(data[1] << 8 | data[2]));
	auth = part(&rest, (size_t)(data[3] << 8 | data[4]));
	spki = part(&rest, (size_t)(data[5] << 8 | data[6]));
	a = (struct passkey_assertion){client, auth, part(&rest, rest.len)};
	if (data[0] & OPTION_OURS) {
		replace(&spki, bytes_of(ours_spki, ours_spki_len));
	}
	if (data[0] & OPTION_ENROL) {
		if (data[0] & OPTION_OURS) {
			put_ours(auth);
		}
		check_registration(&(struct passkey_registration){client, auth, spki});
	} else {
		if (data[0] & OPTION_SIGN) {
			sign(&a);
		}
		check_assertion(spki, &a);
	}
	free((char *)client.ptr);
	free((char *)auth.ptr);
	free((char *)spki.ptr);
	free((char *)a.sig.ptr);
	return 0;
}
