#ifndef ROKUSHA_TESTS_SUPPORT_MIRROR_H
#define ROKUSHA_TESTS_SUPPORT_MIRROR_H

/* What a viewer knows, built from nothing but the frames it was sent. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

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
};

struct mirror {
	struct conn_id conn;
	uint8_t seat;
	bool open;
	uint64_t ref;
	struct mirror_cell *cell;
	size_t count, cap;
	struct arena mem; /* of pending changes */
	size_t frames;
	unsigned closed; /* status the server closed with */
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

static inline void mirror_clear(struct mirror *m)
{
	for (size_t i = 0; i < m->count; i++) {
		mirror_cell_free(&m->cell[i]);
	}
	m->count = 0;
}

static inline void mirror_take_cells(struct mirror *m, const json_t *cells, const json_t *cols)
{
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *in = json_array_get(cells, i);
		const char *key = json_string_value(json_object_get(in, "k"));
		const char *col = json_string_value(json_object_get(in, "c"));
		const char *type =
		    json_string_value(json_object_get(json_object_get(cols, col), "type"));
		struct mirror_cell *c = mirror_cell_of(m, key);

		cr_assert(type, "%s: a column nobody described", key);
		if (c) {
			mirror_cell_free(c);
		} else {
			mem_room(&m->cell, &m->cap, m->count, sizeof *m->cell);
			c = &m->cell[m->count++];
		}
		*c = (struct mirror_cell){.key = strdup(key)};
		c->ver = (uint64_t)json_integer_value(json_object_get(in, "v"));
		c->write = strcmp(json_string_value(json_object_get(in, "l")), "w") == 0;
		if (strcmp(type, "text") == 0) {
			c->text = strdup(json_string_value(json_object_get(in, "x")));
		} else {
			c->value = json_incref(json_object_get(in, "x"));
		}
	}
}

static inline void mirror_take_edit(struct mirror *m, const json_t *f)
{
	const char *key = json_string_value(json_object_get(f, "cell"));
	struct mirror_cell *c = mirror_cell_of(m, key);
	struct arena mem;
	struct change change;
	struct slice text;

	cr_assert(c && c->text, "an edit of %s, which this viewer does not have", key);
	cr_assert_eq((uint64_t)json_integer_value(json_object_get(f, "ver")), c->ver + 1);
	arena_init(&mem);
	cr_assert(change_from_json(&mem, json_object_get(f, "change"), &change) == ERR_OK);
	cr_assert(change_apply(&mem, &change, slice_of(c->text), 100000, &text) == ERR_OK);
	free(c->text);
	c->text = mem_dup(text);
	c->ver++;
	if (c->pending) {
		cr_assert(change_map(&m->mem, &c->change, &change, false, &c->change) == ERR_OK);
	}
	arena_fini(&mem);
}

/* The own request was kept: it applies to what everybody has. */
static inline void mirror_take_ack(struct mirror *m, const json_t *f)
{
	uint64_t ref = (uint64_t)json_integer_value(json_object_get(f, "ref"));
	uint64_t ver = (uint64_t)json_integer_value(json_object_get(f, "ver"));

	for (size_t i = 0; i < m->count; i++) {
		struct mirror_cell *c = &m->cell[i];
		struct slice text;

		if (c->pending != ref) {
			continue;
		}
		cr_assert_eq(ver, c->ver + 1, "an ack comes after all before it");
		if (c->text) {
			cr_assert(change_apply(&m->mem, &c->change, slice_of(c->text), 100000,
					       &text) == ERR_OK);
			free(c->text);
			c->text = mem_dup(text);
		} else {
			json_decref(c->value);
			c->value = c->wanted;
			c->wanted = NULL;
		}
		c->ver = ver;
		c->pending = 0;
	}
}

static inline void mirror_take_no(struct mirror *m, const json_t *f)
{
	uint64_t ref = (uint64_t)json_integer_value(json_object_get(f, "ref"));

	for (size_t i = 0; i < m->count; i++) {
		if (m->cell[i].pending == ref) {
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
		mirror_cell_free(c);
		*c = m->cell[--m->count];
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

/* What a client does with a frame. */
static inline void mirror_take_frame(struct mirror *m, const json_t *f)
{
	const char *t = json_string_value(json_object_get(f, "t"));

	m->frames++;
	if (strcmp(t, "snap") == 0) {
		mirror_clear(m);
		mirror_take_cells(m, json_object_get(f, "cells"), json_object_get(f, "cols"));
	} else if (strcmp(t, "cells") == 0) {
		mirror_take_cells(m, json_object_get(f, "cells"), json_object_get(f, "cols"));
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
		json_t *list = json_object_get(f, "cells");

		for (size_t i = 0; i < json_array_size(list); i++) {
			json_t *row = json_array_get(list, i);
			struct mirror_cell *c =
			    mirror_cell_of(m, json_string_value(json_array_get(row, 0)));

			cr_assert(c);
			c->write = strcmp(json_string_value(json_array_get(row, 1)), "w") == 0;
		}
	}
}

#endif
