#include "store/db.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

static void load_why(char *why, struct db *d, struct series_id id)
{
	why_printf(why, "series %" PRId64 " cannot be read: %s", id.n, sqlite3_errmsg(d->handle));
}

static enum err load_name(struct db *d, struct store_series *l, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_SERIES_NAME];
	enum err e = ERR_IO;
	int rc = sqlite3_bind_int64(st, 1, l->id.n);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		l->name = arena_dup(&l->mem, db_column(st, 0));
		e = ERR_OK;
	} else if (rc == SQLITE_DONE) {
		why_printf(why, "there is no series %" PRId64, l->id.n);
		e = ERR_GONE;
	} else {
		load_why(why, d, l->id);
	}
	db_reset(st);
	return e;
}

/* `at` is the second argument of those that have one. */
static int bind_both(sqlite3_stmt *st, struct series_id id, uint64_t at)
{
	int rc = sqlite3_bind_int64(st, 1, id.n);

	return rc == SQLITE_OK && sqlite3_bind_parameter_count(st) > 1 ? db_bind_u64(st, 2, at)
								       : rc;
}

static enum err count_from(struct db *d, enum sql which, struct series_id id, uint64_t at,
			   size_t *count, char *why)
{
	sqlite3_stmt *st = d->stmt[which];
	enum err e = ERR_IO;

	if (bind_both(st, id, at) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		*count = (size_t)sqlite3_column_int64(st, 0);
		e = ERR_OK;
	} else {
		load_why(why, d, id);
	}
	db_reset(st);
	return e;
}

static enum err load_count(struct db *d, enum sql which, struct series_id id, size_t *count,
			   char *why)
{
	return count_from(d, which, id, 0, count, why);
}

static bool is_seat(sqlite3_int64 n)
{
	return (n >= 0 && n < SEAT_MAX) || n == SEAT_NONE;
}

/* False when the row is nothing that put_record ever wrote. */
static bool take_record(sqlite3_stmt *st, struct arena *mem, struct record *r)
{
	int method = method_find(db_column(st, 6));
	int kind = record_kind_find(db_column(st, 7));

	if (method < 0 || kind < 0 || !is_seat(sqlite3_column_int64(st, 4)) ||
	    !is_seat(sqlite3_column_int64(st, 5))) {
		return false;
	}
	r->at_ms = sqlite3_column_int64(st, 1);
	r->client = (uint64_t)sqlite3_column_int64(st, 2);
	r->cseq = (uint64_t)sqlite3_column_int64(st, 3);
	r->actor = (uint8_t)sqlite3_column_int(st, 4);
	r->for_seat = (uint8_t)sqlite3_column_int(st, 5);
	r->method = (enum method)method;
	r->kind = (enum record_kind)kind;
	r->cell = arena_dup(mem, db_column(st, 8));
	r->base_ver = (uint64_t)sqlite3_column_int64(st, 9);
	r->ver = (uint64_t)sqlite3_column_int64(st, 10);
	r->digest = (uint64_t)sqlite3_column_int64(st, 11);
	r->body = arena_dup(mem, db_column(st, 12));
	return true;
}

/*
 * Records behind those that are there, as `which` gives them up to or from `at` on. Of the rest the
 * numbers rise, of all others none is missing.
 */
static enum err load_some(struct db *d, struct store_series *l, enum sql which, uint64_t at,
			  size_t count, char *why)
{
	sqlite3_stmt *st = d->stmt[which];
	size_t end = l->record_count + count;
	uint64_t seq = which == SQL_REST_EACH ? 0 : at;
	enum err e = ERR_OK;
	int rc = bind_both(st, l->id, at);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	while (rc == SQLITE_ROW && l->record_count < end) {
		uint64_t here = (uint64_t)sqlite3_column_int64(st, 0);

		if (which == SQL_REST_EACH ? here <= seq : here != seq + 1) {
			break;
		}
		if (!take_record(st, &l->mem, &l->record[l->record_count])) {
			break;
		}
		if (which == SQL_REST_EACH) {
			l->rest_seq[l->record_count] = here;
		}
		l->record_count++;
		seq = here;
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW || (rc == SQLITE_DONE && l->record_count != end)) {
		why_printf(why, "series %" PRId64 ": entry %" PRIu64 " is missing or damaged",
			   l->id.n, seq + 1);
		e = ERR_IO;
	} else if (rc != SQLITE_DONE) {
		load_why(why, d, l->id);
		e = ERR_IO;
	}
	db_reset(st);
	return e;
}

static enum err load_records(struct db *d, struct store_series *l, char *why)
{
	size_t rest = 0;
	size_t count = 0;
	enum err e = ERR_OK;

	if (l->from > 0) {
		e = count_from(d, SQL_REST_COUNT, l->id, l->from, &rest, why);
	}
	if (e == ERR_OK) {
		e = count_from(d, SQL_JOURNAL_COUNT, l->id, l->from, &count, why);
	}
	if (e != ERR_OK) {
		return e;
	}
	l->record = arena_alloc(&l->mem, (rest + count) * sizeof *l->record);
	l->rest_seq = arena_alloc(&l->mem, rest * sizeof *l->rest_seq);
	l->rest_count = rest;
	l->last_seq = l->from + count;
	if (rest > 0) {
		e = load_some(d, l, SQL_REST_EACH, l->from, rest, why);
	}
	return e == ERR_OK ? load_some(d, l, SQL_JOURNAL_EACH, l->from, count, why) : e;
}

static enum err load_room_base(struct db *d, struct store_series *l, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_ROOM_GET];
	enum err e = ERR_OK;
	int rc = sqlite3_bind_int64(st, 1, l->id.n);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		l->has_base = true;
		l->base_seq = (uint64_t)sqlite3_column_int64(st, 0);
		l->base_body = arena_dup(&l->mem, db_column(st, 1));
	} else if (rc != SQLITE_DONE) {
		load_why(why, d, l->id);
		e = ERR_IO;
	}
	db_reset(st);
	return e;
}

static enum err load_base(struct db *d, struct store_series *l, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_BASE_EACH];
	size_t count = 0;
	size_t i = 0;
	int rc;
	enum err e = load_count(d, SQL_BASE_COUNT, l->id, &count, why);

	if (e != ERR_OK) {
		return e;
	}
	l->base = arena_alloc(&l->mem, count * sizeof *l->base);
	rc = sqlite3_bind_int64(st, 1, l->id.n);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	for (; rc == SQLITE_ROW && i < count; i++) {
		l->base[i].cell = arena_dup(&l->mem, db_column(st, 0));
		l->base[i].ver = (uint64_t)sqlite3_column_int64(st, 1);
		l->base[i].text = arena_dup(&l->mem, db_column(st, 2));
		rc = sqlite3_step(st);
	}
	l->base_count = i;
	if (rc != SQLITE_DONE || i != count) {
		load_why(why, d, l->id);
		e = ERR_IO;
	}
	db_reset(st);
	return e;
}

static bool has_policy(const struct store_series *l, const char *hash)
{
	for (size_t i = 0; i < l->policy_count; i++) {
		if (strcmp(l->policy[i].hash, hash) == 0) {
			return true;
		}
	}
	return false;
}

/* One policy, if it is there. */
static enum err load_policy(struct db *d, struct store_series *l, const char *hash, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_POLICY_GET];
	struct store_policy *p = &l->policy[l->policy_count];
	int rc = db_bind_text(st, 1, slice_of(hash));

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		memcpy(p->hash, hash, sizeof p->hash);
		p->visibility = arena_dup(&l->mem, db_column(st, 0));
		p->roles = arena_dup(&l->mem, db_column(st, 1));
		p->form = arena_dup(&l->mem, db_column(st, 2));
		l->policy_count++;
	}
	db_reset(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		load_why(why, d, l->id);
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err load_policies(struct db *d, struct store_series *l, char *why)
{
	size_t named = 0;
	enum err e = ERR_OK;
	char hash[65];

	for (size_t i = 0; i < l->record_count; i++) {
		named += l->record[i].kind == RECORD_POLICY;
	}
	l->policy = arena_alloc(&l->mem, named * sizeof *l->policy);
	for (size_t i = 0; i < l->record_count && e == ERR_OK; i++) {
		if (record_policy_hash(&l->record[i], hash) && !has_policy(l, hash)) {
			e = load_policy(d, l, hash, why);
		}
	}
	return e;
}

/* All of it, or as much as a room takes. */
static enum err load_series(struct db *d, const struct load_what *what, struct store_series *l,
			    char *why)
{
	enum err e = load_name(d, l, why);

	if (e == ERR_OK) {
		e = load_room_base(d, l, why);
	}
	if (what->how == LOAD_ROOM && l->has_base && l->base_seq > what->remembered) {
		l->from = l->base_seq - what->remembered;
	}
	if (e == ERR_OK) {
		e = load_records(d, l, why);
	}
	if (e == ERR_OK) {
		e = load_base(d, l, why);
	}
	return e == ERR_OK ? load_policies(d, l, why) : e;
}

/* Appended; the highest number comes first from the table. */
static enum err load_client(struct db *d, uint64_t client, size_t each, struct store_series *l,
			    char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_CLIENT_EACH];
	struct record *r = &l->record[l->record_count];
	size_t count = 0;
	enum err e = ERR_OK;
	int rc = bind_both(st, l->id, client);

	rc = rc == SQLITE_OK ? db_bind_u64(st, 3, each) : rc;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	while (rc == SQLITE_ROW && count < each && take_record(st, &l->mem, &r[count])) {
		count++;
		rc = sqlite3_step(st);
	}
	if (rc != SQLITE_DONE) {
		load_why(why, d, l->id);
		e = ERR_IO;
	}
	db_reset(st);
	for (size_t i = 0; i < count / 2; i++) {
		struct record one = r[i];

		r[i] = r[count - 1 - i];
		r[count - 1 - i] = one;
	}
	l->record_count += count;
	return e;
}

static enum err load_clients(struct db *d, const struct load_what *what, struct store_series *l,
			     char *why)
{
	enum err e = load_name(d, l, why);

	l->record = arena_alloc(&l->mem, what->client_count * what->each * sizeof *l->record);
	for (size_t i = 0; i < what->client_count && e == ERR_OK; i++) {
		e = load_client(d, what->client[i], what->each, l, why);
	}
	return e;
}

enum err db_load(struct db *d, const struct load_what *what, struct store_series **out, char *why)
{
	struct store_series *l;
	enum err e;

	/* one transaction: the parts must be of the same moment */
	if (db_run(d, SQL_BEGIN) != SQLITE_OK) {
		load_why(why, d, what->series);
		return ERR_IO;
	}
	l = mem_alloc(sizeof *l);
	arena_init(&l->mem);
	l->id = what->series;
	e = what->how == LOAD_CLIENTS ? load_clients(d, what, l, why)
				      : load_series(d, what, l, why);
	/* COMMIT, as ROLLBACK would disturb a caller's own reading; nothing was written */
	if (db_run(d, SQL_COMMIT) != SQLITE_OK && e == ERR_OK) {
		load_why(why, d, what->series);
		e = ERR_IO;
	}
	if (e != ERR_OK) {
		store_series_destroy(l);
		return e;
	}
	*out = l;
	return ERR_OK;
}

static enum err derived_seq(struct db *d, struct series_id series, uint64_t *seq, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_NOW_SEQ];
	enum err e = ERR_IO;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		*seq = (uint64_t)sqlite3_column_int64(st, 0);
		e = ERR_OK;
	} else if (rc == SQLITE_DONE) {
		why_printf(why, "nothing was derived of series %" PRId64, series.n);
		e = ERR_GONE;
	} else {
		load_why(why, d, series);
	}
	db_reset(st);
	return e;
}

static enum err derived_cells(struct db *d, struct series_id series, struct arena *mem,
			      struct store_derived *out, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_NOW_EACH];
	size_t count = 0;
	size_t i = 0;
	int rc;
	enum err e = load_count(d, SQL_NOW_COUNT, series, &count, why);

	if (e != ERR_OK) {
		return e;
	}
	out->cell = arena_alloc(mem, count * sizeof *out->cell);
	rc = sqlite3_bind_int64(st, 1, series.n);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	for (; rc == SQLITE_ROW && i < count; i++) {
		out->cell[i].cell = arena_dup(mem, db_column(st, 0));
		out->cell[i].ver = (uint64_t)sqlite3_column_int64(st, 1);
		out->cell[i].value = arena_dup(mem, db_column(st, 2));
		rc = sqlite3_step(st);
	}
	out->count = i;
	if (rc != SQLITE_DONE || i != count) {
		load_why(why, d, series);
		e = ERR_IO;
	}
	db_reset(st);
	return e;
}

enum err db_derived(struct db *d, struct series_id series, struct arena *mem,
		    struct store_derived *out, char *why)
{
	struct store_derived found = {0};
	enum err e;

	/* one transaction: the cells must be of that seq */
	if (db_run(d, SQL_BEGIN) != SQLITE_OK) {
		load_why(why, d, series);
		return ERR_IO;
	}
	e = derived_seq(d, series, &found.seq, why);
	if (e == ERR_OK || e == ERR_GONE) {
		enum err cells = derived_cells(d, series, mem, &found, why);

		e = cells == ERR_OK ? e : cells;
	}
	if (e == ERR_GONE && found.count > 0) {
		why_printf(why, "series %" PRId64 ": nobody says of when its derived cells are",
			   series.n);
		e = ERR_IO;
	}
	if (db_run(d, SQL_COMMIT) != SQLITE_OK && e == ERR_OK) {
		load_why(why, d, series);
		e = ERR_IO;
	}
	if (e == ERR_OK) {
		*out = found;
	}
	return e;
}

enum err db_find(struct db *d, struct slice name, struct series_id *out)
{
	sqlite3_stmt *st = d->stmt[SQL_SERIES_FIND];
	enum err e = ERR_IO;
	int rc = db_bind_text(st, 1, name);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		out->n = sqlite3_column_int64(st, 0);
		e = ERR_OK;
	} else if (rc == SQLITE_DONE) {
		e = ERR_GONE;
	}
	db_reset(st);
	return e;
}

/*
 * The two below collect first and call after, so that a callback may use the store, and no read
 * stays open for as long as it likes (the WAL could not be emptied).
 */
struct series_row {
	struct series_id id;
	struct slice name;
};

enum err db_each(struct db *d, bool (*each)(void *arg, struct series_id id, struct slice name),
		 void *arg)
{
	sqlite3_stmt *st = d->stmt[SQL_SERIES_EACH];
	struct series_row *row = NULL;
	struct arena mem;
	size_t count = 0;
	size_t cap = 0;
	int rc;

	arena_init(&mem);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		mem_room(&row, &cap, count, sizeof *row);
		row[count].id.n = sqlite3_column_int64(st, 0);
		row[count].name = arena_dup(&mem, db_column(st, 1));
		count++;
	}
	db_reset(st);
	for (size_t i = 0; rc == SQLITE_DONE && i < count; i++) {
		if (!each(arg, row[i].id, row[i].name)) {
			break;
		}
	}
	free(row);
	arena_fini(&mem);
	return rc == SQLITE_DONE ? ERR_OK : ERR_IO;
}

static bool take_session(sqlite3_stmt *st, struct store_session *s)
{
	struct slice hash = db_column(st, 1);

	if (hash.len != STORE_HASH_BYTES || sqlite3_column_int64(st, 3) < 0 ||
	    sqlite3_column_int64(st, 3) >= SEAT_MAX) {
		return false;
	}
	memcpy(s->token_hash, hash.ptr, STORE_HASH_BYTES);
	s->sid = (uint64_t)sqlite3_column_int64(st, 0);
	s->series.n = sqlite3_column_int64(st, 2);
	s->seat = (uint8_t)sqlite3_column_int(st, 3);
	s->created_ms = sqlite3_column_int64(st, 4);
	s->expires_ms = sqlite3_column_int64(st, 5);
	s->ended = false;
	return true;
}

enum err db_sessions(struct db *d, int64_t now_ms,
		     void (*each)(void *arg, const struct store_session *session), void *arg)
{
	sqlite3_stmt *st = d->stmt[SQL_SESSION_EACH];
	struct store_session *row = NULL;
	size_t count = 0;
	size_t cap = 0;
	int rc = sqlite3_bind_int64(st, 1, now_ms);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	while (rc == SQLITE_ROW) {
		mem_room(&row, &cap, count, sizeof *row);
		rc = take_session(st, &row[count]) ? sqlite3_step(st) : SQLITE_CORRUPT;
		count++;
	}
	db_reset(st);
	for (size_t i = 0; rc == SQLITE_DONE && i < count; i++) {
		each(arg, &row[i]);
	}
	free(row);
	return rc == SQLITE_DONE ? ERR_OK : ERR_IO;
}

enum err db_secret(struct db *d, uint8_t out[STORE_SECRET_BYTES])
{
	sqlite3_stmt *st = d->stmt[SQL_SECRET];
	enum err e = ERR_IO;

	if (sqlite3_step(st) == SQLITE_ROW) {
		struct slice s = db_column(st, 0);

		if (s.len == STORE_SECRET_BYTES) {
			memcpy(out, s.ptr, STORE_SECRET_BYTES);
			e = ERR_OK;
		}
	}
	db_reset(st);
	return e;
}
