/* hold: while one stands nothing of a series is erased. Beside a live server, or without one. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/day.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "store/minutes_db.h"

/* The series of --series and its tables; NULL after printing why. */
static struct minutes_db *open_series(const struct cli *c, bool may_write, struct series_id *series)
{
	struct minutes_db *db = NULL;
	struct store *s = cli_store(c, STORE_READ);
	char why[STORE_WHY_BYTES] = "";
	bool found = s && store_find_now(s, slice_of(c->series), series) == ERR_OK;

	if (s && !found) {
		cli_fail(c, "--series: there is no series \"%s\"", c->series);
	}
	store_close(s);
	if (found && minutes_db_open(c->db, may_write, &db, why) != ERR_OK) {
		cli_fail(c, "%s", why);
	}
	return db;
}

/* ---- set, lift ---- */

static bool take_until(const struct cli *c, int64_t *out)
{
	int64_t day;

	*out = INT64_MAX;
	if (!c->until) {
		return true;
	}
	if (!day_read(slice_of(c->until), &day)) {
		cli_fail(c, "--until: \"%s\" is no day", c->until);
		return false;
	}
	*out = day_start_ms(day + 1);
	return true;
}

static int change(const struct cli *c, bool is_on)
{
	struct minutes_hold h = {
	    .is_on = is_on, .seat = SEAT_NONE, .who = slice_of(c->by), .why = slice_of(c->why)};
	struct minutes_db *db = NULL;
	struct series_id series = {0};
	char why[STORE_WHY_BYTES] = "";
	enum err e;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &h.at_ms) || !take_until(c, &h.until_ms)) {
		return EXIT_FAILED;
	}
	if (!utf8_is_text(h.who, false) || !utf8_is_text(h.why, false)) {
		return cli_fail(c, "--why, --by: one line of text each");
	}
	db = open_series(c, true, &series);
	if (!db) {
		return EXIT_FAILED;
	}
	e = minutes_db_hold_add(db, series, &h, why);
	minutes_db_close(db);
	if (e != ERR_OK) {
		return cli_fail(c, "%s: %s", c->series,
				e == ERR_RULE ? "no hold stands"
				: e == ERR_PROTO
				    ? "--why or --by is empty or too long, or --until is over"
				    : why);
	}
	printf("%s\n", is_on ? "保留しました。" : "保留をときました。");
	return EXIT_OK;
}

int cli_hold_set(const struct cli *c)
{
	return change(c, true);
}

int cli_hold_lift(const struct cli *c)
{
	return change(c, false);
}

/* ---- show ---- */

static json_t *hold_json(const struct minutes_hold *h)
{
	json_t *o = json_pack("{s:s,s:I}", "what", h->is_on ? "set" : "lift", "at",
			      (json_int_t)(h->at_ms / 1000));

	if (h->is_on && h->until_ms != INT64_MAX) {
		json_object_set_new(o, "until", json_integer((json_int_t)(h->until_ms / 1000)));
	}
	if (h->seat != SEAT_NONE) {
		json_object_set_new(o, "seat", json_integer(h->seat));
	} else {
		json_object_set_new(o, "by", json_stringn(h->who.ptr, h->who.len));
	}
	json_object_set_new(o, "why", json_stringn(h->why.ptr, h->why.len));
	return o;
}

static enum err show(struct minutes_db *db, struct series_id series, int64_t now_ms, char *why)
{
	struct minutes_hold h, *all;
	struct arena mem;
	json_t *list = json_array();
	json_t *o;
	size_t count;
	enum err e, stands;

	arena_init(&mem);
	stands = minutes_db_hold(db, series, now_ms, &mem, &h, why);
	e = stands == ERR_GONE ? ERR_OK : stands;
	if (e == ERR_OK) {
		e = minutes_db_holds(db, series, &mem, &all, &count, why);
	}
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		json_array_append_new(list, hold_json(&all[i]));
	}
	o = json_pack("{s:b,s:o}", "stands", stands == ERR_OK, "said", list);
	if (e == ERR_OK) {
		char *text = json_dumps(o, JSON_COMPACT);

		printf("%s\n", text);
		free(text);
	}
	json_decref(o);
	arena_fini(&mem);
	return e;
}

int cli_hold_show(const struct cli *c)
{
	struct minutes_db *db;
	struct series_id series = {0};
	char why[STORE_WHY_BYTES] = "";
	int64_t now_ms;
	enum err e;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &now_ms)) {
		return EXIT_FAILED;
	}
	db = open_series(c, false, &series);
	if (!db) {
		return EXIT_FAILED;
	}
	e = show(db, series, now_ms, why);
	minutes_db_close(db);
	return e == ERR_OK ? EXIT_OK : cli_fail(c, "%s", why);
}
