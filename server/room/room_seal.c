/* What is sealed of a conference: the room as server/minutes wants it. schema/minutes.md §2 and §9.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/input.h"
#include "room/room_names.h"
#include "room/room_state.h"

struct filling {
	const struct room *r;
	struct arena *mem;
	struct min_input *in;
	json_t *held;
	seat_set roster;
	struct min_cell *cell;
	size_t cell_count, cell_cap;
	seat_set *audience;
	size_t audience_count;
	uint16_t *cls;       /* per class of the policy: which of in->cls; MIN_NONE */
	struct named *named; /* per seat of the roster, in its order */
};

static bool begins(const char *id, const char *with)
{
	return strncmp(id, with, strlen(with)) == 0;
}

/* ---- classes ---- */

/* Nobody reads or writes it in part. */
static bool is_whole(const struct schema *s, const struct schema_class *c)
{
	for (uint16_t role = 0; role < s->role_count; role++) {
		if (c->mark[role] == MARK_READ_ROWS || c->mark[role] == MARK_WRITE_OWN) {
			return false;
		}
	}
	return true;
}

static bool is_label(const struct schema *s, const struct schema_class *c)
{
	static const char *const single[] = {"conf.logistics", NAME_LEGAL_BASIS, "min.next_date"};

	for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
		if (strcmp(c->id, single[i]) == 0) {
			return true;
		}
	}
	return (begins(c->id, "plan.") || begins(c->id, "pplan.")) && is_whole(s, c);
}

static bool is_sealed_class(const char *id)
{
	static const char *const never[] = {"work.job_leads", "conf.preread", "conf.item_audience",
					    "min.signatures"};

	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		if (strcmp(id, never[i]) == 0) {
			return false;
		}
	}
	return begins(id, "plan.") || begins(id, "pplan.") || begins(id, "work.") ||
	       begins(id, "conf.") || begins(id, "min.");
}

static void fill_classes(struct filling *f)
{
	const struct schema *s = f->r->schema;
	struct min_class *cls = arena_alloc(f->mem, (s->cls_count + 1u) * sizeof *cls);

	f->cls = arena_alloc(f->mem, (s->cls_count + 1u) * sizeof *f->cls);
	f->in->cls = cls;
	for (uint16_t i = 0; i < s->cls_count; i++) {
		struct min_class *c = &cls[f->in->class_count];

		f->cls[i] = MIN_NONE;
		if (!is_label(s, &s->cls[i])) {
			continue;
		}
		*c = (struct min_class){.label = slice_of(s->cls[i].id)};
		for (unsigned seat = 0; seat < f->r->rights.seat_count; seat++) {
			/* Somebody else's row: grants of one's own rows do not count. */
			if ((f->roster & seat_bit(seat)) &&
			    rights_class_level(&f->r->rights, seat, i, 0).level != LEVEL_NONE) {
				c->readers |= seat_bit(seat);
			}
		}
		f->cls[i] = (uint16_t)f->in->class_count++;
	}
}

/* ---- who was invited, who sat together ---- */

/* Opened in a meeting that is sealed already, and not since. */
static bool is_of_another(const struct room *r, uint64_t item)
{
	const struct room_segment *s = meeting_segment_of(r, item);

	return s && sealing_holds_segment(r, s);
}

/* Whom the agenda names for an item that was never opened. */
static seat_set planned(const struct room *r, uint64_t item)
{
	char hex[HEX64_LEN + 1];
	char key[sizeof NAME_AGENDA "/" + HEX64_LEN + 1 + sizeof NAME_AGENDA_AUDIENCE];
	uint32_t at;
	int len;

	id_to_hex(item, hex);
	len = snprintf(key, sizeof key, NAME_AGENDA "/%s/" NAME_AGENDA_AUDIENCE, hex);
	at = cells_find(r, (struct slice){key, (size_t)len});
	return at == MAP_NONE ? 0 : value_seats(r, r->cell[at].value);
}

static seat_set item_audience(const struct room *r, uint64_t item)
{
	const struct room_segment *s = meeting_segment_of(r, item);

	return s ? s->audience : planned(r, item);
}

static bool is_invited(const struct room *r, unsigned seat)
{
	const struct seat *s = &r->rights.seat[seat];

	return s->live && !s->barred && strcmp(r->schema->role[s->role].id, NAME_ADMIN_ROLE) != 0;
}

static void find_roster(struct filling *f)
{
	const struct room *r = f->r;
	seat_set all = 0;

	for (size_t i = r->meeting.sealed; i < r->meeting.segment_count; i++) {
		all |= r->meeting.segment[i].audience;
	}
	for (size_t i = 0; i < r->meeting.item_count; i++) {
		if (!meeting_segment_of(r, r->meeting.item[i])) {
			all |= planned(r, r->meeting.item[i]);
		}
	}
	for (unsigned seat = 0; seat < r->rights.seat_count; seat++) {
		if ((all & seat_bit(seat)) && is_invited(r, seat)) {
			f->roster |= seat_bit(seat);
		}
	}
}

static struct slice text_of(const struct room_cell *c)
{
	return c->doc ? doc_text(c->doc)
		      : (struct slice){json_string_value(c->value), json_string_length(c->value)};
}

/*
 * What its row says of a party beside the display label: its own name. Who does not read that of
 * itself is called as others call it.
 */
static struct slice own_name(const struct filling *f, unsigned seat, const struct room_cell *label)
{
	struct slice key = slice_of(label->key);
	const struct room_cell *c;
	uint32_t at;

	while (key.ptr[key.len - 1] != '/') {
		key.len--;
	}
	at = cells_find(f->r, arena_printf(f->mem, "%.*s" NAME_PARTY_NAME, (int)key.len, key.ptr));
	c = at == MAP_NONE ? NULL : &f->r->cell[at];
	return c && text_of(c).len > 0 && cells_level(f->r, seat_bit(seat), c).level >= LEVEL_READ
		   ? text_of(c)
		   : text_of(label);
}

static void fill_seats(struct filling *f)
{
	const struct room *r = f->r;
	struct min_seat *seat = arena_alloc(f->mem, SEAT_MAX * sizeof *seat);

	f->named = arena_alloc(f->mem, SEAT_MAX * sizeof *f->named);
	f->in->seat = seat;
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		struct min_seat *s = &seat[f->in->seat_count];
		const struct room_cell *label =
		    r->seat[i].label_cell == MAP_NONE ? NULL : &r->cell[r->seat[i].label_cell];

		if (!(f->roster & seat_bit(i))) {
			continue;
		}
		*s = (struct min_seat){.seat = (uint8_t)i,
				       .wire = r->seat[i].wire,
				       .role = slice_of(r->schema->role[r->rights.seat[i].role].id),
				       .label = label ? text_of(label) : slice_of(r->seat[i].label),
				       .knows = seat_bit(i)};
		s->name = label ? own_name(f, i, label) : s->label;
		for (unsigned j = 0; j < r->rights.seat_count; j++) {
			if ((f->roster & seat_bit(j)) && cells_knows(r, seat_bit(i), j)) {
				s->knows |= seat_bit(j);
			}
		}
		named_init(&f->named[f->in->seat_count++], r, seat_bit(i), f->mem);
	}
}

/* Which of the audiences; made where it is new. MIN_NONE: none of the roster. */
static uint16_t audience_at(struct filling *f, seat_set set)
{
	set &= f->roster;
	for (size_t i = 0; i < f->audience_count; i++) {
		if (f->audience[i] == set) {
			return (uint16_t)i;
		}
	}
	return MIN_NONE;
}

static void add_audience(struct filling *f, seat_set set)
{
	if ((set & f->roster) && audience_at(f, set) == MIN_NONE) {
		f->audience[f->audience_count++] = set & f->roster;
	}
}

static void fill_audiences(struct filling *f)
{
	const struct room *r = f->r;

	f->audience = arena_alloc(f->mem, (r->meeting.segment_count + r->meeting.item_count + 1) *
					      sizeof *f->audience);
	for (size_t i = r->meeting.sealed; i < r->meeting.segment_count; i++) {
		add_audience(f, r->meeting.segment[i].audience);
	}
	for (size_t i = 0; i < r->meeting.item_count; i++) {
		if (!meeting_segment_of(r, r->meeting.item[i])) {
			add_audience(f, planned(r, r->meeting.item[i]));
		}
	}
	f->in->audience = f->audience;
	f->in->audience_count = f->audience_count;
}

/* ---- cells ---- */

static void add(struct filling *f, const struct min_cell *cell)
{
	if (cell->readers) {
		mem_room(&f->cell, &f->cell_cap, f->cell_count, sizeof *f->cell);
		f->cell[f->cell_count++] = *cell;
	}
}

static seat_set readers_of(const struct filling *f, const struct room_cell *c)
{
	seat_set set = 0;

	for (size_t i = 0; i < f->in->seat_count; i++) {
		unsigned seat = f->in->seat[i].seat;

		if (cells_level(f->r, seat_bit(seat), c).level != LEVEL_NONE) {
			set |= seat_bit(seat);
		}
	}
	return set;
}

static seat_set who_know(const struct filling *f, unsigned whom)
{
	seat_set set = 0;

	for (size_t i = 0; i < f->in->seat_count; i++) {
		set |= f->in->seat[i].knows & seat_bit(whom) ? seat_bit(f->in->seat[i].seat) : 0;
	}
	return set;
}

/* Only who may know of it; and somebody who was not invited has no id in the log. */
static void add_seat(struct filling *f, struct min_cell cell, unsigned whom)
{
	cell.kind = MIN_SEAT;
	cell.seat = (uint8_t)whom;
	cell.cls = MIN_NONE;
	if (f->roster & seat_bit(whom)) {
		cell.readers &= who_know(f, whom);
		add(f, &cell);
	}
}

/* A list of seats: one cell a seat. Between them it may have words that name nobody here. */
static void add_seats(struct filling *f, const struct min_cell *like, const json_t *list)
{
	seat_set all = value_seats(f->r, list);
	struct min_cell cell = *like;
	json_t *words = json_array();

	cell.cls = MIN_NONE;
	cell.audience = MIN_NONE;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!value_seats(f->r, json_array_get(list, i))) {
			json_array_append(words, json_array_get(list, i));
		}
	}
	json_array_append_new(f->held, words);
	if (json_array_size(words) > 0) {
		cell.json = words;
		add(f, &cell);
		cell.json = NULL;
	}
	for (unsigned i = 0; i < f->r->rights.seat_count; i++) {
		if (all & seat_bit(i)) {
			cell.named = (uint8_t)i;
			add_seat(f, cell, i);
		}
	}
}

/*
 * Words of a list name resources and classes, and not everybody is told all of them. Such a list
 * goes to each reader's own slot, also where all are told the same, so that nothing moves by it.
 */
static void add_list(struct filling *f, const struct min_cell *like, const struct room_cell *c)
{
	size_t count = json_array_size(c->value);
	struct min_cell cell = *like;

	cell.cls = MIN_NONE;
	cell.audience = MIN_NONE;
	for (size_t i = 0; i < f->in->seat_count; i++) {
		uint64_t told = named_told(f->r, &f->named[i], c);
		json_t *value;

		cell.readers = like->readers & seat_bit(f->in->seat[i].seat);
		if (!cell.readers || told == 0) {
			continue;
		}
		value = json_array();
		for (size_t k = 0; k < count; k++) {
			if (told >> k & 1) {
				json_array_append(value, json_array_get(c->value, k));
			}
		}
		json_array_append_new(f->held, value);
		cell.json = value;
		add(f, &cell);
	}
}

static bool is_empty(const json_t *v)
{
	return !v || json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0) ||
	       (json_is_array(v) && json_array_size(v) == 0);
}

static void add_text(struct filling *f, struct min_cell *cell, const struct room_cell *c)
{
	struct slice text = doc_text(c->doc);
	json_t *value = text.len ? json_stringn(text.ptr, text.len) : NULL;

	if (value) {
		json_array_append_new(f->held, value);
		cell->json = value;
		add(f, cell);
	}
}

/* Which fields an item opens on the screens is nothing that anybody signs. */
static bool is_for_screens(const struct schema_col *col)
{
	return strcmp(col->id, NAME_AGENDA ".fields") == 0;
}

static void add_cell(struct filling *f, const struct min_cell *like, const struct room_cell *c)
{
	const struct schema_col *col = &f->r->schema->col[c->place->col];
	struct min_cell cell = *like;

	if (!is_sealed_class(f->r->schema->cls[col->cls].id) || is_for_screens(col)) {
		return;
	}
	cell.readers = readers_of(f, c);
	if (c->doc) {
		add_text(f, &cell, c);
	} else if (is_empty(c->value)) {
		return;
	} else if (col->type == CELL_SEATS) {
		add_seats(f, &cell, c->value);
	} else if (col->type == CELL_LIST) {
		add_list(f, &cell, c);
	} else if (col->type == CELL_SEAT) {
		seat_set who = value_seats(f->r, c->value);

		if (who) {
			add_seat(f, cell, (unsigned)__builtin_ctzll(who));
		}
	} else {
		cell.json = c->value;
		add(f, &cell);
	}
}

static void add_field(struct filling *f, const struct room_cell *c)
{
	const struct schema_col *col = &f->r->schema->col[c->place->col];

	add_cell(f,
		 &(struct min_cell){.column = slice_of(col->id),
				    .named = SEAT_NONE,
				    .cls = f->cls[col->cls],
				    .audience = MIN_NONE},
		 c);
}

/* Rows of this table before it, of the same item and audience. */
static uint32_t rows_before(const struct room *r, const struct room_row *row)
{
	uint32_t n = 0;

	for (const struct room_row *b = r->row; b < row; b++) {
		n += b->table == row->table && b->cell_count > 0 &&
		     r->cell[b->first_cell].item == r->cell[row->first_cell].item &&
		     b->place[0].audience == row->place[0].audience && !b->place[0].is_sealed;
	}
	return n;
}

/* Which item it belongs to; and whose it is, where everybody writes their own. */
static void add_about_row(struct filling *f, const struct room_row *row,
			  const struct min_cell *like)
{
	const struct schema_table *t = &f->r->schema->table[row->table];
	const struct room_cell *main =
	    &f->r->cell[row->first_cell +
			(t->main_col == SCHEMA_NONE ? 0u : (unsigned)t->main_col - t->first_col)];
	struct min_cell cell = *like;

	cell.readers = readers_of(f, main);
	if (main->item) {
		cell.column = slice_of("place");
		cell.kind = MIN_PLACE;
		cell.ref = main->item;
		cell.nth = 1 + rows_before(f->r, row);
		add(f, &cell);
	}
	if (t->duty == DUTY_NONE && t->owner_role == SCHEMA_NONE && row->place[0].owner) {
		cell = *like;
		cell.readers = readers_of(f, main);
		cell.column = slice_of("by");
		add_seat(f, cell, (unsigned)__builtin_ctzll(row->place[0].owner));
	}
}

static void add_row(struct filling *f, const struct room_row *row)
{
	const struct room *r = f->r;
	const struct schema_table *t = &r->schema->table[row->table];
	bool is_item = strcmp(t->id, NAME_AGENDA) == 0;
	struct min_cell like = {
	    .table = slice_of(t->id), .named = SEAT_NONE, .cls = MIN_NONE, .audience = MIN_NONE};

	if (!id_from_hex((struct slice){row->key + strlen(t->id) + 1, HEX64_LEN}, &like.row) ||
	    row->cell_count == 0 || row->place[0].is_sealed ||
	    (is_item && is_of_another(r, like.row))) {
		return;
	}
	if (is_item) {
		like.audience = audience_at(f, item_audience(r, like.row));
	} else if (t->in_segment && row->place[0].has_audience) {
		like.audience = audience_at(f, row->place[0].audience);
	}
	for (uint32_t i = 0; i < row->cell_count; i++) {
		like.column = slice_of(r->schema->col[t->first_col + i].name);
		add_cell(f, &like, &r->cell[row->first_cell + i]);
	}
	if (t->in_segment && is_sealed_class(r->schema->cls[r->schema->col[t->first_col].cls].id)) {
		add_about_row(f, row, &like);
	}
}

static void fill_cells(struct filling *f)
{
	const struct room *r = f->r;
	struct min_cell *copy;

	for (size_t i = 0; i < r->cell_count; i++) {
		if (!r->cell[i].place->has_row) {
			add_field(f, &r->cell[i]);
		}
	}
	for (size_t i = 0; i < r->row_count; i++) {
		add_row(f, &r->row[i]);
	}
	copy = arena_alloc(f->mem, (f->cell_count + 1) * sizeof *copy);
	if (f->cell_count) {
		memcpy(copy, f->cell, f->cell_count * sizeof *copy);
	}
	free(f->cell);
	f->in->cell = copy;
	f->in->cell_count = f->cell_count;
}

json_t *room_seal_input(const struct room *r, struct arena *mem, struct min_input *out)
{
	struct filling f = {.r = r, .mem = mem, .in = out, .held = json_array()};

	*out = (struct min_input){0};
	find_roster(&f);
	fill_classes(&f);
	fill_seats(&f);
	fill_audiences(&f);
	fill_cells(&f);
	if (r->fictional && r->notice) {
		out->notice = slice_of(r->notice);
	}
	return f.held;
}
