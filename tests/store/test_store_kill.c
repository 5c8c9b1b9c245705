/*
 * The store under way: many series at once, a reader in another process, kill -9 at any moment.
 * A plain program, so that it also runs under ThreadSanitizer. SEED=n replays the kills.
 */
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include "test_store_rig.h"

enum { SERIES = 4, ROUNDS = 20, COMMITS = 1000, MANY = 128 };

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

static double seconds(void)
{
	struct timespec t;

	MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- several series that commit as fast as they are answered ---- */

struct lane {
	struct crowd *crowd;
	uint32_t index;
	struct series_id id;
	struct record record;
	struct store_batch batch;
};

/* What a child says when a commit was answered with KEPT: these bytes and no sooner. */
struct ack {
	uint32_t lane;
	uint32_t cseq;
};

struct crowd {
	struct rig r;
	struct lane lane[MANY];
	size_t lanes;
	size_t to_start;
	size_t in_flight;
	int ack_fd; /* -1: nobody is told */
};

static void lane_start(struct lane *l);

static void lane_done(void *arg, enum store_outcome outcome)
{
	struct lane *l = arg;
	struct crowd *c = l->crowd;
	struct ack a = {l->index, (uint32_t)l->record.cseq};

	MUST(outcome == STORE_KEPT);
	c->in_flight--;
	if (c->ack_fd >= 0) {
		MUST(write(c->ack_fd, &a, sizeof a) == sizeof a);
	}
	l->record.cseq++;
	lane_start(l);
}

static void lane_start(struct lane *l)
{
	struct crowd *c = l->crowd;

	if (c->to_start > 0) {
		c->to_start--;
		c->in_flight++;
		l->record.ver = l->record.cseq + 1;
		store_commit(c->r.s, &l->batch, lane_done, l);
	}
}

static void lane_init(struct crowd *c, uint32_t i, struct series_id id, uint64_t client)
{
	static char body[3000];
	struct lane *l = &c->lane[i];

	memset(body, 'x', sizeof body);
	*l = (struct lane){.crowd = c, .index = i, .id = id, .record = edit(client, 0)};
	l->record.body = (struct slice){body, client == 1 ? 100 : sizeof body};
	l->batch = batch_of(id, &l->record, 1);
}

static void crowd_run(struct crowd *c, size_t commits)
{
	c->to_start = commits;
	for (size_t i = 0; i < c->lanes; i++) {
		lane_start(&c->lane[i]);
	}
	while (c->in_flight > 0) {
		rig_wait(&c->r);
	}
}

static void crowd_make(struct crowd *c, size_t lanes)
{
	rig_begin(&c->r);
	c->ack_fd = -1;
	c->lanes = lanes;
	for (uint32_t i = 0; i < lanes; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "s%u", i);
		lane_init(c, i, rig_series(&c->r, name), 1);
	}
}

/* ---- a thousand commits, and what sharing a transaction is worth ---- */

static void a_thousand_commits(void)
{
	static struct crowd c;

	crowd_make(&c, SERIES);
	crowd_run(&c, COMMITS);
	for (size_t i = 0; i < SERIES; i++) {
		struct store_series *l = NULL;

		MUST(store_load_now(c.r.s, c.lane[i].id, &l, c.r.why) == ERR_OK);
		MUST(l->record_count == c.lane[i].record.cseq + 1);
		for (size_t n = 1; n < l->record_count; n++) {
			MUST(l->record[n].cseq == n - 1 && l->record[n].ver == n);
		}
		store_series_destroy(l);
	}
	MUST(sql_number(&c.r, "SELECT count(*) FROM journal") == COMMITS + SERIES);
	MUST(store_check_now(c.r.s, c.r.why) == ERR_OK);
	rig_fini(&c.r);
}

static double rate(size_t lanes, size_t commits)
{
	static struct crowd c;
	double start;

	crowd_make(&c, lanes);
	start = seconds();
	crowd_run(&c, commits);
	start = seconds() - start;
	rig_fini(&c.r);
	return (double)commits / start;
}

/* ---- a reader beside the writer ---- */

/* Reads series 1 over and over until its pipe closes; it only ever grows, without a gap. */
static int read_on(const char *path, int until)
{
	char why[STORE_WHY_BYTES];
	struct store *s = NULL;
	uint64_t last = 0;
	size_t reads = 0;
	bool is_last = false;
	char c;

	MUST(read(until, &c, 1) == 1); /* there is a database now */
	MUST(store_open(path, STORE_READ, &s, why) == ERR_OK);
	store_poll(s);
	while (!is_last) {
		struct store_series *l = NULL;
		enum err e;

		is_last = last > 1 && read(until, &c, 1) == 0; /* a byte for each commit */
		e = store_load_now(s, (struct series_id){1}, &l, why);
		MUST(e == ERR_OK && l->last_seq >= last && l->last_seq == l->record_count);
		last = l->last_seq;
		store_series_destroy(l);
		MUST(++reads % 50 != 0 || store_check_now(s, why) == ERR_OK);
	}
	store_close(s);
	MUST(last == COMMITS / 2 + 1);
	return 0;
}

static void a_reader_sees_a_growing_series(void)
{
	static struct crowd c;
	int status = 0;
	int p[2];
	pid_t pid;

	rig_init(&c.r);
	MUST(pipe(p) == 0);
	pid = fork(); /* while there are no threads */
	MUST(pid >= 0);
	if (pid == 0) {
		(void)close(p[1]);
		exit(read_on(c.r.path, p[0]));
	}
	(void)close(p[0]);
	MUST(store_create(c.r.path, c.r.why) == ERR_OK);
	rig_open(&c.r, STORE_WRITE);
	c.ack_fd = -1;
	c.lanes = 1;
	lane_init(&c, 0, rig_series(&c.r, "a"), 1);
	for (int i = 0; i < COMMITS / 2; i++) {
		MUST(write(p[1], "x", 1) == 1);
		crowd_run(&c, 1);
	}
	(void)close(p[1]);
	MUST(waitpid(pid, &status, 0) == pid);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	rig_fini(&c.r);
}

/* ---- kill -9 ---- */

/* Ids by name are 1..SERIES in the order of import. */
static int commit_until_killed(const struct rig *r, uint64_t client, int ack_fd)
{
	static struct crowd c;

	c.r = *r;
	MUST(sem_init(&c.r.woken, 0, 0) == 0);
	rig_open(&c.r, STORE_WRITE);
	c.ack_fd = ack_fd;
	c.lanes = SERIES;
	for (uint32_t i = 0; i < SERIES; i++) {
		lane_init(&c, i, (struct series_id){i + 1}, client);
	}
	crowd_run(&c, SIZE_MAX);
	return 1;
}

/* All that was acknowledged, and at most the one in flight besides. */
static void verify(struct rig *r, uint64_t client, const uint32_t *acked)
{
	MUST(store_check_now(r->s, r->why) == ERR_OK);
	for (uint32_t i = 0; i < SERIES; i++) {
		struct store_series *l = NULL;
		uint32_t found = 0;

		MUST(store_load_now(r->s, (struct series_id){i + 1}, &l, r->why) == ERR_OK);
		for (size_t n = 0; n < l->record_count; n++) {
			if (l->record[n].client == client) {
				MUST(l->record[n].cseq == found);
				found++;
			}
		}
		store_series_destroy(l);
		if (found < acked[i] || found > acked[i] + 1) {
			(void)fprintf(stderr, "client %u, series %u: %u acknowledged, %u found\n",
				      (unsigned)client, i + 1, acked[i], found);
		}
		MUST(found >= acked[i] && found <= acked[i] + 1);
	}
}

static uint64_t kill_once(struct rig *r, uint64_t client)
{
	useconds_t wait_us = (useconds_t)random_below(120000);
	uint32_t acked[SERIES] = {0};
	uint64_t total = 0;
	struct ack a;
	int p[2];
	pid_t pid;

	MUST(pipe(p) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		(void)close(p[0]);
		exit(commit_until_killed(r, client, p[1]));
	}
	(void)close(p[1]);
	(void)usleep(wait_us);
	MUST(kill(pid, SIGKILL) == 0);
	while (read(p[0], &a, sizeof a) == sizeof a) { /* small writes to a pipe are whole */
		MUST(a.lane < SERIES && a.cseq == acked[a.lane]);
		acked[a.lane]++;
		total++;
	}
	(void)close(p[0]);
	MUST(waitpid(pid, NULL, 0) == pid);
	rig_open(r, STORE_WRITE);
	verify(r, client, acked);
	rig_close(r);
	return total;
}

static void killed_at_any_moment(void)
{
	uint64_t acked = 0;
	struct rig r;

	rig_begin(&r);
	for (int i = 0; i < SERIES; i++) {
		(void)rig_series(&r, (const char[2]){(char)('a' + i), '\0'});
	}
	rig_close(&r);
	for (uint64_t round = 0; round < ROUNDS; round++) {
		acked += kill_once(&r, round + 2);
	}
	(void)printf("kill -9: %d rounds, %lu acknowledged, none lost\n", ROUNDS,
		     (unsigned long)acked);
	MUST(acked > ROUNDS);
	rig_fini(&r);
}

int main(void)
{
	const char *seed = getenv("SEED");
	double one;

	random_state = seed ? strtoull(seed, NULL, 10) | 1 : (uint64_t)time(NULL) | 1;
	(void)printf("SEED=%lu\n", (unsigned long)random_state);
	(void)fflush(stdout);
	a_reader_sees_a_growing_series();
	killed_at_any_moment();
	a_thousand_commits();
	one = rate(1, COMMITS);
	(void)printf("%d series at once commit %.1f times as fast as one\n", MANY,
		     rate(MANY, 8 * COMMITS) / one);
	return 0;
}
