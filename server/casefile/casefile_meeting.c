/* The meeting: its place and agenda; and everything about it that is still to come. */
#include "casefile/casefile_parts.h"

static void make_item(struct reader *r, json_t *o)
{
	struct row *row = row_new(r, "conf.agenda_items", row_number_name(r, o, "item_no"));

	row->audience = seats_of_audience(r, o); /* shared with them, hidden from nobody else */
	row_take(r, row, &shape_item, o);
	row_set(r, row, "audience", seats_value(r, row->audience));
	row_more(r, row, o);
}

void make_meeting(struct reader *r)
{
	json_t *conference = json_object_get(r->root, "conference");
	json_t *list = json_object_get(conference, "agenda");
	json_t *o;
	size_t i;

	fields_take(r, &shape_conference, conference);
	json_array_foreach(list, i, o)
	{
		make_item(r, o);
	}
}

/* Everybody of the item has come in, from where the file says. */
static void make_present(struct reader *r, seat_set audience, uint8_t chair)
{
	for (unsigned i = 0; i < r->party_count; i++) {
		struct record *rec;

		if (!(audience & seat_bit(i))) {
			continue;
		}
		emit(r, RECORD_ATTEND, (struct slice){0},
		     json_pack("{s:i,s:s,s:s,s:n}", "seat", (int)i, "what", "in", "place",
			       r->party[i].remote ? "line" : "room", "row"));
		rec = &r->out->record[r->out->record_count - 1];
		rec->actor = chair;
		rec->for_seat = chair;
	}
}

/* The chair has opened the first item: tests and demos begin inside the meeting. */
void make_segment(struct reader *r)
{
	const struct row *first = NULL;
	char hex[HEX64_LEN + 1];
	struct record *rec;
	uint8_t chair = SEAT_NONE;

	if (!r->o->open_first || r->is_other) {
		return;
	}
	for (size_t i = r->row_count; i-- > 0;) {
		if (row_is_in(r, &r->row[i], "conf.agenda_items")) {
			first = &r->row[i];
		}
	}
	for (unsigned i = r->party_count; i-- > 0;) {
		if (r->party[i].duties & DUTY_CHAIR) {
			chair = (uint8_t)i;
		}
	}
	if (!first || chair == SEAT_NONE) {
		casefile_refuse(r, ERR_PROTO, first ? "nobody is chair" : "there is no agenda");
		return;
	}
	if (!first->audience) {
		casefile_refuse(r, ERR_PROTO, "nobody may be in the first agenda item");
		return;
	}
	id_to_hex(first->id, hex);
	emit(r, RECORD_SEGMENT, (struct slice){0},
	     json_pack("{s:s,s:o}", "row", hex, "audience", seats_json(first->audience)));
	rec = &r->out->record[r->out->record_count - 1];
	rec->actor = chair;
	rec->for_seat = chair;
	make_present(r, first->audience, chair);
}

/*
 * What nobody sees yet, and what is about the whole file. Later entries have added themselves. What
 * speaks of other series stays out: a record of one never holds a word of another.
 */
void keep_pending(struct reader *r)
{
	static const struct {
		const char *name;
		bool also_after;
	} part[] = {
	    {"conference", true},
	    {"script", false},
	    {"minutes", false},
	};

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		if (!r->o->after || part[i].also_after) {
			pending_keep(r, part[i].name, json_object_get(r->root, part[i].name));
		}
	}
}
