/*
 * Other people's naughty strings through every place of the format where text may stand: into the
 * room and back to a seat that reads it, equal to the byte, or refused at that very place.
 */
#include <stdio.h>

#include "base/utf8.h"
#include "room/room.h"
#include "support/share.h"
#include "test_casefile_strings.h"

static struct full full; /* too large for a stack */

/* ---- what comes back ---- */

static bool is_text(const json_t *v, struct slice s)
{
	return json_is_string(v) && json_string_length(v) == s.len &&
	       memcmp(json_string_value(v), s.ptr, s.len) == 0;
}

static bool holds(const json_t *v, struct slice s)
{
	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++) {
			if (is_text(json_array_get(v, i), s)) {
				return true;
			}
		}
		return false;
	}
	return is_text(v, s);
}

/* Anywhere inside a string of the tree: dates, words and methods are put together to one text. */
static bool holds_part(const json_t *v, struct slice s)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (json_is_string(v)) {
		return s.len == 0 ||
		       memmem(json_string_value(v), json_string_length(v), s.ptr, s.len) != NULL;
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, inner)
	{
		if (holds_part(inner, s)) {
			return true;
		}
	}
	json_array_foreach(v, i, inner)
	{
		if (holds_part(inner, s)) {
			return true;
		}
	}
	return false;
}

/* "$.minutes.decisions[0].text" in what is kept for later. */
static const json_t *pending_at(const json_t *pending, const char *path)
{
	const json_t *v = pending;

	for (path += 1; v && *path;) {
		char part[64];
		size_t n = strcspn(path + 1, ".[") + 1;

		if (*path == '[') {
			v = json_array_get(v, strtoul(path + 1, NULL, 10));
		} else {
			snprintf(part, sizeof part, "%.*s", (int)n - 1, path + 1);
			v = json_object_get(v, part);
		}
		path += n;
	}
	return v;
}

/* One import, in a room. */
struct seen {
	struct room *room;
	struct arena mem;
	const struct cell_shown *cell[SEAT_MAX]; /* what each seat sees */
	size_t count[SEAT_MAX];
	json_t *pending;
	json_t *bodies;
};

static void see(struct seen *s, const struct rig *r)
{
	*s = (struct seen){.room = room_create(r->schema, NULL), .bodies = json_array()};
	arena_init(&s->mem);
	for (size_t i = 0; i < r->file.record_count; i++) {
		cr_assert_eq(room_replay(s->room, &r->file.record[i]), ERR_OK, "record %zu", i);
		json_array_append_new(s->bodies, rig_body(&r->file.record[i]));
	}
	cr_assert_eq(room_replay_done(s->room, r->options.now_ms, false), ERR_OK);
	s->pending = json_loadb(r->file.pending.ptr, r->file.pending.len, 0, NULL);
	cr_assert(s->pending);
}

static void unsee(struct seen *s)
{
	json_decref(s->pending);
	json_decref(s->bodies);
	room_destroy(s->room);
	arena_fini(&s->mem);
}

static bool seat_sees(struct seen *s, unsigned seat, uint16_t col, struct slice text)
{
	if (!s->cell[seat]) {
		s->cell[seat] = room_visible(s->room, seat_bit(seat), &s->mem, &s->count[seat]);
	}
	for (size_t i = 0; i < s->count[seat]; i++) {
		const struct cell_shown *c = &s->cell[seat][i];

		if (c->place.col == col &&
		    (c->value ? holds(c->value, text) : slice_eq(c->text, text))) {
			return true;
		}
	}
	return false;
}

/* Somebody sees it; who saw something of that column last is asked first. */
static bool anybody_sees(struct seen *s, uint16_t col, struct slice text)
{
	static unsigned reader[SCHEMA_NONE];
	unsigned count = room_rights(s->room)->seat_count;

	for (unsigned i = 0; i < count; i++) {
		unsigned seat = (reader[col] + i) % count;

		if (seat_sees(s, seat, col, text)) {
			reader[col] = seat;
			return true;
		}
	}
	return false;
}

/* What is about the whole file, or about another series, is checked and not stored. */
static bool is_stored(const struct full_place *p)
{
	static const char *const not [] = {"$.visibility_expectations", "$.forbidden_strings",
					   "$.canaries", "$.other_series"};

	for (size_t i = 0; i < sizeof not / sizeof *not ; i++) {
		if (strncmp(p->path, not [i], strlen(not [i])) == 0) {
			return false;
		}
	}
	return true;
}

/* Where it went: a column somebody reads, the script that is still to come, or a text made of it.
 */
static bool came_back(struct seen *s, const struct full_place *p, struct slice text, bool after)
{
	if (!is_stored(p)) {
		return true;
	}
	if (p->col != SCHEMA_NONE && anybody_sees(s, p->col, text)) {
		return true;
	}
	if (p->seats && slice_is(text, "self")) {
		return true; /* a role: its seats */
	}
	if (text.len == 0 || is_text(pending_at(s->pending, p->path), text)) {
		return true;
	}
	return p->col == SCHEMA_NONE && (after || holds_part(s->bodies, text));
}

/* ---- tests ---- */

/*
 * In round k place i has string i + k: every string at every place, a few hundred at a time.
 */
static void round_trip(struct rig *r, const struct strings *all, size_t k)
{
	const struct slice usual = slice_of("文");
	const struct slice *put[PLACES_MAX];
	struct seen seen;

	for (size_t i = 0; i < full.count; i++) {
		put[i] = &all->text[(i + k) % all->count];
		put[i] = full_fits(&full.place[i], *put[i]) && put[i]->len < 4096 ? put[i] : &usual;
		full_set(&full.place[i], *put[i]);
	}
	rig_must(r);
	see(&seen, r);
	for (size_t i = 0; i < full.count; i++) {
		cr_assert(came_back(&seen, &full.place[i], *put[i], r->options.after),
			  "%s lost '%.*s' (%s)", full.place[i].path, (int)put[i]->len, put[i]->ptr,
			  r->options.after ? "after" : "before");
	}
	unsee(&seen);
}

static void all_round_trips(bool after)
{
	struct share share = share_init();
	struct strings all;
	struct rig r;

	strings_init(&all);
	rig_init(&r, NULL);
	for (int or_text = 0; or_text < 2; or_text++) {
		full_init(&full, r.schema, or_text);
		cr_assert_gt(full.count, 300);
		r.doc = full.doc;
		r.options.after = after;
		/* The second form differs in two places only; the end state in the minutes. */
		for (size_t k = 0; k < all.count; k += or_text ? 40 : after ? 5 : 1) {
			if (share_has(&share)) {
				round_trip(&r, &all, k);
			}
		}
		r.doc = NULL;
		full_fini(&full);
	}
	share_fini(&share, "rounds");
	rig_fini(&r);
	strings_fini(&all);
}

Test(casefile_text, what_fits_comes_back_before_the_meeting, .timeout = 300)
{
	all_round_trips(false);
}

Test(casefile_text, what_fits_comes_back_after_the_meeting, .timeout = 300)
{
	all_round_trips(true);
}

/* ---- ids ---- */

static struct buf with_id(const char *text, const char *id)
{
	struct buf out = {0};
	json_t *v = json_string(id);
	char *token = json_dumps(v, JSON_ENCODE_ANY);

	for (const char *at = text; *at;) {
		if (strncmp(at, "\"" FULL_ID "\"", 3) == 0) {
			buf_add_str(&out, token);
			at += 3;
		} else {
			buf_add(&out, (struct slice){at++, 1});
		}
	}
	free(token);
	json_decref(v);
	return out;
}

Test(casefile_text, ids_of_any_letters, .timeout = 300)
{
	struct share share = share_init();
	struct strings all;
	struct rig r;
	char *text;
	size_t taken = 0;

	strings_init(&all);
	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	text = json_dumps(full.doc, JSON_COMPACT);
	for (size_t n = 0; n < all.count; n++) {
		struct slice id = all.text[n];
		bool good = id.len > 0 && !strings_has_control(id, false) &&
			    utf8_units(id) <= FULL_ID_UNITS;
		struct buf file;

		if (id.len > 4096 || memchr(id.ptr, '\0', id.len)) {
			continue;
		}
		taken += good;
		if (!share_has(&share)) {
			continue;
		}
		file = with_id(text, id.ptr);
		cr_assert_eq(rig_read_text(&r, buf_slice(&file)) == ERR_OK, good, "'%s': %s",
			     id.ptr, r.why);
		if (good) {
			cr_assert(slice_eq(r.file.series, id));
			cr_assert(slice_eq(r.file.seat[0].name, id));
		} else {
			cr_assert(strncmp(r.why, "$.parties[0].id: ", 17) == 0 ||
				      strncmp(r.why, "$.household.members[0].id: ", 27) == 0,
				  "%s", r.why);
		}
		buf_fini(&file);
	}
	share_fini(&share, "ids");
	cr_assert_gt(taken, 400);
	free(text);
	full_fini(&full);
	rig_fini(&r);
	strings_fini(&all);
}

/* Ids that look alike are not the same. */
Test(casefile_text, composed_and_not_are_two)
{
	static const char *const pair[] = {"が", "か\xE3\x82\x99"};
	struct rig r;
	char text[256];

	rig_init(&r, "tests/cases/case-1.json");
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, "{'id':'%s','role':'kp','display_label':'%s'}", pair[i],
			 pair[i]);
		rig_append(&r, "parties", text);
		snprintf(text, sizeof text, "{'id':'%s','name':'%s'}", pair[i], pair[i]);
		rig_append(&r, "resources", text);
		snprintf(text, sizeof text, "{'id':'%s','name':'%s'}", pair[i], pair[i]);
		rig_append(&r, "household/members", text);
	}
	rig_must(&r);
	for (size_t i = 0; i < 2; i++) {
		const struct casefile_seat *seat = &r.file.seat[r.file.seat_count - 2 + i];

		cr_expect(slice_is(seat->name, pair[i]));
		cr_expect(slice_is(seat->label, pair[i]));
		snprintf(text, sizeof text, "\"name\":\"%s\"", pair[i]);
		cr_expect(rig_holds(&r, text), "%s", text);
	}
	rig_append(&r, "parties", "{'id':'が','role':'kp'}");
	cr_assert_eq(rig_read(&r), ERR_PROTO);
	cr_assert(strstr(r.why, "].id: used twice"), "%s", r.why);
	rig_fini(&r);
}

/* ---- bytes that are no text ---- */

/* The bytes as they are between the quotes of a value. */
static enum err read_bytes(struct rig *r, const char *before, struct slice bytes, const char *after)
{
	struct buf file = {0};
	enum err e;

	buf_add_str(&file, before);
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '"' || bytes.ptr[i] == '\\') {
			buf_add_str(&file, "\\");
		}
		buf_add(&file, (struct slice){bytes.ptr + i, 1});
	}
	buf_add_str(&file, after);
	e = rig_read_text(r, buf_slice(&file));
	buf_fini(&file);
	return e;
}

Test(casefile_text, malformed_bytes_are_no_text)
{
	struct share share = share_init();
	static const char mark[] = "MARK";
	struct strings all = {0};
	struct buf test = rig_file("tests/vectors/shared/UTF-8-test.txt");
	struct rig r;
	char *text, *hit;
	size_t refused = 0;

	cr_assert(sodium_init() >= 0);
	arena_init(&all.mem);
	strings_add_hex(&all, false);
	for (size_t at = 0; at < test.len;) {
		struct slice rest = {test.ptr + at, test.len - at};
		const char *end = memchr(rest.ptr, '\n', rest.len);

		rest.len = end ? (size_t)(end - rest.ptr) : rest.len;
		strings_add(&all, rest);
		at += rest.len + 1;
	}
	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	json_object_set_new(json_object_get(full.doc, "person"), "life_history", json_string(mark));
	text = json_dumps(full.doc, JSON_COMPACT);
	hit = strstr(text, mark);
	*hit = '\0';
	for (size_t n = 0; n < all.count; n++) {
		bool good = utf8_is_valid(all.text[n]) && !strings_has_control(all.text[n], false);

		refused += !good;
		if (!share_has(&share)) {
			continue;
		}
		cr_assert_eq(read_bytes(&r, text, all.text[n], hit + strlen(mark)) == ERR_OK, good,
			     "%zu: %s", n, r.why);
		cr_assert(good || strncmp(r.why, "$: line 1, column ", 18) == 0 ||
			      (utf8_is_valid(all.text[n]) &&
			       strncmp(r.why, "$.person.life_history: ", 23) == 0),
			  "%s", r.why);
	}
	share_fini(&share, "lines of bytes");
	cr_assert_gt(refused, 200);
	free(text);
	full_fini(&full);
	rig_fini(&r);
	strings_fini(&all);
	buf_fini(&test);
}
