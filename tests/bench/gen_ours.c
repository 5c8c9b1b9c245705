/*
 * Our own protocol (schema/README.md): a link for each seat, a snapshot, one push in flight per
 * text. Input: a line of cell keys, which all clients read, each with who types in it (:bits of
 * seats), then a line a seat with its secret.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen_ours.h"
#include "bench/gen_trace.h"

enum { CELLS = 32, IN_FLIGHT = 64, SEATS = 6, PUSH_BYTES = 48 * 1024 };

struct cell {
	uint64_t ver;
	int64_t extra; /* length = version + extra: every version is one character more */
	bool is_mine;  /* to write */
	bool is_away;  /* a push is in flight */
};

struct ours {
	uint64_t id;
	struct cell cell[CELLS];
	uint8_t of_ref[IN_FLIGHT];
};

static struct {
	char *key[CELLS];
	size_t len[CELLS];
	uint32_t typists[CELLS]; /* a bit for each seat */
	uint32_t keys;
	char **secret;
	uint32_t secrets;
} in;

static void start(void)
{
	size_t len;
	char *text = file_text(opt.input, &len);
	char *line = strtok(text, "\n");
	char *key = line;

	while (key && in.keys < CELLS) {
		char *end = strchr(key, ' ');
		char *bits;

		if (end) {
			*end++ = '\0';
		}
		bits = strchr(key, ':');
		if (!bits) {
			gen_die("%s: nobody types in %s", opt.input, key);
		}
		*bits++ = '\0';
		in.key[in.keys] = key;
		in.typists[in.keys] = (uint32_t)strtoul(bits, NULL, 10);
		in.len[in.keys++] = strlen(key);
		key = end;
	}
	in.secret = calloc((size_t)opt.rooms * SEATS, sizeof *in.secret);
	if (!in.secret) {
		gen_die("no memory");
	}
	for (uint32_t i = 0; i < opt.rooms * SEATS; i++) {
		in.secret[i] = strtok(NULL, "\n");
		if (!in.secret[i]) {
			gen_die("%s: seats for %u rooms only", opt.input, i / SEATS);
		}
	}
}

const char *ours_secret(const struct client *c)
{
	return in.secret[c->room * SEATS + c->nth % SEATS];
}

static void path(const struct client *c, char *out, size_t size)
{
	(void)snprintf(out, size, "/s/%s/ws", c->sid);
}

static void opened(struct client *c)
{
	struct ours *o = calloc(1, sizeof *o);
	char b[80];
	int n;

	if (!o) {
		gen_die("no memory");
	}
	free(c->own);
	c->own = o;
	/* Never that of an earlier run: (client, ref) is for once. */
	o->id = (gen_random() ^ (uint64_t)clock_ns()) << 32 | (c->index + 1);
	n = snprintf(b, sizeof b, "{\"t\":\"join\",\"client\":\"%016llx\",\"have\":[]}",
		     (unsigned long long)o->id);
	c->asked_ns = clock_ns();
	ws_send(c, b, (size_t)n);
}

/* All words here are of the basic plane: a UTF-16 unit each. */
static int64_t units(const char *s)
{
	int64_t n = 0;

	for (; *s; s++) {
		n += ((uint8_t)*s & 0xc0) != 0x80;
	}
	return n;
}

/* The cell a recording is typed into. */
static uint32_t trace_cell(const struct client *c)
{
	const struct ours *writer = gen_peer(c, 0)->own;
	uint32_t k = 0;

	while (!writer->cell[k].is_mine) {
		k++;
	}
	return k;
}

static void begin_trace(struct client *c, const json_t *cells)
{
	const char *key = in.key[trace_cell(c)];
	size_t i;
	json_t *e;

	json_array_foreach(cells, i, e)
	{
		if (strcmp(key, json_string_value(json_object_get(e, "k"))) == 0) {
			trace_begins(c, json_string_value(json_object_get(e, "x")));
		}
	}
}

static void learn(struct client *c, json_t *snap)
{
	struct ours *o = c->own;
	uint32_t found = 0;
	uint32_t writes = 0;
	size_t i;
	json_t *e;

	json_array_foreach(json_object_get(snap, "cells"), i, e)
	{
		const char *key = json_string_value(json_object_get(e, "k"));

		for (uint32_t k = 0; key && k < in.keys; k++) {
			struct cell *cell = &o->cell[k];

			if (strcmp(key, in.key[k]) != 0) {
				continue;
			}
			cell->ver = (uint64_t)json_integer_value(json_object_get(e, "v"));
			cell->extra =
			    units(json_string_value(json_object_get(e, "x"))) - (int64_t)cell->ver;
			cell->is_mine = in.typists[k] >> c->nth % SEATS & 1;
			if (cell->is_mine &&
			    strcmp(json_string_value(json_object_get(e, "l")), "w") != 0) {
				gen_die("client %u may not write %s", c->index, key);
			}
			writes += cell->is_mine;
			found++;
		}
	}
	if (found != in.keys || writes == 0) {
		gen_die("client %u sees %u of %u texts and writes %u", c->index, found, in.keys,
			writes);
	}
	if (trace_is_on()) {
		begin_trace(c, json_object_get(snap, "cells"));
	}
}

static void take_snapshot(struct client *c, const uint8_t *p, size_t n)
{
	json_t *snap = json_loadb((const char *)p, n, 0, NULL);

	if (!snap) {
		gen_die("a snapshot that is no JSON");
	}
	learn(c, snap);
	json_decref(snap);
	gen_ready(c);
}

static void raise_to(struct cell *cell, uint64_t ver)
{
	cell->ver = ver > cell->ver ? ver : cell->ver;
}

static void take_edit(struct client *c, const uint8_t *p, size_t n)
{
	struct ours *o = c->own;
	const char *key = gen_after(p, n, "\"cell\":\"");
	uint64_t ver = strtoull(gen_after(p, n, "\"ver\":"), NULL, 10);
	uint64_t id = strtoull(gen_after(p, n, "\"client\":\""), NULL, 16);
	uint32_t nth = (uint32_t)id - 1 - c->room * opt.seats;
	struct client *author = nth < opt.seats ? gen_peer(c, nth) : NULL;

	for (uint32_t k = 0; k < in.keys; k++) {
		if (strncmp(key, in.key[k], in.len[k]) == 0 && key[in.len[k]] == '"') {
			raise_to(&o->cell[k], ver);
		}
	}
	if (!author || ((struct ours *)author->own)->id != id) {
		gen_die("an edit of nobody: %.*s", (int)n, p);
	}
	if (author != c && trace_is_on()) {
		trace_take_frame(c, p, n, "change");
	} else if (author != c) {
		gen_delivered(c, author);
	}
}

static void take_ack(struct client *c, const uint8_t *p, size_t n)
{
	struct ours *o = c->own;
	uint32_t ref = (uint32_t)strtoull(gen_after(p, n, "\"ref\":"), NULL, 10);
	struct cell *cell = &o->cell[o->of_ref[ref % IN_FLIGHT]];

	cell->is_away = false;
	raise_to(cell, strtoull(gen_after(p, n, "\"ver\":"), NULL, 10));
	gen_acked(c, ref - 1);
}

static bool is(const uint8_t *p, size_t n, const char *type)
{
	size_t len = strlen(type);

	return n > len + 7 && memcmp(p, "{\"t\":\"", 6) == 0 && memcmp(p + 6, type, len) == 0 &&
	       p[6 + len] == '"';
}

static void frame(struct client *c, const uint8_t *p, size_t n)
{
	if (is(p, n, "edit")) {
		take_edit(c, p, n);
	} else if (is(p, n, "ack")) {
		take_ack(c, p, n);
	} else if (is(p, n, "snap")) {
		take_snapshot(c, p, n);
	} else if (is(p, n, "no") || is(p, n, "again") || is(p, n, "bye") || is(p, n, "stuck")) {
		char why[100];

		(void)snprintf(why, sizeof why, "%.*s", (int)(n < 99 ? n : 99), p);
		gen_refused(c, why);
	}
}

/* A random one of those it may write and waits for nothing in. */
static struct cell *choose(struct ours *o)
{
	uint32_t free_ones = 0;
	struct cell *chosen = NULL;

	for (uint32_t k = 0; k < in.keys; k++) {
		struct cell *cell = &o->cell[k];

		if (cell->is_mine && !cell->is_away && gen_below(++free_ones) == 0) {
			chosen = cell;
		}
	}
	return chosen;
}

static bool edit(struct client *c)
{
	struct ours *o = c->own;
	struct cell *cell = c->sent - c->acked < IN_FLIGHT ? choose(o) : NULL;
	uint32_t k = cell ? (uint32_t)(cell - o->cell) : 0;
	uint32_t ref = c->sent + 1;
	char change[80];
	char b[300];
	uint32_t len;
	uint32_t at;

	if (!cell) {
		return false;
	}
	len = (uint32_t)((int64_t)cell->ver + cell->extra);
	at = gen_below(len + 1);
	if (at == 0) {
		(void)snprintf(change, sizeof change, "[[0,\"あ\"],%u]", len);
	} else if (at == len) {
		(void)snprintf(change, sizeof change, "[%u,[0,\"あ\"]]", len);
	} else {
		(void)snprintf(change, sizeof change, "[%u,[0,\"あ\"],%u]", at, len - at);
	}
	cell->is_away = true;
	o->of_ref[ref % IN_FLIGHT] = (uint8_t)k;
	ws_send(c, b,
		(size_t)snprintf(b, sizeof b,
				 "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"%s\",\"base\":%llu,"
				 "\"changes\":[%s]}",
				 ref, in.key[k], (unsigned long long)cell->ver, change));
	return true;
}

static uint32_t push(struct client *c, const struct patch *p, uint32_t n)
{
	static char b[PUSH_BYTES];
	struct ours *o = c->own;
	uint32_t k = trace_cell(c);
	uint32_t ref = c->sent + 1;
	size_t text = trace_length(c);
	uint32_t done = 0;
	size_t len;

	len = (size_t)snprintf(b, sizeof b,
			       "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"%s\",\"base\":%llu,"
			       "\"changes\":[",
			       ref, in.key[k], (unsigned long long)o->cell[k].ver);
	/* A line break becomes three bytes, a quote two. */
	while (done < n && len + p[done].bytes * 3 + TRACE_CHANGE_BYTES < sizeof b) {
		if (done) {
			b[len++] = ',';
		}
		len += trace_change(&p[done], text, b + len);
		text += (size_t)units(p[done].ins) - p[done].del;
		done++;
	}
	if (done == 0) {
		gen_die("a change of %zu bytes", p->bytes);
	}
	len += (size_t)sprintf(b + len, "]}");
	o->of_ref[ref % IN_FLIGHT] = (uint8_t)k;
	ws_send(c, b, len);
	return done;
}

const struct proto proto_ours = {.name = "ours",
				 .subprotocol = "rokusha.1",
				 .has_login = true,
				 .start = start,
				 .path = path,
				 .opened = opened,
				 .frame = frame,
				 .edit = edit,
				 .push = push,
				 .has_pushes = true};
