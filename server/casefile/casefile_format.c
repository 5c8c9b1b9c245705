/*
 * The format "six-party-conference-sample/1" as tables: which keys there are, what stands under
 * them, and which column of the form it goes to. A key that is not here is an error. What the keys
 * mean is in the README beside the samples; the meeting's own are in casefile_format_meeting.c.
 */
#include "casefile/casefile_format.h"
#include "casefile/casefile_parts.h"

#define AREA "plan.{area}."

/* What a list of the format cannot say about one of its rows. Its values: casefile_more.c. */
static const struct key row_keys[] = {
    {"owner", KIND_PARTY, .flags = LIST},
    {"about", KIND_PARTY, .flags = LIST},
    {"audience", KIND_PARTY, .flags = LIST},
    {"shared", KIND_PARTY, .flags = LIST},
    {"item_no", KIND_ITEM, .flags = NULLS},
    {"cells", KIND_CELLS, .flags = 0},
    {0},
};
const struct shape shape_row = {.key = row_keys};

static const struct key ledger_keys[] = {
    {"kind", KIND_COL, NEED, .col = "case.ledger_history.kind"},
    {"from", KIND_DATE, NEED, .col = "case.ledger_history.from"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_ledger = {.key = ledger_keys};

static const struct key case_keys[] = {
    {"case_no", KIND_COL, 0, .col = "case.case_no"},
    {"title", KIND_COL, 0, .col = "case.title"},
    {"ledger_kind", KIND_COL, 0, .col = "case.ledger_kind"},
    {"ledger_history", KIND_OBJECT, LIST | NULLS, .shape = &shape_ledger},
    {"stage", KIND_COL, 0, .col = "case.stage"},
    {"status", KIND_COL, 0, .col = "case.status"},
    {"intake_route", KIND_COL, 0, .col = "case.intake_route"},
    {"lead_agency", KIND_COL, 0, .col = "case.lead_agency"},
    {"safety_flag", KIND_COL, 0, .col = "case.safety_flag"},
    {"started_on", KIND_DATE, NULLS, .col = "case.started_on"},
    {0},
};
const struct shape shape_case = {.key = case_keys};

static const struct key person_keys[] = {
    {"preferred_name", KIND_COL, 0, .col = "person.preferred_name"},
    {"legal_name", KIND_COL, 0, .col = "person.legal_name"},
    {"kana", KIND_COL, 0, .col = "person.kana"},
    {"birth_date", KIND_COL, 0, .col = "person.birth_date"},
    {"contact", KIND_COL, 0, .col = "person.contact"},
    {"address", KIND_COL, 0, .col = "person.address"},
    {"comm_needs", KIND_COL, 0, .col = "person.comm_needs"},
    {"life_history", KIND_COL, 0, .col = "person.life_history"},
    {0},
};
const struct shape shape_person = {.key = person_keys};

static const struct key member_record_keys[] = {
    {"given_on", KIND_DATE, .flags = NULLS}, {"expires_on", KIND_DATE, .flags = NULLS},
    {"method", KIND_LINE, .flags = NULLS},   {"note", KIND_TEXT, .flags = NULLS},
    {"text", KIND_TEXT, .flags = NULLS},     {0},
};
static const struct shape member_record = {.key = member_record_keys};

static const struct key member_keys[] = {
    {"id", KIND_ID, .flags = NEED},
    {"name", KIND_COL, 0, .col = "household.name"},
    {"relation", KIND_COL, 0, .col = "household.relation"},
    {"living_together", KIND_COL, 0, .col = "household.living_together"},
    {"consent", KIND_COL, 0, .col = "household.consent"},
    {"note", KIND_COL, 0, .col = "household.note"},
    {"consent_record", KIND_OBJECT, NULLS | OR_TEXT, .shape = &member_record},
    {"protected_info", KIND_COL, 0, .col = "household.protected_info"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_member = {.key = member_keys};

static const struct key protected_keys[] = {
    {"about", KIND_MEMBER, .flags = NULLS},
    {"text", KIND_TEXT, .flags = NEED},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape protected_info = {.key = protected_keys};

static const struct key household_keys[] = {
    {"members", KIND_OBJECT, LIST, .shape = &shape_member, .unique = "id"},
    {"protected_info", KIND_OBJECT, NULLS | OR_TEXT, .shape = &protected_info},
    {0},
};
static const struct shape household = {.key = household_keys};

static const struct key party_keys[] = {
    {"id", KIND_ID, .flags = NEED},
    {"role", KIND_ID, .flags = NEED}, /* which ones there are: more_party */
    {"name", KIND_COL, 0, .col = "party.name"},
    {"display_label", KIND_COL, 0, .col = "party.display_label"},
    {"affiliation", KIND_COL, 0, .col = "party.affiliation"},
    {"functions", KIND_WORD, LIST, .words = "chair recorder"},
    {"remote", KIND_BOOL, .flags = 0},
    {"from", KIND_DATE, .flags = NULLS},
    {"until", KIND_DATE, .flags = NULLS},
    {"guest", KIND_BOOL, .flags = 0},
    {"promoted_from", KIND_WHO, .flags = NULLS},
    {"same_person_as", KIND_ANYONE, .flags = NULLS},
    {"attends", KIND_BOOL, .flags = 0},
    {"barred", KIND_BOOL, .flags = 0},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_party = {.key = party_keys, .more = more_party};

static const struct key consent_keys[] = {
    {"id", KIND_ID, .flags = NEED},
    {"role", KIND_ROLE, .flags = 0},
    {"party", KIND_PARTY, .flags = NULLS},
    {"fields", KIND_FIELD, NEED | LIST, .col = "consent.scope"},
    {"level", KIND_WORD, NEED, .words = "read write", .col = "consent.level"},
    {"given_on", KIND_DATE, NEED, .col = "consent.given_on"},
    {"expires_on", KIND_DATE, .flags = NULLS},
    {"expires_at", KIND_TIME, .flags = NULLS},
    {"method", KIND_COL, 0, .col = "consent.method"},
    {"note", KIND_COL, 0, .col = "consent.note"},
    {"withdrawn_at", KIND_TIME, .flags = NULLS},
    {"withdrawn_in", KIND_LINE, .flags = NULLS},
    {"withdraw_words", KIND_COL, 0, .col = "consent.withdrawal"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_consent = {.key = consent_keys, .more = more_consent};

static const struct key poverty_keys[] = {
    {"economic", KIND_COL, 0, .col = "assess.three_poverty.economic"},
    {"physical", KIND_COL, 0, .col = "assess.three_poverty.physical"},
    {"relational", KIND_COL, 0, .col = "assess.three_poverty.relational"},
    {0},
};
static const struct shape poverty = {.key = poverty_keys};

static const struct key motivation_keys[] = {
    {"for_what", KIND_COL, 0, .col = "assess.motivation.for_what"},
    {"for_whom", KIND_COL, 0, .col = "assess.motivation.for_whom"},
    {0},
};
static const struct shape motivation = {.key = motivation_keys};

static const struct key assess_keys[] = {
    {"three_poverty", KIND_OBJECT, NULLS, .shape = &poverty},
    {"background", KIND_COL, 0, .col = "assess.background"},
    {"strengths", KIND_COL, 0, .col = "assess.strengths"},
    {"motivation", KIND_OBJECT, NULLS, .shape = &motivation},
    {"risk_note", KIND_COL, 0, .col = "assess.risk_note"},
    {0},
};
const struct shape shape_assessment = {.key = assess_keys};

static const struct key statement_keys[] = {
    {"id", KIND_ID, .flags = NEED},
    {"area", KIND_COL, 0, .col = "pplan.statements.area"},
    {"text", KIND_COL, 0, .col = "pplan.statements.text"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_statement = {.key = statement_keys};

static const struct key pplan_keys[] = {
    {"written_on", KIND_DATE, NULLS, .col = "pplan.written_on"},
    {"statements", KIND_OBJECT, LIST, .shape = &shape_statement, .unique = "id"},
    {"message", KIND_COL, 0, .col = "pplan.message"},
    {"review", KIND_COL, 0, .col = "pplan.review"},
    {0},
};
const struct shape shape_pplan = {.key = pplan_keys};

static const struct key outline_keys[] = {
    {"priority", KIND_COL, 0, .col = AREA "outline.priority"},
    {"period_from", KIND_DATE, NULLS, .col = AREA "outline.period_from"},
    {"period_to", KIND_DATE, NULLS, .col = AREA "outline.period_to"},
    {"goal_short", KIND_COL, 0, .col = AREA "outline.goal_short"},
    {"status", KIND_COL, 0, .col = AREA "outline.status"},
    {"approach", KIND_COL, 0, .col = AREA "outline.approach"},
    {0},
};
static const struct shape outline = {.key = outline_keys};

static const struct key action_keys[] = {
    {"person_wish", KIND_COL, 0, .col = AREA "action.person_wish"},
    {"goal", KIND_COL, 0, .col = AREA "action.goal"},
    {"content", KIND_COL, 0, .col = AREA "action.content"},
    {"who", KIND_COL, 0, .col = AREA "action.who"},
    {"self_action", KIND_COL, 0, .col = AREA "action.self_action"},
    {"resource_ids", KIND_RESOURCE, LIST | NULLS, .col = AREA "action.resource_ids"},
    {"next_check_on", KIND_DATE, NULLS, .col = AREA "action.next_check_on"},
    {"result", KIND_COL, 0, .col = AREA "action.result"},
    {0},
};
static const struct shape action = {.key = action_keys};

static const struct key background_keys[] = {
    {"current_state", KIND_COL, 0, .col = AREA "background.current_state"},
    {"assessment_note", KIND_COL, 0, .col = AREA "background.assessment_note"},
    {0},
};
static const struct shape background = {.key = background_keys};

static const struct key area_keys[] = {
    {"outline", KIND_OBJECT, 0, .shape = &outline},
    {"action", KIND_OBJECT, 0, .shape = &action},
    {"background", KIND_OBJECT, 0, .shape = &background},
    {"restricted_note", KIND_COL, 0, .col = AREA "restricted_note"},
    {0},
};
const struct shape shape_area = {.key = area_keys};

static const struct key plan_keys[] = {
    {"no", KIND_COL, 0, .col = "plan.no"},
    {"period_from", KIND_DATE, NULLS, .col = "plan.period.from"},
    {"period_to", KIND_DATE, NULLS, .col = "plan.period.to"},
    {"overall_goal", KIND_COL, 0, .col = "plan.overall_goal"},
    {"status", KIND_COL, 0, .col = "plan.status"},
    {"review_result", KIND_COL, 0, .col = "plan.review_result"},
    {"review_comment", KIND_COL, 0, .col = "plan.review_comment"},
    {"gap_note", KIND_COL, 0, .col = "plan.gap_note"},
    {"areas", KIND_AREAS, 0, .shape = &shape_area},
    {0},
};
const struct shape shape_plan = {.key = plan_keys};

#define WORK_KEYS                                                                                  \
	{"conditions", KIND_COL, 0, .col = "work.conditions"},                                     \
	    {"site_program", KIND_COL, 0, .col = "work.site_program"},                             \
	    {"site_feedback", KIND_COL, 0, .col = "work.site_feedback"},                           \
	    {"job_leads", KIND_COL, 0, .col = "work.job_leads.text"},                              \
	    {"wage_terms", KIND_COL, 0, .col = "work.wage_terms"},                                 \
	    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},                                      \
	{                                                                                          \
		0                                                                                  \
	}

static const struct key work_site_keys[] = {WORK_KEYS};
const struct shape shape_work_site = {.key = work_site_keys};

static const struct key work_sites_keys[] = {{"party", KIND_PARTY, .flags = NEED}, WORK_KEYS};
static const struct shape work_sites = {.key = work_sites_keys};

/* ---- what the format has no key for ---- */

static const struct key more_row_keys[] = {
    {"table", KIND_ID, .flags = NEED},     {"owner", KIND_PARTY, .flags = LIST},
    {"about", KIND_PARTY, .flags = LIST},  {"audience", KIND_PARTY, .flags = LIST},
    {"shared", KIND_PARTY, .flags = LIST}, {"item_no", KIND_ITEM, .flags = NULLS},
    {"cells", KIND_CELLS, .flags = NEED},  {0},
};
static const struct shape more_row = {.key = more_row_keys};

static const struct key more_keys[] = {
    {"fields", KIND_CELLS, .flags = 0},
    {"rows", KIND_OBJECT, LIST, .shape = &more_row},
    {0},
};
static const struct shape shape_more = {.key = more_keys};

/* ---- the whole document ---- */

static const struct key document_keys[] = {
    {"format", KIND_WORD, NEED, .words = "six-party-conference-sample/1"},
    {"fictional", KIND_BOOL, .flags = NEED},
    {"notice", KIND_TEXT, .flags = NULLS},
    {"case", KIND_OBJECT, NULLS, .shape = &shape_case},
    {"person", KIND_OBJECT, NULLS, .shape = &shape_person},
    {"household", KIND_OBJECT, NULLS, .shape = &household},
    {"parties", KIND_OBJECT, NEED | LIST, .shape = &shape_party, .unique = "id"},
    {"consents", KIND_OBJECT, LIST, .shape = &shape_consent, .unique = "id"},
    {"assessment", KIND_OBJECT, NULLS, .shape = &shape_assessment},
    {"personal_plan", KIND_OBJECT, NULLS, .shape = &shape_pplan},
    {"support_plan", KIND_OBJECT, NULLS, .shape = &shape_plan},
    {"work_site", KIND_OBJECT, NULLS, .shape = &shape_work_site},
    {"work_sites", KIND_OBJECT, LIST, .shape = &work_sites, .unique = "party"},
    {"conference", KIND_OBJECT, NEED, .shape = &shape_conference},
    {"script", KIND_OBJECT, LIST, .shape = &shape_step, .unique = "seq"},
    {"minutes", KIND_OBJECT, NULLS, .shape = &shape_minutes},
    {"referrals", KIND_OBJECT, LIST, .shape = &shape_referral, .unique = "no"},
    {"resources", KIND_OBJECT, LIST, .shape = &shape_resource, .unique = "id"},
    {"bonds", KIND_OBJECT, LIST, .shape = &shape_bonds},
    {"outcomes", KIND_OBJECT, LIST, .shape = &shape_outcome},
    {"stage_history", KIND_OBJECT, LIST, .shape = &shape_stage},
    {"monitoring", KIND_OBJECT, LIST, .shape = &shape_monitoring},
    {"closure", KIND_OBJECT, NULLS, .shape = &shape_closure},
    {"visibility_expectations", KIND_OBJECT, LIST, .shape = &shape_expectation},
    {"denials", KIND_OBJECT, LIST, .shape = &shape_denial},
    {"forbidden_strings", KIND_OBJECT, LIST, .shape = &shape_forbidden},
    {"canaries", KIND_TEXT, .flags = LIST},
    {"other_series", KIND_OBJECT, LIST, .shape = &shape_document},
    {"more", KIND_OBJECT, NULLS, .shape = &shape_more},
    {0},
};
const struct shape shape_document = {.key = document_keys};
