/*
 * Passkeys: made, ended, signed with. The browser does both on a page of its own name, sign.HOST,
 * which the keys are bound to; here it is asked, and judged (auth/passkey.h).
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_sign.h"
#include "archive/archive_wait.h"
#include "base/mem.h"
#include "minutes/b64.h"

_Static_assert((int)PASSKEY_ID_BYTES == (int)MINUTES_PASSKEY_ID_BYTES &&
		   (int)PASSKEY_SPKI_BYTES == (int)MINUTES_PASSKEY_SPKI_BYTES,
	       "what is judged well can be kept");

static json_t *base64(const void *bytes, size_t n)
{
	struct buf b = {0};
	json_t *v;

	min_b64_add(&b, bytes, n);
	v = json_stringn(b.ptr, b.len);
	buf_fini(&b);
	return v;
}

/* A member's bytes into `out`, which bounds them; `*s` is borrowed of it. */
static bool read_bytes(const json_t *o, const char *name, size_t bytes_max, struct buf *out,
		       struct slice *s)
{
	const json_t *v = json_object_get(o, name);
	struct slice text = {json_string_value(v), json_string_length(v)};

	if (!text.ptr || text.len > (bytes_max + 2) / 3 * 4 || !min_b64_decode(text, out)) {
		return false;
	}
	*s = buf_slice(out);
	return s->len > 0 && s->len <= bytes_max;
}

static enum err refuse(struct asked *q, enum passkey_fault f)
{
	answer_json(q, 409,
		    json_pack("{s:s,s:s}", "error", "passkey", "why", passkey_fault_name(f)));
	return ERR_OK;
}

enum err passkeys_json(struct asked *q, json_t **out)
{
	struct minutes_passkey all[MINUTES_PASSKEYS_MAX];
	size_t count = 0;
	enum err e =
	    minutes_db_passkeys(q->a->db, q->ask->series, q->ask->seat, all, &count, q->out->why);

	*out = json_array();
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		json_array_append_new(*out,
				      json_pack("{s:o,s:I}", "id", base64(all[i].id, all[i].id_len),
						"made", (json_int_t)(all[i].made_ms / 1000)));
	}
	return e;
}

/* ---- making one ---- */

/* With the signing code: what a passkey is worth later is what was asked for when it was made. */
enum err answer_passkey(struct asked *q)
{
	struct wait *w;
	bool go_on;
	json_t *known = NULL;
	enum err e = q->a->offers_passkeys ? code_ask(q, &go_on) : ERR_RULE;

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = passkeys_json(q, &known);
	if (e == ERR_OK && json_array_size(known) >= MINUTES_PASSKEYS_MAX) {
		e = ERR_LIMIT;
	}
	if (e != ERR_OK) {
		json_decref(known);
		return e;
	}
	w = mem_alloc(sizeof *w);
	w->is_enrolment = true;
	randombytes_buf(w->challenge, sizeof w->challenge);
	answer_json(q, 200,
		    json_pack("{s:s,s:o,s:o}", "rp", q->a->rp, "challenge",
			      base64(w->challenge, sizeof w->challenge), "passkeys", known));
	waits_put(&q->a->waits, q->ask, w);
	return ERR_OK;
}

static enum err keep_key(struct asked *q, struct slice id, struct slice spki)
{
	struct minutes_passkey key = {
	    .made_ms = q->ask->now_ms, .id_len = id.len, .spki_len = spki.len};

	memcpy(key.id, id.ptr, id.len);
	memcpy(key.spki, spki.ptr, spki.len);
	return minutes_db_passkey_add(q->a->db, q->ask->series, q->ask->seat, &key, q->out->why);
}

enum err answer_passkey_made(struct asked *q)
{
	struct wait *w = waits_take(&q->a->waits, q->ask, true);
	struct buf client = {0}, auth = {0}, spki = {0};
	struct passkey_registration r = {0};
	struct slice id;
	enum passkey_fault f = PASSKEY_OK;
	enum err e = w ? ERR_OK : ERR_STALE;

	if (e == ERR_OK &&
	    (!read_bytes(q->body, "client", PASSKEY_CLIENT_BYTES, &client, &r.client) ||
	     !read_bytes(q->body, "auth", PASSKEY_ENROL_AUTH_BYTES, &auth, &r.auth) ||
	     !read_bytes(q->body, "spki", PASSKEY_SPKI_BYTES, &spki, &r.spki))) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK) {
		f = passkey_enrol(slice_of(q->a->rp), w->challenge, &r, &id);
		e = f == PASSKEY_OK ? keep_key(q, id, r.spki) : refuse(q, f);
	}
	if (e == ERR_OK && f == PASSKEY_OK) {
		answer_json(q, 200, json_pack("{s:o}", "id", base64(id.ptr, id.len)));
	}
	buf_fini(&client);
	buf_fini(&auth);
	buf_fini(&spki);
	wait_free(w);
	return e;
}

/* The device is lost, or somebody else's: with the code, since the session may be on it. */
enum err answer_passkey_end(struct asked *q)
{
	struct buf bytes = {0};
	struct slice id;
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = read_bytes(q->body, "id", PASSKEY_ID_BYTES, &bytes, &id)
		? minutes_db_passkey_end(q->a->db, q->ask->series, q->ask->seat, id, q->ask->now_ms,
					 q->out->why)
		: ERR_PROTO;
	if (e == ERR_OK) {
		answer_json(q, 200, json_object());
	}
	buf_fini(&bytes);
	return e;
}

/* ---- signing ---- */

/* The one that is named, or the newest.  ERR_RULE the seat has none such */
static enum err find_key(struct asked *q, struct minutes_passkey *out)
{
	struct minutes_passkey all[MINUTES_PASSKEYS_MAX];
	struct buf bytes = {0};
	struct slice id = {0};
	size_t count = 0;
	enum err e =
	    minutes_db_passkeys(q->a->db, q->ask->series, q->ask->seat, all, &count, q->out->why);
	bool is_named = json_object_get(q->body, "passkey") != NULL;
	bool found = false;

	if (is_named && !read_bytes(q->body, "passkey", PASSKEY_ID_BYTES, &bytes, &id)) {
		e = ERR_PROTO;
	}
	for (size_t i = 0; e == ERR_OK && !found && i < count; i++) {
		found = !is_named ||
			slice_eq(id, (struct slice){(const char *)all[i].id, all[i].id_len});
		if (found) {
			*out = all[i];
		}
	}
	buf_fini(&bytes);
	return e == ERR_OK && !found ? ERR_RULE : e;
}

static struct slice spki_of(const struct minutes_passkey *key)
{
	return (struct slice){(const char *)key->spki, key->spki_len};
}

/* A draft for each head that is to be signed; the client has seen the very same. */
static enum err make_drafts(const struct signing *s, struct wait *w)
{
	struct min_act like = {
	    .method = MIN_WEBAUTHN,
	    .say = {.decision = MIN_AGREE, .by = SEAT_NONE, .witness = SEAT_NONE},
	    .spki = spki_of(&w->key)};
	size_t count = signing_dues(s, w->due, false);
	enum err e = ERR_OK;

	if (!signing_saw(s->q, w->due, count)) {
		return ERR_STALE;
	}
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct min_slot_say other[2];
		struct min_act act;

		signing_act(s, &w->due[i], &like, NULL, other, &act);
		e = min_log_draft(s->h.log, &act, &w->draft[i]);
		w->count += e == ERR_OK;
	}
	buf_add(&w->origin, s->h.about.origin);
	return e == ERR_OK && count == 0 ? ERR_RULE : e;
}

static void tell_drafts(struct asked *q, const struct wait *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->count; i++) {
		json_array_append_new(list, min_draft_json(w->draft[i]));
	}
	answer_json(q, 200,
		    json_pack("{s:s,s:o,s:o,s:o}", "rp", q->a->rp, "id",
			      base64(w->key.id, w->key.id_len), "spki",
			      base64(w->key.spki, w->key.spki_len), "drafts", list));
}

/* The minutes name the page whose passkeys sign them: those sealed before it had that name do not.
 */
static bool is_offered(const struct signing *s)
{
	const struct archive *a = s->q->a;

	return a->offers_passkeys && slice_is(s->h.about.rp, a->rp);
}

enum err answer_draft(struct asked *q)
{
	struct signing s = {0};
	struct wait *w = mem_alloc(sizeof *w);
	enum err e = signing_begin(&s, q);

	if (e == ERR_OK) {
		e = is_offered(&s) ? signing_read(&s) : ERR_RULE;
	}
	if (e == ERR_OK && s.decision == MIN_WITHDRAW) {
		e = ERR_PROTO; /* back it is taken with the code: no device may stand in the way */
	}
	if (e == ERR_OK) {
		e = find_key(q, &w->key);
	}
	if (e == ERR_OK) {
		e = make_drafts(&s, w);
	}
	if (e == ERR_OK) {
		tell_drafts(q, w);
		waits_put(&q->a->waits, q->ask, w);
	} else {
		wait_free(w);
	}
	signing_fini(&s);
	return e;
}

/* Did the minutes change while the device was looked for? Then what was read is not what stands. */
static bool is_as_drafted(const struct signing *s, const struct wait *w)
{
	struct min_due due[MIN_DUE_MAX];
	size_t count = signing_dues(s, due, false);
	bool same = slice_eq(s->h.about.origin, buf_slice(&w->origin)) && count == w->count;

	for (size_t i = 0; same && i < count; i++) {
		same = due[i].size == w->due[i].size && due[i].slots == w->due[i].slots &&
		       min_hash_eq(&due[i].root, &w->due[i].root);
	}
	return same;
}

/* What the browser signed, one after the other. `*f`: the first that does not hold. */
static enum err finish(struct signing *s, struct wait *w, enum passkey_fault *f)
{
	const json_t *list = json_object_get(s->q->body, "evidence");
	struct buf client = {0}, auth = {0}, sig = {0};
	struct passkey_assertion a = {0};
	enum err e = json_array_size(list) == w->count ? ERR_OK : ERR_PROTO;

	for (size_t i = 0; e == ERR_OK && *f == PASSKEY_OK && i < w->count; i++) {
		const json_t *o = json_array_get(list, i);

		buf_clear(&client);
		buf_clear(&auth);
		buf_clear(&sig);
		if (!read_bytes(o, "client", PASSKEY_CLIENT_BYTES, &client, &a.client) ||
		    !read_bytes(o, "auth", PASSKEY_AUTH_BYTES, &auth, &a.auth) ||
		    !read_bytes(o, "sig", PASSKEY_SIG_BYTES, &sig, &a.sig)) {
			e = ERR_PROTO;
			break;
		}
		*f = passkey_verify(slice_of(s->q->a->rp), min_draft_statement(w->draft[i]),
				    spki_of(&w->key), &a);
		if (*f == PASSKEY_OK) {
			e = min_log_finish(s->h.log, w->draft[i],
					   &(struct min_evidence){a.auth, a.client, a.sig}, NULL,
					   &s->change);
		}
	}
	buf_fini(&client);
	buf_fini(&auth);
	buf_fini(&sig);
	return e;
}

/* Was it ended while somebody signed with it? */
static enum err is_still_there(struct asked *q, const struct minutes_passkey *key)
{
	struct minutes_passkey all[MINUTES_PASSKEYS_MAX];
	size_t count = 0;
	enum err e =
	    minutes_db_passkeys(q->a->db, q->ask->series, q->ask->seat, all, &count, q->out->why);

	for (size_t i = 0; i < count; i++) {
		if (all[i].id_len == key->id_len && memcmp(all[i].id, key->id, key->id_len) == 0) {
			return e;
		}
	}
	return e == ERR_OK ? ERR_RULE : e;
}

/* A key is told to those who know its party with the first thing it signed, not before. */
static enum err sign_drafts(struct signing *s, struct wait *w, enum passkey_fault *f)
{
	struct slice spki = spki_of(&w->key);
	enum err e = is_still_there(s->q, &w->key);

	if (e == ERR_OK && !is_as_drafted(s, w)) {
		e = ERR_STALE;
	}
	if (e == ERR_OK && !min_log_has_key(s->h.log, s->seat, spki)) {
		e = min_log_key(s->h.log, s->seat, spki, s->h.now, &s->change);
	}
	return e == ERR_OK ? finish(s, w, f) : e;
}

enum err answer_draft_signed(struct asked *q)
{
	struct signing s = {0};
	struct wait *w = waits_take(&q->a->waits, q->ask, false);
	enum passkey_fault f = PASSKEY_OK;
	enum err e = w ? signing_begin(&s, q) : ERR_STALE;

	if (e == ERR_OK) {
		e = sign_drafts(&s, w, &f);
	}
	if (e == ERR_OK && f != PASSKEY_OK) {
		signing_fini(&s);
		e = refuse(q, f);
	} else {
		e = signing_end(&s, e);
	}
	wait_free(w);
	return e;
}
