#include "base/utf8.h"

#include <string.h>

/* Length of the well-formed sequence at `p`, 0 if there is none. */
static size_t sequence_len(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t n;

	if (p[0] < 0x80) {
		return 1;
	}
	if (p[0] >= 0xC2 && p[0] <= 0xDF) {
		n = 2;
	} else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
		n = 3;
		low = p[0] == 0xE0 ? 0xA0 : 0x80;
		high = p[0] == 0xED ? 0x9F : 0xBF;
	} else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		n = 4;
		low = p[0] == 0xF0 ? 0x90 : 0x80;
		high = p[0] == 0xF4 ? 0x8F : 0xBF;
	} else {
		return 0;
	}
	if (left < n || p[1] < low || p[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < n; i++) {
		if (p[i] < 0x80 || p[i] > 0xBF) {
			return 0;
		}
	}
	return n;
}

bool utf8_is_valid(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0;

	while (i < s.len) {
		size_t n = sequence_len(p + i, s.len - i);

		if (n == 0) {
			return false;
		}
		i += n;
	}
	return true;
}

/* Bit 0 of each byte of a word, and the sum of those bits. */
#define EACH UINT64_C(0x0101010101010101)

static unsigned sum_of(uint64_t bits)
{
	return (unsigned)((bits * EACH) >> 56);
}

/* One for each byte that leads, and one more for one that leads a pair. Eight bytes at once. */
static unsigned units_of_word(uint64_t w)
{
	uint64_t goes_on = (w >> 7) & ~(w >> 6) & EACH;
	uint64_t pair = (w >> 7) & (w >> 6) & (w >> 5) & (w >> 4) & EACH;

	return 8 - sum_of(goes_on) + sum_of(pair);
}

static uint64_t word_at(struct slice s, size_t i)
{
	uint64_t w;

	memcpy(&w, s.ptr + i, sizeof w);
	return w;
}

static bool leads(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

size_t utf8_units(struct slice s)
{
	size_t units = 0;
	size_t i = 0;

	for (; i + 8 <= s.len; i += 8) {
		units += units_of_word(word_at(s, i));
	}
	for (; i < s.len; i++) {
		units += leads(s.ptr[i]);
		units += (unsigned char)s.ptr[i] >= 0xF0;
	}
	return units;
}

size_t utf8_offset(struct slice s, size_t units)
{
	size_t i = 0;

	while (i + 8 <= s.len && units >= 16) {
		units -= units_of_word(word_at(s, i));
		i += 8;
	}
	/* The rest of the last character that was counted. */
	while (i < s.len && !leads(s.ptr[i])) {
		i++;
	}
	while (units > 0 && i < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];
		size_t wide = c >= 0xF0 ? 2 : 1;

		if (wide > units) {
			return SIZE_MAX;
		}
		units -= wide;
		i += c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	}
	return units == 0 ? i : SIZE_MAX;
}

bool utf8_is_text(struct slice s, bool lines)
{
	if (!utf8_is_valid(s)) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t' && !(c == '\n' && lines)) || c == 0x7F) {
			return false;
		}
		/* C1 controls are C2 80 .. C2 9F; NEL (C2 85) is one of them. */
		if (c == 0xC2 && (unsigned char)s.ptr[i + 1] <= 0x9F) {
			return false;
		}
	}
	return true;
}
