#ifndef ROKUSHA_TESTS_UNIT_TEST_CASEFILE_STRINGS_H
#define ROKUSHA_TESTS_UNIT_TEST_CASEFILE_STRINGS_H

/* Naughty strings of other people and our own, and the rule of what a place takes. */
#include <sodium.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "test_casefile_full.h"

struct strings {
	struct slice *text;
	size_t count, cap;
	struct arena mem;
};

static inline void strings_add(struct strings *s, struct slice text)
{
	mem_room(&s->text, &s->cap, s->count, sizeof *s->text);
	s->text[s->count++] = arena_dup(&s->mem, text);
}

static inline void strings_add_naughty(struct strings *s)
{
	json_t *list = json_load_file("tests/vectors/shared/blns.json", 0, NULL);
	const json_t *v;
	size_t i;

	cr_assert_eq(json_array_size(list), 515);
	json_array_foreach(list, i, v)
	{
		strings_add(s, (struct slice){json_string_value(v), json_string_length(v)});
	}
	json_decref(list);
}

/* "id:valid hex:bytes" and "id:invalid hex:bytes:…" of flenniken/utf8tests. */
static inline void strings_add_hex(struct strings *s, bool valid)
{
	const char *mark = valid ? ":valid hex:" : ":invalid hex:";
	struct buf all = rig_file("tests/vectors/shared/utf8tests.txt");

	buf_add(&all, (struct slice){"", 1});
	for (char *line = strtok(all.ptr, "\n"); line; line = strtok(NULL, "\n")) {
		const char *hit = strstr(line, mark);
		const char *hex = hit ? hit + strlen(mark) : NULL;
		unsigned char bytes[256];
		size_t len = 0;

		if (line[0] != '#' && hex &&
		    sodium_hex2bin(bytes, sizeof bytes, hex, strcspn(hex, ":"), " ", &len, NULL) ==
			0) {
			strings_add(s, (struct slice){(char *)bytes, len});
		}
	}
	buf_fini(&all);
}

static inline void strings_add_japanese(struct strings *s)
{
	static const char *const own[] = {
	    "か\xE3\x82\x99",
	    "が",
	    "ハ\xE3\x82\x9A",
	    "パ",
	    "𠮷野家の髙﨑さん",
	    "葛\xF3\xA0\x84\x80城",
	    "葛\xF3\xA0\x84\x81城",
	    "👩‍👩‍👧‍👦",
	    "🇯🇵",
	    "عبد الله",
	    "\xE2\x80\xAEright to left",
	    "Ærøskøbing",
	    "①②㈱㍿",
	    "〒１０６",
	    "a\tb",
	    "\xEF\xBB\xBFmark",
	    "\xEF\xBF\xBE",
	    "@self",
	    "@0123456789abcdef",
	    "null",
	    "self",
	    "p\"\\/</script>",
	};
	struct buf novel = rig_file("tests/vectors/shared/ja-bocchan.txt");
	struct slice text = buf_slice(&novel);
	struct buf plain = {0};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		strings_add(s, slice_of(own[i]));
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '\r') {
			buf_add(&plain, (struct slice){text.ptr + i, 1});
		}
	}
	text = buf_slice(&plain);
	strings_add(s, (struct slice){text.ptr, utf8_offset(text, LIMIT_TEXT_UNITS)});
	text.len = utf8_offset(text, LIMIT_LINE_UNITS);
	strings_add(s, text);
	for (size_t i = 0; i < plain.len; i++) {
		plain.ptr[i] = plain.ptr[i] == '\n' ? ' ' : plain.ptr[i];
	}
	strings_add(s, text); /* the same as one line */
	buf_fini(&plain);
	buf_fini(&novel);
}

/* The rule as the readers are told it, said once more. */
static inline bool strings_has_control(struct slice s, bool lines)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool c1 = c == 0xC2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xA0;

		if ((c < 0x20 && c != '\t' && !(c == '\n' && lines)) || c == 0x7F || c1) {
			return true;
		}
	}
	return false;
}

static inline bool full_fits(const struct full_place *p, struct slice s)
{
	return !strings_has_control(s, p->lines) && utf8_units(s) <= p->units_max &&
	       !(p->seats && s.len > 0 && s.ptr[0] == '@');
}

static inline void strings_init(struct strings *all)
{
	*all = (struct strings){0};
	cr_assert(sodium_init() >= 0);
	arena_init(&all->mem);
	strings_add_naughty(all);
	strings_add_hex(all, true);
	strings_add_japanese(all);
	cr_assert_gt(all->count, 580);
}

static inline void strings_fini(struct strings *all)
{
	free(all->text);
	arena_fini(&all->mem);
}

#endif
