#include "base/jsonw.h"

#include "base/ids.h"

/* What may not stand in a string as it is. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void add_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* each before its letter */
	char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
		if ((unsigned char)shorts[i] == c) {
			buf_add(b, (struct slice){(char[]){'\\', shorts[i + 1]}, 2});
			return;
		}
	}
	buf_add(b, (struct slice){u, sizeof u});
}

void jsonw_string(struct buf *b, struct slice s)
{
	size_t begin = 0;

	jsonw_raw(b, "\"");
	for (size_t i = 0; i < s.len; i++) {
		if (!is_plain((unsigned char)s.ptr[i])) {
			buf_add(b, (struct slice){s.ptr + begin, i - begin});
			add_escape(b, (unsigned char)s.ptr[i]);
			begin = i + 1;
		}
	}
	buf_add(b, (struct slice){s.ptr + begin, s.len - begin});
	jsonw_raw(b, "\"");
}

void jsonw_uint(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, (struct slice){digits + at, sizeof digits - at});
}

void jsonw_hex(struct buf *b, uint64_t id)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(id, hex);
	jsonw_raw(b, "\"");
	buf_add(b, (struct slice){hex, HEX64_LEN});
	jsonw_raw(b, "\"");
}
