#include "minutes/scan.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/value.h"

enum { WINDOW = 64 * 1024, LITERAL = 64 };

void min_scan_init(struct min_scan *s, struct min_source source)
{
	*s = (struct min_scan){.source = source, .window = mem_alloc(WINDOW)};
}

void min_scan_fini(struct min_scan *s)
{
	free(s->window);
	buf_fini(&s->string);
	*s = (struct min_scan){0};
}

/* Read on until `want` bytes are there, or no more come. */
static bool has(struct min_scan *s, size_t want)
{
	assert(want <= WINDOW);
	if (s->end - s->begin < want && s->begin > 0) {
		memmove(s->window, s->window + s->begin, s->end - s->begin);
		s->end -= s->begin;
		s->begin = 0;
	}
	while (s->end - s->begin < want && !s->ended) {
		size_t n = s->source.read(s->source.arg, s->window + s->end, WINDOW - s->end);

		s->failed = n == MIN_READ_FAILED;
		s->ended = n == 0 || s->failed;
		if (!s->ended) {
			assert(n <= WINDOW - s->end);
			s->end += n;
			/* What is longer than any bundle ends here, so it is none. */
			s->ended = s->at + (s->end - s->begin) > MIN_BUNDLE_BYTES;
		}
	}
	return s->end - s->begin >= want;
}

static void skip(struct min_scan *s, size_t n)
{
	s->begin += n;
	s->at += n;
}

bool min_scan_take(struct min_scan *s, const char *text)
{
	size_t n = strlen(text);

	assert(n <= LITERAL);
	if (!has(s, n) || memcmp(s->window + s->begin, text, n) != 0) {
		return false;
	}
	skip(s, n);
	return true;
}

bool min_scan_is(struct min_scan *s, char c)
{
	return has(s, 1) && s->window[s->begin] == c;
}

bool min_scan_is_end(struct min_scan *s)
{
	return !has(s, 1) && !s->failed;
}

/* Bytes before the first that ends a string, or may not stand in one. */
static size_t plain(const char *s, size_t len)
{
	size_t n = 0;

	/* A byte from 0x7f on has its highest bit, or has it when one is added. */
	for (; n + 8 <= len; n += 8) {
		uint64_t w = min_word(s + n);

		if (min_word_ends(w) | ((w | (w + MIN_EACH)) & MIN_HIGH)) {
			break;
		}
	}
	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\') {
		n++;
	}
	return n;
}

bool min_scan_string(struct min_scan *s, size_t max, struct slice *out)
{
	buf_clear(&s->string);
	if (!min_scan_take(s, "\"")) {
		return false;
	}
	while (has(s, 1)) {
		const char *from = s->window + s->begin;
		size_t n = plain(from, s->end - s->begin);

		if (n > max - s->string.len) {
			return false;
		}
		buf_add(&s->string, (struct slice){from, n});
		skip(s, n);
		/* It ended before the window did: by its quotation mark, or by what may not be. */
		if (s->begin < s->end) {
			*out = buf_slice(&s->string);
			return min_scan_take(s, "\"");
		}
	}
	return false;
}

bool min_scan_number(struct min_scan *s, uint64_t *out)
{
	char digits[MIN_NUMBER_DIGITS + 1];
	size_t n = 0;

	while (n < sizeof digits && has(s, 1) && s->window[s->begin] >= '0' &&
	       s->window[s->begin] <= '9') {
		digits[n++] = s->window[s->begin];
		skip(s, 1);
	}
	return min_number_read((struct slice){digits, n}, out);
}

static size_t read_memory(void *arg, char *to, size_t max)
{
	struct slice *rest = arg;
	size_t n = rest->len < max ? rest->len : max;

	if (n) {
		memcpy(to, rest->ptr, n);
		rest->ptr += n;
		rest->len -= n;
	}
	return n;
}

struct min_source min_source_of(struct slice *rest)
{
	return (struct min_source){read_memory, rest};
}
