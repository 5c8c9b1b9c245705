/*
 * Every call by which the store reaches its files fails in turn: once, or from then on; as an error
 * of the device, a full disk, a quota, an interruption, or half a write. From the creation of the
 * database to its close, and the bringing up to date of an older one. Nothing crashes, nothing is
 * called kept that is not there, nothing not kept that is, and once the fault is gone all works on.
 * Promises P1, P10 and P11 of reference/reliability.md.
 *   test_calls [STRIDE]     every STRIDE-th call; 1: all
 */
#undef _FORTIFY_SOURCE
#include "faults/disk.h"
#include "store/db.h"
#include "store/test_store_rig.h"

enum { ROUNDS = 4, SERIES = 2 };

/* ---- what was promised ---- */

struct ledger {
	bool created, imported, logged_in;
	bool maybe_imported; /* the answer was no, and an error may come after the deed */
	enum store_outcome told[SERIES][2 * ROUNDS];
	size_t count[SERIES];
};

static struct rig r;
static struct ledger l;
static const char *doing;
static long long runs, refused;

#define HOLDS(x)                                                                                   \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			(void)printf("FAIL %s: %s:%d: %s (%s)\n", doing, __FILE__, __LINE__, #x,   \
				     r.why);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static bool open_store(void)
{
	if (store_open(r.path, STORE_WRITE, &r.s, r.why) != ERR_OK) {
		HOLDS(r.why[0]); /* and it says why */
		r.s = NULL;
		return false;
	}
	store_on_done(r.s, rig_wake, &r);
	return true;
}

static enum store_outcome push(uint32_t i)
{
	static const char body[20000];
	struct record e = edit(6, l.count[i]);
	struct audit seen = joined(3);
	struct store_batch b = batch_of((struct series_id){i + 1}, &e, 1);

	e.body = (struct slice){body, 6000};
	b.audit = &seen;
	b.audit_count = 1;
	l.told[i][l.count[i]] = rig_commit(&r, &b);
	return l.told[i][l.count[i]++];
}

static const uint8_t secret[SERIES][STORE_HASH_BYTES] = {{7}, {8}};

static enum err import_both(void)
{
	static const char *const name[SERIES] = {"a", "b"};
	struct store_import in[SERIES];
	struct store_link link[SERIES];
	struct series_id id[SERIES];
	struct record first = {
	    .kind = RECORD_SERIES, .actor = SEAT_NONE, .for_seat = SEAT_NONE, .body = {"{}", 2}};

	for (size_t i = 0; i < SERIES; i++) {
		link[i] = (struct store_link){.reusable = true, .expires_ms = INT64_MAX};
		memcpy(link[i].secret_hash, secret[i], STORE_HASH_BYTES);
		in[i] = (struct store_import){.name = text(name[i]),
					      .record = &first,
					      .record_count = 1,
					      .link = &link[i],
					      .link_count = 1};
	}
	return store_import_all_now(r.s, in, SERIES, id, NULL, r.why);
}

static enum err log_in(uint64_t sid)
{
	struct store_session draft = {.sid = sid, .created_ms = 1, .expires_ms = INT64_MAX};
	struct answer a = {0};

	draft.token_hash[0] = (uint8_t)sid;
	store_login(r.s, secret[0], &draft, on_login, &a);
	rig_answered(&r, &a);
	return a.e;
}

/* ---- the life of a database, as far as it goes ---- */

static void live(void)
{
	if (!l.created) {
		l.created = store_create(r.path, r.why) == ERR_OK;
	}
	if (!l.created || !open_store()) {
		return;
	}
	if (!l.imported) {
		l.imported = import_both() == ERR_OK;
		l.maybe_imported = !l.imported;
	}
	l.logged_in = l.imported && log_in(5) == ERR_OK;
	for (size_t n = 0; l.imported && n < ROUNDS; n++) {
		(void)push(n % SERIES);
	}
	if (l.logged_in) {
		store_logout(r.s, 99); /* nobody's: it only writes */
	}
	rig_close(&r); /* checkpoints */
}

/* ---- afterwards, on a sound disk ---- */

static void each_session(void *arg, const struct store_session *session)
{
	*(bool *)arg = *(bool *)arg || session->sid == 5;
}

/* KEPT is there, NOT_KEPT is not, in order, each with its row of the audit. */
static void verify(uint32_t i)
{
	struct store_series *s = NULL;
	size_t at = 1;
	char sql[80];

	HOLDS(store_load_now(r.s, (struct series_id){i + 1}, &s, r.why) == ERR_OK);
	for (size_t n = 0; n < l.count[i]; n++) {
		bool is_there = at < s->record_count && s->record[at].cseq == n;

		HOLDS(l.told[i][n] != STORE_KEPT || is_there);
		HOLDS(l.told[i][n] != STORE_NOT_KEPT || !is_there);
		at += is_there ? 1 : 0;
	}
	HOLDS(at == s->record_count && s->last_seq == at);
	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE series = %u", i + 1);
	HOLDS(sql_number(&r, sql) == (long long)at - 1);
	store_series_destroy(s);
}

static void recover(void)
{
	bool has_session = false;

	if (!l.created && access(r.path, F_OK) != 0) {
		HOLDS(store_create(r.path, r.why) ==
		      ERR_OK); /* what lies there is not in the way */
	}
	HOLDS(open_store());
	if (!l.imported) {
		enum err e = import_both();

		HOLDS(e == ERR_OK || (e == ERR_GONE && l.maybe_imported));
	}
	HOLDS(store_sessions_now(r.s, 2, each_session, &has_session) == ERR_OK);
	HOLDS(has_session || !l.logged_in);
	for (int again = 0; again < 2; again++) {
		for (uint32_t i = 0; i < SERIES; i++) {
			verify(i);
			HOLDS(push(i) == STORE_KEPT);
		}
		HOLDS(store_check_now(r.s, r.why) == ERR_OK);
		rig_close(&r);
		HOLDS(open_store());
	}
	rig_close(&r);
}

/* ---- every call in turn ---- */

static void make_version_1(void)
{
	struct slice script[DB_NEWEST];
	struct db d = {0};
	int fd = open(r.path, O_CREAT | O_WRONLY, 0600);

	MUST(fd >= 0 && close(fd) == 0);
	db_scripts(script);
	MUST(db_open(&d, r.path, DB_WRITER, r.why) == ERR_OK);
	MUST(db_migrate(&d, 0, script, 1, r.why) == ERR_OK);
	db_close(&d);
}

/* One life with the n-th call failing; false when it had fewer. */
static bool fail_call(long long n, long long how, bool ever, bool is_old)
{
	l = (struct ledger){0};
	rig_init(&r);
	if (is_old) {
		make_version_1();
		l.created = true;
	}
	(void)snprintf(disk->prefix, sizeof disk->prefix, "%s", r.path);
	disk->calls = 0;
	disk->refused = 0;
	disk->how = how;
	disk->ever = ever;
	disk->mask = DISK_ALL;
	disk->fail_at = n;
	live();
	disk->fail_at = 0;
	refused += disk->refused;
	runs++;
	recover();
	disk->prefix[0] = '\0';
	rig_fini(&r);
	return disk->calls >= n && n < 100000;
}

static void arm(long long n, long long how, bool ever)
{
	disk->calls = 0;
	disk->how = how;
	disk->ever = ever;
	disk->mask = DISK_ALL & ~DISK_READ;
	disk->fail_at = n;
}

/* A database with two series, opened: its files are the disk's from now on. */
static void begin_life(void)
{
	l = (struct ledger){.created = true};
	rig_init(&r);
	MUST(store_create(r.path, r.why) == ERR_OK && open_store() && import_both() == ERR_OK);
	l.imported = true;
	(void)snprintf(disk->prefix, sizeof disk->prefix, "%s", r.path);
	rig_close(&r);
}

/* Once the disk is well again. */
static void go_on(void)
{
	disk->fail_at = 0;
	runs++;
	for (uint32_t i = 0; i < SERIES; i++) {
		HOLDS(push(i) == STORE_KEPT);
		verify(i);
	}
	HOLDS(log_in(9) == ERR_OK);
	rig_close(&r);
	disk->prefix[0] = '\0';
	rig_fini(&r);
}

/* The server goes on: the same store, the same connection, once the disk is well again. */
static bool fail_and_go_on(long long n, long long how, bool ever)
{
	begin_life();
	MUST(open_store());
	arm(n, how, ever);
	for (size_t i = 0; i < ROUNDS; i++) {
		(void)push(i % SERIES);
	}
	go_on();
	return disk->calls >= n;
}

/*
 * A call fails once while a store is opened: it is refused with a reason, or as good as any. For
 * the calls of the shared memory SQLite has a way round that ends in a store that never writes.
 */
static bool fail_open_and_go_on(long long n, long long how)
{
	bool had;

	begin_life();
	arm(n, how, false);
	if (!open_store()) {
		disk->fail_at = 0;
		HOLDS(open_store());
	}
	had = disk->calls >= n;
	go_on();
	return had;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		long long how;
	} kind[] = {{"EIO", EIO},
		    {"ENOSPC", ENOSPC},
		    {"EDQUOT", EDQUOT},
		    {"EINTR", EINTR},
		    {"half a write", DISK_SHORT}};
	long long stride = argc > 1 ? strtoll(argv[1], NULL, 10) : 29;
	char what[64];

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (access("/dev/shm", W_OK) == 0) {
		rig_base = "/dev/shm";
	}
	doing = what;
	for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
		bool had = true;

		for (long long n = 1; had; n++) {
			(void)snprintf(what, sizeof what, "%s at call %lld of opening",
				       kind[k].name, n);
			had = fail_open_and_go_on(n, kind[k].how);
		}
		for (int ever = 0; ever < 2; ever++) {
			long long step = ever ? stride * 3 : stride;
			/* interrupted for ever is no fault a disk has: the caller goes on for ever
			 */
			bool skips = ever && kind[k].how == EINTR;
			bool more[3] = {!skips, !skips, !skips};

			for (long long n = 1 + (long long)k % step; more[0] || more[1] || more[2];
			     n += step) {
				(void)snprintf(what, sizeof what, "%s at call %lld%s", kind[k].name,
					       n, ever ? " and after" : "");
				more[0] = more[0] && fail_call(n, kind[k].how, ever, false);
				more[1] = more[1] && fail_call(n, kind[k].how, ever, true);
				more[2] = more[2] && fail_and_go_on(n, kind[k].how, ever);
			}
		}
	}
	(void)printf("calls: %lld lives of a store, %lld calls failed, no promise broken\n", runs,
		     refused);
	return runs < 100;
}
