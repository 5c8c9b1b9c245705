/*
 * A base: how the room stood after one of its records. Its texts are folded ones; the body has what
 * edits leave beside a text: {"rest": how many records up to there are no edits, "at": the latest
 * time of one, "assent": bool, "suggestions": [...]}.
 *
 * A room is loaded from it like this: what is no edit is replayed, whatever its age. Texts stand
 * from the beginning as the base has them, so that changes of theirs up to it are at most
 * remembered, for others to be mapped over; the suggestions and the assent are the base's. From
 * there on all goes as it does with a whole journal.
 */
#include <stdlib.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

enum { EDIT_BYTES = 512 }; /* of texts written anew may come to each edit */

void base_note(struct room *r, const struct record *rec)
{
	r->rest += rec->kind != RECORD_EDIT;
	r->recorded_ms = rec->at_ms > r->recorded_ms ? rec->at_ms : r->recorded_ms;
}

/* ---- suggestions ---- */

static const char *const state_names[] = {
    [SUGGESTION_OPEN] = "open",
    [SUGGESTION_TAKEN] = "taken",
    [SUGGESTION_ANSWERED] = "answered",
    [SUGGESTION_OLD] = "old",
};

static struct slice text_at(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

static bool is_there(const struct room *r, uint64_t id)
{
	bool found = false;

	for (size_t i = 0; i < r->suggestion_count; i++) {
		found = found || r->suggestion[i].id == id;
	}
	return found;
}

static json_t *suggestions_to_json(const struct room *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->suggestion_count; i++) {
		const struct room_suggestion *s = &r->suggestion[i];
		char hex[HEX64_LEN + 1];

		id_to_hex(s->id, hex);
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:i,s:i,s:s,s:I,s:I,s:o,s:s,s:s*}", "id", hex, "cell",
				    r->cell[s->cell].key, "seat", (int)s->seat, "by", (int)s->by,
				    "state", state_names[s->state], "at", (json_int_t)s->at_ms,
				    "ver", (json_int_t)s->ver, "c",
				    s->mem ? change_to_json(&s->change) : json_null(), "words",
				    s->words, "reply", s->reply));
	}
	return list;
}

static bool state_find(const json_t *v, enum suggestion_state *out)
{
	for (unsigned i = 0; i < SUGGESTION_GONE; i++) {
		if (json_is_string(v) && strcmp(state_names[i], json_string_value(v)) == 0) {
			*out = (enum suggestion_state)i;
			return true;
		}
	}
	return false;
}

static enum err take_one(struct room *r, struct arena *mem, const json_t *o)
{
	const json_t *reply = json_object_get(o, "reply"), *c = json_object_get(o, "c");
	const json_t *by = json_object_get(o, "by");
	struct room_suggestion what = {.cell = cells_find(r, text_at(o, "cell")),
				       .by = SEAT_NONE,
				       .at_ms = json_integer_value(json_object_get(o, "at")),
				       .ver =
					   (uint64_t)json_integer_value(json_object_get(o, "ver"))};
	struct change change;

	if (what.cell == MAP_NONE || !r->cell[what.cell].doc || !body_hex(o, "id", &what.id) ||
	    !body_seat(r, json_object_get(o, "seat"), &what.seat) ||
	    (json_integer_value(by) != SEAT_NONE && !body_seat(r, by, &what.by)) ||
	    !state_find(json_object_get(o, "state"), &what.state) || is_there(r, what.id) ||
	    (what.state == SUGGESTION_OPEN && !json_is_array(c)) ||
	    (!json_is_null(c) && change_from_json(mem, c, &change) != ERR_OK)) {
		return ERR_PROTO;
	}
	what.words = mem_dup(text_at(o, "words"));
	what.reply = reply ? mem_dup(text_at(o, "reply")) : NULL;
	(void)suggest_add(r, &what, json_is_null(c) ? NULL : &change);
	return ERR_OK;
}

static enum err suggestions_from_json(struct room *r, const json_t *list)
{
	struct arena mem;
	enum err e = json_is_array(list) &&
			     json_array_size(list) <= SEAT_MAX * (size_t)LIMIT_SUGGESTIONS_SEAT
			 ? ERR_OK
			 : ERR_PROTO;

	arena_init(&mem);
	for (size_t i = 0; e == ERR_OK && i < json_array_size(list); i++) {
		e = take_one(r, &mem, json_array_get(list, i));
		arena_reset(&mem);
	}
	arena_fini(&mem);
	return e == ERR_OK ? suggest_settle(r) : e;
}

/* ---- one is made ---- */

/* What a base would have to hold that the last one does not. */
static size_t bytes_to_write(const struct room *r)
{
	size_t bytes = 0;

	for (size_t i = 0; i < r->suggestion_count; i++) {
		bytes += suggest_bytes(&r->suggestion[i]);
	}
	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_text *t = cell_text(&r->cell[i]);

		bytes += t && t->folded > 0 ? t->doc.body.bytes : 0;
	}
	return bytes;
}

bool room_base_is_due(struct room *r, uint32_t edits_min)
{
	if (r->edits < edits_min || r->edits < r->edits_due) {
		return false;
	}
	r->edits_due = bytes_to_write(r) / EDIT_BYTES;
	return r->edits >= r->edits_due;
}

size_t room_edits(const struct room *r)
{
	return r->edits;
}

void room_base(const struct room *r, struct arena *mem, struct room_base *out)
{
	struct text_base *text;
	json_t *body = json_pack("{s:I,s:I,s:b,s:o}", "rest", (json_int_t)r->rest, "at",
				 (json_int_t)r->recorded_ms, "assent", r->assent, "suggestions",
				 suggestions_to_json(r));
	char *json = json_dumps(body, JSON_COMPACT);

	out->text_count = room_fold(r, 0, mem, &text);
	out->text = text;
	out->body = arena_dup(mem, slice_of(json));
	free(json);
	json_decref(body);
}

void room_base_kept(struct room *r)
{
	for (size_t i = 0; i < r->cell_count; i++) {
		if (r->cell[i].doc) {
			cell_text(&r->cell[i])->folded = 0;
		}
	}
	r->edits = 0;
	r->edits_due = 0;
}

/* ---- a room begins from one ---- */

void room_base_begin(struct room *r)
{
	r->held = true;
}

static enum err settle_texts(struct room *r)
{
	for (size_t i = 0; i < r->base_count; i++) {
		uint32_t at = cells_find(r, r->base[i].cell);
		struct doc *d = at == MAP_NONE ? NULL : r->cell[at].doc;
		enum err e;

		if (!d) {
			continue; /* a field that a later policy gave up */
		}
		r->history_bytes -= d->step_bytes;
		e = doc_settle(d, r->base[i].ver);
		r->history_bytes += d->step_bytes;
		if (e != ERR_OK) {
			return e;
		}
	}
	return ERR_OK;
}

enum err room_base_end(struct room *r, struct slice body)
{
	json_t *o = json_loadb(body.ptr ? body.ptr : "", body.len, 0, NULL);
	const json_t *rest = json_object_get(o, "rest");
	const json_t *at = json_object_get(o, "at");
	const json_t *assent = json_object_get(o, "assent");
	enum err e = ERR_PROTO;

	r->held = false;
	if (json_is_integer(rest) && (uint64_t)json_integer_value(rest) == r->rest &&
	    json_is_integer(at) && json_is_boolean(assent)) {
		int64_t at_ms = json_integer_value(at);

		r->recorded_ms = at_ms > r->recorded_ms ? at_ms : r->recorded_ms;
		r->now_ms = at_ms > r->now_ms ? at_ms : r->now_ms;
		r->assent = json_is_true(assent);
		r->from_base = true;
		e = settle_texts(r);
	}
	if (e == ERR_OK) {
		e = suggestions_from_json(r, json_object_get(o, "suggestions"));
	}
	if (e == ERR_OK && r->bytes > 2 * (size_t)LIMIT_ROOM_BYTES) {
		e = ERR_LIMIT;
	}
	json_decref(o);
	return e;
}
