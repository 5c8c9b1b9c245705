/* Texts and registers change: pushes of changes, compare and set. */
#include <assert.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_names.h"
#include "room/room_state.h"

/* Rows the server keeps (parties, consents) change by their own messages only. */
struct room_cell *edit_writable(struct room *r, const struct room_event *ev, struct act *act,
				bool text, enum err *why)
{
	uint32_t at = cells_find(r, ev->msg->cell);
	struct room_cell *c = at == MAP_NONE ? NULL : &r->cell[at];
	uint16_t table;

	*why = act_of(r, ev, act);
	if (*why != ERR_OK) {
		return NULL;
	}
	*why = ERR_GONE;
	if (!c || (c->doc != NULL) != text) {
		return NULL;
	}
	if (act_level(r, act, c->place) != LEVEL_WRITE) {
		/* Who reads it sees that the minutes are sealed. */
		if (sealing_holds(r, c->place) &&
		    rights_seat_level(&r->rights, act->actor, c->place).level != LEVEL_NONE) {
			*why = ERR_RULE;
		}
		return NULL;
	}
	table = r->schema->col[c->place->col].table;
	if (table != SCHEMA_NONE && rights_is_closed(&r->rights, table)) {
		return NULL;
	}
	*why = ERR_OK;
	return c;
}

struct author_shown edit_author(const struct room *r, uint8_t seat)
{
	struct author_shown a = {.seat = seat};

	if (seat < r->rights.seat_count && r->rights.seat[seat].live &&
	    r->seat[seat].label_cell != MAP_NONE) {
		a.is_held = true;
		a.wire = r->seat[seat].wire;
		a.label_place = *r->cell[r->seat[seat].label_cell].place;
	}
	return a;
}

void edit_say(const struct room *r, struct fx_list *out, struct conn_id author,
	      const struct room_cell *c, uint64_t ver, uint64_t client, uint8_t seat,
	      const struct change *change, struct slice json)
{
	struct edit_shown *e = arena_alloc(&out->mem, sizeof *e);

	*e = (struct edit_shown){.key = arena_dup(&out->mem, slice_of(c->key)),
				 .place = *c->place,
				 .ver = ver,
				 .client = client,
				 .author = edit_author(r, seat),
				 .change = *change,
				 .json = json};
	fx_add(out, FX_EDIT, author)->edit = e;
}

static void forget_longest(struct room *r)
{
	struct doc *longest = NULL;

	for (size_t i = 0; i < r->cell_count; i++) {
		struct doc *d = r->cell[i].doc;

		if (d && (!longest || d->step_bytes > longest->step_bytes)) {
			longest = d;
		}
	}
	assert(longest);
	r->history_bytes -= longest->step_bytes;
	doc_raise_fence(longest);
	r->history_bytes += longest->step_bytes;
}

static void hold_history(struct room *r)
{
	while (r->history_bytes > LIMIT_ROOM_HISTORY_BYTES) {
		forget_longest(r);
	}
}

void edit_accept(struct room *r, struct room_cell *c, uint64_t client, const struct act *act,
		 const struct change *changes, uint32_t count)
{
	r->bytes -= c->doc->body.bytes;
	r->history_bytes -= c->doc->step_bytes;
	c->written = true;
	doc_accept(c->doc, client, act->actor, act->for_seat, changes, count);
	r->bytes += c->doc->body.bytes;
	r->history_bytes += c->doc->step_bytes;
	cell_text(c)->folded += count;
	r->edits++;
	for (uint32_t i = 0; i < count; i++) {
		suggest_over(r, c, &changes[i], c->doc->ver - count + i + 1);
	}
	hold_history(r);
}

void edit_touch_plan(struct room *r, const struct room_cell *c)
{
	if (cells_is_plan(r, c)) {
		r->assent = false;
	}
}

void edit_say_fresh(struct room *r, const struct room_event *ev, const struct room_cell *c,
		    struct fx_list *out)
{
	struct cell_shown *shown = arena_alloc(&out->mem, sizeof *shown);
	struct fx *f = fx_add(out, FX_CELLS, ev->conn);

	cells_show(r, c, shown);
	shown->key = arena_dup(&out->mem, shown->key);
	shown->text = arena_dup(&out->mem, shown->text);
	suggest_show(r, c, &out->mem, shown);
	f->cell = shown;
	f->cell_count = 1;
}

static enum err read_changes(const json_t *list, struct arena *mem, struct change **out,
			     uint32_t *count)
{
	size_t n = json_array_size(list);
	struct change *v = arena_alloc(mem, (n ? n : 1) * sizeof *v);

	for (size_t i = 0; i < n; i++) {
		enum err e = change_from_json(mem, json_array_get(list, i), &v[i]);

		if (e != ERR_OK) {
			return e;
		}
	}
	*out = v;
	*count = (uint32_t)n;
	return ERR_OK;
}

/* What the message has is gone with it, before what is said of it is. */
static enum err message_changes(const struct msg *m, struct arena *mem, struct change **out,
				uint32_t *count)
{
	if (!m->plain) {
		return read_changes(m->changes, mem, out, count);
	}
	*out = arena_alloc(mem, m->plain_count * sizeof **out);
	for (uint32_t i = 0; i < m->plain_count; i++) {
		(*out)[i] = change_dup(mem, &m->plain[i]);
	}
	*count = m->plain_count;
	return ERR_OK;
}

enum err edit_rebase(struct room *r, const struct room_event *ev, const struct room_cell *c,
		     struct arena *mem, struct change **mapped, uint32_t *count)
{
	const struct schema_col *col = &r->schema->col[c->place->col];
	struct change *in;
	size_t bytes;
	enum err e = message_changes(ev->msg, mem, &in, count);

	if (e != ERR_OK) {
		return e;
	}
	*mapped = arena_alloc(mem, *count * sizeof **mapped);
	e = doc_rebase(mem, c->doc, ev->msg->base, in, *count, col->units_max, *mapped, &bytes);
	if (e != ERR_OK) {
		return e;
	}
	/* Mapping can split a change; what could not be read back must not be kept. */
	for (uint32_t i = 0; i < *count; i++) {
		if ((*mapped)[i].count > LIMIT_CHANGE_SECTIONS) {
			return ERR_LIMIT;
		}
	}
	if (bytes > c->doc->body.bytes && !cells_may_grow(r, bytes - c->doc->body.bytes)) {
		return ERR_LIMIT;
	}
	return ERR_OK;
}

/* The body of its record, {"c":[change,...]}; `json[i]` gets the change of it. */
static struct slice edit_body(struct fx_list *out, const struct change *changes, uint32_t count,
			      struct slice *json)
{
	struct buf b = {0};
	struct slice kept;
	size_t *end = arena_alloc(&out->mem, count * sizeof *end);

	jsonw_raw(&b, "{\"c\":[");
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0) {
			jsonw_raw(&b, ",");
		}
		json[i].len = b.len;
		change_write(&b, &changes[i]);
		end[i] = b.len;
	}
	jsonw_raw(&b, "]}");
	kept = arena_dup(&out->mem, buf_slice(&b));
	buf_fini(&b);
	for (uint32_t i = 0; i < count; i++) {
		json[i] = (struct slice){kept.ptr + json[i].len, end[i] - json[i].len};
	}
	return kept;
}

void on_edit(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	struct change *mapped = NULL;
	uint32_t count = 0;
	struct record *rec;
	struct slice *json;
	enum err e;
	struct room_cell *c = edit_writable(r, ev, &act, true, &e);

	if (!c) {
		fx_no(out, ev, e);
		return;
	}
	e = edit_rebase(r, ev, c, &out->mem, &mapped, &count);
	if (e != ERR_OK) {
		if (e == ERR_OLD) {
			edit_say_fresh(r, ev, c, out);
		}
		fx_no(out, ev, e);
		return;
	}
	rec = fx_request(out, RECORD_EDIT, r, ev, &act);
	rec->base_ver = ev->msg->base;
	rec->cell = arena_dup(&out->mem, slice_of(c->key));
	edit_accept(r, c, rec->client, &act, mapped, count);
	edit_touch_plan(r, c);
	json = arena_alloc(&out->mem, count * sizeof *json);
	rec->ver = c->doc->ver;
	rec->body = edit_body(out, mapped, count, json);
	for (uint32_t i = 0; i < count; i++) {
		edit_say(r, out, ev->conn, c, c->doc->ver - count + i + 1, rec->client,
			 act.for_seat, &mapped[i], json[i]);
	}
	dedupe_remember(r, ev, &(struct room_answer){.ver = rec->ver});
	fx_ack(out, ev, rec->ver);
}

/* The folded text has it already; what rests on the text has not. */
static enum err replay_folded(struct room *r, const struct room_cell *c, const struct record *rec,
			      const json_t *body)
{
	struct arena mem;
	struct change *in = NULL;
	uint32_t count = 0;
	enum err e = ERR_OK;

	edit_touch_plan(r, c);
	if (cell_text(c)->suggestions == 0) {
		return ERR_OK;
	}
	arena_init(&mem);
	e = read_changes(json_object_get(body, "c"), &mem, &in, &count);
	for (uint32_t i = 0; e == ERR_OK && i < count && count <= rec->ver; i++) {
		suggest_over(r, c, &in[i], rec->ver - count + i + 1);
	}
	arena_fini(&mem);
	return e;
}

/* The text has the change from its base; others may still have to be mapped over it. */
static enum err remember(struct room *r, struct room_cell *c, uint64_t client,
			 const struct record *rec, const json_t *body)
{
	struct arena mem;
	struct change *in = NULL;
	uint32_t count = 0;
	enum err e;

	if (map_get(&r->base_by_key, rec->cell) == MAP_NONE) {
		return ERR_PROTO;
	}
	arena_init(&mem);
	e = read_changes(json_object_get(body, "c"), &mem, &in, &count);
	if (e == ERR_OK && (count == 0 || count >= rec->ver)) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK) {
		uint64_t from = rec->ver - count;

		r->history_bytes -= c->doc->step_bytes;
		e = doc_remember(c->doc, client, rec->actor, rec->for_seat, in, count, from);
		r->history_bytes += c->doc->step_bytes;
		/* What was raised before was raised to the version it had then. */
		rights_lower_floors(r, c, from);
	}
	hold_history(r);
	arena_fini(&mem);
	return e;
}

enum err edit_replay(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t client = rec->kind == RECORD_ANSWER ? 0 : rec->client;
	uint32_t at = cells_find(r, rec->cell);
	struct room_cell *c = at == MAP_NONE ? NULL : &r->cell[at];
	struct arena mem;
	struct change *in, *mapped;
	size_t bytes;
	uint32_t count;
	enum err e = ERR_PROTO;

	if (!c || !c->doc) {
		return ERR_PROTO;
	}
	if (r->held) {
		return remember(r, c, client, rec, body);
	}
	if (rec->ver <= c->doc->ver) {
		return replay_folded(r, c, rec, body);
	}
	arena_init(&mem);
	if (read_changes(json_object_get(body, "c"), &mem, &in, &count) == ERR_OK && count > 0 &&
	    c->doc->ver + count == rec->ver) {
		mapped = arena_alloc(&mem, count * sizeof *mapped);
		e = doc_rebase(&mem, c->doc, c->doc->ver, in, count, LIMIT_TEXT_UNITS, mapped,
			       &bytes);
		if (e == ERR_OK) {
			struct act act = {.actor = rec->actor, .for_seat = rec->for_seat};

			edit_accept(r, c, client, &act, mapped, count);
			edit_touch_plan(r, c);
		}
	}
	arena_fini(&mem);
	return e;
}

enum err edit_replace(struct room *r, struct room_cell *c, struct slice text, uint64_t client,
		      const struct act *act, struct arena *mem, struct change *change)
{
	struct change_section *s = arena_alloc(mem, sizeof *s);
	struct change in = {.section = s, .count = 1};
	size_t bytes;
	enum err e;

	*s = (struct change_section){
	    .len = c->doc->body.units, .ins = (int32_t)utf8_units(text), .text = text};
	if (s->ins == 0) {
		return ERR_RULE;
	}
	e = doc_rebase(mem, c->doc, c->doc->ver, &in, 1, LIMIT_TEXT_UNITS, change, &bytes);
	if (e != ERR_OK) {
		return e;
	}
	edit_accept(r, c, client, act, change, 1);
	return ERR_OK;
}

static void say_stale(const struct room_event *ev, const struct room *r, const struct room_cell *c,
		      struct fx_list *out)
{
	struct cell_shown *shown = arena_alloc(&out->mem, sizeof *shown);
	struct fx *f;

	cells_show(r, c, shown);
	shown->key = arena_dup(&out->mem, shown->key);
	shown->value = fx_hold(out, shown->value);
	fx_no(out, ev, ERR_STALE);
	f = &out->fx[out->fx_count - 1];
	f->ver = c->ver;
	f->cell = shown;
	f->cell_count = 1;
}

/*
 * What rests on the person's consent is the series about the person, what rests on a law is another
 * one: no meeting goes over.
 */
static bool changes_sides(const struct room *r, const struct room_cell *c, const json_t *value)
{
	const char *basis = json_string_value(value);

	return slice_is(slice_of(c->key), NAME_LEGAL_BASIS) &&
	       (basis && strcmp(basis, NAME_BASIS_HOME) == 0) == r->rights.statutory;
}

/* May this value stand there, as far as that is the cell's own matter? */
static enum err may_set(const struct room *r, const struct act *act, const struct room_cell *c,
			bool is_item, uint64_t item, const json_t *value)
{
	enum err e = value_check(r, &r->schema->col[c->place->col], value);
	size_t before = cells_value_bytes(c->value), after = cells_value_bytes(value);

	if (e == ERR_OK && after > before && !cells_may_grow(r, after - before)) {
		e = ERR_LIMIT;
	}
	if (e == ERR_OK && changes_sides(r, c, value)) {
		e = ERR_RULE;
	}
	if (e == ERR_OK && resource_is_name(r, c)) {
		e = resource_may_rename(r, c, value);
	}
	if (e == ERR_OK && !is_item) {
		e = value_may_name(r, act, c, value);
	}
	/* Who reads an audience is told only the seats it knows, so any may be named. */
	if (e == ERR_OK && is_item) {
		e = value_may_replace(r, act, c);
	}
	if (e == ERR_OK && is_item) {
		e = agenda_may_change(r, act, item, value);
	}
	return e;
}

/* What else a new value moves: rights, the agenda, names told elsewhere. */
static void set_moves(struct room *r, struct room_cell *c, bool is_item, uint64_t item,
		      const json_t *old, struct fx_list *out)
{
	if ((uint32_t)(c - r->cell) == r->status_cell) {
		rights_refresh_plan(r);
		viewer_refresh(r, out);
	} else if (is_item) {
		agenda_changed(r, item, out);
		viewers_told(r, c, out);
		viewer_refresh(r, out);
	} else {
		edit_touch_plan(r, c);
		viewers_told(r, c, out);
	}
	if (resource_is_name(r, c)) {
		resource_renamed(r, (struct slice){json_string_value(old), json_string_length(old)},
				 c->value, out);
	}
	/* The order of the day follows its cells: when somebody's part begins. */
	if (slice_begins(slice_of(c->key), NAME_AGENDA "/") ||
	    slice_is(slice_of(c->key), NAME_START)) {
		fx_add(out, FX_MEET, (struct conn_id){0});
	}
}

void on_set(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act;
	struct set_shown *shown;
	struct record *rec;
	const json_t *old;
	enum err e;
	uint64_t item = 0;
	json_t *value = json_incref((json_t *)(uintptr_t)ev->msg->value);
	struct room_cell *c = edit_writable(r, ev, &act, false, &e);
	bool is_status = c && (uint32_t)(c - r->cell) == r->status_cell;
	bool is_item = c && agenda_is_audience(r, slice_of(c->key), &item);

	if (c) {
		e = may_set(r, &act, c, is_item, item, value);
	}
	if (c && e == ERR_OK && ev->msg->base != c->ver) {
		say_stale(ev, r, c, out);
		json_decref(value);
		return;
	}
	if (c && e == ERR_OK && is_status) {
		e = plan_transition(
		    r, &act, (struct slice){json_string_value(value), json_string_length(value)});
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		json_decref(value);
		return;
	}
	rec = fx_request(out, RECORD_SET, r, ev, &act);
	rec->base_ver = ev->msg->base;
	rec->cell = arena_dup(&out->mem, slice_of(c->key));
	old = fx_hold(out, c->value);
	cells_set_value(r, c, c->ver + 1, value);
	rec->ver = c->ver;
	rec->body = fx_json(out, json_incref(value));
	set_moves(r, c, is_item, item, old, out);
	shown = arena_alloc(&out->mem, sizeof *shown);
	*shown = (struct set_shown){.key = arena_dup(&out->mem, slice_of(c->key)),
				    .place = *c->place,
				    .ver = c->ver,
				    .seat = act.for_seat,
				    .value = fx_hold(out, c->value)};
	fx_add(out, FX_SET, ev->conn)->set = shown;
	dedupe_remember(r, ev, &(struct room_answer){.ver = c->ver});
	fx_ack(out, ev, c->ver);
	json_decref(value);
}
