#include "base/jsonr.h"

static void skip(struct slice *rest, size_t n)
{
	rest->ptr += n;
	rest->len -= n;
}

bool jsonr_raw(struct slice *rest, struct slice bytes)
{
	if (rest->len < bytes.len || memcmp(rest->ptr, bytes.ptr, bytes.len) != 0) {
		return false;
	}
	skip(rest, bytes.len);
	return true;
}

bool jsonr_uint(struct slice *rest, uint64_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < rest->len && i < 17 && rest->ptr[i] >= '0' && rest->ptr[i] <= '9') {
		n = n * 10 + (uint64_t)(rest->ptr[i] - '0');
		i++;
	}
	/* 17 digits are too many; what begins with a zero is that zero. */
	if (i == 0 || i == 17 || (i > 1 && rest->ptr[0] == '0') || n > ((uint64_t)1 << 53) - 1) {
		return false;
	}
	skip(rest, i);
	*out = n;
	return true;
}

bool jsonr_plain(struct slice *rest, struct slice *out)
{
	size_t i = 1;

	if (rest->len < 2 || rest->ptr[0] != '"') {
		return false;
	}
	while (i < rest->len && rest->ptr[i] != '"') {
		if (rest->ptr[i] == '\\' || (unsigned char)rest->ptr[i] < 0x20) {
			return false;
		}
		i++;
	}
	if (i == rest->len) {
		return false;
	}
	*out = (struct slice){rest->ptr + 1, i - 1};
	skip(rest, i + 1);
	return true;
}
