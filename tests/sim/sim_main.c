/*
 * Runs schedules in processes of their own. Usage: sim SEEDS [SEED] [safety|liveness|both], or
 * sim FILE… for schedules that were written down. A seed that fails prints itself, is made small,
 * and is written down. Environment: SIM_JOBS, SIM_FOUND (the folder; empty: it is not written down,
 * nor made small), SIM_LOUD (say what happens).
 */
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/sim.h"
#include "sim/sim_run.h"

struct sim *sim_now_running;

/* ---- seeds, in several processes ---- */

struct worker {
	pid_t pid;
	int from; /* what it says */
	FILE *err;
};

struct share {
	uint64_t first, count, step;
	int mode;
};

static void work(const struct share *share, int to)
{
	struct run_result r = {.ok = true};

	for (uint64_t i = 0; i < share->count && r.ok; i += share->step) {
		uint64_t seed = share->first + i;
		struct sim_plan p = sim_draw(seed, share->mode);
		uint64_t trace;

		r.seed = seed;
		run_say_to(to, &r);
		trace = run_here(&p, r.count);
		r.runs++;
		/* Now and then once more: the same seed is the same run, to the last byte. */
		if (i / share->step % 50 == 0 && run_here(&p, r.count) != trace) {
			r.ok = false;
			snprintf(r.why, sizeof r.why, "two runs of one seed differ");
		}
		r.twice += i / share->step % 50 == 0;
		free(p.act);
	}
	run_say(to, &r);
	run_end();
}

static struct worker start_worker(const struct share *share)
{
	struct worker w = {.err = tmpfile()};
	int ends[2];

	cr_assert(w.err && pipe(ends) == 0);
	fflush(stdout);
	w.pid = fork();
	if (w.pid == 0) {
		close(ends[0]);
		(void)dup2(fileno(w.err), STDERR_FILENO);
		work(share, ends[1]);
		exit(0); /* and not _exit: what leaks is told now */
	}
	close(ends[1]);
	w.from = ends[0];
	return w;
}

/* What a sanitizer or an assertion said. */
static void print_err(FILE *err)
{
	char line[512];
	size_t lines = 0;

	rewind(err);
	while (fgets(line, sizeof line, err) && lines < 40) {
		if (strncmp(line, "level=", 6) != 0) {
			fputs(line, stdout);
			lines++;
		}
	}
}

static struct run_result end_worker(struct worker *w)
{
	struct run_result r = run_hear(w->from);
	int status = 0;

	(void)waitpid(w->pid, &status, 0);
	if (status != 0 && r.ok) {
		r.ok = false;
		snprintf(r.why, sizeof r.why, "it died: %s %d",
			 WIFSIGNALED(status) ? "signal" : "exit",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	if (!r.ok) {
		print_err(w->err);
	}
	fclose(w->err);
	close(w->from);
	return r;
}

/* ---- all of them ---- */

struct total {
	size_t count[SIM_COUNT_MAX];
	size_t runs, twice, failed;
};

static void report(const struct run_result *r, int mode)
{
	const char *folder = getenv("SIM_FOUND");
	struct sim_plan p = sim_draw(r->seed, mode);

	printf("not equal: SEED=%llu MODE=%s: %s\n", (unsigned long long)r->seed,
	       run_mode_name(p.mode), r->why);
	if (!folder || *folder) {
		run_shrink(&p, r->why, folder ? folder : "tests/sim/found");
	}
	free(p.act);
}

static void run_seeds(uint64_t first, uint64_t count, int mode, struct total *t)
{
	const char *env = getenv("SIM_JOBS");
	long jobs = env ? atol(env) : sysconf(_SC_NPROCESSORS_ONLN);
	struct worker w[64];
	struct run_result bad = {.ok = true};

	jobs = jobs < 1 ? 1 : jobs > 64 ? 64 : jobs;
	for (long i = 0; i < jobs; i++) {
		struct share share = {first + (uint64_t)i,
				      count > (uint64_t)i ? count - (uint64_t)i : 0, (uint64_t)jobs,
				      mode};

		w[i] = start_worker(&share);
	}
	for (long i = 0; i < jobs; i++) {
		struct run_result r = end_worker(&w[i]);

		for (size_t n = 0; n < SIM_COUNT_MAX; n++) {
			t->count[n] += r.count[n];
		}
		t->runs += r.runs;
		t->twice += r.twice;
		t->failed += !r.ok;
		if (!r.ok && bad.ok) {
			bad = r;
		}
		if (!r.ok) {
			/* One is enough to begin with. */
			for (long n = i + 1; n < jobs; n++) {
				kill(w[n].pid, SIGKILL);
			}
			for (long n = i + 1; n < jobs; n++) {
				(void)end_worker(&w[n]);
			}
			break;
		}
	}
	if (!bad.ok) {
		report(&bad, mode);
	}
}

static void run_file(const char *path, struct total *t)
{
	struct sim_plan p;
	char why[RUN_WHY_BYTES] = "";

	if (!run_read(path, &p)) {
		printf("not equal: %s: it is no schedule\n", path);
		t->failed++;
		return;
	}
	t->runs++;
	if (!run_apart(&p, t->count, why)) {
		printf("not equal: %s: %s\n", path, why);
		t->failed++;
	}
	free(p.act);
}

/* What was found once stays found. */
static void run_found(struct total *t)
{
	struct dirent **list = NULL;
	int n = scandir("tests/sim/found", &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];

		if (strstr(list[i]->d_name, ".sim")) {
			snprintf(path, sizeof path, "tests/sim/found/%s", list[i]->d_name);
			run_file(path, t);
		}
		free(list[i]);
	}
	free(list);
}

/* Every kind of thing that can happen has happened, or this tests less than it says. */
static void print_total(struct total *t, uint64_t seeds, double seconds)
{
	static const char *const name[] = {
#define X(NAME, TEXT) TEXT,
	    SIM_COUNTS(X)
#undef X
	};

	printf("sim: seeds=%zu twice=%zu failed=%zu seconds=%.1f", t->runs, t->twice, t->failed,
	       seconds);
	for (size_t i = 0; i < SIM_COUNT_MAX; i++) {
		printf(" %s=%zu", name[i], t->count[i]);
	}
	printf("\n");
	for (size_t i = 0; seeds >= 100 && t->failed == 0 && i < SIM_COUNT_MAX; i++) {
		if (t->count[i] == 0) {
			printf("not equal: it never came to: %s\n", name[i]);
			t->failed++;
		}
	}
	run_bounds();
	printf("%zu passed, %zu failed\n", t->runs, t->failed);
}

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct total t = {0};
	uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	run_begin();
	if (argc > 1 && seeds == 0) {
		for (int i = 1; i < argc; i++) {
			run_file(argv[i], &t);
		}
	} else if (seeds > 0) {
		run_found(&t);
		run_seeds(argc > 2 ? strtoull(argv[2], NULL, 10) : 1, seeds,
			  argc > 3 ? run_mode_find(argv[3]) : -1, &t);
	} else {
		fprintf(stderr, "usage: sim SEEDS [SEED] [safety|liveness|both], or sim FILE…\n");
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	print_total(&t, seeds,
		    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	run_end();
	return t.failed > 0;
}
