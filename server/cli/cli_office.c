/*
 * office: the room of an office from a file, or, when it is there, who looks after which case from
 * now on. Who may see what of a case is that case's affair: here it is only said whose desk it is
 * on.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "casefile/casefile.h"
#include "cli/cli.h"

struct office {
	const struct cli *cli;
	struct cli_running policy;
	struct store *store;
	struct casefile file;
	int64_t now_ms;
	json_t *cases[SEAT_MAX]; /* by seat of the file: [[series id, seat in it]] */
};

struct found_seat {
	bool is_there;
	uint8_t index;
	char role[64];
};

static json_t *body_of(const struct record *rec)
{
	return json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
}

static struct found_seat find_seat(const struct store_series *l, struct slice name)
{
	struct found_seat f = {0};

	for (size_t i = 0; i < l->record_count && !f.is_there; i++) {
		json_t *body = l->record[i].kind == RECORD_SEAT ? body_of(&l->record[i]) : NULL;
		const char *its = json_string_value(json_object_get(body, "name"));

		if (its && slice_is(name, its)) {
			f.is_there = true;
			f.index = (uint8_t)json_integer_value(json_object_get(body, "seat"));
			(void)snprintf(f.role, sizeof f.role, "%s",
				       json_string_value(json_object_get(body, "role")));
		}
		json_decref(body);
	}
	return f;
}

static bool is_office(const struct store_series *l)
{
	json_t *body = l->record_count > 0 ? body_of(&l->record[0]) : NULL;
	bool is = json_is_true(json_object_get(body, "office"));

	json_decref(body);
	return is;
}

static struct store_series *load(const struct office *o, struct slice name, struct series_id *id)
{
	struct store_series *l = NULL;
	char why[STORE_WHY_BYTES] = "";

	if (store_find_now(o->store, name, id) != ERR_OK) {
		cli_fail(o->cli, "there is no series \"%.*s\"", (int)name.len, name.ptr);
	} else if (store_load_now(o->store, *id, &l, why) != ERR_OK) {
		cli_fail(o->cli, "%.*s: %s", (int)name.len, name.ptr, why);
	}
	return l;
}

/* The same person sits here and there, so the seats are of one role. */
static bool resolve(struct office *o, const struct casefile_case *c)
{
	const struct casefile_seat *mine = &o->file.seat[c->seat];
	struct series_id id;
	struct store_series *l = load(o, c->series, &id);
	struct found_seat seat;
	bool ok = false;

	if (!l) {
		return false;
	}
	seat = find_seat(l, c->name);
	if (is_office(l)) {
		cli_fail(o->cli, "%.*s is an office, not a case", (int)c->series.len,
			 c->series.ptr);
	} else if (!seat.is_there) {
		cli_fail(o->cli, "%.*s has no seat \"%.*s\"", (int)c->series.len, c->series.ptr,
			 (int)c->name.len, c->name.ptr);
	} else if (!slice_is(mine->role, seat.role)) {
		cli_fail(o->cli, "%.*s: %.*s is %s, and %.*s of the office is %.*s",
			 (int)c->series.len, c->series.ptr, (int)c->name.len, c->name.ptr,
			 seat.role, (int)mine->name.len, mine->name.ptr, (int)mine->role.len,
			 mine->role.ptr);
	} else if (json_array_size(o->cases[c->seat]) >= LIMIT_CASELOAD) {
		cli_fail(o->cli, "%.*s: more than %d cases", (int)mine->name.len, mine->name.ptr,
			 LIMIT_CASELOAD);
	} else {
		json_array_append_new(o->cases[c->seat],
				      json_pack("[I,i]", (json_int_t)id.n, (int)seat.index));
		ok = true;
	}
	store_series_destroy(l);
	return ok;
}

static struct record caseload_of(struct office *o, uint8_t seat, json_t *cases, int64_t at_ms)
{
	json_t *body = json_pack("{s:i,s:O}", "seat", (int)seat, "cases", cases);
	char *text = json_dumps(body, JSON_COMPACT);
	struct record rec = {.kind = RECORD_CASELOAD,
			     .method = METHOD_OWN,
			     .at_ms = at_ms,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = arena_dup(&o->file.mem, slice_of(text))};

	free(text);
	json_decref(body);
	return rec;
}

static int make(struct office *o)
{
	struct casefile *f = &o->file;
	struct record *all = mem_alloc((f->record_count + f->seat_count) * sizeof *all);

	memcpy(all, f->record, f->record_count * sizeof *all);
	for (size_t i = 0; i < f->seat_count; i++) {
		all[f->record_count + i] = caseload_of(o, f->seat[i].seat, o->cases[i], o->now_ms);
	}
	free(f->record);
	f->record = all;
	f->record_count += f->seat_count;
	return cli_store_case(o->cli, o->store, f, &o->policy, o->now_ms);
}

/* What it says of the seats must be what they are; then only the desks change. */
static int change(struct office *o, const struct store_series *l)
{
	struct casefile *f = &o->file;
	struct record *rec = mem_alloc(f->seat_count * sizeof *rec);
	struct store_batch b = {.series = l->id, .record = rec, .record_count = f->seat_count};
	int64_t at = o->now_ms;
	int code = EXIT_OK;

	for (size_t i = 0; i < l->record_count; i++) {
		at = l->record[i].at_ms > at ? l->record[i].at_ms : at;
	}
	for (size_t i = 0; i < f->seat_count && code == EXIT_OK; i++) {
		const struct casefile_seat *s = &f->seat[i];
		struct found_seat there = find_seat(l, s->name);

		if (!there.is_there || !slice_is(s->role, there.role)) {
			code = cli_fail(o->cli, "%.*s has no seat \"%.*s\" of role %.*s",
					(int)f->series.len, f->series.ptr, (int)s->name.len,
					s->name.ptr, (int)s->role.len, s->role.ptr);
		} else {
			rec[i] = caseload_of(o, there.index, o->cases[i], at);
		}
	}
	if (code == EXIT_OK && cli_commit(o->store, &b) != STORE_KEPT) {
		code = cli_fail(o->cli, "%.*s: could not be stored", (int)f->series.len,
				f->series.ptr);
	}
	free(rec);
	return code;
}

static int store_office(struct office *o)
{
	struct series_id id;
	struct store_series *l;
	int code;

	for (size_t i = 0; i < o->file.look_count; i++) {
		if (!resolve(o, &o->file.look[i])) {
			return EXIT_FAILED;
		}
	}
	if (store_find_now(o->store, o->file.series, &id) != ERR_OK) {
		return make(o);
	}
	if (o->cli->links) {
		return cli_fail(o->cli, "--links: %.*s is there already, and so are its links",
				(int)o->file.series.len, o->file.series.ptr);
	}
	l = load(o, o->file.series, &id);
	if (!l) {
		return EXIT_FAILED;
	}
	code = is_office(l) ? change(o, l)
			    : cli_fail(o->cli, "%.*s is a case, not an office",
				       (int)o->file.series.len, o->file.series.ptr);
	store_series_destroy(l);
	return code;
}

int cli_office(const struct cli *c)
{
	struct office o = {.cli = c};
	struct casefile_options options = {.random = cli_random};
	struct buf file = {0};
	char why[CASEFILE_WHY_BYTES] = "";
	int code = EXIT_FAILED;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &o.now_ms) || !cli_running(c, &o.policy)) {
		return EXIT_FAILED;
	}
	options.now_ms = o.now_ms;
	for (size_t i = 0; i < SEAT_MAX; i++) {
		o.cases[i] = json_array();
	}
	if (!cli_read_file(c->file, LIMIT_CASE_FILE_BYTES, &file, why, sizeof why)) {
		cli_fail(c, "%s", why);
	} else if (casefile_office(buf_slice(&file), o.policy.schema, &options, &o.file, why) !=
		   ERR_OK) {
		cli_fail(c, "%s: %s", c->file, why);
	} else {
		o.store = cli_store(c, STORE_WRITE);
		code = o.store ? store_office(&o) : EXIT_FAILED;
		store_close(o.store);
		if (code == EXIT_OK) {
			printf("%.*s: %zu seats, %zu cases\n", (int)o.file.series.len,
			       o.file.series.ptr, o.file.seat_count, o.file.look_count);
		}
		casefile_fini(&o.file);
	}
	for (size_t i = 0; i < SEAT_MAX; i++) {
		json_decref(o.cases[i]);
	}
	buf_fini(&file);
	cli_running_fini(&o.policy);
	return code;
}
