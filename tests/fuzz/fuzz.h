#ifndef ROKUSHA_TESTS_FUZZ_FUZZ_H
#define ROKUSHA_TESTS_FUZZ_FUZZ_H

/* What the targets share: a failure that is never compiled away, and bytes taken as choices. */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(CONDITION, ...)                                                                       \
	do {                                                                                       \
		if (!(CONDITION)) {                                                                \
			fprintf(stderr, "fuzz: %s:%d: %s: ", __FILE__, __LINE__, #CONDITION);      \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The form a change is written in: a replacement by one empty line is a deletion. */
static inline json_t *canonical_change(const json_t *json)
{
	json_t *out = json_deep_copy(json);
	json_t *part;
	size_t i;

	json_array_foreach(out, i, part)
	{
		if (json_array_size(part) == 2 &&
		    json_string_length(json_array_get(part, 1)) == 0) {
			json_array_remove(part, 1);
		}
	}
	return out;
}

/* Choices, taken from the input byte by byte; behind its end all are 0. */
struct choices {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t choice(struct choices *c)
{
	if (c->left == 0) {
		return 0;
	}
	c->left--;
	return *c->at++;
}

/* 0 .. n-1 */
static inline size_t choose(struct choices *c, size_t n)
{
	size_t v = choice(c);

	if (n > 256) {
		v = v << 8 | choice(c);
	}
	return n ? v % n : 0;
}

#endif
