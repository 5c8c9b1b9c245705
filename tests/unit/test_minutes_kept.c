/* What is kept of a log of signed minutes: from it the same log again; altered, it is seen. */
#include "minutes/b64.h"
#include "support/minutes_conference.h"

#define check_ok(CALL) cr_assert_eq(CALL, ERR_OK)

/* Signed, corrected, erased; something of each waits for its round. */
static void story(struct conference *c)
{
	struct min_hash leaf;
	struct min_act act = agree_of(c, SELF, SEALED + 60);

	act.say.note = slice_of("付記");
	check_ok(min_log_sign(c->log, &act, NULL, &c->change));
	leaf = leaf_named(c, SELF, "row/min.decisions/", "/text");
	check_ok(amend(c, &leaf, SEALED + 120, NULL));
	check_ok(min_log_until(c->log, SEALED + 3600, &c->change));
	erase_all(c, &leaf, SEALED + 3700);
	check_ok(min_log_key(c->log, SELF, slice_of("a key"), SEALED + 3800, &c->change));
	check_ok(min_log_until(c->log, SEALED + 86400, &c->change));
	act = agree_of(c, EMP, SEALED + 86500);
	check_ok(min_log_sign(c->log, &act, NULL, &c->change));
	act = agree_of(c, PS, SEALED + 86600);
	act.slots = (uint32_t)1 << slot_of(c, 1);
	act.size = 3;
	check_ok(min_log_sign(c->log, &act, NULL, &c->change));
	leaf = leaf_named(c, EMP, "row/min.actions/", "/what");
	erase_all(c, &leaf, SEALED + 86700);
	leaf = leaf_named(c, EMP, "field/plan.work.action.what", "");
	check_ok(amend(c, &leaf, SEALED + 86800, NULL));
}

static void same_bundles(const struct min_log *a, const struct min_log *b)
{
	struct min_about one;
	struct min_about two;

	min_log_about(a, &one);
	min_log_about(b, &two);
	cr_assert_eq(one.entries, two.entries);
	cr_assert_eq(one.leaves, two.leaves);
	cr_assert_eq(one.next, two.next);
	cr_assert(min_hash_eq(&one.root, &two.root));
	for (uint8_t seat = 0; seat < SEATS; seat++) {
		struct buf x = {0};
		struct buf y = {0};
		struct min_due due_a[MIN_DUE_MAX];
		struct min_due due_b[MIN_DUE_MAX];
		size_t n = min_log_heads(a, seat, due_a);

		cr_assert_eq(min_log_bundle(a, seat, &x), min_log_bundle(b, seat, &y));
		cr_assert(slice_eq(buf_slice(&x), buf_slice(&y)), "seat %u", seat);
		cr_assert_eq(n, min_log_heads(b, seat, due_b));
		for (size_t i = 0; i < n; i++) {
			cr_assert(due_a[i].size == due_b[i].size &&
				  due_a[i].slots == due_b[i].slots &&
				  due_a[i].is_signed == due_b[i].is_signed &&
				  min_hash_eq(&due_a[i].root, &due_b[i].root));
		}
		buf_fini(&x);
		buf_fini(&y);
	}
}

Test(minutes_kept, a_loaded_log_is_the_log_before_and_goes_on_as_it_would_have)
{
	struct conference c;
	struct min_log *before;
	struct min_change other;
	struct min_act act;

	conference_seal(&c, "a");
	story(&c);
	rig_keep(&c.rig, &c.change);
	before = c.log;
	check_ok(rig_load(&c.rig, &c.log));
	same_bundles(before, c.log);
	cr_assert_null(min_log_check(c.log), "%s", min_log_check(c.log));
	min_change_init(&other);
	act = agree_of(&c, PS, SEALED + 90000);
	act.say.note = slice_of("もう一つ");
	check_ok(min_log_sign(before, &act, NULL, &other));
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	check_ok(min_log_until(before, SEALED + 20 * 86400, &other));
	check_ok(min_log_until(c.log, SEALED + 20 * 86400, &c.change));
	cr_assert_eq(other.leaf_count, c.change.leaf_count);
	same_bundles(before, c.log);
	conference_reload(&c);
	same_bundles(before, c.log);
	min_change_fini(&other);
	min_log_free(before);
	conference_fini(&c);
}

/* ---- altered ---- */

/* Refused, or seen. */
static bool is_seen(struct minutes_rig *rig, const struct min_rows *rows)
{
	struct min_log *log = NULL;
	enum err e = min_log_load(rows, &rig->port, &log);
	bool seen = e != ERR_OK || min_log_check(log);

	min_log_free(log);
	return seen;
}

static void kept_story(struct conference *c, struct min_rows *rows)
{
	conference_seal(c, "a");
	story(c);
	rig_keep(&c->rig, &c->change);
	*rows = rig_rows(&c->rig);
	cr_assert(!is_seen(&c->rig, rows));
}

static void kept_fini(struct conference *c, struct min_rows *rows)
{
	free((void *)rows->leaf);
	conference_fini(c);
}

Test(minutes_kept, a_leaf_altered_missing_or_too_many_is_seen)
{
	struct conference c;
	struct min_rows rows;
	struct min_row_leaf *leaf;

	kept_story(&c, &rows);
	leaf = (struct min_row_leaf *)rows.leaf;
	for (size_t i = 0; i < rows.leaf_count; i++) {
		const struct min_row_leaf was = leaf[i];
		struct min_rows less = rows;
		struct min_row_leaf *cut = mem_alloc((rows.leaf_count + 1) * sizeof *cut);
		bool waits = was.entry >= rows.entry_count;
		char *text = mem_dup(was.d);
		uint8_t ord[17];

		leaf[i].hash.b[31] ^= 1;
		cr_assert(is_seen(&c.rig, &rows), "hash of %zu", i);
		leaf[i] = was;
		if (was.d.len) {
			/* A letter of the salt, its hash with it: no hash stored stands alone. */
			text[20] = text[20] == 'A' ? 'E' : 'A';
			leaf[i].d = (struct slice){text, was.d.len};
			cr_assert(is_seen(&c.rig, &rows), "text of %zu", i);
			leaf[i].hash = min_leaf_hash(leaf[i].d);
			cr_assert(waits || is_seen(&c.rig, &rows), "text and hash of %zu", i);
			leaf[i] = was;
			leaf[i].d = (struct slice){NULL, 0};
			cr_assert(is_seen(&c.rig, &rows), "no text of %zu", i);
			leaf[i] = was;
		}
		leaf[i].time = was.entry < 2 || waits ? was.time + 86400 * 8 : was.time + 86400;
		cr_assert(is_seen(&c.rig, &rows), "time of %zu", i);
		leaf[i].time = -1;
		cr_assert(is_seen(&c.rig, &rows), "time of %zu", i);
		leaf[i] = was;
		leaf[i].label ^= 1;
		cr_assert(is_seen(&c.rig, &rows), "label of %zu", i);
		leaf[i] = was;
		leaf[i].entry++;
		cr_assert(is_seen(&c.rig, &rows), "entry of %zu", i);
		leaf[i] = was;
		memcpy(ord, was.ord.ptr, sizeof ord);
		ord[0] = (uint8_t)((ord[0] + 1) % 3);
		leaf[i].ord.ptr = (const char *)ord;
		cr_assert(is_seen(&c.rig, &rows), "order of %zu", i);
		leaf[i] = was;
		memcpy(cut, leaf, i * sizeof *cut);
		memcpy(cut + i, leaf + i + 1, (rows.leaf_count - i - 1) * sizeof *cut);
		less.leaf = cut;
		less.leaf_count--;
		/* One that waits is under no head: but what it erased is gone without it. */
		cr_assert(waits || is_seen(&c.rig, &less), "without %zu", i);
		memcpy(cut, leaf, (i + 1) * sizeof *cut);
		memcpy(cut + i + 1, leaf + i, (rows.leaf_count - i) * sizeof *cut);
		less.leaf_count = rows.leaf_count + 1;
		cr_assert(is_seen(&c.rig, &less), "%zu twice", i);
		free(cut);
		free(text);
	}
	kept_fini(&c, &rows);
}

Test(minutes_kept, two_leaves_of_a_box_that_changed_places_are_seen)
{
	struct conference c;
	struct min_rows rows;
	struct min_row_leaf *leaf;
	size_t tried = 0;

	kept_story(&c, &rows);
	leaf = (struct min_row_leaf *)rows.leaf;
	for (size_t i = 1; i < rows.leaf_count; i++) {
		struct min_row_leaf one = leaf[i - 1];
		struct min_row_leaf two = leaf[i];

		if (one.entry != two.entry || one.label != two.label || one.ord.ptr[0] != 1 ||
		    two.ord.ptr[0] != 1 || one.entry >= rows.entry_count) {
			continue;
		}
		leaf[i - 1] = two;
		leaf[i] = one;
		leaf[i - 1].ord = one.ord;
		leaf[i].ord = two.ord;
		cr_assert(is_seen(&c.rig, &rows), "%zu", i);
		leaf[i - 1] = one;
		leaf[i] = two;
		tried++;
	}
	cr_assert_gt(tried, 10);
	kept_fini(&c, &rows);
}

Test(minutes_kept, an_entry_altered_missing_or_too_many_is_seen)
{
	struct conference c;
	struct min_rows rows;
	struct min_row_entry *entry;

	kept_story(&c, &rows);
	entry = mem_alloc((rows.entry_count + 1) * sizeof *entry);
	memcpy(entry, rows.entry, rows.entry_count * sizeof *entry);
	entry[rows.entry_count] = entry[rows.entry_count - 1];
	rows.entry = entry;
	for (size_t i = 0; i < rows.entry_count; i++) {
		const struct min_row_entry was = entry[i];
		char *header = mem_dup(was.header);

		for (size_t at = 0; at < was.header.len; at += 7) {
			header[at] ^= 1;
			entry[i].header.ptr = header;
			cr_assert(is_seen(&c.rig, &rows), "header of %zu", i);
			header[at] ^= 1;
		}
		entry[i] = was;
		entry[i].header.len -=
		    was.header.len - 1 - (size_t)(strchr(was.header.ptr, '\n') - was.header.ptr);
		cr_assert(is_seen(&c.rig, &rows), "header of %zu", i);
		entry[i] = was;
		entry[i].root.b[0] ^= 1;
		cr_assert(is_seen(&c.rig, &rows), "root of %zu", i);
		entry[i] = was;
		entry[i].sig[0] ^= 1;
		cr_assert(is_seen(&c.rig, &rows), "signature of %zu", i);
		entry[i] = was;
		entry[i].index++;
		cr_assert(is_seen(&c.rig, &rows), "index of %zu", i);
		entry[i] = was;
		free(header);
	}
	rows.entry_count--;
	cr_assert(is_seen(&c.rig, &rows), "one less");
	rows.entry_count += 2;
	entry[rows.entry_count - 1].index++;
	cr_assert(is_seen(&c.rig, &rows), "one more");
	rows.entry_count = 1;
	cr_assert(is_seen(&c.rig, &rows), "no minutes");
	free(entry);
	kept_fini(&c, &rows);
}

/* ---- private state ---- */

struct altering {
	struct conference *c;
	struct min_rows *rows;
	json_t *body;
	size_t tried;
	size_t unseen;
};

static void put(json_t *parent, const char *key, size_t index, json_t *v)
{
	if (key) {
		json_object_set_new(parent, key, v);
	} else {
		json_array_set_new(parent, index, v);
	}
}

static json_t *at(json_t *parent, const char *key, size_t index)
{
	return key ? json_object_get(parent, key) : json_array_get(parent, index);
}

/* Every value there is in `v`, one after the other: `visit` may put another in its place. */
static void each_value(json_t *v,
		       void (*visit)(void *arg, json_t *parent, const char *key, size_t index),
		       void *arg)
{
	void *next = json_object_iter(v);

	while (next) {
		const char *key = json_object_iter_key(next);

		visit(arg, v, key, 0);
		each_value(json_object_get(v, key), visit, arg);
		next = json_object_iter_next(v, next);
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		visit(arg, v, NULL, i);
		each_value(json_array_get(v, i), visit, arg);
	}
}

/* With its sum made anew: what it says has to be seen by itself. */
static char *summed(const json_t *body)
{
	json_t *copy = json_deep_copy(body);
	struct min_hash sum;
	char hash[MIN_B64_HASH + 1];
	struct slice text;
	char *dump;

	json_object_del(copy, "sum");
	dump = json_dumps(copy, JSON_COMPACT);
	text = slice_of(dump);
	sum = min_sha256(&text, 1);
	min_b64_hash(&sum, hash);
	free(dump);
	json_object_set_new(copy, "sum", json_string(hash));
	dump = json_dumps(copy, JSON_COMPACT);
	json_decref(copy);
	return dump;
}

/* Another value of the same kind. */
static json_t *other(const json_t *v)
{
	char *text;
	size_t n = json_string_length(v);
	json_t *changed;

	if (json_is_integer(v)) {
		return json_integer(json_integer_value(v) + 1);
	}
	if (!json_is_string(v)) {
		return json_is_array(v) ? json_array() : json_object();
	}
	text = mem_dup((struct slice){json_string_value(v), n});
	if (n) {
		text[n > 40 ? 20 : n - 1] = text[n > 40 ? 20 : n - 1] == '1' ? '2' : '1';
	}
	changed = json_string(n ? text : "1");
	free(text);
	return changed;
}

static void alter(void *arg, json_t *parent, const char *key, size_t index)
{
	struct altering *a = arg;
	json_t *was =
	    json_deep_copy(key ? json_object_get(parent, key) : json_array_get(parent, index));
	/*
	 * Nothing in the log says what a seat or a row is called in the room, nor that what was
	 * erased was a correction: only the sum does.
	 */
	bool is_free = key && strstr("wire rows seat amends sum", key);
	json_t *rows = json_object_get(a->body, "rows");
	json_t *amends = json_object_get(a->body, "amends");
	struct min_rows altered = *a->rows;
	char *text;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		is_free = is_free || parent == rows || parent == json_array_get(rows, i);
	}
	/* Whom the supervisor may know, who sat with nobody, neither. */
	is_free = is_free || parent == amends ||
		  (key && strcmp(key, "knows") == 0 &&
		   json_integer_value(json_object_get(parent, "seat")) == SUP);
	put(parent, key, index, other(was));
	text = json_dumps(a->body, JSON_COMPACT);
	altered.body = slice_of(text);
	cr_assert(is_seen(&a->c->rig, &altered) || json_equal(was, at(parent, key, index)), "%s",
		  text);
	free(text);
	text = summed(a->body);
	altered.body = slice_of(text);
	if (!json_equal(was, at(parent, key, index)) && !is_free) {
		a->tried++;
		if (!is_seen(&a->c->rig, &altered)) {
			a->unseen++;
			fprintf(stderr, "not seen: %s\n", text);
		}
	}
	free(text);
	put(parent, key, index, was);
}

Test(minutes_kept, private_state_altered_is_seen)
{
	struct conference c;
	struct min_rows rows;
	struct altering a = {.c = &c, .rows = &rows};

	kept_story(&c, &rows);
	a.body = json_loadb(rows.body.ptr, rows.body.len, 0, NULL);
	cr_assert_eq(json_array_size(json_object_get(a.body, "amends")), 1);
	each_value(a.body, alter, &a);
	cr_assert_gt(a.tried, 30, "%zu", a.tried);
	cr_assert_eq(a.unseen, 0);
	json_decref(a.body);
	rows.body = (struct slice){rows.body.ptr, rows.body.len / 2};
	cr_assert(is_seen(&c.rig, &rows));
	rows.body = (struct slice){NULL, 0};
	cr_assert(is_seen(&c.rig, &rows));
	kept_fini(&c, &rows);
}
