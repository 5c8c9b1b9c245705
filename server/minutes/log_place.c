/* Who gets it where: schema/minutes.md §2. */
#include <assert.h>

#include "minutes/log_parts.h"

struct log_where log_place(const struct min_log *log, seat_set readers, size_t cls, size_t audience)
{
	struct log_where w = {.own = readers & log->roster};

	if (cls != MIN_NONE) {
		seat_set whole = log->cls[cls].readers;

		w.in_class = whole && (whole & ~w.own) == 0;
		w.own &= w.in_class ? ~whole : ~(seat_set)0;
	}
	if (audience != MIN_NONE) {
		seat_set whole = log->audience[audience].seats;

		w.in_audience = whole && (whole & ~w.own) == 0;
		w.own &= w.in_audience ? ~whole : ~(seat_set)0;
	}
	return w;
}

size_t log_told_in(const struct min_log *log, size_t slot, uint8_t about, uint16_t out[MIN_SLOTS])
{
	const struct log_audience *a = log_audience_of(log, slot);
	seat_set knowing = a ? log_knowing(log, a->seats, about) : 0;
	size_t n = 0;

	if (!a || knowing == a->seats) {
		out[n++] = min_log_slot_label(log, (uint8_t)slot);
		return n;
	}
	for (size_t i = 0; i < log->party_count; i++) {
		if (knowing & seat_bit(log->party[i].seat)) {
			out[n++] = min_log_slot_label(log, log->party[i].slot);
		}
	}
	return n;
}
