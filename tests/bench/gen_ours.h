#ifndef TESTS_BENCH_GEN_OURS_H
#define TESTS_BENCH_GEN_OURS_H

#include "bench/gen.h"

const char *ours_secret(const struct client *c);

#endif
