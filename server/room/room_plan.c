/* The life of a plan: its status moves by transitions only. */
#include "room/room_state.h"

/* From, to, who. Adoption needs the person's assent to the plan as it stands. */
static const struct {
	const char *from, *to, *role;
	bool assent;
} transitions[] = {
    {"draft", "checked", "sup", false},       {"checked", "draft", "sup", false},
    {"checked", "draft", "ps", false},        {"checked", "proposed", "ps", false},
    {"proposed", "draft", "ps", false},       {"proposed", "provisional", "ps", false},
    {"provisional", "proposed", "ps", false}, {"proposed", "adopted", "ps", true},
    {"provisional", "adopted", "ps", true},   {"adopted", "superseded", "ps", false},
};

enum err plan_transition(const struct room *r, const struct act *act, struct slice to)
{
	const char *now = json_string_value(r->cell[r->status_cell].value);
	const char *role = r->schema->role[r->rights.seat[act->for_seat].role].id;

	for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++) {
		if (now && strcmp(transitions[i].from, now) == 0 &&
		    slice_is(to, transitions[i].to) && strcmp(transitions[i].role, role) == 0) {
			return transitions[i].assent && !r->assent ? ERR_RULE : ERR_OK;
		}
	}
	return ERR_RULE;
}
