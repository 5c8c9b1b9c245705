#include "base/ids.h"

void id_to_hex(uint64_t id, char out[HEX64_LEN + 1])
{
	for (int i = HEX64_LEN - 1; i >= 0; i--) {
		out[i] = "0123456789abcdef"[id & 15];
		id >>= 4;
	}
	out[HEX64_LEN] = '\0';
}

bool id_from_hex(struct slice s, uint64_t *out)
{
	uint64_t id = 0;

	if (s.len != HEX64_LEN) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c >= '0' && c <= '9') {
			id = id << 4 | (uint64_t)(c - '0');
		} else if (c >= 'a' && c <= 'f') {
			id = id << 4 | (uint64_t)(c - 'a' + 10);
		} else {
			return false;
		}
	}
	*out = id;
	return true;
}
