#ifndef ROKUSHA_ROOM_ROOM_STATE_H
#define ROKUSHA_ROOM_ROOM_STATE_H

#include "base/index.h"
#include "base/map.h"
#include "room/room.h"
#include "text/doc.h"

/* Private to room/: what a conference is in memory. */

struct room_seat {
	char *name;  /* outside: party id */
	char *label; /* until the party row is there */
	uint64_t wire;
	int64_t from_ms; /* held in [from, until) */
	int64_t until_ms;
	uint32_t label_cell; /* index of the party row's display label; MAP_NONE before */
	bool remote;         /* invited from afar: waits to be let in */
	enum attend attend;
	bool on_line;          /* with WAIT and IN */
	bool has_left;         /* came and went: comes in again only when let in */
	size_t left_at;        /* with has_left: how many segments there were by then */
	uint64_t presence_row; /* row of conf.attendance while IN */
};

struct room_cell {
	const char *key; /* owned where place->has_row; else the policy's, as is `place` */
	const struct cell_place *place; /* of a row: one of its places */
	uint64_t ver;
	json_t *value;   /* register; NULL for a text */
	struct doc *doc; /* text; NULL for a register */
	uint64_t item;   /* of a row of the minutes: its agenda item; 0: none */
	bool written;    /* since it is there */
};

/* What a text has besides. */
struct room_text {
	struct doc doc; /* first: room_cell.doc points to it */
	uint64_t floor; /* a client may catch up from this version on: rights did not widen since */
	uint64_t *seat_floor; /* the same by seat; NULL: no seat's own rights did */
	uint32_t folded;      /* changes since the stored base */
	uint16_t suggestions;
};

static inline struct room_text *cell_text(const struct room_cell *text)
{
	return (struct room_text *)text->doc;
}

struct room_row {
	char *key;  /* "table/hex" */
	char *name; /* outside; may be NULL */
	uint16_t table;
	uint32_t first_cell;
	uint32_t cell_count;
	struct cell_place *place; /* of each of its cells */
	seat_set seated; /* of an agenda item that came with a file: who sat in it by then */
	int64_t from_ms; /* nobody has it before */
};

/* What stands behind rights.grant[i]. */
struct room_grant {
	uint64_t row; /* the consent's row */
	int64_t from_ms;
	int64_t until_ms; /* the moment of a withdrawal, if that came first */
};

/* Answers already given, so that a repeated request gets the same one. */
struct room_answer {
	uint64_t ref;
	uint64_t digest;
	uint64_t ver;
	uint64_t row;
	bool has_row;
};

struct room_client {
	uint64_t id;
	/* An id is one seat's for good: it is no secret, and must not be borrowed. SEAT_NONE while
	 * nothing of it is kept. */
	uint8_t actor;
	uint64_t ref_max;
	uint64_t used; /* order of last use, for eviction */
	bool is_whole; /* the store was asked for what the room was not loaded with */
	struct room_answer *answer;
	size_t answer_count, answer_cap;
	size_t answer_next; /* ring position once it is full */
};

/* Which names of a cell a viewer was told: a bit each. Most cells name nobody. */
struct room_told {
	uint64_t names;
	uint32_t cell;
};

struct room_viewer {
	struct conn_id conn;
	bool board; /* `seats` are those marked present */
	seat_set seats;
	uint8_t actor;
	uint64_t client;
	uint8_t *seen; /* per cell: level | SEEN_NAMED | reach << 4, as it was last */
	size_t seen_cap;
	struct room_told *told; /* the names of those with SEEN_NAMED, by cell */
	size_t told_count;
};

/* An agenda item opened for a frozen set of seats. Never changed but for its end. */
struct room_segment {
	uint64_t row; /* of the agenda */
	seat_set audience;
	bool goes_on; /* of the same item as the one before it, which was open until then */
	int64_t from_ms;
	int64_t to_ms;     /* INT64_MAX while it is open */
	int64_t paused_ms; /* of that time the clock stood */
	int64_t sealed_ms; /* with meeting.sealed above it: since then */
};

/* How a text could read. `change` is against the text as it stands, mapped on with every edit. */
struct room_suggestion {
	uint64_t id;
	uint32_t cell;
	uint8_t seat; /* whose */
	uint8_t by;   /* who answered; SEAT_NONE */
	enum suggestion_state state;
	int64_t at_ms;
	uint64_t ver; /* of the text, that `change` is against */
	struct change change;
	void *mem; /* of the change; NULL where the state has none */
	char *words;
	char *reply; /* NULL before */
};

/* What a seat of the office looks after. */
struct room_case {
	uint8_t seat;
	struct case_link link;
};

struct room_meeting {
	bool begun;
	bool on; /* begun and not over */
	struct room_segment *segment;
	size_t segment_count, segment_cap;
	uint64_t *item; /* agenda rows in order */
	size_t item_count, item_cap;
	size_t sealed;   /* segments of meetings whose minutes are sealed */
	bool paused;
	int64_t pause_ms; /* since when */
	uint8_t pause_seat;
};

struct room {
	const struct schema *schema;
	const struct ceiling *ceiling; /* what it was given; rights has it while one waits */
	struct room_pins pins;
	struct rights rights;
	size_t grant_cap;
	struct room_grant *grant;
	size_t room_grant_cap;
	struct room_seat *seat; /* rights.seat_count of them */
	size_t seat_cap;

	struct room_cell *cell;
	size_t cell_count, cell_cap;
	struct index cell_by_key;
	struct room_row *row;
	size_t row_count, row_cap;
	struct index row_by_key;
	json_t *no_words, *no_items; /* the empty line and list of all cells; NULL: none has one */
	size_t bytes;                /* of all texts and values */
	size_t history_bytes;        /* of the changes that can still be mapped over */

	struct room_client *client;
	size_t client_count, client_cap;
	uint64_t use_count;

	struct room_viewer *viewer;
	size_t viewer_count, viewer_cap;

	struct room_meeting meeting;
	struct room_suggestion *suggestion; /* oldest first */
	size_t suggestion_count, suggestion_cap;
	struct room_case *caseload; /* of the office room */
	size_t caseload_count, caseload_cap;
	uint32_t status_cell; /* plan.status */
	bool assent;          /* the person agreed to the plan as it stands */

	int64_t now_ms;
	bool knows_due; /* `due_ms` is what room_deadline would find; not once it has passed */
	int64_t due_ms;
	bool fictional;
	char *notice;
	struct map base_by_key; /* folded texts seen before their records */
	struct text_base *base;
	size_t base_count, base_cap;
	bool held;           /* what is replayed is in the base: texts and suggestions have it */
	bool from_base;      /* it was loaded from one, without the edits before */
	uint64_t rest;       /* records that are no edits, from the first on */
	int64_t recorded_ms; /* the latest time of a record */
	size_t edits;        /* texts were changed so often since the last base */
	size_t edits_due;    /* no base is looked for before there are so many */
};

/* room_cells.c */
/* The place of a row's cell has to live as long as the room. */
MUST_CHECK enum err cells_add(struct room *r, struct slice key, const struct cell_place *place,
			      uint64_t ver, const json_t *value);
MUST_CHECK enum err cells_add_row(struct room *r, struct slice key, const char *name,
				  uint16_t table, const struct cell_place *whose,
				  const json_t *cells);
void cells_fit(struct room *r); /* all is loaded: what was left free for more is given back */
uint32_t cells_find(const struct room *r, struct slice key);
uint32_t cells_find_row(const struct room *r, struct slice key);
/* The seats that may know seat `who`: they read its display label. */
bool cells_knows(const struct room *r, seat_set viewer, unsigned who);
bool cells_is_plan(const struct room *r, const struct room_cell *c);
struct verdict cells_level(const struct room *r, seat_set viewer, const struct room_cell *c);
enum reach cells_reach(const struct room *r, const struct room_cell *c);
void cells_show(const struct room *r, const struct room_cell *c, struct cell_shown *out);
void cells_set_value(struct room *r, struct room_cell *c, uint64_t ver, json_t *value);
size_t cells_value_bytes(const json_t *value);
/* Is there room for so many bytes more? */
bool cells_may_grow(const struct room *r, size_t bytes);

struct act {
	uint8_t actor;
	uint8_t for_seat;
	enum method method;
};

/* room_value.c */
MUST_CHECK enum err value_check(const struct room *r, const struct schema_col *col,
				const json_t *value);
/*
 * May this act replace the seats the cell names? Who does not see one of them would drop it unseen;
 * seats no longer held count for nothing.  ERR_GONE
 */
MUST_CHECK enum err value_may_replace(const struct room *r, const struct act *act,
				      const struct room_cell *c);
/*
 * May this act put `value` there? A seat may be named only where every reader of the cell knows it,
 * and a list only be replaced by who sees all of it.  ERR_GONE
 */
MUST_CHECK enum err value_may_name(const struct room *r, const struct act *act,
				   const struct room_cell *c, const json_t *value);
/* Could the value stand in this column of `s`, which may be another policy? */
bool value_fits(const struct room *r, const struct schema *s, const struct schema_col *col,
		const json_t *value);
/* The seats a value names ("@wire"), as far as they exist. */
seat_set value_seats(const struct room *r, const json_t *value);
uint8_t room_seat_by_wire(const struct room *r, uint64_t wire);
seat_set seats_of_role(const struct room *r, uint16_t role);

/* room_fx.c */
struct fx *fx_add(struct fx_list *out, enum fx_kind kind, struct conn_id conn);
struct record *fx_record(struct fx_list *out, enum record_kind kind, const struct room *r);
/* The record of a client's request, with all that names it. */
struct record *fx_request(struct fx_list *out, enum record_kind kind, struct room *r,
			  const struct room_event *ev, const struct act *act);
void fx_audit(struct fx_list *out, const struct room *r, seat_set seats, const char *what,
	      const struct cell_shown *cell, size_t count);
void fx_no(struct fx_list *out, const struct room_event *ev, enum err code);
void fx_ack(struct fx_list *out, const struct room_event *ev, uint64_t ver);
const json_t *fx_hold(struct fx_list *out, const json_t *value);
struct slice fx_json(struct fx_list *out, json_t *owned); /* dumps and releases */

/* room_dedupe.c */
/* true: the event is a repeat (answered into `out`) or too old, and must not be judged anew. */
bool dedupe_answer(struct room *r, const struct room_event *ev, struct fx_list *out);
/* The answer a record of a client stands for; its body is needed of RECORD_SUGGEST alone. */
struct room_answer dedupe_of(const struct room *r, const struct record *rec, const json_t *body);
void dedupe_keep(struct room *r, uint64_t client, uint8_t actor, const struct room_answer *answer);
/* The answer to the request being handled, for when it comes again. */
void dedupe_remember(struct room *r, const struct room_event *ev, const struct room_answer *answer);
/* May this seat use this client id? */
bool dedupe_may_use(struct room *r, uint64_t client, uint8_t actor);

/* room_viewer.c */
void viewer_join(struct room *r, const struct room_event *ev, struct fx_list *out);
void viewer_leave(struct room *r, const struct room_event *ev, struct fx_list *out);
struct room_viewer *viewer_find(struct room *r, struct conn_id conn);
/* What it still sees of these cells comes again, whole, with the next refresh. */
void viewer_forget(struct room *r, struct room_viewer *v, uint32_t first, uint32_t count);
/* Of every cell it keeps the level and the reach are said anew with the next refresh. */
void viewer_forget_modes(struct room_viewer *v);
/* Rights changed: drop what went, give what came, tell changed levels; audited. */
void viewer_refresh(struct room *r, struct fx_list *out);

/* The cell's value was said to everybody: what each knows of it is what it may know now. */
void viewers_told(struct room *r, const struct room_cell *c, struct fx_list *out);

/* room_suggest.c */
/* Suggestions of the text, copied into `mem`. */
void suggest_show(const struct room *r, const struct room_cell *c, struct arena *mem,
		  struct cell_shown *out);
/* The text was changed by `change`, which led to version `ver`: its suggestions follow. */
void suggest_over(struct room *r, const struct room_cell *c, const struct change *change,
		  uint64_t ver);
/*
 * One bit for each seat the viewer knows that has suggested something for the text, or answered. Of
 * each suggestion instead, two of one seat could cancel each other out.
 */
uint64_t suggest_told(const struct room *r, seat_set viewer, const struct room_cell *c);
MUST_CHECK enum err suggest_replay(struct room *r, const struct record *rec, const json_t *body);
MUST_CHECK enum err answer_replay(struct room *r, const struct record *rec, const json_t *body);
/* After the last record: does every suggestion fit its text?  ERR_PROTO */
MUST_CHECK enum err suggest_settle(const struct room *r);
void suggest_fini(struct room *r);
/* What it takes of the room's bytes. */
size_t suggest_bytes(const struct room_suggestion *s);

/* One more; takes what `what` owns. `change` may be NULL. */
struct room_suggestion *suggest_add(struct room *r, const struct room_suggestion *what,
				    const struct change *change);

/* room_base.c: a record that was kept, or will be. */
void base_note(struct room *r, const struct record *rec);

/* room_office.c */
MUST_CHECK enum err office_replay(struct room *r, const json_t *body);
void on_caseload(struct room *r, const struct room_event *ev, struct fx_list *out);
void office_look(struct room *r, const struct room_event *ev, struct fx_list *out);

/* room_resource.c */
bool resource_is_name(const struct room *r, const struct room_cell *c);
/* ERR_RULE: without a name, though lists of the case name it. ERR_LIMIT: the lists would grow too
 * long. */
MUST_CHECK enum err resource_may_rename(const struct room *r, const struct room_cell *c,
					const json_t *name);
/* The name is set; lists that said `old` say the new one, and who knows what is told anew. */
void resource_renamed(struct room *r, struct slice old, const json_t *name, struct fx_list *out);

/* room_named.c */
struct named {
	seat_set viewer;
	bool insider; /* all of it official, or the person */
	const struct resource_shown *resource;
	size_t resource_count;
};
void named_init(struct named *n, const struct room *r, seat_set viewer, struct arena *mem);
/* One bit for each name in the cell that this viewer is told; 0 where it holds none. */
uint64_t named_told(const struct room *r, const struct named *n, const struct room_cell *c);

/* room_act.c: who acts for whom. ERR_GONE when this actor may not act for that seat. */
MUST_CHECK enum err act_of(const struct room *r, const struct room_event *ev, struct act *out);
/* The level the act has on a cell: its own, or as scribe for another seat where the form allows. */
enum level act_level(const struct room *r, const struct act *act, const struct cell_place *place);

/* handlers: check everything, then change state, then say so */
void on_edit(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_set(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_row(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_open(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_suggest(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_answer(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_assent(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_withdraw(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_close(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_order(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_attend(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_pause(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_assign(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_grant(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_bar(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_deny(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_approve(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_seal(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_here(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_reach(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_history(struct room *r, const struct room_event *ev, struct fx_list *out);
void on_tick(struct room *r, const struct room_event *ev, struct fx_list *out);

/* room_rights.c */
void rights_refresh_plan(struct room *r);
/* One grant of each item (class or column ids).  ERR_SCHEMA an unknown one  ERR_LIMIT too many */
MUST_CHECK enum err rights_grant(struct room *r, const struct room_grant *what, uint8_t seat,
				 bool own_rows, const json_t *items);
/* The consents of that row end at `at_ms`. */
void rights_withdraw(struct room *r, uint64_t row, int64_t at_ms);
/* Grants and seats as they were at the last record: no news, so nobody has to start afresh. */
void rights_as_recorded(struct room *r);
/* So that room_deadline need not look for it until a date changes or passes. */
void rights_find_due(struct room *r);
/* Bring grants and seats to `now_ms`; true when something changed. `out` may be NULL. */
bool rights_pass_time(struct room *r, int64_t now_ms, json_t *report);

/* One more entry for `name` in the report of what time did; takes `value`. `report` may be NULL. */
void rights_report(json_t *report, const char *name, json_t *value);

/*
 * Rights of these seats widened: they may not catch up on what was written before (history is no
 * right). Only they: how somebody else comes back must not tell of it.
 */
#define SEATS_ALL (~(seat_set)0)
void rights_raise_floors(struct room *r, seat_set seats);
/* None of the text's floors is above `ver`. */
void rights_lower_floors(const struct room *r, struct room_cell *c, uint64_t ver);
/* May a viewer that has a text at `since` be told what came after, and no more? */
bool rights_may_catch_up(const struct room *r, const struct room_cell *c, seat_set viewer,
			 uint64_t since);
void rights_seat_added(struct room *r); /* the last one: it has floors, too */

/* room_rows.c */
/*
 * "table/hex" -> table index and row id; false when it is none.
 */
bool rows_key(const struct room *r, struct slice key, uint16_t *table, uint64_t *row);
/* A row was added (live or from the journal): a party's label, a new agenda item. */
void rows_added(struct room *r, struct slice key, uint16_t table, uint64_t row,
		const struct cell_place *whose);
/*
 * Add a row of `cells_owned` {column: value}, recorded in `rec`, or with NULL in a record of the
 * room's own.  ERR_LIMIT the room is full
 */
MUST_CHECK enum err rows_make(struct room *r, const struct room_event *ev, struct fx_list *out,
			      struct record *rec, uint64_t row, uint16_t table,
			      const struct cell_place *whose, uint64_t item, json_t *cells_owned);
json_t *rows_seats_json(const struct room *r, seat_set set);
/* The row belongs to `item` from now on, and is cut to `audience` alone. */
void rows_assign(struct room *r, uint32_t row, uint64_t item, seat_set audience);
void rows_set_item(struct room *r, uint32_t row, uint64_t item);
/* Nobody has the row before `from_ms`; room_rights.c lets it begin. */
void rows_begin_at(struct room *r, uint32_t row, int64_t from_ms);
/* Every row as `r->now_ms` has it; true when one changed. `report` may be NULL. */
bool rows_pass_time(struct room *r, json_t *report);
/* Rows that began after `after_ms` are caught up with from now on only. */
void rows_raise_floors(struct room *r, int64_t after_ms);
/* A register the room sets itself: recorded and said to its readers. */
void rows_set_cell(struct room *r, struct fx_list *out, uint32_t cell, json_t *value_owned);

/* room_agenda.c */
seat_set meeting_present(const struct room *r);                   /* seats marked in */
const struct room_segment *meeting_segment(const struct room *r); /* the latest; NULL: none yet */
bool meeting_item_open(const struct room *r);
/* An item is open that began after the seat had left. */
bool meeting_calls(const struct room *r, uint8_t seat);
/* The latest segment of an agenda item; NULL when it was never opened. */
const struct room_segment *meeting_segment_of(const struct room *r, uint64_t row);
/* An item is still to come for which this seat is asked. */
bool meeting_expects(const struct room *r, uint8_t seat);
void meeting_item_added(struct room *r, uint64_t row);
/* Is this cell the audience of an agenda item? `*row` gets the item. */
bool agenda_is_audience(const struct room *r, struct slice key, uint64_t *row);
/* May the item's audience become `value`?  ERR_PROTO not seats  ERR_RULE somebody would have to go
 */
MUST_CHECK enum err agenda_may_change(const struct room *r, const struct act *act, uint64_t row,
				      const json_t *value);
/* It did; where the item is open that begins a new segment, recorded in `out`. */
void agenda_changed(struct room *r, uint64_t row, struct fx_list *out);
void agenda_share(struct room *r, uint64_t row); /* the row is shared with whom it is planned for */
/* As the journal has it. */
void meeting_begin(struct room *r, uint64_t row, seat_set audience, int64_t at_ms);
void meeting_close(struct room *r, int64_t at_ms);
void meeting_end(struct room *r, int64_t at_ms);
void meeting_order(struct room *r, uint64_t row, bool has_to, uint64_t to);
void meeting_pause(struct room *r, bool on, uint8_t seat, int64_t at_ms);
void meeting_fini(struct room *r);

/* room_sealing.c */
MUST_CHECK enum err sealing_replay(struct room *r, const struct record *rec, const json_t *body);
/* Is it of the minutes, and are these sealed? Then nobody writes it. */
bool sealing_holds(const struct room *r, const struct cell_place *place);
/* A segment of a meeting whose minutes are sealed takes no row any more. */
bool sealing_holds_segment(const struct room *r, const struct room_segment *s);

/* room_attend.c */
void attend_mark(struct room *r, uint8_t seat, enum attend what, bool on_line, uint64_t row);
/* Mark as in or out, with record and row of attendance. A row that does not fit any more is left
 * out: nobody is kept in or out for want of room. */
void attend_say(struct room *r, const struct room_event *ev, struct fx_list *out,
		struct record *rec, uint8_t seat, enum attend what, bool on_line);
enum attend attend_find(struct slice name); /* ATTEND_NONE when there is none */

/* room_load_meeting.c: records of the meeting and of rights in it */
MUST_CHECK enum err replay_meeting(struct room *r, const struct record *rec, const json_t *body);

/* room_pin.c, room_approve.c */
/* A POLICY or APPROVE record; false when it makes no sense. */
bool pins_take(struct room_pins *p, enum record_kind kind, const json_t *body);
/* A field [version, value] that the policy does not have may be left out: nothing is in it. */
bool pins_may_skip(const json_t *pair);
MUST_CHECK enum err replay_pin(struct room *r, const struct record *rec, const json_t *body);
/* All records were replayed: does a policy wait?  ERR_SCHEMA as room_replay_done */
MUST_CHECK enum err pins_settle(struct room *r);

/* room_whole.c: what a loader must not trust */
bool whole_record(const struct room *r, const struct record *rec); /* all but its body */
bool whole_base(const struct text_base *b);
bool whole_line(const char *text); /* a name or label; false for NULL */
/* Every version is one, and every value fits its column. */
bool whole_cells(const struct room *r);

/* room_load.c: reading bodies */
bool body_hex(const json_t *o, const char *name, uint64_t *out);
bool body_seat(const struct room *r, const json_t *v, uint8_t *out);
bool body_seats(const struct room *r, const json_t *list, seat_set *out);

/* room_edit.c: the change of an edit record, or of a withdrawal's words, is applied. */
MUST_CHECK enum err edit_replay(struct room *r, const struct record *rec, const json_t *body);
/*
 * doc_accept with the room's books kept: bytes of text and history. When the history of all texts
 * is too much, the longest one is forgotten: its fence moves.
 */
void edit_accept(struct room *r, struct room_cell *c, uint64_t client, const struct act *act,
		 const struct change *changes, uint32_t count);
/* The text or (with `text` false) the register of a request, if this act may write it; else NULL
 * and why. Absent, hidden and read-only look the same. */
struct room_cell *edit_writable(struct room *r, const struct room_event *ev, struct act *act,
				bool text, enum err *why);
/* A text of the plan has changed: an assent given before no longer covers it. */
void edit_touch_plan(struct room *r, const struct room_cell *c);
/*
 * Changes of the message, rebased over all that came since `base`, as they would be applied.
 * ERR_LIMIT  one has too many sections to be read back, the text or the room would get too long
 * else as doc_rebase
 */
MUST_CHECK enum err edit_rebase(struct room *r, const struct room_event *ev,
				const struct room_cell *c, struct arena *mem,
				struct change **mapped, uint32_t *count);
/* What is there now, for a client whose base is forgotten. */
void edit_say_fresh(struct room *r, const struct room_event *ev, const struct room_cell *c,
		    struct fx_list *out);
/* Replace a whole text; the change that did it is put into `change` (arena `mem`). */
MUST_CHECK enum err edit_replace(struct room *r, struct room_cell *c, struct slice text,
				 uint64_t client, const struct act *act, struct arena *mem,
				 struct change *change);
/* Whose act, as readers may be told. */
struct author_shown edit_author(const struct room *r, uint8_t seat);
/* `author` hears of its own push through the ack alone; 0: everybody is told. */
void edit_say(const struct room *r, struct fx_list *out, struct conn_id author,
	      const struct room_cell *c, uint64_t ver, uint64_t client, uint8_t seat,
	      const struct change *change, struct slice json);

/* room_plan.c: may plan.status go from its value to `to`? */
MUST_CHECK enum err plan_transition(const struct room *r, const struct act *act, struct slice to);

#endif
