/* Types and bounds below everything else. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/index.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "support/files.h"

Test(utf8, counts_as_a_browser_does)
{
	struct slice s = slice_of("aあ𠮷\n");

	cr_assert_eq(utf8_units(s), 5);
	cr_assert_eq(utf8_offset(s, 2), 4);
	cr_assert_eq(utf8_offset(s, 3), SIZE_MAX, "between the halves of a pair");
	cr_assert_eq(utf8_offset(s, 4), 8);
	cr_assert_eq(utf8_offset(s, 5), s.len);
	cr_assert_eq(utf8_offset(s, 6), SIZE_MAX);
}

Test(utf8, refuses_what_is_no_text)
{
	static const char *const bad[] = {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
					  "\xE3\x81", "\x80",         "\xF8\x88\x80\x80\x80",
					  "a\x01",    "\xC2\x85",     "\x7F",
					  "a\rb"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert(!utf8_is_text(slice_of(bad[i]), true), "case %zu", i);
	}
	cr_assert(!utf8_is_text((struct slice){"a\0b", 3}, true));
	cr_assert(utf8_is_text(slice_of("が\tか\xE3\x82\x99\n"), true));
	cr_assert(!utf8_is_text(slice_of("a\nb"), false));
}

/* "id:valid hex:bytes" and "id:invalid hex:bytes:...", as flenniken/utf8tests writes them. */
static size_t hex_bytes(const char *p, unsigned char *out)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (sscanf(p, " %2x%n", &byte, &used) == 1 && n < 64) {
		out[n++] = (unsigned char)byte;
		p += used;
	}
	return n;
}

Test(utf8, agrees_with_other_peoples_cases)
{
	struct buf all = rig_file("tests/vectors/shared/utf8tests.txt");
	struct buf novel = rig_file("tests/vectors/shared/ja-bocchan.txt");
	unsigned checked = 0;

	buf_add(&all, (struct slice){"", 1});
	for (char *line = strtok(all.ptr, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned char bytes[64];
		char *good = strstr(line, ":valid hex:");
		char *bad = strstr(line, ":invalid hex:");
		size_t n;

		if (line[0] == '#' || (!good && !bad)) {
			continue;
		}
		n = hex_bytes(good ? good + 11 : bad + 13, bytes);
		cr_assert_eq(utf8_is_valid((struct slice){(char *)bytes, n}), good != NULL, "%s",
			     line);
		checked++;
	}
	cr_assert_gt(checked, 150);
	cr_assert(utf8_is_valid(buf_slice(&novel)));
	cr_assert_gt(utf8_units(buf_slice(&novel)), 105000);
	buf_fini(&all);
	buf_fini(&novel);
}

Test(map, finds_what_was_put)
{
	struct map m = {.seed = 7};
	char key[16];

	for (uint32_t i = 0; i < 3000; i++) {
		snprintf(key, sizeof key, "k%u", i);
		map_put(&m, slice_of(key), i);
	}
	map_put(&m, slice_of("k5"), 99);
	cr_assert_eq(m.count, 3000);
	cr_assert_eq(map_get(&m, slice_of("k5")), 99);
	cr_assert_eq(map_get(&m, slice_of("k2999")), 2999);
	cr_assert_eq(map_get(&m, slice_of("K5")), MAP_NONE);
	cr_assert_eq(map_get(&m, slice_of("")), MAP_NONE);
	map_fini(&m);
}

static const char *key_at(const void *list, uint32_t item)
{
	return ((const char(*)[8])list)[item];
}

Test(base, index_finds_what_stays_where_it_is)
{
	enum { ITEMS = 60000 }; /* many enough for two of one hash */
	static char list[ITEMS][8];
	struct index x = {0};

	cr_assert_eq(index_get(&x, slice_of("k0"), key_at, list), MAP_NONE);
	for (uint32_t i = 0; i < ITEMS; i++) {
		snprintf(list[i], sizeof list[i], "k%u", i);
		index_add(&x, key_at, list);
	}
	for (uint32_t i = 0; i < ITEMS; i++) {
		cr_assert_eq(index_get(&x, slice_of(list[i]), key_at, list), i);
	}
	for (uint32_t i = 0; i < ITEMS; i++) {
		char key[8];

		snprintf(key, sizeof key, "j%u", i);
		cr_assert_eq(index_get(&x, slice_of(key), key_at, list), MAP_NONE);
	}
	cr_assert_eq(index_get(&x, (struct slice){"k12", 2}, key_at, list), 1, "by its length");
	cr_assert_eq(index_get(&x, slice_of(""), key_at, list), MAP_NONE);
	cr_assert_leq(x.cap * sizeof *x.slot, ITEMS * 12, "a few bytes each");
	index_fini(&x);
}

Test(ids, hex_both_ways)
{
	char hex[HEX64_LEN + 1];
	uint64_t n;

	id_to_hex(0x0123456789abcdefu, hex);
	cr_assert_str_eq(hex, "0123456789abcdef");
	cr_assert(id_from_hex(slice_of(hex), &n));
	cr_assert_eq(n, 0x0123456789abcdefu);
	cr_assert(!id_from_hex(slice_of("0123456789ABCDEF"), &n));
	cr_assert(!id_from_hex(slice_of("0123"), &n));
}

Test(arena, gives_zeroed_aligned_memory_again_and_again)
{
	struct arena a;

	arena_init(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 40000; n = n * 3 + 1) {
			unsigned char *p = arena_alloc(&a, n);

			cr_assert_eq((uintptr_t)p % 16, 0);
			cr_assert(p[0] == 0 && p[n - 1] == 0);
			memset(p, 0xAA, n);
		}
		cr_assert(slice_is(arena_printf(&a, "%s-%d", "x", 7), "x-7"));
		arena_reset(&a);
	}
	arena_fini(&a);
}
