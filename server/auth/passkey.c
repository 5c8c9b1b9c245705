#include "auth/passkey.h"

#include <assert.h>
#include <fido.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>

/*
 * libfido2 reads the COSE key and extensions with libcbor, and libcbor writes as many pointers as
 * an array says it has items: five bytes take 32 GB. So libfido2 is shown no CBOR that was not held
 * to be exactly what it has to be before:
 *  - a registration's key must be, byte for byte, the COSE key of the SPKI that came with it.
 *    WebAuthn gives it one spelling (CTAP2 canonical form, no member but the needed ones);
 *  - extensions behind it are cut off. Chromium asks security keys for credProtect by itself;
 *    nothing signs them, and nothing here depends on them;
 *  - an assertion must have none: this page asks for none.
 */

enum {
	FLAG_UP = 0x01,
	FLAG_UV = 0x04,
	FLAG_AT = 0x40,
	FLAG_ED = 0x80,
	HASH_BYTES = crypto_hash_sha256_BYTES,
	FLAGS_AT = HASH_BYTES,
	ID_LEN_AT = PASSKEY_AUTH_BYTES + 16, /* behind the AAGUID */
	ID_AT = ID_LEN_AT + 2,
	B64U_CHARS = 43, /* of 32 bytes */
	COORDINATE_BYTES = 32,
	MODULUS_BYTES = 256,
	RAW_KEY_BYTES = MODULUS_BYTES + 3,
	COSE_KEY_BYTES = 11 + MODULUS_BYTES + 5,
};

_Static_assert(PASSKEY_CHALLENGE_BYTES == crypto_hash_sha256_BYTES,
	       "a challenge is as long as a hash");

#define BYTES(array) ((struct slice){(const char *)(array), sizeof(array)})
#define LITERAL(text) ((struct slice){text, sizeof(text) - 1})

/* RFC 5480: P-256, a point without compression. */
static const uint8_t ES256_SPKI[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
/* RFC 8017: a modulus of 257 bytes, the first of them 0. */
static const uint8_t RS256_SPKI[] = {0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a,
				     0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
				     0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01,
				     0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
static const uint8_t RS256_SPKI_END[] = {0x02, 0x03, 0x01, 0x00, 0x01};
/* RFC 9052, 9053, 8812. {1: 2, 3: -7, -1: 1, -2: x, -3: y} and {1: 3, 3: -257, -1: n, -2: 65537} */
static const uint8_t ES256_COSE_X[] = {0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20};
static const uint8_t ES256_COSE_Y[] = {0x22, 0x58, 0x20};
static const uint8_t RS256_COSE_N[] = {0xa4, 0x01, 0x03, 0x03, 0x39, 0x01,
				       0x00, 0x20, 0x59, 0x01, 0x00};
static const uint8_t RS256_COSE_E[] = {0x21, 0x43, 0x01, 0x00, 0x01};

const char *passkey_fault_name(enum passkey_fault f)
{
	static const char *const name[] = {
#define X(NAME, name, TEXT) name,
	    PASSKEY_ROWS(X)
#undef X
	};
	assert(f < PASSKEY_FAULT_COUNT);
	return name[f];
}

const char *passkey_fault_text(enum passkey_fault f)
{
	static const char *const text[] = {
#define X(NAME, name, TEXT) TEXT,
	    PASSKEY_ROWS(X)
#undef X
	};
	assert(f < PASSKEY_FAULT_COUNT);
	return text[f];
}

bool passkey_rp_is_valid(struct slice rp)
{
	char before = '.';

	for (size_t i = 0; i < rp.len; i++) {
		char c = rp.ptr[i];
		bool is_inner = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!is_inner && (before == '.' || (c != '-' && (c != '.' || before == '-')))) {
			return false;
		}
		before = c;
	}
	return rp.len > 0 && rp.len <= PASSKEY_RP_BYTES && before != '.' && before != '-';
}

bool passkey_rp_of(struct slice url, struct buf *out)
{
	static const char before[] = "sign.";
	struct slice rest = url;
	char name[PASSKEY_RP_BYTES + 1];
	struct slice rp = {name, 0};

	if (!slice_begins(rest, "https://")) {
		return false;
	}
	rest.ptr += strlen("https://");
	rest.len -= strlen("https://");
	if (rest.len && rest.ptr[rest.len - 1] == '/') {
		rest.len--;
	}
	if (rest.len == 0 || strlen(before) + rest.len > PASSKEY_RP_BYTES) {
		return false;
	}
	memcpy(name, before, strlen(before));
	memcpy(name + strlen(before), rest.ptr, rest.len);
	rp.len = strlen(before) + rest.len;
	if (!passkey_rp_is_valid(rp)) {
		return false;
	}
	buf_add(out, rp);
	return true;
}

/* ---- what the browser says ---- */

/* Takes `what` off the front of `s`. */
static bool eat(struct slice *s, struct slice what)
{
	if (s->len < what.len || memcmp(s->ptr, what.ptr, what.len) != 0) {
		return false;
	}
	s->ptr += what.len;
	s->len -= what.len;
	return true;
}

/*
 * WebAuthn's limited verification: these members first, in this order, in these bytes. Whatever
 * comes behind them is covered by the signature and means nothing here.
 */
static enum passkey_fault judge_client(struct slice rest, struct slice type,
				       const uint8_t challenge[HASH_BYTES], struct slice rp)
{
	char text[B64U_CHARS + 1];

	sodium_bin2base64(text, sizeof text, challenge, HASH_BYTES,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	if (!eat(&rest, LITERAL("{\"type\":\""))) {
		return PASSKEY_CLIENT;
	}
	if (!eat(&rest, type)) {
		return PASSKEY_TYPE;
	}
	if (!eat(&rest, LITERAL("\",\"challenge\":\""))) {
		return PASSKEY_CLIENT;
	}
	if (!eat(&rest, slice_of(text)) || !slice_begins(rest, "\"")) {
		return PASSKEY_CHALLENGE;
	}
	if (!eat(&rest, LITERAL("\",\"origin\":\""))) {
		return PASSKEY_CLIENT;
	}
	if (!eat(&rest, LITERAL("https://")) || !eat(&rest, rp) || !slice_begins(rest, "\"")) {
		return PASSKEY_ORIGIN;
	}
	if (!eat(&rest, LITERAL("\",\"crossOrigin\":"))) {
		return PASSKEY_CLIENT;
	}
	if (!eat(&rest, LITERAL("false"))) {
		return PASSKEY_CROSS;
	}
	return slice_begins(rest, ",") || slice_begins(rest, "}") ? PASSKEY_OK : PASSKEY_CLIENT;
}

/* ---- what the authenticator says ---- */

static uint8_t flags_of(struct slice auth)
{
	return (uint8_t)auth.ptr[FLAGS_AT];
}

/* What registrations and assertions begin with. */
static enum passkey_fault judge_auth(struct slice auth, struct slice rp)
{
	uint8_t hash[HASH_BYTES];

	if (auth.len < PASSKEY_AUTH_BYTES) {
		return PASSKEY_AUTH;
	}
	(void)crypto_hash_sha256(hash, (const unsigned char *)rp.ptr, rp.len);
	if (memcmp(auth.ptr, hash, HASH_BYTES) != 0) {
		return PASSKEY_RP;
	}
	if (!(flags_of(auth) & FLAG_UP)) {
		return PASSKEY_UP;
	}
	return flags_of(auth) & FLAG_UV ? PASSKEY_OK : PASSKEY_UV;
}

/* ---- keys ---- */

struct key {
	int alg; /* COSE_ES256 or COSE_RS256 */
	es256_pk_t *es256;
	rs256_pk_t *rs256;
	uint8_t raw[RAW_KEY_BYTES]; /* as libfido2 has it: x, y or n, e */
	size_t raw_len;
	uint8_t cose[COSE_KEY_BYTES];
	size_t cose_len;
};

static void key_fini(struct key *k)
{
	es256_pk_free(&k->es256);
	rs256_pk_free(&k->rs256);
}

static void add_cose(struct key *k, struct slice bytes)
{
	assert(bytes.len <= sizeof k->cose - k->cose_len);
	memcpy(k->cose + k->cose_len, bytes.ptr, bytes.len);
	k->cose_len += bytes.len;
}

/* False also when the point is not on the curve. */
static bool read_es256(struct slice spki, struct key *k)
{
	struct slice point = spki;
	struct slice x, y;

	if (!eat(&point, BYTES(ES256_SPKI)) || point.len != (size_t)2 * COORDINATE_BYTES) {
		return false;
	}
	x = (struct slice){point.ptr, COORDINATE_BYTES};
	y = (struct slice){point.ptr + COORDINATE_BYTES, COORDINATE_BYTES};
	k->alg = COSE_ES256;
	add_cose(k, BYTES(ES256_COSE_X));
	add_cose(k, x);
	add_cose(k, BYTES(ES256_COSE_Y));
	add_cose(k, y);
	k->raw_len = point.len;
	memcpy(k->raw, point.ptr, point.len);
	k->es256 = es256_pk_new();
	return k->es256 && es256_pk_from_ptr(k->es256, k->raw, k->raw_len) == FIDO_OK;
}

static bool read_rs256(struct slice spki, struct key *k)
{
	struct slice n, rest = spki;

	if (!eat(&rest, BYTES(RS256_SPKI)) || rest.len != MODULUS_BYTES + sizeof RS256_SPKI_END) {
		return false;
	}
	n = (struct slice){rest.ptr, MODULUS_BYTES};
	rest.ptr += n.len;
	rest.len -= n.len;
	if (!((uint8_t)n.ptr[0] & 0x80) || !slice_eq(rest, BYTES(RS256_SPKI_END))) {
		return false;
	}
	k->alg = COSE_RS256;
	add_cose(k, BYTES(RS256_COSE_N));
	add_cose(k, n);
	add_cose(k, BYTES(RS256_COSE_E));
	k->raw_len = sizeof k->raw;
	memcpy(k->raw, n.ptr, n.len);
	memcpy(k->raw + n.len, RS256_SPKI_END + 2, sizeof k->raw - n.len);
	k->rs256 = rs256_pk_new();
	return k->rs256 && rs256_pk_from_ptr(k->rs256, k->raw, k->raw_len) == FIDO_OK;
}

/* `*k` is zero before; key_fini() it, whatever this answers. */
static bool key_read(struct slice spki, struct key *k)
{
	return read_es256(spki, k) || read_rs256(spki, k);
}

/* ---- an assertion ---- */

static bool sig_holds(struct slice rp, const struct key *k, const struct passkey_assertion *a)
{
	fido_assert_t *f = fido_assert_new();
	char id[PASSKEY_RP_BYTES + 1] = "";
	uint8_t hash[HASH_BYTES];
	bool ok;

	memcpy(id, rp.ptr, rp.len);
	(void)crypto_hash_sha256(hash, (const unsigned char *)a->client.ptr, a->client.len);
	ok = f && fido_assert_set_rp(f, id) == FIDO_OK &&
	     fido_assert_set_clientdata_hash(f, hash, sizeof hash) == FIDO_OK &&
	     fido_assert_set_up(f, FIDO_OPT_TRUE) == FIDO_OK &&
	     fido_assert_set_uv(f, FIDO_OPT_TRUE) == FIDO_OK &&
	     fido_assert_set_count(f, 1) == FIDO_OK &&
	     fido_assert_set_authdata_raw(f, 0, (const unsigned char *)a->auth.ptr, a->auth.len) ==
		 FIDO_OK &&
	     fido_assert_set_sig(f, 0, (const unsigned char *)a->sig.ptr, a->sig.len) == FIDO_OK &&
	     fido_assert_verify(f, 0, k->alg,
				k->es256 ? (const void *)k->es256 : (const void *)k->rs256) ==
		 FIDO_OK;
	fido_assert_free(&f);
	return ok;
}

static bool is_within(struct slice s, size_t max)
{
	return s.len > 0 && s.len <= max;
}

enum passkey_fault passkey_verify_challenge(struct slice rp,
					    const uint8_t challenge[PASSKEY_CHALLENGE_BYTES],
					    struct slice spki, const struct passkey_assertion *a)
{
	struct key k = {0};
	enum passkey_fault f;

	assert(passkey_rp_is_valid(rp));
	if (!is_within(a->client, PASSKEY_CLIENT_BYTES) || !is_within(a->sig, PASSKEY_SIG_BYTES) ||
	    !is_within(spki, PASSKEY_SPKI_BYTES)) {
		return PASSKEY_LIMIT;
	}
	f = judge_client(a->client, LITERAL("webauthn.get"), challenge, rp);
	if (f == PASSKEY_OK && a->auth.len != PASSKEY_AUTH_BYTES) {
		f = PASSKEY_AUTH;
	}
	if (f == PASSKEY_OK) {
		f = judge_auth(a->auth, rp);
	}
	if (f == PASSKEY_OK && flags_of(a->auth) & (FLAG_AT | FLAG_ED)) {
		f = PASSKEY_AUTH; /* announced, and not there */
	}
	if (f == PASSKEY_OK && !key_read(spki, &k)) {
		f = PASSKEY_KEY;
	}
	if (f == PASSKEY_OK && !sig_holds(rp, &k, a)) {
		f = PASSKEY_SIG;
	}
	key_fini(&k);
	return f;
}

enum passkey_fault passkey_verify(struct slice rp, struct slice statement, struct slice spki,
				  const struct passkey_assertion *a)
{
	uint8_t challenge[HASH_BYTES];

	assert(statement.len > 0);
	(void)crypto_hash_sha256(challenge, (const unsigned char *)statement.ptr, statement.len);
	return passkey_verify_challenge(rp, challenge, spki, a);
}

/* ---- a registration ---- */

/* libfido2's reading of it: this credential, with this key. `auth` ends with the key. */
static bool fido_reads(struct slice auth, struct slice id, const struct key *k)
{
	uint8_t bytes[ID_AT + PASSKEY_ID_BYTES + COSE_KEY_BYTES];
	fido_cred_t *c = fido_cred_new();
	struct slice its_id, its_key;
	bool ok;

	assert(auth.len <= sizeof bytes);
	memcpy(bytes, auth.ptr, auth.len);
	bytes[FLAGS_AT] &= (uint8_t)~FLAG_ED;
	ok = c && fido_cred_set_type(c, k->alg) == FIDO_OK &&
	     fido_cred_set_authdata_raw(c, bytes, auth.len) == FIDO_OK;
	if (ok) {
		its_id = (struct slice){(const char *)fido_cred_id_ptr(c), fido_cred_id_len(c)};
		its_key =
		    (struct slice){(const char *)fido_cred_pubkey_ptr(c), fido_cred_pubkey_len(c)};
		ok = slice_eq(its_id, id) &&
		     slice_eq(its_key, (struct slice){(const char *)k->raw, k->raw_len});
	}
	fido_cred_free(&c);
	return ok;
}

/* Behind its first 37 bytes: AAGUID, length of the id, id, key, and extensions if any. */
static enum passkey_fault judge_new_key(struct slice auth, struct slice spki, struct slice *id)
{
	struct key k = {0};
	struct slice rest, new_id;
	enum passkey_fault f = PASSKEY_OK;

	if (auth.len < ID_AT) {
		return PASSKEY_AUTH;
	}
	new_id = (struct slice){auth.ptr + ID_AT, (size_t)((uint8_t)auth.ptr[ID_LEN_AT] << 8 |
							   (uint8_t)auth.ptr[ID_LEN_AT + 1])};
	if (!is_within(new_id, PASSKEY_ID_BYTES)) {
		return PASSKEY_ID;
	}
	rest = (struct slice){new_id.ptr, auth.len - ID_AT};
	if (rest.len < new_id.len) {
		return PASSKEY_AUTH;
	}
	rest.ptr += new_id.len;
	rest.len -= new_id.len;
	if (!key_read(spki, &k)) {
		f = PASSKEY_KEY;
	} else if (!eat(&rest, (struct slice){(const char *)k.cose, k.cose_len})) {
		f = PASSKEY_OTHER;
	} else if ((rest.len > 0) != ((flags_of(auth) & FLAG_ED) != 0) ||
		   !fido_reads((struct slice){auth.ptr, auth.len - rest.len}, new_id, &k)) {
		f = PASSKEY_AUTH;
	} else {
		*id = new_id;
	}
	key_fini(&k);
	return f;
}

enum passkey_fault passkey_enrol(struct slice rp, const uint8_t challenge[PASSKEY_CHALLENGE_BYTES],
				 const struct passkey_registration *r, struct slice *id)
{
	enum passkey_fault f;

	assert(passkey_rp_is_valid(rp));
	if (!is_within(r->client, PASSKEY_CLIENT_BYTES) ||
	    !is_within(r->auth, PASSKEY_ENROL_AUTH_BYTES) ||
	    !is_within(r->spki, PASSKEY_SPKI_BYTES)) {
		return PASSKEY_LIMIT;
	}
	f = judge_client(r->client, LITERAL("webauthn.create"), challenge, rp);
	if (f == PASSKEY_OK) {
		f = judge_auth(r->auth, rp);
	}
	if (f == PASSKEY_OK && !(flags_of(r->auth) & FLAG_AT)) {
		f = PASSKEY_AT;
	}
	return f == PASSKEY_OK ? judge_new_key(r->auth, r->spki, id) : f;
}
