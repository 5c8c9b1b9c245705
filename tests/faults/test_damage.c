/*
 * A damaged database: pages, the head, the end, the WAL, another database's WAL or none. Opening,
 * looking and checking it never crashes; whatever is refused is refused with a named cause; of a
 * damaged WAL comes nothing but what was once in it, in order. Promise P12 of
 * reference/reliability.md, as far as SQLite sees it: it has no checksums over its pages, so a
 * letter changed inside of a row is a row as any other. The figures say how much was seen.
 *   test_damage [FILES [SEED]]
 */
#include <time.h>

#include "store/test_store_rig.h"

enum { FILES = 600, SERIES = 3, EDITS = 12, PAGE = 4096 };

static uint64_t state;

static size_t dice(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)((state >> 11) % n);
}

struct file {
	char *ptr;
	size_t len;
};

static struct file file_read(const char *path)
{
	struct file f = {0};
	struct stat st;
	FILE *in = fopen(path, "rb");

	MUST(in && stat(path, &st) == 0);
	f.len = (size_t)st.st_size;
	f.ptr = malloc(f.len + 1);
	MUST(f.ptr && fread(f.ptr, 1, f.len, in) == f.len && fclose(in) == 0);
	return f;
}

static void file_write(const char *path, const char *suffix, struct file f)
{
	char p[128];
	FILE *out;

	(void)snprintf(p, sizeof p, "%s%s", path, suffix);
	(void)unlink(p);
	if (f.ptr) {
		out = fopen(p, "wb");
		MUST(out && fwrite(f.ptr, 1, f.len, out) == f.len && fclose(out) == 0);
	}
}

static struct file file_copy(struct file f)
{
	struct file c = {malloc(f.len + 1), f.len};

	MUST(c.ptr);
	memcpy(c.ptr, f.ptr, f.len);
	return c;
}

/* ---- one database, as a server leaves it that was ended in the middle ---- */

static char body[5000];

static struct record nth(uint32_t i, uint32_t n)
{
	struct record e = edit(6 + i, n);

	e.body = (struct slice){body, 100 + ((size_t)n * 977 + i * 313) % 4000};
	return e;
}

struct image {
	struct file db, wal;
};

static struct image make(uint32_t series)
{
	char wal[128];
	struct image m;
	struct rig r;

	rig_begin(&r);
	for (uint32_t i = 0; i < series; i++) {
		(void)rig_series(&r, (const char[2]){(char)('a' + i), '\0'});
	}
	for (uint32_t n = 0; n < EDITS; n++) {
		for (uint32_t i = 0; i < series; i++) {
			struct record e = nth(i, n);
			struct store_batch b = batch_of((struct series_id){i + 1}, &e, 1);

			MUST(rig_commit(&r, &b) == STORE_KEPT);
		}
		if (n == EDITS / 2) {
			rig_close(&r);
			rig_open(&r, STORE_WRITE);
		}
	}
	(void)snprintf(wal, sizeof wal, "%s-wal", r.path);
	m.db = file_read(r.path);
	m.wal = file_read(wal);
	MUST(m.wal.len > 10 * PAGE);
	rig_fini(&r);
	return m;
}

/* ---- what happens to it ---- */

enum damage {
	BIT,
	NOISE,
	ZEROS,
	OTHER_PAGE,
	CUT,
	HEAD,
	DB_DAMAGES,
	WAL_BIT = DB_DAMAGES,
	WAL_NOISE,
	WAL_CUT,
	WAL_ZEROS,
	WAL_GONE,
	WAL_FOREIGN,
	DAMAGES
};
static const char *const damage_name[DAMAGES] = {
    "a bit",        "noise",        "zeros",       "another page", "cut off",     "the head",
    "a bit of WAL", "noise in WAL", "WAL cut off", "zeros in WAL", "WAL is gone", "another's WAL"};

static void hurt(struct file *f, enum damage how)
{
	size_t page = dice(f->len / PAGE) * PAGE;
	size_t from = dice(f->len / PAGE) * PAGE;

	switch (how) {
	case BIT:
	case WAL_BIT:
		for (size_t n = 1 + dice(8); n > 0; n--) {
			f->ptr[dice(f->len)] ^= (char)(1 << dice(8));
		}
		break;
	case NOISE:
	case WAL_NOISE:
		for (size_t n = 0; n < PAGE; n++) {
			f->ptr[page + n] = (char)dice(256);
		}
		break;
	case ZEROS:
	case WAL_ZEROS:
		memset(f->ptr + page, 0, PAGE);
		break;
	case OTHER_PAGE:
		memmove(f->ptr + page, f->ptr + from, PAGE);
		break;
	case CUT:
	case WAL_CUT:
		f->len = dice(f->len);
		break;
	default:
		for (size_t n = 1 + dice(4); n > 0; n--) {
			f->ptr[dice(100)] = (char)dice(256);
		}
		break;
	}
}

/* ---- and what is made of it ---- */

static struct {
	size_t files, refused, found, sound;
} sum[DAMAGES];

/* Of the WAL a beginning is there, or what was there before it: entries in order, each its own. */
static void begins_as_written(struct rig *r)
{
	for (uint32_t i = 0; i < SERIES; i++) {
		struct store_series *l = NULL;
		enum err e = store_load_now(r->s, (struct series_id){i + 1}, &l, r->why);

		MUST(e == ERR_OK && l->record_count > EDITS / 2);
		for (size_t n = 1; n < l->record_count; n++) {
			MUST(l->record[n].cseq == n - 1 &&
			     slice_eq(l->record[n].body, nth(i, (uint32_t)n - 1).body));
		}
		store_series_destroy(l);
	}
}

static bool use(struct rig *r, enum store_mode mode, enum damage how, bool *checked)
{
	struct record e = nth(0, EDITS + 1);
	struct store_batch b = batch_of((struct series_id){1}, &e, 1);
	struct arena mem;
	struct store_derived d;

	r->why[0] = '\0';
	if (store_open(r->path, mode, &r->s, r->why) != ERR_OK) {
		MUST(r->why[0]);
		return false;
	}
	*checked = store_check_now(r->s, r->why) == ERR_OK;
	MUST(*checked || r->why[0]);
	for (int64_t i = 1; i <= SERIES; i++) {
		struct store_series *l = NULL;

		if (store_load_now(r->s, (struct series_id){i}, &l, r->why) == ERR_OK) {
			store_series_destroy(l);
		}
		arena_init(&mem);
		(void)!store_derived_now(r->s, (struct series_id){i}, &mem, &d, r->why);
		arena_fini(&mem);
	}
	if (*checked && how > DB_DAMAGES - 1 && how != WAL_FOREIGN) {
		begins_as_written(r);
	}
	if (mode == STORE_WRITE) {
		store_on_done(r->s, rig_wake, r);
		(void)rig_commit(r, &b); /* any outcome */
	}
	rig_close(r);
	return true;
}

static void once(struct rig *r, const struct image *m, const struct image *foreign, enum damage how)
{
	struct file db = file_copy(m->db);
	struct file wal = file_copy(how == WAL_FOREIGN ? foreign->wal : m->wal);
	bool checked = false;
	bool opened;

	if (how < DB_DAMAGES) {
		hurt(&db, how);
		wal.len = dice(2) ? wal.len : 0;
	} else if (how != WAL_GONE && how != WAL_FOREIGN) {
		hurt(&wal, how);
	}
	for (int mode = 0; mode < 2; mode++) {
		file_write(r->path, "", db);
		file_write(r->path, "-wal", how == WAL_GONE ? (struct file){0} : wal);
		file_write(r->path, "-shm", (struct file){0});
		opened = use(r, mode ? STORE_WRITE : STORE_READ, how, &checked);
	}
	sum[how].files++;
	sum[how].refused += !opened;
	sum[how].found += opened && !checked;
	sum[how].sound += opened && checked;
	free(db.ptr);
	free(wal.ptr);
}

int main(int argc, char **argv)
{
	size_t files = argc > 1 ? strtoul(argv[1], NULL, 10) : FILES;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	struct image m, foreign;
	struct rig r;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)freopen("/dev/null", "w",
		      stderr); /* the store says what it meets, a thousand times */
	state = seed * 2 + 1;
	memset(body, 'b', sizeof body);
	if (access("/dev/shm", W_OK) == 0) {
		rig_base = "/dev/shm";
	}
	m = make(SERIES);
	foreign = make(SERIES + 1);
	rig_init(&r);
	(void)printf("damage: seed %lu\n", (unsigned long)seed);
	for (size_t n = 0; n < files; n++) {
		once(&r, &m, &foreign, (enum damage)(n % DAMAGES));
	}
	for (int i = 0; i < DAMAGES; i++) {
		(void)printf("%-14s %4zu files: %4zu not opened, %4zu found by check, %4zu sound\n",
			     damage_name[i], sum[i].files, sum[i].refused, sum[i].found,
			     sum[i].sound);
	}
	rig_fini(&r);
	free(m.db.ptr);
	free(m.wal.ptr);
	free(foreign.db.ptr);
	free(foreign.wal.ptr);
	return sum[NOISE].sound == sum[NOISE].files || sum[HEAD].sound == sum[HEAD].files;
}
