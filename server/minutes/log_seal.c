/* Sealing: from who reads what to the first two entries. schema/minutes.md §2 and §3. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"

/* ---- what cannot be ---- */

/* No string of a header or a bundle needs an escape. */
static bool is_bare(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || s.ptr[i] == '"' || s.ptr[i] == '\\') {
			return false;
		}
	}
	return s.len > 0 && s.len < MIN_LINE_BYTES / 2;
}

/* <origin> <size> <b64 root> */
static bool is_parent(struct slice s)
{
	const char *one = s.len ? memchr(s.ptr, ' ', s.len) : NULL;
	struct slice rest = {one ? one + 1 : "", one ? (size_t)(s.ptr + s.len - (one + 1)) : 0};
	const char *two = rest.len ? memchr(rest.ptr, ' ', rest.len) : NULL;
	struct slice root = {two ? two + 1 : "",
			     two ? (size_t)(rest.ptr + rest.len - (two + 1)) : 0};
	struct min_hash hash;
	uint64_t size;

	return two && min_origin_is_valid((struct slice){s.ptr, (size_t)(one - s.ptr)}) &&
	       min_number_read((struct slice){rest.ptr, (size_t)(two - rest.ptr)}, &size) &&
	       size > 0 && min_b64_exact(root, hash.b, sizeof hash.b);
}

static bool has_form(const struct min_params *p)
{
	return min_origin_is_valid(p->origin) && (p->parent.len == 0 || is_parent(p->parent)) &&
	       (p->rp.len == 0 || is_bare(p->rp)) && p->sealed <= LOG_TIME_MAX / 2 &&
	       p->deadline <= LOG_TIME_MAX;
}

static bool is_consistent(const struct min_input *in)
{
	seat_set roster = 0;

	for (size_t i = 0; i < in->seat_count; i++) {
		uint8_t seat = in->seat[i].seat;

		if (seat >= SEAT_MAX || (roster & seat_bit(seat))) {
			return false;
		}
		roster |= seat_bit(seat);
	}
	for (size_t i = 0; i < in->audience_count; i++) {
		if (!in->audience[i] || (in->audience[i] & ~roster)) {
			return false;
		}
		for (size_t k = 0; k < i; k++) {
			if (in->audience[k] == in->audience[i]) {
				return false;
			}
		}
	}
	for (size_t i = 0; i < in->class_count; i++) {
		if (!min_label_is_class(in->cls[i].label)) {
			return false;
		}
		for (size_t k = 0; k < i; k++) {
			if (slice_eq(in->cls[k].label, in->cls[i].label)) {
				return false;
			}
		}
	}
	for (size_t i = 0; i < in->cell_count; i++) {
		const struct min_cell *c = &in->cell[i];

		if ((c->cls != MIN_NONE && c->cls >= in->class_count) ||
		    (c->audience != MIN_NONE && c->audience >= in->audience_count)) {
			return false;
		}
	}
	return true;
}

/* ---- ids and slots ---- */

static int by_room(const void *a, const void *b)
{
	const struct log_row *x = a;
	const struct log_row *y = b;

	return x->room < y->room ? -1 : x->room > y->room;
}

const char *log_row_id(const struct min_log *log, uint64_t room)
{
	struct log_row key = {.room = room};
	const struct log_row *found =
	    log->row_count ? bsearch(&key, log->row, log->row_count, sizeof key, by_room) : NULL;

	return found ? found->id : NULL;
}

/* Every row that has a cell or is named by one gets an id of this log alone. */
static void number_rows(struct min_log *log, const struct min_input *in)
{
	struct log_row *row = mem_alloc((2 * in->cell_count + 1) * sizeof *row);
	size_t n = 0;

	for (size_t i = 0; i < in->cell_count; i++) {
		const struct min_cell *c = &in->cell[i];

		if (c->table.len) {
			row[n++].room = c->row;
		}
		if (c->kind == MIN_ROW || c->kind == MIN_PLACE) {
			row[n++].room = c->ref;
		}
	}
	qsort(row, n, sizeof *row, by_room);
	log->row = arena_alloc(&log->mem, (n + 1) * sizeof *log->row);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && row[i].room == row[i - 1].room) {
			continue;
		}
		log->row[log->row_count] = row[i];
		log_id(log, log->row[log->row_count++].id, "id row %016llx",
		       (unsigned long long)row[i].room);
	}
	free(row);
}

/* One of the free slots, each as likely as another. */
static uint8_t draw_slot(const struct min_log *log, seat_set holder, bool is_audience,
			 uint8_t *free_slot, size_t count)
{
	uint64_t fair = ((uint64_t)1 << 32) / count * count;
	const char *again = "";
	uint8_t four[4];
	uint32_t n;
	struct buf name = {0};
	uint8_t slot;

	for (unsigned s = 0; s < SEAT_MAX; s++) {
		if (holder & seat_bit(s)) {
			buf_printf(&name, "%sp-%u", name.len ? "," : "", s);
		}
	}
	if (is_audience && !(holder & (holder - 1))) {
		buf_add_str(&name, ","); /* an audience of one is not that seat */
	}
	do {
		log_fill(log, four, sizeof four, "slot %.*s%s", (int)name.len, name.ptr, again);
		n = (uint32_t)four[0] << 24 | (uint32_t)four[1] << 16 | (uint32_t)four[2] << 8 |
		    four[3];
		again = " again";
	} while (n >= fair);
	buf_fini(&name);
	slot = free_slot[n % count];
	memmove(free_slot + n % count, free_slot + n % count + 1, count - n % count - 1);
	return slot;
}

/* A random injection of seats and audiences into the slots. */
static void draw_slots(struct min_log *log)
{
	uint8_t unused[MIN_SLOTS];
	size_t left = MIN_SLOTS;
	seat_set first = log->port.first;

	for (uint8_t i = 0; i < MIN_SLOTS; i++) {
		unused[i] = i;
	}
	for (int turn = first ? 0 : 1; turn < 2; turn++) {
		for (size_t i = 0; i < log->party_count; i++) {
			struct min_party *p = &log->party[i];

			if ((turn == 0) == ((seat_bit(p->seat) & first) != 0)) {
				p->slot = draw_slot(log, seat_bit(p->seat), false, unused, left--);
			}
		}
		for (size_t i = 0; i < log->audience_count; i++) {
			struct log_audience *a = &log->audience[i];

			if ((turn == 0) == ((a->seats & first) != 0)) {
				a->slot = draw_slot(log, a->seats, true, unused, left--);
			}
		}
	}
	for (size_t i = 0; i < log->party_count; i++) {
		for (size_t k = 0; k < log->audience_count; k++) {
			if (log->audience[k].seats & seat_bit(log->party[i].seat)) {
				log->party[i].shared |= (uint32_t)1 << log->audience[k].slot;
			}
		}
	}
}

static void take_roster(struct min_log *log, const struct min_input *in)
{
	log->party = arena_alloc(&log->mem, (in->seat_count + 1) * sizeof *log->party);
	for (size_t i = 0; i < in->seat_count; i++) {
		const struct min_seat *s = &in->seat[i];
		struct min_party *p = &log->party[log->party_count++];

		*p = (struct min_party){.seat = s->seat,
					.wire = s->wire,
					.role = arena_dup(&log->mem, s->role),
					.knows = s->knows | seat_bit(s->seat)};
		log_id(log, p->id, "id party p-%u", s->seat);
		log->roster |= seat_bit(s->seat);
	}
	log->audience = arena_alloc(&log->mem, (in->audience_count + 1) * sizeof *log->audience);
	for (size_t i = 0; i < in->audience_count; i++) {
		log->audience[log->audience_count++].seats = in->audience[i];
	}
	log->cls = arena_alloc(&log->mem, (in->class_count + 1) * sizeof *log->cls);
	for (size_t i = 0; i < in->class_count; i++) {
		log->cls[log->class_count++] =
		    (struct log_class){arena_dup(&log->mem, in->cls[i].label), in->cls[i].readers};
	}
	for (size_t i = 0; i < log->class_count; i++) {
		log->cls[i].readers &= log->roster;
	}
}

/* ---- what is sealed ---- */

static json_t *text_value(struct slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

json_t *log_manifest(const struct min_log *log, const struct min_party *p)
{
	json_t *labels = json_array();

	for (size_t i = 0; i < log->label_count; i++) {
		if (min_log_reads(log, p->seat, i)) {
			json_array_append_new(labels, text_value(log->label[i]));
		}
	}
	return json_pack("{s:s, s:o, s:s, s:o}", "party", p->id, "role", text_value(p->role),
			 "slot", min_slot_name(p->slot), "labels", labels);
}

static enum err add_manifest(struct log_batch *b, const struct min_party *p, struct slice name)
{
	uint16_t own = min_log_slot_label(b->log, p->slot);
	enum err e = batch_add(b, own, slice_of("manifest"), log_manifest(b->log, p));

	return e == ERR_OK ? batch_add(b, own, slice_of("name"), text_value(name)) : e;
}

/* Once in each label, whatever audiences it shares with its readers there. */
static enum err add_member(struct log_batch *b, size_t slot, const struct min_seat *s,
			   seat_set told[MIN_SLOTS])
{
	const struct min_log *log = b->log;
	const struct min_party *p = min_log_party(log, s->seat);
	uint16_t label[MIN_SLOTS];
	size_t labels = log_told_in(log, slot, s->seat, label);
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < labels; i++) {
		size_t to = label[i] - log_slot_base(log);
		char name[8 + MIN_ID_CHARS];

		if (told[to] & seat_bit(s->seat)) {
			continue;
		}
		told[to] |= seat_bit(s->seat);
		snprintf(name, sizeof name, "member/%s", p->id);
		e = batch_add(b, label[i], slice_of(name), json_true());
		snprintf(name, sizeof name, "name/%s", p->id);
		if (e == ERR_OK) {
			e = batch_add(b, label[i], slice_of(name), text_value(s->label));
		}
	}
	return e;
}

static enum err add_parties(struct log_batch *b, const struct min_input *in)
{
	seat_set told[MIN_SLOTS] = {0};
	enum err e = ERR_OK;

	if (in->notice.len) {
		e = batch_add(b, 0, slice_of("notice"), text_value(in->notice));
	}
	for (size_t i = 0; e == ERR_OK && i < in->seat_count; i++) {
		e = add_manifest(b, &b->log->party[i], in->seat[i].name);
	}
	for (size_t a = 0; e == ERR_OK && a < b->log->audience_count; a++) {
		for (size_t i = 0; e == ERR_OK && i < in->seat_count; i++) {
			if (b->log->audience[a].seats & seat_bit(in->seat[i].seat)) {
				e = add_member(b, b->log->audience[a].slot, &in->seat[i], told);
			}
		}
	}
	return e;
}

/* New reference; NULL: none that can be. */
static json_t *value_of(const struct min_log *log, const struct min_cell *c)
{
	const struct min_party *p;

	switch (c->kind) {
	case MIN_JSON:
		return json_incref((json_t *)c->json);
	case MIN_SEAT:
		p = min_log_party(log, c->seat);
		return json_sprintf("@%s", p ? p->id : "");
	case MIN_ROW:
		return json_string(log_row_id(log, c->ref));
	case MIN_PLACE:
		return json_pack("[s, I]", log_row_id(log, c->ref), (json_int_t)c->nth);
	}
	return NULL;
}

static struct slice name_of(const struct min_log *log, const struct min_cell *c, struct buf *out)
{
	struct slice column = c->kind == MIN_PLACE ? slice_of("place") : c->column;

	buf_clear(out);
	if (c->table.len) {
		buf_add_str(out, "row/");
		buf_add(out, c->table);
		buf_add_str(out, "/");
		buf_add_str(out, log_row_id(log, c->row));
		buf_add_str(out, "/");
	} else {
		buf_add_str(out, "field/");
	}
	buf_add(out, column);
	if (!c->table.len && c->named != SEAT_NONE) {
		const struct min_party *p = min_log_party(log, c->named);

		buf_printf(out, "/%s", p ? p->id : "");
	}
	return buf_slice(out);
}

static enum err add_cell(struct log_batch *b, const struct min_cell *c)
{
	const struct min_log *log = b->log;
	struct log_where where = log_place(log, c->readers, c->cls, c->audience);
	json_t *value = value_of(log, c);
	struct buf text = {0};
	struct slice name = name_of(log, c, &text);
	enum err e = value ? ERR_OK : ERR_PROTO;

	if (e == ERR_OK && where.in_class) {
		e = batch_add(b, 1u + c->cls, name, json_incref(value));
	}
	if (e == ERR_OK && where.in_audience) {
		e = batch_add(b, min_log_slot_label(log, log->audience[c->audience].slot), name,
			      json_incref(value));
	}
	for (size_t i = 0; e == ERR_OK && i < log->party_count; i++) {
		if (where.own & seat_bit(log->party[i].seat)) {
			e = batch_add(b, min_log_slot_label(log, log->party[i].slot), name,
				      json_incref(value));
		}
	}
	json_decref(value);
	buf_fini(&text);
	return e;
}

static enum err write_minutes(struct min_log *log, const struct min_input *in,
			      struct min_change *change)
{
	struct buf lines = {0};
	struct log_batch b;
	enum err e;

	log_make_entries(log, LOG_MINUTES);
	batch_init(&b, log, LOG_MINUTES, (int64_t)log->sealed);
	e = add_parties(&b, in);
	for (size_t i = 0; e == ERR_OK && i < in->cell_count; i++) {
		e = add_cell(&b, &in->cell[i]);
	}
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
		log_minutes_lines(log, &lines);
		e = log_write_entry(log, log->sealed, buf_slice(&lines), change);
	}
	batch_fini(&b);
	buf_fini(&lines);
	return e;
}

static void take_params(struct min_log *log, const struct min_params *p)
{
	log->origin = arena_dup(&log->mem, p->origin);
	log->parent = arena_dup(&log->mem, p->parent);
	log->rp = arena_dup(&log->mem, p->rp);
	log->sealed = p->sealed;
	log->deadline = p->deadline;
	memcpy(log->log_key, p->log_key, sizeof log->log_key);
	memcpy(log->attest_key, p->attest_key, sizeof log->attest_key);
}

enum err min_log_seal(const struct min_input *input, const struct min_params *params,
		      const struct min_port *port, struct min_log **out, struct min_change *change)
{
	struct change_mark before = change_mark(change);
	struct buf lines = {0};
	struct min_log *log;
	enum err e;

	if (input->seat_count + input->audience_count > MIN_SLOTS) {
		return ERR_RULE;
	}
	if (1 + input->class_count + MIN_SLOTS > MIN_LABELS) {
		return ERR_LIMIT;
	}
	if (!has_form(params) || !is_consistent(input)) {
		return ERR_PROTO;
	}
	log = log_create(port);
	take_params(log, params);
	take_roster(log, input);
	log_set_labels(log);
	draw_slots(log);
	number_rows(log, input);
	log_genesis_lines(log, &lines);
	e = log_write_entry(log, log->sealed, buf_slice(&lines), change);
	if (e == ERR_OK) {
		e = write_minutes(log, input, change);
	}
	if (e == ERR_OK) {
		change_body(change, log);
		*out = log;
	} else {
		change_back(change, before);
		min_log_free(log);
	}
	buf_fini(&lines);
	return e;
}
