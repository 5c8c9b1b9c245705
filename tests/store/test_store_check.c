/*
 * `rokusha check` on a database somebody damaged: what it finds, what it says of it, what it mends.
 * Run from the root of the repository.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sodium.h>

#include "cli/cli.h"
#include "test_store_rig.h"

enum { SAID_BYTES = 4096 };

static struct rig r;
static struct series_id series;
static char said[SAID_BYTES]; /* by the last command, both streams */

/* `arg` ends with a NULL. */
static int run(const char *const *arg)
{
	char *argv[12] = {NULL};
	char path[96];
	int argc = 0;
	int out[2] = {dup(1), dup(2)};
	FILE *f;
	int code;
	int fd;

	for (; arg[argc]; argc++) {
		argv[argc] = (char *)(uintptr_t)arg[argc]; /* as main() is given them */
	}
	(void)snprintf(path, sizeof path, "%s/said", r.dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	(void)fflush(stdout);
	MUST(fd >= 0 && dup2(fd, 1) == 1 && dup2(fd, 2) == 2);
	code = cli_main(argc, argv);
	(void)fflush(stdout);
	MUST(dup2(out[0], 1) == 1 && dup2(out[1], 2) == 2);
	(void)close(out[0]);
	(void)close(out[1]);
	(void)close(fd);
	f = fopen(path, "r");
	MUST(f != NULL);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	(void)fclose(f);
	return code;
}

/* The store is closed meanwhile, and open for writing in between: what a server would have done. */
static int check(bool rebuild)
{
	const char *const arg[] = {"rokusha", "check", "--db", r.path, rebuild ? "--rebuild" : NULL,
				   NULL};
	int code;

	rig_close(&r);
	code = run(arg);
	rig_open(&r, STORE_WRITE);
	return code;
}

static void import(const char *file)
{
	const char *const arg[] = {"rokusha", "import",           "--db", r.path,
				   "--now",   "2026-11-12T14:00", file,   NULL};

	rig_close(&r);
	cr_assert_eq(run(arg), EXIT_OK, "%s", said);
	rig_open(&r, STORE_WRITE);
}

static void begin(void)
{
	MUST(sodium_init() >= 0);
	rig_begin(&r);
	import("tests/cases/case-1.json");
	MUST(store_find_now(r.s, text("K-0101-C"), &series) == ERR_OK);
}

static void end(void)
{
	rig_fini(&r);
}

TestSuite(check, .init = begin, .fini = end, .timeout = 120);

static void is_whole(const char *what)
{
	cr_assert_eq(check(false), EXIT_OK, "%s: %s", what, said);
	cr_assert(strstr(said, "{\"ok\":true,"), "%s: %s", what, said);
}

/* One line, which names the series and says that, and nothing of what somebody wrote. */
static void finds(const char *what)
{
	const char *end_of_line;

	cr_assert_eq(check(false), EXIT_FAILED, "%s was not seen: %s", what, said);
	cr_assert(strstr(said, "rokusha check: K-0101-C: ") == said, "%s", said);
	cr_assert(strstr(said, what), "%s: %s", what, said);
	end_of_line = strchr(said, '\n');
	cr_assert(end_of_line && end_of_line[1] == '\0', "%s", said);
	cr_assert(!strstr(said, "CANARY") && !strstr(said, "case."), "%s", said);
}

static void mended(void)
{
	cr_assert_eq(check(true), EXIT_OK, "%s", said);
	is_whole("after --rebuild");
	cr_assert(strstr(said, "\"derived\":1}"), "%s", said);
}

/* A cell as it was derived last; lives until the next call. */
static struct cell_now cell(const char *key)
{
	static struct arena mem;
	struct store_derived d = {0};

	arena_fini(&mem);
	cr_assert_eq(store_derived_now(r.s, series, &mem, &d, r.why), ERR_OK, "%s", r.why);
	for (size_t i = 0; i < d.count; i++) {
		if (slice_is(d.cell[i].cell, key)) {
			return d.cell[i];
		}
	}
	cr_assert_fail("no cell %s", key);
	return (struct cell_now){0};
}

static enum store_outcome append(const char *key, uint64_t ver, const char *body)
{
	struct record rec = {.kind = RECORD_SET,
			     .method = METHOD_OWN,
			     .at_ms = 1794458400000, /* that meeting */
			     .actor = 0,
			     .for_seat = 0,
			     .ver = ver,
			     .cell = slice_of(key),
			     .body = slice_of(body)};

	return rig_commit(
	    &r, &(struct store_batch){.series = series, .record = &rec, .record_count = 1});
}

Test(check, a_fresh_case_is_whole_and_nothing_is_derived_of_it)
{
	is_whole("as imported");
	cr_assert(strstr(said, "\"series\":1,"), "%s", said);
	cr_assert(strstr(said, "\"derived\":0}"), "%s", said);
	mended();
}

Test(check, a_derived_cell_that_differs_is_counted)
{
	mended();
	sql_do(&r,
	       "UPDATE cell_now SET value = CAST('\"CANARY\"' AS BLOB) WHERE cell = 'case.stage'");
	finds("derived cells that differ from the journal: 1\n");
	mended();
	sql_do(&r, "UPDATE cell_now SET ver = ver + 1 WHERE cell IN ('case.stage', 'case.title')");
	finds("derived cells that differ from the journal: 2\n");
	mended();
	sql_do(&r, "DELETE FROM cell_now WHERE cell = 'case.title'");
	finds("derived cells that differ from the journal: 1\n");
	mended();
	sql_do(&r, "INSERT INTO cell_now VALUES (1, 'case.CANARY', 1, CAST('7' AS BLOB))");
	finds("derived cells that differ from the journal: 1\n");
	mended();
	sql_do(&r, "UPDATE cell_now SET cell = 'case.CANARY' WHERE cell = 'case.title'");
	finds("derived cells that differ from the journal: 2\n");
	mended();
}

Test(check, derived_cells_may_be_behind_the_journal_but_not_ahead)
{
	struct cell_now stage;

	mended();
	stage = cell("case.stage");
	cr_assert_eq(append("case.stage", stage.ver + 1, "1"), STORE_KEPT);
	is_whole("derived before the last entry");
	cr_assert(strstr(said, "\"derived\":1}"), "%s", said);
	sql_do(&r, "UPDATE cell_now_seq SET seq = seq + 1");
	finds("derived cells that differ from the journal: 1\n");
	sql_do(&r, "UPDATE cell_now_seq SET seq = seq + 1");
	finds("derived cells are ahead of the journal");
	mended();
	stage = cell("case.stage");
	cr_assert(slice_is(stage.value, "1"), "from the whole journal");
	sql_do(&r, "DELETE FROM cell_now_seq");
	finds("nobody says of when");
	mended();
}

Test(check, every_series_is_looked_at)
{
	import("tests/cases/case-2.json");
	import("tests/cases/case-3.json");
	cr_assert_eq(check(true), EXIT_OK, "%s", said);
	cr_assert(strstr(said, "\"series\":3,") && strstr(said, "\"derived\":3}"), "%s", said);
	sql_do(&r, "UPDATE cell_now SET ver = ver + 1 WHERE cell = 'case.stage' AND series <> 2");
	cr_assert_eq(check(false), EXIT_FAILED);
	cr_assert(strstr(said, "K-0101-C: derived cells that differ from the journal: 1\n"), "%s",
		  said);
	cr_assert(!strstr(said, "K-0202-C"), "%s", said);
	cr_assert(strstr(said, "K-0303-C: derived cells that differ from the journal: 1\n"), "%s",
		  said);
	cr_assert_eq(check(true), EXIT_OK, "%s", said);
	is_whole("all three");
}

Test(check, a_journal_that_does_not_replay_is_noticed_and_nothing_derived_of_it)
{
	sql_do(&r, "UPDATE journal SET body = CAST('{\"CANARY\":' AS BLOB) WHERE seq = 7");
	finds("entry 7 of the journal cannot be replayed: malformed");
	cr_assert_eq(check(true), EXIT_FAILED, "%s", said);
	cr_assert(strstr(said, "entry 7"), "%s", said);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM cell_now_seq"), 0);
	sql_do(&r, "DELETE FROM journal WHERE seq = 7");
	cr_assert_eq(check(false), EXIT_FAILED);
	cr_assert(strstr(said, "entry 7 is missing"), "%s", said);
}

Test(check, folded_texts_come_out_as_the_journal_does)
{
	struct cell_now goal;
	struct text_base t = {.cell = text("plan.work.action.goal")};
	struct store_batch b = {.series = series, .base = &t, .base_count = 1};

	mended();
	sql_do(&r, "DELETE FROM room_base"); /* as they were before there were bases */
	goal = cell("plan.work.action.goal");
	t.ver = goal.ver;
	t.text = (struct slice){goal.value.ptr + 1, goal.value.len - 2}; /* one line, no escapes */
	cr_assert(!memchr(goal.value.ptr, '\\', goal.value.len));
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	is_whole("with a folded text");
	t.text = text("CANARY");
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	finds("cells that come out differently from the folded texts: 1\n");
	mended();
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM text_base"), 0, "no text was changed");
}

Test(check, a_base_is_what_the_journal_says)
{
	static const char *const damage[] = {
	    "UPDATE room_base SET body = CAST(replace(CAST(body AS TEXT), 'false', 'true') AS BLOB)",
	    "UPDATE room_base SET body = x'7B7D'",
	    "UPDATE room_base SET seq = seq - 1",
	    "INSERT INTO text_base VALUES (1, 'plan.work.action.goal', 7, x'61')",
	};

	for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
		mended();
		cr_assert(strstr(said, "\"bases\":1,"), "%s", said);
		sql_do(&r, damage[i]);
		finds("its base differs from the journal\n");
	}
	mended();
	sql_do(&r, "UPDATE room_base SET seq = seq + 1");
	finds("its base is ahead of the journal\n");
	mended();
}

Test(check, rebuild_needs_the_database_for_itself)
{
	const char *const arg[] = {"rokusha", "check", "--db", r.path, "--rebuild", NULL};
	const char *const look[] = {"rokusha", "check", "--db", r.path, NULL};

	cr_assert_eq(run(arg), EXIT_FAILED);
	cr_assert(strstr(said, "in use: a server"), "%s", said);
	cr_assert_eq(run(look), EXIT_OK, "to look at it is allowed beside a server: %s", said);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM cell_now_seq"), 0);
}
