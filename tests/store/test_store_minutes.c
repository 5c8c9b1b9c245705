/* Signed minutes on the disk: what is added stays, whoever asks; only the text of a leaf can go. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/db.h"
#include "store/minutes_db.h"
#include "test_store_rig.h"

#define HASH_OF "00112233445566778899aabbccddeeff00112233445566778899aabbccddee" /* and a byte */

static struct rig r;
static struct minutes_db *m;
static struct series_id series;
static char why[STORE_WHY_BYTES];

static void begin(void)
{
	struct record first = {.kind = RECORD_SERIES,
			       .at_ms = 1,
			       .actor = SEAT_NONE,
			       .for_seat = SEAT_NONE,
			       .body = {"{}", 2}};
	struct store_import in = {
	    .name = {"one", 3}, .record = &first, .record_count = 1, .pending = {"{}", 2}};

	rig_begin(&r);
	cr_assert_eq(store_import_now(r.s, &in, &series, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_open(r.path, true, &m, why), ERR_OK, "%s", why);
}

static void end(void)
{
	minutes_db_close(m);
	m = NULL;
	rig_fini(&r);
}

TestSuite(minutes, .init = begin, .fini = end);

static struct min_hash hash_of(unsigned n)
{
	struct min_hash h = {{(uint8_t)n, (uint8_t)(n >> 8), 7}};

	return h;
}

/* `count` leaves from `from` on, behind one entry. */
static void change_of(struct min_change *c, uint32_t entry, unsigned from, unsigned count)
{
	static const char ords[256][17];

	*c = (struct min_change){0};
	arena_init(&c->mem);
	c->entry = arena_alloc(&c->mem, sizeof *c->entry);
	c->leaf = arena_alloc(&c->mem, count * sizeof *c->leaf);
	*c->entry =
	    (struct min_row_entry){.index = entry, .header = text("a\nb\n"), .root = hash_of(9)};
	c->entry_count = 1;
	for (unsigned i = 0; i < count; i++) {
		char *ord = arena_alloc(&c->mem, 17);

		memcpy(ord, ords[0], 17);
		ord[16] = (char)i;
		c->leaf[i] = (struct min_row_leaf){.entry = entry,
						   .label = 3,
						   .ord = {ord, 17},
						   .hash = hash_of(from + i),
						   .d = text("geheim"),
						   .time = 5};
	}
	c->leaf_count = count;
	c->body = text("{\"a\":1}");
}

static void change_end(struct min_change *c)
{
	arena_fini(&c->mem);
}

static int64_t made(void)
{
	struct min_change c;
	int64_t id = 0;

	change_of(&c, 0, 100, 3);
	cr_assert_eq(
	    minutes_db_create(m, &(struct minutes_new){series, 4, 0, text("h/c/1")}, &c, &id, why),
	    ERR_OK, "%s", why);
	change_end(&c);
	return id;
}

static enum err append(int64_t id, uint32_t entries, uint32_t leaves, const struct min_change *c)
{
	return minutes_db_append(
	    m, &(struct minutes_grow){.id = id, .entries = entries, .leaves = leaves}, c, why);
}

Test(minutes, comes_back_as_it_went)
{
	struct minutes_stored *s = NULL;
	struct min_change c;
	int64_t id = made();

	change_of(&c, 1, 200, 2);
	c.body = (struct slice){0};
	cr_assert_eq(append(id, 1, 3, &c), ERR_OK, "%s", why);
	change_end(&c);
	cr_assert_eq(minutes_db_load(m, series, 4, &s, why), ERR_OK, "%s", why);
	cr_assert(s->id == id && s->seq == 4 && s->fork == 0 && s->entries == 2 && s->leaves == 5);
	cr_assert(slice_is(s->origin, "h/c/1") && slice_is(s->rows.body, "{\"a\":1}"));
	cr_assert(s->rows.entry_count == 2 && s->rows.leaf_count == 5);
	cr_assert(slice_is(s->rows.entry[1].header, "a\nb\n"));
	for (unsigned i = 0; i < 5; i++) {
		struct min_hash want = hash_of(i < 3 ? 100 + i : 197 + i);

		cr_assert(min_hash_eq(&s->rows.leaf[i].hash, &want));
		cr_assert(slice_is(s->rows.leaf[i].d, "geheim") && s->rows.leaf[i].time == 5 &&
			  s->rows.leaf[i].ord.len == 17 && s->rows.leaf[i].label == 3);
	}
	minutes_stored_free(s);
	cr_assert_eq(minutes_db_load(m, series, 5, &s, why), ERR_GONE);
}

/* By statements of many rows and of one. */
Test(minutes, many_leaves_come_back_each_as_it_went)
{
	for (unsigned count = 1, fork = 1; count < 250; count += 31, fork++) {
		struct minutes_new log = {series, 4, fork,
					  slice_of((char[]){'h', (char)('a' + fork), 0})};
		struct minutes_stored *s = NULL;
		struct min_change c;
		int64_t id = 0;

		change_of(&c, 0, 100, count);
		for (unsigned i = 0; i < count; i++) {
			c.leaf[i].label = (uint16_t)(i / 7);
			c.leaf[i].time = i;
			c.leaf[i].d = arena_printf(&c.mem, "leaf %u", i);
		}
		cr_assert_eq(minutes_db_create(m, &log, &c, &id, why), ERR_OK, "%s", why);
		cr_assert_eq(minutes_db_load_id(m, id, &s, why), ERR_OK, "%s", why);
		cr_assert_eq(s->rows.leaf_count, count);
		for (unsigned i = 0; i < count; i++) {
			const struct min_row_leaf *l = &s->rows.leaf[i];

			cr_assert(l->entry == 0 && l->label == i / 7 && l->time == i &&
				  min_hash_eq(&l->hash, &c.leaf[i].hash) &&
				  slice_eq(l->d, c.leaf[i].d) && slice_eq(l->ord, c.leaf[i].ord));
		}
		minutes_stored_free(s);
		change_end(&c);
	}
}

Test(minutes, who_knew_less_adds_nothing)
{
	struct minutes_stored *s = NULL;
	struct min_change c;
	int64_t id = made(), other;

	change_of(&c, 1, 200, 2);
	cr_assert_eq(append(id, 0, 3, &c), ERR_STALE);
	cr_assert_eq(append(id, 1, 2, &c), ERR_STALE);
	cr_assert_eq(append(id + 1, 1, 3, &c), ERR_STALE, "there is no such log");
	cr_assert_eq(append(id, 1, 3, &c), ERR_OK, "%s", why);
	cr_assert_eq(append(id, 1, 3, &c), ERR_STALE);
	cr_assert_eq(minutes_db_create(m, &(struct minutes_new){series, 4, 0, text("h/c/2")}, &c,
				       &other, why),
		     ERR_STALE, "another made it meanwhile");
	change_end(&c);
	cr_assert_eq(minutes_db_load(m, series, 4, &s, why), ERR_OK);
	cr_assert_eq(s->leaves, 5);
	minutes_stored_free(s);
}

Test(minutes, what_cannot_be_added_whole_is_not_added)
{
	struct minutes_stored *s = NULL;
	struct min_change c;
	int64_t id = made();
	struct min_hash nowhere = hash_of(999);

	change_of(&c, 1, 200, 2);
	c.leaf[1].entry = 0; /* another is there already */
	cr_assert_eq(append(id, 1, 3, &c), ERR_IO);
	change_end(&c);
	change_of(&c, 1, 200, 150);
	c.leaf[100].entry = 0;
	c.leaf[100].ord = c.leaf[2].ord;
	cr_assert_eq(append(id, 1, 3, &c), ERR_IO, "one of many at once");
	change_end(&c);
	change_of(&c, 1, 200, 2);
	c.erased = &nowhere;
	c.erased_count = 1;
	cr_assert_eq(append(id, 1, 3, &c), ERR_IO);
	change_end(&c);
	cr_assert_eq(minutes_db_load(m, series, 4, &s, why), ERR_OK);
	cr_assert(s->entries == 1 && s->leaves == 3);
	minutes_stored_free(s);
}

Test(minutes, the_newest_copy_of_a_log_counts)
{
	struct minutes_stored *s = NULL;
	struct min_change c;
	int64_t id;

	(void)made();
	change_of(&c, 0, 100, 3);
	cr_assert_eq(
	    minutes_db_create(m, &(struct minutes_new){series, 4, 1, text("h/c/2")}, &c, &id, why),
	    ERR_OK);
	change_end(&c);
	cr_assert_eq(minutes_db_load(m, series, 4, &s, why), ERR_OK);
	cr_assert(s->id == id && s->fork == 1);
	minutes_stored_free(s);
}

/* Nothing but the program's own good will keeps rows; the tables keep them from everybody. */
Test(minutes, the_tables_let_nothing_be_changed)
{
	static const char *const bad[] = {
	    "DELETE FROM minutes_log",
	    "DELETE FROM minutes_entry",
	    "DELETE FROM minutes_leaf",
	    "UPDATE minutes_log SET entries = entries - 1",
	    "UPDATE minutes_log SET origin = 'x'",
	    "UPDATE minutes_log SET seq = 9",
	    "UPDATE minutes_entry SET header = x'00'",
	    "UPDATE minutes_entry SET sig = zeroblob(64)",
	    "UPDATE minutes_leaf SET d = x'00'",
	    "UPDATE minutes_leaf SET hash = zeroblob(32), d = NULL",
	    "UPDATE minutes_leaf SET at = 9",
	    "UPDATE minutes_leaf SET label = 9, d = NULL",
	};

	(void)made();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		sqlite3 *h = NULL;

		cr_assert_eq(sqlite3_open(r.path, &h), SQLITE_OK);
		cr_assert_eq(sqlite3_exec(h, bad[i], NULL, NULL, NULL), SQLITE_CONSTRAINT, "%s",
			     bad[i]);
		cr_assert_eq(sqlite3_exec(h, "UPDATE minutes_leaf SET d = NULL WHERE label = 99",
					  NULL, NULL, NULL),
			     SQLITE_OK);
		sqlite3_close(h);
	}
}

/* ---- an older database ---- */

static const char rows_of_6[] =
    "INSERT INTO series VALUES (7, '春', 5);"
    "INSERT INTO minutes_log VALUES (3, 7, 4, 0, 'h/c/1', 1, 3, x'7B7D');"
    "INSERT INTO minutes_entry VALUES (3, 0, x'610A', zeroblob(32), zeroblob(64));"
    "INSERT INTO minutes_leaf VALUES (5, 3, 0, 1, zeroblob(17), x'" HASH_OF "01', x'6162', 8);"
    "INSERT INTO minutes_leaf VALUES (6, 3, 0, 2, zeroblob(17), x'" HASH_OF "02', NULL, 9);"
    "INSERT INTO minutes_leaf VALUES (9, 3, 2, 1, zeroblob(17), x'" HASH_OF "03', x'63', 10);"
    "INSERT INTO minutes_approval VALUES (3, zeroblob(32), 2, 'request', 7);"
    "INSERT INTO minutes_erase VALUES (1, 3, 'k', 7, 0)";
/* Each column of each leaf in one line: before, and after. */
static const char leaves_of[] =
    "SELECT group_concat(id || ' ' || log || ' ' || entry || ' ' || label || ' ' || hex(ord) || ' '"
    " || hex(hash) || ' ' || ifnull(hex(d), 'gone') || ' ' || at, x'0A') FROM minutes_leaf";

static struct slice leaves(struct arena *mem)
{
	sqlite3_stmt *st = NULL;
	struct slice out;
	sqlite3 *h = NULL;

	cr_assert_eq(sqlite3_open(r.path, &h), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(h, leaves_of, -1, &st, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_step(st), SQLITE_ROW);
	out = arena_dup(mem, db_column(st, 0));
	(void)sqlite3_finalize(st);
	sqlite3_close(h);
	return out;
}

Test(minutes, leaves_of_a_database_of_version_6_are_the_same_in_a_newer_one)
{
	struct slice script[DB_NEWEST];
	struct minutes_stored *s = NULL;
	struct slice before;
	struct arena mem;
	struct db d;

	arena_init(&mem);
	minutes_db_close(m);
	rig_close(&r);
	cr_assert_eq(unlink(r.path), 0);
	close(open(r.path, O_CREAT | O_WRONLY, 0600));
	db_scripts(script);
	cr_assert_eq(db_open(&d, r.path, DB_WRITER, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(db_migrate(&d, 0, script, 6, r.why), ERR_OK, "%s", r.why);
	db_close(&d);
	sql_do(&r, rows_of_6);
	before = leaves(&mem);
	cr_assert_gt(before.len, 300);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(sql_number(&r, "PRAGMA user_version"), DB_NEWEST);
	cr_assert(slice_eq(leaves(&mem), before));
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
				    " AND tbl_name = 'minutes_leaf'"),
		     1);
	cr_assert_eq(sql_number(&r, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"
				    " AND tbl_name = 'minutes_leaf'"),
		     2);
	cr_assert_eq(sql_number(&r, "SELECT (SELECT count(*) FROM minutes_entry)"
				    " + (SELECT count(*) FROM minutes_approval)"
				    " + (SELECT count(*) FROM minutes_erase)"),
		     3);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(minutes_db_open(r.path, true, &m, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_load_id(m, 3, &s, why), ERR_OK, "%s", why);
	cr_assert(s->rows.leaf_count == 3 && !s->rows.leaf[1].d.ptr &&
		  slice_is(s->rows.leaf[2].d, "c"));
	minutes_stored_free(s);
	arena_fini(&mem);
}

static bool holds_secret(const char *path)
{
	char block[1 << 16];
	FILE *f = fopen(path, "rb");
	bool found = false;
	size_t n;

	cr_assert(f, "%s", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		found = found || memmem(block, n, "geheim", 6);
	}
	fclose(f);
	return found;
}

Test(minutes, an_erased_text_is_not_in_the_file_any_more)
{
	struct minutes_stored *s = NULL;
	struct min_change c = {0};
	struct min_hash all[3] = {hash_of(100), hash_of(101), hash_of(102)};
	int64_t id = made();

	minutes_db_close(m);
	rig_close(&r);
	cr_assert(holds_secret(r.path), "or the test shows nothing");
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(minutes_db_open(r.path, true, &m, why), ERR_OK);
	c.erased = all;
	c.erased_count = 3;
	cr_assert_eq(append(id, 1, 3, &c), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_load(m, series, 4, &s, why), ERR_OK);
	cr_assert(!s->rows.leaf[0].d.ptr && !s->rows.leaf[2].d.ptr);
	cr_assert(min_hash_eq(&s->rows.leaf[0].hash, &all[0]));
	minutes_stored_free(s);
	minutes_db_close(m);
	m = NULL;
	rig_close(&r); /* the last one folds the log of the database */
	cr_assert(!holds_secret(r.path));
	rig_open(&r, STORE_WRITE);
}

Test(minutes, codes_and_tries)
{
	struct minutes_code code;

	cr_assert_eq(minutes_db_code(m, series, 2, &code, why), ERR_GONE);
	cr_assert_eq(minutes_db_code_set(m, series, 2, "$argon2id$x", 7, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_code_set(m, series, 2, "$argon2id$y", 7, why), ERR_RULE);
	cr_assert_eq(minutes_db_code_tried(m, series, 2, 3, 99, why), ERR_OK);
	cr_assert_eq(minutes_db_code(m, series, 2, &code, why), ERR_OK);
	cr_assert(strcmp(code.hash, "$argon2id$x") == 0 && code.failures == 3 &&
		  code.until_ms == 99);
	cr_assert_eq(minutes_db_code(m, series, 3, &code, why), ERR_GONE);
}

Test(minutes, approvals_wait_until_it_is_done)
{
	struct minutes_approval a = {.seat = 2, .at = 5, .basis = "request"},
				found[MINUTES_APPROVALS_MAX];
	struct min_change c = {0};
	struct min_hash leaf = hash_of(100);
	struct minutes_erasure *waits;
	struct arena mem;
	int64_t id = made();
	size_t count;

	cr_assert_eq(minutes_db_approve(m, id, &leaf, &a, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_approve(m, id, &leaf, &a, why), ERR_OK, "%s", why);
	a.seat = 4;
	a.at = 4;
	cr_assert_eq(minutes_db_approve(m, id, &leaf, &a, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_approvals(m, id, &leaf, found, &count, why), ERR_OK);
	cr_assert(count == 2 && found[0].seat == 4 && found[1].seat == 2 &&
		  strcmp(found[1].basis, "request") == 0 && found[1].at == 5);
	c.erased = &leaf;
	c.erased_count = 1;
	cr_assert_eq(
	    minutes_db_append(
		m, &(struct minutes_grow){.id = id, .entries = 1, .leaves = 3, .approved = &leaf},
		&c, why),
	    ERR_OK);
	cr_assert_eq(minutes_db_approvals(m, id, &leaf, found, &count, why), ERR_OK);
	cr_assert_eq(count, 0);
	/* Of no cell, but the WAL still holds it: it waits until nobody writes there. */
	arena_init(&mem);
	cr_assert_eq(minutes_db_erasures(m, &mem, &waits, &count, why), ERR_OK, "%s", why);
	cr_assert(count == 1 && waits[0].series.n == series.n && waits[0].cell.len == 0);
	cr_assert_eq(minutes_db_erased(m, waits[0].id, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_erasures(m, &mem, &waits, &count, why), ERR_OK, "%s", why);
	cr_assert_eq(count, 0);
	arena_fini(&mem);
}

Test(minutes, the_last_seal_record_is_found)
{
	struct minutes_seal seal;
	struct record rec = {.kind = RECORD_SEAL,
			     .at_ms = 1234,
			     .actor = 2,
			     .for_seat = 2,
			     .body = {"{\"deadline\":99}", 15}};

	cr_assert_eq(minutes_db_seal(m, series, &seal, why), ERR_GONE);
	cr_assert_eq(
	    rig_commit(&r,
		       &(struct store_batch){.series = series, .record = &rec, .record_count = 1}),
	    STORE_KEPT);
	cr_assert_eq(minutes_db_seal(m, series, &seal, why), ERR_OK, "%s", why);
	cr_assert(seal.seq == 2 && seal.at_ms == 1234 && seal.deadline_ms == 99);
}

/* ---- passkeys ---- */

static struct minutes_passkey passkey_of(char c, int64_t made_ms)
{
	struct minutes_passkey key = {.id_len = 16, .spki_len = 91, .made_ms = made_ms};

	memset(key.id, c, key.id_len);
	memset(key.spki, c, key.spki_len);
	return key;
}

static size_t passkeys_of(uint8_t seat, struct minutes_passkey out[MINUTES_PASSKEYS_MAX])
{
	size_t count;

	cr_assert_eq(minutes_db_passkeys(m, series, seat, out, &count, why), ERR_OK, "%s", why);
	return count;
}

Test(minutes, passkeys_of_a_seat_are_kept_until_they_are_ended)
{
	struct minutes_passkey a = passkey_of('a', 10), b = passkey_of('b', 20),
			       found[MINUTES_PASSKEYS_MAX];
	struct slice id = {(const char *)a.id, a.id_len};

	cr_assert_eq(passkeys_of(2, found), 0);
	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &a, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &b, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &a, why), ERR_RULE, "it has that one");
	cr_assert_eq(minutes_db_passkey_add(m, series, 3, &a, why), ERR_OK, "another's");
	cr_assert_eq(passkeys_of(2, found), 2);
	cr_assert(found[0].made_ms == 20 && memcmp(found[0].id, b.id, b.id_len) == 0 &&
		      memcmp(found[0].spki, b.spki, b.spki_len) == 0,
		  "the newest first");
	cr_assert(found[1].made_ms == 10 && found[1].id_len == 16 && found[1].spki_len == 91);
	cr_assert_eq(minutes_db_passkey_end(m, series, 2, id, 30, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_passkey_end(m, series, 2, id, 31, why), ERR_GONE);
	cr_assert_eq(passkeys_of(2, found), 1);
	cr_assert_eq(passkeys_of(3, found), 1, "its own is its own");
	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &a, why), ERR_RULE, "a lost one is lost");
}

Test(minutes, a_passkey_is_neither_changed_nor_taken_away)
{
	static const char *const wrong[] = {
	    "UPDATE minutes_passkey SET spki = x'01' WHERE ended_ms IS NULL",
	    "UPDATE minutes_passkey SET seat = 5 WHERE ended_ms IS NULL",
	    "UPDATE minutes_passkey SET id = x'01' WHERE ended_ms IS NULL",
	    "UPDATE minutes_passkey SET made_ms = 1 WHERE ended_ms IS NULL",
	    "UPDATE minutes_passkey SET ended_ms = NULL WHERE ended_ms NOTNULL",
	    "DELETE FROM minutes_passkey"};
	struct minutes_passkey a = passkey_of('a', 10), b = passkey_of('b', 10);
	struct slice id = {(const char *)a.id, a.id_len};

	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &a, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_passkey_add(m, series, 2, &b, why), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_passkey_end(m, series, 2, id, 30, why), ERR_OK, "%s", why);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		sqlite3 *h = NULL;

		cr_assert_eq(sqlite3_open(r.path, &h), SQLITE_OK);
		cr_assert_eq(sqlite3_exec(h, wrong[i], NULL, NULL, NULL), SQLITE_CONSTRAINT, "%s",
			     wrong[i]);
		cr_assert_eq(sqlite3_close(h), SQLITE_OK);
	}
}
