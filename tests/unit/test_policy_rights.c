/* Who may do what, rule by rule, on the shipped policy. tests/truth compares all of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "policy/rights.h"

/* One seat per role, then a second employer; indices as in `role_of_seat`. */
enum { SELF, PS, APS, SUP, CW, HW, PJ, EMP, KP, LKP, GUEST, ADM, EMP_B, SEATS };
static const char *const role_of_seat[SEATS] = {"self", "ps", "aps", "sup",   "cw",  "hw", "pj",
						"emp",  "kp", "lkp", "guest", "adm", "emp"};

static struct schema *schema;
static struct rights r;
static struct grant grant[4];

static void read_file(const char *path, struct buf *out)
{
	char block[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	cr_assert(f, "%s: run from the top of the repository", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(out, (struct slice){block, n});
	}
	fclose(f);
}

static void setup(void)
{
	struct buf tsv = {0}, roles = {0}, form = {0};
	char why[512] = "";

	read_file("schema/visibility.tsv", &tsv);
	read_file("schema/roles.json", &roles);
	read_file("schema/form.json", &form);
	cr_assert_eq(schema_load(&(struct schema_source){buf_slice(&tsv), buf_slice(&roles),
							 buf_slice(&form)},
				 &schema, why, sizeof why),
		     ERR_OK, "%s", why);
	buf_fini(&tsv);
	buf_fini(&roles);
	buf_fini(&form);
	r = (struct rights){
	    .schema = schema, .seat_count = SEATS, .grant = grant, .plan = PLAN_LIVE};
	for (unsigned i = 0; i < SEATS; i++) {
		r.seat[i].role = schema_role_find(schema, slice_of(role_of_seat[i]));
		r.seat[i].live = true;
	}
}

static void teardown(void)
{
	schema_destroy(schema);
}

TestSuite(rights, .init = setup, .fini = teardown);

static uint16_t col(const char *id)
{
	uint16_t at = schema_col_find(schema, slice_of(id));

	cr_assert_neq(at, SCHEMA_NONE, "%s", id);
	return at;
}

static uint16_t cls(const char *id)
{
	uint16_t at = schema_class_find(schema, slice_of(id));

	cr_assert_neq(at, SCHEMA_NONE, "%s", id);
	return at;
}

static struct cell_place field(const char *id)
{
	return (struct cell_place){.col = col(id)};
}

static struct cell_place row_of(const char *id, unsigned owner)
{
	return (struct cell_place){.col = col(id), .has_row = true, .owner = seat_bit(owner)};
}

static struct cell_place row_shared(const char *id, unsigned owner, seat_set audience)
{
	struct cell_place p = row_of(id, owner);

	p.has_audience = true;
	p.audience = audience;
	return p;
}

#define EXPECT(VERDICT, LEVEL, REASON)                                                             \
	do {                                                                                       \
		struct verdict v_ = VERDICT;                                                       \
		cr_expect_str_eq(level_name(v_.level), LEVEL);                                     \
		cr_expect_str_eq(reason_name(v_.reason), REASON);                                  \
	} while (0)

static struct verdict seat_level(unsigned seat, struct cell_place place)
{
	return rights_seat_level(&r, seat, &place);
}

static void give(size_t at, unsigned seat, const char *class_id)
{
	grant[at] = (struct grant){
	    .seat = (uint8_t)seat, .live = true, .cls = cls(class_id), .col = SCHEMA_NONE};
	r.grant_count = at + 1;
}

static bool may_add(unsigned seat, const char *table)
{
	uint16_t at = schema_table_find(schema, slice_of(table));

	cr_assert_neq(at, SCHEMA_NONE, "%s", table);
	return rights_may_add_row(&r, seat, at);
}

Test(rights, the_employer_never_learns_of_debts_or_illness)
{
	EXPECT(seat_level(EMP, field("plan.health.outline.goal_short")), "none", "matrix");
	EXPECT(seat_level(EMP, field("plan.money.action.content")), "none", "matrix");
	EXPECT(seat_level(EMP, field("case.ledger_kind")), "none", "matrix");
	EXPECT(seat_level(EMP, field("plan.work.action.content")), "read", "matrix");
	EXPECT(seat_level(HW, field("plan.work.action.content")), "write", "matrix");
	EXPECT(seat_level(ADM, field("plan.work.outline.status")), "none", "matrix");
	EXPECT(seat_level(SELF, field("plan.living.restricted_note")), "none", "matrix");
}

Test(rights, a_grant_raises_only_what_it_names_and_only_while_it_lives)
{
	struct cell_place outline = field("plan.health.outline.goal_short");

	give(0, PJ, "plan.health.outline");
	EXPECT(seat_level(PJ, outline), "read", "grant");
	EXPECT(seat_level(EMP, outline), "none", "matrix");
	EXPECT(seat_level(PJ, field("plan.health.action.content")), "none", "matrix");
	grant[0].live = false;
	EXPECT(seat_level(PJ, outline), "none", "matrix");
	/* n is never raised, w never lowered. */
	give(0, EMP, "plan.social_security.outline");
	EXPECT(seat_level(EMP, field("plan.social_security.outline.status")), "none", "matrix");
	give(0, PS, "plan.health.outline");
	EXPECT(seat_level(PS, outline), "write", "matrix");
}

Test(rights, a_grant_of_one_column_leaves_its_neighbours_closed)
{
	give(0, PJ, "plan.health.outline");
	grant[0].col = col("plan.health.outline.status");
	EXPECT(seat_level(PJ, field("plan.health.outline.status")), "read", "grant");
	EXPECT(seat_level(PJ, field("plan.health.outline.goal_short")), "none", "matrix");
	EXPECT(rights_class_level(&r, PJ, cls("plan.health.outline"), -1), "none", "matrix");
	EXPECT(rights_col_level(&r, PJ, col("plan.health.outline.status"), -1), "read", "grant");
}

Test(rights, a_grant_for_own_rows_opens_no_others)
{
	struct cell_place about = row_of("bond.map.with", PS);

	about.about = seat_bit(LKP);
	give(0, LKP, "bond.map");
	EXPECT(seat_level(LKP, row_of("bond.map.with", PS)), "read", "grant");
	grant[0].own_rows = true;
	EXPECT(seat_level(LKP, row_of("bond.map.with", PS)), "none", "matrix");
	EXPECT(seat_level(LKP, about), "read", "grant");
}

Test(rights, the_persons_words_are_the_persons)
{
	EXPECT(seat_level(SELF, field("plan.work.action.person_wish")), "write", "owner");
	EXPECT(seat_level(PS, field("plan.work.action.person_wish")), "read", "owner");
	EXPECT(seat_level(SUP, field("plan.work.action.person_wish")), "read", "matrix");
	EXPECT(seat_level(SELF, field("plan.work.action.goal")), "read", "matrix");
	EXPECT(seat_level(PS, field("plan.work.action.goal")), "write", "matrix");
	EXPECT(rights_class_level(&r, SELF, cls("plan.work.action"), -1), "read", "matrix");
	EXPECT(rights_col_level(&r, SELF, col("plan.work.action.self_action"), -1), "write",
	       "owner");
}

Test(rights, two_employers_never_learn_of_each_other)
{
	static const char *const columns[] = {"work.conditions", "work.site_program",
					      "work.site_feedback", "work.wage_terms"};

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		EXPECT(seat_level(EMP, row_of(columns[i], EMP_B)), "none", "row");
		EXPECT(seat_level(EMP_B, row_of(columns[i], EMP)), "none", "row");
	}
	EXPECT(seat_level(EMP, row_of("work.conditions", EMP)), "read", "matrix");
	EXPECT(seat_level(EMP, row_of("work.site_program", EMP)), "write", "owner");
	EXPECT(seat_level(PS, row_of("work.conditions", EMP)), "write", "matrix");
	EXPECT(seat_level(EMP, row_of("party.affiliation", EMP_B)), "none", "matrix");
	EXPECT(seat_level(EMP, row_of("party.display_label", EMP_B)), "none", "row");
}

Test(rights, minutes_belong_to_their_segment_and_to_nobody_else)
{
	seat_set here = seat_bit(SELF) | seat_bit(PS) | seat_bit(APS);

	EXPECT(seat_level(PS, row_shared("min.utterances.text", APS, here)), "read", "matrix");
	EXPECT(seat_level(SUP, row_shared("min.utterances.text", APS, here)), "none", "row");
	/* Even its owner, once the row is moved to a narrower segment. */
	EXPECT(seat_level(CW, row_shared("min.dissent.text", CW, here)), "none", "row");
	EXPECT(seat_level(PS, row_shared("min.dissent.text", SELF, here)), "read", "row");
	EXPECT(seat_level(SELF, row_shared("min.dissent.text", SELF, here)), "write", "owner");
	/* An agenda item hides from whoever is not asked in, whatever the matrix says. */
	EXPECT(seat_level(SUP, row_shared("conf.agenda_items.title", PS, here)), "none", "row");
}

Test(rights, the_recorder_writes_the_segments_it_sits_in)
{
	seat_set here = seat_bit(SELF) | seat_bit(APS) | seat_bit(GUEST);
	struct cell_place inside = row_shared("min.decisions.text", APS, here);
	struct cell_place outside = row_shared("min.decisions.text", PS, seat_bit(PS));

	EXPECT(seat_level(APS, inside), "read", "matrix");
	r.seat[APS].duties = DUTY_RECORDER;
	EXPECT(seat_level(APS, inside), "write", "duty");
	EXPECT(seat_level(APS, outside), "none", "row");
	EXPECT(seat_level(APS, row_of("min.decisions.text", APS)), "read", "matrix");
	EXPECT(seat_level(APS, field("min.next_date")), "write", "duty");
	EXPECT(seat_level(APS, row_shared("min.dissent.text", SELF, here)), "read", "row");
	EXPECT(seat_level(APS, row_shared("min.signatures.status", SELF, here)), "read", "row");
	EXPECT(seat_level(APS, row_shared("min.person_words.text", SELF, here)), "read", "matrix");
	EXPECT(rights_class_level(&r, APS, cls("min.decisions"), -1), "write", "duty");
	EXPECT(rights_class_level(&r, APS, cls("min.decisions"), 0), "none", "row");
	/* A clerk is a guest; a duty opens nothing to whom the matrix gives nothing. */
	r.seat[GUEST].duties = DUTY_RECORDER;
	EXPECT(seat_level(GUEST, inside), "write", "duty");
	r.seat[ADM].duties = DUTY_RECORDER;
	EXPECT(seat_level(ADM, row_shared("min.decisions.text", APS, seat_bit(ADM))), "none",
	       "matrix");
	r.seat[PS].duties = DUTY_CHAIR;
	EXPECT(seat_level(PS, row_shared("min.decisions.text", APS, seat_bit(PS))), "read",
	       "matrix");
}

Test(rights, a_draft_is_seen_by_its_drafters_only)
{
	struct cell_place goal = field("plan.work.action.goal");

	r.plan = PLAN_DRAFT;
	EXPECT(seat_level(PS, goal), "write", "matrix");
	EXPECT(seat_level(SUP, goal), "read", "matrix");
	EXPECT(seat_level(HW, goal), "none", "lifecycle");
	EXPECT(seat_level(SELF, goal), "none", "lifecycle");
	r.draft_open_to_self = true;
	EXPECT(seat_level(SELF, goal), "read", "matrix");
	EXPECT(seat_level(HW, goal), "none", "lifecycle");
	EXPECT(seat_level(HW, field("plan.status")), "read", "matrix");
	EXPECT(seat_level(EMP, field("pplan.message")), "read", "matrix");
	EXPECT(rights_class_level(&r, HW, cls("plan.work.outline"), -1), "none", "lifecycle");
}

Test(rights, a_sealed_plan_is_read_only_for_everybody)
{
	r.plan = PLAN_SEALED;
	EXPECT(seat_level(PS, field("plan.work.action.goal")), "read", "lifecycle");
	EXPECT(seat_level(SELF, field("plan.work.action.person_wish")), "read", "lifecycle");
	EXPECT(seat_level(EMP, field("plan.work.action.goal")), "read", "matrix");
	EXPECT(seat_level(EMP, field("plan.money.action.goal")), "none", "matrix");
	EXPECT(seat_level(PS, field("plan.status")), "write", "matrix");
	EXPECT(seat_level(PS, row_of("plan.work.parts.what", PS)), "read", "lifecycle");
	cr_expect(!may_add(PS, "plan.work.parts"));
}

Test(rights, bar_and_denial_win_over_every_cell)
{
	struct cell_place own = row_of("work.site_program", EMP);
	struct cell_place about = row_of("mon.note.text", PS);
	seat_set both = seat_bit(KP) | seat_bit(CW);
	struct cell_place beside = row_shared("min.utterances.text", PS, both);

	r.seat[EMP].barred = true;
	EXPECT(seat_level(EMP, own), "none", "bar");
	EXPECT(seat_level(EMP, field("conf.place")), "none", "bar");
	r.seat[KP].denied = seat_bit(CW);
	EXPECT(seat_level(KP, row_of("party.display_label", CW)), "none", "denial");
	about.about = seat_bit(CW);
	EXPECT(seat_level(KP, about), "none", "denial");
	EXPECT(seat_level(KP, beside), "read", "matrix");
	r.seat[PS].denied = seat_bit(CW);
	EXPECT(seat_level(PS, about), "none", "denial");
}

Test(rights, a_seat_nobody_holds_sees_nothing)
{
	r.seat[HW].live = false;
	EXPECT(seat_level(HW, field("conf.place")), "none", "seat");
	EXPECT(seat_level(SEATS, field("conf.place")), "none", "seat");
	EXPECT(rights_class_level(&r, SEATS + 9, cls("conf.logistics"), -1), "none", "seat");
	cr_expect(!rights_may_add_row(&r, SEATS, 0));
}

Test(rights, a_projector_sees_what_the_least_of_the_room_sees)
{
	struct cell_place debts = field("plan.money.action.content");
	struct cell_place goal = field("plan.work.action.goal");
	seat_set room = seat_bit(PS) | seat_bit(CW);

	EXPECT(rights_level(&r, room, &debts), "write", "matrix");
	EXPECT(rights_level(&r, room | seat_bit(EMP), &debts), "none", "matrix");
	EXPECT(rights_level(&r, room | seat_bit(EMP), &goal), "read", "matrix");
	EXPECT(rights_level(&r, room | seat_bit(63), &goal), "none", "seat");
	EXPECT(rights_level(&r, 0, &goal), "none", "seat");
}

Test(rights, rows_are_begun_by_those_they_belong_to)
{
	cr_expect(may_add(SELF, "pplan.statements"));
	cr_expect(!may_add(PS, "pplan.statements"), "nobody else says 'I will'");
	cr_expect(may_add(KP, "mon.incident"), "anybody may say that something is wrong");
	cr_expect(!may_add(ADM, "mon.incident"));
	cr_expect(may_add(EMP, "work"));
	cr_expect(!may_add(PJ, "work"));
	cr_expect(may_add(EMP, "plan.work.parts"));
	cr_expect(!may_add(EMP, "plan.money.parts"));
	cr_expect(!may_add(PS, "party") && !may_add(PS, "consent"), "the server's own tables");
	cr_expect(may_add(CW, "min.dissent"));
	cr_expect(may_add(SELF, "min.person_words"));
	cr_expect(!may_add(APS, "min.person_words") && !may_add(APS, "min.decisions"));
	r.seat[APS].duties = DUTY_RECORDER;
	cr_expect(!may_add(APS, "min.person_words") && may_add(APS, "min.decisions"));
	cr_expect(!may_add(APS, "pplan.statements"));
}
