/* Registrations: the key the browser names is the one the authenticator made, and no other. */
#include <sys/resource.h>

#include "support/passkey.h"

static const char CREATE[] = "webauthn.create";
static const char ORIGIN[] = "https://sign.rokusha.test";
static const uint8_t CHALLENGE[PASSKEY_CHALLENGE_BYTES] = {1, 2, 3};

static struct token es256, rs256;

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

TestSuite(passkey_enrol, .init = begin, .fini = end);

/* The COSE key, put together from the places of the SPKI. */
static void add_cose(struct buf *out, const struct token *t)
{
	const char *spki = t->spki.ptr;

	if (t->spki.len == 91) {
		buf_add(out, S("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"));
		buf_add(out, bytes_of(spki + 27, 32));
		buf_add(out, S("\x22\x58\x20"));
		buf_add(out, bytes_of(spki + 59, 32));
	} else {
		buf_add(out, S("\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00"));
		buf_add(out, bytes_of(spki + 33, 256));
		buf_add(out, S("\x21\x43\x01\x00\x01"));
	}
}

/* Up to the key: `id` bytes of id, said to be `said`. */
static void add_head(struct buf *out, const char *rp, unsigned flags, size_t id, size_t said)
{
	const uint8_t len[] = {(uint8_t)(said >> 8), (uint8_t)said};

	add_auth(out, rp, flags, 0);
	buf_add(out, S("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	buf_add(out, bytes_of(len, sizeof len));
	for (size_t i = 0; i < id; i++) {
		buf_add(out, bytes_of("i", 1));
	}
}

static enum passkey_fault of_parts(struct slice client, struct slice auth, struct slice spki)
{
	size_t id_len;

	return enrolled(RP, bytes_of(CHALLENGE, sizeof CHALLENGE), client, auth, spki, &id_len);
}

static enum passkey_fault of_auth(struct slice auth, const struct token *t)
{
	struct buf client = {0};
	enum passkey_fault f;

	add_client(&client, CREATE, bytes_of(CHALLENGE, sizeof CHALLENGE), ORIGIN, "false}");
	f = of_parts(buf_slice(&client), auth, buf_slice(&t->spki));
	buf_fini(&client);
	return f;
}

/* Head, the key of `t`, `more`. */
static void auth_is(enum passkey_fault want, const char *rp, unsigned flags, struct slice more)
{
	const struct token *t[] = {&es256, &rs256};

	for (size_t i = 0; i < 2; i++) {
		struct buf auth = {0};

		add_head(&auth, rp, flags, 16, 16);
		add_cose(&auth, t[i]);
		buf_add(&auth, more);
		faults_eq(of_auth(buf_slice(&auth), t[i]), want, rp);
		buf_fini(&auth);
	}
}

static void client_is(enum passkey_fault want, const char *type, const uint8_t *challenge,
		      const char *origin, const char *rest)
{
	struct buf client = {0}, auth = {0};

	add_head(&auth, RP, UP | UV | AT, 16, 16);
	add_cose(&auth, &es256);
	add_client(&client, type, bytes_of(challenge, PASSKEY_CHALLENGE_BYTES), origin, rest);
	faults_eq(of_parts(buf_slice(&client), buf_slice(&auth), buf_slice(&es256.spki)), want,
		  client.ptr);
	buf_fini(&client);
	buf_fini(&auth);
}

Test(passkey_enrol, both_kinds_of_keys)
{
	auth_is(PASSKEY_OK, RP, UP | UV | AT, S(""));
	auth_is(PASSKEY_OK, RP, UP | UV | AT | BE | BS, S(""));
}

Test(passkey_enrol, an_answer_to_this_question_on_this_page)
{
	static const uint8_t other[PASSKEY_CHALLENGE_BYTES] = {1, 2, 4};

	client_is(PASSKEY_OK, CREATE, CHALLENGE, ORIGIN, "false,\"a\":1}");
	client_is(PASSKEY_TYPE, "webauthn.get", CHALLENGE, ORIGIN, "false}");
	client_is(PASSKEY_CHALLENGE, CREATE, other, ORIGIN, "false}");
	client_is(PASSKEY_ORIGIN, CREATE, CHALLENGE, "https://rokusha.test", "false}");
	client_is(PASSKEY_CROSS, CREATE, CHALLENGE, ORIGIN, "true}");
	client_is(PASSKEY_CLIENT, CREATE, CHALLENGE, ORIGIN, "false]");
}

Test(passkey_enrol, of_this_site_by_somebody_there)
{
	auth_is(PASSKEY_RP, "rokusha.test", UP | UV | AT, S(""));
	auth_is(PASSKEY_UP, RP, UV | AT, S(""));
	auth_is(PASSKEY_UV, RP, UP | AT, S(""));
	auth_is(PASSKEY_AT, RP, UP | UV, S(""));
	auth_is(PASSKEY_AT, RP, UP | UV | ED, S("\xa0"));
}

Test(passkey_enrol, extensions_say_nothing_here)
{
	auth_is(PASSKEY_OK, RP, UP | UV | AT | ED,
		S("\xa1\x6b"
		  "credProtect\x03"));
	auth_is(PASSKEY_OK, RP, UP | UV | AT | ED, S("\xa0"));
	auth_is(PASSKEY_OK, RP, UP | UV | AT | ED,
		S("\xa1\x65"
		  "other\xf5"));
	auth_is(PASSKEY_AUTH, RP, UP | UV | AT | ED, S("")); /* announced, and not there */
	auth_is(PASSKEY_AUTH, RP, UP | UV | AT, S("\xa0"));  /* there, and not announced */
}

Test(passkey_enrol, the_key_is_the_one_that_was_made)
{
	struct token another = token_es256();
	struct buf auth = {0};
	size_t cose;

	add_head(&auth, RP, UP | UV | AT, 16, 16);
	cose = auth.len;
	add_cose(&auth, &es256);
	faults_eq(of_auth(buf_slice(&auth), &another), PASSKEY_OTHER, "another P-256");
	faults_eq(of_auth(buf_slice(&auth), &rs256), PASSKEY_OTHER, "an RSA key");
	for (size_t bit = cose * 8; bit < auth.len * 8; bit++) {
		auth.ptr[bit / 8] ^= (char)(1 << bit % 8);
		faults_eq(of_auth(buf_slice(&auth), &es256), PASSKEY_OTHER, "a bit");
		auth.ptr[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t n = cose; n < auth.len; n++) {
		faults_eq(of_auth(bytes_of(auth.ptr, n), &es256), PASSKEY_OTHER, "cut off");
	}
	buf_fini(&auth);
	token_fini(&another);
}

/* WebAuthn 6.5.1.1: canonical form, no optional members. Another form would have to be read first.
 */
Test(passkey_enrol, a_key_has_one_spelling)
{
	static const char x[] = "\x21\x58\x20", y[] = "\x22\x58\x20";
	const char *spki = es256.spki.ptr;
	struct buf auth = {0};
	size_t head;

	add_head(&auth, RP, UP | UV | AT, 16, 16);
	head = auth.len;
	buf_add(&auth, S("\xa5\x01\x02\x03\x26\x20\x01")); /* y before x */
	buf_add(&auth, bytes_of(y, 3));
	buf_add(&auth, bytes_of(spki + 59, 32));
	buf_add(&auth, bytes_of(x, 3));
	buf_add(&auth, bytes_of(spki + 27, 32));
	faults_eq(of_auth(buf_slice(&auth), &es256), PASSKEY_OTHER, "order");
	auth.len = head;
	buf_add(&auth, S("\xbf\x01\x02\x03\x26\x20\x01")); /* of no said length */
	buf_add(&auth, bytes_of(x, 3));
	buf_add(&auth, bytes_of(spki + 27, 32));
	buf_add(&auth, bytes_of(y, 3));
	buf_add(&auth, bytes_of(spki + 59, 32));
	buf_add(&auth, S("\xff"));
	faults_eq(of_auth(buf_slice(&auth), &es256), PASSKEY_OTHER, "length");
	buf_fini(&auth);
}

Test(passkey_enrol, an_id_has_its_length)
{
	static const struct {
		size_t there, said;
		enum passkey_fault want;
	} row[] = {{1, 1, PASSKEY_OK},      {1023, 1023, PASSKEY_OK},
		   {0, 0, PASSKEY_ID},      {1024, 1024, PASSKEY_ID},
		   {16, 65535, PASSKEY_ID}, {16, 15, PASSKEY_OTHER},
		   {16, 17, PASSKEY_OTHER}, {16, 16 + 77 + 1, PASSKEY_AUTH}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf auth = {0};

		add_head(&auth, RP, UP | UV | AT, row[i].there, row[i].said);
		add_cose(&auth, &es256);
		faults_eq(of_auth(buf_slice(&auth), &es256), row[i].want, "id");
		buf_fini(&auth);
	}
}

Test(passkey_enrol, authenticator_data_cut_off_anywhere)
{
	struct buf auth = {0};

	add_head(&auth, RP, UP | UV | AT, 16, 16);
	for (size_t n = 1; n < auth.len; n++) {
		faults_eq(of_auth(bytes_of(auth.ptr, n), &es256), PASSKEY_AUTH, "cut off");
	}
	buf_fini(&auth);
}

Test(passkey_enrol, only_two_kinds_of_keys)
{
	EVP_PKEY *key[] = {EVP_EC_gen("P-384"), EVP_RSA_gen(1024)};

	for (size_t i = 0; i < 2; i++) {
		struct token t = token_of(key[i]);
		struct buf auth = {0};

		add_head(&auth, RP, UP | UV | AT, 16, 16);
		add_cose(&auth, &es256);
		faults_eq(of_auth(buf_slice(&auth), &t), PASSKEY_KEY, "kind");
		buf_fini(&auth);
		token_fini(&t);
	}
}

Test(passkey_enrol, lengths_are_judged_first)
{
	struct buf auth = {0}, client = {0};
	struct slice c, spki = buf_slice(&es256.spki);

	add_client(&client, CREATE, bytes_of(CHALLENGE, sizeof CHALLENGE), ORIGIN, "false}");
	c = buf_slice(&client);
	add_head(&auth, RP, UP | UV | AT | ED, 16, 16);
	add_cose(&auth, &es256);
	while (auth.len < PASSKEY_ENROL_AUTH_BYTES + 1) {
		buf_add(&auth, S("x"));
	}
	faults_eq(of_parts(c, bytes_of(auth.ptr, PASSKEY_ENROL_AUTH_BYTES), spki), PASSKEY_OK,
		  "at the limit");
	faults_eq(of_parts(c, buf_slice(&auth), spki), PASSKEY_LIMIT, "above");
	faults_eq(of_parts(c, bytes_of(auth.ptr, 0), spki), PASSKEY_LIMIT, "nothing");
	faults_eq(of_parts(bytes_of(c.ptr, 0), bytes_of(auth.ptr, 64), spki), PASSKEY_LIMIT,
		  "no client data");
	faults_eq(of_parts(c, bytes_of(auth.ptr, 64), bytes_of(spki.ptr, 0)), PASSKEY_LIMIT,
		  "no key");
	buf_fini(&auth);
	buf_fini(&client);
}

/*
 * An array of 67 million items: libcbor would write a pointer for each before it saw that there are
 * none. Wherever CBOR stands, nothing may be taken for it.
 */
Test(passkey_enrol, no_memory_is_taken_for_what_a_length_claims)
{
	static const char claim[] = "\x9a\x04\x01\x01\x01";
	struct buf auth = {0};
	struct rusage before, after;

	cr_assert(getrusage(RUSAGE_SELF, &before) == 0);
	auth_is(PASSKEY_OK, RP, UP | UV | AT | ED, S("\x9a\x04\x01\x01\x01"));
	add_head(&auth, RP, UP | UV | AT, 16, 16);
	buf_add_str(&auth, claim);
	faults_eq(of_auth(buf_slice(&auth), &es256), PASSKEY_OTHER, "as the key");
	buf_clear(&auth);
	add_head(&auth, RP, UP | UV | AT, 16, 16);
	buf_add(&auth, S("\xa5\x01\x02\x03\x26\x20\x01\x21"));
	buf_add_str(&auth, claim);
	faults_eq(of_auth(buf_slice(&auth), &es256), PASSKEY_OTHER, "in the key");
	cr_assert(getrusage(RUSAGE_SELF, &after) == 0);
	cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 64 * 1024, "kB");
	buf_fini(&auth);
}
