/*
 * JSONTestSuite through both readers of JSON: what is JSON is refused only for what it says, and at
 * its place; what is not is refused as such; nothing does worse.
 */
#include <sodium.h>
#include <stdio.h>

#include "base/mem.h"
#include "support/share.h"
#include "test_casefile_full.h"
#include "wire/wire.h"

struct sample {
	const char *name; /* borrowed from the suite */
	char expect;      /* 'a'ccept 'r'eject 'e'ither */
	char *text;
	size_t len;
};

enum { SAMPLES_MAX = 400 };

static struct full full; /* too large for a stack */
static struct sample sample[SAMPLES_MAX];
static size_t sample_count;
static json_t *suite;

static void load(void)
{
	const json_t *list;

	cr_assert(sodium_init() >= 0);
	suite = json_load_file("tests/vectors/shared/jsontestsuite.json", 0, NULL);
	list = json_object_get(suite, "test_parsing");
	cr_assert_eq(json_array_size(list), 318);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *b64 = json_string_value(json_object_get(o, "base64"));
		struct sample *s = &sample[sample_count++];

		if (!b64) { /* too long to be written down: one text many times */
			sample_count--;
			continue;
		}
		s->name = json_string_value(json_object_get(o, "name"));
		s->expect = *json_string_value(json_object_get(o, "expect"));
		s->text = mem_alloc(strlen(b64) + 1);
		cr_assert(sodium_base642bin((unsigned char *)s->text, strlen(b64), b64, strlen(b64),
					    NULL, &s->len, NULL,
					    sodium_base64_VARIANT_ORIGINAL) == 0);
	}
	cr_assert_gt(sample_count, 300);
}

static void unload(void)
{
	for (size_t i = 0; i < sample_count; i++) {
		free(sample[i].text);
	}
	json_decref(suite);
}

TestSuite(casefile_json, .init = load, .fini = unload, .timeout = 300);

/* JSON, and still no text or number of ours: the parser's words for it. */
static bool is_our_rule(const char *why)
{
	return strstr(why, "a key is there twice") || strstr(why, "a key has control characters");
}

static bool is_deep(const struct sample *s)
{
	return wire_depth((struct slice){s->text, s->len}, LIMIT_JSON_DEPTH) > LIMIT_JSON_DEPTH;
}

Test(casefile_json, whole_files)
{
	size_t count[128] = {0};
	struct rig r;

	rig_init(&r, NULL);
	for (size_t i = 0; i < sample_count; i++) {
		const struct sample *s = &sample[i];
		enum err e = rig_read_text(&r, (struct slice){s->text, s->len});
		bool json = !strstr(r.why, "not valid JSON");

		cr_assert(e == ERR_PROTO || e == ERR_LIMIT, "%s", s->name);
		cr_assert(strncmp(r.why, "$: ", 3) == 0 || strncmp(r.why, "$.", 2) == 0, "%s: %s",
			  s->name, r.why);
		if (s->expect == 'a') {
			cr_assert(json, "%s: %s", s->name, r.why);
		} else if (s->expect == 'r') {
			cr_assert(!json || (is_deep(s) && e == ERR_LIMIT), "%s: %s", s->name,
				  r.why);
		}
		count[(unsigned char)s->expect]++;
	}
	cr_assert_geq(count['a'], 95);
	cr_assert_geq(count['r'], 180);
	cr_assert_geq(count['e'], 30);
	rig_fini(&r);
}

/* ---- as a value, everywhere ---- */

struct node {
	char path[FULL_PATH];
	json_t *in;
	const char *key;
	size_t index;
};

static struct node node[PLACES_MAX];
static size_t node_count;

static void gather(json_t *v, const char *path)
{
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach(v, key, inner)
	{
		struct node *n = &node[node_count++];

		cr_assert(node_count < PLACES_MAX);
		*n = (struct node){.in = v, .key = key};
		snprintf(n->path, sizeof n->path, "%s.%s", path, key);
		gather(inner, n->path);
	}
	json_array_foreach(v, i, inner)
	{
		struct node *n = &node[node_count++];

		cr_assert(node_count < PLACES_MAX);
		*n = (struct node){.in = v, .index = i};
		snprintf(n->path, sizeof n->path, "%s[%zu]", path, i);
		if (i == 0) {
			gather(inner, n->path);
		}
	}
}

/*
 * What was put in fits its place; but something else spoke of what stood there before, or it now
 * contradicts its neighbour.
 */
static bool is_of_another(const char *why)
{
	static const char *const words[] = {
	    ": no such ",       ":  unknown role",
	    ": unknown role",   ": has another role",
	    ": used twice",     ": before ",
	    ": nobody ",        ": not a role of the audience",
	    ": nothing can be", ": must be a list of parties",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strstr(why, words[i])) {
			return true;
		}
	}
	return false;
}

/* The document with a mark in place of one value, and the bytes of the sample in place of it. */
static void embed(struct rig *r, const char *text, const char *mark, const struct node *n,
		  const struct sample *s)
{
	struct buf file = {0};
	const char *hit = strstr(text, mark);
	size_t len = strlen(n->path);
	enum err e;
	bool here;

	buf_add(&file, (struct slice){text, (size_t)(hit - text)});
	buf_add(&file, (struct slice){s->text, s->len});
	buf_add_str(&file, hit + strlen(mark));
	e = rig_read_text(r, buf_slice(&file));
	here = strncmp(r->why, n->path, len) == 0 && strchr(".:[", r->why[len]);
	cr_assert(!strstr(r->why, "not valid JSON"), "%s at %s: %s", s->name, n->path, r->why);
	cr_assert(e == ERR_OK || here || is_our_rule(r->why) || is_of_another(r->why),
		  "%s at %s: %s", s->name, n->path, r->why);
	buf_fini(&file);
}

/* Every document of the suite that is JSON, at this place. */
static void embed_all(struct rig *r, size_t nth, struct share *share)
{
	static const char mark[] = "\"the mark\"";
	struct node *n = &node[nth];
	json_t *kept =
	    json_incref(n->key ? json_object_get(n->in, n->key) : json_array_get(n->in, n->index));
	json_t *put = json_string("the mark");
	char *text;

	if (n->key) {
		json_object_set_new(n->in, n->key, put);
	} else {
		json_array_set_new(n->in, n->index, put);
	}
	text = json_dumps(r->doc, JSON_COMPACT);
	if (n->key) {
		json_object_set_new(n->in, n->key, kept);
	} else {
		json_array_set_new(n->in, n->index, kept);
	}
	for (size_t i = 0; i < sample_count; i++) {
		if (sample[i].expect == 'a' && share_has(share)) {
			embed(r, text, mark, n, &sample[i]);
		}
	}
	free(text);
}

Test(casefile_json, embedded_everywhere)
{
	struct share share = share_init();
	struct rig r;

	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	/* The same places once more. */
	json_object_del(full.doc, "other_series");
	for (uint16_t i = 1; i < r.schema->area_count; i++) {
		json_object_del(rig_at(full.doc, "support_plan/areas"), r.schema->area[i].id);
	}
	while (json_array_size(rig_at(full.doc, "parties")) > 2) {
		json_array_remove(rig_at(full.doc, "parties"), 2);
	}
	r.doc = full.doc;
	node_count = 0;
	gather(r.doc, "$");
	cr_assert_gt(node_count, 240);
	for (size_t i = 0; i < node_count; i++) {
		embed_all(&r, i, &share);
	}
	share_fini(&share, "documents at places");
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
}

/* ---- messages ---- */

/* A sample in place of each value of a message; a message or not, never worse. */
Test(casefile_json, in_messages)
{
	static const char *const head[] = {
	    "",
	    "{\"t\":",
	    "{\"t\":\"ping\",\"x\":",
	    "{\"t\":\"join\",\"client\":",
	    "{\"t\":\"join\",\"client\":\"0123456789abcdef\",\"have\":",
	    "{\"t\":\"assent\",\"ref\":",
	    "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a/b\",\"base\":2,\"changes\":",
	    "{\"t\":\"set\",\"ref\":1,\"cell\":\"a\",\"base\":0,\"value\":",
	    "{\"t\":\"row\",\"ref\":1,\"table\":\"min.actions\",\"cells\":",
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":",
	    "{\"t\":\"here\",\"cell\":\"a\",\"at\":",
	};
	size_t taken = 0;

	for (size_t h = 0; h < sizeof head / sizeof *head; h++) {
		for (size_t i = 0; i < sample_count; i++) {
			struct buf text = {0};
			struct msg m;
			enum err e;

			buf_add_str(&text, head[h]);
			buf_add(&text, (struct slice){sample[i].text, sample[i].len});
			buf_add_str(&text, *head[h] ? "}" : "");
			e = wire_decode(buf_slice(&text), &m);
			cr_assert(e == ERR_OK || e == ERR_PROTO || e == ERR_LIMIT, "%s",
				  err_name(e));
			cr_assert(e != ERR_OK || sample[i].expect != 'r', "%s%s", head[h],
				  sample[i].name);
			if (e == ERR_OK) {
				wire_release(&m);
				taken++;
			}
			buf_fini(&text);
		}
	}
	cr_assert_gt(taken, 50);
}
