#ifndef ROKUSHA_TESTS_SIM_SIM_RUN_H
#define ROKUSHA_TESTS_SIM_SIM_RUN_H

/* One schedule: here, or in a process of its own; written down, read, and made small. */
#include "sim/sim.h"

enum { RUN_WHY_BYTES = 1500 };

struct run_result {
	bool ok;
	uint64_t seed; /* the last one begun */
	size_t runs, twice;
	size_t count[SIM_COUNT_MAX];
	char why[RUN_WHY_BYTES];
};

void run_begin(void); /* reads the cases */
void run_end(void);

uint64_t run_here(const struct sim_plan *p, size_t *count); /* its trace */
/* In a process of its own; false with `why` when it fails. */
bool run_apart(const struct sim_plan *p, size_t *count, char *why);

/* A failure in this process is said there, with what `r` holds by then. */
void run_say_to(int to, struct run_result *r);
void run_say(int to, const struct run_result *r);
struct run_result run_hear(int from);

/* Fewer seats and acts that still fail; written to `folder`. */
void run_shrink(const struct sim_plan *p, const char *why, const char *folder);
bool run_read(const char *path, struct sim_plan *out);

int run_mode_find(const char *name); /* -1: both */
const char *run_mode_name(enum sim_mode mode);
void run_bounds(void); /* what the limits add up to, and what this process took */

#endif
