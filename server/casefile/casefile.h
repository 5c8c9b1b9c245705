#ifndef ROKUSHA_CASEFILE_CASEFILE_H
#define ROKUSHA_CASEFILE_CASEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "msg/record.h"
#include "policy/schema.h"

/*
 * Reads a case file (format "six-party-conference-sample/1") into journal records: the state
 * before the meeting, of every series in the file by itself. Pure: time and randomness are
 * arguments.
 */
struct casefile_options {
	int64_t now_ms;                /* the records' time, and "given by then" for consents */
	uint64_t (*random)(void *arg); /* for row ids, seat ids and first versions */
	void *random_arg;
	const char
	    *held_on;    /* "YYYY-MM-DD": shift all dates so that the meeting is that day; NULL */
	bool after;      /* the end state instead: script, withdrawals and minutes applied */
	bool open_first; /* the chair has opened the first agenda item */
};

struct casefile_seat {
	struct slice name; /* party id of the file */
	struct slice role;
	struct slice label;
	struct slice wire; /* 16 hex digits */
	uint8_t seat;
};

struct casefile {
	struct slice series; /* series_no */
	struct record *record;
	size_t record_count;
	struct casefile_seat *seat;
	size_t seat_count;
	struct slice pending; /* JSON: script, minutes, what is dated after the start */
	struct arena mem;     /* owns all of it */
	/* The person's further series; nothing of them is above, nor the other way round. They have
	 * none themselves. */
	struct casefile *other;
	size_t other_count;
};

enum { CASEFILE_WHY_BYTES = 512 };

/*
 * ERR_PROTO  `why` says where and what: "$.parties[3].role: unknown role". An unknown key, a wrong
 *            type, an unknown enum value, a reference to nobody, text with control characters
 * ERR_LIMIT  larger than base/limits.h allows; `why` says which
 * On success the caller calls casefile_fini.
 */
MUST_CHECK enum err casefile_read(struct slice json, const struct schema *schema,
				  const struct casefile_options *options, struct casefile *out,
				  char why[CASEFILE_WHY_BYTES]);
void casefile_fini(struct casefile *c);

/* "YYYY-MM-DD" in Japan (+09:00) -> Unix ms of its first moment; false when it is no date. */
bool casefile_date_ms(struct slice date, int64_t *out);
/* "YYYY-MM-DDTHH:MM[:SS][Z|+HH:MM]"; without zone: Japan. Also takes a date. */
bool casefile_time_ms(struct slice time, int64_t *out);

#endif
