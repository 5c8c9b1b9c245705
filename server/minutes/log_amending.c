/* Corrections that are kept and wait for their round. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/leaf.h"
#include "minutes/log_parts.h"

/* One correction is told in several slots under one name. */
static bool is_told(const struct slice *told, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(told[i], name)) {
			return true;
		}
	}
	return false;
}

static void tell(const struct log_leaf *l, json_t *list)
{
	struct min_leaf leaf;

	if (min_leaf_decode(l->d, &leaf)) {
		const json_t *v = leaf.value;

		json_array_append_new(
		    list, json_pack("{s:O,s:O,s:O,s:I}", "leaf", json_object_get(v, "leaf"),
				    "value", json_object_get(v, "value"), "why",
				    json_object_get(v, "why"), "time", (json_int_t)l->time));
		min_leaf_fini(&leaf);
	}
}

json_t *min_log_amending(const struct min_log *log, uint8_t seat)
{
	json_t *list = json_array();

	for (uint32_t i = log->entry_count; i < log->entry_made; i++) {
		struct slice *told = NULL;
		size_t count = 0, cap = 0;

		for (size_t s = 0; s < MIN_SLOTS; s++) {
			const struct log_box *b = &log->entry[i].box[s];

			for (size_t k = 0; k < b->count; k++) {
				const struct log_leaf *l = &b->leaf[k];

				if (l->is_amend && l->bytes && min_log_reads(log, seat, l->label) &&
				    !is_told(told, count, l->name)) {
					mem_room(&told, &cap, count, sizeof *told);
					told[count++] = l->name;
					tell(l, list);
				}
			}
		}
		free(told);
	}
	return list;
}
