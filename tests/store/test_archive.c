/* The archive's queue, and its two files, on a real database. */
#include <criterion/criterion.h>
#include <sodium.h>

#include "archive/archive_line.h"
#include "archive/archive_parts.h"
#include "base/limits.h"
#include "support/files.h"
#include "test_store_rig.h"

static struct rig r;
static struct schema *schema;
static struct series_id series;
static char why[STORE_WHY_BYTES];
static sem_t answered;

static void on_answer(void *arg)
{
	(void)arg;
	MUST(sem_post(&answered) == 0);
}

/* A series with as many seats as may wait, and one more. */
static void begin(void)
{
	struct record rec[LIMIT_MINUTES_WAITING + 2];
	static char body[LIMIT_MINUTES_WAITING + 1][128];
	struct store_import in = {.name = {"one", 3},
				  .record = rec,
				  .record_count = LIMIT_MINUTES_WAITING + 2,
				  .pending = {"{}", 2}};

	cr_assert(sodium_init() >= 0);
	schema = rig_schema();
	rec[0] = (struct record){.kind = RECORD_SERIES, .at_ms = 1, .actor = 255, .for_seat = 255};
	rec[0].body = slice_of("{}");
	for (int i = 0; i <= LIMIT_MINUTES_WAITING; i++) {
		(void)snprintf(body[i], sizeof body[i],
			       "{\"seat\":%d,\"role\":\"ps\",\"duties\":[],\"from\":null,"
			       "\"until\":%s}",
			       i, i == 0 ? "5000" : "null");
		rec[i + 1] = rec[0];
		rec[i + 1].kind = RECORD_SEAT;
		rec[i + 1].body = slice_of(body[i]);
	}
	rig_begin(&r);
	cr_assert_eq(store_import_now(r.s, &in, &series, why), ERR_OK, "%s", why);
	MUST(sem_init(&answered, 0, 0) == 0);
}

static void end(void)
{
	char name[128];

	for (int i = 0; i < 2; i++) {
		(void)snprintf(name, sizeof name, "%s%s", r.path, i ? ".keys" : ".heads");
		(void)unlink(name);
	}
	rig_fini(&r);
	schema_destroy(schema);
	(void)sem_destroy(&answered);
}

TestSuite(archive, .init = begin, .fini = end);

static struct archive_config config(void)
{
	return (struct archive_config){
	    .db = r.path, .url = "https://rokusha.example", .running = schema};
}

/* ---- the queue: somebody else writes all the time, so that nothing gets done ---- */

static sqlite3 *hold(void)
{
	sqlite3 *h = NULL;

	cr_assert_eq(sqlite3_open(r.path, &h), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return h;
}

static struct archive_ask code_of(uint8_t seat)
{
	return (struct archive_ask){.kind = ARCHIVE_CODE,
				    .series = series,
				    .seat = seat,
				    .now_ms = 1000,
				    .body = {"{\"code\":\"12345678\"}", 19}};
}

static void all_answered(struct archive_line *l, size_t count, unsigned status)
{
	struct archive_answer a;
	void *token;

	while (count > 0) {
		while (sem_wait(&answered) != 0) {
		}
		cr_assert(archive_line_take(l, &token, &a));
		cr_assert_eq(a.status, status, "%u", a.status);
		buf_fini(&a.body);
		count--;
	}
	cr_assert(!archive_line_take(l, &token, &a));
}

Test(archive, so_much_of_a_seat_waits)
{
	struct archive_config c = config();
	struct archive_line *l;
	struct archive_ask ask = code_of(3);
	sqlite3 *h = hold();

	cr_assert_eq(archive_line_create(&c, on_answer, NULL, &l, why), ERR_OK, "%s", why);
	for (int i = 0; i < LIMIT_MINUTES_OF_SEAT; i++) {
		cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_OK);
	}
	cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_LIMIT);
	ask.seat = 4;
	cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_OK, "another seat may");
	sqlite3_close(h);
	archive_line_destroy(l);
}

Test(archive, so_much_waits)
{
	struct archive_config c = config();
	struct archive_line *l;
	struct archive_ask ask;
	sqlite3 *h = hold();

	cr_assert_eq(archive_line_create(&c, on_answer, NULL, &l, why), ERR_OK, "%s", why);
	for (int i = 0; i < LIMIT_MINUTES_WAITING; i++) {
		ask = code_of((uint8_t)(i + 1));
		cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_OK);
	}
	ask = code_of(0);
	cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_BUSY);
	sqlite3_close(h);
	all_answered(l, LIMIT_MINUTES_WAITING, 200);
	cr_assert_eq(archive_line_ask(l, &ask, NULL), ERR_OK, "there is room again");
	all_answered(l, 1, 200);
	archive_line_destroy(l);
}

/* ---- who may ask ---- */

static unsigned status_of(struct archive *a, struct archive_ask ask)
{
	struct archive_answer out = {0};
	unsigned status;

	archive_answer(a, &ask, &out);
	status = out.status;
	buf_fini(&out.body);
	return status;
}

Test(archive, a_seat_that_ended_or_is_none_gets_nothing)
{
	struct archive_config c = config();
	struct archive_ask ask = code_of(0);
	struct archive *a;
	struct record bar = {.kind = RECORD_BAR, .at_ms = 2, .actor = 2, .for_seat = 2};

	cr_assert_eq(archive_open(&c, &a, why), ERR_OK, "%s", why);
	cr_assert_eq(status_of(a, ask), 200);
	ask.now_ms = 5000;
	cr_assert_eq(status_of(a, ask), 404, "it ended");
	ask.seat = LIMIT_MINUTES_WAITING + 1;
	cr_assert_eq(status_of(a, ask), 404, "there is no such seat");
	ask.seat = 3;
	bar.body = slice_of("{\"seat\":3,\"on\":true}");
	cr_assert_eq(
	    rig_commit(&r,
		       &(struct store_batch){.series = series, .record = &bar, .record_count = 1}),
	    STORE_KEPT);
	cr_assert_eq(status_of(a, ask), 404, "it is barred");
	bar.body = slice_of("{\"seat\":3,\"on\":false}");
	cr_assert_eq(
	    rig_commit(&r,
		       &(struct store_batch){.series = series, .record = &bar, .record_count = 1}),
	    STORE_KEPT);
	cr_assert_eq(status_of(a, ask), 200, "and not any more");
	archive_close(a);
}

/* The newest: an older one can still be asked for by its name. */
Test(archive, so_many_meetings_are_listed)
{
	struct record rec[LIMIT_MINUTES_LISTED + 1];
	struct minutes_seal out[LIMIT_MINUTES_LISTED + 1], last;
	struct minutes_db *m;
	size_t count;

	for (int i = 0; i <= LIMIT_MINUTES_LISTED; i++) {
		rec[i] = (struct record){
		    .kind = RECORD_SEAL, .at_ms = 10 + i, .actor = 1, .for_seat = 1};
		rec[i].body = slice_of("{\"deadline\":7000}");
	}
	cr_assert_eq(
	    rig_commit(&r, &(struct store_batch){.series = series,
						 .record = rec,
						 .record_count = LIMIT_MINUTES_LISTED + 1}),
	    STORE_KEPT);
	cr_assert_eq(minutes_db_open(r.path, false, &m, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_seals(m, series, out, LIMIT_MINUTES_LISTED, &count, why), ERR_OK);
	cr_assert_eq(count, LIMIT_MINUTES_LISTED);
	cr_assert_eq(minutes_db_seal(m, series, &last, why), ERR_OK);
	cr_assert(out[0].seq == last.seq && out[0].at_ms == 10 + LIMIT_MINUTES_LISTED);
	cr_assert(out[count - 1].at_ms == 11 && out[0].deadline_ms == 7000);
	cr_assert_eq(
	    minutes_db_seal_of(m, series, slice_of("00000000000000000000000000000000"), &last, why),
	    ERR_GONE);
	minutes_db_close(m);
}

/* ---- the files ---- */

static void put_file(const char *suffix, const char *text)
{
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof name, "%s%s", r.path, suffix);
	f = fopen(name, "wb");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(archive, keys_are_made_once_and_for_their_owner_alone)
{
	struct archive_config c = config();
	struct archive *a, *b;
	struct stat st;
	char name[128];

	cr_assert_eq(archive_open(&c, &a, why), ERR_OK);
	cr_assert_eq(archive_open(&c, &b, why), ERR_OK);
	cr_assert_eq(keys_take(a, false, why), ERR_GONE);
	cr_assert_eq(keys_take(a, true, why), ERR_OK, "%s", why);
	cr_assert_eq(keys_take(b, true, why), ERR_OK, "%s", why);
	cr_assert_arr_eq(&a->keys, &b->keys, sizeof a->keys);
	cr_assert_arr_neq(a->keys.public_[0], a->keys.public_[1], 32);
	(void)snprintf(name, sizeof name, "%s.keys", r.path);
	cr_assert(stat(name, &st) == 0 && (st.st_mode & 0777) == 0600);
	archive_close(b);
	put_file(".keys", "log AAAA\nattest AAAA\n");
	cr_assert_eq(archive_open(&c, &b, why), ERR_OK);
	cr_assert_eq(keys_take(b, true, why), ERR_IO, "a damaged file is not replaced");
	archive_close(a);
	archive_close(b);
}

static const char root[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static uint64_t newest(struct heads *h, const char *origin)
{
	struct head_known k;

	cr_assert_eq(heads_find(h, slice_of(origin), &k, why), ERR_OK, "%s", why);
	return k.head.size;
}

Test(archive, the_newest_head_is_found_whatever_a_crash_left_of_a_line)
{
	struct given_head head = {.size = 9, .root = {{1, 2, 3}}};
	struct heads *h = heads_create(r.path);
	struct head_known k;
	char text[512];

	cr_assert_eq(newest(h, "h/c/1"), 0);
	(void)snprintf(text, sizeof text, "h/c/1 2 %s\nh/c/11 77 %s\nh/c/1 4 %s\nh/c/1 50 AAA",
		       root, root, root);
	put_file(".heads", text);
	cr_assert_eq(newest(h, "h/c/1"), 4);
	cr_assert_eq(heads_give(h, slice_of("h/c/1"), &head, NULL, why), ERR_OK, "%s", why);
	cr_assert_eq(heads_find(h, slice_of("h/c/1"), &k, why), ERR_OK);
	cr_assert(k.head.size == 9 && min_hash_eq(&k.head.root, &head.root));
	cr_assert_eq(k.of.series.len, 0);
	cr_assert_eq(newest(h, "h/c/11"), 77);
	heads_destroy(h);
}

Test(archive, a_line_that_says_of_what_series_it_is)
{
	static const char *const wrong[] = {
	    "h/c/2 3 %s 0123456789abcdef\n",
	    "h/c/2 3 %s 0123456789abcdef 7\n",
	    "h/c/2 3 %s 0123456789abcdef 7 0123456789abcde\n",
	    "h/c/2 3 %s 0123456789abcdef 7 0123456789abcdef,\n",
	    "h/c/2 3 %s 0123456789abcdef 7 0123456789abcdef 1\n",
	    "h/c/2 3 %s 0123456789abcdeF 7 0123456789abcdef\n",
	    "h/c/2 3  %s\n",
	};
	struct head_of of = {slice_of("0123456789abcdef"), 7,
			     slice_of("0000000000000001,00000000000000ff")};
	struct given_head head = {.size = 2};
	struct heads *h = heads_create(r.path);
	struct head_known k;
	char text[256];
	size_t count;

	cr_assert_eq(heads_give(h, slice_of("h/c/1"), &head, &of, why), ERR_OK, "%s", why);
	head.size = 5;
	cr_assert_eq(heads_give(h, slice_of("h/c/1"), &head, NULL, why), ERR_OK, "%s", why);
	for (int again = 0; again < 2; again++) {
		cr_assert_eq(heads_find(h, slice_of("h/c/1"), &k, why), ERR_OK);
		cr_assert_eq(k.head.size, 5);
		cr_assert(slice_eq(k.of.series, of.series) && k.of.seq == 7 &&
			  slice_eq(k.of.parties, of.parties));
		heads_destroy(h);
		h = heads_create(r.path);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(text, sizeof text, wrong[i], root);
#pragma GCC diagnostic pop
		put_file(".heads", text);
		cr_assert_eq(heads_read(h, &count, why), ERR_OK);
		cr_assert_eq(count, 0, "%s", text);
	}
	heads_destroy(h);
}

static void add_line(const char *origin, uint64_t size)
{
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof name, "%s.heads", r.path);
	f = fopen(name, "ab");
	cr_assert(f && fprintf(f, "%s %d %s\n", origin, (int)size, root) > 0 && fclose(f) == 0);
}

/* The command line beside the server; a file put in its place; one cut short; one that is gone. */
Test(archive, heads_are_those_of_the_file_as_it_is_now)
{
	struct heads *h = heads_create(r.path);
	char name[128], text[256];

	add_line("h/c/1", 2);
	cr_assert_eq(newest(h, "h/c/1"), 2);
	add_line("h/c/1", 3);
	add_line("h/c/2", 8);
	cr_assert_eq(newest(h, "h/c/1"), 3);
	cr_assert_eq(newest(h, "h/c/2"), 8);
	(void)snprintf(text, sizeof text, "h/c/1 9 %s\n", root);
	put_file(".heads", text);
	cr_assert_eq(newest(h, "h/c/1"), 9);
	cr_assert_eq(newest(h, "h/c/2"), 0, "it was cut short");
	(void)snprintf(name, sizeof name, "%s.heads", r.path);
	cr_assert_eq(unlink(name), 0);
	cr_assert_eq(newest(h, "h/c/1"), 0);
	heads_destroy(h);
}

Test(archive, half_a_line_is_read_once_it_is_whole)
{
	struct heads *h = heads_create(r.path);
	char text[256];

	(void)snprintf(text, sizeof text, "h/c/1 2 %s\nh/c/1 ", root);
	put_file(".heads", text);
	cr_assert_eq(newest(h, "h/c/1"), 2);
	add_line("4", 7); /* "h/c/1 4 7 ROOT" is no line, the next one is */
	add_line("h/c/1", 6);
	cr_assert_eq(newest(h, "h/c/1"), 6);
	heads_destroy(h);
}
