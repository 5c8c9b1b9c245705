#ifndef ROKUSHA_TESTS_SIM_TWIN_NEXT_H
#define ROKUSHA_TESTS_SIM_TWIN_NEXT_H

/* Who does what next: moving about, screens, and the dice between all acts. */
#include "sim/twin_acts.h"

/* ---- presence and screens ---- */

static inline bool act_here(struct twin_pick *p, struct twin_act *a)
{
	struct oracle *o = o_of(p);
	uint32_t at = some_cell(p, true);

	a->is_here = true;
	a->caret = CARET_NONE;
	a->at = roll(p, 9);
	if (one_in(p, 4)) {
		snprintf(a->text, sizeof a->text, "{\"t\":\"here\"}");
		return true;
	}
	if (o_level(o, seat_bit(p->seat), at) != O_HIDDEN) {
		a->caret = at;
	}
	snprintf(a->text, sizeof a->text, "{\"t\":\"here\",\"cell\":\"%s\",\"at\":[%llu,%zu,%zu]}",
		 o->cell[at].key, (unsigned long long)p->w->truth.ver[at], a->at, a->at);
	return true;
}

static inline bool act_reach(struct twin_pick *p, struct twin_act *a)
{
	snprintf(a->text, sizeof a->text, "{\"t\":\"reach\",\"cell\":\"%s\"}",
		 one_in(p, 6) ? "plan.work.nowhere"
			      : o_of(p)->cell[roll(p, o_of(p)->cell_count)].key);
	return true;
}

static inline bool act_ping(struct twin_pick *p, struct twin_act *a)
{
	(void)p;
	snprintf(a->text, sizeof a->text, "{\"t\":\"ping\"}");
	return true;
}

/* A screen comes or goes; a board among them. */
static inline bool act_screen(struct twin_pick *p, struct twin_act *a)
{
	struct twin_world *w = p->w;
	unsigned seat = (unsigned)roll(p, o_of(p)->seat_count);
	uint32_t conn = one_in(p, 4) ? CONN_FREE : seat + 1;

	/* Another screen of X's own would be no secret. */
	if (conn == p->x->seat + 1u && !p->x->board) {
		conn = CONN_FREE;
	}
	if (conn == CONN_FREE && !w->conn[conn].open) {
		for (seat = 0; !o_of(p)->seat[seat].chair; seat++) {
		}
		a->board = true;
	}
	a->conn = conn;
	a->seat = (uint8_t)seat;
	a->how = w->conn[conn].open ? HOW_LEAVE : HOW_OPEN;
	return a->how == HOW_LEAVE || !o_of(p)->seat[seat].barred;
}

/* The texts X has now, as a join says it: ,"have":[…]. Empty where it has none. */
static inline void have_text(struct twin_world *w, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &w->truth.o;
	seat_set set = eyes_set(o, x);
	const char *between = ",\"have\":[";

	buf_clear(out);
	for (uint32_t i = 0; i < o->cell_count && out->len < 7000; i++) {
		if (o->cell[i].text && o_level(o, set, i) != O_HIDDEN) {
			buf_printf(out, "%s[\"%s\",%llu]", between, o->cell[i].key,
				   (unsigned long long)w->truth.ver[i]);
			between = ",";
		}
	}
	buf_add_str(out, strcmp(between, ",") == 0 ? "]" : "");
	buf_add(out, (struct slice){"", 1});
}

static inline void join_text(struct twin_act *a, const char *have)
{
	snprintf(a->text, sizeof a->text, "{\"t\":\"join\",\"client\":\"%016x\",\"board\":%d%s}",
		 a->conn + 0x1000u, (int)a->board, have ? have : "");
}

/* ---- one of them ---- */

static const struct {
	const char *name;
	bool (*act)(struct twin_pick *p, struct twin_act *a);
	unsigned weight;
	char who; /* c chair, p person, r recorder, space: anybody */
} twin_acts[] = {
    {"edit", act_edit, 22, ' '},      {"set", act_set, 10, ' '},
    {"row", act_row, 14, ' '},        {"assign", act_assign, 3, 'r'},
    {"open", act_open, 10, 'c'},      {"close", act_close, 4, 'c'},
    {"order", act_order, 3, 'c'},     {"audience", act_audience, 3, 'c'},
    {"item", act_item, 3, 'c'},       {"attend", act_attend, 14, ' '},
    {"attend", act_attend, 8, 'c'},   {"pause", act_pause, 3, 'p'},
    {"grant", act_grant, 6, 'p'},     {"withdraw", act_withdraw, 2, 'p'},
    {"bar", act_bar, 2, 'c'},         {"deny", act_deny, 3, 'c'},
    {"suggest", act_suggest, 6, ' '}, {"answer", act_answer, 6, ' '},
    {"assent", act_assent, 2, 'p'},   {"status", act_status, 1, 'c'},
    {"here", act_here, 16, ' '},      {"reach", act_reach, 2, ' '},
    {"ping", act_ping, 1, ' '},       {"screen", act_screen, 8, ' '},
};

/* The connection of whoever is to act: of that kind, or now and then anybody. */
static inline uint32_t whose_turn(struct twin_pick *p, char who)
{
	uint32_t conn[TWIN_CONNS];
	size_t count = 0;
	bool any = who == ' ' || one_in(p, 6);

	if (any && one_in(p, 5) && p->w->conn[CONN_X].joined) {
		return CONN_X;
	}
	if (any && one_in(p, 3) && p->last_conn != CONN_X && p->w->conn[p->last_conn].joined &&
	    !p->w->conn[p->last_conn].board) {
		return p->last_conn;
	}
	for (uint32_t i = 0; i < TWIN_CONNS; i++) {
		const struct twin_conn *c = &p->w->conn[i];
		const struct o_seat *s = &o_of(p)->seat[c->seat];

		if (i != CONN_X && c->open && c->joined && !c->board &&
		    (any || (who == 'c' && s->chair) || (who == 'r' && s->recorder) ||
		     (who == 'p' && strcmp(o_role(o_of(p), c->seat), "self") == 0))) {
			conn[count++] = i;
		}
	}
	if (count == 0) {
		return 0;
	}
	return conn[roll(p, count)];
}

/* While X is away: what it will have to catch up with, and rights that come behind its back. */
static inline size_t meanwhile(struct twin_pick *p, size_t at)
{
	static bool (*const often[])(struct twin_pick *, struct twin_act *) = {
	    act_edit, act_edit, act_edit, act_grant, act_deny, act_bar};
	size_t n = roll(p, 6);

	for (size_t i = 0; i < sizeof twin_acts / sizeof *twin_acts; i++) {
		at = twin_acts[i].act == often[n] ? i : at;
	}
	return at;
}

/* False: nothing comes to mind. */
static inline bool next_act(struct twin_pick *p, struct twin_act *a)
{
	size_t total = 0, at = 0, n;
	bool away;

	for (size_t i = 0; i < sizeof twin_acts / sizeof *twin_acts; i++) {
		total += twin_acts[i].weight;
	}
	for (n = roll(p, total); n >= twin_acts[at].weight; at++) {
		n -= twin_acts[at].weight;
	}
	/* Who moves about does so many times. */
	while (p->last_here && one_in(p, 2) && twin_acts[at].act != act_here) {
		at = (at + 1) % (sizeof twin_acts / sizeof *twin_acts);
	}
	away = !p->w->conn[CONN_X].open && !one_in(p, 3);
	at = away ? meanwhile(p, at) : at;
	*a = (struct twin_act){.name = twin_acts[at].name, .caret = CARET_NONE};
	p->conn = whose_turn(p, twin_acts[at].who);
	if (p->conn == 0) {
		return false;
	}
	p->seat = p->w->conn[p->conn].seat;
	p->hide = p->conn != CONN_X && roll(p, 4) != 0 && !(away && twin_acts[at].act == act_edit);
	a->conn = p->conn;
	a->seat = p->seat;
	p->last_here = twin_acts[at].act == act_here;
	p->last_conn = p->last_here || one_in(p, 2) ? p->conn : 0;
	return twin_acts[at].act(p, a);
}

#endif
