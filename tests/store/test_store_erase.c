/*
 * What was erased is in no file any more: database, WAL, a copy made afterwards. The search is seen
 * to find it before. Other series, and all else of this one, stay.
 */
#include <criterion/criterion.h>

#include "test_store_rig.h"

#define SECRET "\xE8\x85\xB0\xE7\x97\x9B-h7Qk2"

static struct rig r;

static void begin(void)
{
	rig_begin(&r);
}

static void end(void)
{
	rig_fini(&r);
}

TestSuite(store_erase, .init = begin, .fini = end, .timeout = 60);

static bool file_holds(const char *path, const char *what)
{
	FILE *f = fopen(path, "rb");
	size_t want = strlen(what), len;
	char *bytes;
	bool found = false;

	if (!f) {
		return false;
	}
	MUST(fseek(f, 0, SEEK_END) == 0);
	len = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(len + 1);
	MUST(bytes && fread(bytes, 1, len, f) == len);
	for (size_t i = 0; i + want <= len && !found; i++) {
		found = memcmp(bytes + i, what, want) == 0;
	}
	free(bytes);
	(void)fclose(f);
	return found;
}

/* Any file of the database's directory. */
static bool any_holds(const char *what)
{
	DIR *d = opendir(r.dir);
	bool found = false;

	MUST(d != NULL);
	for (struct dirent *f = readdir(d); f; f = readdir(d)) {
		char path[400];

		(void)snprintf(path, sizeof path, "%s/%s", r.dir, f->d_name);
		found = found || (f->d_type == DT_REG && file_holds(path, what));
	}
	(void)closedir(d);
	return found;
}

/* A series with the secret in its journal (records 2 to 41), folded text, base, cells, pending. */
static struct series_id secret_series(void)
{
	struct record first = {
	    .kind = RECORD_SERIES, .actor = SEAT_NONE, .for_seat = SEAT_NONE, .body = {"{}", 2}};
	struct store_import in = {.name = text("a"),
				  .record = &first,
				  .record_count = 1,
				  .pending = text("{\"later\":\"" SECRET "\"}")};
	struct series_id id = {0};
	struct record v[40];
	struct text_base t = {.cell = text("k"), .ver = 9, .text = text(SECRET)};
	struct cell_now now = {.cell = text("k"), .ver = 9, .value = text("\"" SECRET "\"")};
	struct store_batch b;

	MUST(store_import_now(r.s, &in, &id, r.why) == ERR_OK);
	for (size_t i = 0; i < 40; i++) {
		v[i] = edit(3, i + 1);
		v[i].body = text("{\"c\":[[0,[0,\"" SECRET "\"]]]}");
		b = batch_of(id, &v[i], 1);
		b.base = &t;
		b.base_count = 1;
		b.has_base = true;
		b.base_body = text("{\"x\":\"" SECRET "\"}");
		b.has_now = true;
		b.now = &now;
		b.now_count = 1;
		cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	}
	return id;
}

static enum err erase(struct series_id id, size_t count)
{
	struct store_erased e[41];

	for (size_t i = 0; i < count; i++) {
		e[i] = (struct store_erased){i + 2, text("{\"c\":[[0,[0,\"********\"]]]}")};
	}
	return store_erase_beside(r.path, id, 1000, e, count, r.why);
}

Test(store_erase, no_file_holds_it_any_more)
{
	struct series_id id = secret_series(), other = rig_series(&r, "b");
	struct record kept = edit(4, 1);
	struct store_batch b = batch_of(other, &kept, 1);
	struct store_series *l = NULL;
	char copy[160];

	kept.body = text("{\"c\":[[0,[0,\"stays here\"]]]}");
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	rig_close(&r);
	cr_assert(any_holds(SECRET), "the search finds nothing");
	cr_assert_eq(erase(id, 40), ERR_OK, "%s", r.why);
	cr_assert_not(any_holds(SECRET));
	cr_assert(any_holds("stays here"));
	/* A copy, as backups are made. */
	(void)snprintf(copy, sizeof copy, "VACUUM INTO '%s/copy'", r.dir);
	sql_do(&r, copy);
	cr_assert_not(any_holds(SECRET));
	cr_assert_eq(
	    sql_number(&r, "SELECT count(*) FROM journal WHERE digest <> 0 AND series = 1"), 0,
	    "a digest of short words can be guessed");

	rig_open(&r, STORE_WRITE);
	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK);
	cr_assert_eq(l->record_count, 41);
	cr_assert_eq(l->base_count, 0);
	cr_assert_not(l->has_base);
	cr_assert(slice_is(l->record[40].body, "{\"c\":[[0,[0,\"********\"]]]}"));
	cr_assert_eq(l->record[40].ver, 41);
	store_series_destroy(l);
}

Test(store_erase, a_server_that_runs_is_not_disturbed)
{
	struct series_id id = secret_series();

	cr_assert_eq(erase(id, 40), ERR_IO);
	cr_assert(strstr(r.why, "a server or an import runs"), "%s", r.why);
	rig_close(&r);
	cr_assert(any_holds(SECRET));
}

Test(store_erase, a_record_that_is_not_there_changes_nothing)
{
	struct series_id id = secret_series();

	rig_close(&r);
	cr_assert_eq(erase(id, 41), ERR_GONE, "%s", r.why);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM journal WHERE body LIKE '%********%'"),
		     0);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM room_base"), 1);
}

/* Somebody has the old pages in view: it is said, and asked again it goes. */
Test(store_erase, a_reader_keeps_the_wal_and_that_is_said)
{
	struct series_id id = secret_series();
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;

	rig_close(&r);
	MUST(sqlite3_open(r.path, &h) == SQLITE_OK);
	MUST(sqlite3_prepare_v2(h, "SELECT body FROM journal", -1, &st, NULL) == SQLITE_OK);
	MUST(sqlite3_step(st) == SQLITE_ROW);
	cr_assert_eq(erase(id, 40), ERR_IO);
	cr_assert(strstr(r.why, "still in the WAL"), "%s", r.why);
	(void)sqlite3_finalize(st);
	MUST(sqlite3_close(h) == SQLITE_OK);
	cr_assert_eq(erase(id, 40), ERR_OK, "%s", r.why);
	cr_assert_not(any_holds(SECRET));
}
