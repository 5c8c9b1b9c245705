#ifndef ROKUSHA_AUTH_PASSKEY_H
#define ROKUSHA_AUTH_PASSKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * What a browser answers when somebody makes or uses a passkey, judged (WebAuthn level 3; the rules
 * of schema/minutes.md, section 4). Pure: no device is asked, nothing is kept, nobody is looked up.
 *
 * `rp` is the host whose page signs; its origin is https://RP and nothing else. Keys are SPKI in
 * DER, as getPublicKey() gives them: P-256 (signatures ES256, in DER) or RSA of 2,048 bits with the
 * exponent 65537 (RS256), each in the one spelling DER has.
 *
 * All is measured before anything is read, and nothing that is taken depends on what a length in it
 * claims. In some places this is narrower than WebAuthn; see passkey.c.
 */
enum {
	PASSKEY_RP_BYTES = 253,          /* of a host's name */
	PASSKEY_CHALLENGE_BYTES = 32,    /* of an enrolment */
	PASSKEY_CLIENT_BYTES = 2048,     /* clientDataJSON: RP, challenge, and what browsers add */
	PASSKEY_AUTH_BYTES = 37,         /* authenticatorData of an assertion, exactly */
	PASSKEY_ENROL_AUTH_BYTES = 2048, /* authenticatorData of a registration */
	PASSKEY_ID_BYTES = 1023,         /* of a credential's id: what WebAuthn allows */
	PASSKEY_SPKI_BYTES = 294,        /* RSA; P-256 has 91 */
	PASSKEY_SIG_BYTES = 256
};

/* Why not: where there are several reasons, the one that was looked at first. Safe to show. */
#define PASSKEY_ROWS(X)                                                                            \
	X(OK, "ok", "ok")                                                                          \
	X(LIMIT, "limit", "empty or too long")                                                     \
	X(CLIENT, "client", "client data not as browsers write it")                                \
	X(TYPE, "type", "client data of another act")                                              \
	X(CHALLENGE, "challenge", "made for another text")                                         \
	X(ORIGIN, "origin", "made on another page")                                                \
	X(CROSS, "cross", "made in a frame of another site")                                       \
	X(AUTH, "auth", "authenticator data not of its form")                                      \
	X(RP, "rp", "made for another site")                                                       \
	X(UP, "up", "nobody was present")                                                          \
	X(UV, "uv", "nobody was recognised")                                                       \
	X(AT, "at", "no new key in the authenticator data")                                        \
	X(ID, "id", "credential id empty or too long")                                             \
	X(KEY, "key", "not a key of P-256 or RSA-2048")                                            \
	X(OTHER, "other", "not the key in the authenticator data")                                 \
	X(SIG, "sig", "signature does not hold")

enum passkey_fault {
#define X(NAME, name, TEXT) PASSKEY_##NAME,
	PASSKEY_ROWS(X)
#undef X
	    PASSKEY_FAULT_COUNT
};

/* Lower-case name ("challenge", "uv" …) and words for `f`. Never NULL. */
const char *passkey_fault_name(enum passkey_fault f);
const char *passkey_fault_text(enum passkey_fault f);

/* Of navigator.credentials.get(); borrowed. */
struct passkey_assertion {
	struct slice client; /* clientDataJSON, the bytes as they came */
	struct slice auth;   /* authenticatorData */
	struct slice sig;
};

/* Of navigator.credentials.create() with attestation "none"; borrowed. */
struct passkey_registration {
	struct slice client; /* clientDataJSON */
	struct slice auth;   /* getAuthenticatorData() */
	struct slice spki;   /* getPublicKey() */
};

/*
 * A name that can be an RP: labels of lower-case letters, digits and inner hyphens between dots, at
 * most PASSKEY_RP_BYTES. "localhost" is one. Ask it where RP is configured.
 */
bool passkey_rp_is_valid(struct slice rp);
/*
 * The name of the signing page beside a server at `url`: sign.HOST of https://HOST, appended to
 * `out`. A page of HOST cannot ask for the keys of that name. False: another scheme, a port, or no
 * name of a host; nothing is appended.
 */
bool passkey_rp_of(struct slice url, struct buf *out);

/*
 * Whether `a` signs `statement` (its challenge is the statement's SHA-256) on the page of `rp` with
 * the key `spki`, by somebody present (UP) and recognised (UV). All is borrowed for the call. Whose
 * key it is, is the caller's question. `rp` must be valid.
 * CLIENT … UV  of `client` and `auth`     KEY  `spki`     LIMIT, SIG
 */
MUST_CHECK enum passkey_fault passkey_verify(struct slice rp, struct slice statement,
					     struct slice spki, const struct passkey_assertion *a);

/* The same where the challenge is given as it is, not as the hash of a text. */
MUST_CHECK enum passkey_fault
passkey_verify_challenge(struct slice rp, const uint8_t challenge[PASSKEY_CHALLENGE_BYTES],
			 struct slice spki, const struct passkey_assertion *a);

/*
 * Whether `r` makes a new passkey for `rp` after `challenge`. Then `*id` is the credential's id,
 * borrowed from r->auth; else it is untouched. An attestation is not asked for: this shows what key
 * the browser was given, and the first signature with it that somebody holds it. `rp` must be
 * valid.
 * every fault but SIG
 */
MUST_CHECK enum passkey_fault passkey_enrol(struct slice rp,
					    const uint8_t challenge[PASSKEY_CHALLENGE_BYTES],
					    const struct passkey_registration *r, struct slice *id);

#endif
