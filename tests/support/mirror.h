#ifndef ROKUSHA_TESTS_SUPPORT_MIRROR_H
#define ROKUSHA_TESTS_SUPPORT_MIRROR_H

/*
 * What a client knows, built from nothing but the frames it was sent, and what it asked and was not
 * yet answered. One push in flight a cell. After `again` it joins with the texts it has and asks
 * once more, byte for byte.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/ids.h"
#include "base/mem.h"
#include "text/change.h"

struct mirror_cell {
	char *key;
	json_t *value; /* register */
	char *text;    /* text */
	uint64_t ver;
	bool write;
	uint64_t pending;     /* ref of the own request in flight; 0: none */
	struct change change; /* as it would apply now */
	json_t *wanted;       /* or the value asked for */
	bool has_come;        /* the pending push came back as an edit: it was kept */
	bool gave_up; /* started afresh with a push in flight: what becomes of it shows later */
};

struct mirror_ask {
	uint64_t ref;
	char *text;
	char *key;    /* of the cell it writes; NULL: another request */
	bool is_dead; /* its text began anew: not asked again */
};

/* Every answer any client was given. */
struct mirror_log {
	struct mirror_answer {
		uint64_t client;
		uint64_t ref;
		bool acked;
	} * answer;
	size_t count, cap;
};

struct mirror {
	struct conn_id conn;
	uint64_t client;
	uint8_t seat;
	bool board;
	bool open;
	bool again;  /* told so; it has to join */
	bool joined; /* it has its snapshot */
	bool resend; /* just got it: what was not answered is asked again */
	bool broken; /* it lost the thread: it leaves and comes anew */
	uint64_t ref;
	struct mirror_ask *ask;
	size_t ask_count, ask_cap;
	struct mirror_cell *cell;
	size_t count, cap;
	json_t *meet;     /* as last told */
	json_t *seats;    /* the same */
	struct arena mem; /* of pending changes */
	struct mirror_log *log;
	bool is_slow;
	json_t *waiting; /* frames it has not read */
	unsigned closed; /* status the server closed with */
	size_t agains;   /* ever */
};

static inline struct mirror_cell *mirror_cell_of(struct mirror *m, const char *key)
{
	for (size_t i = 0; i < m->count; i++) {
		if (strcmp(m->cell[i].key, key) == 0) {
			return &m->cell[i];
		}
	}
	return NULL;
}

static inline void mirror_cell_free(struct mirror_cell *c)
{
	free(c->key);
	free(c->text);
	json_decref(c->value);
	json_decref(c->wanted);
}

/* The page is closed. */
static inline void mirror_clear(struct mirror *m)
{
	for (size_t i = 0; i < m->count; i++) {
		mirror_cell_free(&m->cell[i]);
	}
	for (size_t i = 0; i < m->ask_count; i++) {
		free(m->ask[i].text);
		free(m->ask[i].key);
	}
	m->count = 0;
	m->ask_count = 0;
	json_decref(m->meet);
	json_decref(m->seats);
	m->meet = m->seats = NULL;
	json_array_clear(m->waiting);
}

/* ---- asking ---- */

static inline void mirror_ask(struct mirror *m, uint64_t ref, const char *text, const char *key)
{
	mem_room(&m->ask, &m->ask_cap, m->ask_count, sizeof *m->ask);
	m->ask[m->ask_count++] =
	    (struct mirror_ask){.ref = ref, .text = strdup(text), .key = key ? strdup(key) : NULL};
}

static inline void mirror_ask_end(struct mirror *m, size_t i)
{
	free(m->ask[i].text);
	free(m->ask[i].key);
	memmove(&m->ask[i], &m->ask[i + 1], (--m->ask_count - i) * sizeof *m->ask);
}

/*
 * The text begins anew: what the own push was based on is gone. When it came with a snapshot no
 * answer will come any more; else one is on its way.
 */
static inline bool mirror_give_up(struct mirror *m, const char *key)
{
	bool gave_up = false;

	for (size_t i = m->ask_count; i-- > 0;) {
		if (!m->ask[i].key || strcmp(m->ask[i].key, key) != 0) {
			continue;
		}
		if (m->joined) {
			m->ask[i].is_dead = true;
			gave_up = true;
		} else {
			mirror_ask_end(m, i);
		}
	}
	return gave_up;
}

static inline void mirror_answered(struct mirror *m, uint64_t ref, bool acked)
{
	struct mirror_log *l = m->log;

	for (size_t i = m->ask_count; i-- > 0;) {
		if (m->ask[i].ref == ref) {
			mirror_ask_end(m, i);
		}
	}
	mem_room(&l->answer, &l->cap, l->count, sizeof *l->answer);
	l->answer[l->count++] = (struct mirror_answer){m->client, ref, acked};
}

/* ---- cells ---- */

static inline void mirror_take_cell(struct mirror *m, const json_t *in, const char *type)
{
	const char *key = json_string_value(json_object_get(in, "k"));
	json_t *since = json_object_get(in, "since");
	struct mirror_cell *c = mirror_cell_of(m, key);
	struct mirror_cell old = {0};

	if (c) {
		old = *c;
	} else {
		mem_room(&m->cell, &m->cap, m->count, sizeof *m->cell);
		c = &m->cell[m->count++];
	}
	*c = (struct mirror_cell){.key = strdup(key)};
	c->ver = (uint64_t)json_integer_value(json_object_get(in, "v"));
	c->write = strcmp(json_string_value(json_object_get(in, "l")), "w") == 0;
	if (since) {
		cr_assert(old.text && old.ver == (uint64_t)json_integer_value(since),
			  "%s goes on from what this client does not have", key);
		c->text = strdup(old.text);
		c->ver = old.ver; /* the missed edits follow */
		c->pending = old.pending;
		c->change = old.change;
		c->has_come = old.has_come;
		c->gave_up = old.gave_up;
	} else if (strcmp(type, "text") == 0) {
		c->text = strdup(json_string_value(json_object_get(in, "x")));
		c->gave_up = mirror_give_up(m, key);
	} else {
		c->value = json_incref(json_object_get(in, "x"));
		c->pending = old.pending;
		c->wanted = json_incref(old.wanted);
	}
	mirror_cell_free(&old);
}

static inline void mirror_take_cells(struct mirror *m, const json_t *f)
{
	const json_t *cells = json_object_get(f, "cells");
	const json_t *cols = json_object_get(f, "cols");

	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *in = json_array_get(cells, i);
		const char *col = json_string_value(json_object_get(in, "c"));
		const char *type =
		    json_string_value(json_object_get(json_object_get(cols, col), "type"));

		cr_assert(type, "%s: a column nobody described", col);
		mirror_take_cell(m, in, type);
	}
}

static inline void mirror_drop(struct mirror *m, struct mirror_cell *c)
{
	mirror_cell_free(c);
	*c = m->cell[--m->count];
}

static inline void mirror_take_snap(struct mirror *m, const json_t *f)
{
	json_t *in, *keys = json_object();
	size_t n;

	cr_assert(!m->joined && !m->again, "a snapshot nobody asked for");
	json_array_foreach(json_object_get(f, "cells"), n, in)
	{
		json_object_set_new(keys, json_string_value(json_object_get(in, "k")), json_true());
	}
	for (size_t i = m->count; i-- > 0;) {
		if (!json_object_get(keys, m->cell[i].key)) {
			mirror_drop(m, &m->cell[i]);
		}
	}
	json_decref(keys);
	mirror_take_cells(m, f);
	m->joined = true;
	m->resend = true;
}

/* A withdrawal's words are an edit of this client, too, but no push of it. */
static inline bool mirror_is_own(const struct mirror *m, const struct mirror_cell *c,
				 const json_t *f)
{
	char own[HEX64_LEN + 1];
	json_t *pushed;
	bool same;

	id_to_hex(m->client, own);
	if (!c->pending || c->has_come ||
	    strcmp(json_string_value(json_object_get(f, "client")), own) != 0) {
		return false;
	}
	pushed = change_to_json(&c->change);
	same = json_equal(pushed, json_object_get(f, "change"));
	json_decref(pushed);
	return same;
}

static inline void mirror_take_edit(struct mirror *m, const json_t *f)
{
	const char *key = json_string_value(json_object_get(f, "cell"));
	uint64_t ver = (uint64_t)json_integer_value(json_object_get(f, "ver"));
	struct mirror_cell *c = mirror_cell_of(m, key);
	struct arena mem;
	struct change change;
	struct slice text;

	cr_assert(c && c->text, "an edit of %s, which this viewer does not have", key);
	if (c->gave_up && ver != c->ver + 1) {
		m->broken = true; /* its push was taken after all: the gap */
		return;
	}
	cr_assert_eq(ver, c->ver + 1, "%s", key);
	arena_init(&mem);
	cr_assert(change_from_json(&mem, json_object_get(f, "change"), &change) == ERR_OK);
	cr_assert(change_apply(&mem, &change, slice_of(c->text), 100000, &text) == ERR_OK);
	free(c->text);
	c->text = mem_dup(text);
	c->ver++;
	if (mirror_is_own(m, c, f)) {
		c->has_come = true;
	} else if (c->pending && !c->has_come) {
		cr_assert(change_map(&m->mem, &c->change, &change, false, &c->change) == ERR_OK);
	}
	arena_fini(&mem);
}

/* An ack of what this client had forgotten: the cell it wrote is not what the server has. */
static inline void mirror_lost_thread(struct mirror *m, uint64_t ref, uint64_t ver)
{
	for (size_t i = 0; i < m->ask_count; i++) {
		const struct mirror_ask *a = &m->ask[i];
		struct mirror_cell *c = a->ref == ref && a->key ? mirror_cell_of(m, a->key) : NULL;

		m->broken = m->broken || (c && c->pending != ref && ver > c->ver);
	}
}

/* The own request was kept: it applies to what everybody has, unless that has it already. */
static inline void mirror_take_ack(struct mirror *m, const json_t *f)
{
	uint64_t ref = (uint64_t)json_integer_value(json_object_get(f, "ref"));
	uint64_t ver = (uint64_t)json_integer_value(json_object_get(f, "ver"));

	mirror_lost_thread(m, ref, ver);
	mirror_answered(m, ref, true);
	for (size_t i = 0; i < m->count; i++) {
		struct mirror_cell *c = &m->cell[i];
		struct slice text;

		if (c->pending != ref) {
			continue;
		}
		if (c->text) {
			cr_assert_eq(c->has_come, ver <= c->ver, "%s: applied twice, or never",
				     c->key);
		}
		if (ver > c->ver) {
			cr_assert_eq(ver, c->ver + 1, "an ack comes after all before it");
			c->ver = ver;
			if (c->text) {
				cr_assert(change_apply(&m->mem, &c->change, slice_of(c->text),
						       100000, &text) == ERR_OK);
				free(c->text);
				c->text = mem_dup(text);
			} else {
				json_decref(c->value);
				c->value = json_incref(c->wanted);
			}
		}
		json_decref(c->wanted);
		c->wanted = NULL;
		c->has_come = false;
		c->pending = 0;
	}
}

static inline void mirror_take_no(struct mirror *m, const json_t *f)
{
	uint64_t ref = (uint64_t)json_integer_value(json_object_get(f, "ref"));

	mirror_answered(m, ref, false);
	for (size_t i = 0; i < m->count; i++) {
		if (m->cell[i].pending == ref) {
			cr_assert(!m->cell[i].has_come, "refused what was kept");
			m->cell[i].pending = 0;
		}
	}
}

static inline void mirror_take_drop(struct mirror *m, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		struct mirror_cell *c =
		    mirror_cell_of(m, json_string_value(json_array_get(keys, i)));

		cr_assert(c, "dropped what it never had");
		mirror_drop(m, c);
	}
}

static inline void mirror_take_set(struct mirror *m, const json_t *f)
{
	struct mirror_cell *c = mirror_cell_of(m, json_string_value(json_object_get(f, "cell")));

	cr_assert(c && !c->text);
	json_decref(c->value);
	c->value = json_incref(json_object_get(f, "value"));
	c->ver = (uint64_t)json_integer_value(json_object_get(f, "ver"));
}

static inline void mirror_take_mode(struct mirror *m, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *row = json_array_get(list, i);
		struct mirror_cell *c =
		    mirror_cell_of(m, json_string_value(json_array_get(row, 0)));

		cr_assert(c);
		c->write = strcmp(json_string_value(json_array_get(row, 1)), "w") == 0;
	}
}

static inline void mirror_keep(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = json_incref(value);
}

/* What a client does with a frame. */
static inline void mirror_take_frame(struct mirror *m, const json_t *f)
{
	const char *t = json_string_value(json_object_get(f, "t"));

	cr_assert(m->joined || strcmp(t, "snap") == 0 || strcmp(t, "bye") == 0 ||
		      strcmp(t, "again") == 0,
		  "%s to somebody who is not in the room", t);
	if (strcmp(t, "again") == 0) {
		cr_assert(!m->again, "told twice");
		m->again = true;
		m->agains++;
		m->joined = m->resend = false;
		for (size_t i = m->ask_count; i-- > 0;) {
			if (m->ask[i].is_dead) {
				mirror_ask_end(m, i);
			}
		}
	} else if (strcmp(t, "snap") == 0) {
		mirror_take_snap(m, f);
		mirror_keep(&m->meet, json_object_get(f, "meet"));
		mirror_keep(&m->seats, json_object_get(f, "seats"));
	} else if (strcmp(t, "meet") == 0) {
		cr_assert(!json_equal(m->meet, json_object_get(f, "meet")), "said twice");
		mirror_keep(&m->meet, json_object_get(f, "meet"));
	} else if (strcmp(t, "seats") == 0) {
		cr_assert(!json_equal(m->seats, json_object_get(f, "seats")), "said twice");
		mirror_keep(&m->seats, json_object_get(f, "seats"));
	} else if (strcmp(t, "here") == 0) {
		const char *key = json_string_value(json_object_get(f, "cell"));

		cr_assert(!key || mirror_cell_of(m, key), "a caret in what it does not have");
	} else if (strcmp(t, "cells") == 0) {
		mirror_take_cells(m, f);
	} else if (strcmp(t, "drop") == 0) {
		mirror_take_drop(m, json_object_get(f, "cells"));
	} else if (strcmp(t, "edit") == 0) {
		mirror_take_edit(m, f);
	} else if (strcmp(t, "set") == 0) {
		mirror_take_set(m, f);
	} else if (strcmp(t, "ack") == 0) {
		mirror_take_ack(m, f);
	} else if (strcmp(t, "no") == 0) {
		mirror_take_no(m, f);
	} else if (strcmp(t, "mode") == 0) {
		mirror_take_mode(m, json_object_get(f, "cells"));
	}
}

/* The words of its join: the texts it has, and their versions. */
static inline char *mirror_join(const struct mirror *m)
{
	json_t *have = json_array();
	json_t *o;
	char hex[HEX64_LEN + 1], *text;

	for (size_t i = 0; i < m->count; i++) {
		if (m->cell[i].text) {
			json_array_append_new(
			    have, json_pack("[s,I]", m->cell[i].key, (json_int_t)m->cell[i].ver));
		}
	}
	id_to_hex(m->client, hex);
	o = json_pack("{s:s,s:s}", "t", "join", "client", hex);
	if (m->board) {
		json_object_set_new(o, "board", json_integer(1));
	}
	if (json_array_size(have) > 0) {
		json_object_set(o, "have", have);
	}
	text = json_dumps(o, JSON_COMPACT);
	json_decref(have);
	json_decref(o);
	return text;
}

#endif
