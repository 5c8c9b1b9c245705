#ifndef ROKUSHA_TESTS_FUZZ_CRITERION_H
#define ROKUSHA_TESTS_FUZZ_CRITERION_H

/* What tests/support needs of Criterion, for programs that are libFuzzer's: a failure aborts. */
#include <stdio.h>
#include <stdlib.h>

#define cr_assert(CONDITION, ...)                                                                  \
	do {                                                                                       \
		if (!(CONDITION)) {                                                                \
			fprintf(stderr, "fuzz: %s:%d: %s " __VA_OPT__("") "\n", __FILE__,          \
				__LINE__, #CONDITION);                                             \
			abort();                                                                   \
		}                                                                                  \
	} while (0)
#define cr_assert_eq(A, B, ...) cr_assert((A) == (B))
#define cr_assert_lt(A, B, ...) cr_assert((A) < (B))
#define cr_assert_null(A, ...) cr_assert(!(A))

#endif
