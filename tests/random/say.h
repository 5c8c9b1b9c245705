#ifndef ROKUSHA_TESTS_RANDOM_SAY_H
#define ROKUSHA_TESTS_RANDOM_SAY_H

/* An act of a script becomes a message on the wire: names become ids, a text becomes a change. */
#include "random/play.h"

static const char nobody[] = "00000000000000ff"; /* an id nothing has */

static inline const char *seat_wire(const struct play *p, const char *name)
{
	for (size_t i = 0; name && i < p->file->seat_count; i++) {
		if (slice_is(p->file->seat[i].name, name)) {
			return p->file->seat[i].wire.ptr;
		}
	}
	return nobody;
}

static inline const char *row_wire(const struct play *p, const char *name)
{
	uint32_t at = name ? map_get(&p->by_name, slice_of(name)) : MAP_NONE;

	return at == MAP_NONE ? nobody : p->row[at].ptr + p->row[at].len - HEX64_LEN;
}

/* "table#n/column" -> "table/hex/column"; a field is its own key. */
static inline struct slice cell_wire(struct play *p, const char *name)
{
	const char *hash = strchr(name, '#');
	const char *slash = hash ? strchr(hash, '/') : NULL;

	if (!slash) {
		return slice_of(name);
	}
	return arena_printf(
	    &p->mem, "%.*s/%s%s", (int)(hash - name), name,
	    row_wire(p, arena_dup(&p->mem, (struct slice){name, (size_t)(slash - name)}).ptr),
	    slash);
}

/* "@party" in a value, or in a list of them. */
static inline json_t *value_wire(const struct play *p, const json_t *v)
{
	const char *text = json_string_value(v);
	json_t *list;

	if (text && text[0] == '@') {
		return json_sprintf("@%s", seat_wire(p, text + 1));
	}
	if (!json_is_array(v)) {
		return json_deep_copy(v);
	}
	list = json_array();
	for (size_t i = 0; i < json_array_size(v); i++) {
		json_array_append_new(list, value_wire(p, json_array_get(v, i)));
	}
	return list;
}

/* ---- changes ---- */

static inline void add_lines(json_t *section, const char *text)
{
	for (;;) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t)(end - text) : strlen(text);

		json_array_append_new(section, json_stringn(text, len));
		if (!end) {
			return;
		}
		text = end + 1;
	}
}

/* A ChangeSet that puts `text` in place of `old`, or behind it. */
static inline json_t *text_change(const char *old, const char *text, bool append)
{
	json_int_t units = (json_int_t)utf8_units(slice_of(old));
	json_t *change = json_array();
	json_t *section = json_array();

	if (append && units > 0) {
		json_array_append_new(change, json_integer(units));
		units = 0;
	}
	json_array_append_new(section, json_integer(units));
	if (*text) {
		add_lines(section, text);
	}
	json_array_append_new(change, section);
	return change;
}

static inline void say_edit(struct play *p, json_t *out, const json_t *msg, struct slice key)
{
	uint32_t at = map_get(&p->by_key, key);
	const char *old = at != MAP_NONE && p->cell[at].text ? p->cell[at].text : "";
	const char *text = json_string_value(json_object_get(msg, "text"));
	const char *op = json_string_value(json_object_get(msg, "op"));

	json_object_set_new(out, "changes",
			    json_pack("[o]", text_change(old, text, strcmp(op, "append") == 0)));
	json_object_set_new(out, "base",
			    json_integer(at == MAP_NONE ? 1 : (json_int_t)p->cell[at].ver));
	json_object_del(out, "op");
	json_object_del(out, "text");
}

static inline void say_cell(struct play *p, json_t *out, const json_t *msg)
{
	const char *name = json_string_value(json_object_get(msg, "cell"));
	const char *t = json_string_value(json_object_get(msg, "t"));
	struct slice key = cell_wire(p, name);
	uint32_t at = map_get(&p->by_key, key);
	json_int_t ver = at == MAP_NONE ? 1 : (json_int_t)p->cell[at].ver;

	json_object_set_new(out, "cell", json_stringn(key.ptr, key.len));
	if (strcmp(t, "edit") == 0) {
		say_edit(p, out, msg, key);
	} else if (strcmp(t, "set") == 0) {
		ver -= json_is_true(json_object_get(msg, "stale"));
		json_object_set_new(out, "base", json_integer(ver));
		json_object_del(out, "stale");
	}
}

/* The message of an act in wire names; owned by the caller. */
static inline json_t *say_message(struct play *p, const json_t *msg)
{
	static const char *const seats[] = {"seat", "about", "for"};
	static const char *const rows[] = {"row", "to"};
	json_t *out = json_copy((json_t *)(uintptr_t)msg);
	const char *name;
	json_t *v;
	json_t *cells;

	for (size_t i = 0; i < sizeof seats / sizeof *seats; i++) {
		if ((v = json_object_get(msg, seats[i]))) {
			json_object_set_new(out, seats[i],
					    json_string(seat_wire(p, json_string_value(v))));
		}
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if ((v = json_object_get(msg, rows[i]))) {
			json_object_set_new(
			    out, rows[i],
			    json_stringn(row_wire(p, json_string_value(v)), HEX64_LEN));
		}
	}
	if (json_object_get(msg, "cell")) {
		say_cell(p, out, msg);
	}
	if ((v = json_object_get(msg, "value"))) {
		json_object_set_new(out, "value", value_wire(p, v));
	}
	if ((cells = json_object_get(msg, "cells"))) {
		json_t *wire = json_object();

		json_object_foreach(cells, name, v)
		{
			json_object_set_new(wire, name, value_wire(p, v));
		}
		json_object_set_new(out, "cells", wire);
	}
	json_object_set_new(out, "ref", json_integer((json_int_t)++p->ref));
	return out;
}

/* ---- acts ---- */

/* After an accepted act: what texts now say, for the next change. */
static inline void remember(struct play *p, const json_t *msg)
{
	const char *t = json_string_value(json_object_get(msg, "t"));
	const char *text = json_string_value(json_object_get(msg, "text"));
	const char *words = json_string_value(json_object_get(msg, "words"));
	struct slice key;
	uint32_t at;

	if (strcmp(t, "withdraw") == 0) {
		key = cell_wire(p, arena_printf(&p->mem, "%s/withdrawal",
						json_string_value(json_object_get(msg, "row")))
				       .ptr);
		text = words;
	} else if (strcmp(t, "edit") == 0) {
		key = cell_wire(p, json_string_value(json_object_get(msg, "cell")));
	} else {
		return;
	}
	at = map_get(&p->by_key, key);
	if (at != MAP_NONE && p->cell[at].text && text) {
		bool append = strcmp(t, "edit") == 0 &&
			      strcmp(json_string_value(json_object_get(msg, "op")), "append") == 0;
		struct slice now =
		    arena_printf(&p->mem, "%s%s", append ? p->cell[at].text : "", text);

		free(p->cell[at].text);
		p->cell[at].text = mem_dup(now);
	}
}

/* The room's answer to the step just done; a refusal must leave nothing but what time did. */
static inline const char *answer_to(const struct play *p, uint8_t seat)
{
	const struct fx *no = play_fx(p, FX_NO, seat);
	const struct fx *bye = play_fx(p, FX_BYE, seat);
	bool acked = play_fx(p, FX_ACK, seat) != NULL;

	for (size_t i = 0; !acked && i < p->fx.record_count; i++) {
		if (p->fx.record[i].kind != RECORD_LAPSE) {
			return "refused, but something was kept";
		}
	}
	if (acked == (no != NULL)) {
		return acked ? "two answers" : bye ? "bye" : "no answer";
	}
	return acked ? "ok" : err_name(no->code);
}

static inline const char *play_send(struct play *p, uint8_t seat, const json_t *msg)
{
	json_t *wire = say_message(p, msg);
	char *text = json_dumps(wire, JSON_COMPACT);
	const char *answer = "proto";
	struct msg m;

	if (wire_decode(slice_of(text), &m) == ERR_OK) {
		play_event(p, ROOM_MSG, seat, &m);
		wire_release(&m);
		answer = answer_to(p, seat);
		if (strcmp(answer, "ok") == 0) {
			remember(p, msg);
		}
	}
	free(text);
	json_decref(wire);
	return answer;
}

static inline const char *act_of(struct play *p, const json_t *act)
{
	const char *name = json_string_value(json_object_get(act, "seat"));
	const json_t *msg = json_object_get(act, "msg");
	const char *t = json_string_value(json_object_get(msg, "t"));
	uint8_t seat = name ? room_seat_find(p->room, slice_of(name)) : SEAT_NONE;

	play_pass(p, (int64_t)json_integer_value(json_object_get(act, "at")));
	play_settle(p);
	if (!t || strcmp(t, "time") == 0) {
		return "ok";
	}
	if (strcmp(t, "restart") == 0) {
		return play_restart(p) ? "ok" : "does not load";
	}
	if (seat == SEAT_NONE) {
		return "nobody";
	}
	if (strcmp(t, "leave") == 0) {
		play_leave(p, seat);
		return "ok";
	}
	if (!play_join(p, seat)) {
		return "bye";
	}
	return strcmp(t, "join") == 0 ? "ok" : play_send(p, seat, msg);
}

/* {"seat", "at", "msg"}: "ok", or why not. `join`, `leave` and `time` have no answer of the room.
 */
static inline const char *play_act(struct play *p, const json_t *act)
{
	const char *answer = act_of(p, act);

	play_settle(p);
	return answer;
}

#endif
