/*
 * y-websocket and Hocuspocus. What is typed was encoded by Yjs itself before (peers/encode.mjs);
 * here it is only sent at its time. An update that comes may have been merged of several: each
 * character in it is counted for whom it is of. Hocuspocus puts the name of the document before
 * each message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen_trace.h"

enum { SYNC, AWARENESS, AUTH, STATUS = 8, STEP1 = 0, STEP2 = 1, UPDATE = 2 };

/* Of an item, lib0's bits: what it says where it belongs. */
enum { HAS_LEFT = 0x80, HAS_RIGHT = 0x40, HAS_KEY = 0x20, KIND = 0x1f, STRING = 4 };

struct bytes {
	const uint8_t *p;
	size_t n;
};

static struct {
	uint32_t seats;
	uint32_t edits;
	const uint8_t *id; /* of seats, 32 bits each */
	struct bytes base;
	struct bytes *update; /* round by round */
} in;

static bool has_names(void)
{
	return opt.proto == &proto_hocuspocus;
}

/* ---- reading ---- */

static struct bytes take(struct bytes *b, size_t n)
{
	struct bytes got = {b->p, n};

	if (n > b->n) {
		gen_die("a message that ends too early");
	}
	b->p += n;
	b->n -= n;
	return got;
}

static uint64_t varint(struct bytes *b)
{
	uint64_t v = 0;

	for (int shift = 0; shift < 63; shift += 7) {
		uint8_t c = *take(b, 1).p;

		v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80) {
			break;
		}
	}
	return v;
}

static struct bytes varbytes(struct bytes *b)
{
	return take(b, varint(b));
}

static uint32_t u32(struct bytes *b)
{
	const uint8_t *p = take(b, 4).p;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void start(void)
{
	struct bytes b;

	b.p = (const uint8_t *)file_text(opt.input, &b.n);
	in.seats = u32(&b);
	in.edits = u32(&b);
	in.id = take(&b, (size_t)in.seats * 4).p;
	in.base = take(&b, u32(&b));
	if (in.seats != opt.seats || (in.edits < opt.edits && !trace_is_on())) {
		gen_die("%s: %u seats that type %u times", opt.input, in.seats, in.edits);
	}
	in.update = calloc((size_t)in.seats * in.edits, sizeof *in.update);
	if (!in.update) {
		gen_die("no memory");
	}
	for (size_t i = 0; i < (size_t)in.seats * in.edits; i++) {
		in.update[i] = take(&b, u32(&b));
	}
}

/* ---- writing ---- */

static size_t put_varint(uint8_t *to, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7) {
		to[n++] = (uint8_t)(v | 0x80);
	}
	to[n++] = (uint8_t)v;
	return n;
}

static size_t put_name(const struct client *c, uint8_t *to)
{
	int n = has_names() ? snprintf((char *)to + 1, 16, "r%u", c->room) : -1;

	if (n > 0) {
		to[0] = (uint8_t)n;
	}
	return (size_t)(n + 1);
}

static void send_sync(struct client *c, int type, struct bytes body)
{
	static uint8_t b[MAX_FRAME];
	size_t n = put_name(c, b);

	b[n++] = SYNC;
	b[n++] = (uint8_t)type;
	n += put_varint(b + n, body.n);
	if (n + body.n > sizeof b) {
		gen_die("a long text");
	}
	memcpy(b + n, body.p, body.n);
	ws_send(c, b, n + body.n);
}

static void path(const struct client *c, char *out, size_t size)
{
	(void)snprintf(out, size, "/r%u", c->room);
}

static void ask(struct client *c)
{
	static const uint8_t nothing = 0; /* the state of an empty document */

	c->asked_ns = clock_ns();
	send_sync(c, STEP1, (struct bytes){&nothing, 1});
}

static void opened(struct client *c)
{
	uint8_t b[32];
	size_t n = put_name(c, b);

	if (has_names()) {
		memcpy(b + n, "\2\0\1x", 4); /* a token, which nobody looks at */
		ws_send(c, b, n + 4);
	}
	ask(c);
}

/* ---- who typed what ---- */

static void skip_id(struct bytes *b)
{
	(void)varint(b);
	(void)varint(b);
}

/* One item of one character; anything else is not typed here. */
static void skip_item(struct bytes *b)
{
	uint8_t info = *take(b, 1).p;
	struct bytes text;

	if (info & HAS_LEFT) {
		skip_id(b);
	}
	if (info & HAS_RIGHT) {
		skip_id(b);
	}
	if (!(info & (HAS_LEFT | HAS_RIGHT))) {
		if (varint(b) == 1) {
			(void)varbytes(b);
		} else {
			skip_id(b);
		}
		if (info & HAS_KEY) {
			(void)varbytes(b);
		}
	}
	text = varbytes(b);
	if ((info & KIND) != STRING || text.n != strlen("あ")) {
		gen_die("an item of kind %d, %zu bytes", info & KIND, text.n);
	}
}

static int author(uint64_t id)
{
	for (uint32_t i = 0; i < in.seats; i++) {
		struct bytes b = {in.id + (size_t)i * 4, 4};

		if (u32(&b) == id) {
			return (int)i;
		}
	}
	return -1;
}

/* An ack of y-websocket is one's own update that comes back. What comes twice counts once. */
static void take_item(struct client *c, uint32_t who, uint32_t clock)
{
	uint32_t *got = &c->got[who];

	if (who == c->nth && has_names()) {
		return; /* its ack is a message of its own */
	}
	if (clock > *got) {
		gen_die("client %u has number %u of client %u after %u", c->index, clock, who,
			*got);
	}
	if (clock == *got && who != c->nth) {
		gen_delivered(c, gen_peer(c, who));
	} else if (clock == *got) {
		++*got;
		gen_acked(c, clock);
	}
}

/* What comes of a recording comes one update a message: the writer's own is its ack. */
static void take_patch(struct client *c, struct bytes b)
{
	if (c->nth == 0) {
		gen_acked(c, c->acked);
	} else {
		trace_take_raw(c, b.p, b.n);
	}
}

static void take_update(struct client *c, struct bytes b)
{
	uint64_t clients;

	if (trace_is_on() && c->state == CONN_READY) {
		take_patch(c, b);
		return;
	}
	clients = varint(&b);
	if (strcmp(opt.mode, "join") == 0) {
		return; /* Hocuspocus tells who joins first what it has just loaded, too */
	}
	for (uint64_t i = 0; i < clients; i++) {
		uint64_t items = varint(&b);
		int who = author(varint(&b));
		uint64_t clock = varint(&b);

		if (who < 0) {
			if (c->state != CONN_READY) {
				gen_ready(c); /* the text at the start, which it brought itself */
			}
			return;
		}
		for (uint64_t k = 0; k < items; k++) {
			skip_item(&b);
			take_item(c, (uint32_t)who, (uint32_t)(clock + k));
		}
	}
}

/* Who comes first brings the text; in mode join it is there. */
static void take_step2(struct client *c, size_t n)
{
	if (c->state == CONN_READY) {
		return;
	}
	if (c->nth == 0 && n < in.base.n) {
		send_sync(c, UPDATE, in.base);
	} else {
		gen_ready(c);
	}
}

static void take_sync(struct client *c, struct bytes b)
{
	uint64_t type = varint(&b);

	if (type == UPDATE) {
		take_update(c, varbytes(&b));
	} else if (type == STEP2) {
		take_step2(c, varbytes(&b).n);
	}
}

static void frame(struct client *c, const uint8_t *p, size_t n)
{
	struct bytes b = {p, n};
	uint64_t type;

	if (has_names()) {
		(void)varbytes(&b);
	}
	type = varint(&b);
	if (type == SYNC || type == 4) {
		take_sync(c, b);
	} else if (type == STATUS && c->state == CONN_READY && c->acked < c->sent) {
		gen_acked(c, c->acked); /* they come in order, and only for updates */
	}
}

static bool edit(struct client *c)
{
	send_sync(c, UPDATE, in.update[(size_t)c->sent * in.seats + c->nth]);
	return true;
}

static uint32_t push(struct client *c, const struct patch *p, uint32_t n)
{
	(void)p;
	if (n == 0 || c->sent >= in.edits) {
		gen_die("%s: too few updates", opt.input);
	}
	return edit(c);
}

const struct proto proto_yws = {.name = "yws",
				.is_binary = true,
				.is_serial = true,
				.start = start,
				.path = path,
				.opened = opened,
				.frame = frame,
				.edit = edit,
				.push = push};
const struct proto proto_hocuspocus = {.name = "hocuspocus",
				       .is_binary = true,
				       .is_serial = true,
				       .start = start,
				       .path = path,
				       .opened = opened,
				       .frame = frame,
				       .edit = edit};
