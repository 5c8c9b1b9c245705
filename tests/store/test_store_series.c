/*
 * Several series of one person in one database: stored together or not at all, and no row of one
 * holds a word of another.
 *
 *   test_store_series              the test
 *   test_store_series DB SERIES    prints every byte the database keeps of that series; the player
 *                                  of tests/demo searches it after its meetings
 */
#include <sodium.h>
#include <string.h>

#include "casefile/casefile.h"
#include "support/files.h"
#include "test_store_rig.h"

static const char case_file[] = "tests/cases/case-4.json";

/* ---- what is stored of one series ---- */

static void add_rows(sqlite3 *db, const char *table, const char *series, struct buf *out)
{
	char sql[256];
	sqlite3_stmt *st;

	(void)snprintf(sql, sizeof sql,
		       "SELECT * FROM %s WHERE series = (SELECT id FROM series WHERE name = ?1)",
		       table);
	MUST(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK);
	MUST(sqlite3_bind_text(st, 1, series, -1, SQLITE_STATIC) == SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const char *bytes = sqlite3_column_blob(st, i);

			if (bytes) {
				buf_add(out,
					(struct slice){bytes, (size_t)sqlite3_column_bytes(st, i)});
			}
			buf_add_str(out, "\n");
		}
	}
	MUST(sqlite3_finalize(st) == SQLITE_OK);
}

/* Every table that has a series, whatever tables there will be. */
static void stored(const char *path, const char *series, struct buf *out)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	size_t tables = 0;

	MUST(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	MUST(sqlite3_prepare_v2(db,
				"SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c"
				" WHERE m.type = 'table' AND c.name = 'series'",
				-1, &st, NULL) == SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		add_rows(db, (const char *)sqlite3_column_text(st, 0), series, out);
		tables++;
	}
	MUST(tables >= 7);
	MUST(sqlite3_finalize(st) == SQLITE_OK);
	MUST(sqlite3_close(db) == SQLITE_OK);
}

static bool holds(const char *path, const char *series, const char *words)
{
	struct buf out = {0};
	bool found;

	stored(path, series, &out);
	found = memmem(out.ptr, out.len, words, strlen(words)) != NULL;
	buf_fini(&out);
	return found;
}

/* ---- together or not at all ---- */

static void read_case(struct casefile *cf, struct schema **schema, uint64_t *dice)
{
	struct casefile_options o = {.now_ms = 1790000000000, .random = rig_random};
	struct buf json = rig_file(case_file);
	char why[CASEFILE_WHY_BYTES] = "";

	o.random_arg = dice;
	*schema = rig_schema();
	MUST(casefile_read(buf_slice(&json), *schema, &o, cf, why) == ERR_OK);
	buf_fini(&json);
}

static size_t imports(const struct casefile *cf, struct store_import in[8])
{
	MUST(cf->other_count == 2);
	for (size_t i = 0; i <= cf->other_count; i++) {
		const struct casefile *one = i ? &cf->other[i - 1] : cf;

		in[i] = (struct store_import){.name = one->series,
					      .record = one->record,
					      .record_count = one->record_count,
					      .pending = one->pending};
	}
	return cf->other_count + 1;
}

static bool count_one(void *arg, struct series_id id, struct slice name)
{
	(void)id;
	(void)name;
	++*(size_t *)arg;
	return true;
}

static size_t series_in(struct store *s)
{
	size_t count = 0;

	MUST(store_each_now(s, count_one, &count) == ERR_OK);
	return count;
}

static void all_or_nothing(struct store *s, const struct casefile *cf)
{
	struct store_import in[8];
	struct series_id id[8];
	size_t count = imports(cf, in);
	size_t failed = 99;
	struct slice name = in[2].name;
	char why[STORE_WHY_BYTES] = "";

	/* twice the same name in one file */
	in[2].name = in[0].name;
	MUST(store_import_all_now(s, in, count, id, &failed, why) == ERR_GONE);
	MUST(failed == 2 && series_in(s) == 0);
	/* the last is there already */
	in[2].name = name;
	MUST(store_import_now(s, &in[2], id, why) == ERR_OK);
	MUST(store_import_all_now(s, in, count, id, &failed, why) == ERR_GONE);
	MUST(failed == 2 && series_in(s) == 1 && strstr(why, "there already"));
	MUST(store_import_all_now(s, in, 2, id, &failed, why) == ERR_OK);
	MUST(series_in(s) == 3 && id[0].n != id[1].n);
}

static void none_of_another(const char *path)
{
	static const char *const series[] = {"K-0404-C", "K-0404-S9", "K-0404-T"};
	static const char *const words[] = {"カルダモン", "図書室のすみで", "棚番号"};

	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 3; k++) {
			MUST(holds(path, series[i], words[k]) == (i == k));
		}
		/* Of a meeting by law nothing about the person is there, nor of what is only
		 * checked. */
		MUST(holds(path, series[i], "フオンさん") == (i == 0));
		MUST(!holds(path, series[i], "支援会議の書類にだけある封"));
	}
}

int main(int argc, char **argv)
{
	struct rig r = {0};
	struct schema *schema;
	struct casefile cf;
	uint64_t dice = 11;

	if (argc == 3) {
		struct buf out = {0};

		stored(argv[1], argv[2], &out);
		(void)fwrite(out.ptr, 1, out.len, stdout);
		buf_fini(&out);
		return 0;
	}
	MUST(sodium_init() >= 0);
	read_case(&cf, &schema, &dice);
	rig_begin(&r);
	all_or_nothing(r.s, &cf);
	none_of_another(r.path);
	rig_fini(&r);
	rig_begin_memory(&r);
	all_or_nothing(r.s, &cf);
	rig_fini(&r);
	casefile_fini(&cf);
	schema_destroy(schema);
	(void)printf("series: ok\n");
	return 0;
}
