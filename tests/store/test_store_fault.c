/*
 * Disks that fail, at every call in turn: a layer under SQLite counts and breaks what the store
 * writes. Promises P1, P2 and P11 of reference/reliability.md. Exits 0 when all hold.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "test_store_rig.h"

/* ---- a disk with faults and a size ---- */

static struct {
	atomic_long calls;   /* writes, syncs and truncations so far */
	atomic_long fail_at; /* the number of the call that fails; 0 none */
	atomic_int fail_rc;
	atomic_bool fail_ever; /* and all after it */
	atomic_bool fail_db;   /* the database file cannot be written, its WAL can */
	atomic_long wal_syncs;
	atomic_long opens; /* of the database file */
	atomic_llong room; /* bytes all files may have; 0 no limit */
	char path[96];
} disk;

static const sqlite3_io_methods *real[2]; /* of the WAL, of the database file */
static sqlite3_io_methods faulty[2];

static const sqlite3_io_methods *below(sqlite3_file *f)
{
	return f->pMethods == &faulty[0] ? real[0] : real[1];
}

static long long size_of(const char *suffix)
{
	char p[128];
	struct stat st;

	(void)snprintf(p, sizeof p, "%s%s", disk.path, suffix);
	return stat(p, &st) == 0 ? (long long)st.st_size : 0;
}

static bool has_room(long long more)
{
	return disk.room == 0 || more <= 0 ||
	       size_of("") + size_of("-wal") + size_of(".ballast") + more <= disk.room;
}

static int fault(void)
{
	long n = atomic_fetch_add(&disk.calls, 1) + 1;

	return disk.fail_at && (disk.fail_ever ? n >= disk.fail_at : n == disk.fail_at)
		   ? disk.fail_rc
		   : SQLITE_OK;
}

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	bool is_wal = f->pMethods == &faulty[0];
	int rc = fault();

	if (rc == SQLITE_OK && !has_room(at + n - size_of(is_wal ? "-wal" : ""))) {
		rc = SQLITE_FULL;
	}
	if (rc == SQLITE_OK && disk.fail_db && !is_wal) {
		rc = SQLITE_IOERR_WRITE;
	}
	return rc == SQLITE_OK ? below(f)->xWrite(f, p, n, at) : rc;
}

static int on_sync(sqlite3_file *f, int flags)
{
	int rc = fault();

	if (f->pMethods == &faulty[0]) {
		disk.wal_syncs++;
	}
	return rc == SQLITE_OK ? below(f)->xSync(f, flags) : rc;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = fault();

	return rc == SQLITE_OK ? below(f)->xTruncate(f, size) : rc;
}

static int on_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
	int which = (flags & SQLITE_OPEN_WAL) ? 0 : 1;
	int rc = sqlite3_vfs_find("unix")->xOpen(v, name, f, flags, out);

	disk.opens += which;
	if (f->pMethods && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB))) {
		real[which] = f->pMethods;
		faulty[which] = *f->pMethods;
		faulty[which].xWrite = on_write;
		faulty[which].xSync = on_sync;
		faulty[which].xTruncate = on_truncate;
		f->pMethods = &faulty[which];
	}
	return rc;
}

/* Stands before the C library's: the store's ballast obeys the size of the disk too. */
int posix_fallocate(int fd, off_t at, off_t bytes)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !has_room(at + bytes - st.st_size)) {
		return ENOSPC;
	}
	return fallocate(fd, 0, at, bytes) == 0 ? 0 : errno;
}

static void mount_faulty(void)
{
	static sqlite3_vfs v;

	v = *sqlite3_vfs_find("unix");
	v.zName = "faulty";
	v.pNext = NULL;
	v.xOpen = on_open;
	MUST(sqlite3_vfs_register(&v, 1) == SQLITE_OK);
}

static void heal(void)
{
	disk.fail_at = 0;
	disk.fail_ever = false;
	disk.fail_db = false;
	disk.room = 0;
}

static void begin(struct rig *r)
{
	heal();
	rig_init(r);
	(void)snprintf(disk.path, sizeof disk.path, "%s", r->path);
	MUST(store_create(r->path, r->why) == ERR_OK);
	rig_open(r, STORE_WRITE);
}

/* ---- what was promised to whom ---- */

enum { TRIES = 6, BODY_BYTES = 3000 };

struct ledger {
	struct series_id id;
	enum store_outcome told[TRIES + 1];
	size_t count;
};

static const char *body(void)
{
	static char b[256 * 1024];

	memset(b, 'a', sizeof b);
	return b;
}

static enum store_outcome push(struct rig *r, struct ledger *l)
{
	struct record e = edit(6, l->count);
	struct store_batch b = batch_of(l->id, &e, 1);

	e.body = (struct slice){body(), BODY_BYTES};
	MUST(l->count <= TRIES);
	l->told[l->count] = rig_commit(r, &b);
	return l->told[l->count++];
}

/* KEPT is there, NOT_KEPT is not, in order and without a gap. */
static void verify(struct rig *r, const struct ledger *l)
{
	struct store_series *s = NULL;
	size_t at = 1; /* behind the imported entry */
	enum err e = store_load_now(r->s, l->id, &s, r->why);

	if (e != ERR_OK) {
		(void)fprintf(stderr, "load: %s\n", r->why);
	}
	MUST(e == ERR_OK);
	for (size_t n = 0; n < l->count; n++) {
		bool is_there = at < s->record_count && s->record[at].cseq == n;

		MUST(l->told[n] != STORE_KEPT || is_there);
		MUST(l->told[n] != STORE_NOT_KEPT || !is_there);
		at += is_there ? 1 : 0;
	}
	MUST(at == s->record_count && s->last_seq == at);
	store_series_destroy(s);
	MUST(store_check_now(r->s, r->why) == ERR_OK);
}

static void reopen(struct rig *r)
{
	rig_close(r);
	rig_open(r, STORE_WRITE);
}

/* ---- the tests ---- */

static void an_answer_comes_after_the_sync(void)
{
	struct ledger l = {0};
	struct rig r;

	begin(&r);
	l.id = rig_series(&r, "a");
	for (int i = 0; i < TRIES; i++) {
		long before = disk.wal_syncs;

		MUST(push(&r, &l) == STORE_KEPT);
		MUST(disk.wal_syncs > before);
	}
	verify(&r, &l);
	rig_fini(&r);
}

static void a_failed_sync_is_unknown_and_the_next_commit_is_sound(void)
{
	struct ledger l = {0};
	struct rig r;
	long opens;

	begin(&r);
	l.id = rig_series(&r, "a");
	MUST(push(&r, &l) == STORE_KEPT);
	opens = disk.opens;
	disk.fail_rc = SQLITE_IOERR_FSYNC;
	for (long n = disk.calls + 1; push(&r, &l) == STORE_KEPT; n++) {
		disk.fail_at = n; /* until it hits the one sync of the commit */
		disk.calls = n - 3;
	}
	MUST(l.told[l.count - 1] == STORE_UNKNOWN);
	MUST(push(&r, &l) == STORE_KEPT);
	MUST(!store_is_stuck(r.s));    /* once is no trouble that lasts */
	MUST(disk.opens == opens + 1); /* on a connection that knows only what is on the disk */
	verify(&r, &l);
	reopen(&r);
	verify(&r, &l);
	rig_fini(&r);
}

static void a_disk_that_fails_is_known_to_until_it_works(void)
{
	struct ledger l = {0};
	struct rig r;

	begin(&r);
	l.id = rig_series(&r, "a");
	MUST(push(&r, &l) == STORE_KEPT && !store_is_stuck(r.s));
	disk.fail_rc = SQLITE_IOERR_WRITE;
	disk.fail_ever = true;
	disk.fail_at = disk.calls + 1;
	MUST(push(&r, &l) != STORE_KEPT && store_is_stuck(r.s));
	heal();
	while (store_is_stuck(r.s)) {
		rig_wait(&r); /* nobody asked for anything */
	}
	MUST(push(&r, &l) == STORE_KEPT);
	verify(&r, &l);
	rig_fini(&r);
}

/* Every call of a run of commits fails once, or from then on; true when the run had that many. */
static bool fail_call(long n, int rc, bool ever)
{
	struct ledger l[2] = {{{0}, {0}, 0}};
	struct rig r;
	long calls;

	begin(&r);
	l[0].id = rig_series(&r, "a");
	l[1].id = rig_series(&r, "b");
	disk.calls = 0;
	disk.fail_rc = rc;
	disk.fail_ever = ever;
	disk.fail_at = n;
	for (size_t i = 0; i < TRIES; i++) {
		(void)push(&r, &l[i % 2]);
	}
	calls = disk.calls;
	heal();
	MUST(push(&r, &l[0]) == STORE_KEPT); /* nobody repaired anything */
	MUST(push(&r, &l[1]) == STORE_KEPT);
	verify(&r, &l[0]);
	verify(&r, &l[1]);
	if (n % 2) { /* the checkpoint at the end fails as well */
		disk.fail_at = disk.calls + n / 2;
	}
	rig_close(&r);
	heal();
	rig_open(&r, STORE_WRITE);
	verify(&r, &l[0]);
	verify(&r, &l[1]);
	rig_fini(&r);
	return calls >= n;
}

static void every_call_fails_once(void)
{
	static const int rc[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL};
	long runs = 0;

	for (size_t i = 0; i < sizeof rc / sizeof *rc; i++) {
		for (int ever = 0; ever < 2; ever++) {
			for (long n = 1; fail_call(n, rc[i], ever); n += ever ? 5 : 1) {
				runs++;
			}
		}
	}
	(void)printf("faults: %ld runs\n", runs);
	MUST(runs > 100);
}

static void a_failing_checkpoint_loses_nothing(void)
{
	struct record e = edit(6, 0);
	struct store_batch b;
	struct rig r;

	begin(&r);
	b = batch_of(rig_series(&r, "a"), &e, 1);
	e.body = (struct slice){body(), 200 * 1024};
	disk.fail_db = true;
	for (; e.cseq < 60; e.cseq++) {
		MUST(rig_commit(&r, &b) == STORE_KEPT);
	}
	MUST(size_of("") < 1 << 20);
	disk.fail_db = false;
	for (; e.cseq < 120; e.cseq++) {
		MUST(rig_commit(&r, &b) == STORE_KEPT);
	}
	MUST(size_of("") > 60 * 200 * 1024);
	MUST(size_of("-wal") < 90 * 200 * 1024); /* of 120 */
	MUST(sql_number(&r, "SELECT count(*) FROM journal") == 121);
	MUST(store_check_now(r.s, r.why) == ERR_OK);
	rig_fini(&r);
}

/*
 * Records of all sizes until none fits, and audit rows in between: those must all be kept. `more`
 * makes room. A record may fit again now and then, as a checkpoint frees what the WAL held. Derived
 * cells and bases can be had again, so nothing is given up for them, even where they come with an
 * audit.
 */
static void fill_and_recover(struct rig *r, void (*more)(struct rig *r))
{
	struct series_id id[3] = {rig_series(r, "a"), rig_series(r, "b"), rig_series(r, "c")};
	struct record e = edit(6, 0);
	struct audit seen = joined(3);
	struct cell_now cell = {.cell = text("k"), .value = {body(), 100 * 1024}};
	struct store_batch record = batch_of(id[0], &e, 1);
	struct store_batch audit = {.series = id[1], .audit = &seen, .audit_count = 1};
	struct store_batch now = {.series = id[2], .has_now = true, .now = &cell, .now_count = 1};
	int audits = 0;
	int refused = 0;

	MUST(rig_has(r, ".ballast"));
	while (refused < 40) {
		struct answer a[3] = {{0}};
		bool was_run;

		e.body = (struct slice){body(), (size_t)(refused % 4 == 3 ? 10 : 100 * 1024)};
		now.has_now = audits % 2 == 0;
		now.has_base = !now.has_now;
		now.base_body = now.has_base ? cell.value : (struct slice){0};
		rig_hold(r, &was_run);
		store_commit(r->s, &record, on_commit, &a[0]);
		store_commit(r->s, &audit, on_commit, &a[1]);
		store_commit(r->s, &now, on_commit, &a[2]);
		rig_release(r);
		rig_answered(r, &a[0]);
		rig_answered(r, &a[1]);
		rig_answered(r, &a[2]);
		MUST(a[0].outcome != STORE_UNKNOWN && a[1].outcome == STORE_KEPT);
		MUST(a[2].outcome == a[0].outcome);
		e.cseq += a[0].outcome == STORE_KEPT ? 1 : 0;
		refused += a[0].outcome == STORE_KEPT ? 0 : 1;
		audits++;
		MUST(audits < 1000); /* a disk that never fills */
	}
	MUST(!rig_has(r, ".ballast"));
	MUST(store_is_stuck(r->s));
	more(r);
	while (store_is_stuck(r->s)) {
		rig_wait(r); /* it finds out by itself, and wakes */
	}
	MUST(rig_has(r, ".ballast"));
	for (int i = 0; i < 10; i++, e.cseq++) {
		MUST(rig_commit(r, &record) == STORE_KEPT);
	}
	MUST(rig_has(r, ".ballast"));
	MUST(store_check_now(r->s, r->why) == ERR_OK);
	reopen(r);
	MUST(sql_number(r, "SELECT count(*) FROM audit") == audits);
	MUST(sql_number(r, "SELECT count(*) FROM journal") == (long long)e.cseq + 3);
	MUST(store_check_now(r->s, r->why) == ERR_OK);
}

static void grow_model(struct rig *r)
{
	(void)r;
	disk.room *= 2;
}

/* At many sizes, as what runs out first differs. */
static void a_full_disk_keeps_the_audit(void)
{
	for (long long room = 1500 * 1024; room < 9000 * 1024; room += 700 * 1024) {
		struct rig r;

		begin(&r);
		disk.room = room;
		fill_and_recover(&r, grow_model);
		rig_fini(&r);
	}
}

/* Any page may come back as anything: refused or read, never a crash. */
static void damage_never_crashes(void)
{
	enum { CELLS = 100 };
	static char key[CELLS][16];
	struct cell_now now[CELLS];
	struct ledger l = {0};
	uint32_t n = 1;
	int found = 0;
	struct rig r;

	begin(&r);
	l.id = rig_series(&r, "a");
	while (l.count < TRIES) {
		MUST(push(&r, &l) == STORE_KEPT);
	}
	for (size_t i = 0; i < CELLS; i++) {
		(void)snprintf(key[i], sizeof key[i], "case.%zu", i);
		now[i] = (struct cell_now){.cell = text(key[i]), .value = text("\"abcdef\"")};
	}
	MUST(rig_commit(&r,
			&(struct store_batch){
			    .series = l.id, .has_now = true, .now = now, .now_count = CELLS}) ==
	     STORE_KEPT);
	rig_close(&r);
	for (int i = 0; i < 400; i++) {
		int fd = open(r.path, O_RDWR);
		char was;
		char is;

		n = n * 1664525 + 1013904223;
		off_t at = (off_t)(n % (uint32_t)size_of(""));
		MUST(fd >= 0 && pread(fd, &was, 1, at) == 1);
		is = (char)(was ^ (char)(1 << (n >> 29)));
		MUST(pwrite(fd, &is, 1, at) == 1 && close(fd) == 0);
		if (store_open(r.path, STORE_READ, &r.s, r.why) == ERR_OK) {
			struct store_series *s = NULL;
			struct store_derived d;
			struct arena mem;

			found += store_check_now(r.s, r.why) != ERR_OK;
			arena_init(&mem);
			(void)!store_derived_now(r.s, l.id, &mem, &d, r.why);
			arena_fini(&mem);
			if (store_load_now(r.s, l.id, &s, r.why) == ERR_OK) {
				store_series_destroy(s);
			}
			rig_close(&r);
		} else {
			found++;
		}
		fd = open(r.path, O_WRONLY);
		MUST(fd >= 0 && pwrite(fd, &was, 1, at) == 1 && close(fd) == 0);
	}
	(void)printf("damage: %d of 400 found\n", found);
	MUST(found > 10);
	rig_open(&r, STORE_WRITE);
	verify(&r, &l);
	rig_fini(&r);
}

static void put_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0) {
		(void)!write(fd, line, strlen(line));
		(void)close(fd);
	}
}

static bool mount_small(const char *dir)
{
	char line[64];
	unsigned uid = (unsigned)getuid();
	unsigned gid = (unsigned)getgid();

	if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) {
		return false;
	}
	if (uid != 0) {
		put_line("/proc/self/setgroups", "deny");
		(void)snprintf(line, sizeof line, "0 %u 1", uid);
		put_line("/proc/self/uid_map", line);
		(void)snprintf(line, sizeof line, "0 %u 1", gid);
		put_line("/proc/self/gid_map", line);
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", dir, "tmpfs", 0, "size=9m") == 0;
}

static char filler[128];

static void drop_filler(struct rig *r)
{
	(void)r;
	MUST(unlink(filler) == 0);
}

static int on_a_real_tmpfs(void)
{
	struct rig r;
	int fd;

	rig_init(&r);
	if (!mount_small(r.dir)) {
		(void)printf("skipped: a real full tmpfs (mount: %s); the model above ran\n",
			     strerror(errno));
		rig_fini(&r);
		return 0;
	}
	(void)snprintf(filler, sizeof filler, "%s/filler", r.dir);
	fd = open(filler, O_CREAT | O_WRONLY, 0600);
	for (int i = 0; i < 16; i++) {
		MUST(fd >= 0 && write(fd, body(), 256 * 1024) == 256 * 1024);
	}
	MUST(close(fd) == 0);
	MUST(store_create(r.path, r.why) == ERR_OK);
	rig_open(&r, STORE_WRITE);
	fill_and_recover(&r, drop_filler);
	rig_close(&r);
	MUST(umount(r.dir) == 0);
	rig_fini(&r);
	(void)printf("full disk: real tmpfs\n");
	return 0;
}

/* In a process of its own, before there are threads and before the faulty layer. */
static void a_real_full_disk(void)
{
	int status = 0;
	pid_t pid = fork();

	MUST(pid >= 0);
	if (pid == 0) {
		exit(on_a_real_tmpfs());
	}
	MUST(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	a_real_full_disk();
	if (access("/dev/shm", W_OK) == 0) {
		rig_base = "/dev/shm";
	}
	mount_faulty();
	an_answer_comes_after_the_sync();
	a_failed_sync_is_unknown_and_the_next_commit_is_sound();
	a_disk_that_fails_is_known_to_until_it_works();
	every_call_fails_once();
	a_failing_checkpoint_loses_nothing();
	a_full_disk_keeps_the_audit();
	damage_never_crashes();
	(void)printf("store faults: all kept promises\n");
	return 0;
}
