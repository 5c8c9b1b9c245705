#ifndef ROKUSHA_VIEW_VIEW_H
#define ROKUSHA_VIEW_VIEW_H

#include "policy/rights.h"
#include "room/fx.h"
#include "view/frame.h"

/*
 * The one projection: (viewer, accepted event) -> frame. Nothing else makes bytes for a viewer.
 * Every function judges with `rights` as they are when it is called, and returns NULL when there
 * is nothing this viewer may hear. The caller owns the reference. schema/README.md describes the
 * frames.
 */
struct view {
	const struct rights *rights;
	const struct seat_shown *seat; /* all seats of the series */
	size_t seat_count;
	const struct resource_shown *resource; /* all social resources of the case */
	size_t resource_count;
	const struct meet_shown *meet;
	bool board; /* a screen on the wall: nobody in particular */
	seat_set viewer;
	uint8_t actor; /* whose session: "me" */
};

struct view_snapshot {
	bool fictional;
	bool office; /* the room of an office: no person, no meeting */
	struct slice notice;
	const struct cell_shown *cell;
	size_t cell_count;
};

struct frame *view_snapshot(const struct view *v, const struct view_snapshot *s);
struct frame *view_cells(const struct view *v, const struct cell_shown *cell, size_t count);
struct frame *view_drop(const struct cell_shown *cell, size_t count);
struct frame *view_mode(const struct view *v, const struct cell_shown *cell, size_t count);
/*
 * How this viewer hears of an edit: not at all, without its author, or with. Two who hear of it in
 * the same way hear the same bytes, so one frame will do for both.
 */
enum edit_heard { EDIT_UNHEARD, EDIT_NAMELESS, EDIT_NAMED, EDIT_HEARD_COUNT };
enum edit_heard view_edit_heard(const struct view *v, const struct edit_shown *e);
struct frame *view_edit(const struct view *v, const struct edit_shown *e);
struct frame *view_set(const struct view *v, const struct set_shown *s);
/* Answers who asked for the past of a cell. NULL: it may not read the cell any more. */
struct frame *view_history(const struct view *v, uint64_t ref, const struct history_shown *h);
struct frame *view_suggest(const struct view *v, const struct suggest_shown *s);
struct frame *view_seats(const struct view *v);
struct frame *view_meet(const struct view *v);
/* Who one is, what one's role does not read, and the policy one may approve. */
struct frame *view_me(const struct view *v);
struct frame *view_again(void);
struct frame *view_ack(uint64_t ref, uint64_t ver, const uint64_t *row);
/* `stale` may be NULL; it is shown only to who may read it. */
struct frame *view_no(const struct view *v, uint64_t ref, enum err code,
		      const struct cell_shown *stale);
struct frame *view_pong(void);
/* Whether the server can keep anything for now. */
struct frame *view_stuck(bool on);
struct frame *view_bye(enum err code);
/* What the list of cases shows of one: these cells, and the seats they name. NULL: nothing. */
struct frame *view_case(const struct view *v, uint64_t ref, const struct cell_shown *cell,
			size_t count);
/* One of the cases could not be read. */
struct frame *view_case_failed(uint64_t ref);
struct frame *view_reach(const struct view *v, const struct cell_shown *cell);

/*
 * Presence. `*shown` is whether this viewer last saw the seat in a cell, and is updated: a seat
 * that moves where the viewer cannot see looks exactly like one that left the field, and nothing
 * is said twice.
 */
struct frame *view_here(const struct view *v, const struct here_shown *h, bool *shown);

/*
 * All a seat may read, to be carried away: what the snapshot shows, as data. One JSON object:
 *   series   {"fictional","notice"}, now (Unix ms), agenda [row hex] in order
 *   parties  [{"seat":hex,"row":hex,"label","role","duties","remote"?,"from"?,"until"? (Unix ms),
 *             "barred"?,"denied"? [hex]}] those the viewer knows; the last two to companions only
 *   fields   {id: value}
 *   rows     [{"table","row":hex,"item"? hex,"owner","about","audience"?,"shared"? [hex],
 *             "cells":{column: value},"until"? Unix ms, of a consent: when what it opened closes,
 *             "opens"? [hex], of a consent: those it opened something for,
 *             "given_to"? hex, to insiders: whom it names, a seat that ended too}]
 * An outsider finds of whose a row is no other seat than its own. Seats in values are "@hex".
 */
struct view_export {
	struct view_snapshot snapshot;
	const struct party_shown *party;
	size_t party_count;
	const struct consent_shown *consent;
	size_t consent_count;
};
struct frame *view_export(const struct view *v, const struct view_export *e);

/* May the viewer know who else is there? While a meeting goes on, its audience and the chair. */
bool view_sees_presence(const struct view *v);

/* The seats the viewer may know. */
seat_set view_known(const struct view *v);

/* May the viewer read it now? */
bool view_may_read(const struct view *v, const struct cell_place *place);

#endif
