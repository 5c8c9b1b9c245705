/* Connections: log in, upgrade, frames. Nothing is checked that a benchmark need not know. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/gen.h"
#include "bench/gen_ours.h"

enum {
	SCRATCH = MAX_FRAME + (1 << 20),
	OUT_MAX = 1 << 20, /* a server so far behind is not measured any more */
	PER_ADDRESS = 120, /* a city hall, as far as the server can tell */
	HEAD_MAX = 14,
	TEXT = 1,
	BINARY = 2,
	CLOSE = 8,
	PING = 9,
	PONG = 10,
};

static uint8_t scratch[SCRATCH];

int ws_epoll(void)
{
	static int epoll = -1;

	if (epoll < 0) {
		epoll = epoll_create1(EPOLL_CLOEXEC);
	}
	return epoll;
}

static void watch(struct client *c, int op, bool wants_write)
{
	struct epoll_event e = {.events = EPOLLIN | (wants_write ? (uint32_t)EPOLLOUT : 0),
				.data.ptr = c};

	c->wants_write = wants_write;
	if (epoll_ctl(ws_epoll(), op, c->fd, &e) != 0) {
		gen_die("epoll: %s", strerror(errno));
	}
}

static void dial(struct client *c)
{
	uint32_t from = 0x7f010001u + c->index / PER_ADDRESS;
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
	struct sockaddr_in it = {.sin_family = AF_INET,
				 .sin_port = htons(opt.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		gen_die("socket: %s", strerror(errno));
	}
	/* Else a port of this address may be taken by a connection of another one. */
	(void)setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(c->fd, (struct sockaddr *)&me, sizeof me) != 0 ||
	    (connect(c->fd, (struct sockaddr *)&it, sizeof it) != 0 && errno != EINPROGRESS)) {
		gen_die("connect: %s", strerror(errno));
	}
	c->rest_len = 0;
	watch(c, EPOLL_CTL_ADD, true);
}

static void hang_up(struct client *c)
{
	if (c->fd >= 0) {
		(void)close(c->fd);
	}
	c->fd = -1;
	c->out_len = 0;
	c->rest_len = 0;
}

void ws_close(struct client *c)
{
	hang_up(c);
	c->state = CONN_GONE;
}

static void lost(struct client *c)
{
	ws_close(c);
	gen_closed(c);
}

/* ---- out ---- */

static void keep(struct client *c, const uint8_t *p, size_t n)
{
	if (c->out_len + n > OUT_MAX) {
		lost(c);
		return;
	}
	c->out = realloc(c->out, c->out_len + n);
	if (!c->out) {
		gen_die("no memory");
	}
	memcpy(c->out + c->out_len, p, n);
	c->out_len += n;
	if (!c->wants_write) {
		watch(c, EPOLL_CTL_MOD, true);
	}
}

static void put(struct client *c, const uint8_t *p, size_t n)
{
	ssize_t done = 0;

	if (c->out_len == 0 && !c->wants_write) {
		done = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (done < 0 && errno != EAGAIN) {
			lost(c);
			return;
		}
		done = done < 0 ? 0 : done;
	}
	if ((size_t)done < n) {
		keep(c, p + done, n - (size_t)done);
	}
}

static void put_waiting(struct client *c)
{
	ssize_t done = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (done < 0) {
		if (errno != EAGAIN) {
			lost(c);
		}
		return;
	}
	c->out_len -= (size_t)done;
	memmove(c->out, c->out + done, c->out_len);
	if (c->out_len == 0) {
		watch(c, EPOLL_CTL_MOD, false);
	}
}

static void send_frame(struct client *c, int opcode, const uint8_t *p, size_t n)
{
	static uint8_t b[MAX_FRAME + HEAD_MAX];
	uint32_t mask = (uint32_t)gen_random();
	size_t at = 2;

	if (n > MAX_FRAME || c->fd < 0) {
		return;
	}
	b[0] = (uint8_t)(0x80 | opcode);
	if (n < 126) {
		b[1] = (uint8_t)(0x80 | n);
	} else if (n < 65536) {
		b[1] = 0x80 | 126;
		b[at++] = (uint8_t)(n >> 8);
		b[at++] = (uint8_t)n;
	} else {
		b[1] = 0x80 | 127;
		for (int shift = 56; shift >= 0; shift -= 8) {
			b[at++] = (uint8_t)(n >> shift);
		}
	}
	memcpy(b + at, &mask, 4);
	for (size_t i = 0; i < n; i++) {
		b[at + 4 + i] = p[i] ^ b[at + (i & 3)];
	}
	put(c, b, at + 4 + n);
}

void ws_send(struct client *c, const void *p, size_t n)
{
	send_frame(c, opt.proto->is_binary ? BINARY : TEXT, p, n);
}

/* ---- the way in ---- */

static void ask_login(struct client *c)
{
	char b[512];
	const char *secret = ours_secret(c);
	int n = snprintf(b, sizeof b,
			 "POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: http://127.0.0.1:%u\r\n"
			 "Connection: close\r\nContent-Length: %zu\r\n\r\n{\"secret\":\"%s\"}",
			 opt.port, strlen(secret) + 13, secret);

	put(c, (uint8_t *)b, (size_t)n);
}

static void ask_upgrade(struct client *c)
{
	char path[64] = "";
	char b[768];
	int n;

	opt.proto->path(c, path, sizeof path);
	n = snprintf(b, sizeof b,
		     "GET %s HTTP/1.1\r\nHost: x\r\nOrigin: http://127.0.0.1:%u\r\n%s%s%s"
		     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		     "Sec-WebSocket-Key: %016llx%05llx0==\r\n%s%s%s\r\n",
		     path, opt.port, c->cookie[0] ? "Cookie: " : "", c->cookie,
		     c->cookie[0] ? "\r\n" : "", (unsigned long long)gen_random(),
		     (unsigned long long)(gen_random() & 0xfffff),
		     opt.proto->subprotocol ? "Sec-WebSocket-Protocol: " : "",
		     opt.proto->subprotocol ? opt.proto->subprotocol : "",
		     opt.proto->subprotocol ? "\r\n" : "");
	put(c, (uint8_t *)b, (size_t)n);
}

void ws_start(struct client *c)
{
	c->state = opt.proto->has_login ? CONN_LOGIN : CONN_UPGRADE;
	dial(c);
	if (c->state == CONN_LOGIN) {
		ask_login(c);
	} else {
		ask_upgrade(c);
	}
}

static bool copy_until(const char *text, const char *from, const char *ends, char *out, size_t size)
{
	const char *at = strcasestr(text, from);
	size_t n = at ? strcspn(at + strlen(from), ends) : 0;

	if (!at || n >= size) {
		return false;
	}
	memcpy(out, at + strlen(from), n);
	out[n] = '\0';
	return true;
}

/* `text` ends with a NUL; the body is there when the connection has ended. */
static void take_login(struct client *c, const char *text)
{
	if (strncmp(text, "HTTP/1.1 200", 12) != 0 ||
	    !copy_until(text, "set-cookie: ", ";\r", c->cookie, sizeof c->cookie) ||
	    !copy_until(text, "\"sid\":\"", "\"", c->sid, sizeof c->sid)) {
		gen_die("login of client %u: %.60s", c->index, text);
	}
	hang_up(c);
	c->state = CONN_UPGRADE;
	dial(c);
	ask_upgrade(c);
}

/* -> bytes used, 0 while the head is not whole */
static size_t take_upgrade(struct client *c, const uint8_t *p, size_t n)
{
	const uint8_t *end = memmem(p, n, "\r\n\r\n", 4);

	if (!end) {
		return 0;
	}
	if (n < 12 || memcmp(p, "HTTP/1.1 101", 12) != 0) {
		gen_die("upgrade of client %u: %.60s", c->index, (const char *)p);
	}
	c->state = CONN_OPEN;
	opt.proto->opened(c);
	return (size_t)(end - p) + 4;
}

/* ---- in ---- */

static void take_message(struct client *c, int opcode, const uint8_t *p, size_t n)
{
	if (opcode == TEXT || opcode == BINARY) {
		opt.proto->frame(c, p, n);
	} else if (opcode == PING) {
		send_frame(c, PONG, p, n);
	} else if (opcode == CLOSE) {
		lost(c);
	}
}

/* -> bytes used: one whole frame, or 0. Servers here never split a message. */
static size_t take_frame(struct client *c, const uint8_t *p, size_t n)
{
	uint64_t len = n < 2 ? 0 : p[1] & 127;
	size_t at = 2;

	if (n < 2) {
		return 0;
	}
	if (len >= 126) {
		size_t more = len == 126 ? 2 : 8;

		if (n < at + more) {
			return 0;
		}
		len = 0;
		for (size_t i = 0; i < more; i++) {
			len = len << 8 | p[at++];
		}
	}
	if (!(p[0] & 0x80) || (p[0] & 0x0f) == 0 || len > MAX_FRAME) {
		gen_die("a message in pieces, or of %llu bytes", (unsigned long long)len);
	}
	if (n < at + len) {
		return 0;
	}
	c->joined_size = at + (size_t)len;
	c->arrived_ns = clock_ns(); /* what the generator makes of it is its own time */
	take_message(c, p[0] & 0x0f, p + at, (size_t)len);
	return at + (size_t)len;
}

static void take(struct client *c, const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (at < n && c->state >= CONN_UPGRADE && c->state <= CONN_READY) {
		size_t used = c->state == CONN_UPGRADE ? take_upgrade(c, p + at, n - at)
						       : take_frame(c, p + at, n - at);

		if (used == 0) {
			break;
		}
		at += used;
	}
	if (c->state == CONN_GONE) {
		return;
	}
	c->rest_len = n - at;
	if (c->rest_len) {
		c->rest = realloc(c->rest, c->rest_len);
		if (!c->rest) {
			gen_die("no memory");
		}
		memcpy(c->rest, p + at, c->rest_len);
	} else {
		free(c->rest);
		c->rest = NULL;
	}
}

static void hear(struct client *c)
{
	ssize_t n;
	size_t have = c->rest_len;

	if (have >= SCRATCH - 1) {
		gen_die("a frame that does not end");
	}
	memcpy(scratch, c->rest ? (const void *)c->rest : "", have);
	n = recv(c->fd, scratch + have, SCRATCH - 1 - have, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN) {
		return;
	}
	scratch[have + (size_t)(n > 0 ? n : 0)] = '\0';
	if (c->state == CONN_LOGIN && n == 0) {
		take_login(c, (const char *)scratch);
	} else if (n <= 0) {
		lost(c);
	} else {
		take(c, scratch, have + (size_t)n);
	}
}

void ws_event(struct client *c, uint32_t events)
{
	if (c->fd >= 0 && (events & EPOLLOUT)) {
		if (c->out_len) {
			put_waiting(c);
		} else {
			watch(c, EPOLL_CTL_MOD, false);
		}
	}
	if (c->fd >= 0 && (events & ~(uint32_t)EPOLLOUT)) {
		hear(c);
	}
}
