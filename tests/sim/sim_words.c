/* Random changes of a text. */
#include "base/utf8.h"
#include "sim/sim.h"

/* Where a character begins: an offset in bytes, and its place in units. */
static size_t boundary(const char *text, size_t unit, size_t *at)
{
	size_t i = 0;

	for (*at = 0; text[i] && *at < unit;) {
		unsigned char b = (unsigned char)text[i];

		*at += b >= 0xF0 ? 2 : 1;
		i += b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
	}
	return i;
}

void words_change(struct sim *s, uint32_t cell, const char *old, char *out, size_t size)
{
	size_t units = utf8_units(slice_of(old));
	char head[24] = "", tail[24] = "", body[48];
	size_t at, to;

	(void)boundary(old, sim_pick(s, units + 1), &at);
	to = at;
	if (units > 0 && sim_pick(s, 3) == 0) {
		(void)boundary(old, at + 1 + sim_pick(s, 6), &to);
		snprintf(body, sizeof body, "[%zu]", to - at);
	}
	if (to == at && sim_pick(s, 4) == 0) {
		snprintf(body, sizeof body, "[0,\"" SIM_MARK "\"]", SIM_MARK_OF(cell));
	} else if (to == at) {
		snprintf(body, sizeof body, "[0,\"%s\"]", sim_pick(s, 4) ? "字" : "𠮷");
	}
	if (at) {
		snprintf(head, sizeof head, "%zu,", at);
	}
	if (units > to) {
		snprintf(tail, sizeof tail, ",%zu", units - to);
	}
	snprintf(out, size, "[%s%s%s]", head, body, tail);
}
