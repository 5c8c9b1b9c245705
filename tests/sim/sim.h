#ifndef ROKUSHA_TESTS_SIM_SIM_H
#define ROKUSHA_TESTS_SIM_SIM_H

/*
 * Whole conferences from a seed: the production hub, room, policy, view, text and clock on a store
 * in memory, with clients that are arrays. A schedule is a list of acts, each with dice of its own,
 * so that any part of it is a schedule too.
 */
#include <stdio.h>

#include "net/hub.h"
#include "net/net_clock.h"
#include "net/net_out.h"
#include "room/fx.h"
#include "store/mem_disk.h"
#include "store/store_mem.h"
#include "support/meeting_viewer.h"

enum {
	SIM_SEATS = 12,
	SIM_LINES = 64,
	SIM_CASES = 2,
	SIM_FLOOD = LIMIT_ROOM_QUEUE + 5 * SIM_LINES, /* words of one flood: more than may wait */
	SIM_ACTS = 120,                               /* of one schedule */
	SIM_OUT_BYTES = 96 * 1024                     /* what may wait for a slow reader here */
};

/* ---- what is counted ---- */

/* clang-format off */ /* it would not let them stand one to a line */
#define SIM_COUNTS(X) \
	X(STEPS, "steps") X(FRAMES, "frames") X(RECORDS, "records") X(CHECKS, "checks") \
	X(EDITS, "edits") X(REBASED, "rebased") X(SETS, "sets") X(ROWS, "rows") \
	X(SEGMENTS, "segments") X(ATTENDS, "attends") X(GRANTS, "grants") X(ASSIGNS, "assigns") \
	X(WITHDRAWALS, "withdrawals") X(LAPSES, "lapses") X(BARS, "bars") X(DENIALS, "denials") \
	X(NOT_KEPT, "not_kept") X(UNKNOWN_LOST, "unknown_lost") X(UNKNOWN_KEPT, "unknown_kept") \
	X(LOADS_FAILED, "loads_failed") X(CRASHES, "crashes") X(CRASHES_IN_FLIGHT, "in_flight") \
	X(AGAINS, "agains") X(PURGED, "purged") X(FULL, "full_queues") X(RECONNECTS, "reconnects") \
	X(LATE, "late_words") X(REPEATS, "repeats") X(OTHER_BODY, "other_bodies") \
	X(JUMPS_FAR, "far_jumps") X(JUMPS_NEAR, "near_jumps") X(BUSY, "busy") X(BYES, "byes") \
	X(BOARDS, "boards") X(STUBBORN, "stubborn_rounds") X(DERIVED, "derived") \
	X(SUGGESTS, "suggestions") X(TAKEN, "taken") X(ANSWERED, "answered") \
	X(BACKS, "taken_back") X(SHOWN, "suggestions_shown") X(MAPPED, "suggestions_mapped") \
	X(PASTS, "pasts") X(PAST_TEXTS, "past_texts") X(PAST_ENTRIES, "past_entries") \
	X(STUCK, "stuck") X(STUCK_BUSY, "stuck_busy") X(BASES, "bases") X(FROM_BASE, "from_base")
/* clang-format on */

enum sim_count {
#define X(NAME, TEXT) SIM_##NAME,
	SIM_COUNTS(X)
#undef X
	    SIM_COUNT_MAX
};

/* ---- a schedule ---- */

enum sim_mode { SIM_SAFETY, SIM_LIVENESS };

struct sim_act {
	uint8_t kind; /* index into sim_acts */
	uint8_t who;
	uint64_t dice;
};

struct sim_plan {
	enum sim_mode mode;
	unsigned which;    /* case */
	unsigned seats;    /* clients */
	unsigned stubborn; /* liveness: what stays bad for ever */
	uint64_t seed;     /* of the server's random bits */
	struct sim_act *act;
	size_t count;
};

/* ---- the world ---- */

/* A suggestion, as the journal or the frames to one reader have it. */
struct idea {
	uint64_t id, ver;
	uint32_t cell;
	uint8_t seat, by; /* SEAT_NONE: nobody's, or one it is not told */
	enum suggestion_state state;
	int64_t at;
	char *words, *reply;
	json_t *change; /* NULL: none */
};

struct ideas {
	struct idea *idea; /* in the order they came */
	size_t count, cap;
};

/* What became of a cell at one time, and who could read it then. */
struct past {
	uint64_t ver;
	int64_t at;
	uint8_t actor, seat;
	seat_set readers;
	char *text; /* of a text; NULL: */
	json_t *value;
};

struct pasts {
	struct past *past; /* oldest first */
	size_t count, cap;
};

/* An oracle that is told what the journal says. */
struct follower {
	struct oracle o;
	uint64_t *ver; /* by cell */
	size_t ver_cap;
	size_t seen;        /* records of the disk */
	size_t more;        /* and of the batch in flight after those */
	struct ideas ideas; /* all there ever were */
	bool has_past;
	struct pasts *past; /* by cell */
	size_t past_cap;
	uint32_t *changed; /* cells the record at hand gave another version */
	size_t changed_count, changed_cap;
	int64_t recorded; /* the latest time of a record */
};

/* One push of one client, by cell. */
struct push {
	uint64_t ref; /* 0: none in flight */
	struct change change;
	json_t *wanted;
	bool has_come; /* it came back as an edit: it was kept */
	bool gave_up;  /* the text began anew with a push in flight */
};

struct ask {
	uint64_t ref;
	char *text;
	uint32_t cell; /* MAP_NONE: another request */
	bool is_dead;  /* its text began anew: not asked again */
};

/* What became of a request: refs count from 1 in each client. */
struct entry {
	uint8_t kept, acked, refused;
	uint64_t row; /* of a suggestion that was kept */
	bool is_question;
	uint64_t least; /* the newest version a question of the past must tell of; 0: none */
	bool is_late;   /* a copy of it is on an old line */
};

struct book {
	struct entry *entry;
	size_t count, cap;
};

/* A connection. It may outlive the client's interest in it. */
struct line {
	bool open, old, slow;
	struct conn_id conn;
	unsigned who;
	uint8_t seat;
	bool board;
	struct net_out out;
	char **held; /* said, not yet arrived */
	size_t held_count, held_cap;
	unsigned closed; /* status */
};

struct client {
	struct viewer v; /* what it has, by cell of the oracle */
	struct ideas ideas;
	struct push *push;
	size_t push_cap;
	struct ask *ask;
	size_t ask_count, ask_cap;
	struct line *line; /* NULL: not connected */
	uint64_t id, ref;
	bool here;   /* the page is open */
	bool again;  /* told so; it has to join */
	bool joined; /* it has its snapshot */
	bool resend;
	bool broken; /* it lost the thread: it comes anew */
	bool stuck;  /* told that nothing can be kept */
	bool stubborn;
	char *acked_text; /* a request that was kept, and its ref */
	uint64_t acked_ref;
	uint64_t repeat_ref, other_ref; /* sent again; sent again with another body */
	struct arena mem;               /* of changes */
};

struct sim {
	const struct sim_plan *plan;
	struct rig *rig; /* the case */
	struct store_mem_disk *disk;
	uint64_t base_seq; /* of the base that is stored, as it was last */
	bool is_from_base; /* the room was loaded from one */
	struct store *store;
	struct series_id series;
	struct hub *hub;
	struct net_clock clock;
	int64_t mono, real, ideal; /* ms; `ideal`: what the clock should say, corrections and all */
	int64_t now;
	bool gathers;            /* what is typed waits for world_turn */
	bool stuck, stuck_heard; /* the disk keeps nothing; the server has noticed */
	size_t stuck_left;       /* acts, until it keeps again */
	struct follower kept, ahead;
	struct watch watch;
	struct client client[SIM_SEATS];
	struct line line[SIM_LINES];
	struct book *book; /* by client id */
	size_t book_count, book_cap;
	uint32_t conns;
	uint64_t server_dice, dice; /* of the act */
	uint64_t trace;
	size_t *count;
	bool loud; /* say what happens */
};

/* sim_main.c: the run that is on, for sim_failed */
extern struct sim *sim_now_running;

/* sim_follow.c */
void follow_init(struct follower *f, const struct schema *schema);
void follow_fini(struct follower *f);
void follow_record(struct sim *s, struct follower *f, const struct record *r, bool counts);
void follow(struct sim *s);                         /* both are brought up to date */
int64_t follow_next_change(const struct oracle *o); /* of a consent; INT64_MAX: none */
struct entry *book_entry(struct sim *s, uint64_t client, uint64_t ref); /* NULL: never asked */
void book_add(struct sim *s, uint64_t client, uint64_t ref);
uint64_t follow_ver(const struct follower *f, uint32_t cell);

/* sim_world.c */
void world_open(struct sim *s, const struct sim_plan *plan, struct rig *rig, size_t *count);
void world_close(struct sim *s);
void world_crash(struct sim *s);
void world_poll(struct sim *s);
void world_turn(struct sim *s); /* a turn of the loop ends: what was typed is stepped */
void world_pass(struct sim *s, int64_t ms); /* time passes; no tick */
void world_tick(struct sim *s);
void world_settle(struct sim *s);
bool world_in_flight(const struct sim *s);
void world_stick(struct sim *s, bool on); /* from now on nothing can be kept; or again */
void line_open(struct sim *s, unsigned who);
void line_close(struct sim *s, struct line *l); /* the server hears of it */
void line_say(struct sim *s, struct line *l, const char *text);
void line_arrive(struct sim *s, struct line *l); /* the oldest of what was held */
void line_read(struct sim *s, struct line *l, size_t frames);
size_t sim_pick(struct sim *s, size_t n);
#define COUNT(S, WHAT) ((S)->count[SIM_##WHAT]++)

/* sim_judge.c */
void judge(struct sim *s, struct line *l, struct slice frame, const json_t *f);
void judge_rest(struct sim *s); /* all is quiet: everybody has exactly what it may have */
void judge_step(struct sim *s); /* after every step */
void judge_memory(struct sim *s);
void judge_stuck(struct sim *s);   /* everybody knows whether anything can be kept */
void judge_derived(struct sim *s); /* what was left of the room when it went */

void judge_seat(struct sim *s, const struct line *l, const char *hex);
unsigned judge_seat_of(struct sim *s, const char *hex); /* it is one */
seat_set judge_eyes(const struct oracle *o, const struct line *l);

/* sim_ideas.c: suggestions */
void ideas_forget(struct ideas *all, uint32_t cell); /* MAP_NONE: of all cells */
void ideas_fini(struct ideas *all);
/* The text of `cell` went to `ver` by `change`: what is said of the text before goes with it. */
size_t ideas_over(struct ideas *all, uint32_t cell, const struct change *change, uint64_t ver);
void follow_suggest(struct sim *s, struct follower *f, const struct record *r, const json_t *body,
		    bool counts);
void follow_answer(struct follower *f, const struct record *r, const json_t *body);
void client_idea(struct sim *s, struct client *c, uint32_t cell, const json_t *o);
void client_ideas_over(struct sim *s, struct client *c, uint32_t cell, const struct change *change);
void judge_idea(struct sim *s, const struct line *l, uint32_t cell, const json_t *o);
void judge_ideas_known(struct sim *s, const struct client *c); /* it has none it may not have */
void judge_ideas_rest(struct sim *s, struct client *c);        /* and all it may have */
void act_suggest(struct sim *s, struct client *c);
void act_answer(struct sim *s, struct client *c);

/* sim_past.c: the past of a cell */
void follow_past_changed(struct follower *f, uint32_t cell);
void follow_past(struct follower *f, const struct record *r); /* after each record */
void follow_past_fini(struct follower *f);
void judge_history(struct sim *s, const struct line *l, const json_t *f);
void act_history(struct sim *s, struct client *c);

/* sim_client.c, sim_page.c */
void client_come(struct sim *s, unsigned who);  /* a new page */
void client_leave(struct sim *s, unsigned who); /* it is closed */
void client_reconnect(struct sim *s, unsigned who, bool late);
void client_join(struct sim *s, unsigned who);
void client_take(struct sim *s, struct client *c, const json_t *f);
void client_ask(struct sim *s, struct client *c, const char *text, uint32_t cell);
void client_ask_about(struct sim *s, struct client *c, const char *text, uint64_t least);
void client_say(struct sim *s, struct client *c, const char *text);
bool client_chores(struct sim *s, unsigned who);
bool client_may_speak(const struct client *c);
void client_fini(struct client *c);
void client_slots(struct sim *s, struct client *c); /* room for all cells there are */
void client_ask_end(struct client *c, size_t i);
void client_push_clear(struct push *p);

/*
 * Texts written in a run have the number of their cell in them, and two digits that tell whether it
 * is one: pieces of two marks make no third.
 */
#define SIM_MARK "~%04u%02u~"
#define SIM_MARK_OF(CELL) (unsigned)(CELL), (unsigned)(((CELL)*37 + 11) % 97)

/* sim_words.c: a change of the text `old` of that cell, as JSON */
void words_change(struct sim *s, uint32_t cell, const char *old, char *out, size_t size);

/* sim_acts.c */
struct sim_kind {
	const char *name;
	unsigned weight;
	void (*act)(struct sim *s, struct client *c);
};
extern const struct sim_kind sim_acts[];
extern const size_t sim_act_count;
struct sim_plan sim_draw(uint64_t seed, int mode); /* free(act) */
void sim_play(struct sim *s);
bool sim_chores(struct sim *s);
bool sim_turn(struct sim *s);
void sim_rest(struct sim *s);

/* sim_live.c */
void sim_live(struct sim *s);

#endif
