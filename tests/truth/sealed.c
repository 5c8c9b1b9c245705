/*
 * What would be sealed of a case file's meeting (its state after it), as JSON for sealed.test.mjs:
 * who was invited, who reads which class, who sat together, every cell with its readers. Seats by
 * their names in the file. Usage: sealed CASE.json TIME
 */
#include "support/after.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "casefile/casefile.h"
#include "minutes/input.h"
#include "room/room.h"

static const struct casefile *names;

void sim_failed(const char *what, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "not so: %s", what);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static const char *name_of(unsigned seat)
{
	for (size_t i = 0; i < names->seat_count; i++) {
		if (names->seat[i].seat == seat) {
			return names->seat[i].name.ptr;
		}
	}
	return "?";
}

static json_t *word(struct slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *seats(seat_set set)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < SEAT_MAX; i++) {
		if (set & seat_bit(i)) {
			json_array_append_new(list, json_string(name_of(i)));
		}
	}
	return list;
}

static json_t *cell_value(const struct min_cell *c)
{
	switch (c->kind) {
	case MIN_JSON:
		return json_incref((json_t *)(uintptr_t)c->json);
	case MIN_SEAT:
		return json_sprintf("@%s", name_of(c->seat));
	case MIN_ROW:
		return json_sprintf("row:%016llx", (unsigned long long)c->ref);
	case MIN_PLACE:
		return json_pack("[o,i]", json_sprintf("row:%016llx", (unsigned long long)c->ref),
				 (int)c->nth);
	}
	return json_null();
}

static json_t *cell_json(const struct min_input *in, const struct min_cell *c)
{
	json_t *o = json_pack(
	    "{s:o,s:o,s:o,s:o,s:o,s:o}", "column", word(c->column), "value", cell_value(c),
	    "readers", seats(c->readers), "cls",
	    c->cls == MIN_NONE ? json_null() : word(in->cls[c->cls].label), "group",
	    c->audience == MIN_NONE ? json_null() : seats(in->audience[c->audience]), "named",
	    c->named == SEAT_NONE ? json_null() : json_string(name_of(c->named)));

	if (c->table.len) {
		json_object_set_new(o, "table", word(c->table));
		json_object_set_new(o, "row", json_sprintf("%016llx", (unsigned long long)c->row));
	}
	return o;
}

static void print(const struct min_input *in)
{
	json_t *all = json_pack("{s:[],s:[],s:[],s:[],s:o}", "seats", "classes", "groups", "cells",
				"notice", word(in->notice));

	for (size_t i = 0; i < in->seat_count; i++) {
		const struct min_seat *s = &in->seat[i];

		json_array_append_new(json_object_get(all, "seats"),
				      json_pack("{s:s,s:o,s:o,s:o,s:o}", "key", name_of(s->seat),
						"role", word(s->role), "label", word(s->label),
						"name", word(s->name), "knows", seats(s->knows)));
	}
	for (size_t i = 0; i < in->class_count; i++) {
		json_array_append_new(json_object_get(all, "classes"),
				      json_pack("{s:o,s:o}", "label", word(in->cls[i].label),
						"readers", seats(in->cls[i].readers)));
	}
	for (size_t i = 0; i < in->audience_count; i++) {
		json_array_append_new(json_object_get(all, "groups"), seats(in->audience[i]));
	}
	for (size_t i = 0; i < in->cell_count; i++) {
		json_array_append_new(json_object_get(all, "cells"), cell_json(in, &in->cell[i]));
	}
	json_dumpf(all, stdout, JSON_COMPACT);
	json_decref(all);
}

int main(int argc, char **argv)
{
	struct schema *schema = rig_schema();
	struct buf text = {0};
	struct casefile file;
	uint64_t dice = 1;
	struct casefile_options o = {.random = rig_random, .random_arg = &dice, .after = true};
	char why[CASEFILE_WHY_BYTES] = "";
	struct min_input in;
	struct arena mem;
	struct room *room;
	json_t *held;

	cr_assert(argc == 3 && sodium_init() >= 0, "usage: sealed CASE.json TIME");
	cr_assert(casefile_time_ms(slice_of(argv[2]), &o.now_ms), "no time: %s", argv[2]);
	text = rig_file(argv[1]);
	cr_assert(casefile_read(buf_slice(&text), schema, &o, &file, why) == ERR_OK, "%s", why);
	names = &file;
	room = room_after(schema, &file, o.now_ms);
	arena_init(&mem);
	held = room_seal_input(room, &mem, &in);
	print(&in);
	json_decref(held);
	arena_fini(&mem);
	room_destroy(room);
	casefile_fini(&file);
	buf_fini(&text);
	schema_destroy(schema);
	return 0;
}
