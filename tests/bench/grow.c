/*
 * grow DB SERIES ROOMS EDITS KEY...
 *
 * Makes a database larger without a server: through the store, so that what comes out is what a
 * server would have written. Copies of the last series until there are SERIES of them; then EDITS
 * characters, typed in turn in the texts KEY... of the first ROOMS series.
 */
#include <jansson.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "store/store.h"

enum { KEYS = 32, ROOMS = 1000, BATCH = 500, BODY = 64, COPIES = 100, NAME = 16 };

struct cell {
	const char *key;
	uint64_t ver;
	size_t len; /* UTF-16 units */
};

static struct {
	struct store *store;
	sem_t woken;
	struct series_id id[ROOMS];
	size_t rooms;
	struct series_id last;
	size_t series;
	struct cell cell[KEYS];
	size_t keys;
} g;

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "grow: %s: %s\n", what, why);
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool on_series(void *arg, struct series_id id, struct slice name)
{
	(void)name;
	if (g.series < *(size_t *)arg) {
		g.id[g.rooms++] = id;
	}
	g.last = id;
	g.series++;
	return true;
}

/* ---- more series ---- */

static void copy_series(size_t want)
{
	struct store_series *from;
	static struct store_import in[COPIES];
	static struct series_id out[COPIES];
	static char name[COPIES][NAME];
	char why[STORE_WHY_BYTES] = "";

	if (store_load_now(g.store, g.last, &from, why) != ERR_OK) {
		die("the last series", why);
	}
	while (g.series < want) {
		size_t n = want - g.series < COPIES ? want - g.series : COPIES;

		for (size_t i = 0; i < n; i++) {
			(void)snprintf(name[i], NAME, "L-%zu", g.series + i);
			in[i] = (struct store_import){.name = slice_of(name[i]),
						      .record = from->record,
						      .record_count = from->record_count,
						      .pending = slice_of("{}"),
						      .policy = from->policy,
						      .policy_count = from->policy_count};
		}
		if (store_import_all_now(g.store, in, n, out, NULL, why) != ERR_OK) {
			die("a copy", why);
		}
		g.series += n;
	}
	store_series_destroy(from);
}

/* ---- more edits ---- */

/* The texts as they were imported: nobody has typed in them yet. */
static void read_cells(const struct store_series *l)
{
	size_t found = 0;

	for (size_t i = 0; i < l->record_count; i++) {
		json_t *body;

		if (l->record[i].kind == RECORD_EDIT) {
			die("a series", "somebody has typed in it");
		}
		if (l->record[i].kind != RECORD_INIT) {
			continue;
		}
		body = json_loadb(l->record[i].body.ptr, l->record[i].body.len, 0, NULL);
		for (size_t k = 0; k < g.keys; k++) {
			struct cell *c = &g.cell[k];
			json_t *e = json_object_get(json_object_get(body, "cells"), c->key);
			const char *text = json_string_value(json_array_get(e, 1));

			if (text) {
				c->ver = (uint64_t)json_integer_value(json_array_get(e, 0));
				c->len = utf8_units(slice_of(text));
				found++;
			}
		}
		json_decref(body);
	}
	if (found != g.keys) {
		die("a series", "it has not all of the texts");
	}
}

static void on_kept(void *arg, enum store_outcome outcome)
{
	*(enum store_outcome *)arg = outcome;
	if (outcome != STORE_KEPT) {
		die("edits", "not kept");
	}
}

static void on_wake(void *arg)
{
	(void)arg;
	(void)sem_post(&g.woken);
}

static void keep(struct series_id id, const struct record *record, size_t count)
{
	struct store_batch b = {.series = id, .record = record, .record_count = count};
	enum store_outcome outcome = STORE_UNKNOWN;

	store_commit(g.store, &b, on_kept, &outcome);
	while (outcome != STORE_KEPT) {
		(void)sem_wait(&g.woken);
		store_poll(g.store);
	}
}

/* A character in the middle of the next text. */
static struct record edit(struct series_id id, uint64_t nth, char *body)
{
	struct cell *c = &g.cell[nth % g.keys];
	size_t at = c->len / 2;
	int n = at == 0 ? snprintf(body, BODY,
				   c->len ? "{\"c\":[[[0,\"あ\"],%zu]]}" : "{\"c\":[[[0,\"あ\"]]]}",
				   c->len)
			: snprintf(body, BODY, "{\"c\":[[%zu,[0,\"あ\"],%zu]]}", at, c->len - at);

	c->len++;
	c->ver++;
	return (struct record){.kind = RECORD_EDIT,
			       .method = METHOD_OWN,
			       .at_ms = now_ms(),
			       .client = (uint64_t)id.n,
			       .cseq = nth + 1,
			       .base_ver = c->ver - 1,
			       .ver = c->ver,
			       .cell = slice_of(c->key),
			       .body = {body, (size_t)n}};
}

static void type_in(struct series_id id, uint64_t edits)
{
	static struct record record[BATCH];
	static char body[BATCH][BODY];
	struct store_series *l;
	char why[STORE_WHY_BYTES] = "";
	size_t n = 0;

	if (store_load_now(g.store, id, &l, why) != ERR_OK) {
		die("a series", why);
	}
	read_cells(l);
	for (uint64_t nth = 0; nth < edits; nth++) {
		record[n] = edit(id, nth, body[n]);
		if (++n == BATCH) {
			keep(id, record, n);
			n = 0;
		}
	}
	if (n) {
		keep(id, record, n);
	}
	store_series_destroy(l);
}

int main(int argc, char **argv)
{
	char why[STORE_WHY_BYTES] = "";
	size_t rooms = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	uint64_t edits = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;

	if (argc < 6 || argc - 5 > KEYS || rooms == 0 || rooms > ROOMS) {
		die("usage", "grow DB SERIES ROOMS EDITS KEY...");
	}
	for (int i = 5; i < argc; i++) {
		g.cell[g.keys++].key = argv[i];
	}
	if (sem_init(&g.woken, 0, 0) != 0 ||
	    store_open(argv[1], STORE_WRITE, &g.store, why) != ERR_OK) {
		die(argv[1], why);
	}
	store_on_done(g.store, on_wake, NULL);
	if (store_each_now(g.store, on_series, &rooms) != ERR_OK || g.rooms < rooms) {
		die(argv[1], "too few series");
	}
	copy_series(strtoul(argv[2], NULL, 10));
	for (size_t i = 0; i < rooms; i++) {
		type_in(g.id[i], edits / rooms + (i < edits % rooms));
	}
	store_close(g.store);
	return 0;
}
