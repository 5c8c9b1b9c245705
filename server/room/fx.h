#ifndef ROKUSHA_ROOM_FX_H
#define ROKUSHA_ROOM_FX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/slice.h"
#include "msg/record.h"
#include "policy/rights.h"
#include "text/change.h"

/*
 * What a room wants done, in order. Types only: view/ reads them too. Everything lives in the
 * step's arena (or is a JSON value kept alive by the room) until the next step.
 */

enum reach { REACH_NONE, REACH_TEAM, REACH_IN, REACH_OUT };

enum suggestion_state {
	SUGGESTION_OPEN,
	SUGGESTION_TAKEN,
	SUGGESTION_ANSWERED,
	SUGGESTION_OLD, /* the text went on so far that it cannot be taken any more */
	SUGGESTION_GONE
};

/* How a text could read, by somebody. Known to a reader of the text who may know that seat. */
struct suggestion_shown {
	uint64_t id;
	uint8_t seat;
	uint8_t by; /* who answered; SEAT_NONE */
	enum suggestion_state state;
	int64_t at_ms;
	uint64_t ver;         /* the text's; OPEN and ANSWERED: `change` is against that */
	struct change change; /* without sections in other states */
	struct slice words;   /* why; may be empty */
	struct slice reply;
};

/* A cell as it stands, for whoever may see it. */
struct cell_shown {
	struct slice key;
	struct cell_place place;
	uint64_t ver;
	bool has_since; /* the viewer keeps its own state from version `since` on */
	uint64_t since;
	struct slice text;   /* of a text */
	const json_t *value; /* of a register; NULL for a text */
	enum reach reach;
	uint64_t item; /* of a row of the minutes: the agenda item it belongs to; 0: none */
	const struct suggestion_shown *suggestion;
	size_t suggestion_count;
};

enum attend { ATTEND_NONE, ATTEND_WAIT, ATTEND_IN, ATTEND_OUT };

/* A seat as people see it. Known to a viewer who reads its display label. */
struct seat_shown {
	uint8_t seat;
	uint64_t wire;
	struct slice label;
	struct cell_place label_place;
	bool here;          /* a screen of it is connected */
	enum attend attend; /* what it is marked as */
	bool on_line;       /* with WAIT and IN: by phone or video */
	bool called;        /* it left, and an item is open that began later */
};

/* An item of the agenda, in order. */
struct item_shown {
	uint64_t row;
	struct cell_place place; /* of its title: who reads that knows the item */
	seat_set planned;        /* who is to sit in it */
	bool opened;
	seat_set seated;   /* who was in any segment of it */
	seat_set audience; /* of its latest segment, once opened */
	int64_t from_ms;   /* of its latest segment */
	int64_t to_ms;     /* INT64_MAX while it is open */
};

/* Minutes of those who sat together in a segment, sealed. */
struct sealed_shown {
	seat_set audience;
	int64_t at_ms;
};

/* How the meeting stands. */
struct meet_shown {
	int64_t now_ms; /* of the room */
	bool begun;
	bool on;        /* begun and not over */
	bool item_open; /* the item of the latest segment still is */
	uint64_t item_row;
	int64_t since_ms;  /* it was opened, later by as long as the clock stood */
	seat_set audience; /* of the latest segment; it stays while no item is open */
	const struct item_shown *item;
	size_t item_count;
	int64_t pause_ms;   /* since when the clock stands; INT64_MIN: it goes */
	int start_minute;   /* planned begin as minutes of the day; -1: unknown */
	const int *minutes; /* planned length of item[i] */
	const struct sealed_shown *sealed;
	size_t sealed_count;
};

/* A seat as it was given, held now or not: for exports. */
struct party_shown {
	uint8_t seat;
	uint64_t wire;
	struct slice label;
	struct cell_place label_place;
	struct slice row; /* key of its row in `party` */
	bool remote;
	int64_t from_ms; /* held in [from, until); INT64_MIN and INT64_MAX: no such end */
	int64_t until_ms;
};

/* A consent that opened something, by its row. */
struct consent_shown {
	uint64_t row;
	seat_set seats;   /* for whom it opened something */
	int64_t until_ms; /* what it opened is closed from then on; a withdrawal may be why */
};

/* A social resource of the case, by name; a list names it only to those who read its row. */
struct resource_shown {
	struct slice name;
	struct cell_place place;
};

/* Whose act it was. Told to who reads the seat's display label; a seat that ended is told to
 * nobody. */
struct author_shown {
	uint8_t seat;
	bool is_held;
	uint64_t wire;
	struct cell_place label_place;
};

struct edit_shown {
	struct slice key;
	struct cell_place place;
	uint64_t ver; /* after it */
	uint64_t client;
	struct author_shown author;
	struct change change;
	struct slice json; /* of the change; empty where nobody wrote it yet */
};

struct suggest_shown {
	struct slice key;
	struct cell_place place;
	struct suggestion_shown suggestion;
};

/* One stretch of work at a cell, as somebody who read it then may be told. */
struct past_shown {
	uint64_t ver; /* after it */
	int64_t from_ms;
	int64_t at_ms; /* its last change */
	uint8_t actor; /* SEAT_NONE: it came with the case file */
	uint8_t seat;
	enum method method;
	const json_t *value; /* of a register */
};

struct history_shown {
	struct slice key;
	struct cell_place place;
	const struct past_shown *entry; /* oldest first */
	size_t count;
	bool has_more; /* older ones were left out */
	bool has_text; /* asked for one version: how it read then */
	uint64_t ver;
	struct slice text;
};

struct set_shown {
	struct slice key;
	struct cell_place place;
	uint64_t ver;
	uint8_t seat;
	const json_t *value;
};

struct here_shown {
	uint8_t seat;
	bool has_cell;
	struct slice key;
	struct cell_place place;
	bool has_at;
	uint64_t at[3];
};

/*
 * DROP runs as soon as it is stepped: a restriction bites before it is kept. All the others wait
 * until the records and audits of the step are kept.
 */
#define FX_ROWS(X)                                                                                 \
	X(DROP)     /* to conn: cells (keys) that went */                                          \
	X(SNAP)     /* to conn: everything it may see; the connection is live from here on */      \
	X(CELLS)    /* to conn: cells gained or refreshed */                                       \
	X(MODE)     /* to conn: level or reach of cells changed */                                 \
	X(EDIT)     /* to all readers but conn, its author, who gets the ack */                    \
	X(SET)      /* to all readers but conn */                                                  \
	X(SUGGEST)  /* to all readers who know whose it is */                                      \
	X(HERE)     /* to all who know the seat */                                                 \
	X(SEATS)    /* to everybody whose list changed */                                          \
	X(MEET)     /* to everybody for whom the meeting stands otherwise */                       \
	X(ME)       /* to everybody who is told otherwise of itself and the policy */              \
	X(ACK)      /* to conn */                                                                  \
	X(NO)       /* to conn */                                                                  \
	X(REACH)    /* to conn: who can read a cell */                                             \
	X(HISTORY)  /* to conn: what became of a cell; read from the journal */                    \
	X(CASELOAD) /* to conn, who asked for its cases: they are looked at one by one */          \
	X(LOOK)     /* to conn, which is of the office: what its seat sees of this case */         \
	X(PONG)     /* to conn */                                                                  \
	X(BYE)      /* to conn, which is then closed */

enum fx_kind {
#define X(NAME) FX_##NAME,
	FX_ROWS(X)
#undef X
	    FX_COUNT
};

/* A case somebody of the office looks after. */
struct case_link {
	int64_t series;
	uint8_t seat; /* theirs, in that series */
};

struct fx {
	enum fx_kind kind;
	enum err code; /* NO, BYE */
	struct conn_id conn;
	uint64_t ref; /* ACK, NO */
	uint64_t ver; /* ACK, NO of a stale register; HISTORY: which one, 0: the list */
	bool has_row;
	uint64_t row;                  /* ACK of a new row */
	const struct cell_shown *cell; /* SNAP CELLS MODE DROP REACH HISTORY; NO: the stale one */
	size_t cell_count;
	const struct edit_shown *edit;
	const struct edit_shown *missed; /* SNAP: edits since the versions the client has */
	size_t missed_count;
	const struct set_shown *set;
	const struct suggest_shown *suggest;
	const struct here_shown *here;
	const struct case_link *link; /* CASELOAD */
	size_t link_count;
	uint8_t seat; /* LOOK: whose eyes */
};

/* One step's outcome. Zero-initialise; room_step fills it; the hub resets `mem` afterwards. */
struct fx_list {
	struct fx *fx;
	size_t fx_count, fx_cap;
	struct record *record; /* to be kept before anything but DROP runs */
	size_t record_count, record_cap;
	struct audit *audit;
	size_t audit_count, audit_cap;
	json_t **held; /* values the effects point to; a later step may replace them in the room */
	size_t held_count, held_cap;
	struct arena mem;
};

/* Forget everything, ready for the next step. */
void fx_reset(struct fx_list *out);
/* The same, and give back what only a large step needs. */
void fx_rest(struct fx_list *out);
void fx_fini(struct fx_list *out);

#endif
