/* The format, second half: the meeting, its script and minutes, ledgers over time, expectations. */
#include "casefile/casefile_format.h"
#include "casefile/casefile_parts.h"

enum { NUMBER_MAX = 9999 };
#define NUMBER KIND_INT, NEED, .min = 1, .max = NUMBER_MAX

static const struct key attendance_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"in", KIND_CLOCK, .flags = NULLS},
    {"out", KIND_CLOCK, .flags = NULLS},
    {"note", KIND_LINE, .flags = NULLS},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape attendance = {.key = attendance_keys};

static const struct key item_keys[] = {
    {"item_no", NUMBER},
    {"title", KIND_COL, 0, .col = "conf.agenda_items.title"},
    {"title_easy", KIND_COL, 0, .col = "conf.agenda_items.title_easy"},
    {"minutes", KIND_COL, 0, .col = "conf.agenda_items.minutes"},
    {"audience", KIND_ROLE, .flags = NEED | LIST},
    {"audience_parties", KIND_SEATS_BY_ROLE, .flags = NULLS},
    {"fields", KIND_FIELD, LIST, .col = "conf.agenda_items.fields"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_item = {.key = item_keys, .more = more_item};

static const struct key conference_keys[] = {
    {"series_no", KIND_ID, .flags = NEED},
    {"conf_no", KIND_COL, 0, .col = "conf.schedule.conf_no"},
    {"held_on", KIND_DATE, NEED, .col = "conf.held_on"},
    {"start", KIND_CLOCK, 0, .col = "conf.schedule.start"}, /* an export may not know it */
    {"end", KIND_CLOCK, NULLS, .col = "conf.schedule.end"},
    {"place", KIND_COL, 0, .col = "conf.place"},
    {"legal_basis", KIND_COL, NEED, .col = "conf.legal_basis"},
    {"person_participation", KIND_COL, 0, .col = "conf.schedule.participation"},
    {"attendance", KIND_OBJECT, LIST, .shape = &attendance},
    {"agenda", KIND_OBJECT, NEED | LIST, .shape = &shape_item, .unique = "item_no"},
    {0},
};
const struct shape shape_conference = {.key = conference_keys};

/* ---- script ---- */

static const struct key edit_keys[] = {
    {"field", KIND_FIELD, .flags = NEED},   {"op", KIND_WORD, NEED, .words = "replace append"},
    {"before", KIND_VALUE, .flags = NULLS}, {"after", KIND_VALUE, .flags = NEED | NULLS},
    {"by", KIND_PARTY, .flags = NEED},      {0},
};
static const struct shape edit = {.key = edit_keys, .more = more_edit};

static const struct key event_keys[] = {
    {"type", KIND_WORD, NEED,
     .words = "conference_start conference_end join leave segment_change break pause_card "
	      "consent_withdrawn recall_notice dissent play_message person_absent lkp_emerged "
	      "resource_stopped bond_shift"},
    {"party", KIND_PARTY, .flags = 0},
    {"to_item", KIND_ITEM, .flags = 0},
    {"minutes", KIND_INT, 0, .min = 0, .max = 600},
    {"consent", KIND_CONSENT, .flags = 0},
    {"effective", KIND_LINE, .flags = NULLS},
    {"fields", KIND_FIELD, .flags = LIST},
    {"mode", KIND_COL, 0, .col = "conf.schedule.participation"},
    {"resource", KIND_RESOURCE, .flags = 0},
    {"from", KIND_LINE, .flags = NULLS},
    {"to", KIND_LINE, .flags = NULLS}, /* a party, but of a bond it may be anybody */
    {"note", KIND_TEXT, .flags = NULLS},
    {0},
};
static const struct shape event = {.key = event_keys, .more = more_event};

static const struct key step_keys[] = {
    {"seq", NUMBER},
    {"t", KIND_OFFSET, .flags = NEED},
    {"item_no", KIND_ITEM, .flags = NULLS},
    {"speaker", KIND_PARTY, .flags = NEED | NULLS},
    {"text", KIND_COL, NEED, .col = "min.utterances.text"},
    {"edits", KIND_OBJECT, LIST, .shape = &edit},
    {"events", KIND_OBJECT, LIST, .shape = &event},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_step = {.key = step_keys};

/* ---- minutes ---- */

static const struct key decision_keys[] = {
    {"no", NUMBER},
    {"item_no", KIND_ITEM, .flags = NULLS},
    {"text", KIND_COL, NEED, .col = "min.decisions.text"},
    {"audience", KIND_ROLE, .flags = NEED | LIST},
    {"audience_parties", KIND_SEATS_BY_ROLE, .flags = NULLS},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape decision = {.key = decision_keys, .more = more_item};

static const struct key action_keys[] = {
    {"who", KIND_PARTY, .flags = NEED | NULLS},
    {"what", KIND_COL, NEED, .col = "min.actions.what"},
    {"due", KIND_DATE, NULLS, .col = "min.actions.due"},
    {"item_no", KIND_ITEM, .flags = NULLS},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape action = {.key = action_keys};

static const struct key dissent_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"decision_no", KIND_DECISION, .flags = NULLS},
    {"text", KIND_COL, NEED, .col = "min.dissent.text"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape dissent = {.key = dissent_keys};

static const struct key correction_keys[] = {
    {"no", NUMBER},
    {"at", KIND_TIME, .flags = NEED},
    {"by", KIND_PARTY, .flags = NEED},
    {"decision_no", KIND_DECISION, .flags = NULLS},
    {"before", KIND_COL, 0, .col = "min.corrections.before"},
    {"after", KIND_COL, 0, .col = "min.corrections.after"},
    {"reason", KIND_COL, 0, .col = "min.corrections.reason"},
    {"resign_required", KIND_PARTY, .flags = LIST},
    {0},
};
static const struct shape correction = {.key = correction_keys};

static const struct key words_keys[] = {
    {"text", KIND_COL, NEED, .col = "min.person_words.text"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape words = {.key = words_keys};

static const struct key confirmation_keys[] = {
    {"at", KIND_TIME, .flags = NEED},
    {"place", KIND_LINE, .flags = NULLS},
    {"result", KIND_LINE, .flags = NULLS},
    {"witness", KIND_PARTY, .flags = NULLS},
    {0},
};
static const struct shape confirmation = {.key = confirmation_keys};

static const struct key signature_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"status", KIND_COL, NEED, .col = "min.signatures.status"},
    {"at", KIND_TIME, .flags = NULLS},
    {"note", KIND_COL, 0, .col = "min.signatures.note"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
static const struct shape signature = {.key = signature_keys};

static const struct key minutes_keys[] = {
    {"decisions", KIND_OBJECT, LIST, .shape = &decision, .unique = "no"},
    {"actions", KIND_OBJECT, LIST, .shape = &action},
    {"dissents", KIND_OBJECT, LIST, .shape = &dissent},
    {"corrections", KIND_OBJECT, LIST, .shape = &correction, .unique = "no"},
    {"person_words", KIND_OBJECT, LIST | OR_TEXT, .shape = &words},
    {"person_confirmation", KIND_OBJECT, NULLS, .shape = &confirmation},
    {"signatures", KIND_OBJECT, LIST, .shape = &signature},
    {"next_date", KIND_DATE, NULLS, .col = "min.next_date"},
    {0},
};
const struct shape shape_minutes = {.key = minutes_keys};

/* ---- what grows over the years ---- */

static const struct key check_keys[] = {
    {"result", KIND_WORD, NEED, .words = "ok caution stop"},
    {"points", KIND_LINE, .flags = LIST},
    {0},
};
static const struct shape resource_check = {.key = check_keys};

static const struct key referral_keys[] = {
    {"no", KIND_INT, NEED, .min = 1, .max = NUMBER_MAX, .col = "ref.no"},
    {"date", KIND_DATE, NEED, .col = "ref.date"},
    {"kind", KIND_COL, 0, .col = "ref.kind"},
    {"from", KIND_COL, 0, .col = "ref.from"},
    {"to", KIND_COL, 0, .col = "ref.to"},
    {"reason", KIND_COL, 0, .col = "ref.reason"},
    {"resource_check", KIND_OBJECT, NULLS, .shape = &resource_check},
    {"status", KIND_COL, 0, .col = "ref.status"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_referral = {.key = referral_keys};

static const struct key resource_keys[] = {
    {"id", KIND_ID, .flags = NEED},
    {"name", KIND_COL, 0, .col = "case.resources.name"},
    {"kind", KIND_COL, 0, .col = "case.resources.kind"},
    {"check", KIND_COL, 0, .col = "case.resources.check"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_resource = {.key = resource_keys};

static const struct key bond_keys[] = {
    {"with", KIND_LINE, .flags = NEED},
    {"strength", KIND_COL, 0, .col = "bond.map.strength"},
    {"kind", KIND_COL, 0, .col = "bond.map.kind"},
    {"direction", KIND_COL, 0, .col = "bond.map.direction"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_bond = {.key = bond_keys};

static const struct key bonds_keys[] = {
    {"as_of", KIND_DATE, .flags = NEED},
    {"bonds", KIND_OBJECT, NEED | LIST, .shape = &shape_bond},
    {0},
};
const struct shape shape_bonds = {.key = bonds_keys};

/* The two tables of outcomes are alike; out.staff_scale also names the rater. */
static const struct key outcome_keys[] = {
    {"as_of", KIND_DATE, NEED, .col = "out.self_scale.as_of"},
    {"scale", KIND_COL, NEED, .col = "out.self_scale.scale"},
    {"rater", KIND_WHO, .flags = NEED},
    {"value", KIND_COL, 0, .col = "out.self_scale.value"},
    {"max", KIND_COL, 0, .col = "out.self_scale.max"},
    {"note", KIND_COL, 0, .col = "out.self_scale.note"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_outcome = {.key = outcome_keys};

static const struct key stage_keys[] = {
    {"from", KIND_DATE, NEED, .col = "out.stage_review.from"},
    {"stage", KIND_COL, NEED, .col = "out.stage_review.stage"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_stage = {.key = stage_keys};

static const struct key monitoring_keys[] = {
    {"date", KIND_DATE, NEED, .col = "mon.note.date"},
    {"by", KIND_WHO, .flags = NEED},
    {"text", KIND_COL, 0, .col = "mon.note.text"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_monitoring = {.key = monitoring_keys};

static const struct key follow_up_keys[] = {
    {"until", KIND_DATE, NULLS, .col = "close.followup.until"},
    {"frequency", KIND_COL, 0, .col = "close.followup.frequency"},
    {0},
};
const struct shape shape_follow_up = {.key = follow_up_keys};

static const struct key closure_keys[] = {
    {"closed_on", KIND_DATE, NEED, .col = "close.closed_on"},
    {"reason", KIND_COL, 0, .col = "close.reason"},
    {"post_lead_agency", KIND_COL, 0, .col = "close.lead_agency"},
    {"follow_up", KIND_OBJECT, NULLS, .shape = &shape_follow_up},
    {"return_route", KIND_COL, 0, .col = "close.followup.return_route"},
    {"row", KIND_OBJECT, NULLS, .shape = &shape_row},
    {0},
};
const struct shape shape_closure = {.key = closure_keys};

/* ---- what the file expects of us ---- */

/* Whose parties and items are meant depends on series_no: see more_expectation. */
static const struct key when_keys[] = {
    {"at", KIND_LINE, .flags = 0},
    {"item_no", KIND_INT, 0, .min = 1, .max = NUMBER_MAX},
    {"seq", KIND_INT, 0, .min = 1, .max = NUMBER_MAX},
    {"decision_no", KIND_INT, 0, .min = 1, .max = NUMBER_MAX},
    {"row", KIND_WORD, 0, .words = "own other"},
    {"row_party", KIND_ID, .flags = 0},
    {"member", KIND_ID, .flags = 0},
    {"state", KIND_WORD, 0, .words = "draft"},
    {"series_no", KIND_ID, .flags = 0},
    {0},
};
static const struct shape when = {.key = when_keys};

static const struct key expectation_keys[] = {
    {"role", KIND_ID, .flags = 0},
    {"party", KIND_ID, .flags = 0},
    {"field", KIND_FIELD, .flags = NEED},
    {"expected", KIND_WORD, NEED, .words = "none read write"},
    {"why", KIND_TEXT, .flags = NULLS},
    {"when", KIND_OBJECT, NULLS, .shape = &when},
    {0},
};
const struct shape shape_expectation = {.key = expectation_keys, .more = more_expectation};

static const struct key denial_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"about_party", KIND_PARTY, .flags = NEED},
    {"why", KIND_TEXT, .flags = NULLS}, /* as in visibility_expectations */
    {0},
};
const struct shape shape_denial = {.key = denial_keys, .more = more_denial};

static const struct key forbidden_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"strings", KIND_TEXT, .flags = NEED | LIST},
    {"why", KIND_TEXT, .flags = NULLS},
    {0},
};
const struct shape shape_forbidden = {.key = forbidden_keys};
