/* The floor (floor/floor.c): letters and digits. What a character takes is what it takes there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen.h"

enum { REF = 8, BYTES = 24 };

static void path(const struct client *c, char *out, size_t size)
{
	(void)snprintf(out, size, "/%u/%u", c->room, c->nth);
}

static void opened(struct client *c)
{
	c->asked_ns = clock_ns();
	ws_send(c, "j", 1);
}

static void frame(struct client *c, const uint8_t *p, size_t n)
{
	uint32_t nth = (uint32_t)(p[0] - 'A');

	if (p[0] == 'd') {
		gen_ready(c);
	} else if (p[0] == 'a' && n == 1 + REF) {
		gen_acked(c, (uint32_t)strtoul((const char *)p + 1, NULL, 16));
	} else if (n == BYTES && nth < opt.seats && nth != c->nth) {
		gen_delivered(c, gen_peer(c, nth));
	} else {
		gen_die("an unknown frame of %zu bytes", n);
	}
}

static bool edit(struct client *c)
{
	char b[BYTES + 1];

	(void)snprintf(b, sizeof b, "%c%08xg%06u.......", (char)('A' + c->nth), c->sent,
		       gen_below(3000));
	ws_send(c, b, BYTES);
	return true;
}

const struct proto proto_floor = {.name = "floor",
				  .is_binary = true,
				  .path = path,
				  .opened = opened,
				  .frame = frame,
				  .edit = edit};
