/* The floor (floor/floor.c): letters and digits. What a character takes is what it takes there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen_trace.h"

enum { REF = 8, BYTES = 24, BYTES_MAX = 1024 /* of the floor */ };

static void path(const struct client *c, char *out, size_t size)
{
	(void)snprintf(out, size, "/%u/%u", c->room, c->nth);
}

static void opened(struct client *c)
{
	c->asked_ns = clock_ns();
	ws_send(c, "j", 1);
}

/* "position deleted words"; the frame ends with a NUL that is not its own. */
static void take_patch(struct client *c, const char *p, size_t n)
{
	char *at;
	uint32_t pos = (uint32_t)strtoul(p, &at, 10);
	uint32_t del = (uint32_t)strtoul(at, &at, 10);

	at++;
	trace_take(c, pos, del, at, n - (size_t)(at - p));
}

static void frame(struct client *c, const uint8_t *p, size_t n)
{
	uint32_t nth = (uint32_t)(p[0] - 'A');

	if (p[0] == 'd') {
		gen_ready(c);
	} else if (p[0] == 'a' && n == 1 + REF) {
		gen_acked(c, (uint32_t)strtoul((const char *)p + 1, NULL, 16));
	} else if (trace_is_on() && n > 1 + REF && nth == 0) {
		take_patch(c, (const char *)p + 1 + REF, n - 1 - REF);
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

static uint32_t push(struct client *c, const struct patch *p, uint32_t n)
{
	char b[BYTES_MAX];
	int head = snprintf(b, sizeof b, "A%08x%u %u ", c->sent, p->pos, p->del);

	if (n == 0 || (size_t)head + p->bytes > sizeof b) {
		gen_die("a patch of %zu bytes", p->bytes);
	}
	memcpy(b + head, p->ins, p->bytes);
	ws_send(c, b, (size_t)head + p->bytes);
	return 1;
}

const struct proto proto_floor = {.name = "floor",
				  .is_binary = true,
				  .path = path,
				  .opened = opened,
				  .frame = frame,
				  .edit = edit,
				  .push = push};
