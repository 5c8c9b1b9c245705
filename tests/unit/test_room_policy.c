/*
 * A series gets another policy: what it takes is gone at once, what it gives comes when it is
 * approved, by who may, and stays so after the journal is replayed.
 */
#include "base/utf8.h"
#include "support/rig.h"
#include "support/variant.h"

#define CASE_1 "tests/cases/case-1.json"
#define MEETING_1 "2026-11-12T13:50"

/* A conference, and the policies it went through; the room borrows them. */
struct world {
	struct rig r;
	struct variant next;
	struct ceiling *ceiling;
};

static void start(struct world *w)
{
	rig_init(&w->r, CASE_1, MEETING_1, 7);
	w->ceiling = NULL;
}

static void over(struct world *w)
{
	rig_fini(&w->r);
	ceiling_destroy(w->ceiling);
	variant_fini(&w->next);
}

/* As a server would after a restart; the rig's own schema stays what names are looked up by. */
static enum err reload(struct world *w, const struct schema *schema, const struct ceiling *ceiling)
{
	struct room *room = room_create(schema, ceiling);
	enum err e = ERR_OK;

	for (size_t i = 0; i < w->r.kept_count && e == ERR_OK; i++) {
		e = room_replay(room, &w->r.kept[i]);
	}
	e = e == ERR_OK ? room_replay_done(room, w->r.now_ms, false) : e;
	room_destroy(w->r.room);
	w->r.room = room;
	return e;
}

/* What `schema pin` does. `approved` is the policy in force. */
static enum err pin(struct world *w, const struct schema *approved, const struct schema *next)
{
	struct ceiling *ceiling = ceiling_create(next, approved);
	bool idle = ceiling_is_idle(ceiling, next);
	json_t *body = room_pin_body(w->r.room, next, idle, rig_random, &w->r.dice);
	char *text = json_dumps(body, JSON_COMPACT);
	enum err e;

	rig_keep(&w->r, &(struct record){.kind = RECORD_POLICY,
					 .at_ms = w->r.now_ms,
					 .actor = SEAT_NONE,
					 .for_seat = SEAT_NONE,
					 .body = slice_of(text)});
	free(text);
	json_decref(body);
	e = reload(w, next, ceiling);
	ceiling_destroy(w->ceiling);
	w->ceiling = ceiling;
	return e;
}

static void pin_next(struct world *w)
{
	cr_assert_eq(pin(w, w->r.schema, w->next.schema), ERR_OK);
}

/* One loss, one gain, one new field. */
static void start_pinned(struct world *w)
{
	start(w);
	VARIANT(&w->next, SWAP_LOSS, SWAP_GAIN, SWAP_FIELD);
	pin_next(w);
}

static char sees(struct world *w, const char *seat, const char *key)
{
	struct cell_place place;
	enum level level;

	if (!room_place(w->r.room, slice_of(key), &place)) { /* the policy has no such field */
		return '-';
	}
	level = rights_seat_level(room_rights(w->r.room), rig_seat(&w->r, seat), &place).level;
	return "nrw"[level];
}

#define SEES(W, SEAT, KEY, WHAT)                                                                   \
	cr_expect_eq(sees(W, SEAT, KEY), WHAT, "%s sees %s: %c, not %c", SEAT, KEY,                \
		     sees(W, SEAT, KEY), WHAT)

static void approve(struct world *w, uint32_t conn, const char *seat, unsigned ref,
		    const char *hash)
{
	char text[160];

	snprintf(text, sizeof text, "{\"t\":\"approve\",\"ref\":%u,\"hash\":\"%s\"}", ref, hash);
	rig_send(&w->r, conn, seat, text);
}

static bool has(const struct fx *f, const char *key)
{
	for (size_t i = 0; f && i < f->cell_count; i++) {
		if (slice_is(f->cell[i].key, key)) {
			return true;
		}
	}
	return false;
}

/* ---- losses at once, gains by approval ---- */

Test(room_policy, what_it_takes_is_gone_what_it_gives_is_not_there)
{
	struct world w;

	start(&w);
	SEES(&w, "p-cw", LEAD, 'r');
	SEES(&w, "p-hw", LIFE, 'n');
	SEES(&w, "p-ps", HOBBY, '-');
	VARIANT(&w.next, SWAP_LOSS, SWAP_GAIN, SWAP_FIELD);
	pin_next(&w);
	SEES(&w, "p-cw", LEAD, 'n');
	SEES(&w, "p-hw", LIFE, 'n');
	SEES(&w, "p-ps", HOBBY, 'n');
	SEES(&w, "p-self", HOBBY, 'n');
	SEES(&w, "p-ps", LEAD, 'w');
	over(&w);
}

Test(room_policy, an_approval_gives_it_live_and_it_stays)
{
	struct world w;

	start_pinned(&w);
	rig_join(&w.r, 1, "p-sup");
	rig_join(&w.r, 2, "p-hw");
	rig_join(&w.r, 3, "p-cw");
	rig_join(&w.r, 4, "p-emp");
	approve(&w, 1, "p-sup", 1, w.next.schema->hash);
	cr_assert(rig_fx(&w.r, FX_ACK, 1) && rig_fx(&w.r, FX_ME, 0));
	cr_expect(has(rig_fx(&w.r, FX_CELLS, 2), LIFE) && has(rig_fx(&w.r, FX_CELLS, 2), HOBBY));
	cr_expect(!has(rig_fx(&w.r, FX_CELLS, 4), LIFE) && has(rig_fx(&w.r, FX_CELLS, 4), HOBBY));
	cr_expect(!has(rig_fx(&w.r, FX_CELLS, 3), LEAD));
	cr_expect_null(rig_fx(&w.r, FX_DROP, 0), "an approval takes nothing");
	cr_assert_eq(w.r.fx.record_count, 1);
	cr_expect_eq(w.r.fx.record[0].kind, RECORD_APPROVE);
	cr_expect_eq(w.r.fx.record[0].actor, rig_seat(&w.r, "p-sup"));
	for (int again = 0; again < 2; again++) {
		SEES(&w, "p-hw", LIFE, 'r');
		SEES(&w, "p-ps", HOBBY, 'w');
		SEES(&w, "p-cw", LEAD, 'n');
		cr_assert_eq(reload(&w, w.next.schema, NULL), ERR_OK);
	}
	over(&w);
}

Test(room_policy, only_who_may_approves_and_only_what_was_shown)
{
	struct world w;
	char other[65];

	start_pinned(&w);
	memset(other, '0', 64);
	other[64] = '\0';
	rig_join(&w.r, 1, "p-sup");
	rig_join(&w.r, 2, "p-ps");
	rig_join(&w.r, 3, "p-self");
	approve(&w, 2, "p-ps", 1, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 2), ERR_GONE);
	approve(&w, 3, "p-self", 1, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 3), ERR_GONE);
	approve(&w, 1, "p-sup", 1, other);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE, "that is not what waits");
	approve(&w, 1, "p-sup", 2, w.r.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE);
	SEES(&w, "p-hw", LIFE, 'n');
	approve(&w, 1, "p-sup", 3, w.next.schema->hash);
	approve(&w, 1, "p-sup", 3, w.next.schema->hash);
	cr_expect(rig_fx(&w.r, FX_ACK, 1) && w.r.fx.record_count == 0, "asked again: as before");
	approve(&w, 1, "p-sup", 4, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE, "nothing waits any more");
	approve(&w, 2, "p-ps", 4, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 2), ERR_GONE, "the same as while one waits");
	over(&w);
}

Test(room_policy, a_policy_cannot_name_who_approves_it)
{
	struct world w;

	start(&w);
	VARIANT(&w.next, SWAP_GAIN,
		{"\"seal\": \"職\"}", "\"seal\": \"職\", \"approves_policy\": true}"},
		{"\"may_draft\": true, \"approves_policy\": true}", "\"may_draft\": true}"});
	pin_next(&w);
	rig_join(&w.r, 1, "p-emp");
	rig_join(&w.r, 2, "p-sup");
	approve(&w, 1, "p-emp", 1, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_GONE);
	approve(&w, 2, "p-sup", 1, w.next.schema->hash);
	cr_expect(rig_fx(&w.r, FX_ACK, 2));
	approve(&w, 1, "p-emp", 2, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE, "from now on it is theirs");
	over(&w);
}

/* A supporter writes one character into the life history; -> the version before it. */
static unsigned long long write_life(struct world *w, uint32_t conn)
{
	const struct cell_shown *c = rig_cell(&w->r, w->r.room, "p-ps", LIFE);
	unsigned long long ver = c->ver;
	char text[240];

	rig_join(&w->r, conn, "p-ps");
	snprintf(text, sizeof text,
		 "{\"t\":\"edit\",\"ref\":1,\"cell\":\"" LIFE
		 "\",\"base\":%llu,\"changes\":[[[0,\"字\"],%zu]]}",
		 ver, (size_t)utf8_units(c->text));
	rig_send(&w->r, conn, "p-ps", text);
	cr_assert(rig_fx(&w->r, FX_ACK, conn));
	return ver;
}

/* It comes with `have` of that version, and is given the text afresh. */
static void comes_afresh(struct world *w, uint32_t conn, const char *seat, unsigned long long ver)
{
	const struct fx *snap;
	char text[240];

	snprintf(text, sizeof text,
		 "{\"t\":\"join\",\"client\":\"%016x\",\"have\":[[\"" LIFE "\",%llu]]}", 77 + conn,
		 ver);
	rig_send(&w->r, conn, seat, text);
	snap = rig_fx(&w->r, FX_SNAP, conn);
	cr_assert(has(snap, LIFE));
	cr_expect_eq(snap->missed_count, 0);
	for (size_t i = 0; i < snap->cell_count; i++) {
		cr_expect(!snap->cell[i].has_since);
	}
}

/* A text edited while one had no right to it: nobody catches up on that. */
Test(room_policy, history_from_before_is_no_right)
{
	struct world w;
	unsigned long long ver;

	start_pinned(&w);
	ver = write_life(&w, 2);
	rig_join(&w.r, 1, "p-sup");
	approve(&w, 1, "p-sup", 1, w.next.schema->hash);
	comes_afresh(&w, 3, "p-hw", ver);
	cr_assert_eq(reload(&w, w.next.schema, NULL), ERR_OK);
	comes_afresh(&w, 4, "p-hw", ver);
	over(&w);
}

/* The city loses it, it is written on, and the next policy gives it back unasked. */
Test(room_policy, nor_is_history_from_between_two_that_wait)
{
	struct world w;
	struct variant third;
	unsigned long long ver;

	start(&w);
	VARIANT(&w.next, SWAP_FIELD,
		{LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn\t",
		 LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tn\tn\t"});
	VARIANT(&third, SWAP_FIELD);
	pin_next(&w);
	SEES(&w, "p-cw", LIFE, 'n');
	ver = write_life(&w, 2);
	cr_assert_eq(pin(&w, w.r.schema, third.schema), ERR_OK);
	SEES(&w, "p-cw", LIFE, 'r');
	comes_afresh(&w, 3, "p-cw", ver);
	over(&w);
	variant_fini(&third);
}

/* ---- with consents ---- */

static const char *grant(struct world *w, unsigned ref, const char *to, const char *what)
{
	static char text[320];
	char hex[17];

	snprintf(hex, sizeof hex, "%.16s", w->r.file.seat[rig_seat(&w->r, to)].wire.ptr);
	snprintf(text, sizeof text,
		 "{\"t\":\"grant\",\"ref\":%u,\"seat\":\"%s\",\"value\":[\"%s\"],\"until\":"
		 "\"2026-11-12\"}",
		 ref, hex, what);
	return text;
}

Test(room_policy, a_consent_opens_nothing_that_waits)
{
	struct world w;

	start(&w);
	VARIANT(&w.next,
		{LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn\t",
		 LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn+\t"},
		{"person.birth_date\t生年月日\tdate\tS2\tw\tw\tr\tr\tr\tr\tn+\t",
		 "person.birth_date\t生年月日\tdate\tS2\tw\tw\tr\tr\tr\tr\tr\t"});
	pin_next(&w);
	rig_join(&w.r, 1, "p-self");
	rig_join(&w.r, 2, "p-sup");
	rig_send(&w.r, 1, "p-self", grant(&w, 1, "p-hw", LIFE));
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE, "not a class that can be given, yet");
	SEES(&w, "p-pj", "person.birth_date", 'n');
	rig_send(&w.r, 1, "p-self", grant(&w, 2, "p-pj", "person.birth_date"));
	cr_assert(rig_fx(&w.r, FX_ACK, 1), "as the policy in force has it");
	SEES(&w, "p-pj", "person.birth_date", 'r');
	approve(&w, 2, "p-sup", 1, w.next.schema->hash);
	rig_send(&w.r, 1, "p-self", grant(&w, 3, "p-hw", LIFE));
	cr_assert(rig_fx(&w.r, FX_ACK, 1));
	SEES(&w, "p-hw", LIFE, 'r');
	w.r.now_ms += (int64_t)24 * 3600 * 1000; /* the consents end with the day */
	rig_event(&w.r, ROOM_TICK, 0, 0, NULL);
	SEES(&w, "p-hw", LIFE, 'n');
	SEES(&w, "p-pj", "person.birth_date", 'r');
	over(&w);
}

Test(room_policy, a_consent_lapses_while_a_policy_waits)
{
	struct world w;

	start(&w);
	VARIANT(&w.next, SWAP_FIELD);
	rig_join(&w.r, 1, "p-self");
	rig_send(&w.r, 1, "p-self", grant(&w, 1, "p-pj", "person.birth_date"));
	cr_assert(rig_fx(&w.r, FX_ACK, 1));
	pin_next(&w);
	rig_join(&w.r, 2, "p-pj");
	SEES(&w, "p-pj", "person.birth_date", 'r');
	w.r.now_ms += (int64_t)24 * 3600 * 1000;
	rig_event(&w.r, ROOM_TICK, 0, 0, NULL);
	cr_expect(has(rig_fx(&w.r, FX_DROP, 2), "person.birth_date"));
	SEES(&w, "p-pj", "person.birth_date", 'n');
	over(&w);
}

/* ---- one after the other ---- */

Test(room_policy, the_ceiling_is_what_was_approved_last)
{
	struct world w;
	struct variant third;

	start_pinned(&w);
	VARIANT(&third, SWAP_GAIN); /* the loss is taken back, the field is gone again */
	cr_assert_eq(pin(&w, w.r.schema, third.schema), ERR_OK);
	SEES(&w, "p-cw", LEAD, 'r');
	SEES(&w, "p-hw", LIFE, 'n');
	SEES(&w, "p-ps", HOBBY, '-');
	rig_join(&w.r, 1, "p-sup");
	approve(&w, 1, "p-sup", 1, w.next.schema->hash);
	cr_expect_eq(rig_refused(&w.r, 1), ERR_RULE, "that one waits no more");
	approve(&w, 1, "p-sup", 2, third.schema->hash);
	SEES(&w, "p-hw", LIFE, 'r');
	cr_assert_eq(pin(&w, third.schema, w.next.schema), ERR_OK);
	SEES(&w, "p-hw", LIFE, 'r');
	SEES(&w, "p-cw", LEAD, 'n');
	SEES(&w, "p-ps", HOBBY, 'n');
	over(&w);
	variant_fini(&third);
}

Test(room_policy, what_only_takes_is_in_force_at_once)
{
	struct world w;

	start(&w);
	VARIANT(&w.next, SWAP_LOSS);
	pin_next(&w);
	SEES(&w, "p-cw", LEAD, 'n');
	cr_expect_null(room_rights(w.r.room)->ceiling, "nothing waits");
	/* and to take it back is a gain over it */
	cr_assert_eq(pin(&w, w.next.schema, w.r.schema), ERR_OK);
	SEES(&w, "p-cw", LEAD, 'n');
	cr_expect_not_null(room_rights(w.r.room)->ceiling);
	over(&w);
}

Test(room_policy, another_policy_than_the_journals_is_refused)
{
	struct world w;
	struct ceiling *wrong;

	start_pinned(&w);
	cr_expect_eq(reload(&w, w.next.schema, NULL), ERR_SCHEMA, "one waits");
	wrong = ceiling_create(w.next.schema, w.next.schema);
	cr_expect_eq(reload(&w, w.next.schema, wrong), ERR_SCHEMA);
	cr_expect_neq(reload(&w, w.r.schema, NULL), ERR_OK);
	cr_expect_eq(reload(&w, w.next.schema, w.ceiling), ERR_OK);
	ceiling_destroy(wrong);
	over(&w);
}

/* ---- roles ---- */

Test(room_policy, who_becomes_official_is_told_how_far_things_reach)
{
	struct world w;

	start(&w);
	VARIANT(&w.next, {"\"seal\": \"紹\"}", "\"seal\": \"紹\", \"official\": true}"});
	pin_next(&w);
	cr_expect(!rights_is_official(room_rights(w.r.room), rig_seat(&w.r, "p-pj")));
	rig_join(&w.r, 1, "p-sup");
	rig_join(&w.r, 2, "p-pj");
	approve(&w, 1, "p-sup", 1, w.next.schema->hash);
	cr_expect(rights_is_official(room_rights(w.r.room), rig_seat(&w.r, "p-pj")));
	cr_expect(has(rig_fx(&w.r, FX_MODE, 2), "person.preferred_name"));
	over(&w);
}

/* ---- what cannot be carried ---- */

static void refuses(const char *about, const struct swap *swap, size_t count)
{
	struct world w;
	size_t n;
	const char *const *why;

	start(&w);
	variant_init(&w.next, swap, count);
	why = room_carry(w.r.room, w.next.schema, &w.r.mem, &n);
	cr_expect_eq(n, 1, "%s: %zu reasons", about, n);
	for (size_t i = 0; i < n; i++) {
		cr_expect(strstr(why[i], about), "%s instead of %s", why[i], about);
	}
	over(&w);
}

#define REFUSES(ABOUT, ...)                                                                        \
	do {                                                                                       \
		static const struct swap s_[] = {__VA_ARGS__};                                     \
		refuses(ABOUT, s_, sizeof s_ / sizeof *s_);                                        \
	} while (0)

Test(room_policy, what_the_series_uses_has_to_be_there)
{
	REFUSES("person.life_history",
		{"\"id\": \"person.life_history\"", "\"id\": \"case.life\""});
	REFUSES("種類が変わって", {"\"class\": \"person.life_history\", \"type\": \"text\"",
				   "\"class\": \"person.life_history\", \"type\": \"line\""});
	REFUSES("入れられない値", {"\"class\": \"case.stage\", \"type\": \"int\", \"min_int\": 1",
				   "\"class\": \"case.stage\", \"type\": \"int\", \"min_int\": 4"});
	REFUSES("入れられない値", {"\"outreach\": ", "\"inreach\": "});
	REFUSES("計画の内と外",
		{"\"class\": \"plan.gap_note\"", "\"class\": \"plan.any.restricted_note\""},
		{"plan.gap_note\t", "case.gap_note\t"},
		{"\"class\": \"plan.any.restricted_note\", \"type\": \"text\"}",
		 "\"class\": \"case.gap_note\", \"type\": \"text\"}"});
	REFUSES("次第に属するか", {"\"id\": \"case.resources\", ",
				   "\"id\": \"case.resources\", \"in_segment\": true, "});
}

/* What nobody ever filled in may go, and comes back as it was first. */
Test(room_policy, an_unused_field_may_go)
{
	struct world w;
	size_t n;

	start(&w);
	VARIANT(&w.next, {"\"id\": \"close.lead_agency\"", "\"id\": \"close.agency\""});
	(void)room_carry(w.r.room, w.next.schema, &w.r.mem, &n);
	cr_assert_eq(n, 0);
	pin_next(&w);
	SEES(&w, "p-ps", "close.lead_agency", '-');
	cr_assert_eq(pin(&w, w.r.schema, w.r.schema), ERR_OK);
	SEES(&w, "p-ps", "close.lead_agency", 'w');
	over(&w);
}

/* Rows that are there get the new column, the same at every replay. */
Test(room_policy, a_table_may_get_a_column)
{
	struct world w;
	const struct cell_shown *c;
	uint64_t ver;
	char key[200];

	start(&w);
	VARIANT(&w.next, {"{\"name\": \"check\", \"label\": \"受け皿",
			  "{\"name\": \"mood\", \"label\": \"ようす\", \"class\": "
			  "\"case.resources\", \"type\": \"text\"}, {\"name\": \"check\", "
			  "\"label\": \"受け皿"});
	c = rig_row_cell(&w.r, "p-ps", "case.resources.name");
	cr_assert(c, "case 1 has social resources");
	snprintf(key, sizeof key, "%.*smood", (int)(c->key.len - strlen("name")), c->key.ptr);
	pin_next(&w);
	SEES(&w, "p-ps", key, 'n');
	rig_join(&w.r, 1, "p-sup");
	approve(&w, 1, "p-sup", 1, w.next.schema->hash);
	SEES(&w, "p-ps", key, 'w');
	ver = rig_cell(&w.r, w.r.room, "p-ps", key)->ver;
	cr_expect_gt(ver, 1);
	cr_assert_eq(reload(&w, w.next.schema, NULL), ERR_OK);
	cr_expect_eq(rig_cell(&w.r, w.r.room, "p-ps", key)->ver, ver);
	over(&w);
}
