/*
 * One of them is bad for ever: a reader that does not read, a disk that fails now and then, a clock
 * that jumps. Everybody else must get on: what is asked is answered within so many turns.
 */
#include "sim/sim.h"

enum { ROUNDS = 10, TURNS_MAX = 60 };

static unsigned bad_one(const struct sim *s)
{
	return s->plan->stubborn / 16 % s->plan->seats;
}

/* ---- what is bad ---- */

static void not_reading(struct sim *s)
{
	struct client *c = &s->client[bad_one(s)];

	c->stubborn = true;
	if (!c->here) {
		client_come(s, bad_one(s));
	} else if (!c->line || c->line->closed) {
		client_reconnect(s, bad_one(s), false);
	}
	if (c->line) {
		c->line->slow = true;
	}
}

static void restless(struct sim *s)
{
	struct client *c = &s->client[bad_one(s)];

	c->stubborn = true;
	if (!c->here || (c->line && c->line->closed == 1008)) {
		client_leave(s, bad_one(s));
		client_come(s, bad_one(s));
	} else {
		client_reconnect(s, bad_one(s), sim_pick(s, 2));
	}
}

/* More than may wait, whenever something is in flight. */
static void flooding(struct sim *s)
{
	struct client *c = &s->client[bad_one(s)];

	restless(s);
	for (size_t i = 0; i < SIM_FLOOD && c->line && !c->line->closed; i++) {
		client_say(s, c, "{\"t\":\"ping\"}");
	}
}

static void babbling(struct sim *s)
{
	struct client *c = &s->client[bad_one(s)];
	static const char *const words[] = {"",
					    "{",
					    "[]",
					    "{\"t\":\"join\"}",
					    "{\"t\":\"edit\"}",
					    "{\"t\":\"ping\",\"t\":\"ping\"}",
					    "\xff"};

	restless(s);
	if (c->line) {
		line_say(s, c->line, words[sim_pick(s, sizeof words / sizeof *words)]);
	}
}

/* It opens lines and never says who it is. */
static void silent(struct sim *s)
{
	struct client *c = &s->client[bad_one(s)];

	c->stubborn = true;
	if (c->here) {
		client_leave(s, bad_one(s));
	}
	if (c->line) {
		line_close(s, c->line);
	}
	c->v.l.seat = (uint8_t)sim_pick(s, s->kept.o.seat_count);
	line_open(s, bad_one(s));
}

/*
 * A disk that fails now and then, for ever. After each failure everybody comes again, one commit
 * each: were it to fail more often than they are many, nobody could get on.
 */
static bool fails_now(const struct sim *s)
{
	return s->watch.step % 3 == 0;
}

static void refusing(struct sim *s)
{
	if (!fails_now(s)) {
		return;
	}
	COUNT(s, NOT_KEPT);
	store_mem_fail_commit(s->store, 1 + sim_pick(s, 4), STORE_MEM_REFUSED);
}

static void unsure(struct sim *s)
{
	bool kept = sim_pick(s, 2);

	if (!fails_now(s)) {
		return;
	}
	s->count[kept ? SIM_UNKNOWN_KEPT : SIM_UNKNOWN_LOST]++;
	store_mem_fail_commit(s->store, 1 + sim_pick(s, 4),
			      kept ? STORE_MEM_SAVED : STORE_MEM_LOST);
}

/* The room has to be loaded again, and the first time it cannot be. */
static void unreadable(struct sim *s)
{
	refusing(s);
	if (fails_now(s)) {
		COUNT(s, LOADS_FAILED);
		store_mem_fail_load(s->store, 1);
	}
}

static void jumping(struct sim *s)
{
	COUNT(s, JUMPS_FAR);
	s->real += (sim_pick(s, 2) ? 1 : -1) * (int64_t)(3 + sim_pick(s, 900)) * 3600000;
	world_pass(s, 1);
	world_tick(s);
}

static void (*const bad[])(struct sim *s) = {not_reading, restless, flooding,   babbling, silent,
					     refusing,    unsure,   unreadable, jumping};

/* ---- the others ---- */

static bool is_served(const struct sim *s)
{
	for (unsigned i = 0; i < s->plan->seats; i++) {
		const struct client *c = &s->client[i];

		if (c->here && !c->stubborn && (!c->joined || c->ask_count > 0)) {
			return false;
		}
	}
	return true;
}

static void honest_words(struct sim *s)
{
	for (unsigned i = 0; i < s->plan->seats; i++) {
		struct client *c = &s->client[i];

		if (!c->stubborn && !c->here) {
			client_come(s, i);
		} else if (!c->stubborn) {
			sim_acts[sim_pick(s, 3) ? 0 : sim_pick(s, 8)].act(s, c);
		}
	}
}

static void round_of(struct sim *s)
{
	size_t turns = 0;

	COUNT(s, STUBBORN);
	bad[s->plan->stubborn % (sizeof bad / sizeof *bad)](s);
	honest_words(s);
	do {
		HOLDS(&s->watch, turns++ < TURNS_MAX, "the others do not get on: %s",
		      s->plan->stubborn % 9 < 5 ? "one of them is bad" : "disk or clock is bad");
		sim_turn(s);
		judge_step(s);
		arena_reset(&s->watch.mem);
	} while (!is_served(s));
}

void sim_live(struct sim *s)
{
	s->watch.what = "the others";
	for (size_t i = 0; i < ROUNDS; i++) {
		s->dice = s->plan->seed * 1000 + i;
		s->watch.step++;
		round_of(s);
	}
	sim_rest(s);
	judge_rest(s);
	for (unsigned i = 0; i < s->plan->seats; i++) {
		s->client[i].stubborn = false;
	}
	s->real = s->ideal;
}
