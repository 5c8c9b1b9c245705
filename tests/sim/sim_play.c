/* A schedule is drawn, and played: in safety mode with faults up to its end, in liveness mode with
 * one of them going on for ever while all others must get on. */
#include "sim/sim.h"

enum { REST_MAX = 500 };

struct sim_plan sim_draw(uint64_t seed, int mode)
{
	uint64_t start = seed; /* the streams of neighbouring seeds are one, a step apart */
	uint64_t dice = rig_random(&start);
	struct sim_plan p = {.seed = seed, .which = (unsigned)(seed % SIM_CASES)};
	unsigned total = 0;

	p.mode = mode >= 0 ? (enum sim_mode)mode : rig_random(&dice) % 4 == 0;
	/* Rather few than many: most of the time of a run goes into snapshots. */
	p.seats = 2 + (unsigned)(rig_random(&dice) % (1 + rig_random(&dice) % (SIM_SEATS - 1)));
	p.stubborn = (unsigned)(rig_random(&dice) % 64);
	p.count = p.mode == SIM_LIVENESS ? SIM_ACTS / 3 : SIM_ACTS;
	p.act = mem_alloc(p.count * sizeof *p.act);
	for (size_t i = 0; i < sim_act_count; i++) {
		total += sim_acts[i].weight;
	}
	for (size_t i = 0; i < p.count; i++) {
		unsigned n = (unsigned)(rig_random(&dice) % total);
		uint8_t kind = 0;

		while (n >= sim_acts[kind].weight) {
			n -= sim_acts[kind++].weight;
		}
		p.act[i] = (struct sim_act){.kind = kind,
					    .who = (uint8_t)(rig_random(&dice) % p.seats),
					    .dice = rig_random(&dice)};
	}
	return p;
}

bool sim_chores(struct sim *s)
{
	bool any = false;

	for (unsigned i = 0; i < s->plan->seats; i++) {
		if (!s->client[i].stubborn) {
			any |= client_chores(s, i);
		}
	}
	return any;
}

/* What is still on old lines arrives, and they end; everybody reads. */
static void calm(struct sim *s)
{
	for (size_t i = 0; i < SIM_LINES; i++) {
		struct line *l = &s->line[i];

		if (!l->open || (!l->old && s->client[l->who].stubborn)) {
			continue;
		}
		while (l->open && l->held_count > 0) {
			line_arrive(s, l);
		}
		if (l->open && l->old) {
			line_close(s, l);
		} else if (l->open) {
			l->slow = false;
			line_read(s, l, SIZE_MAX);
		}
	}
}

/* Everybody does what there is to do, and time goes on if somebody waits for it. True: busy. */
bool sim_turn(struct sim *s)
{
	bool busy;
	int64_t due;

	world_settle(s);
	calm(s);
	busy = sim_chores(s);
	due = hub_deadline(s->hub);
	if (due <= s->now + 5000) {
		/* Some are frozen until the wait is over, or a place is held back. */
		if (due > s->now) {
			world_pass(s, due - s->now);
		}
		busy = true;
	}
	world_tick(s);
	return busy || !hub_is_quiet(s->hub);
}

/* Until everybody is in, has read all, and nobody has anything to do. */
void sim_rest(struct sim *s)
{
	world_stick(s, false);
	for (size_t turn = 0; sim_turn(s); turn++) {
		cr_assert_lt(turn, (size_t)REST_MAX, "no end");
	}
}

static void step(struct sim *s, const struct sim_act *a)
{
	struct client *c = &s->client[a->who % s->plan->seats];

	s->dice = a->dice;
	s->watch.step++;
	s->watch.what = sim_acts[a->kind].name;
	COUNT(s, STEPS);
	if (s->loud) {
		printf("%zu %s %u\n", s->watch.step, s->watch.what, a->who);
	}
	if (s->stuck_left > 0 && --s->stuck_left == 0) {
		world_stick(s, false);
	}
	sim_acts[a->kind].act(s, c);
	if (sim_pick(s, 3) != 0) {
		(void)sim_chores(s);
	}
	judge_step(s);
	arena_reset(&s->watch.mem);
}

static void rest(struct sim *s, const char *what)
{
	s->watch.what = what;
	sim_rest(s);
	judge_step(s);
	judge_rest(s);
	arena_reset(&s->watch.mem);
}

static void all_leave(struct sim *s)
{
	for (unsigned i = 0; i < s->plan->seats; i++) {
		if (s->client[i].here) {
			client_leave(s, i);
		}
	}
	for (size_t i = 0; i < SIM_LINES; i++) {
		if (s->line[i].open) {
			line_close(s, &s->line[i]); /* of somebody who never came in */
		}
	}
}

/* The room leaves memory; what it leaves behind is what the journal says. */
static void evict(struct sim *s)
{
	s->watch.what = "evict";
	all_leave(s);
	for (size_t i = 0; i < 3; i++) {
		world_settle(s);
		world_pass(s, 120001);
		world_tick(s);
	}
	world_settle(s);
	HOLDS(&s->watch, hub_figures(s->hub).rooms == 0, "the room does not leave memory");
	judge_derived(s);
}

/* The server stops and starts again: who comes then sees what everybody saw. */
static void restart(struct sim *s)
{
	s->watch.what = "restart";
	if (s->plan->seed % 2) {
		evict(s);
	}
	all_leave(s);
	world_crash(s);
	for (unsigned i = 0; i < s->plan->seats; i++) {
		client_come(s, i);
	}
}

void sim_play(struct sim *s)
{
	const struct sim_plan *p = s->plan;

	for (unsigned i = 0; i < p->seats; i++) {
		client_come(s, i);
	}
	world_settle(s);
	for (size_t i = 0; i < p->count; i++) {
		step(s, &p->act[i]);
	}
	rest(s, "rest");
	if (p->mode == SIM_LIVENESS) {
		sim_live(s);
	}
	s->dice = p->seed;
	restart(s);
	rest(s, "restart");
}
