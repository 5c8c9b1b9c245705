#ifndef ROKUSHA_TESTS_FUZZ_MINUTES_LOG_H
#define ROKUSHA_TESTS_FUZZ_MINUTES_LOG_H

/* Of an input's lines (fuzz_minutes.c has their form) a bundle whose hashes and signatures hold. */
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "minutes/b64.h"
#include "minutes/leaf.h"
#include "minutes/note.h"
#include "minutes/shape.h"

enum {
	LABELS = 2 + MIN_SLOTS,
	OWN = 2 + 3,
	SHARED = 2 + 9,
	FACTS = 64,
	LOG_SEED = 1,
	PARTY_SEED = 2
};
enum { SEALED = 1000, ROUND = SEALED + 3600 };

static const char origin[] = "fuzz.example/c/0123456789abcdef0123456789abcdef";

struct fact {
	size_t label;
	bool in_round;
	json_t *pair;
};

struct world {
	struct fact fact[FACTS];
	size_t count;
	struct min_tree tree;
	struct min_hash root2;
	uint8_t salt; /* another for every leaf */
	char made[10]
		 [MIN_B64_HASH + 1]; /* hashes of the first leaves, in the order they are made */
	size_t made_count;
	struct buf out;
};

static const char *label_name(size_t i)
{
	return i == 0 ? "common" : i == 1 ? "plan.goal" : min_slot_name(i - 2);
}

static void key_of(uint8_t seed, uint8_t typed[MIN_KEY_TYPED], uint8_t secret[64])
{
	uint8_t bytes[32];

	memset(bytes, seed, sizeof bytes);
	typed[0] = MIN_KEY_ED25519;
	crypto_sign_seed_keypair(typed + 1, secret, bytes);
}

static void sign(uint8_t seed, struct slice text, struct buf *out)
{
	uint8_t typed[MIN_KEY_TYPED];
	uint8_t secret[64];
	uint8_t sig[MIN_ED_SIG];

	key_of(seed, typed, secret);
	crypto_sign_detached(sig, NULL, (const uint8_t *)text.ptr, text.len, secret);
	min_b64_add(out, sig, sizeof sig);
}

static struct buf leaf(struct world *w, const char *name, const json_t *value)
{
	uint8_t salt[MIN_SALT_BYTES] = {0};
	struct buf d = {0};

	salt[0] = w->salt++;
	min_leaf_encode(&d, salt, slice_of(name), value);
	return d;
}

/* ---- acts ---- */

static void put_hash(json_t *list, const struct min_hash *h)
{
	char text[MIN_B64_HASH + 1];

	min_b64_hash(h, text);
	json_array_append_new(list, json_string(text));
}

/* A tree of `count` places of which those open are shown as `told`; its root as text. */
static void tree(const struct min_hash *place, const bool *open, size_t count, char told[][256],
		 json_t *list, char root[MIN_B64_HASH + 1])
{
	struct min_part part[LABELS];
	size_t parts = min_parts_of(open, count, part);
	struct min_hash all;

	min_parts_fill(part, parts, place);
	for (size_t i = 0; i < parts; i++) {
		if (part[i].open) {
			json_array_append_new(list, json_string(told[part[i].from]));
		} else {
			put_hash(list, &part[i].hash);
		}
	}
	all = min_parts_root(part, parts, count);
	min_b64_hash(&all, root);
}

static void trees(struct world *w, const struct fact *f, json_t *value, char view[45], char say[45])
{
	struct min_hash place[LABELS];
	bool open[LABELS] = {false};
	char told[LABELS][256];
	json_t *said = json_object_get(value, "say");
	json_t *list = json_array();
	char name[24];

	for (size_t i = 0; i < LABELS; i++) {
		bool saw = i <= 1 || i == OWN || i == SHARED;
		struct buf d;

		(void)snprintf(name, sizeof name, "view/%zu", i);
		d = leaf(w, name, saw ? json_true() : json_false());
		place[i] = min_pair(buf_slice(&d));
		/* The salt is what stands behind `["` in it. */
		uint8_t salt[MIN_SALT_BYTES] = {(uint8_t)(w->salt - 1)};
		sodium_bin2base64(told[i], sizeof told[i], salt, sizeof salt,
				  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		strcat(told[i], saw ? "+" : "-");
		open[i] = f->label == OWN || i == f->label;
		buf_fini(&d);
	}
	tree(place, open, LABELS, told, list, view);
	json_object_set_new(value, "view", list);
	list = json_array();
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		bool here = i + 2 == OWN || i + 2 == SHARED;
		struct buf d;

		(void)snprintf(name, sizeof name, "say/%zu", i);
		d = leaf(w, name, here && min_value_is_plain(said) ? said : json_null());
		place[i] = min_pair(buf_slice(&d));
		(void)snprintf(told[i], sizeof told[i], "%.*s", (int)d.len, d.ptr);
		open[i] = f->label == OWN ? here : i + 2 == f->label;
		buf_fini(&d);
	}
	tree(place, open, MIN_SLOTS, told, list, say);
	json_object_set_new(value, "say", list);
}

static void fill(const struct world *w, struct slice text, const char *view, const char *say,
		 struct buf *out)
{
	char root[MIN_B64_HASH + 1];

	min_b64_hash(&w->root2, root);
	for (size_t i = 0; i < text.len; i++) {
		const char *put = NULL;

		if (text.ptr[i] == '$' && i + 1 < text.len) {
			char c = text.ptr[i + 1];
			put = c == 'O'               ? origin
			      : c == 'R'             ? root
			      : c == 'V'             ? view
			      : c == 'S'             ? say
			      : c >= '0' && c <= '9' ? w->made[c - '0']
						     : NULL;
		}
		if (put) {
			buf_add_str(out, put);
			i++;
		} else {
			buf_add(out, (struct slice){text.ptr + i, 1});
		}
	}
}

/* A member that is $0 … $9: the hash of that leaf. */
static void name_leaf(const struct world *w, json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	if (s && s[0] == '$' && s[1] >= '0' && s[1] <= '9') {
		json_object_set_new(o, member, json_string(w->made[s[1] - '0']));
	}
}

static void put_bytes(json_t *o, const char *member, struct slice bytes)
{
	struct buf b = {0};

	min_b64_add(&b, bytes.ptr, bytes.len);
	json_object_set_new(o, member, json_stringn(b.ptr, b.len));
	buf_fini(&b);
}

/* `"client":true`: what a passkey says of this statement. */
static void passkey(json_t *value, struct slice statement)
{
	struct min_hash challenge = min_sha256(&statement, 1);
	struct slice rp = slice_of("fuzz.example");
	struct min_hash rp_hash = min_sha256(&rp, 1);
	struct buf client = {0};
	struct buf auth = {0};

	buf_add_str(&client, "{\"type\":\"webauthn.get\",\"challenge\":\"");
	min_b64u_add(&client, challenge.b, sizeof challenge.b);
	buf_add_str(&client, "\",\"origin\":\"https://fuzz.example\",\"crossOrigin\":false}");
	buf_add(&auth, (struct slice){(const char *)rp_hash.b, sizeof rp_hash.b});
	buf_add(&auth, (struct slice){"\5\0\0\0\1", 5});
	put_bytes(value, "client", buf_slice(&client));
	put_bytes(value, "auth", buf_slice(&auth));
	buf_fini(&client);
	buf_fini(&auth);
}

/* What stands for something in a value; -> the id of its statement. */
static void complete(struct world *w, const struct fact *f, json_t *value, char id[17])
{
	char view[45] = "";
	char say[45] = "";
	const json_t *text = json_object_get(value, "statement");
	struct buf statement = {0};
	struct min_hash h;
	struct buf sig = {0};

	name_leaf(w, value, "leaf");
	name_leaf(w, json_object_get(value, "say"), "note");
	if (json_is_true(json_object_get(value, "view"))) {
		trees(w, f, value, view, say);
	}
	if (json_is_string(text)) {
		fill(w, (struct slice){json_string_value(text), json_string_length(text)}, view,
		     say, &statement);
		json_object_set_new(
		    value, "statement",
		    json_stringn(statement.ptr ? statement.ptr : "", statement.len));
		h = min_sha256(&(struct slice){statement.ptr, statement.len}, 1);
		sodium_bin2hex(id, 17, h.b, 8);
	}
	if (json_is_true(json_object_get(value, "client"))) {
		passkey(value, buf_slice(&statement));
	}
	if (json_is_true(json_object_get(value, "sig"))) {
		sign(PARTY_SEED, buf_slice(&statement), &sig);
		json_object_set_new(value, "sig", json_stringn(sig.ptr, sig.len));
	}
	buf_fini(&statement);
	buf_fini(&sig);
}

/* ---- the log ---- */

static void add_string(struct buf *b, struct slice s)
{
	buf_add_str(b, "\"");
	buf_add(b, s);
	buf_add_str(b, "\"");
}

static void one(struct world *w, struct fact *f, struct buf *list, struct min_tree *t)
{
	json_t *value = json_array_get(f->pair, 1);
	char id[17] = "";
	struct buf name = {0};
	struct buf d;
	struct min_hash h;

	if (json_is_object(value)) {
		json_t *approvals = json_object_get(value, "approvals");

		complete(w, f, value, id);
		for (size_t i = 0; i < json_array_size(approvals); i++) {
			char no[17];

			complete(w, f, json_array_get(approvals, i), no);
		}
	}
	buf_add_str(&name, label_name(f->label));
	buf_add_str(&name, "/");
	for (const char *c = json_string_value(json_array_get(f->pair, 0)); *c; c++) {
		if (*c == '$') {
			buf_add_str(&name, id);
		} else {
			buf_add(&name, (struct slice){c, 1});
		}
	}
	buf_add(&name, (struct slice){"", 1});
	if (!min_value_is_plain(value)) {
		value = json_null(); /* no leaf, but it is written */
	}
	d = leaf(w, name.ptr, value);
	h = min_leaf_hash(buf_slice(&d));
	min_tree_add(t, &h);
	if (w->made_count < 10) {
		min_b64_hash(&h, w->made[w->made_count++]);
	}
	buf_add_str(list, ",");
	add_string(list, buf_slice(&d));
	buf_fini(&name);
	buf_fini(&d);
}

/* The box of a label: its leaves as a list, and its root. */
static struct min_hash box(struct world *w, size_t label, bool in_round, bool empty,
			   struct buf *list)
{
	struct min_tree t = {0};
	size_t n = 0;
	char name[64];
	struct buf d;
	struct min_hash h;

	for (size_t i = 0; !empty && i < w->count; i++) {
		n += w->fact[i].label == label && w->fact[i].in_round == in_round;
	}
	(void)snprintf(name, sizeof name, "%s/~", label_name(label));
	json_t *count = json_integer((json_int_t)n);
	d = leaf(w, name, count);
	json_decref(count);
	h = min_leaf_hash(buf_slice(&d));
	min_tree_add(&t, &h);
	buf_add_str(list, "[");
	add_string(list, buf_slice(&d));
	buf_fini(&d);
	for (size_t i = 0; !empty && i < w->count; i++) {
		if (w->fact[i].label == label && w->fact[i].in_round == in_round) {
			one(w, &w->fact[i], list, &t);
		}
	}
	(void)snprintf(name, sizeof name, "%s/~pad", label_name(label));
	while (t.size < min_box_size(n)) {
		json_t *zero = json_integer(0);

		d = leaf(w, name, zero);
		json_decref(zero);
		h = min_leaf_hash(buf_slice(&d));
		min_tree_add(&t, &h);
		buf_add_str(list, ",");
		add_string(list, buf_slice(&d));
		buf_fini(&d);
	}
	buf_add_str(list, "]");
	return n == 0 ? min_box_root(&h, 1) : min_tree_root(&t);
}

static void header(struct world *w, struct buf *lines)
{
	struct min_hash h = min_leaf_hash(buf_slice(lines));

	min_tree_add(&w->tree, &h);
	buf_add_str(&w->out, w->tree.size == 1 ? "{\"h\":[\"" : ",\n{\"h\":[\"");
	for (size_t i = 0; i < lines->len; i++) {
		if (lines->ptr[i] != '\n') {
			buf_add(&w->out, (struct slice){lines->ptr + i, 1});
		} else {
			buf_add_str(&w->out, i + 1 < lines->len ? "\",\"" : "\"],\"b\":");
		}
	}
}

/* An entry whose box is the tree over the slots. */
static void sheaf(struct world *w, struct buf *lines, bool in_round)
{
	struct min_hash place[MIN_SLOTS] = {0};
	bool open[MIN_SLOTS] = {false};
	struct min_part part[MIN_SLOTS];
	struct buf own = {0};
	struct buf shared = {0};
	char text[MIN_B64_HASH + 1];
	struct min_hash root;
	size_t parts;

	open[OWN - 2] = open[SHARED - 2] = true;
	place[OWN - 2] = box(w, OWN, true, !in_round, &own);
	place[SHARED - 2] = box(w, SHARED, true, !in_round, &shared);
	parts = min_parts_of(open, MIN_SLOTS, part);
	min_parts_fill(part, parts, place);
	root = min_parts_root(part, parts, MIN_SLOTS);
	min_b64_hash(&root, text);
	buf_printf(lines, "box %s\n", text);
	header(w, lines);
	for (size_t i = 0; i < parts; i++) {
		buf_add_str(&w->out, i ? "," : "[");
		if (part[i].open) {
			buf_add(&w->out, buf_slice(part[i].from == OWN - 2 ? &own : &shared));
		} else {
			min_b64_hash(&part[i].hash, text);
			add_string(&w->out, slice_of(text));
		}
	}
	buf_add_str(&w->out, "]}");
	buf_fini(&own);
	buf_fini(&shared);
}

static void genesis(struct world *w)
{
	uint8_t typed[MIN_KEY_TYPED];
	uint8_t secret[64];
	struct buf lines = {0};

	buf_printf(&lines, "rokusha/entry/v1\nindex 0\nkind genesis\ntime %d\nlog %s\nparent -\n",
		   SEALED, origin);
	for (size_t i = 0; i < LABELS; i++) {
		buf_printf(&lines, "label %s\n", label_name(i));
	}
	key_of(PARTY_SEED, typed, secret);
	buf_add_str(&lines, "rp fuzz.example\nattest ");
	min_b64_add(&lines, typed, sizeof typed);
	buf_add_str(&lines, "\n");
	sheaf(w, &lines, false);
	buf_fini(&lines);
}

static void minutes(struct world *w)
{
	static const size_t reads[] = {0, 1, OWN, SHARED};
	struct min_hash root[LABELS] = {0};
	struct buf lines = {0};
	struct buf boxes = {0};
	char text[MIN_B64_HASH + 1];

	for (size_t i = 0; i < 4; i++) {
		buf_add_str(&boxes, i ? "," : "[");
		root[reads[i]] = box(w, reads[i], false, false, &boxes);
	}
	buf_printf(&lines, "rokusha/entry/v1\nindex 1\nkind minutes\ntime %d\ndeadline %d\n",
		   SEALED, ROUND);
	for (size_t i = 0; i < LABELS; i++) {
		min_b64_hash(&root[i], text);
		buf_printf(&lines, "box %s %s\n", label_name(i), text);
	}
	header(w, &lines);
	buf_add(&w->out, buf_slice(&boxes));
	buf_add_str(&w->out, "]}");
	w->root2 = min_tree_root(&w->tree);
	buf_fini(&lines);
	buf_fini(&boxes);
}

static void round_1(struct world *w)
{
	struct buf lines = {0};

	buf_printf(&lines, "rokusha/entry/v1\nindex 2\nkind round\ntime %d\n", ROUND);
	sheaf(w, &lines, true);
	buf_fini(&lines);
}

/* The whole bundle, appended to `out`. */
static void write_log(struct world *w, struct buf *out)
{
	uint8_t typed[MIN_KEY_TYPED];
	uint8_t secret[64];
	struct buf text = {0};
	struct min_hash root;

	genesis(w);
	minutes(w);
	round_1(w);
	root = min_tree_root(&w->tree);
	min_checkpoint_text(&text, slice_of(origin), 3, &root);
	key_of(LOG_SEED, typed, secret);
	buf_printf(out, "{\"format\":\"rokusha-bundle/1\",\"origin\":\"%s\",\"key\":\"", origin);
	min_b64_add(out, typed, sizeof typed);
	buf_add_str(out, "\",\"size\":3,\"sig\":\"");
	sign(LOG_SEED, buf_slice(&text), out);
	buf_printf(out, "\",\"reads\":[\"common\",\"plan.goal\",\"%s\",\"%s\"],\"entries\":[\n",
		   label_name(OWN), label_name(SHARED));
	buf_add(out, buf_slice(&w->out));
	buf_add_str(out, "\n]}\n");
	buf_fini(&text);
}

static void read_line(struct world *w, struct slice line)
{
	static const struct {
		char word;
		size_t label;
		bool in_round;
	} row[] = {{'c', 0, false},      {'k', 1, false},  {'o', OWN, false},
		   {'m', SHARED, false}, {'r', OWN, true}, {'s', SHARED, true}};
	json_t *pair;

	if (line.len < 2 || w->count == FACTS) {
		return;
	}
	pair = json_loadb(line.ptr + 2, line.len - 2, 0, NULL);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const json_t *name = json_array_get(pair, 0);

		if (line.ptr[0] == row[i].word && json_array_size(pair) == 2 &&
		    json_is_string(name) &&
		    min_text_is_plain(
			(struct slice){json_string_value(name), json_string_length(name)})) {
			w->fact[w->count++] =
			    (struct fact){row[i].label, row[i].in_round, json_incref(pair)};
		}
	}
	json_decref(pair);
}

static void make(struct slice text, struct buf *out)
{
	struct world w = {0};

	while (text.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t n = end ? (size_t)(end - text.ptr) : text.len;

		read_line(&w, (struct slice){text.ptr, n});
		text.ptr += n + (end ? 1 : 0);
		text.len -= n + (end ? 1 : 0);
	}
	write_log(&w, out);
	for (size_t i = 0; i < w.count; i++) {
		json_decref(w.fact[i].pair);
	}
	buf_fini(&w.out);
}

#endif
