#ifndef ROKUSHA_TESTS_SUPPORT_OWN_MAIN_H
#define ROKUSHA_TESTS_SUPPORT_OWN_MAIN_H

/*
 * For programs with a main of their own that use helpers written for Criterion: what does not hold
 * is printed and ends the program. Include it before any other header of tests/.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static inline void own_holds(bool holds, const char *file, int line, const char *what)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: *** does not hold: %s\n", file, line, what);
		abort();
	}
}

#define OWN_FIRST(first, ...) (first)
#define OWN_HOLDS(holds, what) own_holds((holds), __FILE__, __LINE__, what)

#undef cr_assert
#undef cr_assert_eq
#undef cr_assert_neq
#undef cr_assert_lt
#undef cr_assert_gt
#undef cr_assert_null
#undef cr_assert_str_eq
#define cr_assert(...) OWN_HOLDS(!!OWN_FIRST(__VA_ARGS__, 0), #__VA_ARGS__)
#define cr_assert_eq(a, b, ...) OWN_HOLDS((a) == (b), #a " == " #b)
#define cr_assert_neq(a, b, ...) OWN_HOLDS((a) != (b), #a " != " #b)
#define cr_assert_lt(a, b, ...) OWN_HOLDS((a) < (b), #a " < " #b)
#define cr_assert_gt(a, b, ...) OWN_HOLDS((a) > (b), #a " > " #b)
#define cr_assert_null(a, ...) OWN_HOLDS(!(a), "no " #a)
#define cr_assert_str_eq(a, b, ...) OWN_HOLDS(strcmp(a, b) == 0, #a " is " #b)

#endif
