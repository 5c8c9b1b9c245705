/* Peers that speak JSON: our design in Node (peers/twin.mjs) and ShareDB. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen_trace.h"

enum {
	TEXTS = 20,
	LENGTH = 100, /* of every text, at the least: all places are valid */
	PATCH_BYTES = 4096,
};

static bool has(const uint8_t *p, size_t n, const char *words)
{
	return memmem(p, n, words, strlen(words)) != NULL;
}

/* ---- the twin ---- */

static void twin_path(const struct client *c, char *out, size_t size)
{
	(void)snprintf(out, size, "/%u/%u", c->room, c->nth);
}

static void twin_opened(struct client *c)
{
	c->asked_ns = clock_ns();
	ws_send(c, "{\"t\":\"join\"}", 12);
}

static void twin_frame(struct client *c, const uint8_t *p, size_t n)
{
	if (has(p, n < 16 ? n : 16, "\"t\":\"edit\"")) {
		uint64_t nth = strtoull(gen_after(p, n, "\"client\":"), NULL, 10);

		if (nth >= opt.seats) {
			gen_die("an edit of nobody: %.*s", (int)n, p);
		}
		if (trace_is_on()) {
			trace_take_frame(c, p, n, "change");
		} else {
			gen_delivered(c, gen_peer(c, (uint32_t)nth));
		}
	} else if (has(p, n < 16 ? n : 16, "\"t\":\"ack\"")) {
		gen_acked(c, (uint32_t)strtoull(gen_after(p, n, "\"ref\":"), NULL, 10));
	} else {
		gen_ready(c);
	}
}

/* As ours is, but for the base: nothing is transformed there. */
static bool twin_edit(struct client *c)
{
	uint32_t at = 1 + gen_below(LENGTH - 1);
	char b[200];

	ws_send(c, b,
		(size_t)snprintf(b, sizeof b,
				 "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"plan.work.action.t%u\","
				 "\"change\":[%u,[0,\"あ\"],%u]}",
				 c->sent, gen_below(TEXTS), at, LENGTH - at));
	return true;
}

/* Nobody has a text there: a recording begins with an empty one. */
static uint32_t twin_push(struct client *c, const struct patch *p, uint32_t n)
{
	char b[PATCH_BYTES];
	int len = snprintf(b, sizeof b,
			   "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"t0\",\"change\":", c->sent);

	if (n == 0 || (size_t)len + p->bytes * 3 + TRACE_CHANGE_BYTES > sizeof b) {
		gen_die("a patch of %zu bytes", p->bytes);
	}
	len += (int)trace_change(p, trace_length(c), b + len);
	b[len++] = '}';
	ws_send(c, b, (size_t)len);
	return 1;
}

const struct proto proto_twin = {.name = "twin",
				 .path = twin_path,
				 .opened = twin_opened,
				 .frame = twin_frame,
				 .edit = twin_edit,
				 .push = twin_push};

/* ---- ShareDB ---- */

struct share {
	uint64_t ver;
	bool is_away; /* its client has one operation in flight */
};

static void share_path(const struct client *c, char *out, size_t size)
{
	(void)c;
	(void)snprintf(out, size, "/");
}

static void share_opened(struct client *c)
{
	char b[200];

	free(c->own);
	c->own = calloc(1, sizeof(struct share));
	if (!c->own) {
		gen_die("no memory");
	}
	ws_send(c, b,
		(size_t)snprintf(b, sizeof b,
				 "{\"a\":\"hs\",\"id\":\"s%u\",\"protocol\":1,\"protocolMinor\":2}",
				 c->index));
}

static void share_ask(struct client *c)
{
	char b[80];

	c->asked_ns = clock_ns();
	ws_send(c, b,
		(size_t)snprintf(b, sizeof b, "{\"a\":\"s\",\"c\":\"r\",\"d\":\"%u\"}", c->room));
}

/* ["t0", {"es": [kept, "words", {"d": deleted}]}], where what does nothing is left out. */
static void share_patch(struct client *c, const uint8_t *p, size_t n)
{
	json_t *frame = json_loadb((const char *)p, n, 0, NULL);
	json_t *es = json_object_get(json_array_get(json_object_get(frame, "op"), 1), "es");
	const char *ins = "";
	uint32_t pos = 0;
	uint32_t del = 0;
	size_t i;
	json_t *e;

	json_array_foreach(es, i, e)
	{
		if (json_is_integer(e)) {
			pos = (uint32_t)json_integer_value(e);
		} else if (json_is_string(e)) {
			ins = json_string_value(e);
		} else {
			del = (uint32_t)json_integer_value(json_object_get(e, "d"));
		}
	}
	if (!es) {
		gen_die("an operation of something else: %.*s", (int)n, p);
	}
	trace_take(c, pos, del, ins, strlen(ins));
	json_decref(frame);
}

/* An operation may come twice, with a reply and by itself: its version tells. */
static void share_op(struct client *c, const uint8_t *p, size_t n)
{
	struct share *s = c->own;
	uint64_t ver = strtoull(gen_after(p, n, "\"v\":"), NULL, 10);
	uint64_t from = strtoull(gen_after(p, n, "\"src\":\"s"), NULL, 10);

	if (from / opt.seats != c->room) {
		gen_die("an operation of nobody: %.*s", (int)n, p);
	}
	if (from == c->index) {
		s->is_away = false;
		s->ver = ver + 1 > s->ver ? ver + 1 : s->ver;
		gen_acked(c, (uint32_t)strtoull(gen_after(p, n, "\"seq\":"), NULL, 10) - 1);
	} else if (ver >= s->ver) {
		s->ver = ver + 1;
		if (trace_is_on()) {
			share_patch(c, p, n);
			return;
		}
		gen_delivered(c, gen_peer(c, (uint32_t)(from % opt.seats)));
	}
}

static void share_text(struct client *c, const uint8_t *p, size_t n)
{
	json_t *frame = json_loadb((const char *)p, n, 0, NULL);
	json_t *texts = json_object_get(json_object_get(frame, "data"), "data");
	const char *words = json_string_value(json_object_get(texts, "t0"));

	if (!words) {
		gen_die("no text: %.*s", (int)(n < 300 ? n : 300), p);
	}
	trace_begins(c, words);
	json_decref(frame);
}

static void share_frame(struct client *c, const uint8_t *p, size_t n)
{
	struct share *s = c->own;

	if (has(p, n < 400 ? n : 400, "\"error\":")) {
		gen_refused(c, (const char *)p);
	} else if (has(p, n, "\"a\":\"hs\"")) {
		share_ask(c);
	} else if (has(p, n, "\"a\":\"init\"")) {
		return; /* for clients older than the handshake */
	} else if (has(p, n, "\"a\":\"s\"")) {
		s->ver = strtoull(gen_after(p, n, "\"v\":"), NULL, 10);
		if (trace_is_on()) {
			share_text(c, p, n);
		}
		gen_ready(c);
	} else if (has(p, n, "\"a\":\"op\"")) {
		share_op(c, p, n);
	}
}

static bool share_edit(struct client *c)
{
	struct share *s = c->own;
	char b[200];

	if (s->is_away) {
		return false;
	}
	s->is_away = true;
	ws_send(c, b,
		(size_t)snprintf(b, sizeof b,
				 "{\"a\":\"op\",\"c\":\"r\",\"d\":\"%u\",\"v\":%llu,\"seq\":%u,"
				 "\"x\":{},\"op\":[\"t%u\",{\"es\":[%u,\"あ\"]}]}",
				 c->room, (unsigned long long)s->ver, c->sent + 1, gen_below(TEXTS),
				 gen_below(LENGTH) + 1));
	return true;
}

static uint32_t share_push(struct client *c, const struct patch *p, uint32_t n)
{
	struct share *s = c->own;
	json_t *es = json_array();
	char b[PATCH_BYTES];
	char *words;
	int len;

	if (n == 0 || s->is_away) {
		gen_die("one operation is in flight");
	}
	if (p->pos) {
		json_array_append_new(es, json_integer(p->pos));
	}
	if (p->bytes) {
		json_array_append_new(es, json_stringn(p->ins, p->bytes));
	}
	if (p->del) {
		json_array_append_new(es, json_pack("{s:i}", "d", (int)p->del));
	}
	words = json_dumps(es, JSON_COMPACT);
	len = snprintf(b, sizeof b,
		       "{\"a\":\"op\",\"c\":\"r\",\"d\":\"%u\",\"v\":%llu,\"seq\":%u,\"x\":{},"
		       "\"op\":[\"t0\",{\"es\":%s}]}",
		       c->room, (unsigned long long)s->ver, c->sent + 1, words);
	if ((size_t)len >= sizeof b) {
		gen_die("a patch of %zu bytes", p->bytes);
	}
	s->is_away = true;
	ws_send(c, b, (size_t)len);
	free(words);
	json_decref(es);
	return 1;
}

const struct proto proto_sharedb = {.name = "sharedb",
				    .path = share_path,
				    .opened = share_opened,
				    .frame = share_frame,
				    .edit = share_edit,
				    .push = share_push};
