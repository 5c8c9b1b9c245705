/* Assertions over statements: what is taken, and each thing that is not, by its reason. */
#include <openssl/ec.h>

#include "support/passkey.h"

static const char ORIGIN[] = "https://sign.rokusha.test";
static struct token es256, rs256;

/* One assertion, and what of it a test makes otherwise. */
struct made {
	struct buf client, auth, sig;
};

static void begin(void)
{
	es256 = token_es256();
	rs256 = token_rs256();
}

static void end(void)
{
	token_fini(&es256);
	token_fini(&rs256);
}

static void made_fini(struct made *m)
{
	buf_fini(&m->client);
	buf_fini(&m->auth);
	buf_fini(&m->sig);
}

/* The statement's hash as the challenge of a whole client data. */
static void add_usual(struct buf *out, const char *type, const char *origin, const char *rest)
{
	struct buf hash = {0};

	add_sha256(&hash, S(STATEMENT));
	add_client(out, type, buf_slice(&hash), origin, rest);
	buf_fini(&hash);
}

static struct made usual(const struct token *t)
{
	struct made m = {{0}, {0}, {0}};

	add_usual(&m.client, "webauthn.get", ORIGIN, "false}");
	add_auth(&m.auth, RP, UP | UV, 7);
	token_sign(t, buf_slice(&m.auth), buf_slice(&m.client), &m.sig);
	return m;
}

static enum passkey_fault judge(const struct token *t, const struct made *m)
{
	return judged(buf_slice(&t->spki), buf_slice(&m->client), buf_slice(&m->auth),
		      buf_slice(&m->sig));
}

/* Rightly signed, whatever it says. */
static enum passkey_fault of_parts(struct slice client, struct slice auth)
{
	struct buf sig = {0};
	enum passkey_fault f;

	token_sign(&es256, auth, client, &sig);
	f = judged(buf_slice(&es256.spki), client, auth, buf_slice(&sig));
	buf_fini(&sig);
	return f;
}

static enum passkey_fault of_client(struct slice client)
{
	struct buf auth = {0};
	enum passkey_fault f;

	add_auth(&auth, RP, UP | UV, 7);
	f = of_parts(client, buf_slice(&auth));
	buf_fini(&auth);
	return f;
}

static enum passkey_fault of_auth(struct slice auth)
{
	struct buf client = {0};
	enum passkey_fault f;

	add_usual(&client, "webauthn.get", ORIGIN, "false}");
	f = of_parts(buf_slice(&client), auth);
	buf_fini(&client);
	return f;
}

static void client_is(enum passkey_fault want, const char *type, const char *origin,
		      const char *rest)
{
	struct buf client = {0};

	add_usual(&client, type, origin, rest);
	faults_eq(of_client(buf_slice(&client)), want, client.ptr);
	buf_fini(&client);
}

static void auth_is(enum passkey_fault want, const char *rp, unsigned flags, const char *more)
{
	struct buf auth = {0};

	add_auth(&auth, rp, flags, 7);
	buf_add_str(&auth, more);
	faults_eq(of_auth(buf_slice(&auth)), want, rp);
	buf_fini(&auth);
}

TestSuite(passkey, .init = begin, .fini = end);

Test(passkey, both_kinds_of_keys_sign)
{
	const struct token *t[] = {&es256, &rs256};

	for (size_t i = 0; i < 2; i++) {
		struct made m = usual(t[i]);

		faults_eq(judge(t[i], &m), PASSKEY_OK, "usual");
		faults_eq(judge(t[1 - i], &m), PASSKEY_SIG, "the key of another");
		made_fini(&m);
	}
}

Test(passkey, what_browsers_add_is_taken)
{
	client_is(
	    PASSKEY_OK, "webauthn.get", ORIGIN,
	    "false,\"other_keys_can_be_added_here\":\"do not compare clientDataJSON against a "
	    "template. See https://goo.gl/yabPex\"}");
	client_is(PASSKEY_OK, "webauthn.get", ORIGIN, "false,\"tokenBinding\":{\"status\":\"x\"}}");
	auth_is(PASSKEY_OK, RP, UP | UV | BE | BS, "");
}

Test(passkey, a_registration_is_no_signature)
{
	client_is(PASSKEY_TYPE, "webauthn.create", ORIGIN, "false}");
	client_is(PASSKEY_TYPE, "payment.get", ORIGIN, "false}");
	client_is(PASSKEY_CLIENT, "webauthn.get2", ORIGIN, "false}");
}

Test(passkey, another_statement_is_not_signed)
{
	struct buf hash = {0}, client = {0};
	struct slice h;

	add_sha256(&hash, S("rokusha/sign/v1\nsign.rokusha.test/c/00\n3\n"));
	add_client(&client, "webauthn.get", buf_slice(&hash), ORIGIN, "false}");
	faults_eq(of_client(buf_slice(&client)), PASSKEY_CHALLENGE, "another");
	buf_clear(&hash);
	add_sha256(&hash, S(STATEMENT));
	for (size_t n = 0; n < hash.len; n++) { /* a part of the right one */
		buf_clear(&client);
		h = bytes_of(hash.ptr, n);
		add_client(&client, "webauthn.get", h, ORIGIN, "false}");
		faults_eq(of_client(buf_slice(&client)), PASSKEY_CHALLENGE, "shorter");
	}
	buf_add_str(&hash, "x");
	buf_clear(&client);
	add_client(&client, "webauthn.get", buf_slice(&hash), ORIGIN, "false}");
	faults_eq(of_client(buf_slice(&client)), PASSKEY_CHALLENGE, "longer");
	buf_fini(&hash);
	buf_fini(&client);
}

Test(passkey, base64_of_the_challenge_has_one_spelling)
{
	struct buf client = {0}, odd = {0};
	char *at;

	add_usual(&client, "webauthn.get", ORIGIN, "false}");
	buf_add(&client, S("\0"));
	at = strstr(client.ptr, "\",\"origin");
	cr_assert(at);
	buf_add(&odd, bytes_of(client.ptr, (size_t)(at - client.ptr)));
	buf_add_str(&odd, "=");
	buf_add_str(&odd, at);
	faults_eq(of_client(buf_slice(&odd)), PASSKEY_CHALLENGE, "padded");
	at[-1]++; /* the unused bits of the last digit: of the same bytes, to a careless reader */
	faults_eq(of_client(bytes_of(client.ptr, client.len - 1)), PASSKEY_CHALLENGE, "bits left");
	buf_fini(&client);
	buf_fini(&odd);
}

Test(passkey, another_page_is_not_ours)
{
	static const char *const other[] = {
	    "http://sign.rokusha.test",
	    "https://sign.rokusha.test:8443",
	    "https://sign.rokusha.test/",
	    "https://sign.rokusha.test.evil.example",
	    "https://evil.sign.rokusha.test",
	    "https://rokusha.test",
	    "https://sign.rokusha.tes",
	    "https://Sign.rokusha.test",
	    "https://sign.rokusha.test\\u0000",
	    "HTTPS://sign.rokusha.test",
	    "https://evil.example/https://sign.rokusha.test",
	    "android:apk-key-hash:AAAA",
	    "null",
	    "",
	};

	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		client_is(PASSKEY_ORIGIN, "webauthn.get", other[i], "false}");
	}
}

Test(passkey, a_frame_in_a_foreign_page_does_not_sign)
{
	client_is(PASSKEY_CROSS, "webauthn.get", ORIGIN, "true}");
	client_is(PASSKEY_CROSS, "webauthn.get", ORIGIN, "true,\"topOrigin\":\"https://x.test\"}");
	client_is(PASSKEY_CROSS, "webauthn.get", ORIGIN, "\"false\"}");
	client_is(PASSKEY_CLIENT, "webauthn.get", ORIGIN, "falsely}");
	client_is(PASSKEY_CLIENT, "webauthn.get", ORIGIN, "false }");
	client_is(PASSKEY_CLIENT, "webauthn.get", ORIGIN, "false");
}

Test(passkey, client_data_begins_with_these_bytes)
{
	struct buf client = {0}, odd = {0};
	static const struct {
		const char *from, *to;
	} other[] = {
	    {"{\"type\"", " {\"type\""},
	    {"{\"type\"", "\xef\xbb\xbf{\"type\""},
	    {"{\"type\"", "{ \"type\""},
	    {"{\"type\"", "{\"a\":1,\"type\""},
	    {"{\"type\"", "{\"typ\\u0065\""},
	    {",\"challenge\":", ",\"a\":1,\"challenge\":"},
	    {",\"challenge\":", ", \"challenge\":"},
	    {",\"origin\":", ",\"topOrigin\":"},
	    {",\"crossOrigin\":", ",\"topOrigin\":\"\",\"crossOrigin\":"},
	    {",\"crossOrigin\":", "}"},
	};

	add_usual(&client, "webauthn.get", ORIGIN, "false}");
	buf_add(&client, S("\0"));
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		const char *at = strstr(client.ptr, other[i].from);

		cr_assert(at);
		buf_clear(&odd);
		buf_add(&odd, bytes_of(client.ptr, (size_t)(at - client.ptr)));
		buf_add_str(&odd, other[i].to);
		buf_add_str(&odd, at + strlen(other[i].from));
		faults_eq(of_client(buf_slice(&odd)), PASSKEY_CLIENT, other[i].to);
	}
	for (size_t n = 1; n < client.len - 1; n++) { /* cut off anywhere */
		cr_assert(of_client(bytes_of(client.ptr, n)) != PASSKEY_OK, "%zu", n);
	}
	buf_fini(&client);
	buf_fini(&odd);
}

Test(passkey, somebody_is_there_and_is_recognised)
{
	auth_is(PASSKEY_UP, RP, UV, "");
	auth_is(PASSKEY_UV, RP, UP, "");
	auth_is(PASSKEY_UP, RP, 0, "");
	auth_is(PASSKEY_UP, RP, 0xff & ~(unsigned)UP, "");
	auth_is(PASSKEY_UV, RP, 0x3b, ""); /* all but UV, AT, ED */
}

Test(passkey, another_site_is_not_ours)
{
	auth_is(PASSKEY_RP, "rokusha.test", UP | UV, "");
	auth_is(PASSKEY_RP, "https://sign.rokusha.test", UP | UV, "");
	auth_is(PASSKEY_RP, "", UP | UV, "");
}

Test(passkey, authenticator_data_has_its_37_bytes)
{
	struct buf auth = {0};

	add_auth(&auth, RP, UP | UV, 7);
	for (size_t n = 0; n < auth.len; n++) {
		faults_eq(of_auth(bytes_of(auth.ptr, n)), PASSKEY_AUTH, "short");
	}
	auth_is(PASSKEY_AUTH, RP, UP | UV, "x");
	auth_is(PASSKEY_AUTH, RP, UP | UV | ED, "");
	auth_is(PASSKEY_AUTH, RP, UP | UV | AT, "");
	auth_is(PASSKEY_AUTH, RP, UP | UV | ED, "\xa0"); /* no extension is asked for */
	auth_is(PASSKEY_AUTH, RP, UP | UV | ED, "\x9a\x04\x01\x01\x01");
	buf_fini(&auth);
}

Test(passkey, no_bit_of_a_signature_can_be_changed)
{
	const struct token *t[] = {&es256, &rs256};

	for (size_t i = 0; i < 2; i++) {
		struct made m = usual(t[i]);
		struct buf *part[] = {&m.client, &m.auth, &m.sig};

		for (size_t p = 0; p < 3; p++) {
			for (size_t bit = 0; bit < part[p]->len * 8; bit++) {
				part[p]->ptr[bit / 8] ^= (char)(1 << bit % 8);
				cr_assert(judge(t[i], &m) != PASSKEY_OK, "%zu %zu", p, bit);
				part[p]->ptr[bit / 8] ^= (char)(1 << bit % 8);
			}
		}
		faults_eq(judge(t[i], &m), PASSKEY_OK, "as it was");
		made_fini(&m);
	}
}

Test(passkey, what_no_rule_reads_is_signed_too)
{
	struct made m = usual(&es256);

	m.auth.ptr[36]++; /* the counter */
	faults_eq(judge(&es256, &m), PASSKEY_SIG, "counter");
	m.auth.ptr[36]--;
	m.auth.ptr[32] |= BS | BE;
	faults_eq(judge(&es256, &m), PASSKEY_SIG, "flags");
	m.auth.ptr[32] = UP | UV;
	m.client.len--;
	buf_add_str(&m.client, ",\"a\":1}");
	faults_eq(judge(&es256, &m), PASSKEY_SIG, "behind crossOrigin");
	made_fini(&m);
}

Test(passkey, lengths_are_judged_first)
{
	struct made m = usual(&es256);
	struct slice client = buf_slice(&m.client), auth = buf_slice(&m.auth);
	struct slice sig = buf_slice(&m.sig), spki = buf_slice(&es256.spki);
	struct buf big = {0};

	faults_eq(judged(spki, client, auth, bytes_of(sig.ptr, 0)), PASSKEY_LIMIT, "no signature");
	faults_eq(judged(spki, bytes_of(client.ptr, 0), auth, sig), PASSKEY_LIMIT, "no client");
	faults_eq(judged(bytes_of(spki.ptr, 0), client, auth, sig), PASSKEY_LIMIT, "no key");
	buf_grow(&big, PASSKEY_CLIENT_BYTES + 1);
	memset(big.ptr, ' ', PASSKEY_CLIENT_BYTES + 1);
	memcpy(big.ptr, client.ptr, client.len - 1);
	big.ptr[client.len - 1] = ',';
	faults_eq(of_client(bytes_of(big.ptr, PASSKEY_CLIENT_BYTES)), PASSKEY_OK, "at the limit");
	faults_eq(of_client(bytes_of(big.ptr, PASSKEY_CLIENT_BYTES + 1)), PASSKEY_LIMIT, "above");
	memset(big.ptr, 0x30, PASSKEY_CLIENT_BYTES);
	faults_eq(judged(spki, client, auth, bytes_of(big.ptr, PASSKEY_SIG_BYTES)), PASSKEY_SIG,
		  "a signature at the limit");
	faults_eq(judged(spki, client, auth, bytes_of(big.ptr, PASSKEY_SIG_BYTES + 1)),
		  PASSKEY_LIMIT, "a signature above");
	faults_eq(judged(bytes_of(big.ptr, PASSKEY_SPKI_BYTES), client, auth, sig), PASSKEY_KEY,
		  "a key at the limit");
	faults_eq(judged(bytes_of(big.ptr, PASSKEY_SPKI_BYTES + 1), client, auth, sig),
		  PASSKEY_LIMIT, "a key above");
	made_fini(&m);
	buf_fini(&big);
}

/* ---- keys ---- */

/* Takes `key`: signs with it. */
static void key_is(enum passkey_fault want, EVP_PKEY *key, const char *what)
{
	struct token t = token_of(key);
	struct made m = usual(&t);

	faults_eq(judge(&t, &m), want, what);
	made_fini(&m);
	token_fini(&t);
}

Test(passkey, only_two_kinds_of_keys)
{
	key_is(PASSKEY_KEY, EVP_EC_gen("P-384"), "P-384");
	key_is(PASSKEY_KEY, EVP_EC_gen("secp256k1"), "another curve of 256 bits");
	key_is(PASSKEY_KEY, EVP_RSA_gen(1024), "RSA-1024");
	key_is(PASSKEY_LIMIT, EVP_RSA_gen(3072), "RSA-3072");
}

Test(passkey, every_byte_of_a_key_counts)
{
	const struct token *t[] = {&es256, &rs256};
	const size_t head[] = {27, 33};

	for (size_t i = 0; i < 2; i++) {
		struct made m = usual(t[i]);
		struct buf spki = {0};

		buf_add(&spki, buf_slice(&t[i]->spki));
		for (size_t bit = 0; bit < spki.len * 8; bit++) {
			enum passkey_fault f;

			spki.ptr[bit / 8] ^= (char)(1 << bit % 8);
			f = judged(buf_slice(&spki), buf_slice(&m.client), buf_slice(&m.auth),
				   buf_slice(&m.sig));
			spki.ptr[bit / 8] ^= (char)(1 << bit % 8);
			cr_assert(f == PASSKEY_KEY || (f == PASSKEY_SIG && bit / 8 >= head[i]),
				  "%zu: %s", bit, passkey_fault_name(f));
			/* no point of the curve has this x and another y */
			cr_assert(i == 1 || f == PASSKEY_KEY, "%zu", bit);
		}
		for (size_t n = 1; n < spki.len; n++) {
			faults_eq(judged(bytes_of(spki.ptr, n), buf_slice(&m.client),
					 buf_slice(&m.auth), buf_slice(&m.sig)),
				  PASSKEY_KEY, "cut off");
		}
		buf_fini(&spki);
		made_fini(&m);
	}
}

/* ---- names ---- */

Test(passkey, names_of_sites)
{
	static const char *const good[] = {"localhost", "sign.rokusha.test", "a",
					   "1.2",       "a--b.c-d",          "xn--rk-jia.example"};
	static const char *const bad[] = {"",    ".",    "a.",   ".a",   "a..b",      "-a",
					  "a-",  "a.-b", "a-.b", "A.b",  "a_b",       "a b",
					  "a/b", "a:1",  "\"",   "a\\b", "六.example"};
	char longest[PASSKEY_RP_BYTES + 1];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_assert(passkey_rp_is_valid(slice_of(good[i])), "%s", good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert(!passkey_rp_is_valid(slice_of(bad[i])), "%s", bad[i]);
	}
	cr_assert(!passkey_rp_is_valid(S("a\0b")));
	memset(longest, 'a', sizeof longest);
	cr_assert(passkey_rp_is_valid(bytes_of(longest, PASSKEY_RP_BYTES)));
	cr_assert(!passkey_rp_is_valid(bytes_of(longest, PASSKEY_RP_BYTES + 1)));
}

Test(passkey, the_signing_page_is_beside_its_host)
{
	static const char *const bad[] = {"http://rokusha.example",
					  "https://rokusha.example:8443",
					  "https://",
					  "https:///",
					  "https://[::1]",
					  "https://Rokusha.example",
					  "https://a..b",
					  "rokusha.example",
					  ""};
	char longest[8 + PASSKEY_RP_BYTES];
	struct buf out = {0};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert(!passkey_rp_of(slice_of(bad[i]), &out), "%s", bad[i]);
	}
	cr_assert_eq(out.len, 0);
	cr_assert(passkey_rp_of(slice_of("https://rokusha.example"), &out));
	cr_assert(slice_is(buf_slice(&out), "sign.rokusha.example"));
	buf_clear(&out);
	cr_assert(passkey_rp_of(slice_of("https://rokusha.example/"), &out));
	cr_assert(slice_is(buf_slice(&out), "sign.rokusha.example"));
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "https://", 8);
	buf_clear(&out);
	cr_assert(passkey_rp_of(bytes_of(longest, 8 + PASSKEY_RP_BYTES - 5), &out));
	cr_assert_eq(out.len, PASSKEY_RP_BYTES);
	buf_clear(&out);
	cr_assert(!passkey_rp_of(bytes_of(longest, 8 + PASSKEY_RP_BYTES - 4), &out));
	buf_fini(&out);
}

Test(passkey, every_reason_has_a_name_of_its_own)
{
	for (int i = 0; i < PASSKEY_FAULT_COUNT; i++) {
		cr_assert(strlen(passkey_fault_text((enum passkey_fault)i)) > 0);
		for (int j = 0; j < i; j++) {
			cr_assert_str_neq(passkey_fault_name((enum passkey_fault)i),
					  passkey_fault_name((enum passkey_fault)j));
		}
	}
}
