/* A series that rests on a law: a room with its meeting and notes, and nothing about the person. */
#include "support/listener.h"

#define CASE_4 "tests/cases/case-4.json"
#define MEETING_4 "2026-03-05T10:00"

/* The series by law of case 4, as a file of its own. */
static void start(struct rig *r)
{
	struct buf file = rig_file(CASE_4);
	json_t *doc = json_loadb(file.ptr, file.len, 0, NULL);
	json_t *own = json_array_get(json_object_get(doc, "other_series"), 0);
	json_t *party;
	char *text;
	size_t i;

	json_array_foreach(json_object_get(own, "parties"), i, party)
	{
		json_object_del(party, "same_person_as"); /* they are of the other series */
	}
	text = json_dumps(own, 0);
	rig_init_text(r, slice_of(text), MEETING_4, 9);
	free(text);
	json_decref(doc);
	buf_fini(&file);
}

/* Not a cell of a class that belongs to the series about the person, whoever looks. */
Test(series, nobody_has_a_cell_about_the_person)
{
	struct rig r;
	size_t seen = 0;

	start(&r);
	cr_assert(room_rights(r.room)->statutory);
	for (uint8_t seat = 0; seat < r.file.seat_count; seat++) {
		size_t count;
		const struct cell_shown *c = room_visible(r.room, seat_bit(seat), &r.mem, &count);

		for (size_t i = 0; i < count; i++) {
			const struct schema_col *col = &r.schema->col[c[i].place.col];

			cr_assert(r.schema->cls[col->cls].everywhere, "%s", col->id);
			seen++;
		}
	}
	cr_assert(seen > 50);
	for (uint16_t cls = 0; cls < r.schema->cls_count; cls++) {
		for (uint8_t seat = 0; seat < r.file.seat_count; seat++) {
			struct verdict v = rights_class_level(room_rights(r.room), seat, cls, 1);

			if (!r.schema->cls[cls].everywhere) {
				cr_assert(v.level == LEVEL_NONE && v.reason == REASON_SERIES);
			}
		}
	}
	rig_fini(&r);
}

Test(series, nothing_about_the_person_can_be_begun)
{
	static const char *const table[] = {
	    "household", "ref", "work", "pplan.statements", "plan.work.parts", "res.register"};
	struct rig r;

	start(&r);
	rig_join(&r, 1, "s-ps");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256];

		snprintf(text, sizeof text,
			 "{\"t\":\"row\",\"ref\":%zu,\"table\":\"%s\",\"cells\":{\"text\":\"x\"}}",
			 i + 1, table[i]);
		rig_send(&r, 1, "s-ps", text);
		cr_assert_eq(rig_refused(&r, 1), ERR_GONE, "%s", table[i]);
	}
	rig_send(
	    &r, 1, "s-ps",
	    "{\"t\":\"row\",\"ref\":40,\"table\":\"mon.note\",\"cells\":{\"text\":\"見守り\"}}");
	cr_assert_null(rig_fx(&r, FX_NO, 1));
	/* the person has no seat, and there is no plan to agree to: the room stands */
	rig_send(&r, 1, "s-ps", "{\"t\":\"assent\",\"ref\":41}");
	cr_assert_not_null(rig_fx(&r, FX_NO, 1));
	rig_fini(&r);
}

static enum err set_basis(struct rig *r, const char *seat, unsigned ref, const char *basis)
{
	const struct cell_shown *c = rig_cell(r, r->room, seat, "conf.legal_basis");
	char text[256];

	cr_assert_not_null(c);
	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":%u,\"cell\":\"conf.legal_basis\",\"base\":%llu,\"value\":"
		 "\"%s\"}",
		 ref, (unsigned long long)c->ver, basis);
	rig_send(r, 1, seat, text);
	return rig_refused(r, 1);
}

/* What rests on a law cannot become the series about the person by a click, nor the other way. */
Test(series, the_legal_basis_does_not_change_sides)
{
	struct rig r;

	start(&r);
	rig_join(&r, 1, "s-ps");
	cr_assert_eq(set_basis(&r, "s-ps", 1, "consent_based"), ERR_RULE);
	cr_assert_eq(set_basis(&r, "s-ps", 2, "support_106_6"), ERR_OK);
	rig_fini(&r);
	rig_init(&r, CASE_4, "2026-03-12T14:00", 3);
	rig_join(&r, 1, "p-ps");
	cr_assert_eq(set_basis(&r, "p-ps", 1, "support_s9"), ERR_RULE);
	cr_assert_eq(set_basis(&r, "p-ps", 2, "consent_based"), ERR_OK);
	rig_fini(&r);
}
