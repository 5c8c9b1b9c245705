#include "minutes/b64.h"

#include <assert.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t write_chars(char *to, const uint8_t *in, size_t count, const char *alphabet)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i += 3) {
		uint32_t bits = (uint32_t)in[i] << 16 |
				(i + 1 < count ? (uint32_t)in[i + 1] << 8 : 0) |
				(i + 2 < count ? (uint32_t)in[i + 2] : 0);
		size_t chars = i + 2 < count ? 4 : i + 1 < count ? 3 : 2;

		for (size_t c = 0; c < 4; c++) {
			if (c < chars) {
				to[n++] = alphabet[bits >> (18 - 6 * c) & 63];
			} else if (alphabet == standard) {
				to[n++] = '=';
			}
		}
	}
	return n;
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

void min_b64_hash(const struct min_hash *h, char out[MIN_B64_HASH + 1])
{
	size_t n = write_chars(out, h->b, sizeof h->b, standard);

	assert(n == MIN_B64_HASH);
	out[n] = '\0';
}

static int sextet(char c, bool is_url)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == (is_url ? '-' : '+') ? 62 : c == (is_url ? '_' : '/') ? 63 : -1;
}

/* -> bytes written to `out`, which has room for three quarters; SIZE_MAX: not base64. */
static size_t read_chars(struct slice text, uint8_t *out, bool is_url)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i += 4) {
		size_t chars = text.len - i < 4 ? text.len - i : 4;
		uint32_t bits = 0;

		/* Padding may stand at the very end only. */
		while (!is_url && i + 4 == text.len && chars > 2 &&
		       text.ptr[i + chars - 1] == '=') {
			chars--;
		}
		for (size_t c = 0; c < chars; c++) {
			int six = sextet(text.ptr[i + c], is_url);

			if (six < 0) {
				return SIZE_MAX;
			}
			bits |= (uint32_t)six << (18 - 6 * c);
		}
		if (chars == 1 || bits & (chars == 2 ? 0xffff : chars == 3 ? 0xff : 0)) {
			return SIZE_MAX;
		}
		for (size_t c = 0; c + 1 < chars; c++) {
			out[n++] = (uint8_t)(bits >> (16 - 8 * c));
		}
	}
	return n;
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
