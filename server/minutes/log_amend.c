/* Correcting and erasing: schema/minutes.md §3 and §5. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"

/* ---- a cell by one of its leaves ---- */

static bool is_cell(const struct log_leaf *l)
{
	return slice_begins(l->name, "field/") || slice_begins(l->name, "row/");
}

/* The leaf of entry 1 with that name in a label; NULL: not there, or erased. */
static const struct log_leaf *sealed_leaf(const struct min_log *log, size_t label,
					  struct slice name)
{
	const struct log_box *b = log_box(log, LOG_MINUTES, label);

	for (size_t i = 0; i < b->count; i++) {
		if (b->leaf[i].bytes && slice_eq(b->leaf[i].name, name)) {
			return &b->leaf[i];
		}
	}
	return NULL;
}

/* Slots in which readers of this label are told of it: the slot itself, or each in its own. */
static uint32_t told_slots(const struct min_log *log, size_t label)
{
	size_t base = log_slot_base(log);
	seat_set readers = log_readers(log, label);
	uint32_t slots = 0;

	if (label >= base) {
		return (uint32_t)1 << (label - base);
	}
	for (size_t i = 0; i < log->party_count; i++) {
		if (readers & seat_bit(log->party[i].seat)) {
			slots |= (uint32_t)1 << log->party[i].slot;
		}
	}
	return slots;
}

/* ---- corrections ---- */

/* In each slot the correction names the leaf that is read there. */
static enum err tell_amend(struct log_batch *b, const struct min_amend *amend, struct slice name,
			   uint32_t slots, const struct log_leaf *of_class)
{
	const struct min_log *log = b->log;
	char id[MIN_ID_CHARS + 1];
	char called[8 + MIN_ID_CHARS];
	char hash[MIN_B64_HASH + 1];
	enum err e = ERR_OK;

	log_id(log, id, "id amend %llu %.*s", (unsigned long long)amend->time, (int)name.len,
	       name.ptr);
	snprintf(called, sizeof called, "amend/%s", id);
	for (uint8_t i = 0; e == ERR_OK && i < MIN_SLOTS; i++) {
		uint16_t label = min_log_slot_label(log, i);
		const struct log_leaf *old = sealed_leaf(log, label, name);

		if (!(slots >> i & 1)) {
			continue;
		}
		min_b64_hash(old ? &old->hash : &of_class->hash, hash);
		e = batch_add(
		    b, label, slice_of(called),
		    json_pack("{s:i, s:s, s:o, s:O, s:o}", "entry", LOG_MINUTES, "leaf", hash,
			      "name", json_stringn(name.ptr, name.len), "value", amend->value,
			      "why",
			      json_stringn(amend->why.len ? amend->why.ptr : "", amend->why.len)));
	}
	return e;
}

enum err min_log_amend(struct min_log *log, const struct min_amend *amend, seat_set *readers,
		       struct min_change *change)
{
	uint32_t entry;
	const struct log_leaf *leaf = log_find(log, &amend->leaf, &entry);
	const struct log_leaf *of_class = NULL;
	struct log_batch b;
	uint32_t slots = 0;
	seat_set all = 0;
	enum err e = leaf && leaf->bytes ? ERR_OK : ERR_GONE;

	if (e == ERR_OK && (entry != LOG_MINUTES || !is_cell(leaf))) {
		e = ERR_RULE;
	} else if (e == ERR_OK &&
		   (!min_value_is_plain(amend->value) || !min_text_is_plain(amend->why))) {
		e = ERR_PROTO;
	} else if (e == ERR_OK && amend->why.len > MIN_STRING_BYTES / 2) {
		e = ERR_LIMIT;
	} else if (e == ERR_OK) {
		e = log_round_for(log, amend->time, &entry);
	}
	if (e != ERR_OK) {
		return e;
	}
	for (size_t i = 0; i < log->label_count; i++) {
		const struct log_leaf *copy = sealed_leaf(log, i, leaf->name);

		if (copy) {
			slots |= told_slots(log, i);
			all |= log_readers(log, i);
			of_class = i < log_slot_base(log) ? copy : of_class;
		}
	}
	batch_init(&b, log, entry, (int64_t)amend->time);
	e = tell_amend(&b, amend, leaf->name, slots, of_class);
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
		if (readers) {
			*readers = all;
		}
	}
	batch_fini(&b);
	return e;
}

/* ---- what holds the same ---- */

struct copies {
	struct arena *mem;
	struct min_hash *hash;
	size_t count, cap;
};

static void add_copy(struct copies *c, const struct log_leaf *l)
{
	for (size_t i = 0; i < c->count; i++) {
		if (min_hash_eq(&c->hash[i], &l->hash)) {
			return;
		}
	}
	mem_room(&c->hash, &c->cap, c->count, sizeof *c->hash);
	c->hash[c->count++] = l->hash;
}

/* Whether a correction is one of the cell of that name. */
static bool amends(const struct log_leaf *l, struct slice name)
{
	struct min_leaf leaf;
	const json_t *of;
	bool is;

	if (!l->is_amend || !l->bytes || !min_leaf_decode(l->d, &leaf)) {
		return false;
	}
	of = json_object_get(leaf.value, "name");
	is = slice_eq((struct slice){json_string_value(of), json_string_length(of)}, name);
	min_leaf_fini(&leaf);
	return is;
}

static void add_cell(const struct min_log *log, struct slice name, struct copies *c)
{
	for (size_t i = 0; i < log->label_count; i++) {
		const struct log_leaf *l = sealed_leaf(log, i, name);

		if (l) {
			add_copy(c, l);
		}
	}
	for (uint32_t i = LOG_FIRST_ROUND; i < log->entry_made; i++) {
		for (size_t s = 0; s < MIN_SLOTS; s++) {
			const struct log_box *b = &log->entry[i].box[s];

			for (size_t k = 0; k < b->count; k++) {
				if (amends(&b->leaf[k], name)) {
					add_copy(c, &b->leaf[k]);
				}
			}
		}
	}
}

/* The cell a correction is of. */
static struct slice amended_name(const struct log_leaf *l, struct arena *mem)
{
	struct min_leaf leaf;
	struct slice name = {0};

	if (min_leaf_decode(l->d, &leaf)) {
		const json_t *of = json_object_get(leaf.value, "name");

		name =
		    arena_dup(mem, (struct slice){json_string_value(of), json_string_length(of)});
		min_leaf_fini(&leaf);
	}
	return name;
}

/* Notes of one act whose text is the same: each slot has a leaf of its own. */
static void add_notes(const struct min_log *log, const struct log_act *act, const char *hash,
		      struct copies *c)
{
	const struct min_party *p = min_log_party(log, min_log_seat(log, slice_of(act->party)));
	json_t *say[MIN_SLOTS];
	struct min_leaf note;
	struct min_hash h;
	uint32_t entry;
	const struct log_leaf *l;
	const char *text = NULL;
	bool has = false;

	if (!p || act->of != p->slot ||
	    !log_act_says(act, p->shared | (uint32_t)1 << p->slot, say)) {
		return;
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		text = json_string_value(json_object_get(say[i], "note"));
		has = has || (text && strcmp(text, hash) == 0);
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		text = json_string_value(json_object_get(say[i], "note"));
		if (has && text && min_b64_exact(slice_of(text), h.b, sizeof h.b) &&
		    (l = log_find(log, &h, &entry)) && l->bytes && min_leaf_decode(l->d, &note)) {
			const struct log_leaf *first = log_find(log, &c->hash[0], &entry);
			struct min_leaf mine = {0};

			if (min_leaf_decode(first->d, &mine) &&
			    json_equal(mine.value, note.value)) {
				add_copy(c, l);
			}
			min_leaf_fini(&mine);
			min_leaf_fini(&note);
		}
		json_decref(say[i]);
	}
}

/* All notes of the act that has this one, in whatever slot, with the same text. */
static void add_note_copies(const struct min_log *log, const struct log_leaf *leaf, uint32_t entry,
			    struct copies *c)
{
	char hash[MIN_B64_HASH + 1];

	min_b64_hash(&leaf->hash, hash);
	for (size_t s = 0; s < MIN_SLOTS; s++) {
		const struct log_box *b = &log->entry[entry].box[s];

		for (size_t k = 0; k < b->count; k++) {
			struct log_act act;

			if (log_act_read(log, &b->leaf[k], &act)) {
				add_notes(log, &act, hash, c);
				log_act_fini(&act);
			}
		}
	}
}

/* Leaf 0, `manifest` and `member` never go; nor what says who signed. */
static bool may_go(const struct log_leaf *l)
{
	static const char *const kind[] = {"field/", "row/", "name/", "note/", "amend/"};

	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		if (slice_begins(l->name, kind[i])) {
			return true;
		}
	}
	return slice_is(l->name, "name") || slice_is(l->name, "notice");
}

enum err min_log_copies(const struct min_log *log, const struct min_hash *hash, struct arena *mem,
			struct min_hash **out, size_t *count)
{
	uint32_t entry;
	const struct log_leaf *leaf = log_find(log, hash, &entry);
	struct copies c = {.mem = mem};

	if (!leaf || !leaf->bytes) {
		return ERR_GONE;
	}
	if (leaf->ord[0] != ORD_LEAF || !may_go(leaf)) {
		return ERR_RULE;
	}
	add_copy(&c, leaf);
	if (is_cell(leaf)) {
		add_cell(log, leaf->name, &c);
	} else if (leaf->is_amend) {
		add_cell(log, amended_name(leaf, mem), &c);
	} else if (slice_begins(leaf->name, "name/")) {
		add_cell(log, leaf->name, &c);
	} else if (slice_begins(leaf->name, "note/")) {
		add_note_copies(log, leaf, entry, &c);
	}
	*out = arena_alloc(mem, c.count * sizeof **out);
	memcpy(*out, c.hash, c.count * sizeof **out);
	*count = c.count;
	free(c.hash);
	return ERR_OK;
}

/* ---- erasing ---- */

/* Two parties at least; each of them known to everybody who is told. */
static enum err look(const struct min_log *log, const struct min_erase *erase)
{
	seat_set by = 0;
	uint32_t entry;
	size_t parties = 0;

	for (size_t i = 0; i < erase->by_count; i++) {
		if (!min_log_party(log, erase->by[i].seat)) {
			return ERR_GONE;
		}
		parties += !(by & seat_bit(erase->by[i].seat));
		by |= seat_bit(erase->by[i].seat);
		if (erase->by[i].time > erase->time) {
			return ERR_RULE;
		}
	}
	if (parties < 2 || parties != erase->by_count || erase->leaf_count == 0) {
		return ERR_RULE;
	}
	for (size_t i = 0; i < erase->leaf_count; i++) {
		const struct log_leaf *l = log_find(log, &erase->leaf[i], &entry);

		if (!l || !l->bytes) {
			return ERR_GONE;
		}
		if (l->ord[0] != ORD_LEAF || !may_go(l)) {
			return ERR_RULE;
		}
		for (size_t k = 0; k < erase->by_count; k++) {
			seat_set readers = log_readers(log, l->label);

			if (log_knowing(log, readers, erase->by[k].seat) != readers) {
				return ERR_RULE;
			}
		}
		for (size_t k = 0; k < i; k++) {
			if (min_hash_eq(&erase->leaf[k], &erase->leaf[i])) {
				return ERR_RULE;
			}
		}
	}
	return ERR_OK;
}

/* NULL: no signature. */
static json_t *approval(const struct min_log *log, const struct min_erase *erase, const char *hash,
			const struct min_approval *by)
{
	struct buf statement = {0};
	struct buf text = {0};
	uint8_t nonce[16];
	uint8_t sig[64];
	json_t *value = NULL;

	log_fill(log, nonce, sizeof nonce, "nonce erase p-%u %s", by->seat, hash);
	buf_printf(&statement,
		   "rokusha/erase/v1\n%.*s\nleaf %s\nbasis %s\nparty %s\nmethod attested\nkey -\n"
		   "nonce ",
		   (int)log->origin.len, log->origin.ptr, hash, min_basis_name(erase->basis),
		   min_log_party(log, by->seat)->id);
	min_b64_add(&statement, nonce, sizeof nonce);
	buf_printf(&statement, "\ntime %llu\n", (unsigned long long)by->time);
	if (log->port.sign(log->port.arg, MIN_SIGN_ATTEST, buf_slice(&statement), sig)) {
		min_b64_add(&text, sig, sizeof sig);
		value =
		    json_pack("{s:o, s:o}", "statement", json_stringn(statement.ptr, statement.len),
			      "sig", json_stringn(text.ptr, text.len));
	}
	buf_fini(&statement);
	buf_fini(&text);
	return value;
}

static enum err tell_erased(struct log_batch *b, const struct min_erase *erase,
			    const struct log_leaf *leaf)
{
	const struct min_log *log = b->log;
	struct slice in = log->label[leaf->label];
	uint32_t slots = told_slots(log, leaf->label);
	json_t *approvals = json_array();
	char hash[MIN_B64_HASH + 1];
	char id[MIN_ID_CHARS + 1];
	char name[8 + MIN_ID_CHARS];
	enum err e = ERR_OK;

	min_b64_hash(&leaf->hash, hash);
	for (size_t i = 0; e == ERR_OK && i < erase->by_count; i++) {
		json_t *a = approval(log, erase, hash, &erase->by[i]);

		e = a && json_array_append_new(approvals, a) == 0 ? ERR_OK : ERR_IO;
	}
	log_id(log, id, "id erase %llu %.*s %s", (unsigned long long)erase->time, (int)in.len,
	       in.ptr, hash);
	snprintf(name, sizeof name, "erase/%s", id);
	for (uint8_t i = 0; e == ERR_OK && i < MIN_SLOTS; i++) {
		if (slots >> i & 1) {
			e = batch_add(
			    b, min_log_slot_label(log, i), slice_of(name),
			    json_pack("{s:s, s:O}", "leaf", hash, "approvals", approvals));
		}
	}
	json_decref(approvals);
	return e;
}

enum err min_log_erase(struct min_log *log, const struct min_erase *erase,
		       struct min_change *change)
{
	struct log_batch b;
	uint32_t entry;
	uint32_t at;
	enum err e = look(log, erase);

	if (e == ERR_OK) {
		e = log_round_for(log, erase->time, &entry);
	}
	if (e != ERR_OK) {
		return e;
	}
	batch_init(&b, log, entry, (int64_t)erase->time);
	for (size_t i = 0; e == ERR_OK && i < erase->leaf_count; i++) {
		e = tell_erased(&b, erase, log_find(log, &erase->leaf[i], &at));
	}
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
		for (size_t i = 0; i < erase->leaf_count; i++) {
			leaf_forget(log_find(log, &erase->leaf[i], &at));
			change_erased(change, &erase->leaf[i]);
		}
		change_body(change, log);
	}
	batch_fini(&b);
	return e;
}
