/* A party signs: schema/minutes.md §4. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"

struct told {
	char *text; /* what stands in the act where the place is open */
	struct min_hash hash;
};

struct min_draft {
	struct min_party party; /* a copy: its strings are not used */
	enum min_method method;
	uint64_t time;
	uint32_t slots;
	struct buf statement;
	struct min_hash hash;
	struct told *view; /* one a label */
	size_t labels;
	struct told say[MIN_SLOTS];
	struct log_leaf note[MIN_SLOTS];
	size_t notes;
	bool is_done;
};

void min_draft_free(struct min_draft *d)
{
	if (!d) {
		return;
	}
	for (size_t i = 0; i < d->labels; i++) {
		free(d->view[i].text);
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		free(d->say[i].text);
		leaf_forget(&d->note[i]);
	}
	free(d->view);
	buf_fini(&d->statement);
	free(d);
}

struct slice min_draft_statement(const struct min_draft *d)
{
	return buf_slice(&d->statement);
}

/* ---- answers: one disclosure a place ---- */

/* `sign`: of yes and no the salt and a sign are enough to write the disclosure. */
static struct told answer(const struct min_log *log, const struct min_act *act, const char *kind,
			  size_t label, size_t nth, const json_t *value)
{
	struct slice in = log->label[label];
	struct told t = {0};
	uint8_t salt[MIN_SALT_BYTES];
	struct buf d = {0};
	char name[32];
	char when[48];

	snprintf(name, sizeof name, "%s/%zu", kind, nth);
	snprintf(when, sizeof when, "%llu %u", (unsigned long long)act->time, act->size);
	log_fill(log, salt, sizeof salt, "salt %s p-%u %s %.*s", kind, act->seat, when, (int)in.len,
		 in.ptr);
	min_leaf_encode(&d, salt, slice_of(name), value);
	t.hash = min_pair(buf_slice(&d));
	if (log->port.hide) {
		log->port.hide(log->port.arg, kind, act->seat, (uint16_t)label, when, &t.hash);
	}
	if (json_is_boolean(value)) {
		buf_clear(&d);
		min_b64u_add(&d, salt, sizeof salt);
		buf_add_str(&d, json_is_true(value) ? "+" : "-");
	}
	t.text = mem_dup(buf_slice(&d));
	buf_fini(&d);
	sodium_memzero(salt, sizeof salt);
	return t;
}

/* A note is a leaf of its own, so that it can be erased; what is signed is its hash. */
static enum err add_note(const struct min_log *log, const struct min_act *act, size_t slot,
			 struct slice note, struct min_draft *d, json_t *say)
{
	uint16_t label = min_log_slot_label(log, (uint8_t)slot);
	struct slice in = log->label[label];
	struct log_leaf *leaf = &d->note[d->notes];
	uint16_t told[MIN_SLOTS];
	char id[MIN_ID_CHARS + 1];
	char name[8 + MIN_ID_CHARS];
	char when[48];
	char hash[MIN_B64_HASH + 1];
	json_t *text;
	enum err e;

	/* Its hash is signed once, so it cannot stand in several readers' own slots. */
	if (log_told_in(log, slot, act->seat, told) != 1 || told[0] != label) {
		return ERR_OK;
	}
	if (note.len > MIN_STRING_BYTES / 2) {
		return ERR_LIMIT;
	}
	text = json_stringn(note.ptr, note.len);
	snprintf(when, sizeof when, "%llu %u", (unsigned long long)act->time, act->size);
	log_id(log, id, "id note p-%u %s %.*s", act->seat, when, (int)in.len, in.ptr);
	snprintf(name, sizeof name, "note/%s", id);
	e = text ? leaf_make(log, when, label, slice_of(name), text, leaf) : ERR_PROTO;
	json_decref(text);
	if (e == ERR_OK) {
		d->notes++;
		min_b64_hash(&leaf->hash, hash);
		json_object_set_new(say, "note", json_string(hash));
	}
	return e;
}

/* Who helped, where all of that slot may know of it. */
static void add_helper(const struct min_log *log, size_t slot, const char *key, uint8_t seat,
		       json_t *say)
{
	const struct min_party *p = seat == SEAT_NONE ? NULL : min_log_party(log, seat);
	seat_set members = log_members(log, slot);

	if (p && log_knowing(log, members, seat) == members) {
		json_object_set_new(say, key, json_string(p->id));
	}
}

static const struct min_say *say_in(const struct min_act *act, size_t slot)
{
	for (size_t i = 0; i < act->other_count; i++) {
		if (act->other[i].slot == slot) {
			return &act->other[i].say;
		}
	}
	return &act->say;
}

static enum err answer_say(const struct min_log *log, const struct min_act *act, size_t slot,
			   struct min_draft *d)
{
	const struct min_say *s = say_in(act, slot);
	json_t *value = json_null();
	char hash[MIN_B64_HASH + 1];
	enum err e = ERR_OK;

	if (d->slots >> slot & 1) {
		value = json_pack("{s:s}", "decision", min_decision_name(s->decision));
		if (s->note.len) {
			e = add_note(log, act, slot, s->note, d, value);
		}
		if (s->has_about) {
			min_b64_hash(&s->about, hash);
			json_object_set_new(value, "about", json_string(hash));
		}
		if (s->is_mark) {
			json_object_set_new(value, "hand", json_string("mark"));
			add_helper(log, slot, "by", s->by, value);
			add_helper(log, slot, "witness", s->witness, value);
		}
	}
	if (e == ERR_OK) {
		d->say[slot] = answer(log, act, "say", log_slot_base(log) + slot, slot, value);
	}
	json_decref(value);
	return e;
}

/* ---- the statement ---- */

static struct min_hash root_of(const struct told *t, size_t count)
{
	struct min_hash *all = mem_alloc(count * sizeof *all);
	struct min_hash root;

	for (size_t i = 0; i < count; i++) {
		all[i] = t[i].hash;
	}
	root = min_root(all, count);
	free(all);
	return root;
}

static void add_line(struct buf *out, const char *word, const struct min_hash *hash)
{
	char text[MIN_B64_HASH + 1] = "-";

	if (hash) {
		min_b64_hash(hash, text);
	}
	buf_printf(out, "%s%s\n", word, text);
}

static void make_statement(const struct min_log *log, const struct min_act *act,
			   struct min_draft *d)
{
	struct min_hash key = min_sha256(&act->spki, 1);
	struct min_hash view = root_of(d->view, d->labels);
	struct min_hash say = root_of(d->say, MIN_SLOTS);
	struct buf *out = &d->statement;
	uint8_t nonce[16];
	struct slice whole;

	log_fill(log, nonce, sizeof nonce, "nonce p-%u %llu %u", act->seat,
		 (unsigned long long)act->time, act->size);
	buf_printf(out, "rokusha/sign/v1\n%.*s\n%u\n", (int)log->origin.len, log->origin.ptr,
		   act->size);
	add_line(out, "", &log->entry[act->size - 1].root);
	buf_printf(out, "party %s\nmethod %s\n", d->party.id, min_method_name(act->method));
	add_line(out, "key ", act->method == MIN_WEBAUTHN ? &key : NULL);
	add_line(out, "scan ", act->method == MIN_PAPER ? &act->scan : NULL);
	add_line(out, "view ", &view);
	add_line(out, "say ", &say);
	buf_add_str(out, "nonce ");
	min_b64_add(out, nonce, sizeof nonce);
	buf_printf(out, "\ntime %llu\n", (unsigned long long)act->time);
	whole = buf_slice(out);
	d->hash = min_sha256(&whole, 1);
}

/* Of each slot a head after something that changed what it says, or the minutes' own. */
static bool is_head(const struct min_log *log, uint32_t size, uint32_t slots)
{
	if (size <= LOG_MINUTES || size > log->entry_count) {
		return false;
	}
	for (size_t i = 0; size > LOG_MINUTES + 1 && i < MIN_SLOTS; i++) {
		const struct log_box *box = &log->entry[size - 1].box[i];
		bool amended = false;

		for (size_t k = 0; k < box->count; k++) {
			amended = amended || box->leaf[k].is_amend;
		}
		if ((slots >> i & 1) && !amended) {
			return false;
		}
	}
	return true;
}

static enum err look(const struct min_log *log, const struct min_act *act,
		     const struct min_party *p)
{
	uint32_t own = (uint32_t)1 << p->slot;
	uint32_t others = 0;

	if ((act->slots & ~(p->shared | own)) || act->time > LOG_TIME_MAX) {
		return ERR_RULE;
	}
	for (size_t i = 0; i < act->other_count; i++) {
		uint32_t bit =
		    act->other[i].slot < MIN_SLOTS ? (uint32_t)1 << act->other[i].slot : 0;

		if (!(bit & (act->slots | own)) || (bit & others)) {
			return ERR_RULE;
		}
		others |= bit;
	}
	return is_head(log, act->size, act->slots & ~own) ? ERR_OK : ERR_STALE;
}

enum err min_log_draft(const struct min_log *log, const struct min_act *act, struct min_draft **out)
{
	const struct min_party *p = min_log_party(log, act->seat);
	struct min_draft *d;
	enum err e = p ? look(log, act, p) : ERR_GONE;

	if (e != ERR_OK) {
		return e;
	}
	d = mem_alloc(sizeof *d);
	d->party = *p;
	d->method = act->method;
	d->time = act->time;
	d->slots = act->slots | (uint32_t)1 << p->slot;
	d->labels = log->label_count;
	d->view = mem_alloc(d->labels * sizeof *d->view);
	for (size_t i = 0; i < d->labels; i++) {
		d->view[i] = answer(log, act, "view", i, i,
				    min_log_reads(log, act->seat, i) ? json_true() : json_false());
	}
	for (size_t i = 0; e == ERR_OK && i < MIN_SLOTS; i++) {
		e = answer_say(log, act, i, d);
	}
	if (e == ERR_OK) {
		make_statement(log, act, d);
		*out = d;
	} else {
		min_draft_free(d);
	}
	return e;
}

/* ---- telling ---- */

/* A tree in part: what is told of the open places, hashes else. New reference. */
static json_t *part_of(const struct told *t, size_t count, const bool *open)
{
	struct min_part *part = mem_alloc(count * sizeof *part);
	struct min_hash *hash = mem_alloc(count * sizeof *hash);
	size_t parts = min_parts_of(open, count, part);
	json_t *list = json_array();
	char text[MIN_B64_HASH + 1];

	for (size_t i = 0; i < count; i++) {
		hash[i] = t[i].hash;
	}
	min_parts_fill(part, parts, hash);
	for (size_t i = 0; i < parts; i++) {
		min_b64_hash(&part[i].hash, text);
		json_array_append_new(list,
				      json_string(part[i].open ? t[part[i].from].text : text));
	}
	free(part);
	free(hash);
	return list;
}

static json_t *base64(struct slice bytes)
{
	struct buf b = {0};
	json_t *v;

	min_b64_add(&b, bytes.ptr, bytes.len);
	v = json_stringn(b.len ? b.ptr : "", b.len);
	buf_fini(&b);
	return v;
}

/* The act as it stands in one slot: in the signer's own one all of its view and of its slots. */
static json_t *told_value(const struct min_log *log, const struct min_draft *d, size_t slot,
			  const json_t *evidence)
{
	bool own = slot == d->party.slot;
	bool *view = mem_alloc(d->labels * sizeof *view);
	bool say[MIN_SLOTS];
	uint32_t mine = d->party.shared | (uint32_t)1 << d->party.slot;
	json_t *value;

	for (size_t i = 0; i < d->labels; i++) {
		view[i] = own || i == log_slot_base(log) + slot;
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		say[i] = own ? (mine >> i & 1) : i == slot;
	}
	value = json_pack("{s:o}", "statement", json_stringn(d->statement.ptr, d->statement.len));
	json_object_update(value, (json_t *)evidence);
	json_object_set_new(value, "view", part_of(d->view, d->labels, view));
	json_object_set_new(value, "say", part_of(d->say, MIN_SLOTS, say));
	free(view);
	return value;
}

static json_t *evidence_of(const struct min_log *log, const struct min_draft *d,
			   const struct min_evidence *evidence)
{
	uint8_t sig[64];
	struct slice bytes = {(const char *)sig, sizeof sig};

	if (d->method == MIN_WEBAUTHN) {
		return json_pack("{s:o, s:o, s:o}", "auth", base64(evidence->auth), "client",
				 base64(evidence->client), "sig", base64(evidence->sig));
	}
	if (!log->port.sign(log->port.arg, MIN_SIGN_ATTEST, buf_slice(&d->statement), sig)) {
		return NULL;
	}
	return json_pack("{s:o}", "sig", base64(bytes));
}

static enum err tell(struct log_batch *b, const struct min_draft *d, size_t slot,
		     const json_t *evidence)
{
	uint16_t label[MIN_SLOTS];
	size_t labels = log_told_in(b->log, slot, d->party.seat, label);
	json_t *value = told_value(b->log, d, slot, evidence);
	char name[8 + MIN_ID_CHARS + MIN_SLOT_CHARS];
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < labels; i++) {
		bool itself = label[i] == min_log_slot_label(b->log, (uint8_t)slot);
		int n = snprintf(name, sizeof name, "act/");

		for (size_t k = 0; k < MIN_ID_CHARS / 2; k++, n += 2) {
			snprintf(name + n, sizeof name - (size_t)n, "%02x", d->hash.b[k]);
		}
		if (!itself) {
			snprintf(name + n, sizeof name - (size_t)n, "/%s", min_slot_name(slot));
		}
		e = batch_add(b, label[i], slice_of(name), json_incref(value));
	}
	json_decref(value);
	return e;
}

enum err min_log_finish(struct min_log *log, struct min_draft *d,
			const struct min_evidence *evidence, struct min_hash *statement,
			struct min_change *change)
{
	struct log_batch b;
	uint32_t entry;
	json_t *said;
	enum err e = log_round_for(log, d->time, &entry);

	if (d->is_done || d->labels != log->label_count ||
	    (d->method == MIN_WEBAUTHN) != (evidence != NULL)) {
		return ERR_RULE;
	}
	if (e != ERR_OK) {
		return e;
	}
	said = evidence_of(log, d, evidence);
	if (!said) {
		return ERR_IO;
	}
	d->is_done = true;
	batch_init(&b, log, entry, (int64_t)d->time);
	for (size_t i = 0; e == ERR_OK && i < d->notes; i++) {
		e = batch_add_made(&b, &d->note[i]);
	}
	for (size_t i = 0; e == ERR_OK && i < MIN_SLOTS; i++) {
		if (d->slots >> i & 1) {
			e = tell(&b, d, i, said);
		}
	}
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
		if (statement) {
			*statement = d->hash;
		}
	}
	batch_fini(&b);
	json_decref(said);
	return e;
}

enum err min_log_sign(struct min_log *log, const struct min_act *act, struct min_hash *statement,
		      struct min_change *change)
{
	struct min_draft *d = NULL;
	enum err e = act->method == MIN_WEBAUTHN ? ERR_RULE : min_log_draft(log, act, &d);

	if (e == ERR_OK) {
		e = min_log_finish(log, d, NULL, statement, change);
	}
	min_draft_free(d);
	return e;
}

json_t *min_draft_json(const struct min_draft *d)
{
	json_t *view = json_array();
	json_t *say = json_array();
	json_t *note = json_array();

	for (size_t i = 0; i < d->labels; i++) {
		json_array_append_new(view, json_string(d->view[i].text));
	}
	for (size_t i = 0; i < d->notes; i++) {
		json_array_append_new(note, json_stringn(d->note[i].d.ptr, d->note[i].d.len));
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		json_array_append_new(say, json_string(d->say[i].text));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "statement",
			 json_stringn(d->statement.ptr, d->statement.len), "view", view, "say", say,
			 "note", note);
}

enum err min_log_key(struct min_log *log, uint8_t seat, struct slice spki, uint64_t time,
		     struct min_change *change)
{
	const struct min_party *p = min_log_party(log, seat);
	struct log_batch b;
	uint32_t entry;
	uint32_t told = 0; /* bit i: in slot i */
	char name[8 + MIN_ID_CHARS];
	enum err e = p ? log_round_for(log, time, &entry) : ERR_GONE;

	if (e != ERR_OK) {
		return e;
	}
	if (spki.len == 0 || spki.len > MIN_STRING_BYTES / 2) {
		return ERR_LIMIT;
	}
	snprintf(name, sizeof name, "key/%s", p->id);
	batch_init(&b, log, entry, (int64_t)time);
	for (size_t slot = 0; slot < MIN_SLOTS; slot++) {
		uint16_t label[MIN_SLOTS];
		size_t labels = 0;

		if ((p->shared | (uint32_t)1 << p->slot) >> slot & 1) {
			labels = log_told_in(log, slot, seat, label);
		}
		for (size_t i = 0; e == ERR_OK && i < labels; i++) {
			uint32_t bit = (uint32_t)1 << (label[i] - log_slot_base(log));

			if (!(told & bit)) {
				e = batch_add(&b, label[i], slice_of(name),
					      json_pack("{s:o}", "spki", base64(spki)));
			}
			told |= bit;
		}
	}
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
	}
	batch_fini(&b);
	return e;
}
