#ifndef ROKUSHA_MSG_RECORD_H
#define ROKUSHA_MSG_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/slice.h"

/*
 * What the journal keeps: one accepted event. Replaying a series' records in order gives the room.
 * Bodies are JSON; their members:
 *   series   {"name","fictional","notice","office"?: true,
 *            "statutory":bool?} of a series that rests on a law
 *   policy   {"hash"} the policy the series is pinned to. Every later one also has "cells", the
 *            fields that were not there before as in init, and "approved":true where nothing in
 *            it is a gain over the last approved one
 *   approve  {"hash"} what the pinned policy gives is given from now on
 *   seat     {"seat":index,"name":party id,"wire":hex64,"role","label","duties":[ids],
 *             "from":ms|null,"until":ms|null,"remote":bool}
 *   succeed  {"seat":index,"before":[seat indices]} whose place it takes, once those have ended
 *   init     {"cells":{field key:[version,value]}}          every field of the form, once
 *   row      {"name":outside name|null,"owner":[seat indices],"about":[…],"audience":[…]|null,
 *             "shared":[…]? with whom, where there is no audience that cuts everybody else,
 *             "item":hex64? of the agenda row a row of the minutes was born in,
 *             "from":ms? until when nobody has the row at all,
 *             "cells":{column name:[version,value]}}         cell = "table/hex64"
 *   edit     {"c":[ChangeSet,…]} as applied; base_ver is what the client had, ver what came out
 *   set      the value
 *   grant    {"row":hex64 of the consent row,"seat":index,"items":[class or column ids],
 *             "own_rows":bool,"from":ms,"until":ms}
 *   withdraw {"row":hex64,"c":[ChangeSet]} the change of the withdrawal's words; cell and ver as
 *             edit (a case file gives {"row","at":ms,"in":text?} alone: the words are in the row
 *             already)
 *   lapse    {"grants":[hex64],"begun":[hex64],"seats":[index],"held":[index],"rows":[key]} what
 *             time did
 *   bar      {"seat":index,"on":bool,"why":text?}
 *   deny     {"seat":index,"about":index,"on":bool,"why":text?}
 *   segment  {"row":hex64 of the agenda row|null,"audience":[seat indices]} null: the open one
 *             was closed
 *   assent   {}
 *   end      {} the meeting is over; the open item is closed, whoever is in has left
 *   order    {"row":hex64,"to":hex64|null} the agenda row goes before that one, or last
 *   attend   {"seat":index,"what":"in|out|wait","place":"room|line","row":hex64|null of the
 *             attendance row that began or ended by it}
 *   pause    {"on":bool,"seat":index}
 *   assign   {"to":hex64 of the agenda row,"audience":[seat indices],"why":text?} cell = the row:
 *             it belongs to that item's latest segment from now on; "why" where that is a release
 *   caseload {"seat":index,"cases":[[series id,seat index in it],…]} of an office: what its seat
 *             is given to look after from now on; what was before is not any more
 *   suggest  {"id":hex64,"c":ChangeSet,"words":text} how the text `cell` could read, as a change
 *            of version ver
 *   answer   {"id":hex64,"what":"take|answer|back","words":text,"c":[ChangeSet]?} with "take" the
 *            change as applied; ver as edit. The change is nobody's editor's: client 0 in its step
 *   seal     {"deadline":ms} the minutes of the meeting that is over are closed; what is signed
 *            after that is late
 * Values: string (text, line, date "YYYY-MM-DD", enum id), number, bool, null, list of strings. A
 * seat in a value is "@" and its wire id.
 */
/* clang-format off */ /* it would not let them stand one to a line */
#define RECORD_KIND_ROWS(X) \
	X(SERIES, "series") \
	X(POLICY, "policy") \
	X(APPROVE, "approve") \
	X(SEAT, "seat") \
	X(INIT, "init") \
	X(ROW, "row") \
	X(EDIT, "edit") \
	X(SET, "set") \
	X(GRANT, "grant") \
	X(WITHDRAW, "withdraw") \
	X(LAPSE, "lapse") \
	X(BAR, "bar") \
	X(DENY, "deny") \
	X(SEGMENT, "segment") \
	X(ASSENT, "assent") \
	X(END, "end") \
	X(ORDER, "order") \
	X(ATTEND, "attend") \
	X(PAUSE, "pause") \
	X(ASSIGN, "assign") \
	X(CASELOAD, "caseload") \
	X(SUCCEED, "succeed") \
	X(SUGGEST, "suggest") \
	X(ANSWER, "answer") \
	X(SEAL, "seal")
/* clang-format on */

enum record_kind {
#define X(NAME, TEXT) RECORD_##NAME,
	RECORD_KIND_ROWS(X)
#undef X
	    RECORD_KIND_COUNT
};

#define METHOD_ROWS(X) X(OWN, "own") X(DICTATED, "dictated") X(ORAL, "oral") X(PAPER, "paper")

enum method {
#define X(NAME, TEXT) METHOD_##NAME,
	METHOD_ROWS(X)
#undef X
	    METHOD_COUNT
};

struct record {
	enum record_kind kind;
	enum method method;
	int64_t at_ms;   /* Unix time of the event, not of anything in the data */
	uint64_t client; /* editor instance; 0: the server or the importer, then cseq is 0 too */
	uint64_t cseq;
	uint64_t digest; /* of the request as sent, so that a repeat with another body is seen */
	uint64_t base_ver;
	uint64_t ver;
	uint8_t actor;    /* seat index whose session; SEAT_NONE: the server or the importer */
	uint8_t for_seat; /* whose act */
	struct slice cell;
	struct slice body;
};

/* The start or end of visibility: who could read what from (or until) this moment. */
struct audit {
	int64_t at_ms;
	seat_set seats;     /* the viewer */
	struct slice what;  /* join gain drop leave load */
	struct slice cells; /* JSON array of cell keys */
};

/* A folded text: edits up to `ver` are contained in it. */
struct text_base {
	struct slice cell;
	uint64_t ver;
	struct slice text;
};

/* A cell as it stands: of a derived table, which can be rebuilt from the journal. */
struct cell_now {
	struct slice cell;
	uint64_t ver;
	struct slice value; /* JSON; a text as a string */
};

const char *record_kind_name(enum record_kind k);
int record_kind_find(struct slice name); /* -1 when there is none */
/* The hash (64 hex digits, terminated) that a POLICY record names; false for any other record. */
bool record_policy_hash(const struct record *r, char hash[65]);
const char *method_name(enum method m);
int method_find(struct slice name); /* -1 when there is none */

#endif
