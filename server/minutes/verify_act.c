#include "minutes/verify_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* One act while it is judged. */
struct judged {
	struct min_act act;
	size_t of; /* the label of the slot it is about */
	bool own;  /* the reader's, in the reader's own slot: all of it is open */
	struct slice view;
	struct slice say;
	struct slice key;
	struct min_say said[MIN_SLOTS];
	size_t said_count;
};

/* ---- trees in part, of a value ---- */

static struct slice item(const json_t *list, size_t i)
{
	const json_t *v = json_array_get(list, i);

	return (struct slice){json_string_value(v), json_is_string(v) ? json_string_length(v) : 0};
}

/* -> the parts, hashes of the closed ones set; NULL: not of that shape */
static struct min_part *parts_of(const json_t *list, const bool *open, size_t places, size_t *parts)
{
	struct min_part *part = mem_alloc(places * sizeof *part);
	bool ok;

	*parts = min_parts_of(open, places, part);
	ok = json_is_array(list) && json_array_size(list) == *parts;
	for (size_t i = 0; ok && i < *parts; i++) {
		struct slice s = item(list, i);

		ok = s.ptr &&
		     (part[i].open || min_b64_exact(s, part[i].hash.b, sizeof part[i].hash.b));
	}
	if (!ok) {
		free(part);
		return NULL;
	}
	return part;
}

static bool has_root(const struct min_part *part, size_t parts, size_t places, struct slice want)
{
	struct min_hash root = min_parts_root(part, parts, places);
	char text[MIN_B64_HASH + 1];

	min_b64_hash(&root, text);
	return slice_is(want, text);
}

/* ---- which labels the signer saw whole ---- */

static bool one_view(struct check *c, const struct judged *j, struct slice s, struct min_part *part)
{
	bool saw = s.len == MIN_SALT_CHARS + 1 && s.ptr[MIN_SALT_CHARS] == '+';
	uint8_t salt[MIN_SALT_BYTES];
	struct slice chars = {s.ptr, MIN_SALT_CHARS};
	struct buf d = {0};
	char name[24];

	NEED(c,
	     s.len == MIN_SALT_CHARS + 1 && (saw || s.ptr[MIN_SALT_CHARS] == '-') &&
		 min_b64u_exact(chars, salt, sizeof salt),
	     "act: view");
	NEED(c, !saw || !j->own || c->r->reads[part->from],
	     "act: signed over what the signer did not read");
	NEED(c, saw || j->own, "act: signed over what the signer did not read");
	(void)snprintf(name, sizeof name, "view/%u", (unsigned)part->from);
	min_leaf_encode_salted(&d, chars, slice_of(name), saw ? json_true() : json_false());
	part->hash = min_pair(buf_slice(&d));
	j->act.scope[part->from] = saw;
	buf_fini(&d);
	return true;
}

static bool scope(struct check *c, const struct judged *j, const json_t *list)
{
	size_t places = c->r->label_count;
	bool *open = mem_alloc(places * sizeof *open);
	struct min_part *part;
	size_t parts;
	bool ok = true;

	for (size_t i = 0; i < places; i++) {
		open[i] = j->own || i == j->of;
	}
	part = parts_of(list, open, places, &parts);
	free(open);
	NEED(c, part, "act: view");
	for (size_t i = 0; ok && i < parts; i++) {
		ok = !part[i].open || one_view(c, j, item(list, i), &part[i]);
	}
	ok = ok && (has_root(part, parts, places, j->view) || verify_bad(c, "act: view"));
	free(part);
	return ok;
}

/* ---- what the signer said ---- */

static bool decision_of(struct slice word, enum min_decision *out)
{
	for (unsigned d = 0; d < MIN_DECISIONS; d++) {
		if (slice_is(word, min_decision_name(d))) {
			*out = d;
			return true;
		}
	}
	return false;
}

/* An id where there is one, kept. */
static bool id_of(struct check *c, const json_t *v, const char *name, struct slice *out)
{
	if (!json_object_get(v, name)) {
		return true;
	}
	*out = verify_keep(c, verify_text(v, name));
	return min_id_is_valid(*out);
}

static bool hash_of(const json_t *v, const char *name, bool *has, struct min_hash *out)
{
	*has = json_object_get(v, name) != NULL;
	return !*has || min_b64_exact(verify_text(v, name), out->b, sizeof out->b);
}

/* A note is a leaf of the same slot and round. */
static bool note_of(struct check *c, struct min_say *s)
{
	uint32_t at = s->has_note ? verify_seen(c, &s->note) : MAP_NONE;

	if (!s->has_note) {
		return true;
	}
	NEED(c,
	     at != MAP_NONE && c->seen[at].label == c->slot_0 + s->slot &&
		 c->seen[at].entry == c->index &&
		 (c->seen[at].hidden || c->seen[at].kind == KIND_NOTE),
	     "act: a note that is not there");
	s->text = c->seen[at].text;
	return true;
}

static bool say_of(struct check *c, const json_t *v, struct min_say *s)
{
	static const char *const names[] = {"decision", "note", "about", "hand", "by", "witness"};
	size_t known = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		known += json_object_get(v, names[i]) != NULL;
	}
	s->by_mark = json_object_get(v, "hand") != NULL;
	NEED(c,
	     json_is_object(v) && known == json_object_size(v) &&
		 decision_of(verify_text(v, "decision"), &s->decision) &&
		 hash_of(v, "note", &s->has_note, &s->note) &&
		 hash_of(v, "about", &s->has_about, &s->about) &&
		 (!s->by_mark || slice_is(verify_text(v, "hand"), "mark")) &&
		 id_of(c, v, "by", &s->by) && id_of(c, v, "witness", &s->witness),
	     "act: say");
	return note_of(c, s);
}

static bool one_say(struct check *c, struct judged *j, struct slice d, struct min_part *part)
{
	struct min_say s = {.slot = (uint8_t)part->from};
	struct min_leaf l;
	char name[24];
	bool ok;

	(void)snprintf(name, sizeof name, "say/%u", (unsigned)part->from);
	NEED(c, min_leaf_decode(d, &l), "act: say");
	if (!slice_is(l.name, name)) {
		ok = verify_bad(c, "act: say");
	} else if (json_is_null(l.value)) {
		ok = j->own || verify_bad(c, "act: say");
	} else {
		ok = say_of(c, l.value, &s);
		j->said[j->said_count++] = s;
	}
	part->hash = min_pair(d);
	min_leaf_fini(&l);
	return ok;
}

static bool said(struct check *c, struct judged *j, const json_t *list)
{
	bool open[MIN_SLOTS];
	struct min_part *part;
	size_t parts;
	bool ok = true;

	for (size_t i = 0; i < MIN_SLOTS; i++) {
		open[i] = j->own ? c->r->reads[c->slot_0 + i] : c->slot_0 + i == j->of;
	}
	part = parts_of(list, open, MIN_SLOTS, &parts);
	NEED(c, part, "act: say");
	for (size_t i = 0; ok && i < parts; i++) {
		ok = !part[i].open || one_say(c, j, item(list, i), &part[i]);
	}
	ok = ok && (has_root(part, parts, MIN_SLOTS, j->say) || verify_bad(c, "act: say"));
	free(part);
	return ok;
}

/* ---- the statement ---- */

/* The head that is signed: one of this log, after an entry that said something new there. */
static bool head(struct check *c, struct judged *j, struct slice size, struct slice root)
{
	struct min_hash hash;
	char key[24];

	NEED(c,
	     min_number_read(size, &j->act.size) && j->act.size >= 2 && j->act.size <= c->index &&
		 min_b64_exact(root, hash.b, sizeof hash.b) &&
		 min_hash_eq(&hash, &c->r->root[j->act.size]),
	     "act: head");
	(void)snprintf(key, sizeof key, "%s %u", min_slot_name(j->of - c->slot_0),
		       (unsigned)j->act.size);
	NEED(c, j->own || j->act.size == 2 || map_get(&c->head_of, slice_of(key)) != MAP_NONE,
	     "act: a head at which nothing changed here");
	return true;
}

static bool lines(struct check *c, const struct fact *f, struct judged *j)
{
	struct statement s = {.rest = j->act.statement};
	struct slice size;
	struct slice root;
	struct slice method;
	struct slice scan;
	struct slice nonce;
	uint8_t bytes[32];
	bool is_paper;

	statement_exactly(&s, slice_of("rokusha/sign/v1"));
	statement_exactly(&s, c->r->origin);
	size = statement_line(&s);
	root = statement_line(&s);
	j->act.party = statement_next(&s, "party");
	method = statement_next(&s, "method");
	j->key = statement_next(&s, "key");
	scan = statement_next(&s, "scan");
	j->view = statement_next(&s, "view");
	j->say = statement_next(&s, "say");
	nonce = statement_next(&s, "nonce");
	NEED(c, min_number_read(statement_next(&s, "time"), &j->act.time) && statement_ends(&s),
	     "act: a line of the statement");
	if (!head(c, j, size, root)) {
		return false;
	}
	NEED(c,
	     j->own ? slice_eq(j->act.party, c->r->party)
		    : verify_is_known(c, f->label, j->act.party),
	     "act: party");
	NEED(c, verify_method(method, &j->act.method), "act: method");
	is_paper = j->act.method == MIN_PAPER;
	NEED(c, is_paper ? min_b64_exact(scan, bytes, 32) : slice_is(scan, "-"), "act: scan");
	NEED(c, min_b64_exact(nonce, bytes, 16), "act: nonce");
	NEED(c, j->act.time <= c->time, "act: time");
	j->act.late = j->act.time > c->r->deadline;
	return true;
}

/* ---- the table of acts ---- */

static void add_vouch(struct check *c, const struct min_act *a, const struct min_say *s)
{
	if (s->decision == MIN_VOUCH && s->has_about) {
		mem_room(&c->vouch, &c->vouch_cap, c->vouch_count, sizeof *c->vouch);
		c->vouch[c->vouch_count++] = (struct vouch){s->about, a->party};
	}
}

static void merge_say(struct min_act *a, const struct min_say *s)
{
	size_t i = 0;

	while (i < a->say_count && a->say[i].slot != s->slot) {
		i++;
	}
	if (i == a->say_count) {
		a->say = mem_grow(a->say, a->say_count + 1, sizeof *a->say);
		a->say_count++;
	}
	a->say[i] = *s;
}

/* The same act told in several slots is one. */
static void keep(struct check *c, struct judged *j)
{
	struct min_report *r = c->r;
	struct slice id = {(const char *)j->act.hash.b, sizeof j->act.hash.b};
	uint32_t at = map_get(&c->act_of, id);
	struct min_act *a;

	if (at == MAP_NONE) {
		at = (uint32_t)r->act_count;
		mem_room(&r->act, &c->act_cap, r->act_count, sizeof *r->act);
		map_put(&c->act_of, id, at);
		r->act_count++;
		a = &r->act[at];
		*a = j->act;
		a->entry = c->index;
		a->statement = verify_keep(c, a->statement);
		a->party = verify_keep(c, a->party);
		j->act.scope = NULL; /* it is a's now */
	} else {
		a = &r->act[at];
		for (size_t i = 0; i < r->label_count; i++) {
			a->scope[i] = a->scope[i] || j->act.scope[i];
		}
	}
	for (size_t i = 0; i < j->said_count; i++) {
		merge_say(a, &j->said[i]);
		add_vouch(c, a, &j->said[i]);
	}
}

static bool judge(struct check *c, const struct fact *f, const json_t *value, struct slice id,
		  struct judged *j)
{
	char hex[2 * 8 + 1];
	uint32_t at;
	struct proof p;

	for (size_t i = 0; i < 8; i++) {
		(void)snprintf(hex + 2 * i, 3, "%02x", j->act.hash.b[i]);
	}
	NEED(c, slice_is(id, hex), "act: id");
	if (!lines(c, f, j)) {
		return false;
	}
	p = (struct proof){.method = j->act.method,
			   .text = j->act.statement,
			   .key = j->key,
			   .party = j->act.party};
	at = map_get(&c->act_of, (struct slice){(const char *)j->act.hash.b, sizeof j->act.hash.b});
	if (!verify_proof(c, value, true, at == MAP_NONE ? NULL : &c->r->act[at], &p)) {
		return false;
	}
	j->act.sig = p.sig;
	j->act.auth = p.auth;
	j->act.client = p.client;
	j->act.spki = p.spki;
	return scope(c, j, json_object_get(value, "view")) &&
	       said(c, j, json_object_get(value, "say"));
}

bool verify_act(struct check *c, const struct fact *f, struct slice name, const json_t *value)
{
	struct slice id = {name.ptr, MIN_ID_CHARS};
	struct judged j = {.of = f->label};
	bool ok;

	if (name.len > MIN_ID_CHARS) {
		size_t slot = min_slot_of((struct slice){name.ptr + MIN_ID_CHARS + 1,
							 name.len - MIN_ID_CHARS - 1});

		NEED(c, slot < MIN_SLOTS && c->slot_0 + slot != c->own, "act: in place of no slot");
		j.of = c->slot_0 + slot;
	}
	j.own = f->label == c->own && j.of == c->own;
	j.act.statement = verify_text(value, "statement");
	NEED(c, j.act.statement.ptr, "act: statement");
	j.act.hash = min_sha256(&j.act.statement, 1);
	j.act.scope = mem_alloc(c->r->label_count * sizeof *j.act.scope);
	ok = judge(c, f, value, id, &j);
	if (ok) {
		keep(c, &j);
	}
	free(j.act.scope);
	return ok;
}
