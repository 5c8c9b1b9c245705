/* What a damaged or forged database holds is refused; what was folded is counted. */
#include "room/room_state.h"
#include "support/meeting.h"

/* The journal of case 1, with one record more; how loading it ends. */
static enum err load(const struct rig *r, const struct text_base *base, const struct record *more,
		     struct room **out)
{
	struct room *room = room_create(r->schema, NULL);
	enum err e = base ? room_replay_base(room, base) : ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < r->kept_count; i++) {
		e = room_replay(room, &r->kept[i]);
	}
	if (e == ERR_OK && more) {
		e = room_replay(room, more);
	}
	e = e == ERR_OK ? room_replay_done(room, r->now_ms, false) : e;
	if (e != ERR_OK || !out) {
		room_destroy(room);
		return e;
	}
	*out = room;
	return e;
}

static struct record record(const struct rig *r, enum record_kind kind, const char *cell,
			    const char *body)
{
	return (struct record){.kind = kind,
			       .at_ms = r->now_ms,
			       .actor = SEAT_NONE,
			       .for_seat = SEAT_NONE,
			       .cell = slice_of(cell),
			       .body = slice_of(body)};
}

Test(room_load, a_record_that_cannot_have_been_written_is_refused)
{
	struct rig r;
	struct record rec;

	rig_init(&r, CASE_1, MEETING_1, 1);
	rec = record(&r, RECORD_ASSENT, "", "{}");
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_OK);
	rec.actor = (uint8_t)r.file.seat_count;
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "a seat that is none");
	rec = record(&r, RECORD_ASSENT, "", "{}");
	rec.for_seat = SEAT_MAX;
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "an act for nobody");
	rec = record(&r, RECORD_ASSENT, "", "{}");
	rec.at_ms = INT64_MAX;
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "the end of time");
	rec.at_ms = INT64_MIN;
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "the beginning of time");
	rec = record(&r, RECORD_SET, "plan.status", "\"draft\"");
	rec.ver = (uint64_t)1 << 53;
	cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "a version nobody can send");
	rig_fini(&r);
}

Test(room_load, a_cell_that_ends_with_what_it_cannot_hold_is_refused)
{
	static const char *const body[] = {"{\"a\":1}", "1.5", "[\"draft\"]", "\"nothing\"", "7"};
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	for (size_t i = 0; i < sizeof body / sizeof *body; i++) {
		struct record rec = record(&r, RECORD_SET, "plan.status", body[i]);

		rec.ver = 7;
		cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "%s", body[i]);
	}
	rig_fini(&r);
}

Test(room_load, a_row_without_its_values_is_refused)
{
	static const char *const cells[] = {"{\"title\":[1,null]}", "{\"title\":[0,\"x\"]}",
					    "{\"title\":[-1,\"x\"]}", "{\"title\":[1,5]}"};
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		char body[128];
		struct record rec;

		snprintf(body, sizeof body, "{\"owner\":[],\"about\":[],\"cells\":%s}", cells[i]);
		rec = record(&r, RECORD_ROW, "conf.agenda_items/0123456789abcdef", body);
		cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "%s", cells[i]);
	}
	rig_fini(&r);
}

Test(room_load, two_seats_have_two_ids_and_names_that_can_be_shown)
{
	static const char *const body[] = {
	    "{'seat':%zu,'name':'x','wire':'%s','role':'ps','label':'x'}",
	    "{'seat':%zu,'name':'x','wire':'0123456789abcdef','role':'ps','label':'\\u0001'}",
	    "{'seat':%zu,'name':'\\n','wire':'0123456789abcdef','role':'ps','label':'x'}"};
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	for (size_t i = 0; i < sizeof body / sizeof *body; i++) {
		struct record rec;
		char text[256];

		snprintf(text, sizeof text, body[i], r.file.seat_count, r.file.seat[0].wire.ptr);
		for (char *c = text; *c; c++) {
			*c = *c == '\'' ? '"' : *c;
		}
		rec = record(&r, RECORD_SEAT, "", text);
		cr_assert_eq(load(&r, NULL, &rec, NULL), ERR_PROTO, "%s", text);
	}
	rig_fini(&r);
}

Test(room_load, a_folded_text_that_is_none_is_refused)
{
	struct text_base base = {slice_of(GOAL), 5, slice_of("x")};
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	cr_assert_eq(load(&r, &base, NULL, NULL), ERR_OK);
	base.text = slice_of("\xed\xa0\xb4"); /* half a pair */
	cr_assert_eq(load(&r, &base, NULL, NULL), ERR_PROTO);
	base.text = slice_of("a\x01");
	cr_assert_eq(load(&r, &base, NULL, NULL), ERR_PROTO);
	base.text = slice_of("x");
	base.ver = UINT64_MAX;
	cr_assert_eq(load(&r, &base, NULL, NULL), ERR_PROTO);
	rig_fini(&r);
}

static size_t bytes_of(const struct room *r)
{
	size_t bytes = 0;

	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];

		bytes += c->doc ? cells_value_bytes(NULL) + c->doc->body.bytes
				: cells_value_bytes(c->value);
	}
	return bytes;
}

/* It was counted as what it was before all edits: a room where much was deleted looked full. */
Test(room_load, a_folded_text_is_counted_as_long_as_it_is)
{
	struct text_base base = {slice_of(GOAL), 1000, slice_of("漢字漢字漢字漢字漢字漢字漢字")};
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	cr_assert_eq(r.room->bytes, bytes_of(r.room));
	room_destroy(r.room);
	cr_assert_eq(load(&r, &base, NULL, &r.room), ERR_OK);
	cr_assert_eq(r.room->bytes, bytes_of(r.room));
	rig_join(&r, conn_of(&r, "p-ps"), "p-ps");
	YES(say(&r, "p-ps", "'t':'edit','cell':'" GOAL "','base':1000,'changes':[[[14]]]"));
	cr_assert_eq(r.room->bytes, bytes_of(r.room));
	rig_fini(&r);
}
