#ifndef ROKUSHA_TESTS_SIM_CRITERION_H
#define ROKUSHA_TESTS_SIM_CRITERION_H

/*
 * The helpers of tests/support speak Criterion. The simulator runs without it: a run that fails
 * ends its process, and whoever started it makes the schedule smaller.
 */
#include <string.h>

void sim_failed(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#define cr_assert(C, ...) ((C) ? (void)0 : sim_failed(#C, " " __VA_ARGS__))
#define cr_assert_eq(A, B, ...) cr_assert((A) == (B), ##__VA_ARGS__)
#define cr_assert_neq(A, B, ...) cr_assert((A) != (B), ##__VA_ARGS__)
#define cr_assert_lt(A, B, ...) cr_assert((A) < (B), ##__VA_ARGS__)
#define cr_assert_gt(A, B, ...) cr_assert((A) > (B), ##__VA_ARGS__)
#define cr_assert_str_eq(A, B, ...) cr_assert(strcmp(A, B) == 0, ##__VA_ARGS__)

#endif
