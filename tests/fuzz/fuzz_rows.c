/*
 * The loader of a series under libFuzzer. An input is one byte of options and a JSON document:
 *
 * - "take": how many records of a real series (which one: the options) come first
 *
 * - "rows": of the journal, [seq,at_ms,client,cseq,actor,for_seat,method,kind,cell,base_ver,ver,
 * digest,body]. A seq of null is the next one, a body that is no string is written as JSON
 *
 * - "base": of text_base, [cell,ver,text]. "room": of room_base, [seq,body]: the room begins from
 * its base then, or is refused
 *
 * - "policy": [name,n]. The hash "own" is that of the program's policy, "newer" one that gives more
 *
 * They stand in the tables of a real SQLite database in memory, whose columns take anything, as a
 * damaged or forged file's would, and are read as the server does it. Refused: with a cause, and
 * nothing is left behind. Taken: the room is whole, every seat has its page, the room is stepped,
 * and what it records loads again behind the rest.
 */
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/ideas.h"
#include "fuzz/mutate_json.h"
#include "archive/policies.h"
#include "room/room_state.h"
#include "store/db.h"
#include "support/replay.h"
#include "support/rig.h"

enum { OPTION_SERIES = 3, OPTION_LATER = 4, ROWS_MAX = 400, REMEMBERED = 4, NOW_S = 1794459600 };

enum { COLUMNS = 13, BODY = 12 }; /* of the journal, without `series` */

static struct schema *schema;
static struct schema *newer; /* another policy, which gives somebody something */
static struct store_policy newer_files;
static struct casefile prefix[4]; /* the first has no records */
static struct db db;

const char *const *mutate_keys(size_t *count)
{
	static const char *const keys[] = {
	    "take",      "rows",      "base",     "policy", "seat",        "name",   "wire",
	    "role",      "label",     "duties",   "from",   "until",       "remote", "cells",
	    "owner",     "about",     "audience", "shared", "item",        "row",    "items",
	    "own_rows",  "c",         "at",       "on",     "why",         "what",   "place",
	    "to",        "hash",      "approved", "before", "cases",       "held",   "begun",
	    "statutory", "fictional", "office",   "notice", "plan.status", "who",    "reply",
	    "body",      "id",        "words",    "room",   "rest",        "assent", "suggestions",
	    "by",        "state",     "ver",      "cell"};

	*count = sizeof keys / sizeof *keys;
	return keys;
}

/* ---- the database and what is before the rows ---- */

/* The same tables, but every column takes anything. */
static void make_tables(void)
{
	static const char *const strict[] = {" STRICT", " NOT NULL"};
	struct slice script[DB_NEWEST];
	char why[STORE_WHY_BYTES];

	MUST(sqlite3_open(":memory:", &db.handle) == SQLITE_OK, "no database");
	db_scripts(script);
	for (size_t i = 0; i < DB_NEWEST; i++) {
		char *sql = mem_dup(script[i]);

		for (size_t w = 0; w < sizeof strict / sizeof *strict; w++) {
			for (char *at = sql; (at = strstr(at, strict[w])) != NULL;) {
				memset(at, ' ', strlen(strict[w]));
			}
		}
		MUST(sqlite3_exec(db.handle, sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
		     sqlite3_errmsg(db.handle));
		free(sql);
	}
	MUST(db_prepare(&db, why) == ERR_OK, "%s", why);
	MUST(sqlite3_exec(db.handle, "INSERT INTO series (id, name, created_ms) VALUES (1,'s',0)",
			  NULL, NULL, NULL) == SQLITE_OK,
	     "no series");
}

/* The seats and the conference of a case, and nothing else. */
static struct buf bare_case(const char *path)
{
	static const char *const kept[] = {"format", "fictional", "parties", "conference"};
	json_t *whole = json_load_file(path, 0, NULL);
	json_t *bare = json_object();
	struct buf out = {0};
	char *text;

	MUST(whole, "%s: run from the root of the repository", path);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		json_object_set(bare, kept[i], json_object_get(whole, kept[i]));
	}
	text = json_dumps(bare, 0);
	buf_add_str(&out, text);
	free(text);
	json_decref(bare);
	json_decref(whole);
	return out;
}

static void make_prefixes(void)
{
	uint64_t dice = 1;
	struct casefile_options o = {
	    .now_ms = (int64_t)NOW_S * 1000, .random = rig_random, .random_arg = &dice};
	struct buf bare = bare_case("tests/cases/case-1.json");
	struct buf full = rig_file("tests/cases/case-2.json");
	struct buf office = rig_file("tests/cases/office.json");
	char why[CASEFILE_WHY_BYTES];

	MUST(casefile_read(buf_slice(&bare), schema, &o, &prefix[1], why) == ERR_OK, "%s", why);
	MUST(casefile_read(buf_slice(&full), schema, &o, &prefix[2], why) == ERR_OK, "%s", why);
	MUST(casefile_office(buf_slice(&office), schema, &o, &prefix[3], why) == ERR_OK, "%s", why);
	buf_fini(&bare);
	buf_fini(&full);
	buf_fini(&office);
}

/* The policy of the program, but what first could be given to somebody is read by them. */
static void make_newer(void)
{
	struct buf v = rig_file("schema/visibility.tsv");
	struct buf r = rig_file("schema/roles.json");
	struct buf f = rig_file("schema/form.json");
	struct schema_source src;
	char why[512] = "";
	char *mark = memmem(v.ptr, v.len, "\tn+\t", 4);

	MUST(mark, "nothing can be given");
	memmove(mark + 2, mark + 3, (size_t)(v.ptr + v.len - mark - 3));
	mark[1] = 'r';
	v.len--;
	src = (struct schema_source){buf_slice(&v), buf_slice(&r), buf_slice(&f)};
	MUST(schema_load(&src, &newer, why, sizeof why) == ERR_OK, "%s", why);
	memcpy(newer_files.hash, newer->hash, sizeof newer_files.hash);
	newer_files.visibility = src.visibility_tsv; /* for good */
	newer_files.roles = src.roles_json;
	newer_files.form = src.form_json;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	MUST(sodium_init() >= 0, "no random numbers");
	schema = rig_schema();
	make_newer();
	make_tables();
	make_prefixes();
	return 0;
}

/* ---- the rows ---- */

/* The hashes are not those of an input: the files they are of change. */
static void put_hash(json_t *body)
{
	const char *name = json_string_value(json_object_get(body, "hash"));

	if (name && strcmp(name, "own") == 0) {
		json_object_set_new(body, "hash", json_string(schema->hash));
	} else if (name && strcmp(name, "newer") == 0) {
		json_object_set_new(body, "hash", json_string(newer->hash));
	}
}

static void bind_json(sqlite3_stmt *st, int at, const json_t *v, bool is_body)
{
	char *text;

	if (is_body && v && !json_is_string(v)) {
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		sqlite3_bind_blob64(st, at, text, strlen(text), SQLITE_TRANSIENT);
		free(text);
	} else if (json_is_string(v) && is_body) {
		sqlite3_bind_blob64(st, at, json_string_value(v), json_string_length(v),
				    SQLITE_TRANSIENT);
	} else if (json_is_string(v)) {
		sqlite3_bind_text64(st, at, json_string_value(v), json_string_length(v),
				    SQLITE_TRANSIENT, SQLITE_UTF8);
	} else if (json_is_integer(v)) {
		sqlite3_bind_int64(st, at, json_integer_value(v));
	} else if (json_is_real(v)) {
		sqlite3_bind_double(st, at, json_real_value(v));
	} else if (json_is_boolean(v)) {
		sqlite3_bind_zeroblob(st, at, 3);
	} else {
		sqlite3_bind_null(st, at);
	}
}

/* One row of a table; one that breaks a rule of the table is not there. */
static void put_row(sqlite3_stmt *st, const json_t *row, int count, int body)
{
	for (int i = 0; i < count; i++) {
		bind_json(st, 2 + i, json_array_get(row, (size_t)i), i == body);
	}
	(void)sqlite3_step(st);
	db_reset(st);
}

static void put_prefix(const struct casefile *f, size_t take)
{
	sqlite3_stmt *st = db.stmt[SQL_JOURNAL_ADD];

	for (size_t i = 0; i < take && i < f->record_count; i++) {
		const struct record *r = &f->record[i];

		sqlite3_bind_int64(st, 1, 1);
		sqlite3_bind_int64(st, 2, (sqlite3_int64)i + 1);
		sqlite3_bind_int64(st, 3, r->at_ms);
		db_bind_u64(st, 4, r->client);
		db_bind_u64(st, 5, r->cseq);
		sqlite3_bind_int(st, 6, r->actor);
		sqlite3_bind_int(st, 7, r->for_seat);
		db_bind_text(st, 8, slice_of(method_name(r->method)));
		db_bind_text(st, 9, slice_of(record_kind_name(r->kind)));
		db_bind_text(st, 10, r->cell);
		db_bind_u64(st, 11, r->base_ver);
		db_bind_u64(st, 12, r->ver);
		db_bind_u64(st, 13, r->digest);
		db_bind_blob(st, 14, r->body);
		MUST(sqlite3_step(st) == SQLITE_DONE, "%s", sqlite3_errmsg(db.handle));
		db_reset(st);
	}
}

/* With an odd `cut` the first file ends there: it is not that policy. */
static void put_policy(const char *hash, size_t cut)
{
	sqlite3_stmt *st = db.stmt[SQL_POLICY_PUT];
	struct slice v = newer_files.visibility;

	if (cut % 2 == 1) {
		v.len = cut < v.len ? cut : v.len;
	}
	db_bind_text(st, 1, slice_of(hash && strcmp(hash, "newer") ? hash : newer->hash));
	db_bind_blob(st, 2, v);
	db_bind_blob(st, 3, newer_files.roles);
	db_bind_blob(st, 4, newer_files.form);
	(void)sqlite3_step(st);
	db_reset(st);
}

static void put_rows(const json_t *doc, const struct casefile *f)
{
	size_t take = (size_t)json_integer_value(json_object_get(doc, "take")) & 1023;
	const json_t *row;
	size_t i;

	take = take < f->record_count ? take : f->record_count;
	put_prefix(f, take);
	json_array_foreach(json_object_get(doc, "rows"), i, row)
	{
		sqlite3_stmt *st = db.stmt[SQL_JOURNAL_ADD];

		if (i >= ROWS_MAX) {
			break;
		}
		put_hash(json_array_get(row, BODY));
		sqlite3_bind_int64(st, 1, 1);
		if (json_is_null(json_array_get(row, 0))) {
			json_array_set_new((json_t *)(uintptr_t)row, 0,
					   json_integer((json_int_t)(take + i + 1)));
		}
		put_row(st, row, COLUMNS, BODY);
	}
	json_array_foreach(json_object_get(doc, "base"), i, row)
	{
		sqlite3_bind_int64(db.stmt[SQL_BASE_PUT], 1, 1);
		put_row(db.stmt[SQL_BASE_PUT], row, 3, 2);
	}
	if (json_is_array(json_object_get(doc, "room"))) {
		sqlite3_bind_int64(db.stmt[SQL_ROOM_PUT], 1, 1);
		put_row(db.stmt[SQL_ROOM_PUT], json_object_get(doc, "room"), 2, 1);
	}
	json_array_foreach(json_object_get(doc, "policy"), i, row)
	{
		put_policy(json_string_value(json_array_get(row, 0)),
			   (size_t)json_integer_value(json_array_get(row, 1)));
	}
}

/* ---- what was taken ---- */

static void check_cells(struct room *r)
{
	size_t bytes = check_ideas(r), history = 0;

	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];
		const struct schema_col *col = &r->schema->col[c->place->col];
		uint64_t ver = c->doc ? c->doc->ver : c->ver;

		MUST(ver > 0 && ver < (uint64_t)1 << 53, "%s: version %llu", c->key,
		     (unsigned long long)ver);
		if (c->doc) {
			MUST(utf8_is_text(doc_text(c->doc), true) &&
				 c->doc->body.units <= LIMIT_TEXT_UNITS,
			     "%s cannot be so", c->key);
		} else {
			MUST(value_check(r, col, c->value) == ERR_OK, "%s cannot be %s", c->key,
			     json_dumps(c->value, JSON_ENCODE_ANY));
		}
		bytes += c->doc ? 8 + c->doc->body.bytes : cells_value_bytes(c->value);
		history += c->doc ? c->doc->step_bytes : 0;
	}
	MUST(bytes == r->bytes, "%zu bytes, counted %zu", bytes, r->bytes);
	MUST(history == r->history_bytes, "%zu bytes, counted %zu", history, r->history_bytes);
}

static void check_seats(const struct room *r)
{
	for (unsigned a = 0; a < r->rights.seat_count; a++) {
		MUST(utf8_is_text(slice_of(r->seat[a].name), false), "a name");
		for (unsigned b = 0; b < a; b++) {
			MUST(r->seat[a].wire != r->seat[b].wire, "two seats are one");
		}
	}
}

static void look(struct room *r, uint8_t seat, struct view *v, struct arena *mem)
{
	*v = (struct view){.rights = room_rights(r), .viewer = seat_bit(seat), .actor = seat};
	v->seat = room_seats(r, mem, &v->seat_count);
	v->resource = room_resources(r, mem, &v->resource_count);
	v->meet = room_meet(r, mem);
}

static void must_be_json(struct frame *f)
{
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);

	MUST(json_is_object(o), "a frame that is no JSON");
	json_decref(o);
	frame_release(f);
}

static void check_page(struct room *r, uint8_t seat)
{
	struct room_about about = room_about(r);
	struct view_export e = {
	    {about.fictional, about.office, about.notice, NULL, 0}, NULL, 0, NULL, 0};
	struct arena mem;
	struct view v;

	arena_init(&mem);
	look(r, seat, &v, &mem);
	e.snapshot.cell = room_visible(r, v.viewer, &mem, &e.snapshot.cell_count);
	e.party = room_parties(r, &mem, &e.party_count);
	e.consent = room_consents(r, &mem, &e.consent_count);
	must_be_json(view_snapshot(&v, &e.snapshot));
	must_be_json(view_export(&v, &e));
	must_be_json(view_seats(&v));
	arena_fini(&mem);
}

/* ---- it lives on ---- */

struct life {
	struct room *room;
	struct fx_list fx;
	struct record *kept; /* in `mem` */
	size_t kept_count, kept_cap;
	struct arena mem;
	int64_t now_ms;
	uint64_t dice;
	uint64_t ref;
};

static void step(struct life *l, enum room_event_kind kind, uint8_t seat, const char *text)
{
	struct room_event ev = {
	    .kind = kind, .conn = {seat + 1u}, .actor = seat, .now_ms = l->now_ms};
	struct msg m;

	if (text) {
		MUST(wire_decode(slice_of(text), &m) == ERR_OK, "no message: %s", text);
		ev.msg = &m;
	}
	for (size_t i = 0; i < ROOM_RANDOM; i++) {
		ev.random[i] = rig_random(&l->dice);
	}
	fx_reset(&l->fx);
	room_step(l->room, &ev, &l->fx);
	for (size_t i = 0; i < l->fx.record_count; i++) {
		mem_room(&l->kept, &l->kept_cap, l->kept_count, sizeof *l->kept);
		l->kept[l->kept_count] = l->fx.record[i];
		l->kept[l->kept_count].cell = arena_dup(&l->mem, l->fx.record[i].cell);
		l->kept[l->kept_count++].body = arena_dup(&l->mem, l->fx.record[i].body);
	}
	if (text) {
		wire_release(&m);
	}
}

/* How a text could read, and what becomes of what was suggested before. */
static void say_ideas(struct life *l, uint8_t seat)
{
	const struct room *r = l->room;
	char text[512];

	for (size_t i = 0; i < r->suggestion_count && i < 4; i++) {
		idea_answer(r, i, seat, ++l->ref, text, sizeof text);
		step(l, ROOM_MSG, seat, text);
	}
	for (size_t i = 0, said = 0; i < r->cell_count && said < 3; i++) {
		if (r->schema->col[r->cell[i].place->col].suggestable) {
			said++;
			idea_suggest(&r->cell[i], ++l->ref, text, sizeof text);
			step(l, ROOM_MSG, seat, text);
		}
	}
}

/* Something of each kind, to some of the cells and rows there are. */
static void say_all(struct life *l, uint8_t seat)
{
	const struct room *r = l->room;
	struct buf text = {0};

	for (size_t i = 0; i < r->cell_count; i += 1 + r->cell_count / 16) {
		const struct room_cell *c = &r->cell[i];

		buf_clear(&text);
		if (c->doc) {
			buf_printf(&text,
				   "{\"t\":\"edit\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,"
				   "\"changes\":[[[0,\"x\"]%s%.0u]]}",
				   (unsigned long long)++l->ref, c->key,
				   (unsigned long long)c->doc->ver, c->doc->body.units ? "," : "",
				   c->doc->body.units);
		} else {
			buf_printf(&text,
				   "{\"t\":\"set\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,"
				   "\"value\":null}",
				   (unsigned long long)++l->ref, c->key,
				   (unsigned long long)c->ver);
		}
		buf_add(&text, (struct slice){"", 1});
		step(l, ROOM_MSG, seat, text.ptr);
	}
	for (size_t i = 0; i < r->meeting.item_count && i < 3; i++) {
		buf_clear(&text);
		buf_printf(&text, "{\"t\":\"open\",\"ref\":%llu,\"row\":\"%016llx\"}",
			   (unsigned long long)++l->ref, (unsigned long long)r->meeting.item[i]);
		buf_add(&text, (struct slice){"", 1});
		step(l, ROOM_MSG, seat, text.ptr);
	}
	buf_fini(&text);
}

static void live(struct life *l)
{
	unsigned seats = l->room->rights.seat_count;
	char text[128];

	for (uint8_t seat = 0; seat < seats && seat < 3; seat++) {
		snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\",\"have\":[]}",
			 0x7000u + seat);
		step(l, ROOM_JOIN, seat, text);
		snprintf(text, sizeof text, "{\"t\":\"attend\",\"ref\":%llu,\"what\":\"in\"}",
			 (unsigned long long)++l->ref);
		step(l, ROOM_MSG, seat, text);
		say_ideas(l, seat);
		say_all(l, seat);
	}
	l->now_ms += (int64_t)4 * 365 * 86400 * 1000;
	step(l, ROOM_TICK, 0, NULL);
	for (uint8_t seat = 0; seat < seats && seat < 2; seat++) {
		check_page(l->room, seat);
		step(l, ROOM_LEAVE, seat, NULL);
	}
}

/* ---- loading ---- */

static enum err load(const struct store_series *l, const struct policy_use *use, int64_t now_ms,
		     const struct life *more, struct room **out)
{
	struct room *r = room_create(use->schema, use->ceiling);
	enum err e = replay_series(r, l);

	for (size_t i = 0; more && i < more->kept_count; i++) {
		e = room_replay(r, &more->kept[i]);
		MUST(e == ERR_OK, "its own record %zu (%s) does not load: %s: %.*s", i,
		     record_kind_name(more->kept[i].kind), err_text(e), (int)more->kept[i].body.len,
		     more->kept[i].body.ptr);
	}
	e = e == ERR_OK ? room_replay_done(r, now_ms, false) : e;
	*out = e == ERR_OK ? r : NULL;
	room_destroy(e == ERR_OK ? NULL : r);
	return e;
}

static bool same_cells(const struct room *a, const struct room *b)
{
	struct arena mem;
	size_t count_a, count_b;
	struct cell_now *x, *y;
	bool same;

	arena_init(&mem);
	x = room_cells_now(a, &mem, &count_a);
	y = room_cells_now(b, &mem, &count_b);
	same = count_a == count_b;
	for (size_t i = 0; same && i < count_a; i++) {
		same = slice_eq(x[i].cell, y[i].cell) && x[i].ver == y[i].ver &&
		       slice_eq(x[i].value, y[i].value);
	}
	arena_fini(&mem);
	return same && same_ideas(a, b);
}

static void check_room(const struct store_series *s, const struct policy_use *use, int64_t now_ms)
{
	struct life l = {.now_ms = now_ms, .dice = 3};
	struct room *again;
	enum err e = load(s, use, now_ms, NULL, &l.room);

	if (e != ERR_OK) {
		MUST(e == ERR_PROTO || e == ERR_LIMIT || e == ERR_SCHEMA || e == ERR_RULE, "%s",
		     err_text(e));
		return;
	}
	arena_init(&l.mem);
	check_cells(l.room);
	check_seats(l.room);
	for (unsigned seat = 0; seat < l.room->rights.seat_count; seat += 3) {
		check_page(l.room, (uint8_t)seat);
	}
	live(&l);
	check_cells(l.room);
	MUST(load(s, use, l.now_ms, &l, &again) == ERR_OK, "not whole a second time");
	MUST(same_cells(l.room, again), "another room after a restart");
	room_destroy(again);
	room_destroy(l.room);
	fx_fini(&l.fx);
	free(l.kept);
	arena_fini(&l.mem);
}

static void check_series(int64_t now_ms)
{
	struct policies *p = policies_create(schema);
	struct store_series *loaded = NULL;
	char why[STORE_WHY_BYTES] = "";
	struct policy_use use;
	enum err e = db_load(
	    &db, &(struct load_what){.how = LOAD_ROOM, .series = {1}, .remembered = REMEMBERED},
	    &loaded, why);

	MUST(sqlite3_get_autocommit(db.handle), "a transaction is left open");
	if (e == ERR_OK) {
		e = policies_take(p, loaded, loaded->record_count, &use, why);
	}
	if (e == ERR_OK) {
		check_room(loaded, &use, now_ms);
		policies_release(p, &use);
	} else {
		MUST(e == ERR_IO || e == ERR_PROTO || e == ERR_SCHEMA, "%s", err_text(e));
		MUST(why[0] && utf8_is_text(slice_of(why), false), "refused without a cause");
	}
	store_series_destroy(loaded);
	policies_destroy(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned bits = size > 0 ? data[0] : 0;
	json_t *doc = size > 1 ? json_loadb((const char *)data + 1, size - 1, 0, NULL) : NULL;

	if (!json_is_object(doc)) {
		json_decref(doc);
		return 0;
	}
	MUST(sqlite3_exec(db.handle, "SAVEPOINT one", NULL, NULL, NULL) == SQLITE_OK, "begin");
	put_rows(doc, &prefix[bits & OPTION_SERIES]);
	MUST(sqlite3_exec(db.handle, "RELEASE one", NULL, NULL, NULL) == SQLITE_OK, "end");
	check_series((int64_t)NOW_S * 1000 + (bits & OPTION_LATER ? 400 * (int64_t)86400000 : 0));
	MUST(sqlite3_exec(db.handle,
			  "DELETE FROM journal; DELETE FROM text_base; DELETE FROM room_base; "
			  "DELETE FROM policy",
			  NULL, NULL, NULL) == SQLITE_OK,
	     "%s", sqlite3_errmsg(db.handle));
	json_decref(doc);
	return 0;
}
