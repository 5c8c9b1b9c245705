/*
 * The office: a room without a person. Its seats look after cases; what a case shows of itself
 * there is what their seat in that case reads.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

static bool read_link(const json_t *pair, struct case_link *out)
{
	json_int_t series = json_integer_value(json_array_get(pair, 0));
	json_int_t seat = json_integer_value(json_array_get(pair, 1));

	*out = (struct case_link){.series = series, .seat = (uint8_t)seat};
	return json_array_size(pair) == 2 && series > 0 && seat >= 0 && seat < SEAT_MAX &&
	       json_is_integer(json_array_get(pair, 1));
}

enum err office_replay(struct room *r, const json_t *body)
{
	const json_t *cases = json_object_get(body, "cases");
	size_t kept = 0;
	uint8_t seat;

	if (!r->rights.office || !body_seat(r, json_object_get(body, "seat"), &seat) ||
	    !json_is_array(cases)) {
		return ERR_PROTO;
	}
	for (size_t i = 0; i < r->caseload_count; i++) {
		if (r->caseload[i].seat != seat) {
			r->caseload[kept++] = r->caseload[i];
		}
	}
	r->caseload_count = kept;
	for (size_t i = 0; i < json_array_size(cases); i++) {
		struct case_link link;

		if (!read_link(json_array_get(cases, i), &link)) {
			return ERR_PROTO;
		}
		if (i >= LIMIT_CASELOAD) {
			return ERR_LIMIT;
		}
		mem_room(&r->caseload, &r->caseload_cap, r->caseload_count, sizeof *r->caseload);
		r->caseload[r->caseload_count++] = (struct room_case){seat, link};
	}
	return ERR_OK;
}

/* Which cases they are is for the hub: nothing of a case is known here. */
void on_caseload(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct case_link *link;
	struct fx *f;
	size_t count = 0;

	if (!r->rights.office) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	link = arena_alloc(&out->mem, (r->caseload_count + 1) * sizeof *link);
	for (size_t i = 0; i < r->caseload_count; i++) {
		if (r->caseload[i].seat == ev->actor) {
			link[count++] = r->caseload[i].link;
		}
	}
	f = fx_add(out, FX_CASELOAD, ev->conn);
	f->ref = ev->msg->ref;
	f->link = link;
	f->link_count = count;
}

/* Of all it may read what the form wants in the list; written down as read before it is told. */
void office_look(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	bool held = ev->actor < r->rights.seat_count && r->rights.seat[ev->actor].live &&
		    !r->rights.seat[ev->actor].barred;
	size_t count = 0, kept = 0;
	struct cell_shown *cell = held ? (struct cell_shown *)(uintptr_t)room_visible(
					     r, seat_bit(ev->actor), &out->mem, &count)
				       : NULL;
	struct fx *f;

	for (size_t i = 0; i < count; i++) {
		if (r->schema->col[cell[i].place.col].caseload) {
			cell[kept++] = cell[i];
		}
	}
	if (kept > 0) {
		fx_audit(out, r, seat_bit(ev->actor), "caseload", cell, kept);
	}
	f = fx_add(out, FX_LOOK, ev->conn);
	f->ref = ev->ref;
	f->seat = ev->actor;
	f->cell = cell;
	f->cell_count = kept;
}
