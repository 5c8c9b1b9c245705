#include "minutes/b64.h"

#include <assert.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t write_chars(char *to, const uint8_t *in, size_t count, const char *alphabet)
{
	const uint8_t *end = in + count / 3 * 3;
	char *at = to;
	uint32_t bits;

	for (; in < end; in += 3, at += 4) {
		bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
		at[0] = alphabet[bits >> 18];
		at[1] = alphabet[bits >> 12 & 63];
		at[2] = alphabet[bits >> 6 & 63];
		at[3] = alphabet[bits & 63];
	}
	if (count % 3) {
		bits = (uint32_t)in[0] << 16 | (count % 3 == 2 ? (uint32_t)in[1] << 8 : 0);
		*at++ = alphabet[bits >> 18];
		*at++ = alphabet[bits >> 12 & 63];
		if (count % 3 == 2) {
			*at++ = alphabet[bits >> 6 & 63];
		}
		for (size_t pad = 3 - count % 3; alphabet == standard && pad > 0; pad--) {
			*at++ = '=';
		}
	}
	return (size_t)(at - to);
}

void min_b64_add(struct buf *out, const void *bytes, size_t count)
{
	if (count) {
		buf_grow(out, (count + 2) / 3 * 4);
		out->len += write_chars(out->ptr + out->len, bytes, count, standard);
	}
}

void min_b64u_add(struct buf *out, const void *bytes, size_t count)
{
	if (count) {
		buf_grow(out, (count + 2) / 3 * 4);
		out->len += write_chars(out->ptr + out->len, bytes, count, url);
	}
}

void min_b64u_write(const void *bytes, size_t count, char *out)
{
	(void)write_chars(out, bytes, count, url);
}

void min_b64_hash(const struct min_hash *h, char out[MIN_B64_HASH + 1])
{
	size_t n = write_chars(out, h->b, sizeof h->b, standard);

	assert(n == MIN_B64_HASH);
	out[n] = '\0';
}

/* What a character stands for; NO: nothing. */
enum { NO = 64 };
struct sextets {
	uint8_t of[256];
};

/* clang-format off */
#define NO_8 NO, NO, NO, NO, NO, NO, NO, NO
#define NO_32 NO_8, NO_8, NO_8, NO_8
#define NO_128 NO_32, NO_32, NO_32, NO_32
/* By the characters of which the two alphabets differ: + - / _ */
#define SEXTETS(PLUS, DASH, SLASH, LINE) { \
	NO_8, NO_8, NO_8, NO_8, NO_8, \
	NO, NO, NO, PLUS, NO, DASH, NO, SLASH, \
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO, \
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, \
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, LINE, \
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, \
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO, \
	NO_128 }
static const struct sextets standard_six = {SEXTETS(62, NO, 63, NO)};
static const struct sextets url_six = {SEXTETS(NO, 62, NO, 63)};
/* clang-format on */

/* The last two or three characters, or none -> bytes; SIZE_MAX: not base64. */
static size_t read_tail(const unsigned char *in, size_t chars, uint8_t *out, const uint8_t *six)
{
	uint32_t bits = 0;

	if (chars == 1) {
		return SIZE_MAX;
	}
	for (size_t i = 0; i < chars; i++) {
		if (six[in[i]] == NO) {
			return SIZE_MAX;
		}
		bits |= (uint32_t)six[in[i]] << (18 - 6 * i);
	}
	/* What the bytes do not fill is 0: else there were two spellings. */
	if (bits & (chars == 2 ? 0xffff : 0xff)) {
		return SIZE_MAX;
	}
	for (size_t i = 0; i + 1 < chars; i++) {
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	}
	return chars ? chars - 1 : 0;
}

/* -> bytes written to `out`, which has room for three quarters; SIZE_MAX: not base64. */
static size_t read_chars(struct slice text, uint8_t *out, bool is_url)
{
	const uint8_t *six = is_url ? url_six.of : standard_six.of;
	const unsigned char *in = (const unsigned char *)text.ptr;
	size_t chars = text.len;
	size_t n = 0;
	size_t tail;

	/* Padding may stand at the very end only, one or two of it. */
	while (!is_url && chars > 0 && chars % 4 != 2 && in[chars - 1] == '=') {
		chars--;
	}
	for (size_t left = chars / 4; left > 0; left--, in += 4, n += 3) {
		uint32_t a = six[in[0]], b = six[in[1]], c = six[in[2]], d = six[in[3]];
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) & NO) {
			return SIZE_MAX;
		}
		out[n] = (uint8_t)(bits >> 16);
		out[n + 1] = (uint8_t)(bits >> 8);
		out[n + 2] = (uint8_t)bits;
	}
	tail = read_tail(in, chars % 4, out + n, six);
	return tail == SIZE_MAX ? SIZE_MAX : n + tail;
}

static bool decode(struct slice text, struct buf *out, bool is_url)
{
	size_t n;

	if (!is_url && text.len % 4 != 0) {
		return false;
	}
	buf_grow(out, text.len / 4 * 3 + 3);
	n = read_chars(text, (uint8_t *)out->ptr + out->len, is_url);
	if (n == SIZE_MAX) {
		return false;
	}
	out->len += n;
	return true;
}

bool min_b64_decode(struct slice text, struct buf *out)
{
	return decode(text, out, false);
}

bool min_b64u_decode(struct slice text, struct buf *out)
{
	return decode(text, out, true);
}

bool min_b64_exact(struct slice text, void *out, size_t count)
{
	/* The length follows from the count, and the padding with it. */
	size_t pad = (3 - count % 3) % 3;

	if (text.len != (count + 2) / 3 * 4) {
		return false;
	}
	for (size_t i = 0; i < 3 && i < text.len; i++) {
		if ((text.ptr[text.len - 1 - i] == '=') != (i < pad)) {
			return false;
		}
	}
	return read_chars(text, out, false) == count;
}

bool min_b64u_exact(struct slice text, void *out, size_t count)
{
	return text.len == (count * 4 + 2) / 3 && read_chars(text, out, true) == count;
}
