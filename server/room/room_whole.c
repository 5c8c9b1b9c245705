/*
 * Is what the database holds something this program can have written? A file may be damaged, or
 * made by somebody else: a room is loaded whole, or not at all.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_state.h"

static const uint64_t VER_MAX = (uint64_t)1
				<< 52; /* so many more fit into the protocol's numbers */
static const int64_t AT_MS_MAX = 8640000000000000; /* what a browser's clock can say */

static bool is_seat(const struct room *r, uint8_t seat)
{
	return seat == SEAT_NONE || seat < r->rights.seat_count;
}

bool whole_record(const struct room *r, const struct record *rec)
{
	return rec->at_ms >= -AT_MS_MAX && rec->at_ms <= AT_MS_MAX && rec->ver <= VER_MAX &&
	       rec->base_ver <= VER_MAX && is_seat(r, rec->actor) && is_seat(r, rec->for_seat);
}

bool whole_base(const struct text_base *b)
{
	return b->ver > 0 && b->ver <= VER_MAX && utf8_is_text(b->text, true) &&
	       utf8_units(b->text) <= LIMIT_TEXT_UNITS;
}

bool whole_line(const char *text)
{
	struct slice s = slice_of(text);

	return text && utf8_is_text(s, false) && utf8_units(s) <= LIMIT_LINE_UNITS;
}

bool whole_cells(const struct room *r)
{
	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];
		uint64_t ver = c->doc ? c->doc->ver : c->ver;
		bool fits =
		    c->doc ? utf8_is_text(doc_text(c->doc), true) &&
				 c->doc->body.units <= LIMIT_TEXT_UNITS
			   : value_check(r, &r->schema->col[c->place->col], c->value) == ERR_OK;

		if (!fits || ver == 0 || ver > VER_MAX) {
			return false;
		}
	}
	return true;
}
