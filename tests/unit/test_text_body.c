/* A long text changed where it lies: always the same as put together anew, and every place found.
 */
#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "text/body.h"

static uint64_t dice = 1;

static uint32_t below(uint32_t n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % n;
}

/* Characters of one to four bytes, in runs. */
static struct slice words(struct arena *mem, uint32_t chars)
{
	static const char *const of[] = {"a", "\n", "é", "あ", "髙", "𠮷", "👩"};
	char *p = arena_alloc(mem, 4 * (size_t)chars + 1);
	size_t len = 0;

	for (uint32_t left = chars; left > 0;) {
		struct slice c = slice_of(of[below(sizeof of / sizeof *of)]);

		for (uint32_t run = 1 + below(40); run > 0 && left > 0; run--, left--) {
			memcpy(p + len, c.ptr, c.len);
			len += c.len;
		}
	}
	return (struct slice){p, len};
}

/* The next place at or after `at` that is not inside a pair. */
static uint32_t whole(const struct body *b, uint32_t at)
{
	return body_offset(b, at) == SIZE_MAX ? at + 1 : at;
}

/* The text is that one, and places all over it are found where they are. */
static void same(const struct body *b, struct slice want)
{
	uint32_t unit = 0, lost = 0;

	cr_assert(slice_eq((struct slice){b->text, b->bytes}, want));
	for (size_t i = 0; i < want.len; i++) {
		unsigned char c = (unsigned char)want.ptr[i];

		if ((c & 0xC0) == 0x80) {
			continue;
		}
		if (below(50) == 0) {
			lost += body_offset(b, unit) != i;
			lost += c >= 0xF0 && body_offset(b, unit + 1) != SIZE_MAX;
		}
		unit += c >= 0xF0 ? 2 : 1;
	}
	cr_assert_eq(lost, 0);
	cr_assert_eq(b->units, unit);
	cr_assert_eq(body_offset(b, unit), want.len);
	cr_assert_eq(body_offset(b, unit + 1), SIZE_MAX);
}

/* `places` of the text are replaced, inserted into or cut. */
static struct change change_at(struct arena *mem, const struct body *b, uint32_t places,
			       uint32_t most)
{
	struct change_section *s = arena_alloc(mem, (2 * (size_t)places + 1) * sizeof *s);
	uint32_t count = 0, at = 0;

	for (uint32_t i = 0; i < places && at < b->units; i++) {
		uint32_t from = whole(b, at + 1 + below(b->units / places + 1));
		uint32_t to;

		if (from >= b->units) {
			break;
		}
		to = whole(b, from + below(most < b->units - from ? most : b->units - from));
		s[count++] = (struct change_section){.len = from - at, .ins = CHANGE_KEEP};
		s[count] = (struct change_section){.len = to - from,
						   .text = words(mem, to > from ? below(most) : 1)};
		s[count].ins = (int32_t)utf8_units(s[count].text);
		count++;
		at = to;
	}
	if (at < b->units) {
		s[count++] = (struct change_section){.len = b->units - at, .ins = CHANGE_KEEP};
	}
	return (struct change){s, count};
}

static void play(uint32_t chars, uint32_t places, uint32_t most)
{
	struct arena first;
	struct body b;

	arena_init(&first);
	body_init(&b, words(&first, chars));
	for (int n = 0; n < 150; n++) {
		struct arena mem;
		struct change c;
		struct slice want;
		size_t bytes;

		arena_init(&mem);
		c = change_at(&mem, &b, places, most);
		cr_assert(change_apply(&mem, &c, (struct slice){b.text, b.bytes}, UINT32_MAX,
				       &want) == ERR_OK);
		cr_assert_eq(body_fits(&b, &c, UINT32_MAX, &bytes), ERR_OK);
		cr_assert_eq(bytes, want.len);
		body_change(&b, &c);
		same(&b, want);
		arena_fini(&mem);
	}
	body_fini(&b);
	arena_fini(&first);
}

Test(text_body, one_place_after_the_other)
{
	play(20000, 1, 1);
	play(20000, 1, 30);
	play(0, 1, 5);
}

Test(text_body, it_grows_and_shrinks_by_kilobytes)
{
	play(3000, 1, 4000);
	play(9, 1, 5000);
}

Test(text_body, several_places_at_once)
{
	play(20000, 3, 20);
	play(20000, 4, 500);
	play(20000, 40, 20);
}

Test(text_body, a_pair_is_not_cut)
{
	struct change_section s[] = {{.len = 1, .ins = CHANGE_KEEP},
				     {.len = 0, .ins = 1, .text = {"x", 1}},
				     {.len = 2, .ins = CHANGE_KEEP}};
	struct change c = {s, 3};
	struct body b;
	size_t bytes = 77;

	body_init(&b, slice_of("𠮷a"));
	cr_assert_eq(body_offset(&b, 1), SIZE_MAX);
	cr_assert_eq(body_fits(&b, &c, 9, &bytes), ERR_PROTO);
	s[0].len = 2;
	cr_assert_eq(body_fits(&b, &c, 9, &bytes), ERR_PROTO, "and its length is");
	s[2].len = 1;
	cr_assert_eq(body_fits(&b, &c, 3, &bytes), ERR_LIMIT);
	cr_assert_eq(bytes, 77);
	cr_assert_eq(body_fits(&b, &c, 4, &bytes), ERR_OK);
	cr_assert_eq(bytes, 6);
	body_fini(&b);
}
