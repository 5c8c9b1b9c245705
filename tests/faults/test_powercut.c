/*
 * A power cut at every sync boundary, and between them: the store writes, what it promised is
 * noted, the disk is made as the cut may leave it, and the store's own code opens it again. All
 * that was promised must be there and all must be sound. Promise P1 of reference/reliability.md.
 *
 * The same with `synchronous` OFF and NORMAL must lose something, or this test sees nothing.
 *   test_powercut [POINTS [SEED]]
 */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>

#include "faults/image.h"
#include "store/db.h"
#include "store/test_store_rig.h"

enum { SERIES = 3, POINTS = 1200, PLANTED_POINTS = 150 };

/* ---- the word for how SQLite syncs, when it is to be another ---- */

static const char *sync_word = "FULL";

int sqlite3_exec(sqlite3 *h, const char *sql, int (*each)(void *, int, char **, char **), void *arg,
		 char **error)
{
	static int (*real)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *,
			   char **);
	static const char full[] = "PRAGMA synchronous = FULL;";
	const char *at = strstr(sql, full);
	char text[1024];

	if (!real) {
		*(void **)&real = dlsym(RTLD_NEXT, "sqlite3_exec");
	}
	if (!at || strcmp(sync_word, "FULL") == 0) {
		return real(h, sql, each, arg, error);
	}
	MUST(snprintf(text, sizeof text, "%.*sPRAGMA synchronous = %s;%s", (int)(at - sql), sql,
		      sync_word, at + strlen(full)) < (int)sizeof text);
	return real(h, text, each, arg, error);
}

/* ---- what was promised ---- */

struct promise {
	bool created;
	uint32_t series;        /* imported */
	uint32_t asked[SERIES]; /* commits handed over; each is an edit, an audit row and cells */
	uint32_t acked[SERIES]; /* of these, called kept */
	uint32_t logins;
};

static struct promise now;
static struct promise *promises;
static size_t promise_count, promise_cap;

static void said(void)
{
	mem_room(&promises, &promise_cap, promise_count, sizeof *promises);
	promises[promise_count++] = now;
	trace_said(promise_count);
}

/* ---- what the store does meanwhile ---- */

static char paper[128 * 1024];
static size_t body_most;

static struct record nth(uint32_t series, uint32_t n)
{
	struct record e = edit(6, n);

	e.body.ptr = paper + (n * 7 + series) % 1000;
	e.body.len = 1 + ((size_t)n * 7919 + series * 104729) % body_most;
	return e;
}

struct lane {
	struct record record;
	struct audit audit;
	struct cell_now cell;
	struct store_batch batch;
	struct answer answer;
};

/* One commit of each series, in one transaction. */
static void round_of(struct rig *r)
{
	static struct lane lane[SERIES];
	bool was_run;

	rig_hold(r, &was_run);
	for (uint32_t i = 0; i < SERIES; i++) {
		struct lane *l = &lane[i];

		*l = (struct lane){.record = nth(i, now.asked[i]++), .audit = joined(i)};
		l->cell = (struct cell_now){.cell = text("k"), .value = l->record.body};
		l->batch = (struct store_batch){.series = {i + 1},
						.record = &l->record,
						.record_count = 1,
						.audit = &l->audit,
						.audit_count = 1,
						.has_now = true,
						.now = &l->cell,
						.now_count = 1};
		store_commit(r->s, &l->batch, on_commit, &l->answer);
	}
	said();
	rig_release(r);
	for (uint32_t i = 0; i < SERIES; i++) {
		rig_answered(r, &lane[i].answer);
		MUST(lane[i].answer.outcome == STORE_KEPT);
		now.acked[i]++;
		said();
	}
}

static void open_store(struct rig *r)
{
	rig_open(r, STORE_WRITE);
	said();
}

static void import_all(struct rig *r)
{
	static const char *const name[SERIES] = {"a", "b", "c"};

	for (uint32_t i = 0; i < SERIES; i++) {
		MUST(rig_series(r, name[i]).n == i + 1);
		now.series++;
		said();
	}
}

static void log_in(struct rig *r)
{
	struct record first = {
	    .kind = RECORD_SERIES, .actor = SEAT_NONE, .for_seat = SEAT_NONE, .body = {"{}", 2}};
	struct store_link link = {.secret_hash = {9}, .reusable = true, .expires_ms = INT64_MAX};
	struct store_import in = {.name = text("guests"),
				  .record = &first,
				  .record_count = 1,
				  .link = &link,
				  .link_count = 1};
	struct store_session draft = {.sid = 5, .created_ms = 1, .expires_ms = INT64_MAX};
	struct series_id id;
	struct answer a = {0};

	MUST(store_import_now(r->s, &in, &id, r->why) == ERR_OK);
	store_login(r->s, link.secret_hash, &draft, on_login, &a);
	rig_answered(r, &a);
	MUST(a.e == ERR_OK);
	now.logins++;
	said();
}

/* From nothing: the file itself, small transactions, a close that folds the WAL in, and again. */
static void small(struct rig *r)
{
	body_most = 9000;
	trace_begin(r->path);
	MUST(store_create(r->path, r->why) == ERR_OK);
	now.created = true;
	said();
	for (int i = 0; i < 2; i++) {
		open_store(r);
		if (i == 0) {
			import_all(r);
			log_in(r);
		}
		for (int n = 0; n < 8; n++) {
			round_of(r);
		}
		rig_close(r);
	}
	trace_end();
}

/* Checkpoints while it runs, and a WAL that begins again from its start, over older frames. */
static void big(struct rig *r)
{
	body_most = 100 * 1024;
	MUST(store_create(r->path, r->why) == ERR_OK);
	now.created = true;
	trace_begin(r->path);
	open_store(r);
	import_all(r);
	for (int n = 0; n < 24; n++) {
		round_of(r);
	}
	rig_close(r);
	trace_end();
}

/* A database of version 1, brought up to date, then used. */
static void older(struct rig *r)
{
	struct slice script[DB_NEWEST];
	struct db d = {0};
	int fd = open(r->path, O_CREAT | O_WRONLY, 0600);

	body_most = 9000;
	MUST(fd >= 0 && close(fd) == 0);
	db_scripts(script);
	MUST(db_open(&d, r->path, DB_WRITER, r->why) == ERR_OK);
	MUST(db_migrate(&d, 0, script, 1, r->why) == ERR_OK);
	db_close(&d);
	sql_do(r, "INSERT INTO series VALUES (1, 'a', 5), (2, 'b', 5), (3, 'c', 5);"
		  "INSERT INTO journal SELECT NULL, id, 1, 9, 0, 0, 255, 255, 'own', 'series', '', "
		  "0, 0, 0, x'7B7D' FROM series");
	now.created = true;
	now.series = SERIES;
	trace_begin(r->path);
	said();
	open_store(r);
	for (int n = 0; n < 3; n++) {
		round_of(r);
	}
	rig_close(r);
	trace_end();
}

/* ---- looking at what is left ---- */

enum verdict { SOUND, LOST, DAMAGED, VERDICTS };

static char verdict_why[STORE_WHY_BYTES + 128];

#define SAY(v, ...) ((void)snprintf(verdict_why, sizeof verdict_why, __VA_ARGS__), (v))

static enum verdict look_series(struct store *s, uint32_t i, const struct promise *p,
				uint32_t *found)
{
	struct store_series *l = NULL;
	char why[STORE_WHY_BYTES] = "";
	enum verdict v = SOUND;
	enum err e = store_load_now(s, (struct series_id){i + 1}, &l, why);

	*found = 0;
	if (e == ERR_GONE && i >= p->series) {
		return SOUND; /* not yet imported */
	}
	if (e != ERR_OK) {
		return SAY(e == ERR_GONE ? LOST : DAMAGED, "series %u: %s", i + 1, why);
	}
	for (size_t n = 1; n < l->record_count && v == SOUND; n++) {
		struct record want = nth(i, (uint32_t)n - 1);

		if (l->record[n].cseq != n - 1 || !slice_eq(l->record[n].body, want.body)) {
			v = SAY(DAMAGED, "series %u: entry %zu is another", i + 1, n);
		}
	}
	*found = (uint32_t)l->record_count - 1;
	if (v == SOUND && *found < p->acked[i]) {
		v = SAY(LOST, "series %u: %u acknowledged, %u there", i + 1, p->acked[i], *found);
	}
	if (v == SOUND && *found > p->asked[i]) {
		v = SAY(DAMAGED, "series %u: %u asked, %u there", i + 1, p->asked[i], *found);
	}
	store_series_destroy(l);
	return v;
}

/* -1 where it cannot be read. */
static long long count_audit(const struct rig *r)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;
	long long n = -1;

	if (sqlite3_open(r->path, &h) == SQLITE_OK &&
	    sqlite3_prepare_v2(h, "SELECT count(*) FROM audit", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		n = sqlite3_column_int64(st, 0);
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(h);
	return n;
}

/* A batch is whole: as many audit rows as edits, and the cells of the last one. */
static enum verdict look_whole(struct store *s, const struct rig *r, const uint32_t *found)
{
	struct store_derived d;
	struct arena mem;
	enum verdict v = SOUND;
	long long sum = 0;

	for (uint32_t i = 0; i < SERIES && v == SOUND; i++) {
		arena_init(&mem);
		sum += found[i];
		if (found[i] > 0 &&
		    (store_derived_now(s, (struct series_id){i + 1}, &mem, &d, NULL) != ERR_OK ||
		     d.seq != found[i] + 1 || d.count != 1 ||
		     !slice_eq(d.cell[0].value, nth(i, found[i] - 1).body))) {
			v = SAY(DAMAGED, "series %u: its cells are of another batch", i + 1);
		}
		arena_fini(&mem);
	}
	if (v == SOUND && count_audit(r) != sum) {
		v = SAY(DAMAGED, "the audit is not of these batches");
	}
	return v;
}

static void each_session(void *arg, const struct store_session *session)
{
	*(uint32_t *)arg += session->sid == 5;
}

static enum verdict look_inside(struct rig *r, const struct promise *p)
{
	uint32_t found[SERIES];
	uint32_t logins = 0;
	enum verdict v = SOUND;

	for (uint32_t i = 0; i < SERIES && v == SOUND; i++) {
		v = look_series(r->s, i, p, &found[i]);
	}
	if (v == SOUND) {
		v = look_whole(r->s, r, found);
	}
	if (v == SOUND &&
	    (store_sessions_now(r->s, 2, each_session, &logins) != ERR_OK || logins < p->logins)) {
		v = SAY(LOST, "a login");
	}
	if (v == SOUND && store_check_now(r->s, r->why) != ERR_OK) {
		v = SAY(DAMAGED, "check: %s", r->why);
	}
	return v;
}

/* It is opened and looked at; now and then once more, after what the first opening did to it. */
static enum verdict look(struct rig *r, const struct promise *p)
{
	struct stat st;
	enum verdict v = SOUND;

	if (stat(r->path, &st) != 0) {
		if (p->created) {
			return SAY(LOST, "the database is not there");
		}
		if (store_create(r->path, r->why) != ERR_OK) { /* what is left is not in the way */
			return SAY(DAMAGED, "create: %s", r->why);
		}
		return SOUND;
	}
	for (int i = image_dice(4) ? 1 : 0; i < 2 && v == SOUND; i++) {
		if (store_open(r->path, STORE_WRITE, &r->s, r->why) != ERR_OK) {
			return SAY(DAMAGED, "open: %s", r->why);
		}
		store_on_done(r->s, rig_wake, r);
		v = look_inside(r, p);
		rig_close(r);
	}
	return v;
}

/* ---- all cuts of one run ---- */

static struct {
	size_t points, boundaries, verdict[VERDICTS];
	char first[512]; /* the first bad one */
} sum;

static struct rig cuts; /* where the images are made */

static void cut_once(const struct platter *p, const struct cut *c, const char *name)
{
	static const struct promise none;
	enum verdict v;

	platter_cut(p, c, cuts.path);
	v = look(&cuts, p->said ? &promises[p->said - 1] : &none);
	sum.points++;
	sum.verdict[v]++;
	if (v != SOUND && !sum.first[0]) {
		(void)snprintf(sum.first, sizeof sum.first,
			       "%s: after %zu of %zu calls, mode %d, sectors of %zu: %s", name,
			       p->at, trace.count, (int)c->mode, c->sector, verdict_why);
	}
}

static bool is_boundary(size_t at)
{
	return (at < trace.count &&
		(trace.op[at].kind == OP_SYNC || trace.op[at].kind == OP_SYNC_DIR)) ||
	       (at > 0 &&
		(trace.op[at - 1].kind == OP_SYNC || trace.op[at - 1].kind == OP_SYNC_DIR));
}

/* Half of the images are made at sync boundaries, the others anywhere. */
static void cut_all(const char *name, size_t points)
{
	static struct platter p;
	size_t boundaries = 0;
	size_t done = 0;

	for (size_t at = 0; at <= trace.count; at++) {
		boundaries += is_boundary(at);
	}
	sum.boundaries += boundaries;
	platter_begin(&p);
	for (size_t at = 0; at <= trace.count; at++) {
		size_t part = is_boundary(at) ? points / 2 * 1000 / (boundaries + 1)
					      : points / 2 * 1000 / (trace.count + 1);

		for (part += image_dice(1000); part >= 1000; part -= 1000) {
			struct cut c = {.mode = (enum cut_mode)(done++ % CUT_MODES),
					.sector = image_dice(2) ? 512 : 4096,
					.salt = image_dice(1u << 30)};

			cut_once(&p, &c, name);
		}
		if (at < trace.count) {
			platter_step(&p);
		}
	}
	platter_fini(&p);
}

typedef void run(struct rig *r);

static void play(run *scenario, const char *name, size_t points, const char *sync)
{
	struct rig r;

	now = (struct promise){0};
	promise_count = 0;
	rig_init(&r);
	sync_word = sync;
	scenario(&r);
	sync_word = "FULL";
	cut_all(name, points);
	trace_free();
	rig_open(&r, STORE_WRITE);
	rig_fini(&r);
}

/* What is not synced must be missed. */
static void planted(const char *word)
{
	memset(&sum, 0, sizeof sum);
	play(small, "small", PLANTED_POINTS, word);
	(void)printf("synchronous=%s: %zu cuts, %zu lost, %zu damaged: %s\n", word, sum.points,
		     sum.verdict[LOST], sum.verdict[DAMAGED], sum.first);
	MUST(sum.verdict[LOST] + sum.verdict[DAMAGED] > 10);
}

int main(int argc, char **argv)
{
	size_t points = argc > 1 ? strtoul(argv[1], NULL, 10) : POINTS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	struct timespec a, b;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	MUST(clock_gettime(CLOCK_MONOTONIC, &a) == 0);
	image_state = seed * 2 + 1;
	for (size_t i = 0; i < sizeof paper; i++) {
		paper[i] = (char)('a' + (i * 31 + i / 97) % 26);
	}
	if (access("/dev/shm", W_OK) == 0) {
		rig_base = "/dev/shm";
	}
	rig_init(&cuts);
	planted("OFF");
	planted("NORMAL");
	memset(&sum, 0, sizeof sum);
	play(small, "small", points * 6 / 10, "FULL");
	play(big, "big", points * 2 / 10, "FULL");
	play(older, "older", points * 2 / 10, "FULL");
	MUST(clock_gettime(CLOCK_MONOTONIC, &b) == 0);
	rig_fini(&cuts);
	if (sum.first[0]) {
		(void)printf("FAIL %s\n", sum.first);
	}
	(void)printf(
	    "powercut: seed %lu, %zu sync boundaries, %zu cuts, %zu lost, %zu damaged; %.1f s\n",
	    (unsigned long)seed, sum.boundaries, sum.points, sum.verdict[LOST],
	    sum.verdict[DAMAGED],
	    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return sum.verdict[LOST] + sum.verdict[DAMAGED] > 0;
}
