#include <jansson.h>
#include <stdlib.h>

#include "minutes/b64.h"
#include "verify/verify_tool.h"

/* The report as data, in the shape of the sketch's (tests/vectors/minutes/verify.mjs, reportData).
 */

static json_t *text(struct slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *hash(const struct min_hash *h)
{
	char b64[MIN_B64_HASH + 1];

	min_b64_hash(h, b64);
	return json_string(b64);
}

static void put(json_t *o, const char *name, json_t *v)
{
	(void)json_object_set_new(o, name, v);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of labels those that are marked, by name. */
static json_t *marked(const struct min_report *r, const bool *mark, bool sorted)
{
	const char **list = malloc((r->label_count + 1) * sizeof *list);
	json_t *out = json_array();
	size_t n = 0;

	for (size_t i = 0; list && i < r->label_count; i++) {
		if (mark[i]) {
			list[n++] = r->label[i].ptr; /* kept with a terminator */
		}
	}
	if (list && sorted) {
		qsort(list, n, sizeof *list, by_text);
	}
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(out, json_string(list[i]));
	}
	free(list);
	return out;
}

static json_t *members(const struct min_report *r)
{
	json_t *all = json_object();

	for (size_t i = 0; i < r->member_count; i++) {
		const char *slot = min_slot_name(r->member[i].slot);
		json_t *list = json_object_get(all, slot);
		size_t at = 0;

		if (!list) {
			list = json_array();
			put(all, slot, list);
		}
		while (at < json_array_size(list) &&
		       strcmp(json_string_value(json_array_get(list, at)), r->member[i].id.ptr) <
			   0) {
			at++;
		}
		(void)json_array_insert_new(list, at, text(r->member[i].id));
	}
	return all;
}

static json_t *say(const struct min_say *s)
{
	json_t *o = json_object();

	put(o, "decision", json_string(min_decision_name(s->decision)));
	if (s->has_note) {
		put(o, "note", hash(&s->note));
	}
	if (s->has_about) {
		put(o, "about", hash(&s->about));
	}
	if (s->by_mark) {
		put(o, "hand", json_string("mark"));
	}
	if (s->by.ptr) {
		put(o, "by", text(s->by));
	}
	if (s->witness.ptr) {
		put(o, "witness", text(s->witness));
	}
	if (s->text.ptr) {
		put(o, "text", text(s->text));
	}
	return o;
}

static json_t *act(const struct min_report *r, const struct min_act *a)
{
	json_t *o = json_object();
	json_t *says = json_object();

	put(o, "statement", hash(&a->hash));
	put(o, "party", text(a->party));
	put(o, "method", json_string(min_method_name(a->method)));
	put(o, "size", json_integer((json_int_t)a->size));
	put(o, "time", json_integer((json_int_t)a->time));
	put(o, "late", json_boolean(a->late));
	put(o, "vouched", json_boolean(a->vouched));
	put(o, "entry", json_integer(a->entry));
	put(o, "scope", marked(r, a->scope, true));
	for (size_t i = 0; i < a->say_count; i++) {
		put(says, min_slot_name(a->say[i].slot), say(&a->say[i]));
	}
	put(o, "says", says);
	return o;
}

static json_t *amend(const struct min_amend *a)
{
	json_t *o = json_object();

	put(o, "slot", json_string(min_slot_name(a->slot)));
	put(o, "entry", json_integer(a->entry));
	put(o, "leaf", hash(&a->leaf));
	put(o, "name", text(a->name));
	put(o, "value", json_loadb(a->value.ptr, a->value.len, JSON_DECODE_ANY, NULL));
	put(o, "why", text(a->why));
	return o;
}

static json_t *gap(const struct min_report *r, const struct min_gap *g)
{
	json_t *o = json_object();

	put(o, "hash", hash(&g->leaf));
	put(o, "label", text(r->label[g->label]));
	put(o, "entry", json_integer(g->entry));
	if (g->round) {
		json_t *parties = json_array();

		for (size_t i = 0; i < g->parties; i++) {
			json_array_append_new(parties, text(g->party[i]));
		}
		put(o, "round", json_integer(g->round));
		put(o, "basis", json_string(g->basis));
		put(o, "parties", parties);
	}
	return o;
}

static void lists(const struct min_report *r, json_t *o)
{
	json_t *acts = json_array();
	json_t *amends = json_array();
	json_t *erased = json_array();
	json_t *withheld = json_array();

	for (size_t i = 0; i < r->act_count; i++) {
		json_array_append_new(acts, act(r, &r->act[i]));
	}
	for (size_t i = 0; i < r->amend_count; i++) {
		json_array_append_new(amends, amend(&r->amend[i]));
	}
	for (size_t i = 0; i < r->gap_count; i++) {
		json_array_append_new(r->gap[i].erased ? erased : withheld, gap(r, &r->gap[i]));
	}
	put(o, "acts", acts);
	put(o, "amends", amends);
	put(o, "erased", erased);
	put(o, "withheld", withheld);
}

static void whole(const struct min_report *r, json_t *o)
{
	put(o, "origin", text(r->origin));
	put(o, "parent", text(r->parent));
	put(o, "size", json_integer((json_int_t)r->size));
	put(o, "root", hash(&r->root[r->size]));
	put(o, "sealed", json_integer((json_int_t)r->sealed));
	put(o, "deadline", json_integer((json_int_t)r->deadline));
	put(o, "party", text(r->party));
	put(o, "role", text(r->role));
	put(o, "slot", text(r->slot));
	put(o, "labels", marked(r, r->reads, false));
	put(o, "fields", json_integer((json_int_t)r->fields));
	put(o, "members", members(r));
	lists(r, o);
}

void json_report(const struct bundle *b, const struct trust *t, struct buf *out)
{
	static const char *const verdicts[] = {"valid", "withheld", "invalid", "invalid"};
	const struct min_report *r = &b->report;
	json_t *o = json_object();
	char *json;

	put(o, "verdict", json_string(verdicts[r->verdict]));
	put(o, "trusted", json_boolean(!t->any && r->verdict <= MIN_WITHHELD));
	if (r->verdict > MIN_WITHHELD) {
		put(o, "why", json_string(r->why));
		put(o, "at", json_integer((json_int_t)r->at));
	} else {
		whole(r, o);
	}
	json = json_dumps(o, JSON_COMPACT);
	buf_add_str(out, json);
	buf_add_str(out, "\n");
	free(json);
	json_decref(o);
}
