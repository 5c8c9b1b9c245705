/*
 * Twin runs: one schedule in two worlds that differ only in what X may not know. In each step one
 * of them leads; where the oracle says that X knows the same after it as before, the other world
 * does not take part in it. Whatever X's connection is handed must be equal, frame by frame with
 * its time. Usage: twin [RUNS [SEED]]
 */
#include "support/own_main.h"

#include <time.h>

#include "sim/twin_cases.h"
#include "sim/twin_exceptions.h"
#include "sim/twin_export.h"
#include "sim/twin_next.h"

enum { STEPS = 160, RESTART_EVERY = 50 };

struct twin {
	uint64_t seed, dice, ref;
	struct twin_world w[2];
	struct twin_eyes x;
	size_t step;
	const char *what, *said;
	char role[16];
	size_t other_count; /* cells of the world that does not lead, before the step */
	bool both_took;     /* the request of the step */
	struct buf have;    /* the texts X had when it read last */
};

/* What was looked at in all runs. */
static struct {
	size_t runs, steps, hidden, shared, own, frames, bytes, renewed, restarts, exports;
} sum;

/* ---- comparing ---- */

static size_t line_from(const struct buf *b, size_t at)
{
	while (at > 0 && b->ptr[at - 1] != '\n') {
		at--;
	}
	return at;
}

static void print_line(char name, const struct buf *b, size_t from, size_t at)
{
	size_t to = from, begin = from;

	while (to < b->len && b->ptr[to] != '\n') {
		to++;
	}
	if (at > from + 200) {
		begin = at - 120;
	}
	fprintf(stderr, "  %c: %s%.*s\n", name, begin > from ? "… " : "",
		(int)(to - begin > 600 ? 600 : to - begin),
		to > from ? b->ptr + begin : "(nothing)");
}

static void __attribute__((noreturn))
differ(const struct twin *t, const char *what, const struct buf *a, const struct buf *b)
{
	size_t at = 0;

	while (at < a->len && at < b->len && a->ptr[at] == b->ptr[at]) {
		at++;
	}
	fprintf(
	    stderr,
	    "twin: SEED=%llu role %s: %s differs in step %zu (%s); the first frame that does:\n",
	    (unsigned long long)t->seed, t->role, what, t->step, t->what);
	fprintf(stderr, "  said: %.300s\n", t->said);
	print_line(t->w[0].name, a, line_from(a, at < a->len ? at : a->len), at);
	print_line(t->w[1].name, b, line_from(b, at < b->len ? at : b->len), at);
	exit(1);
}

static bool same_buf(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

static void compare(struct twin *t)
{
	struct twin_world *a = &t->w[0], *b = &t->w[1];

	if (!same_buf(&a->heard, &b->heard)) {
		differ(t, "what it hears", &a->heard, &b->heard);
	}
	if (!same_buf(&a->waiting, &b->waiting)) {
		differ(t, "what waits for it", &a->waiting, &b->waiting);
	}
	buf_clear(&a->heard);
	buf_clear(&b->heard);
}

/* ---- acting ---- */

static void set_dice(struct twin *t, struct twin_world *w)
{
	uint64_t dice = t->seed * 0x9e3779b97f4a7c15u + t->step;

	w->dice = rig_random(&dice);
	w->drawn = 0;
}

static void perform(struct twin *t, struct twin_world *w, const struct twin_act *a)
{
	set_dice(t, w);
	w->is_known = false;
	switch (a->how) {
	case HOW_SAY:
		twin_say(w, a->conn, a->text);
		break;
	case HOW_OPEN:
		twin_leave(w, a->conn);
		twin_open(w, a->conn, a->seat, a->board);
		w->conn[a->conn].joined = true;
		twin_say(w, a->conn, a->text);
		break;
	case HOW_LEAVE:
		twin_leave(w, a->conn);
		break;
	case HOW_SLOW:
		w->is_slow = true;
		break;
	case HOW_READ:
		twin_read_on(w);
		break;
	}
	twin_settle(w);
	/* Who was sent away goes. */
	for (uint32_t i = 0; i < TWIN_CONNS; i++) {
		if (w->conn[i].open && !w->conn[i].joined) {
			twin_leave(w, i);
		}
	}
	twin_settle(w);
	if (a->is_here && !w->conn[a->conn].board) { /* a wall says nothing */
		w->truth.caret[a->seat] = a->caret;
		w->truth.caret_at[a->seat] = a->at;
	}
	truth_screens(w);
}

/* Somebody types where X cannot see, and nothing waits for that to be kept. */
static void whisper(struct twin *t, struct twin_pick *p)
{
	struct twin_act a = {.name = "whisper"};

	p->conn = whose_turn(p, ' ');
	p->hide = true;
	if (p->conn == 0 || p->conn == CONN_X) {
		return;
	}
	p->seat = p->w->conn[p->conn].seat;
	p->ref = ++t->ref;
	a.conn = p->conn;
	if (!act_edit(p, &a)) {
		return;
	}
	/* Only what is hidden for certain. */
	for (uint32_t i = 0; i < o_of(p)->cell_count; i++) {
		char key[LIMIT_KEY_BYTES + 12];

		snprintf(key, sizeof key, "\"%s\"", o_of(p)->cell[i].key);
		if (strstr(a.text, key) && !x_sees(p, i)) {
			set_dice(t, p->w);
			twin_say(p->w, a.conn, a.text);
		}
	}
}

/* What X does of itself: come anew, read slowly, read on, hang up. */
static bool own_act(struct twin *t, struct twin_pick *p, struct twin_act *a)
{
	const struct twin_conn *c = &p->w->conn[CONN_X];

	*a = (struct twin_act){.name = "X",
			       .conn = CONN_X,
			       .seat = p->x->seat,
			       .board = p->x->board,
			       .caret = CARET_NONE};
	p->conn = CONN_X;
	p->seat = p->x->seat;
	if (!c->open) {
		if (o_of(p)->seat[p->x->seat].barred) {
			return false;
		}
		a->name = "X joins";
		a->how = HOW_OPEN;
		join_text(a, one_in(p, 3) ? NULL : p->have);
		return true;
	}
	if (p->w->again) {
		a->name = "X joins again";
		a->how = HOW_SAY;
		join_text(a, one_in(p, 3) ? NULL : p->have);
		t->w[0].again = t->w[1].again = false;
		return true;
	}
	if (!p->w->is_slow) {
		have_text(p->w, p->x, &t->have); /* of a slow reader only what it has read */
	}
	a->name = p->w->is_slow ? "X reads" : one_in(p, 2) ? "X is slow" : "X leaves";
	a->how = p->w->is_slow ? HOW_READ : strcmp(a->name, "X leaves") ? HOW_SLOW : HOW_LEAVE;
	return true;
}

/* ---- one step ---- */

static bool part(struct twin *t)
{
	if (getenv("TRACE")) {
		fprintf(stderr, "known otherwise: SEED=%llu %s step %zu %s\n",
			(unsigned long long)t->seed, t->role, t->step, t->what);
		for (size_t i = 0, d = 0; i < t->w[0].known.len && i < t->w[1].known.len && d < 1;
		     i++) {
			if (t->w[0].known.ptr[i] != t->w[1].known.ptr[i]) {
				d++;
				print_line('A', &t->w[0].known, line_from(&t->w[0].known, i), i);
				print_line('B', &t->w[1].known, line_from(&t->w[1].known, i), i);
			}
		}
	}
	sum.renewed++;
	return false;
}

/* Time passes in both. False: they know different things now, and rightly. */
static bool pass(struct twin *t, int64_t ms)
{
	int64_t until = t->w[0].now + ms;

	t->what = "time";
	t->said = "";
	for (size_t i = 0; i < 2; i++) {
		set_dice(t, &t->w[i]);
		twin_pass(&t->w[i], until);
	}
	if (!same_buf(twin_known(&t->w[0], &t->x), twin_known(&t->w[1], &t->x))) {
		return part(t);
	}
	compare(t);
	return true;
}

/* The cells X sees, before a step; owned by the caller. */
static bool *seen_now(struct twin_truth *truth, const struct twin_eyes *x)
{
	bool *seen = mem_alloc(truth->o.cell_count + 1);
	seat_set set = eyes_set(&truth->o, x);

	for (uint32_t i = 0; i < truth->o.cell_count; i++) {
		seen[i] = o_level(&truth->o, set, i) != O_HIDDEN;
	}
	return seen;
}

/*
 * What X saw before, or what began in this step, has the same version in both worlds, and the same
 * id. Only of what was there and hidden X may learn a version that came of hidden edits, on top of
 * a random beginning.
 */
static void check_numbers(struct twin *t, struct twin_world *lead, struct twin_world *other,
			  const bool *seen, size_t count)
{
	struct oracle *o = &lead->truth.o;
	seat_set set = eyes_set(o, &t->x);
	bool as_many = o->cell_count - count == other->truth.o.cell_count - t->other_count;

	for (uint32_t i = 0; i < o->cell_count; i++) {
		uint32_t its = o_find(&other->truth.o, o->cell[i].key);
		bool same = its != MAP_NONE && lead->truth.ver[i] == other->truth.ver[its];

		if ((i < count ? seen[i] : as_many) && o_level(o, set, i) != O_HIDDEN && !same &&
		    (i >= count || t->both_took)) {
			struct buf a = {0}, b = {0};

			buf_printf(&a, "%s %llu", o->cell[i].key,
				   (unsigned long long)lead->truth.ver[i]);
			buf_printf(&b, "%s %llu", its == MAP_NONE ? "" : o->cell[i].key,
				   its == MAP_NONE ? 0 : (unsigned long long)other->truth.ver[its]);
			differ(t, "a version or an id", &a, &b);
		}
	}
}

/* The other world takes part. False: what X knows differs now, and rightly. */
static bool share(struct twin *t, const struct twin_pick *p, const struct twin_act *a,
		  const bool *seen, size_t count)
{
	struct twin_world *other = p->other;

	t->other_count = other->truth.o.cell_count;
	perform(t, other, a);
	t->both_took =
	    p->w->conn[a->conn].accepted == p->ref && other->conn[a->conn].accepted == p->ref;
	check_numbers(t, p->w, other, seen, count);
	if (!same_buf(twin_known(p->w, &t->x), twin_known(other, &t->x))) {
		return part(t);
	}
	compare(t);
	sum.shared++;
	return true;
}

static bool shows_caret(const struct twin_pick *p, const struct twin_act *a)
{
	struct oracle *o = &p->w->truth.o;
	seat_set set = eyes_set(o, p->x);

	return a->caret != CARET_NONE && o_level(o, set, (uint32_t)a->caret) != O_HIDDEN &&
	       o_knows(o, set, a->seat) && o_sees_presence(o, set, p->x->seat, p->x->board);
}

static bool step(struct twin *t, struct twin_pick *p)
{
	size_t lead = roll(p, 2);
	struct twin_act a;
	const struct buf *after;
	struct buf before = {0};
	bool goes_on = true, own, *seen;
	size_t count;

	p->w = &t->w[lead];
	p->have = t->have.ptr;
	p->other = &t->w[1 - lead];
	p->ref = ++t->ref;
	own = one_in(p, 12) || (!p->w->conn[CONN_X].open && one_in(p, 8)) ||
	      (p->w->again && one_in(p, 2));
	if (!(own ? own_act(t, p, &a) : next_act(p, &a))) {
		return true;
	}
	if (a.how == HOW_OPEN && a.conn != CONN_X) {
		join_text(&a, NULL);
	}
	t->what = a.name;
	t->said = a.text;
	own = a.conn == CONN_X;
	buf_add(&before, buf_slice(twin_known(p->w, &t->x)));
	seen = seen_now(&p->w->truth, &t->x);
	count = p->w->truth.o.cell_count;
	if (one_in(p, 3)) {
		struct twin_pick q = *p;

		whisper(t, &q);
		p->dice = q.dice;
	}
	perform(t, p->w, &a);
	after = twin_known(p->w, &t->x);
	if (getenv("TRACE")) {
		fprintf(stderr, "%zu %lld %c %s by %u: %s %.200s\n", t->step, (long long)p->w->now,
			p->w->name, a.name, a.seat, same_buf(&before, after) ? "hidden" : "shared",
			a.text);
	}
	/* To stand where one stood is to move, too. */
	if (own || !same_buf(&before, after) || (a.is_here && shows_caret(p, &a))) {
		goes_on = share(t, p, &a, seen, count);
		sum.own += own;
	} else {
		compare(t);
		sum.hidden++;
	}
	buf_fini(&before);
	free(seen);
	return goes_on;
}

/* ---- what X could carry away ---- */

static void compare_exports(struct twin *t)
{
	struct buf a = {0}, b = {0};

	t->what = "export";
	t->said = "";
	truth_exported(&t->w[0].truth, &t->x, &a);
	truth_exported(&t->w[1].truth, &t->x, &b);
	if (same_buf(&a, &b)) {
		buf_fini(&a);
		buf_fini(&b);
		a = exported(&t->w[0], t->x.seat);
		b = exported(&t->w[1], t->x.seat);
		if (!same_buf(&a, &b)) {
			differ(t, "the export", &a, &b);
		}
		sum.exports++;
	}
	buf_fini(&a);
	buf_fini(&b);
}

/* ---- one run ---- */

static int64_t some_time(struct twin_pick *p)
{
	switch (roll(p, 16)) {
	case 0:
		return (int64_t)roll(p, 86400000);
	case 1:
		return (int64_t)roll(p, 600000);
	case 2:
	case 3:
		return (int64_t)roll(p, 30000);
	case 4:
		return 0;
	default:
		return (int64_t)roll(p, 300);
	}
}

/* Everybody has a screen; some come later. */
static void gather(struct twin *t, struct twin_pick *p)
{
	for (unsigned s = 0; s <= t->w[0].truth.o.seat_count; s++) {
		bool x = s == t->w[0].truth.o.seat_count;
		struct twin_act a = {.name = "begin",
				     .how = HOW_OPEN,
				     .conn = x ? (uint32_t)CONN_X : s + 1,
				     .seat = x ? t->x.seat : (uint8_t)s,
				     .board = x && t->x.board,
				     .caret = CARET_NONE};

		if (!x && (s == t->x.seat ? !t->x.board : roll(p, 5) == 0)) {
			continue;
		}
		/* Whoever may not come in one world would be missed there. */
		if (!x && (t->w[0].truth.o.seat[s].barred || t->w[1].truth.o.seat[s].barred)) {
			continue;
		}
		join_text(&a, x ? p->have : NULL);
		perform(t, &t->w[0], &a);
		perform(t, &t->w[1], &a);
		compare(t);
	}
}

/*
 * X came to know what differs. Two equal worlds again, as one of them is now: everybody goes, the
 * other is made of its journal, everybody comes.
 */
static void renew(struct twin *t, struct twin_pick *p, const struct rig *rig)
{
	struct twin_world *from = &t->w[roll(p, 2)], *other = from == t->w ? &t->w[1] : &t->w[0];
	char name = other->name;
	size_t frames = other->frames, bytes = other->bytes;
	const struct mem_series *s;

	for (uint32_t i = 0; i < TWIN_CONNS; i++) {
		twin_leave(from, i);
		twin_leave(other, i);
	}
	twin_settle(from);
	twin_settle(other);
	truth_screens(from);
	from->is_known = false;
	buf_clear(&from->heard);
	s = mem_disk_series(from->disk, from->series);
	twin_end(other);
	twin_begin(other, name, rig, s->record, s->record_count, from->now);
	other->frames = frames;
	other->bytes = bytes;
	t->what = "renewed";
	t->said = "";
	p->have = NULL;
	gather(t, p);
}

/* The machine was away, in both worlds at the same moment: what is left is on the disks. */
static void restart(struct twin *t, struct twin_pick *p)
{
	if (t->w[0].conn[CONN_X].open && !t->w[0].is_slow && !t->w[0].again) {
		have_text(&t->w[0], &t->x, &t->have);
	}
	for (size_t n = 0; n < 2; n++) {
		struct twin_world *w = &t->w[n];

		for (uint32_t i = 0; i < TWIN_CONNS; i++) {
			twin_leave(w, i);
		}
		twin_settle(w);
		truth_screens(w);
		twin_restart(w);
	}
	t->what = "restart";
	t->said = "";
	p->have = t->have.ptr;
	gather(t, p);
	sum.restarts++;
}

static void run(struct twin *t, const struct rig *rig)
{
	struct twin_pick p = {.dice = t->dice, .x = &t->x, .w = &t->w[0]};
	bool goes_on;

	sum.runs++;
	for (size_t i = 0; i < 2; i++) {
		twin_begin(&t->w[i], (char)('A' + i), rig, rig->file.record, rig->file.record_count,
			   rig->file.record[0].at_ms);
	}
	t->what = "begin";
	t->said = "";
	gather(t, &p);
	for (t->step = 1; t->step <= STEPS; t->step++) {
		goes_on = pass(t, some_time(&p)) && step(t, &p);
		if (!goes_on) {
			renew(t, &p, rig);
		} else if (one_in(&p, RESTART_EVERY)) {
			restart(t, &p);
		}
		sum.steps++;
	}
	if (!t->x.board) {
		compare_exports(t);
	}
	sum.frames += t->w[0].frames;
	sum.bytes += t->w[0].bytes;
	twin_end(&t->w[0]);
	twin_end(&t->w[1]);
	buf_fini(&t->have);
}

/* ---- whose eyes ---- */

/* The eyes of run `seed`: every role in turn, and the board; then any case that has it. */
static const struct rig *choose(struct twin *t, struct rig *rig)
{
	const struct schema *s = rig[0].schema;
	uint16_t role = (uint16_t)(t->seed % (s->role_count + 1u));

	for (size_t tries = 0;; tries++) {
		const struct rig *r = &rig[rig_random(&t->dice) % TWIN_CASES];
		const struct rights *rights = room_rights(r->room);
		uint8_t seat = (uint8_t)(rig_random(&t->dice) % rights->seat_count);

		cr_assert_lt(tries, 100000);
		t->x = (struct twin_eyes){.seat = seat, .board = role == s->role_count};
		snprintf(t->role, sizeof t->role, "%s", t->x.board ? "board" : s->role[role].id);
		if (rights->seat[seat].live &&
		    (t->x.board ? (rights->seat[seat].duties & DUTY_CHAIR) != 0
				: rights->seat[seat].role == role)) {
			return r;
		}
	}
}

int main(int argc, char **argv)
{
	size_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 130;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct rig rig[TWIN_CASES];
	struct twin *t = mem_alloc(sizeof *t);
	clock_t start = clock();

	twin_cases(rig);
	for (size_t i = 0; i < runs; i++) {
		const struct rig *r;

		*t = (struct twin){.seed = seed + i, .dice = (seed + i) * 0x2545f4914f6cdd1du};
		r = choose(t, rig);
		run(t, r);
	}
	printf("twin: %zu runs, seeds %llu to %llu, %zu steps: %zu hidden, %zu shared (%zu by X); "
	       "%zu frames, %zu bytes and %zu exports equal; worlds made equal again %zu times, "
	       "restarted %zu times; %.0f s\n",
	       sum.runs, (unsigned long long)seed, (unsigned long long)(seed + runs - 1), sum.steps,
	       sum.hidden, sum.shared, sum.own, sum.frames, sum.bytes, sum.exports, sum.renewed,
	       sum.restarts, (double)(clock() - start) / CLOCKS_PER_SEC);
	for (size_t i = 0; getenv("TRACE") && i < TWIN_EXCEPTION_COUNT; i++) {
		fprintf(stderr, "let pass: %s\n", twin_exception[i]);
	}
	for (size_t i = 0; i < TWIN_CASES; i++) {
		rig_fini(&rig[i]);
	}
	free(t);
	return 0;
}
