/*
 * Holds: while one stands nothing of a series is erased. Set and lifted by whoever approves the
 * policy, or by the operator (rokusha hold); told to those who would erase, and to nobody else.
 */
#include <string.h>

#include "archive/archive_parts.h"
#include "base/day.h"

/* ---- how it stands ---- */

static json_t *hold_json(const struct minutes_hold *h)
{
	json_t *o = json_pack("{s:I,s:o}", "since", (json_int_t)(h->at_ms / 1000), "why",
			      json_stringn(h->why.ptr, h->why.len));

	if (h->until_ms != INT64_MAX) {
		json_object_set_new(o, "until", json_integer((json_int_t)(h->until_ms / 1000)));
	}
	return o;
}

enum err hold_tell(struct asked *q, json_t **out)
{
	struct minutes_hold h;
	struct arena mem;
	enum err e;

	arena_init(&mem);
	e = minutes_db_hold(q->a->db, q->ask->series, q->ask->now_ms, &mem, &h, q->out->why);
	if (e == ERR_OK) {
		*out = hold_json(&h);
	} else if (e == ERR_GONE) {
		*out = json_null();
		e = ERR_OK;
	}
	arena_fini(&mem);
	return e;
}

enum err hold_look(struct asked *q)
{
	struct minutes_hold h;
	struct arena mem;
	enum err e;

	arena_init(&mem);
	e = minutes_db_hold(q->a->db, q->ask->series, q->ask->now_ms, &mem, &h, q->out->why);
	arena_fini(&mem);
	return e == ERR_OK ? ERR_HOLD : e == ERR_GONE ? ERR_OK : e;
}

/* ---- setting, lifting ---- */

/* Whoever approves what a series is judged by: the role says so in its policy. */
static enum err may_hold(struct asked *q)
{
	struct played p = {0};
	enum err e = played_open(q->a, q->ask->series, UINT64_MAX, q->ask->now_ms, &p, q->out->why);

	if (e == ERR_OK && !rights_may_approve(room_rights(p.room), q->ask->seat)) {
		e = ERR_GONE;
	}
	played_close(&p);
	return e;
}

/* {"on":true,"why":text,"until":"YYYY-MM-DD", the last day, or null} or {"on":false,"why":text} */
static enum err read_hold(const struct asked *q, struct minutes_hold *out)
{
	const json_t *on = json_object_get(q->body, "on");
	struct slice until = body_text(q, "until");
	int64_t day;

	*out = (struct minutes_hold){.is_on = json_is_true(on),
				     .seat = q->ask->seat,
				     .why = body_text(q, "why"),
				     .at_ms = q->ask->now_ms,
				     .until_ms = INT64_MAX};
	if (!json_is_boolean(on) || (until.ptr && !day_read(until, &day))) {
		return ERR_PROTO;
	}
	if (until.ptr) {
		out->until_ms = day_start_ms(day + 1);
	}
	return ERR_OK;
}

enum err answer_hold(struct asked *q)
{
	struct minutes_hold h;
	json_t *stands;
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = may_hold(q);
	if (e == ERR_OK) {
		e = read_hold(q, &h);
	}
	if (e == ERR_OK) {
		e = minutes_db_hold_add(q->a->db, q->ask->series, &h, q->out->why);
	}
	if (e == ERR_OK) {
		e = hold_tell(q, &stands);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_pack("{s:o}", "hold", stands));
	}
	return e;
}
