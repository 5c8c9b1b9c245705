#ifndef ROKUSHA_TESTS_SUPPORT_PASSKEY_H
#define ROKUSHA_TESTS_SUPPORT_PASSKEY_H

/*
 * An authenticator in memory, by OpenSSL alone: keys, client data, authenticator data, signatures.
 * Whatever goes to the judge is copied to memory of just that size, so that a byte read behind it
 * is an error of the sanitizer.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "auth/passkey.h"
#include "base/buf.h"

#define S(literal) ((struct slice){literal, sizeof(literal) - 1})

enum { UP = 0x01, UV = 0x04, BE = 0x08, BS = 0x10, AT = 0x40, ED = 0x80 };

static const char RP[] = "sign.rokusha.test";
static const char STATEMENT[] = "rokusha/sign/v1\nsign.rokusha.test/c/00\n2\n";

struct token {
	EVP_PKEY *key;
	struct buf spki;
};

static inline struct slice bytes_of(const void *p, size_t n)
{
	return (struct slice){p, n};
}

static inline void token_fini(struct token *t)
{
	EVP_PKEY_free(t->key);
	buf_fini(&t->spki);
}

/* Takes `key`. */
static inline struct token token_of(EVP_PKEY *key)
{
	struct token t = {.key = key};
	unsigned char *der = NULL;
	int n = key ? i2d_PUBKEY(key, &der) : 0;

	cr_assert(n > 0);
	buf_add(&t.spki, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	return t;
}

static inline struct token token_es256(void)
{
	return token_of(EVP_EC_gen("P-256"));
}

static inline struct token token_rs256(void)
{
	return token_of(EVP_RSA_gen(2048));
}

static inline void add_sha256(struct buf *out, struct slice s)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)s.ptr, s.len, hash);
	buf_add(out, bytes_of(hash, sizeof hash));
}

/* base64url without padding */
static inline void add_b64u(struct buf *out, struct slice s)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < s.len; i += 3) {
		unsigned v = 0;

		for (size_t j = 0; j < 3; j++) {
			v = v << 8 | (i + j < s.len ? (uint8_t)s.ptr[i + j] : 0u);
		}
		for (size_t j = 0; j < 4 && i + j <= s.len; j++) {
			buf_add(out, bytes_of(&digit[v >> (18 - 6 * j) & 63], 1));
		}
	}
}

/* `challenge` is what stands there in base64url. */
static inline void add_client(struct buf *out, const char *type, struct slice challenge,
			      const char *origin, const char *rest)
{
	buf_printf(out, "{\"type\":\"%s\",\"challenge\":\"", type);
	add_b64u(out, challenge);
	buf_printf(out, "\",\"origin\":\"%s\",\"crossOrigin\":%s", origin, rest);
}

static inline void add_auth(struct buf *out, const char *rp, unsigned flags, unsigned count)
{
	const uint8_t tail[] = {(uint8_t)flags, (uint8_t)(count >> 24), (uint8_t)(count >> 16),
				(uint8_t)(count >> 8), (uint8_t)count};

	add_sha256(out, slice_of(rp));
	buf_add(out, bytes_of(tail, sizeof tail));
}

/* authenticatorData, then the hash of clientDataJSON: what is signed. */
static inline void add_signed(struct buf *out, struct slice auth, struct slice client)
{
	buf_add(out, auth);
	add_sha256(out, client);
}

static inline void token_sign(const struct token *t, struct slice auth, struct slice client,
			      struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf text = {0};
	unsigned char out[512];
	size_t n = sizeof out;

	add_signed(&text, auth, client);
	cr_assert(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, t->key) == 1);
	cr_assert(EVP_DigestSign(ctx, out, &n, (const unsigned char *)text.ptr, text.len) == 1);
	buf_add(sig, bytes_of(out, n));
	EVP_MD_CTX_free(ctx);
	buf_fini(&text);
}

/* ---- the judge, on copies of just the size ---- */

static inline char *exact(struct slice *s)
{
	char *copy = malloc(s->len ? s->len : 1);

	cr_assert(copy);
	if (s->len) {
		memcpy(copy, s->ptr, s->len);
	}
	s->ptr = copy;
	return copy;
}

/* `challenge`: of 32 bytes. */
static inline enum passkey_fault judged_for(const char *rp, struct slice challenge,
					    struct slice spki, struct slice client,
					    struct slice auth, struct slice sig)
{
	struct passkey_assertion a = {client, auth, sig};
	char *copy[] = {exact(&challenge), exact(&spki), exact(&a.client), exact(&a.auth),
			exact(&a.sig)};
	enum passkey_fault f;

	cr_assert(challenge.len == PASSKEY_CHALLENGE_BYTES);
	f = passkey_verify_challenge(slice_of(rp), (const uint8_t *)challenge.ptr, spki, &a);
	for (size_t i = 0; i < sizeof copy / sizeof *copy; i++) {
		free(copy[i]);
	}
	return f;
}

static inline enum passkey_fault judged(struct slice spki, struct slice client, struct slice auth,
					struct slice sig)
{
	struct passkey_assertion a = {client, auth, sig};
	struct slice statement = S(STATEMENT);
	char *copy[] = {exact(&statement), exact(&spki), exact(&a.client), exact(&a.auth),
			exact(&a.sig)};
	enum passkey_fault f = passkey_verify(slice_of(RP), statement, spki, &a);

	for (size_t i = 0; i < sizeof copy / sizeof *copy; i++) {
		free(copy[i]);
	}
	return f;
}

/* `*id_len` is the length of the credential's id; SIZE_MAX when there is none. */
static inline enum passkey_fault enrolled(const char *rp, struct slice challenge,
					  struct slice client, struct slice auth, struct slice spki,
					  size_t *id_len)
{
	struct passkey_registration r = {client, auth, spki};
	char *copy[] = {exact(&challenge), exact(&r.client), exact(&r.auth), exact(&r.spki)};
	struct slice id = {NULL, SIZE_MAX};
	enum passkey_fault f;

	cr_assert(challenge.len == PASSKEY_CHALLENGE_BYTES);
	f = passkey_enrol(slice_of(rp), (const uint8_t *)challenge.ptr, &r, &id);
	cr_assert((f == PASSKEY_OK) == (id.ptr != NULL));
	*id_len = id.len;
	for (size_t i = 0; i < sizeof copy / sizeof *copy; i++) {
		free(copy[i]);
	}
	return f;
}

static inline void faults_eq(enum passkey_fault have, enum passkey_fault want, const char *what)
{
	cr_assert(have == want, "%s: %s, not %s", what, passkey_fault_name(have),
		  passkey_fault_name(want));
}

#endif
