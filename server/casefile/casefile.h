#ifndef ROKUSHA_CASEFILE_CASEFILE_H
#define ROKUSHA_CASEFILE_CASEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "msg/record.h"
#include "policy/schema_check.h"

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

/* A case that a seat of the office looks after, as the file names it. */
struct casefile_case {
	uint8_t seat;        /* of the office */
	struct slice series; /* outside name */
	struct slice name;   /* of the seat in that series */
};

struct casefile {
	struct slice series; /* series_no; of an office its name */
	struct record *record;
	size_t record_count;
	struct casefile_seat *seat;
	size_t seat_count;
	struct slice pending;       /* JSON: script, minutes, what is dated after the start */
	struct casefile_case *look; /* of an office */
	size_t look_count;
	struct arena mem; /* owns all of it */
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
/*
 * The same for an office ("rokusha-office/1"): its seats, the register, and in `look` who looks
 * after what, which the caller resolves. Of the options only time and randomness count.
 */
MUST_CHECK enum err casefile_office(struct slice json, const struct schema *schema,
				    const struct casefile_options *options, struct casefile *out,
				    char why[CASEFILE_WHY_BYTES]);
void casefile_fini(struct casefile *c);

/*
 * The way back: what a seat may read, as view_export gives it, becomes a document of the format,
 * appended to `out`. Read with `after` it gives the same cells again; ids are new ones.
 * ERR_GONE   the seat reads too little: `why` says what
 * ERR_PROTO  `shown` is no export
 */
MUST_CHECK enum err casefile_write(struct slice shown, const struct schema *schema, struct buf *out,
				   char why[CASEFILE_WHY_BYTES]);

/*
 * The same as CSV: "fields", and every table the seat reads anything of, by its id. Only columns it
 * reads are there. A text a spreadsheet would take for a formula begins with an apostrophe.
 * ERR_PROTO `shown` is no export; ERR_IO `each` returned false
 */
typedef bool casefile_csv_file(void *arg, const char *name, struct slice bytes);
MUST_CHECK enum err casefile_csv(struct slice shown, const struct schema *schema,
				 casefile_csv_file *each, void *arg);

/* Parts of the form that the format fills and `s` does not have: each is a doubt in `found`. */
void casefile_schema_needs(const struct schema_source *src, const struct schema *s,
			   struct schema_problems *found);

/* "YYYY-MM-DD" in Japan (+09:00) -> Unix ms of its first moment; false when it is no date. */
bool casefile_date_ms(struct slice date, int64_t *out);
/* "YYYY-MM-DDTHH:MM[:SS][Z|+HH:MM]"; without zone: Japan. Also takes a date. */
bool casefile_time_ms(struct slice time, int64_t *out);

#endif
