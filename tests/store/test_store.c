/* The contract of store.h, one rule a test. Faults, kills and load are in test_store_*.c. */

#include <criterion/criterion.h>
#include <fcntl.h>

#include "store/db.h"
#include "test_store_rig.h"

static struct rig r;

static void begin(void)
{
	rig_begin(&r);
}

static void end(void)
{
	rig_fini(&r);
}

TestSuite(store, .init = begin, .fini = end, .timeout = 60);

static bool record_eq(const struct record *a, const struct record *b)
{
	return a->kind == b->kind && a->method == b->method && a->at_ms == b->at_ms &&
	       a->client == b->client && a->cseq == b->cseq && a->digest == b->digest &&
	       a->base_ver == b->base_ver && a->ver == b->ver && a->actor == b->actor &&
	       a->for_seat == b->for_seat && slice_eq(a->cell, b->cell) &&
	       slice_eq(a->body, b->body);
}

static struct store_series *load(struct series_id id)
{
	struct store_series *l = NULL;

	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK, "%s", r.why);
	return l;
}

static size_t load_count(struct series_id id)
{
	struct store_series *l = load(id);
	size_t n = l->record_count;

	cr_assert_eq(l->last_seq, n);
	store_series_destroy(l);
	return n;
}

/* ---- open ---- */

Test(store, a_database_is_not_made_over_another)
{
	cr_assert_eq(store_create(r.path, r.why), ERR_IO);
	cr_assert(strstr(r.why, "exists"), "%s", r.why);
	cr_assert(!rig_has(&r, ".new"));
}

Test(store, a_database_is_not_made_beside_a_foreign_wal)
{
	FILE *f;

	rig_close(&r);
	cr_assert_eq(unlink(r.path), 0);
	f = fopen(strcat(strcpy((char[128]){0}, r.path), "-wal"), "w");
	cr_assert(f && fputs("x", f) >= 0 && fclose(f) == 0);
	cr_assert_eq(store_create(r.path, r.why), ERR_IO);
	cr_assert(strstr(r.why, "-wal"), "%s", r.why);
}

Test(store, a_missing_database_is_named)
{
	struct store *s = NULL;

	cr_assert_eq(store_open("/tmp/rokusha-no-such.db", STORE_WRITE, &s, r.why), ERR_IO);
	cr_assert(strstr(r.why, "no database at /tmp/rokusha-no-such.db"), "%s", r.why);
	cr_assert_eq(access("/tmp/rokusha-no-such.db.lock", F_OK), -1);
}

Test(store, one_writer_and_readers_beside_it)
{
	struct store *s = NULL;
	struct series_id id = rig_series(&r, "春");
	struct series_id found = {0};

	cr_assert_eq(store_open(r.path, STORE_WRITE, &s, r.why), ERR_IO);
	cr_assert(strstr(r.why, "in use: a server"), "%s", r.why);
	cr_assert_eq(store_open(r.path, STORE_READ, &s, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(store_find_now(s, text("春"), &found), ERR_OK);
	cr_assert_eq(found.n, id.n);
	cr_assert_eq(store_check_now(s, r.why), ERR_OK, "%s", r.why);
	store_close(s);
	rig_close(&r);
	cr_assert(!rig_has(&r, "-wal"), "the last one out folds the WAL in");
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(store_find_now(r.s, text("夏"), &found), ERR_GONE);
}

static size_t slurp(char *buf, size_t cap)
{
	FILE *f = fopen(r.path, "rb");
	size_t n;

	cr_assert(f);
	n = fread(buf, 1, cap, f);
	(void)fclose(f);
	return n;
}

Test(store, a_newer_database_is_refused_untouched)
{
	static char before[1 << 18];
	static char after[1 << 18];
	struct store *s = NULL;
	size_t n;

	rig_close(&r);
	sql_do(&r, "PRAGMA user_version = 99");
	n = slurp(before, sizeof before);
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		cr_assert_eq(store_open(r.path, (enum store_mode)mode, &s, r.why), ERR_OLD);
		cr_assert(strstr(r.why, "newer"), "%s", r.why);
	}
	cr_assert_eq(slurp(after, sizeof after), n);
	cr_assert_eq(memcmp(before, after, n), 0);
}

static void refuse(const char *what)
{
	struct store *s = NULL;

	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		r.why[0] = '\0';
		cr_assert_eq(store_open(r.path, (enum store_mode)mode, &s, r.why), ERR_IO, "%s",
			     what);
		cr_assert(strstr(r.why, what), "%s", r.why);
	}
}

Test(store, a_file_that_is_not_ours_is_refused)
{
	rig_close(&r);
	cr_assert_eq(truncate(r.path, 0), 0);
	refuse("not a database of Rokusha");
	sql_do(&r, "CREATE TABLE t (x); PRAGMA user_version = 1");
	refuse("not a database of Rokusha");
}

Test(store, a_damaged_file_is_refused)
{
	static const char junk[] = "this is no header of SQLite";
	int fd;

	(void)rig_series(&r, "秋");
	rig_close(&r);
	cr_assert_eq(truncate(r.path, 8192), 0);
	refuse("malformed");
	fd = open(r.path, O_WRONLY);
	cr_assert(fd >= 0 && pwrite(fd, junk, sizeof junk, 0) == sizeof junk && close(fd) == 0);
	refuse("not a database");
}

Test(store, tables_that_are_not_as_expected_are_refused)
{
	rig_close(&r);
	sql_do(&r, "DROP TABLE audit");
	refuse("audit");
}

Test(store, settings_of_the_connections)
{
	static const struct {
		char sql[40];
		int writer;
		int reader;
	} row[] = {
	    {"PRAGMA synchronous", 2, -1}, {"PRAGMA secure_delete", 1, -1},
	    {"PRAGMA foreign_keys", 1, 1}, {"PRAGMA trusted_schema", 0, 0},
	    {"PRAGMA query_only", 0, 1},   {"PRAGMA wal_autocheckpoint", 0, 0},
	    {"PRAGMA temp_store", 2, 2},
	};
	struct db d[2];

	cr_assert_eq(db_open(&d[0], r.path, DB_WRITER, r.why), ERR_OK);
	cr_assert_eq(db_open(&d[1], r.path, DB_READER, r.why), ERR_OK);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		for (int k = 0; k < 2; k++) {
			int want = k == 0 ? row[i].writer : row[i].reader;
			sqlite3_stmt *st = NULL;

			cr_assert_eq(sqlite3_prepare_v2(d[k].handle, row[i].sql, -1, &st, NULL),
				     SQLITE_OK);
			cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
			cr_assert(want < 0 || sqlite3_column_int(st, 0) == want, "%s, %d",
				  row[i].sql, k);
			(void)sqlite3_finalize(st);
		}
	}
	cr_assert_neq(sqlite3_exec(d[1].handle, "DELETE FROM journal", NULL, NULL, NULL),
		      SQLITE_OK);
	db_close(&d[0]);
	db_close(&d[1]);
}

Test(store, an_older_database_is_migrated_whole_or_not_at_all)
{
	struct slice script[3] = {{0}};
	struct db d;
	int version = 0;

	db_scripts(script);
	script[1] = text("CREATE TABLE extra (x) STRICT; PRAGMA user_version = 2");
	rig_close(&r);
	cr_assert_eq(db_open(&d, r.path, DB_WRITER, r.why), ERR_OK);
	script[1] = text("CREATE TABLE extra (x INTEGER) STRICT; PRAGMA user_version = 2");
	script[2] = text("INSERT INTO no_such VALUES (1)");
	cr_assert_eq(db_migrate(&d, 1, script, 3, r.why), ERR_IO);
	cr_assert(strstr(r.why, "no_such"), "%s", r.why);
	cr_assert_eq(db_version(&d, 9, &version, r.why), ERR_OK);
	cr_assert_eq(version, 1);
	cr_assert_eq(db_migrate(&d, 1, script, 2, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(db_version(&d, 9, &version, r.why), ERR_OK);
	cr_assert_eq(version, 2);
	db_close(&d);
}

/* ---- import and load ---- */

static const struct record all_fields[] = {
    {.kind = RECORD_SERIES,
     .method = METHOD_PAPER,
     .at_ms = -1,
     .actor = SEAT_NONE,
     .for_seat = SEAT_NONE,
     .body = {"{\"name\":\"\xE5\xB1\xB1\xE7\x94\xB0\"}", 17}},
    {.kind = RECORD_ASSENT,
     .method = METHOD_DICTATED,
     .at_ms = INT64_MAX,
     .client = UINT64_MAX,
     .cseq = (UINT64_C(1) << 63) + 7,
     .digest = UINT64_C(1) << 63,
     .base_ver = UINT64_MAX - 1,
     .ver = UINT64_MAX,
     .actor = 0,
     .for_seat = SEAT_MAX - 1,
     .cell = {"work/0123456789abcdef/site_program", 34},
     .body = {"a\0b\xFF\xFE", 5}},
    {.kind = RECORD_EDIT,
     .method = METHOD_ORAL,
     .at_ms = 0,
     .client = 1,
     .cseq = 0,
     .actor = 63,
     .for_seat = SEAT_NONE,
     .cell = {"x", 1},
     .body = {NULL, 0}},
};
enum { ALL = sizeof all_fields / sizeof *all_fields };

Test(store, what_is_imported_is_loaded_field_by_field)
{
	struct store_import in = {.name = text("六者"),
				  .record = all_fields,
				  .record_count = ALL,
				  .pending = text("{\"later\":[]}")};
	struct series_id id = {0};
	struct answer a = {0};
	struct store_series *l;

	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	store_load(r.s, id, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_OK);
	l = load(id);
	cr_assert(slice_is(l->name, "六者") && slice_is(a.loaded->name, "六者"));
	cr_assert_eq(l->id.n, id.n);
	cr_assert_eq(l->record_count, ALL);
	cr_assert_eq(a.loaded->record_count, ALL);
	cr_assert_eq(l->last_seq, ALL);
	for (size_t i = 0; i < ALL; i++) {
		cr_assert(record_eq(&l->record[i], &all_fields[i]), "%zu", i);
		cr_assert(record_eq(&a.loaded->record[i], &all_fields[i]), "%zu", i);
	}
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM pending WHERE body = "
				    "CAST('{\"later\":[]}' AS BLOB)"),
		     1);
	store_series_destroy(l);
	store_series_destroy(a.loaded);
	store_series_destroy(NULL);
}

Test(store, every_kind_and_method_comes_back)
{
	struct record v[RECORD_KIND_COUNT] = {{0}};
	struct store_import in = {
	    .name = text("k"), .record = v, .record_count = RECORD_KIND_COUNT};
	struct series_id id = {0};
	struct store_series *l;

	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		v[i].kind = (enum record_kind)i;
		v[i].method = (enum method)(i % METHOD_COUNT);
	}
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	l = load(id);
	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		cr_assert(record_eq(&l->record[i], &v[i]), "%d", i);
	}
	store_series_destroy(l);
}

Test(store, an_import_is_whole_or_nothing)
{
	struct store_link link[2] = {{.seat = 1, .expires_ms = 9}, {.seat = 2, .expires_ms = 9}};
	struct store_import in = {.name = text("一"),
				  .record = all_fields,
				  .record_count = ALL,
				  .link = link,
				  .link_count = 2};
	struct series_id id = {0};

	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_IO);
	cr_assert(strstr(r.why, "link.hash"), "%s", r.why);
	cr_assert_eq(sql_number(&r, "SELECT (SELECT count(*) FROM series) + "
				    "(SELECT count(*) FROM journal)"),
		     0);
	link[1].secret_hash[0] = 1;
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_GONE);
	cr_assert(strstr(r.why, "already"), "%s", r.why);
	cr_assert_eq(load_count(id), ALL);
}

static bool name_each(void *arg, struct series_id id, struct slice name)
{
	struct store_series *l = load(id); /* a callback may use the store */

	cr_assert(slice_eq(l->name, name));
	store_series_destroy(l);
	(void)strncat(arg, name.ptr, name.len);
	return !slice_is(name, "b");
}

Test(store, each_series_by_id_until_enough)
{
	char names[32] = "";

	(void)rig_series(&r, "c");
	(void)rig_series(&r, "b");
	(void)rig_series(&r, "a");
	cr_assert_eq(store_each_now(r.s, name_each, names), ERR_OK);
	cr_assert_str_eq(names, "cb");
}

Test(store, no_such_series)
{
	struct store_series *l = NULL;
	struct answer a = {0};
	struct record e = edit(7, 1);
	struct store_batch b = batch_of((struct series_id){41}, &e, 1);

	store_load(r.s, (struct series_id){41}, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_GONE);
	cr_assert_null(a.loaded);
	cr_assert_eq(store_load_now(r.s, (struct series_id){41}, &l, r.why), ERR_GONE);
	cr_assert_eq(rig_commit(&r, &b), STORE_NOT_KEPT);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

/* ---- commit ---- */

Test(store, commits_are_numbered_in_their_order_and_on_after_a_reopen)
{
	struct series_id id[2] = {rig_series(&r, "a"), rig_series(&r, "b")};
	struct store_series *l;

	for (uint64_t n = 0; n < 40; n++) {
		struct record v[2] = {edit(5, 2 * n), edit(5, 2 * n + 1)};
		struct store_batch b = batch_of(id[n % 2], v, 2);

		cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
		if (n % 10 == 9) {
			rig_close(&r);
			rig_open(&r, STORE_WRITE);
		}
	}
	for (int k = 0; k < 2; k++) {
		l = load(id[k]);
		cr_assert_eq(l->last_seq, 41);
		for (uint64_t i = 1; i < l->record_count; i++) {
			uint64_t n = (i - 1) / 2 * 2 + (uint64_t)k;
			struct record want = edit(5, 2 * n + (i - 1) % 2);

			cr_assert(record_eq(&l->record[i], &want), "%zu", (size_t)i);
		}
		store_series_destroy(l);
	}
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

Test(store, a_bad_batch_fails_alone)
{
	struct series_id id[3] = {rig_series(&r, "a"), rig_series(&r, "b"), rig_series(&r, "c")};
	struct record good[2] = {edit(8, 1), edit(8, 2)};
	struct record twice[3] = {edit(9, 1), edit(9, 2), edit(9, 1)};
	struct audit seen = joined(1);
	struct store_batch b[3] = {batch_of(id[0], good, 2), batch_of(id[1], twice, 3),
				   batch_of(id[2], good, 2)};
	struct answer a[3] = {{0}};
	bool was_run;

	b[1].audit = &seen;
	b[1].audit_count = 1;
	rig_hold(&r, &was_run);
	for (int i = 0; i < 3; i++) {
		store_commit(r.s, &b[i], on_commit, &a[i]);
	}
	rig_release(&r);
	for (int i = 0; i < 3; i++) {
		rig_answered(&r, &a[i]);
	}
	cr_assert_eq(a[0].outcome, STORE_KEPT);
	cr_assert_eq(a[1].outcome, STORE_NOT_KEPT);
	cr_assert_eq(a[2].outcome, STORE_KEPT);
	cr_assert_eq(load_count(id[0]), 3);
	cr_assert_eq(load_count(id[1]), 1);
	cr_assert_eq(load_count(id[2]), 3);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM audit"), 0);
	/* and leaves no gap; a request already kept is refused too */
	b[1].record_count = 2;
	cr_assert_eq(rig_commit(&r, &b[1]), STORE_KEPT);
	cr_assert_eq(load_count(id[1]), 3);
	cr_assert_eq(rig_commit(&r, &b[1]), STORE_NOT_KEPT);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

Test(store, the_server_may_repeat_itself)
{
	struct record v[2] = {{.kind = RECORD_LAPSE}, {.kind = RECORD_LAPSE}};
	struct series_id id = rig_series(&r, "a");
	struct store_batch b = batch_of(id, v, 2);

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT); /* client 0 is not deduplicated */
	cr_assert_eq(load_count(id), 3);
}

Test(store, audit_and_folded_texts_are_kept)
{
	struct series_id id = rig_series(&r, "a");
	struct audit seen = joined(UINT64_C(1) << 63 | 1);
	struct text_base t[2] = {{.cell = text("k"), .ver = 5, .text = text("古い")},
				 {.cell = text("j"), .ver = UINT64_MAX, .text = {NULL, 0}}};
	struct store_batch b = {
	    .series = id, .audit = &seen, .audit_count = 1, .base = t, .base_count = 2};
	struct store_series *l;

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	t[0] = (struct text_base){.cell = text("k"), .ver = 9, .text = text("新しい")};
	b.base_count = 1;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load(id);
	cr_assert_eq(l->base_count, 2);
	cr_assert(slice_is(l->base[0].cell, "j") && l->base[0].ver == UINT64_MAX &&
		  l->base[0].text.len == 0);
	cr_assert(slice_is(l->base[1].cell, "k") && l->base[1].ver == 9 &&
		  slice_is(l->base[1].text, "新しい"));
	store_series_destroy(l);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM audit WHERE what = 'join' AND seats = "
				    "-9223372036854775807 AND json_array_length(cells) = 1"),
		     2);
}

Test(store, a_load_sees_the_commit_before_it)
{
	struct series_id id = rig_series(&r, "a");
	struct record e = edit(3, 1);
	struct store_batch b = batch_of(id, &e, 1);
	struct answer kept = {0};
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &kept);
	store_load(r.s, id, on_load, &a);
	rig_answered(&r, &a);
	cr_assert(kept.is_there);
	cr_assert_eq(a.loaded->record_count, 2);
	store_series_destroy(a.loaded);
}

Test(store, close_finishes_what_was_submitted)
{
	struct series_id id = rig_series(&r, "a");
	struct record e = edit(3, 1);
	struct store_batch b = batch_of(id, &e, 1);
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &a);
	store_load(r.s, id, on_load, &a);
	rig_close(&r);
	cr_assert(!a.is_there);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(load_count(id), 2);
	store_close(NULL);
}
