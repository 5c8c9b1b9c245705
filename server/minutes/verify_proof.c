#include "minutes/verify_parts.h"

#include <assert.h>

bool verify_method(struct slice word, enum min_method *out)
{
	for (enum min_method m = MIN_ATTESTED; m <= MIN_WEBAUTHN; m++) {
		if (slice_is(word, min_method_name(m))) {
			*out = m;
			return true;
		}
	}
	return false;
}

void verify_proof_of(struct check *c, struct slice value, struct proof *p)
{
	static const char *const names[PROOF_MEMBERS] = {
	    [PROOF_STATEMENT] = "statement", [PROOF_SIG] = "sig",   [PROOF_AUTH] = "auth",
	    [PROOF_CLIENT] = "client",       [PROOF_VIEW] = "view", [PROOF_SAY] = "say"};

	*p = (struct proof){0};
	p->has_others = !min_value_members(value, names, PROOF_MEMBERS, p->member);
	p->text = verify_text(c, p->member[PROOF_STATEMENT]);
}

static bool has_members(const struct proof *p, bool is_act)
{
	bool must[PROOF_MEMBERS] = {[PROOF_STATEMENT] = true,
				    [PROOF_SIG] = true,
				    [PROOF_AUTH] = p->method == MIN_WEBAUTHN,
				    [PROOF_CLIENT] = p->method == MIN_WEBAUTHN,
				    [PROOF_VIEW] = is_act,
				    [PROOF_SAY] = is_act};
	bool has = !p->has_others;

	for (size_t i = 0; i < PROOF_MEMBERS; i++) {
		has = has && must[i] == (p->member[i].ptr != NULL);
	}
	return has;
}

/* Bytes that stand in a member as base64, kept. */
static bool bytes_of(struct check *c, const struct proof *p, enum proof_member m, struct slice *out)
{
	struct slice text = verify_text(c, p->member[m]);
	struct buf b = {0};
	bool ok = text.ptr && min_b64_decode(text, &b) && b.len > 0;

	if (ok) {
		*out = verify_keep(c, buf_slice(&b));
	}
	buf_fini(&b);
	NEED(c, ok, "what should prove a statement is no base64");
	return true;
}

/* The limited rule of the WebAuthn text: these members first, in this order. */
static bool client_says(const struct check *c, const struct proof *p)
{
	struct min_hash challenge = min_sha256(&p->text, 1);
	struct buf start = {0};
	bool ok;

	buf_add_str(&start, "{\"type\":\"webauthn.get\",\"challenge\":\"");
	min_b64u_add(&start, challenge.b, sizeof challenge.b);
	buf_add_str(&start, "\",\"origin\":\"https://");
	buf_add(&start, c->r->rp);
	buf_add_str(&start, "\",\"crossOrigin\":false");
	ok = p->client.len > start.len && memcmp(p->client.ptr, start.ptr, start.len) == 0 &&
	     (p->client.ptr[start.len] == ',' || p->client.ptr[start.len] == '}');
	buf_fini(&start);
	return ok;
}

static bool authenticator_says(const struct check *c, const struct proof *p)
{
	enum { HASH = 32, LEAST = 37, PRESENT = 1, VERIFIED = 4 };
	struct min_hash rp = min_sha256(&c->r->rp, 1);

	return p->auth.len >= LEAST && memcmp(p->auth.ptr, rp.b, HASH) == 0 &&
	       (p->auth.ptr[HASH] & PRESENT) && (p->auth.ptr[HASH] & VERIFIED);
}

static bool passkey(struct check *c, struct proof *p)
{
	uint32_t at = map_get(&c->key_of, p->key);
	struct min_hash client = min_sha256(&p->client, 1);
	struct buf message = {0};
	bool ok;

	NEED(c, !slice_is(c->r->rp, "-"), "a passkey where there are none");
	NEED(c, at != MAP_NONE && slice_eq(c->key[at].party, p->party),
	     "no such key of this party");
	p->spki = c->key[at].spki;
	NEED(c, client_says(c, p), "client data of a passkey");
	NEED(c, authenticator_says(c, p), "authenticator data of a passkey");
	buf_add(&message, p->auth);
	buf_add(&message, (struct slice){(const char *)client.b, sizeof client.b});
	ok = c->p->assertion && c->p->assertion(c->p->arg, p->spki, buf_slice(&message), p->sig);
	buf_fini(&message);
	NEED(c, ok, "the signature of a party");
	return true;
}

bool verify_proof(struct check *c, bool is_act, const struct min_act *known, struct proof *p)
{
	NEED(c, has_members(p, is_act), "a statement without what proves it");
	if (!bytes_of(c, p, PROOF_SIG, &p->sig)) {
		return false;
	}
	if (p->method == MIN_WEBAUTHN &&
	    (!bytes_of(c, p, PROOF_AUTH, &p->auth) || !bytes_of(c, p, PROOF_CLIENT, &p->client))) {
		return false;
	}
	/* Told in another slot before: the same words with the same signature hold again. */
	if (known && known->method == p->method && slice_eq(known->sig, p->sig) &&
	    slice_eq(known->auth, p->auth) && slice_eq(known->client, p->client)) {
		return true;
	}
	if (p->method == MIN_WEBAUTHN) {
		return passkey(c, p);
	}
	NEED(c, slice_is(p->key, "-") && p->sig.len == MIN_ED_SIG, "a signature of the server");
	NEED(c, min_ed_verify(c->r->attest + 1, p->text, (const uint8_t *)p->sig.ptr),
	     "the signature of the server for a party");
	return true;
}
