#include "minutes/verify_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* ---- statements ---- */

struct slice statement_line(struct statement *s)
{
	const char *at = s->rest.len ? memchr(s->rest.ptr, '\n', s->rest.len) : NULL;
	struct slice line = {s->rest.ptr, at ? (size_t)(at - s->rest.ptr) : 0};

	if (!at) {
		s->bad = true;
		return (struct slice){NULL, 0};
	}
	s->rest.ptr += line.len + 1;
	s->rest.len -= line.len + 1;
	return line;
}

struct slice statement_next(struct statement *s, const char *word)
{
	struct slice line = statement_line(s);
	size_t n = strlen(word);

	if (!slice_begins(line, word) || line.len <= n || line.ptr[n] != ' ') {
		s->bad = true;
		return (struct slice){NULL, 0};
	}
	return (struct slice){line.ptr + n + 1, line.len - n - 1};
}

void statement_exactly(struct statement *s, struct slice line)
{
	if (!slice_eq(statement_line(s), line)) {
		s->bad = true;
	}
}

bool statement_ends(const struct statement *s)
{
	return !s->bad && s->rest.len == 0;
}

/* ---- who is known where ---- */

bool verify_is_known(const struct check *c, size_t label, struct slice party)
{
	char key[64];

	if (slice_eq(party, c->r->party)) {
		return true;
	}
	if (!min_id_is_valid(party)) {
		return false;
	}
	(void)snprintf(key, sizeof key, "%zu %.*s", label, (int)party.len, party.ptr);
	return map_get(&c->member_of, slice_of(key)) != MAP_NONE;
}

/* ---- keys, notes, amendments ---- */

static bool key(struct check *c, const struct fact *f, struct slice party, struct slice value)
{
	static const char *const names[] = {"spki"};
	struct slice member;
	struct buf spki = {0};
	struct min_hash hash;
	char text[MIN_B64_HASH + 1];
	uint32_t at;

	NEED(c, verify_has(value, names, 1, &member) && verify_is_known(c, f->label, party), "key");
	if (!min_b64_decode(verify_text(c, member), &spki) || spki.len == 0) {
		buf_fini(&spki);
		return verify_bad(c, "key");
	}
	hash = min_sha256(&(struct slice){spki.ptr, spki.len}, 1);
	min_b64_hash(&hash, text);
	at = map_get(&c->key_of, slice_of(text));
	if (at == MAP_NONE) {
		mem_room(&c->key, &c->key_cap, c->key_count, sizeof *c->key);
		map_put(&c->key_of, slice_of(text), (uint32_t)c->key_count);
		c->key[c->key_count++] =
		    (struct party_key){verify_keep(c, party), verify_keep(c, buf_slice(&spki))};
	}
	buf_fini(&spki);
	NEED(c, at == MAP_NONE || slice_eq(c->key[at].party, party), "a key of two parties");
	return true;
}

static bool note(struct check *c, const struct fact *f, struct slice value)
{
	struct slice text = verify_text(c, value);

	NEED(c, text.ptr, "note");
	verify_seen(c, &f->hash)->text = verify_keep(c, text);
	return true;
}

/* A leaf of the reader's, by its hash. */
static const struct seen *named_leaf(const struct check *c, struct slice b64, struct min_hash *hash)
{
	return min_b64_exact(b64, hash->b, sizeof hash->b) ? verify_seen(c, hash) : NULL;
}

static bool amend(struct check *c, const struct fact *f, struct slice value)
{
	enum { ENTRY, LEAF, NAME, VALUE, WHY, MEMBERS };
	static const char *const names[MEMBERS] = {"entry", "leaf", "name", "value", "why"};
	struct min_report *r = c->r;
	struct slice m[MEMBERS];
	bool has = verify_has(value, names, MEMBERS, m);
	struct slice name = verify_text(c, m[NAME]);
	struct slice why = verify_text(c, m[WHY]);
	struct min_hash leaf;
	const struct seen *s = named_leaf(c, verify_text(c, m[LEAF]), &leaf);

	NEED(c, has && name.ptr && why.ptr, "amend");
	NEED(c, s && slice_is(m[ENTRY], "1") && s->entry == 1,
	     "an amendment of something that is not there");
	NEED(c, s->hidden || slice_eq(s->name, name), "an amendment that names another leaf");
	mem_room(&r->amend, &c->amend_cap, r->amend_count, sizeof *r->amend);
	r->amend[r->amend_count++] = (struct min_amend){.slot = (uint8_t)(f->label - c->slot_0),
							.entry = c->index,
							.leaf = leaf,
							.name = verify_keep(c, name),
							.value = verify_keep(c, m[VALUE]),
							.why = verify_keep(c, why)};
	return true;
}

/* ---- erasures ---- */

static const char *basis_of(struct slice word)
{
	static const char *const bases[] = {"retention", "request", "correction", "unlawful"};

	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (slice_is(word, bases[i])) {
			return bases[i];
		}
	}
	return NULL;
}

/* One party's approval -> who, and on what basis. */
static bool approval(struct check *c, struct slice v, struct slice leaf, struct slice *party,
		     const char **basis)
{
	struct statement s;
	struct proof p;
	struct slice method;
	struct slice nonce;
	struct slice named;
	uint8_t bytes[16];
	uint64_t time = 0;

	verify_proof_of(c, v, &p);
	s = (struct statement){.rest = p.text};
	statement_exactly(&s, slice_of("rokusha/erase/v1"));
	statement_exactly(&s, c->r->origin);
	named = statement_next(&s, "leaf");
	*basis = basis_of(statement_next(&s, "basis"));
	p.party = statement_next(&s, "party");
	method = statement_next(&s, "method");
	p.key = statement_next(&s, "key");
	nonce = statement_next(&s, "nonce");
	NEED(c, min_number_read(statement_next(&s, "time"), &time) && statement_ends(&s),
	     "erase: a line of a statement");
	NEED(c, slice_eq(named, leaf), "erase: an approval of something else");
	NEED(c, *basis, "erase: basis");
	NEED(c, min_id_is_valid(p.party), "erase: party");
	NEED(c, min_b64_exact(nonce, bytes, sizeof bytes) && time <= c->time,
	     "erase: nonce or time");
	NEED(c, verify_method(method, &p.method), "erase: method");
	*party = verify_keep(c, p.party);
	return verify_proof(c, false, NULL, &p);
}

static bool erase(struct check *c, struct slice value)
{
	enum { LEAF, APPROVALS, MEMBERS };
	static const char *const names[MEMBERS] = {"leaf", "approvals"};
	struct slice m[MEMBERS];
	bool has = verify_has(value, names, MEMBERS, m);
	struct slice named = verify_text(c, m[LEAF]);
	struct min_items list;
	struct min_items each;
	struct slice one;
	struct min_hash leaf;
	struct erasure e = {.round = c->index};
	bool two = false;

	NEED(c, has && min_items_of(m[APPROVALS], &list), "erase");
	NEED(c, named_leaf(c, named, &leaf), "an erasure of something that is not there");
	for (each = list; min_items_next(&each, &one);) {
		e.parties++;
	}
	e.party = arena_alloc(&c->r->mem, (e.parties + 1) * sizeof *e.party);
	for (size_t i = 0; min_items_next(&list, &one); i++) {
		const char *basis;

		if (!approval(c, one, named, &e.party[i], &basis)) {
			return false;
		}
		NEED(c, i == 0 || basis == e.basis, "an erasure that two did not approve");
		e.basis = basis;
		two = two || !slice_eq(e.party[i], e.party[0]);
	}
	NEED(c, two, "an erasure that two did not approve");
	mem_room(&c->erasure, &c->erasure_cap, c->erasure_count, sizeof *c->erasure);
	map_put(&c->erasure_of, (struct slice){(const char *)leaf.b, sizeof leaf.b},
		(uint32_t)c->erasure_count);
	c->erasure[c->erasure_count++] = e;
	return true;
}

/* ---- all of a round ---- */

static bool judge(struct check *c, const struct fact *f)
{
	struct slice id = {c->round.ptr + f->from, f->name};
	struct slice value = {id.ptr + id.len, f->value};

	arena_reset(&c->scratch);
	switch (f->kind) {
	case KIND_KEY:
		return key(c, f, id, value);
	case KIND_NOTE:
		return note(c, f, value);
	case KIND_AMEND:
		return amend(c, f, value);
	case KIND_ERASE:
		return erase(c, value);
	case KIND_ACT:
		return verify_act(c, f, id, value);
	default:
		return verify_bad(c, "a leaf of a round");
	}
}

bool verify_facts(struct check *c)
{
	bool ok = true;

	for (unsigned kind = 0; ok && kind < KIND_ROUND; kind++) {
		for (size_t i = 0; ok && i < c->fact_count; i++) {
			if (c->fact[i].kind == kind) {
				c->judged = &c->fact[i];
				ok = judge(c, &c->fact[i]);
			}
		}
	}
	c->judged = NULL;
	return ok;
}
