/*
 * The scanner of leaves held against the library: other people's JSON and strings, every short text
 * of the characters that mean something, every byte after every byte, and random leaves that were
 * damaged. SEED=n begins the random ones there.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "minutes/scan.h"
#include "support/leaf_oracle.h"
#include "support/vectors.h"

#define SALT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static uint64_t dice;
static size_t leaves;

static void agrees(struct slice bytes, const char *what, size_t which)
{
	bool is_leaf;

	cr_assert(oracle_leaf_agrees(bytes, &is_leaf), "%s %zu: %.*s", what, which, (int)bytes.len,
		  bytes.ptr);
	leaves += is_leaf;
}

/* As all there is, as a value, as the name, in a list, as a member; in a string with `quoted`. */
static void everywhere(struct slice text, const char *what, size_t which)
{
	static const char *const around[][2] = {
	    {"", ""},
	    {"[\"" SALT "\",\"n\",", "]"},
	    {"[\"" SALT "\",", ",1]"},
	    {"[\"" SALT "\",\"n\",[0,", "]]"},
	    {"[\"" SALT "\",\"n\",{\"a\":{\"b\":", "},\"c\":2}]"},
	    {"[\"" SALT "\",\"n\",\"", "\"]"},
	    {"[\"" SALT "\",\"n\",\"a longer text before it \xe6\x9c\xac", "\"]"},
	    {"[\"" SALT "\",\"s00/", "\",true]"},
	    {"[\"", "\",\"n\",1]"},
	};
	struct buf b = {0};

	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
		buf_clear(&b);
		buf_add_str(&b, around[i][0]);
		buf_add(&b, text);
		buf_add_str(&b, around[i][1]);
		agrees(buf_slice(&b), what, which);
	}
	buf_fini(&b);
}

static void each(const json_t *list, const char *kind)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct slice b64 = str(o, "base64");
		struct buf b = {0};

		if (b64.len) { /* else too long to be written down: one text many times */
			cr_assert(min_b64_decode(b64, &b));
			everywhere(buf_slice(&b), kind, i);
		}
		buf_fini(&b);
	}
	cr_assert_gt(i, 20);
}

Test(minutes_value, json_of_others_is_read_as_the_library_reads_it)
{
	json_t *v = vectors("jsontestsuite");
	struct buf deep = {0};

	each(json_object_get(v, "test_parsing"), "parsing");
	each(json_object_get(v, "test_transform"), "transform");
	for (size_t i = 0; i < 100000; i++) {
		buf_add_str(&deep, "[");
	}
	everywhere(buf_slice(&deep), "deep", 0);
	cr_assert_gt(leaves, 50);
	buf_fini(&deep);
	json_decref(v);
}

Test(minutes_value, naughty_strings_are_read_as_the_library_reads_them)
{
	json_t *v = vectors("blns");
	const json_t *s;
	size_t i;

	json_array_foreach(v, i, s)
	{
		char *escaped = json_dumps(s, JSON_ENCODE_ANY);
		char *ascii = json_dumps(s, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		everywhere(oracle_text(s), "naughty", i);
		everywhere(slice_of(escaped), "naughty, escaped", i);
		everywhere(slice_of(ascii), "naughty, in ASCII", i);
		free(escaped);
		free(ascii);
	}
	cr_assert_gt(i, 500);
	cr_assert_gt(leaves, 2000);
	json_decref(v);
}

/* All texts of up to four of these, where a value stands. */
Test(minutes_value, short_texts_of_all_kinds, .timeout = 300)
{
	static const char of[] = "{}[]\",:\\0-19antu \n.e";
	enum { KINDS = sizeof of - 1 };
	size_t max = KINDS * KINDS * KINDS * KINDS;

	for (size_t n = 0; n < max; n++) {
		char text[128] = "[\"" SALT "\",\"n\",";
		size_t at = strlen(text);

		/* Zeros before a number are left out: so all shorter ones come, too. */
		for (size_t rest = n; rest > 0; rest /= KINDS) {
			text[at++] = of[rest % KINDS];
		}
		text[at++] = ']';
		agrees((struct slice){text, at}, "short", n);
	}
	cr_assert_gt(leaves, 30);
}

/* In a string, at each place of a word of eight bytes. */
Test(minutes_value, every_byte_after_every_byte, .timeout = 300)
{
	for (size_t n = 0; n < 65536; n++) {
		char text[128] = "[\"" SALT "\",\"n\",\"";
		size_t at = strlen(text);

		memset(text + at, 'x', n % 11);
		at += n % 11;
		text[at++] = (char)(n >> 8);
		text[at++] = (char)n;
		memset(text + at, 'y', n % 13);
		at += n % 13;
		text[at++] = '"';
		text[at++] = ']';
		agrees((struct slice){text, at}, "pair", n);
	}
	cr_assert_gt(leaves, 10000);
}

/* ---- random ---- */

static size_t roll(size_t n)
{
	return (size_t)(rig_random(&dice) % n);
}

static void add_string(struct buf *b)
{
	static const char *const parts[] = {"a",
					    "\\n",
					    "\\\"",
					    "\\\\",
					    "\\t",
					    "\xe6\x9c\xac",
					    "\xf0\x9f\x98\x80",
					    "\xc3\xa9",
					    " ",
					    "0123456789",
					    "/",
					    "\x7f",
					    "~",
					    "\\u0041",
					    "\n",
					    "\xed\xa0\x80",
					    "\xe2\x80\xa8"};

	buf_add_str(b, "\"");
	for (size_t n = roll(6); n > 0; n--) {
		buf_add_str(b, parts[roll(roll(20) ? 13 : sizeof parts / sizeof *parts)]);
	}
	buf_add_str(b, "\"");
}

static void add_value(struct buf *b, int depth);

static void add_object(struct buf *b, int depth)
{
	/* Seldom so many that they are put in order. */
	size_t count = roll(roll(10) ? 5 : 40);
	bool twice = roll(8) == 0;

	buf_add_str(b, "{");
	for (size_t i = 0; i < count; i++) {
		size_t n = twice ? roll(count) : i;

		buf_printf(b, "%s\"%c%c\":", i ? "," : "", 'a' + (int)(n % 26),
			   'a' + (int)(n / 26));
		add_value(b, depth - 1);
	}
	buf_add_str(b, "}");
}

static void add_value(struct buf *b, int depth)
{
	static const char *const plain[] = {"true",
					    "false",
					    "0",
					    "-1",
					    "12",
					    "9007199254740991",
					    "-9007199254740991",
					    "9007199254740992",
					    "null",
					    "-0",
					    "1.5",
					    "18446744073709551617"};
	size_t kind = roll(depth > 0 || roll(12) == 0 ? 4 : 2);

	if (kind == 0) {
		buf_add_str(b, plain[roll(roll(20) ? 7 : sizeof plain / sizeof *plain)]);
	} else if (kind == 1) {
		add_string(b);
	} else if (kind == 2) {
		buf_add_str(b, "[");
		for (size_t i = 0, count = roll(5); i < count; i++) {
			buf_add_str(b, i ? "," : "");
			add_value(b, depth - 1);
		}
		buf_add_str(b, "]");
	} else {
		add_object(b, depth);
	}
}

static void damage(struct buf *b)
{
	static const char means[] = "{}[]\",:\\0-19ant \n";
	size_t at = roll(b->len);

	switch (roll(4)) {
	case 0:
		b->ptr[at] = (char)roll(256);
		break;
	case 1:
		b->ptr[at] = means[roll(sizeof means - 1)];
		break;
	case 2:
		memmove(b->ptr + at, b->ptr + at + 1, b->len - at - 1);
		b->len--;
		break;
	default:
		buf_grow(b, 1);
		memmove(b->ptr + at + 1, b->ptr + at, b->len - at);
		b->ptr[at] = b->ptr[roll(b->len)];
		b->len++;
	}
}

Test(minutes_value, random_leaves_whole_and_damaged, .timeout = 300)
{
	const char *from = getenv("SEED");
	uint64_t first = from ? strtoull(from, NULL, 10) : 1;
	struct buf b = {0};

	for (uint64_t seed = first; seed < first + 40000; seed++) {
		dice = seed;
		buf_clear(&b);
		buf_add_str(&b, "[\"" SALT "\",");
		add_string(&b);
		buf_add_str(&b, ",");
		add_value(&b, 3);
		buf_add_str(&b, "]");
		for (size_t n = roll(3); n > 0; n--) {
			damage(&b);
		}
		agrees(buf_slice(&b), "SEED", (size_t)seed);
	}
	cr_assert(leaves > 8000 && leaves < 35000, "%zu of them are leaves", leaves);
	buf_fini(&b);
}

/* Whoever writes a leaf of a megabyte makes its reader no slower than its length. */
Test(minutes_value, very_many_names_are_compared)
{
	enum { NAMES = 90000 };

	for (unsigned twice = 0; twice < 2; twice++) {
		struct buf b = {0}, d = {0}, shown = {0};
		struct min_shown l;
		json_t *want;

		buf_add_str(&b, "[\"" SALT "\",\"n\",{");
		for (unsigned n = 0; n < NAMES; n++) {
			unsigned k = twice && n == NAMES - 1 ? 4000 : n;

			buf_printf(&b, "%s\"%c%c%c%c\":0", n ? "," : "", 'a' + k % 26,
				   'a' + k / 26 % 26, 'a' + k / 676 % 26, 'a' + k / 17576);
		}
		buf_add_str(&b, "}]");
		cr_assert_lt(b.len, 1024 * 1024);
		min_b64u_add(&d, b.ptr, b.len);
		want = oracle_leaf(buf_slice(&b));
		cr_assert_eq(want != NULL, !twice);
		cr_assert_eq(min_leaf_show(buf_slice(&d), &shown, &l), !twice);
		json_decref(want);
		buf_fini(&b);
		buf_fini(&d);
		buf_fini(&shown);
	}
}

/* ---- strings of a bundle ---- */

static size_t drip(void *arg, char *to, size_t max)
{
	struct slice *rest = arg;
	size_t n = max > 0 && rest->len > 0;

	memcpy(to, rest->ptr, n);
	rest->ptr += n;
	rest->len -= n;
	return n;
}

/* Each byte at each place of the words of eight, however the bytes come. */
Test(minutes_value, a_string_of_a_bundle_is_printable_ascii)
{
	for (size_t n = 0; n < 256 * 24; n++) {
		char text[32] = "\"0123456789012345678901234\"\n";
		bool is_end = n % 256 == '"';
		size_t at = 1 + n / 256;

		text[at] = (char)(n % 256);
		for (int slow = 0; slow < 2; slow++) {
			struct slice rest = {text, strlen("\"0123456789012345678901234\"\n")};
			struct min_source from = {drip, &rest};
			struct min_scan s;
			struct slice got;
			bool ok;

			min_scan_init(&s, slow ? from : min_source_of(&rest));
			ok = min_scan_string(&s, 25, &got);
			cr_assert_eq(
			    ok, is_end || (n % 256 >= 0x20 && n % 256 < 0x7f && n % 256 != '\\'),
			    "byte %zu at %zu", n % 256, at);
			cr_assert(!ok ||
				  (slice_eq(got, (struct slice){text + 1, is_end ? at - 1 : 25}) &&
				   min_scan_is(&s, is_end ? text[at + 1] : '\n')));
			min_scan_fini(&s);
		}
	}
}
