/* What the store on SQLite has of its own: files, locks, versions. What every backend does is in
 * test_store_verbs.c; faults, kills and load are in test_store_*.c. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>

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

/* ---- older ones ---- */

static struct db older; /* the database as version 1 made it */

static void make_version_1(void)
{
	struct slice script[DB_NEWEST];

	rig_close(&r);
	cr_assert_eq(unlink(r.path), 0);
	close(open(r.path, O_CREAT | O_WRONLY, 0600));
	db_scripts(script);
	cr_assert_eq(db_open(&older, r.path, DB_WRITER, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(db_migrate(&older, 0, script, 1, r.why), ERR_OK, "%s", r.why);
}

Test(store, an_older_database_is_migrated_whole_or_not_at_all)
{
	struct slice script[3] = {{0}};
	int version = 0;

	script[1] = text("CREATE TABLE extra (x INTEGER) STRICT; PRAGMA user_version = 2");
	script[2] = text("INSERT INTO no_such VALUES (1)");
	make_version_1();
	cr_assert_eq(db_migrate(&older, 1, script, 3, r.why), ERR_IO);
	cr_assert(strstr(r.why, "no_such"), "%s", r.why);
	cr_assert_eq(db_version(&older, 9, &version, r.why), ERR_OK);
	cr_assert_eq(version, 1);
	cr_assert_eq(db_migrate(&older, 1, script, 2, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(db_version(&older, 9, &version, r.why), ERR_OK);
	cr_assert_eq(version, 2);
	db_close(&older);
}

static const char old_rows[] =
    "INSERT INTO series VALUES (7, '春', 5);"
    "INSERT INTO journal VALUES (3, 7, 1, 9, 0, 0, 255, 255, 'own', 'series', '', 0, 0, 0, "
    "x'7B7D');"
    "INSERT INTO journal VALUES (4, 7, 2, 9, -1, 2, 1, 2, 'oral', 'edit', 'k', 3, 4, -9, x'7B7D');"
    "INSERT INTO text_base VALUES (7, 'k', 4, x'61');"
    "INSERT INTO pending VALUES (7, x'7B7D');"
    "INSERT INTO link VALUES (zeroblob(32), 7, 3, 0, NULL, 2000, 0);"
    "INSERT INTO session VALUES (11, zeroblob(32), 7, 3, 1000, 2000, 0);"
    "INSERT INTO audit VALUES (1, 7, 9, -1, 'join', '[]')";
static const char old_sum[] =
    "SELECT (SELECT count(*) FROM series WHERE id = 7 AND name = '春' AND created_ms = 5)"
    " + (SELECT count(*) FROM journal WHERE id - 2 = seq AND body = x'7B7D')"
    " + (SELECT count(*) FROM text_base WHERE text = x'61') + (SELECT count(*) FROM pending)"
    " + (SELECT count(*) FROM link) + (SELECT count(*) FROM session) + (SELECT count(*) FROM "
    "audit)";

Test(store, a_database_of_version_1_is_brought_up_to_date_with_all_its_data)
{
	struct store_series *l = NULL;
	struct store_derived d;
	struct store *s = NULL;
	struct series_id id = {0};
	struct arena mem;
	struct record e = edit(3, 1);

	make_version_1();
	db_close(&older);
	sql_do(&r, old_rows);
	cr_assert_eq(sql_number(&r, "PRAGMA user_version"), 1);
	cr_assert_eq(store_open(r.path, STORE_READ, &s, r.why), ERR_OLD,
		     "a reader changes nothing");
	cr_assert_eq(sql_number(&r, "PRAGMA user_version"), 1);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(sql_number(&r, "PRAGMA user_version"), DB_NEWEST);
	cr_assert_eq(sql_number(&r, "SELECT version FROM meta"), 1, "who made it");
	cr_assert_eq(sql_number(&r, old_sum), 8);
	cr_assert_eq(sql_number(&r, "SELECT length(secret) FROM meta"), STORE_SECRET_BYTES);
	cr_assert_eq(store_find_now(r.s, text("春"), &id), ERR_OK);
	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(l->record_count, 2);
	cr_assert_eq(l->record[1].client, UINT64_MAX);
	cr_assert_eq(l->base_count, 1);
	cr_assert(!l->has_base, "it does without until one is written");
	store_series_destroy(l);
	arena_init(&mem);
	cr_assert_eq(store_derived_now(r.s, id, &mem, &d, r.why), ERR_GONE);
	cr_assert_eq(rig_commit(&r, &(struct store_batch){.series = id,
							  .record = &e,
							  .record_count = 1,
							  .has_now = true}),
		     STORE_KEPT);
	cr_assert_eq(store_derived_now(r.s, id, &mem, &d, r.why), ERR_OK);
	cr_assert_eq(d.seq, 3);
	arena_fini(&mem);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

Test(store, a_new_database_is_of_the_newest_version)
{
	cr_assert_eq(sql_number(&r, "PRAGMA user_version"), DB_NEWEST);
	cr_assert_eq(sql_number(&r, "SELECT version FROM meta"), DB_NEWEST);
}

/* ---- what no verb reads ---- */

Test(store, audit_and_the_rest_of_a_case_file_are_kept)
{
	struct record one = {.kind = RECORD_SERIES, .body = {"{}", 2}};
	struct store_import in = {.name = text("六者"),
				  .record = &one,
				  .record_count = 1,
				  .pending = text("{\"later\":[]}")};
	struct audit seen = joined(UINT64_C(1) << 63 | 1);
	struct store_batch b = {.audit = &seen, .audit_count = 1};

	cr_assert_eq(store_import_now(r.s, &in, &b.series, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM pending WHERE body = "
				    "CAST('{\"later\":[]}' AS BLOB)"),
		     1);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM audit WHERE what = 'join' AND seats = "
				    "-9223372036854775807 AND json_array_length(cells) = 1"),
		     1);
}

/* ---- the audit of what is carried away, beside a server that writes too ---- */

static void *carry_away(void *arg)
{
	const struct series_id *id = arg;
	struct audit a = joined(2);
	char why[STORE_WHY_BYTES] = "";

	a.what = text("export");
	for (int i = 0; i < 20; i++) {
		MUST(store_audit_beside(r.path, *id, &a, why) == ERR_OK);
	}
	return NULL;
}

Test(store, an_export_is_written_down_beside_a_server_that_writes)
{
	struct series_id id = rig_series(&r, "春");
	struct audit seen = joined(1);
	struct store_batch b = {.series = id, .audit = &seen, .audit_count = 1};
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, carry_away, &id) == 0);
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	}
	MUST(pthread_join(thread, NULL) == 0);
	cr_assert_eq(rig_audits(&r, id, "export"), 20);
	cr_assert_eq(rig_audits(&r, id, "join"), 20);
}

Test(store, an_export_of_no_series_or_to_no_database_is_an_error)
{
	struct audit a = joined(1);

	cr_assert_eq(store_audit_beside(r.path, (struct series_id){99}, &a, r.why), ERR_IO);
	cr_assert(strstr(r.why, "could not be written down"), "%s", r.why);
	cr_assert_eq(
	    store_audit_beside("/tmp/rokusha-no-such.db", (struct series_id){1}, &a, r.why),
	    ERR_IO);
	cr_assert_eq(access("/tmp/rokusha-no-such.db", F_OK), -1);
}
