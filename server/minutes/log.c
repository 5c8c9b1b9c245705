#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/log_parts.h"

struct min_log *log_create(const struct min_port *port)
{
	struct min_log *log = mem_alloc(sizeof *log);

	log->port = *port;
	arena_init(&log->mem);
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		log->changed[i] = LOG_MINUTES + 1;
	}
	return log;
}

static void free_entry(struct log_entry *e, size_t boxes)
{
	for (size_t i = 0; i < boxes; i++) {
		for (size_t k = 0; k < e->box[i].count; k++) {
			leaf_forget(&e->box[i].leaf[k]);
		}
		free(e->box[i].leaf);
	}
	free(e->box);
	free(e->header);
}

void min_log_free(struct min_log *log)
{
	if (!log) {
		return;
	}
	for (uint32_t i = 0; i < log->entry_made; i++) {
		free_entry(&log->entry[i], log_boxes_of(log, i));
	}
	free(log->entry);
	arena_fini(&log->mem);
	free(log);
}

void log_set_labels(struct min_log *log)
{
	size_t n = 0;

	log->label_count = 1 + log->class_count + MIN_SLOTS;
	log->label = arena_alloc(&log->mem, log->label_count * sizeof *log->label);
	log->label[n++] = slice_of("common");
	for (size_t i = 0; i < log->class_count; i++) {
		log->label[n++] = log->cls[i].label;
	}
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		log->label[n++] = slice_of(min_slot_name(i));
	}
}

/* ---- entries and boxes ---- */

size_t log_slot_base(const struct min_log *log)
{
	return log->label_count - MIN_SLOTS;
}

size_t log_boxes_of(const struct min_log *log, uint32_t entry)
{
	return entry == LOG_MINUTES ? log->label_count : MIN_SLOTS;
}

size_t log_label_of(const struct min_log *log, uint32_t entry, size_t box)
{
	return entry == LOG_MINUTES ? box : log_slot_base(log) + box;
}

struct log_box *log_box(const struct min_log *log, uint32_t entry, size_t label)
{
	size_t base = entry == LOG_MINUTES ? 0 : log_slot_base(log);

	if (entry >= log->entry_made || label < base || label >= log->label_count) {
		return NULL;
	}
	return &log->entry[entry].box[label - base];
}

void log_make_entries(struct min_log *log, uint32_t entry)
{
	assert(entry < MIN_ENTRIES);
	while (log->entry_made <= entry) {
		struct log_entry *e;

		mem_room(&log->entry, &log->entry_cap, log->entry_made, sizeof *log->entry);
		e = &log->entry[log->entry_made];
		memset(e, 0, sizeof *e);
		e->box = mem_alloc(log_boxes_of(log, log->entry_made) * sizeof *e->box);
		log->entry_made++;
	}
}

/* ---- seats and slots ---- */

const struct min_party *min_log_party(const struct min_log *log, uint8_t seat)
{
	for (size_t i = 0; i < log->party_count; i++) {
		if (log->party[i].seat == seat) {
			return &log->party[i];
		}
	}
	return NULL;
}

uint8_t min_log_seat(const struct min_log *log, struct slice id)
{
	for (size_t i = 0; i < log->party_count; i++) {
		if (slice_is(id, log->party[i].id)) {
			return log->party[i].seat;
		}
	}
	return SEAT_NONE;
}

const struct log_audience *log_audience_of(const struct min_log *log, size_t slot)
{
	for (size_t i = 0; i < log->audience_count; i++) {
		if (log->audience[i].slot == slot) {
			return &log->audience[i];
		}
	}
	return NULL;
}

seat_set log_members(const struct min_log *log, size_t slot)
{
	const struct log_audience *a = log_audience_of(log, slot);

	for (size_t i = 0; !a && i < log->party_count; i++) {
		if (log->party[i].slot == slot) {
			return seat_bit(log->party[i].seat);
		}
	}
	return a ? a->seats : 0;
}

seat_set log_readers(const struct min_log *log, size_t label)
{
	size_t base = log_slot_base(log);

	if (label == 0) {
		return log->roster;
	}
	return label < base ? log->cls[label - 1].readers : log_members(log, label - base);
}

seat_set log_knowing(const struct min_log *log, seat_set seats, uint8_t about)
{
	seat_set knowing = 0;

	for (size_t i = 0; i < log->party_count; i++) {
		const struct min_party *p = &log->party[i];

		if ((seats & seat_bit(p->seat)) && (p->knows & seat_bit(about))) {
			knowing |= seat_bit(p->seat);
		}
	}
	return knowing;
}

/* ---- asking ---- */

void min_log_about(const struct min_log *log, struct min_about *out)
{
	*out = (struct min_about){.origin = log->origin,
				  .parent = log->parent,
				  .rp = log->rp,
				  .sealed = log->sealed,
				  .deadline = log->deadline,
				  .entries = log->entry_count,
				  .leaves = log->leaf_count,
				  .next = min_round_time(log->sealed, log->entry_count - 1),
				  .root = log->entry[log->entry_count - 1].root};
	memcpy(out->log_key, log->log_key, sizeof out->log_key);
	memcpy(out->attest_key, log->attest_key, sizeof out->attest_key);
}

size_t min_log_labels(const struct min_log *log)
{
	return log->label_count;
}

struct slice min_log_label(const struct min_log *log, size_t label)
{
	assert(label < log->label_count);
	return log->label[label];
}

bool min_log_reads(const struct min_log *log, uint8_t seat, size_t label)
{
	return seat < SEAT_MAX && label < log->label_count &&
	       (log_readers(log, label) & log->roster & seat_bit(seat));
}

uint16_t min_log_slot_label(const struct min_log *log, uint8_t slot)
{
	assert(slot < MIN_SLOTS);
	return (uint16_t)(log_slot_base(log) + slot);
}

struct log_leaf *log_find(const struct min_log *log, const struct min_hash *hash, uint32_t *entry)
{
	for (uint32_t i = 0; i < log->entry_made; i++) {
		for (size_t b = 0; b < log_boxes_of(log, i); b++) {
			const struct log_box *box = &log->entry[i].box[b];

			for (size_t k = 0; k < box->count; k++) {
				if (min_hash_eq(&box->leaf[k].hash, hash)) {
					*entry = i;
					return &box->leaf[k];
				}
			}
		}
	}
	return NULL;
}

bool min_log_find(const struct min_log *log, const struct min_hash *hash, struct min_found *out)
{
	uint32_t entry;
	const struct log_leaf *l = log_find(log, hash, &entry);

	if (l) {
		*out = (struct min_found){entry, l->label, l->name, l->d, l->time};
	}
	return l != NULL;
}
