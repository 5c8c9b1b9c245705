/* JSON written piece by piece against the library that is used for all the rest. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ids.h"
#include "base/jsonw.h"

/* -> whether both print the same */
static bool is_same(struct slice s)
{
	json_t *v = json_stringn(s.ptr, s.len);
	char *want = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	struct buf b = {0};
	bool same;

	cr_assert(want);
	jsonw_string(&b, s);
	same = slice_is(buf_slice(&b), want);
	if (!same) {
		printf("%.*s is not %s\n", (int)b.len, b.ptr, want);
	}
	buf_fini(&b);
	free(want);
	json_decref(v);
	return same;
}

static size_t encode(unsigned cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 63));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 63));
		out[2] = (char)(0x80 | (cp & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 63));
	out[2] = (char)(0x80 | (cp >> 6 & 63));
	out[3] = (char)(0x80 | (cp & 63));
	return 4;
}

Test(jsonw, every_character_as_jansson_prints_it)
{
	char text[2 * 4 + 2];
	size_t wrong = 0;

	for (unsigned cp = 0; cp < 0x110000; cp++) {
		size_t len = 1;

		if (cp >= 0xD800 && cp < 0xE000) {
			continue;
		}
		text[0] = 'a';
		len += encode(cp, text + len);
		len += encode(cp, text + len);
		text[len++] = 'b';
		wrong += !is_same((struct slice){text, len});
	}
	cr_assert_eq(wrong, 0);
}

Test(jsonw, the_empty_string_and_long_ones)
{
	struct buf long_one = {0};

	cr_assert(is_same((struct slice){"", 0}));
	for (size_t i = 0; i < 1000; i++) {
		buf_add_str(&long_one, i % 7 ? "朝は八時に起きて" : "\"\\\n");
		cr_assert(is_same(buf_slice(&long_one)));
	}
	buf_fini(&long_one);
}

Test(jsonw, numbers_and_ids)
{
	static const uint64_t n[] = {0,         1, 9, 10, 99, 100, 4294967296u, (1ull << 52) + 1,
				     UINT64_MAX};

	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		struct buf b = {0};
		char want[64], hex[HEX64_LEN + 1];

		id_to_hex(n[i], hex);
		(void)snprintf(want, sizeof want, "%llu\"%s\"", (unsigned long long)n[i], hex);
		jsonw_uint(&b, n[i]);
		jsonw_hex(&b, n[i]);
		cr_assert(slice_is(buf_slice(&b), want), "%.*s", (int)b.len, b.ptr);
		buf_fini(&b);
	}
}
