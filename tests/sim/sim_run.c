#include "sim/sim_run.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/net_bound.h"

static struct rig rigs[SIM_CASES];
static struct run_result *telling; /* NULL: to nobody but the log */
static int telling_to;

/* ---- here ---- */

void run_begin(void)
{
	static const char *const file[SIM_CASES] = {CASE_1, CASE_2};
	static const char *const now[SIM_CASES] = {MEETING_1, MEETING_2};

	for (size_t i = 0; i < SIM_CASES; i++) {
		rig_init(&rigs[i], file[i], now[i], 1);
	}
}

void run_end(void)
{
	for (size_t i = 0; i < SIM_CASES; i++) {
		rig_fini(&rigs[i]);
	}
}

uint64_t run_here(const struct sim_plan *p, size_t *count)
{
	struct sim *s = mem_alloc(sizeof *s);
	uint64_t trace;

	sim_now_running = s;
	world_open(s, p, &rigs[p->which % SIM_CASES], count);
	s->loud = getenv("SIM_LOUD") != NULL;
	sim_play(s);
	trace = s->trace;
	world_close(s);
	sim_now_running = NULL;
	free(s);
	return trace;
}

void sim_failed(const char *what, const char *format, ...)
{
	char why[RUN_WHY_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof why, format, args);
	va_end(args);
	if (!telling) {
		printf("not equal: %s (%s)\n", why, what);
		fflush(stdout);
		_exit(1);
	}
	telling->ok = false;
	snprintf(telling->why, sizeof telling->why, "%.1200s%s%.200s", why[1] ? why + 1 : "",
		 strcmp(what, "false") == 0 ? "" : " -- ", strcmp(what, "false") == 0 ? "" : what);
	run_say(telling_to, telling);
	_exit(1);
}

/* ---- apart ---- */

void run_say_to(int to, struct run_result *r)
{
	telling = r;
	telling_to = to;
}

void run_say(int to, const struct run_result *r)
{
	const char *at = (const char *)r;
	size_t left = sizeof *r;

	fflush(stdout);
	while (left > 0) {
		ssize_t n = write(to, at, left);

		if (n <= 0) {
			return;
		}
		at += n;
		left -= (size_t)n;
	}
}

struct run_result run_hear(int from)
{
	struct run_result r;
	size_t have = 0;
	ssize_t n;

	while (have < sizeof r && (n = read(from, (char *)&r + have, sizeof r - have)) > 0) {
		have += (size_t)n;
	}
	if (have < sizeof r) {
		r = (struct run_result){.ok = false, .why = "it died and said nothing"};
	}
	return r;
}

bool run_apart(const struct sim_plan *p, size_t *count, char *why)
{
	struct run_result r = {.ok = true};
	int ends[2], status = 0;
	pid_t pid;

	cr_assert(pipe(ends) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		alarm(120);
		if (!getenv("SIM_LOUD") && !freopen("/dev/null", "w", stderr)) {
			_exit(1);
		}
		run_say_to(ends[1], &r);
		(void)run_here(p, r.count);
		run_say(ends[1], &r);
		_exit(0);
	}
	close(ends[1]);
	r = run_hear(ends[0]);
	close(ends[0]);
	(void)waitpid(pid, &status, 0);
	for (size_t i = 0; i < SIM_COUNT_MAX && r.ok; i++) {
		count[i] += r.count[i];
	}
	snprintf(why, RUN_WHY_BYTES, "%.1400s", r.why);
	return r.ok && status == 0;
}

/* ---- written down ---- */

static const char *const mode_names[] = {"safety", "liveness"};

const char *run_mode_name(enum sim_mode mode)
{
	return mode_names[mode];
}

int run_mode_find(const char *name)
{
	for (int i = 0; i < 2; i++) {
		if (strcmp(name, mode_names[i]) == 0) {
			return i;
		}
	}
	return -1;
}

static bool write_plan(const char *path, const struct sim_plan *p, const char *why)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		return false;
	}
	fprintf(f, "# SEED=%" PRIu64 ": %.200s\n", p->seed, why);
	fprintf(f, "mode %s\ncase %u\nseats %u\nstubborn %u\nseed %" PRIu64 "\n",
		mode_names[p->mode], p->which, p->seats, p->stubborn, p->seed);
	for (size_t i = 0; i < p->count; i++) {
		fprintf(f, "act %s %u %016" PRIx64 "\n", sim_acts[p->act[i].kind].name,
			p->act[i].who, p->act[i].dice);
	}
	return fclose(f) == 0;
}

static bool read_act(const char *line, struct sim_plan *p, size_t *cap)
{
	char name[32];
	unsigned who;
	uint64_t dice;

	if (sscanf(line, "act %31s %u %" SCNx64, name, &who, &dice) != 3) {
		return false;
	}
	for (uint8_t i = 0; i < sim_act_count; i++) {
		if (strcmp(sim_acts[i].name, name) == 0) {
			mem_room(&p->act, cap, p->count, sizeof *p->act);
			p->act[p->count++] = (struct sim_act){i, (uint8_t)who, dice};
			return true;
		}
	}
	return false;
}

bool run_read(const char *path, struct sim_plan *out)
{
	FILE *f = fopen(path, "r");
	char line[512], word[32];
	size_t cap = 0;
	bool ok = f != NULL;

	*out = (struct sim_plan){.seats = 2};
	while (ok && fgets(line, sizeof line, f)) {
		ok = line[0] == '#' || line[0] == '\n' || read_act(line, out, &cap) ||
		     sscanf(line, "case %u", &out->which) == 1 ||
		     sscanf(line, "seats %u", &out->seats) == 1 ||
		     sscanf(line, "stubborn %u", &out->stubborn) == 1 ||
		     sscanf(line, "seed %" SCNu64, &out->seed) == 1 ||
		     (sscanf(line, "mode %31s", word) == 1 && run_mode_find(word) >= 0);
		if (ok && sscanf(line, "mode %31s", word) == 1) {
			out->mode = (enum sim_mode)run_mode_find(word);
		}
	}
	if (f) {
		fclose(f);
	}
	return ok && out->seats >= 2 && out->seats <= SIM_SEATS;
}

/* ---- made small ---- */

enum { SHRINK_TRIES = 400 };

static bool still_fails(const struct sim_plan *p, char *why, size_t *tries)
{
	size_t count[SIM_COUNT_MAX] = {0};
	char now[RUN_WHY_BYTES];

	if ((*tries)++ >= SHRINK_TRIES || run_apart(p, count, now)) {
		return false;
	}
	memcpy(why, now, RUN_WHY_BYTES);
	return true;
}

/* Without `size` acts at a time, as long as it fails without them. */
static void fewer_acts(struct sim_plan *p, size_t size, char *why, size_t *tries)
{
	for (size_t at = 0; at < p->count;) {
		size_t n = size < p->count - at ? size : p->count - at;
		struct sim_plan less = *p;

		less.act = mem_alloc((p->count + 1) * sizeof *less.act);
		memcpy(less.act, p->act, at * sizeof *p->act);
		memcpy(less.act + at, p->act + at + n, (p->count - at - n) * sizeof *p->act);
		less.count = p->count - n;
		if (still_fails(&less, why, tries)) {
			free(p->act);
			*p = less;
		} else {
			free(less.act);
			at += n;
		}
	}
}

static void fewer_seats(struct sim_plan *p, char *why, size_t *tries)
{
	for (unsigned seats = 2; seats < p->seats; seats++) {
		struct sim_plan less = *p;

		less.seats = seats;
		if (still_fails(&less, why, tries)) {
			p->seats = seats;
			return;
		}
	}
}

void run_shrink(const struct sim_plan *plan, const char *why, const char *folder)
{
	struct sim_plan p = *plan;
	char now[RUN_WHY_BYTES], path[512];
	size_t tries = 0;

	snprintf(now, sizeof now, "%s", why);
	p.act = mem_alloc((plan->count + 1) * sizeof *p.act);
	memcpy(p.act, plan->act, plan->count * sizeof *p.act);
	if (!still_fails(&p, now, &tries)) {
		printf("alone it does not fail: it is not only the seed\n");
	}
	for (size_t size = p.count / 2; size > 0; size /= 2) {
		fewer_acts(&p, size, now, &tries);
	}
	fewer_seats(&p, now, &tries);
	fewer_acts(&p, 1, now, &tries);
	(void)mkdir(folder, 0777);
	snprintf(path, sizeof path, "%s/%s-%" PRIu64 ".sim", folder, mode_names[p.mode], p.seed);
	printf("smallest: %u seats, %zu acts, %s: %s\n", p.seats, p.count,
	       write_plan(path, &p, now) ? path : "which cannot be written", now);
	free(p.act);
}

/* ---- memory ---- */

void run_bounds(void)
{
	struct net_bound b = net_bound();
	struct rusage self = {0}, children = {0};
	size_t bound = net_bound_total(&b, 0, SIM_LINES, 1) >> 10, took;

	(void)getrusage(RUSAGE_SELF, &self);
	(void)getrusage(RUSAGE_CHILDREN, &children);
	took = (size_t)(self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss : children.ru_maxrss);
	printf("cpu: %ld s\n", (long)(self.ru_utime.tv_sec + children.ru_utime.tv_sec));
	printf("memory: base_mib=%zu conn_kib=%zu room_mib=%zu; with %u connections and a room "
	       "%zu MiB, taken at most %zu MiB, the clients included\n",
	       b.base_bytes >> 20, b.conn_bytes >> 10, b.room_bytes >> 20, (unsigned)SIM_LINES,
	       bound >> 10, took >> 10);
}
