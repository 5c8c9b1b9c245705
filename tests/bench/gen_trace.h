#ifndef TESTS_BENCH_GEN_TRACE_H
#define TESTS_BENCH_GEN_TRACE_H

#include "bench/gen.h"

enum { TRACE_CHANGE_BYTES = 64 /* of a change, without its words */ };

/* Something typed, in UTF-16 units. */
struct patch {
	uint32_t pos;
	uint32_t del;
	size_t bytes;
	const char *ins; /* UTF-8 */
};

/* gen_trace.c: what protocols tell while a recording is typed. */
bool trace_is_on(void);
/* The text as somebody who joins is sent it; none: it is empty. */
void trace_begins(struct client *c, const char *words);
size_t trace_length(const struct client *c); /* units of the text as this client has it */
void trace_acked(struct client *c);          /* one message */
void trace_take(struct client *reader, uint32_t pos, uint32_t del, const char *ins, size_t bytes);
/* The same for what only its own library can read: kept for --dump. */
void trace_take_raw(struct client *reader, const uint8_t *p, size_t n);
/* The same for a frame of JSON whose member `name` is a ChangeSet of one place. */
void trace_take_frame(struct client *reader, const uint8_t *p, size_t n, const char *name);

/* A patch of a text of `len` units as a ChangeSet of JSON. -> bytes, at most 3 for one of the words
 */
size_t trace_change(const struct patch *p, size_t len, char *out);

/* For gen.c: before anybody joins, and when everybody has. */
void trace_start(uint32_t clients);
int trace_run(struct client *writer, void (*wait)(int64_t until));

#endif
