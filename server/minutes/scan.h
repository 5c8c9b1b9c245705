#ifndef ROKUSHA_MINUTES_SCAN_H
#define ROKUSHA_MINUTES_SCAN_H

#include "base/buf.h"
#include "minutes/verify.h"

/* A bundle's bytes from left to right: one spelling, so what must stand there is compared. */
struct min_scan {
	struct min_source source;
	char *window;
	size_t begin; /* what was not taken yet: window[begin, end) */
	size_t end;
	uint64_t at; /* of the byte at `begin`, from the first one on */
	bool ended;
	bool failed; /* the source did */
	struct buf string;
};
void min_scan_init(struct min_scan *s, struct min_source source);
void min_scan_fini(struct min_scan *s);

/* `text` is a literal of at most 64 characters. Taken only when it stands there. */
bool min_scan_take(struct min_scan *s, const char *text);
/* Whether this character comes next. */
bool min_scan_is(struct min_scan *s, char c);
bool min_scan_is_end(struct min_scan *s);
/*
 * A string of printable ASCII without escapes, at most `max` characters: borrowed until the next.
 * False: it is none, or too long.
 */
bool min_scan_string(struct min_scan *s, size_t max, struct slice *out);
bool min_scan_number(struct min_scan *s, uint64_t *out);

#endif
