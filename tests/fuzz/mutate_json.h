#ifndef ROKUSHA_TESTS_FUZZ_MUTATE_JSON_H
#define ROKUSHA_TESTS_FUZZ_MUTATE_JSON_H

#include <stddef.h>
#include <stdint.h>

/*
 * libFuzzer's own hooks, for inputs that are one byte and a JSON document. Random bytes hardly ever
 * make another valid document; these change the tree: values, keys, types, references. Every few
 * times the bytes are changed all the same.
 */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t out_max, unsigned seed);

/* Keys that are put in. Those of a case file, unless the target has this function itself. */
const char *const *mutate_keys(size_t *count);

#endif
