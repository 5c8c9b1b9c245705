/*
 * minutes CASE.json TIME DIR ROUNDS
 *
 * What sealing the minutes of a meeting costs, and keeping a signature, beside the raw cost of the
 * same hashes, signatures, random bytes and commits: both in turns, in one process, on one disk.
 * Every hash that is asked of the library is counted by its length as it is asked; raw is the same
 * lengths asked again, one behind the other. Prints a line of JSON.
 */
#include <sodium.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "minutes/log.h"
#include "store/minutes_db.h"
#include "store/store.h"
#include "support/after.h"

enum { OPS = 1 << 16, MESSAGE = 1 << 20, ROUNDS_MAX = 1000 };

void sim_failed(const char *what, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "not so: %s ", what);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- what is asked of the library ---- */

enum op_kind { HASH, SIGN, RANDOM };
static struct {
	struct op {
		enum op_kind kind;
		size_t len;
	} op[OPS];
	size_t count;
	size_t len; /* of the hash that is under way */
	bool records;
	uint8_t secret[2][crypto_sign_SECRETKEYBYTES], open[2][crypto_sign_PUBLICKEYBYTES];
	char *message;
} g;

static void note(enum op_kind kind, size_t len)
{
	if (g.records) {
		cr_assert(g.count < OPS && len <= MESSAGE);
		g.op[g.count++] = (struct op){kind, len};
	}
}

int __real_crypto_hash_sha256_init(crypto_hash_sha256_state *s);
int __real_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len);
int __real_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out);
int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *s);
int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len);
int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out);

int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *s)
{
	g.len = 0;
	return __real_crypto_hash_sha256_init(s);
}

int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len)
{
	g.len += len;
	return __real_crypto_hash_sha256_update(s, in, len);
}

int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out)
{
	note(HASH, g.len);
	return __real_crypto_hash_sha256_final(s, out);
}

static void fill(void *arg, const char *place, uint8_t *out, size_t n)
{
	(void)arg;
	(void)place;
	note(RANDOM, n);
	randombytes_buf(out, n);
}

static bool sign(void *arg, enum min_signer key, struct slice message, uint8_t sig[64])
{
	(void)arg;
	note(SIGN, message.len);
	return crypto_sign_detached(sig, NULL, (const uint8_t *)message.ptr, message.len,
				    g.secret[key]) == 0;
}

/* ---- the same, raw ---- */

static void raw_ops(void)
{
	unsigned char out[64];
	crypto_hash_sha256_state s;

	for (size_t i = 0; i < g.count; i++) {
		const unsigned char *m = (const unsigned char *)g.message;

		switch (g.op[i].kind) {
		case HASH:
			(void)__real_crypto_hash_sha256_init(&s);
			(void)__real_crypto_hash_sha256_update(&s, m, g.op[i].len);
			(void)__real_crypto_hash_sha256_final(&s, out);
			break;
		case SIGN:
			(void)crypto_sign_detached(out, NULL, m, g.op[i].len, g.secret[0]);
			break;
		case RANDOM:
			randombytes_buf(g.message, g.op[i].len);
			break;
		}
	}
}

/* Rows go in as many at a time as ours do (store/minutes_db.c): else the floor were no floor. */
enum { ROWS_AT_ONCE = 64 };
struct raw {
	sqlite3 *h;
	sqlite3_stmt *begin, *add, *add_many, *commit;
	size_t waiting[ROWS_AT_ONCE]; /* bytes of the rows that are not in yet */
	size_t count;
};

static sqlite3_stmt *prepared(struct raw *r, const char *sql)
{
	sqlite3_stmt *st = NULL;

	cr_assert(sqlite3_prepare_v2(r->h, sql, -1, &st, NULL) == SQLITE_OK, "%s", sql);
	return st;
}

static void raw_open(struct raw *r, const char *path)
{
	struct buf many = {0};

	cr_assert(sqlite3_open(path, &r->h) == SQLITE_OK);
	cr_assert(sqlite3_exec(r->h,
			       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "CREATE TABLE raw (id INTEGER PRIMARY KEY, body BLOB) STRICT",
			       NULL, NULL, NULL) == SQLITE_OK);
	r->begin = prepared(r, "BEGIN IMMEDIATE");
	r->add = prepared(r, "INSERT INTO raw (body) VALUES (?)");
	buf_add_str(&many, "INSERT INTO raw (body) VALUES (?)");
	for (int i = 1; i < ROWS_AT_ONCE; i++) {
		buf_add_str(&many, ", (?)");
	}
	buf_printf(&many, "%c", '\0');
	r->add_many = prepared(r, many.ptr);
	buf_fini(&many);
	r->commit = prepared(r, "COMMIT");
}

static void raw_close(struct raw *r)
{
	(void)sqlite3_finalize(r->begin);
	(void)sqlite3_finalize(r->add);
	(void)sqlite3_finalize(r->add_many);
	(void)sqlite3_finalize(r->commit);
	cr_assert(sqlite3_close(r->h) == SQLITE_OK);
}

static void run(sqlite3_stmt *st)
{
	cr_assert(sqlite3_step(st) == SQLITE_DONE);
	(void)sqlite3_reset(st);
}

static void bind(sqlite3_stmt *st, int at, size_t bytes)
{
	cr_assert(bytes <= MESSAGE);
	cr_assert(sqlite3_bind_blob64(st, at, g.message, bytes, SQLITE_STATIC) == SQLITE_OK);
}

static void add(struct raw *r, size_t bytes)
{
	r->waiting[r->count++] = bytes;
	if (r->count == ROWS_AT_ONCE) {
		for (int i = 0; i < ROWS_AT_ONCE; i++) {
			bind(r->add_many, i + 1, r->waiting[i]);
		}
		run(r->add_many);
		r->count = 0;
	}
}

static void add_rest(struct raw *r)
{
	for (size_t i = 0; i < r->count; i++) {
		bind(r->add, 1, r->waiting[i]);
		run(r->add);
	}
	r->count = 0;
}

/* As many bytes in as many rows, by one transaction that is on the disk when it returns. */
static void raw_commit(struct raw *r, const struct min_change *c)
{
	run(r->begin);
	for (size_t i = 0; i < c->entry_count; i++) {
		add(r, c->entry[i].header.len + 32 + 64);
	}
	for (size_t i = 0; i < c->leaf_count; i++) {
		add(r, c->leaf[i].d.len + c->leaf[i].ord.len + 32);
	}
	if (c->body.len) {
		add(r, c->body.len);
	}
	add_rest(r);
	run(r->commit);
}

/* ---- measuring ---- */

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct pairs {
	double ours[ROUNDS_MAX], raw[ROUNDS_MAX], part[ROUNDS_MAX];
	size_t count, hashes, rows;
};

static double median(double *v, size_t count)
{
	qsort(v, count, sizeof *v, by_size);
	return v[count / 2];
}

static json_t *told(struct pairs *p)
{
	double ratio[ROUNDS_MAX], ours, raw;

	for (size_t i = 0; i < p->count; i++) {
		ratio[i] = p->ours[i] / p->raw[i];
	}
	(void)median(ratio, p->count);
	ours = median(p->ours, p->count);
	raw = median(p->raw, p->count);
	return json_pack(
	    "{s:f,s:f,s:f,s:[f,f],s:f,s:i,s:i}", "us", ours, "raw_us", raw, "ratio", ours / raw,
	    "pairs", ratio[p->count / 10], ratio[p->count - 1 - p->count / 10], "without_disk_us",
	    median(p->part, p->count), "operations", (int)p->hashes, "rows", (int)p->rows);
}

/* After `begin`, what came of it is kept already; now the same raw. */
static void pair(struct pairs *p, struct raw *raw, const struct min_change *c, double begin,
		 double made, double kept)
{
	double from = now_us();

	g.records = false;
	raw_ops();
	raw_commit(raw, c);
	p->raw[p->count] = now_us() - from;
	p->ours[p->count] = kept - begin;
	p->part[p->count++] = made - begin;
	p->hashes = g.count;
	p->rows = c->entry_count + c->leaf_count;
}

struct bench {
	struct min_input input;
	struct min_params params;
	struct min_port port;
	struct minutes_db *db;
	struct series_id series;
	struct raw raw;
	size_t rounds;
};

static struct min_log *seal(struct bench *b, struct pairs *p, int64_t *id)
{
	struct min_change c;
	struct min_log *log;
	char origin[80], why[STORE_WHY_BYTES] = "";
	struct minutes_new made = {.series = b->series, .seq = 1, .fork = (uint32_t)p->count};
	double begin, sealed;

	(void)snprintf(origin, sizeof origin, "bench.example/c/%032zx", p->count + 1);
	b->params.origin = made.origin = slice_of(origin);
	min_change_init(&c);
	g.count = 0;
	g.records = true;
	begin = now_us();
	cr_assert(min_log_seal(&b->input, &b->params, &b->port, &log, &c) == ERR_OK);
	sealed = now_us();
	cr_assert(minutes_db_create(b->db, &made, &c, id, why) == ERR_OK, "%s", why);
	pair(p, &b->raw, &c, begin, sealed, now_us());
	min_change_fini(&c);
	return log;
}

static void append(struct bench *b, struct min_log *log, int64_t id, struct pairs *p)
{
	const struct min_seat *who = &b->input.seat[p->count % b->input.seat_count];
	struct min_due due[MIN_DUE_MAX];
	struct min_about had;
	struct min_change c;
	char why[STORE_WHY_BYTES] = "";
	struct min_act act = {
	    .seat = who->seat,
	    .method = MIN_ATTESTED,
	    .time = b->params.sealed + 1 + p->count,
	    .say = {.decision = MIN_AGREE, .by = SEAT_NONE, .witness = SEAT_NONE}};
	struct minutes_grow grow = {.id = id};
	double begin, made;

	cr_assert(min_log_heads(log, who->seat, due) == 1);
	act.size = due[0].size;
	act.slots = due[0].slots;
	min_log_about(log, &had);
	grow.entries = had.entries;
	grow.leaves = had.leaves;
	min_change_init(&c);
	g.count = 0;
	g.records = true;
	begin = now_us();
	cr_assert(min_log_sign(log, &act, NULL, &c) == ERR_OK);
	made = now_us();
	cr_assert(minutes_db_append(b->db, &grow, &c, why) == ERR_OK, "%s", why);
	pair(p, &b->raw, &c, begin, made, now_us());
	min_change_fini(&c);
}

static void measure(struct bench *b)
{
	struct pairs *seals = mem_alloc(sizeof *seals), *acts = mem_alloc(sizeof *acts);
	struct min_log *log = NULL;
	json_t *out;
	int64_t id = 0;

	for (size_t i = 0; i < b->rounds; i++) {
		min_log_free(log);
		log = seal(b, seals, &id);
	}
	for (size_t i = 0; i < b->rounds; i++) {
		append(b, log, id, acts);
	}
	out = json_pack("{s:o,s:o}", "seal", told(seals), "sign", told(acts));
	(void)json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
	putchar('\n');
	json_decref(out);
	min_log_free(log);
	free(seals);
	free(acts);
}

/* A database with a series to hang logs on. */
static void database(struct bench *b, const char *dir)
{
	char path[512], why[STORE_WHY_BYTES] = "";
	struct store *s;
	struct record first = {
	    .kind = RECORD_SERIES, .actor = SEAT_NONE, .for_seat = SEAT_NONE, .body = {"{}", 2}};
	struct store_import in = {.name = {"bench", 5}, .record = &first, .record_count = 1};

	(void)snprintf(path, sizeof path, "%s/ours.db", dir);
	cr_assert(store_create(path, why) == ERR_OK, "%s", why);
	cr_assert(store_open(path, STORE_WRITE, &s, why) == ERR_OK, "%s", why);
	cr_assert(store_import_now(s, &in, &b->series, why) == ERR_OK, "%s", why);
	store_close(s);
	cr_assert(minutes_db_open(path, true, &b->db, why) == ERR_OK, "%s", why);
	(void)snprintf(path, sizeof path, "%s/raw.db", dir);
	raw_open(&b->raw, path);
}

int main(int argc, char **argv)
{
	struct bench b = {.port = {.fill = fill, .sign = sign}};
	struct schema *schema = rig_schema();
	struct buf text = {0};
	struct casefile file;
	uint64_t dice = 1;
	struct casefile_options o = {.random = rig_random, .random_arg = &dice, .after = true};
	char why[CASEFILE_WHY_BYTES] = "";
	struct arena mem;
	struct room *room;
	json_t *held;

	cr_assert(argc == 5 && sodium_init() >= 0, "usage: minutes CASE.json TIME DIR ROUNDS");
	cr_assert(casefile_time_ms(slice_of(argv[2]), &o.now_ms), "no time: %s", argv[2]);
	b.rounds = strtoul(argv[4], NULL, 10);
	cr_assert(b.rounds > 0 && b.rounds <= ROUNDS_MAX, "1 to %d rounds", ROUNDS_MAX);
	g.message = mem_alloc(MESSAGE);
	for (int k = 0; k < 2; k++) {
		(void)crypto_sign_keypair(g.open[k], g.secret[k]);
	}
	text = rig_file(argv[1]);
	cr_assert(casefile_read(buf_slice(&text), schema, &o, &file, why) == ERR_OK, "%s", why);
	room = room_after(schema, &file, o.now_ms);
	arena_init(&mem);
	held = room_seal_input(room, &mem, &b.input);
	b.params.sealed = (uint64_t)o.now_ms / 1000;
	b.params.deadline = b.params.sealed + 7 * 86400;
	memcpy(b.params.log_key, g.open[MIN_SIGN_LOG], sizeof b.params.log_key);
	memcpy(b.params.attest_key, g.open[MIN_SIGN_ATTEST], sizeof b.params.attest_key);
	database(&b, argv[3]);
	measure(&b);
	raw_close(&b.raw);
	minutes_db_close(b.db);
	json_decref(held);
	arena_fini(&mem);
	room_destroy(room);
	casefile_fini(&file);
	buf_fini(&text);
	schema_destroy(schema);
	free(g.message);
	return 0;
}
