/*
 * The log of server/minutes told what to do by JSON: on standard input what is sealed and what
 * happens to it, on standard output its entries, every seat's bundle, and what each is told.
 * drive.mjs asks.
 */
#include <stdio.h>

#include "base/ids.h"
#include "minutes/b64.h"
#include "support/minutes_rig.h"

struct drive {
	struct minutes_rig rig;
	const json_t *script;
	struct min_log *log;
	struct min_change change;
	bool reloads; /* after every step */
};

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "drive: %s\n", what);
		exit(1);
	}
}

static void must_ok(enum err e, const char *what)
{
	if (e != ERR_OK) {
		fprintf(stderr, "drive: %s: %s\n", what, err_name(e));
		exit(1);
	}
}

static struct slice text(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

static uint64_t number(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

static uint64_t hex(const json_t *v)
{
	struct slice s = {json_string_value(v), json_string_length(v)};
	uint64_t n = 0;

	must(id_from_hex(s, &n), "a number of 16 digits");
	return n;
}

static void hash_of(struct slice s, struct min_hash *out)
{
	must(min_b64_exact(s, out->b, sizeof out->b), "a hash");
}

static size_t count(const json_t *o, const char *key)
{
	return json_array_size(json_object_get(o, key));
}

static const json_t *item(const json_t *o, const char *key, size_t i)
{
	return json_array_get(json_object_get(o, key), i);
}

/* ---- sealing ---- */

static void read_cell(const json_t *v, struct min_cell *c)
{
	*c = (struct min_cell){.column = text(v, "column"),
			       .table = text(v, "table"),
			       .row = hex(json_object_get(v, "row")),
			       .named = (uint8_t)number(v, "named"),
			       .kind = (enum min_value_kind)number(v, "kind"),
			       .json = json_object_get(v, "json"),
			       .seat = (uint8_t)number(v, "seat"),
			       .ref = hex(json_object_get(v, "ref")),
			       .nth = (uint32_t)number(v, "nth"),
			       .cls = (uint16_t)number(v, "cls"),
			       .audience = (uint16_t)number(v, "audience"),
			       .readers = hex(json_object_get(v, "readers"))};
}

static struct min_input read_input(const json_t *v)
{
	struct min_input in = {.seat_count = count(v, "seats"),
			       .class_count = count(v, "classes"),
			       .audience_count = count(v, "audiences"),
			       .cell_count = count(v, "cells"),
			       .notice = text(v, "notice")};
	struct min_seat *seat = mem_alloc(in.seat_count * sizeof *seat);
	struct min_class *cls = mem_alloc(in.class_count * sizeof *cls);
	seat_set *audience = mem_alloc(in.audience_count * sizeof *audience);
	struct min_cell *cell = mem_alloc(in.cell_count * sizeof *cell);

	for (size_t i = 0; i < in.seat_count; i++) {
		const json_t *s = item(v, "seats", i);

		seat[i] = (struct min_seat){.seat = (uint8_t)number(s, "seat"),
					    .wire = number(s, "seat"),
					    .role = text(s, "role"),
					    .name = text(s, "name"),
					    .label = text(s, "label"),
					    .knows = hex(json_object_get(s, "knows"))};
	}
	for (size_t i = 0; i < in.class_count; i++) {
		const json_t *c = item(v, "classes", i);

		cls[i] = (struct min_class){text(c, "label"), hex(json_object_get(c, "readers"))};
	}
	for (size_t i = 0; i < in.audience_count; i++) {
		audience[i] = hex(item(v, "audiences", i));
	}
	for (size_t i = 0; i < in.cell_count; i++) {
		read_cell(item(v, "cells", i), &cell[i]);
	}
	in.seat = seat;
	in.cls = cls;
	in.audience = audience;
	in.cell = cell;
	return in;
}

/* Labels in the order of the log: not there yet when hashes are hidden. */
static struct slice label_name(const json_t *script, uint16_t label)
{
	const json_t *v = json_array_get(json_object_get(script, "labels"), label);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

static bool has(const json_t *list, struct slice s)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (slice_is(s, json_string_value(json_array_get(list, i)))) {
			return true;
		}
	}
	return false;
}

/* As sealedFrom in play.mjs. `arg` is the rig, first in the drive. */
static void hide(void *arg, const char *kind, uint8_t seat, uint16_t label, const char *when,
		 struct min_hash *hash)
{
	const struct drive *d = arg;
	const json_t *h = json_object_get(d->script, "hide");
	struct slice in = label_name(d->script, label);
	struct buf place = {0};
	bool own = seat == number(h, "viewer");
	bool open;

	if (seat == SEAT_NONE) {
		open = has(json_object_get(h, "reads"), in);
	} else {
		open = (own && strcmp(kind, "view") == 0) ||
		       has(json_object_get(h, "shared"), in) ||
		       (own && slice_eq(in, text(h, "own")));
	}
	if (!open) {
		buf_printf(&place, "hidden %s ", kind);
		buf_printf(&place, seat == SEAT_NONE ? "null" : "p-%u", seat);
		buf_printf(&place, " %.*s %s", (int)in.len, in.ptr, when);
		buf_printf(&place, "%c", 0);
		rig_drawn(d->rig.seed, place.ptr, hash->b, sizeof hash->b);
	}
	buf_fini(&place);
}

static void seal(struct drive *d)
{
	const json_t *p = json_object_get(d->script, "params");
	struct min_input in = read_input(json_object_get(d->script, "input"));
	struct min_params params = {.origin = text(p, "origin"),
				    .parent = text(p, "parent"),
				    .rp = text(p, "rp"),
				    .sealed = number(p, "sealed"),
				    .deadline = number(p, "deadline")};

	memcpy(params.log_key, d->rig.public_key[MIN_SIGN_LOG], 32);
	memcpy(params.attest_key, d->rig.public_key[MIN_SIGN_ATTEST], 32);
	d->rig.port.first = hex(json_object_get(d->script, "first"));
	d->rig.port.hide = json_is_object(json_object_get(d->script, "hide")) ? hide : NULL;
	must_ok(min_log_seal(&in, &params, &d->rig.port, &d->log, &d->change), "seal");
	free((void *)in.seat);
	free((void *)in.cls);
	free((void *)in.audience);
	free((void *)in.cell);
}

/* ---- what happens ---- */

static uint8_t slot_named(const struct min_log *log, const char *name)
{
	for (uint8_t i = 0; i < 32; i++) {
		if (slice_is(min_log_label(log, min_log_slot_label(log, i)), name)) {
			return i;
		}
	}
	must(false, "a slot");
	return 0;
}

static struct min_say read_say(const json_t *v)
{
	struct min_say s = {.note = text(v, "note"),
			    .is_mark = json_object_get(v, "hand") != NULL,
			    .by = (uint8_t)number(v, "by"),
			    .witness = (uint8_t)number(v, "witness")};

	must(min_decision_of(text(v, "decision"), &s.decision), "a decision");
	if (json_object_get(v, "about")) {
		s.has_about = true;
		hash_of(text(v, "about"), &s.about);
	}
	return s;
}

static void sign(struct drive *d, const json_t *op)
{
	struct min_slot_say other[32];
	struct min_act act = {.seat = (uint8_t)number(op, "seat"),
			      .time = number(op, "time"),
			      .size = (uint32_t)number(op, "size"),
			      .say = read_say(json_object_get(op, "say")),
			      .other = other};
	const json_t *v = json_object_get(op, "evidence");
	struct buf bytes[4] = {{0}, {0}, {0}, {0}};
	static const char *const key[] = {"spki", "auth", "client", "sig"};
	struct min_draft *draft = NULL;
	struct min_hash hash;
	const char *slot;
	json_t *says;

	json_object_foreach(json_object_get(op, "says"), slot, says)
	{
		other[act.other_count++] =
		    (struct min_slot_say){slot_named(d->log, slot), read_say(says)};
	}
	for (size_t i = 0; i < count(op, "slots"); i++) {
		act.slots |= (uint32_t)1
			     << slot_named(d->log, json_string_value(item(op, "slots", i)));
	}
	must(min_method_of(text(op, "method"), &act.method), "a method");
	if (act.method == MIN_PAPER) {
		hash_of(text(op, "scan"), &act.scan);
	}
	if (act.method != MIN_WEBAUTHN) {
		must_ok(min_log_sign(d->log, &act, &hash, &d->change), "sign");
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		must(min_b64_decode(text(v, key[i]), &bytes[i]), "evidence");
	}
	act.spki = buf_slice(&bytes[0]);
	must_ok(min_log_draft(d->log, &act, &draft), "draft");
	must_ok(min_log_finish(d->log, draft,
			       &(struct min_evidence){buf_slice(&bytes[1]), buf_slice(&bytes[2]),
						      buf_slice(&bytes[3])},
			       &hash, &d->change),
		"finish");
	min_draft_free(draft);
	for (size_t i = 0; i < 4; i++) {
		buf_fini(&bytes[i]);
	}
}

static void amend(struct drive *d, const json_t *op)
{
	struct min_amend a = {.time = number(op, "time"),
			      .value = json_object_get(op, "value"),
			      .why = text(op, "why")};

	hash_of(text(op, "leaf"), &a.leaf);
	must_ok(min_log_amend(d->log, &a, NULL, &d->change), "amend");
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct min_hash));
}

/* `copies`: the leaves are all that hold what the first one holds. */
static void erase(struct drive *d, const json_t *op)
{
	struct min_hash leaf[64];
	struct min_approval by[8];
	struct min_erase e = {.time = number(op, "time"),
			      .leaf = leaf,
			      .leaf_count = count(op, "leaves"),
			      .by = by,
			      .by_count = count(op, "by")};
	struct min_hash *copies;
	struct arena mem;
	size_t n;

	for (size_t i = 0; i < e.leaf_count; i++) {
		const json_t *v = item(op, "leaves", i);

		hash_of((struct slice){json_string_value(v), json_string_length(v)}, &leaf[i]);
	}
	for (size_t i = 0; i < e.by_count; i++) {
		by[i] =
		    (struct min_approval){(uint8_t)json_integer_value(item(op, "by", i)), e.time};
	}
	must(min_basis_of(text(op, "basis"), &e.basis), "a basis");
	if (json_is_true(json_object_get(op, "copies"))) {
		arena_init(&mem);
		must_ok(min_log_copies(d->log, &leaf[0], &mem, &copies, &n), "copies");
		qsort(leaf, e.leaf_count, sizeof *leaf, by_hash);
		qsort(copies, n, sizeof *copies, by_hash);
		must(n == e.leaf_count && memcmp(leaf, copies, n * sizeof *leaf) == 0,
		     "the same copies");
		arena_fini(&mem);
	}
	must_ok(min_log_erase(d->log, &e, &d->change), "erase");
}

static void step(struct drive *d, const json_t *op)
{
	struct slice what = text(op, "op");
	struct buf spki = {0};

	if (slice_is(what, "until")) {
		must_ok(min_log_until(d->log, number(op, "time"), &d->change), "until");
	} else if (slice_is(what, "sign")) {
		sign(d, op);
	} else if (slice_is(what, "amend")) {
		amend(d, op);
	} else if (slice_is(what, "erase")) {
		erase(d, op);
	} else {
		must(slice_is(what, "key") && min_b64_decode(text(op, "spki"), &spki), "op");
		must_ok(min_log_key(d->log, (uint8_t)number(op, "seat"), buf_slice(&spki),
				    number(op, "time"), &d->change),
			"key");
		buf_fini(&spki);
	}
}

/* Kept, and where it is asked for thrown away and loaded again. */
static void keep(struct drive *d)
{
	const char *why;

	rig_keep(&d->rig, &d->change);
	if (!d->reloads) {
		return;
	}
	min_log_free(d->log);
	must_ok(rig_load(&d->rig, &d->log), "load");
	why = min_log_check(d->log);
	must(!why, why);
}

/* ---- what came of it ---- */

static json_t *base64(const void *bytes, size_t n)
{
	struct buf b = {0};
	json_t *v;

	min_b64_add(&b, bytes, n);
	v = json_stringn(b.ptr, b.len);
	buf_fini(&b);
	return v;
}

static json_t *told(const struct drive *d, uint8_t seat)
{
	struct min_told *act;
	json_t *all = json_array();
	struct arena mem;
	size_t n;

	arena_init(&mem);
	must_ok(min_log_status(d->log, seat, &mem, &act, &n), "status");
	for (size_t i = 0; i < n; i++) {
		json_t *says = json_object();

		for (size_t k = 0; k < act[i].say_count; k++) {
			const struct min_told_say *s = &act[i].say[k];
			struct slice in =
			    min_log_label(d->log, min_log_slot_label(d->log, s->slot));

			json_object_setn_new(says, in.ptr, in.len,
					     json_pack("[s, s%, b]", min_decision_name(s->decision),
						       s->note.len ? s->note.ptr : "", s->note.len,
						       s->is_mark));
		}
		json_array_append_new(
		    all, json_pack("{s:o, s:s, s:s, s:I, s:b, s:i, s:i, s:b, s:s%, s:o}",
				   "statement", base64(act[i].statement.b, 32), "party",
				   min_log_party(d->log, act[i].seat)->id, "method",
				   min_method_name(act[i].method), "time", (json_int_t)act[i].time,
				   "late", act[i].is_late, "size", act[i].size, "entry",
				   act[i].entry, "vouched", act[i].is_vouched, "name",
				   act[i].name.ptr ? act[i].name.ptr : "", act[i].name.len, "says",
				   says));
	}
	arena_fini(&mem);
	return all;
}

static json_t *heads(const struct drive *d, uint8_t seat)
{
	struct min_due due[MIN_DUE_MAX];
	size_t n = min_log_heads(d->log, seat, due);
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *slots = json_array();

		for (uint8_t s = 0; s < 32; s++) {
			if (due[i].slots >> s & 1) {
				struct slice in =
				    min_log_label(d->log, min_log_slot_label(d->log, s));

				json_array_append_new(slots, json_stringn(in.ptr, in.len));
			}
		}
		json_array_append_new(all, json_pack("[i, o, o, b]", due[i].size,
						     base64(due[i].root.b, 32), slots,
						     due[i].is_signed));
	}
	return all;
}

static json_t *outcome(const struct drive *d)
{
	json_t *entries = json_array();
	json_t *seats = json_array();

	for (size_t i = 0; i < d->rig.entry_count; i++) {
		const struct min_row_entry *e = &d->rig.entry[i];

		json_array_append_new(
		    entries, json_pack("{s:s%, s:o, s:o}", "header", e->header.ptr, e->header.len,
				       "root", base64(e->root.b, 32), "sig", base64(e->sig, 64)));
	}
	for (uint8_t seat = 0; seat < SEAT_MAX; seat++) {
		struct buf bundle = {0};

		if (!min_log_party(d->log, seat)) {
			continue;
		}
		must_ok(min_log_bundle(d->log, seat, &bundle), "bundle");
		json_array_append_new(seats, json_pack("{s:i, s:s, s:s%, s:o, s:o}", "seat", seat,
						       "id", min_log_party(d->log, seat)->id,
						       "bundle", bundle.ptr, bundle.len, "acts",
						       told(d, seat), "heads", heads(d, seat)));
		buf_fini(&bundle);
	}
	return json_pack("{s:o, s:o}", "entries", entries, "seats", seats);
}

int main(void)
{
	struct drive d = {0};
	json_t *script = json_loadf(stdin, 0, NULL);
	json_t *out;
	const char *why;

	must(sodium_init() >= 0 && script, "a script");
	d.script = script;
	d.reloads = json_is_true(json_object_get(script, "reload"));
	rig_init(&d.rig, json_string_value(json_object_get(script, "seed")));
	min_change_init(&d.change);
	seal(&d);
	keep(&d);
	for (size_t i = 0; i < count(script, "ops"); i++) {
		step(&d, item(script, "ops", i));
		keep(&d);
	}
	why = d.rig.port.hide ? NULL : min_log_check(d.log);
	must(!why, why);
	out = outcome(&d);
	json_dumpf(out, stdout, JSON_COMPACT);
	json_decref(out);
	json_decref(script);
	min_log_free(d.log);
	min_change_fini(&d.change);
	rig_fini(&d.rig);
	return 0;
}
