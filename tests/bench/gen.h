/*
 * The load generator: many clients of one server on one thread, in an open loop. Each client has
 * fixed times to type at; how long a character takes counts from that time, so that a slow server
 * and a late generator both show. What a protocol looks like is behind struct proto.
 */
#ifndef TESTS_BENCH_GEN_H
#define TESTS_BENCH_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HIST_SUB_BITS = 6, /* an octave has 64 steps: a figure is at most 1.6 % too large */
	HIST_SIZE = 64 << HIST_SUB_BITS,
	MAX_FRAME = 8 << 20,
	HEX64 = 16,
	PIDS = 64,
};

struct hist {
	uint64_t n;
	int64_t max;
	uint32_t at[HIST_SIZE];
};

enum conn_state {
	CONN_WAITING, /* for its turn to begin */
	CONN_LOGIN,   /* request sent, answer read; by a connection of its own */
	CONN_UPGRADE,
	CONN_OPEN,  /* a WebSocket; what the protocol wants first is on its way */
	CONN_READY, /* may type */
	CONN_GONE,
};

struct client {
	int fd;
	enum conn_state state;
	bool wants_write;
	uint32_t index;
	uint32_t room;
	uint32_t nth;  /* of its room */
	uint32_t due;  /* characters whose time has come */
	uint32_t sent; /* of them */
	uint32_t acked;
	uint32_t *got; /* of each of its room */
	int64_t phase_ns;
	int64_t asked_ns;   /* when it asked for the text */
	int64_t arrived_ns; /* when the last message was here, whole */
	size_t joined_size; /* bytes of the answer */
	uint8_t *rest;      /* of a frame, the beginning */
	size_t rest_len;
	uint8_t *out; /* not taken by the kernel yet */
	size_t out_len;
	char cookie[128];
	char sid[HEX64 + 1];
	void *own; /* the protocol's */
};

struct patch; /* gen_trace.h */

struct proto {
	const char *name;
	const char *subprotocol; /* NULL: none */
	bool has_login;
	bool is_binary;
	bool is_serial; /* the clients of a room join one after the other */
	/* Reads what it needs once, before anything is connected. */
	void (*start)(void);
	/* The target of the upgrade. */
	void (*path)(const struct client *c, char *out, size_t size);
	/* The socket is open: asks for the text. Ends, now or later, with gen_ready. */
	void (*opened)(struct client *c);
	/* Calls gen_acked, gen_delivered, gen_refused. */
	void (*frame)(struct client *c, const uint8_t *p, size_t n);
	/* Sends character number c->sent; false: not before the next ack. */
	bool (*edit)(struct client *c);
	/*
	 * Sends the first of n patches of a recording, or as many as go into one message: how many.
	 * NULL: not written.
	 */
	uint32_t (*push)(struct client *c, const struct patch *p, uint32_t n);
	bool
	    has_pushes; /* one message holds a whole batch; else they go out one behind the other */
};

extern const struct proto proto_ours, proto_floor, proto_twin, proto_yws, proto_hocuspocus,
    proto_sharedb;

struct options {
	const struct proto *proto;
	const char *input; /* what the protocol reads */
	const char *mode;  /* run, join, hold, replay */
	const char *trace; /* of mode replay */
	const char *dump;  /* of mode replay, or NULL */
	uint16_t port;
	uint32_t rooms;
	uint32_t seats; /* clients of a room */
	uint32_t edits; /* of a client */
	uint32_t warm;  /* the first of them do not count */
	uint32_t every_ms;
	uint32_t joins;    /* of mode join */
	uint32_t batch;    /* patches that may share a push */
	uint32_t drain_ms; /* so long without anything, and the rest is missing */
	uint32_t is_gated; /* begins to type, and hangs up, when told to */
	uint64_t seed;
	int pid[PIDS]; /* of the server */
	int pid_count;
};

extern struct options opt;

/* gen.c: what the protocols tell */
void gen_ready(struct client *c);
void gen_acked(struct client *c, uint32_t nth);
void gen_delivered(struct client *reader, struct client *author);
void gen_refused(struct client *c, const char *why);
void gen_closed(struct client *c);
struct client *gen_peer(const struct client *c, uint32_t nth); /* of the same room */
uint64_t gen_random(void);
uint32_t gen_below(uint32_t n);
/* What follows `name` in a text of JSON; strings escape their quotes, so that it cannot stand in
 * one. */
const char *gen_after(const uint8_t *p, size_t n, const char *name);
_Noreturn void gen_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* gen_ws.c */
void ws_start(struct client *c);
void ws_event(struct client *c, uint32_t events);
void ws_send(struct client *c, const void *p, size_t n);
void ws_close(struct client *c);
int ws_epoll(void);

/* gen_stat.c */
int64_t clock_ns(void);
void hist_add(struct hist *h, int64_t ns);
int64_t hist_at(const struct hist *h, double part);
void hist_print(const char *name, const struct hist *h);
int64_t cpu_of(const int *pid, int count); /* ns, all threads */
int64_t cpu_own(void);
char *file_text(const char *path, size_t *len);

#endif
