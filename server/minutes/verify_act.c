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

/* While the fact is judged. */
struct part_tree {
	size_t places;
	size_t parts;
	struct min_part *part;
	struct slice *text; /* of each part */
};

/* Hashes of the closed parts are set. False: not of that shape. */
static bool tree_of(struct check *c, struct slice list, const bool *open, size_t places,
		    struct part_tree *t)
{
	struct min_items items;
	struct slice one;
	size_t n = 0;

	t->places = places;
	t->part = arena_alloc(&c->scratch, places * sizeof *t->part);
	t->text = arena_alloc(&c->scratch, places * sizeof *t->text);
	t->parts = min_parts_of(open, places, t->part);
	if (!min_items_of(list, &items)) {
		return false;
	}
	for (; min_items_next(&items, &one); n++) {
		struct min_part *p = &t->part[n];

		if (n == t->parts || !min_value_text(one, &c->scratch, &t->text[n]) ||
		    (!p->open && !min_b64_exact(t->text[n], p->hash.b, sizeof p->hash.b))) {
			return false;
		}
	}
	return n == t->parts;
}

static bool has_root(const struct part_tree *t, struct slice want)
{
	struct min_hash root = min_parts_root(t->part, t->parts, t->places);
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
	char name[24];

	NEED(c,
	     s.len == MIN_SALT_CHARS + 1 && (saw || s.ptr[MIN_SALT_CHARS] == '-') &&
		 min_b64u_exact(chars, salt, sizeof salt),
	     "act: view");
	NEED(c, !saw || !j->own || c->r->reads[part->from],
	     "act: signed over what the signer did not read");
	NEED(c, saw || j->own, "act: signed over what the signer did not read");
	(void)snprintf(name, sizeof name, "view/%u", (unsigned)part->from);
	buf_clear(&c->leaf);
	min_leaf_encode_salted(&c->leaf, chars, slice_of(name), slice_of(saw ? "true" : "false"));
	part->hash = min_pair(buf_slice(&c->leaf));
	j->act.scope[part->from] = saw;
	return true;
}

static bool scope(struct check *c, const struct judged *j, struct slice list)
{
	size_t places = c->r->label_count;
	bool *open = arena_alloc(&c->scratch, places * sizeof *open);
	struct part_tree t;

	for (size_t i = 0; i < places; i++) {
		open[i] = j->own || i == j->of;
	}
	NEED(c, tree_of(c, list, open, places, &t), "act: view");
	for (size_t i = 0; i < t.parts; i++) {
		if (t.part[i].open && !one_view(c, j, t.text[i], &t.part[i])) {
			return false;
		}
	}
	NEED(c, has_root(&t, j->view), "act: view");
	return true;
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
static bool id_of(struct check *c, struct slice v, struct slice *out)
{
	struct slice id = verify_text(c, v);

	if (!v.ptr) {
		return true;
	}
	if (!min_id_is_valid(id)) {
		return false;
	}
	*out = verify_keep(c, id);
	return true;
}

static bool hash_of(struct check *c, struct slice v, bool *has, struct min_hash *out)
{
	*has = v.ptr != NULL;
	return !*has || min_b64_exact(verify_text(c, v), out->b, sizeof out->b);
}

/* A note is a leaf of the same slot and round. */
static bool note_of(struct check *c, struct min_say *s)
{
	const struct seen *leaf = s->has_note ? verify_seen(c, &s->note) : NULL;

	if (!s->has_note) {
		return true;
	}
	NEED(c,
	     leaf && leaf->label == c->slot_0 + s->slot && leaf->entry == c->index &&
		 (leaf->hidden || leaf->kind == KIND_NOTE),
	     "act: a note that is not there");
	s->text = leaf->text;
	return true;
}

static bool say_of(struct check *c, struct slice v, struct min_say *s)
{
	enum { DECISION, NOTE, ABOUT, HAND, BY, WITNESS, MEMBERS };
	static const char *const names[MEMBERS] = {"decision", "note", "about",
						   "hand",     "by",   "witness"};
	struct slice m[MEMBERS];
	bool known = min_value_members(v, names, MEMBERS, m);

	s->by_mark = m[HAND].ptr != NULL;
	NEED(c,
	     known && decision_of(verify_text(c, m[DECISION]), &s->decision) &&
		 hash_of(c, m[NOTE], &s->has_note, &s->note) &&
		 hash_of(c, m[ABOUT], &s->has_about, &s->about) &&
		 (!s->by_mark || slice_is(verify_text(c, m[HAND]), "mark")) &&
		 id_of(c, m[BY], &s->by) && id_of(c, m[WITNESS], &s->witness),
	     "act: say");
	return note_of(c, s);
}

static bool one_say(struct check *c, struct judged *j, struct slice d, struct min_part *part)
{
	struct min_say s = {.slot = (uint8_t)part->from};
	struct min_shown l;
	char name[24];

	(void)snprintf(name, sizeof name, "say/%u", (unsigned)part->from);
	NEED(c, min_leaf_show(d, &c->leaf, &l) && slice_is(l.name, name), "act: say");
	part->hash = min_pair(d);
	if (slice_is(l.value, "null")) {
		NEED(c, j->own, "act: say");
		return true;
	}
	if (!say_of(c, l.value, &s)) {
		return false;
	}
	j->said[j->said_count++] = s;
	return true;
}

static bool said(struct check *c, struct judged *j, struct slice list)
{
	bool open[MIN_SLOTS];
	struct part_tree t;

	for (size_t i = 0; i < MIN_SLOTS; i++) {
		open[i] = j->own ? c->r->reads[c->slot_0 + i] : c->slot_0 + i == j->of;
	}
	NEED(c, tree_of(c, list, open, MIN_SLOTS, &t), "act: say");
	for (size_t i = 0; i < t.parts; i++) {
		if (t.part[i].open && !one_say(c, j, t.text[i], &t.part[i])) {
			return false;
		}
	}
	NEED(c, has_root(&t, j->say), "act: say");
	return true;
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

/* The first bytes of the statement's hash. */
static bool is_id_of(struct slice id, const struct min_hash *hash)
{
	static const char digit[] = "0123456789abcdef";
	bool is = id.len == MIN_ID_CHARS;

	for (size_t i = 0; is && i < MIN_ID_CHARS; i++) {
		is = id.ptr[i] == digit[i % 2 ? hash->b[i / 2] & 15 : hash->b[i / 2] >> 4];
	}
	return is;
}

static bool judge(struct check *c, const struct fact *f, struct slice id, struct judged *j,
		  struct proof *p)
{
	uint32_t at;

	NEED(c, is_id_of(id, &j->act.hash), "act: id");
	if (!lines(c, f, j)) {
		return false;
	}
	p->method = j->act.method;
	p->key = j->key;
	p->party = j->act.party;
	at = map_get(&c->act_of, (struct slice){(const char *)j->act.hash.b, sizeof j->act.hash.b});
	if (!verify_proof(c, true, at == MAP_NONE ? NULL : &c->r->act[at], p)) {
		return false;
	}
	j->act.sig = p->sig;
	j->act.auth = p->auth;
	j->act.client = p->client;
	j->act.spki = p->spki;
	return scope(c, j, p->member[PROOF_VIEW]) && said(c, j, p->member[PROOF_SAY]);
}

bool verify_act(struct check *c, const struct fact *f, struct slice name, struct slice value)
{
	struct slice id = {name.ptr, MIN_ID_CHARS};
	struct judged j = {.of = f->label};
	struct proof p;
	bool ok;

	if (name.len > MIN_ID_CHARS) {
		size_t slot = min_slot_of(
		    (struct slice){name.ptr + MIN_ID_CHARS + 1, name.len - MIN_ID_CHARS - 1});

		NEED(c, slot < MIN_SLOTS && c->slot_0 + slot != c->own, "act: in place of no slot");
		j.of = c->slot_0 + slot;
	}
	j.own = f->label == c->own && j.of == c->own;
	verify_proof_of(c, value, &p);
	j.act.statement = p.text;
	NEED(c, j.act.statement.ptr, "act: statement");
	j.act.hash = min_sha256(&j.act.statement, 1);
	j.act.scope = mem_alloc(c->r->label_count * sizeof *j.act.scope);
	ok = judge(c, f, id, &j, &p);
	if (ok) {
		keep(c, &j);
	}
	free(j.act.scope);
	return ok;
}
