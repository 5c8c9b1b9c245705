/*
 * The importer under libFuzzer. An input is one byte of options (bits: after, open_first, another
 * day, an office) and a case file. What is refused must be refused with a place, in few and
 * harmless words; what is taken must load: every record into a room, every value fit for its
 * column, every seat's page made.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "casefile/casefile.h"
#include "embedded.h"
#include "fuzz/mutate_json.h"
#include "room/room_state.h"
#include "view/view.h"

enum {
	OPTION_AFTER = 1,
	OPTION_OPEN_FIRST = 2,
	OPTION_SHIFT = 4,
	OPTION_OFFICE = 8, /* "rokusha-office/1" instead */
	WORDS_MAX = 120,   /* of an error, behind its place */
	PLACE_MAX = 400,   /* other_series[4095] as deep as it goes, and a key of 64 characters */
};

/* Loud, and never compiled away. */
#define MUST(CONDITION, ...)                                                                       \
	do {                                                                                       \
		if (!(CONDITION)) {                                                                \
			fprintf(stderr, "fuzz_import: %s: ", #CONDITION);                          \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static struct schema *schema;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t dice(void *arg)
{
	uint64_t *state = arg;
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct schema_source src = {
	    {(const char *)embedded_visibility_tsv, embedded_visibility_tsv_len},
	    {(const char *)embedded_roles_json, embedded_roles_json_len},
	    {(const char *)embedded_form_json, embedded_form_json_len}};
	char why[512] = "";

	(void)argc;
	(void)argv;
	json_object_seed(1); /* a finding is found again */
	MUST(sodium_init() >= 0, "no random numbers");
	MUST(schema_load(&src, &schema, why, sizeof why) == ERR_OK, "%s", why);
	return 0;
}

/* ---- what was refused ---- */

/* "$.parties[3].role: …" or "$: …" */
static void check_why(const char why[CASEFILE_WHY_BYTES])
{
	const char *end = memchr(why, '\0', CASEFILE_WHY_BYTES);
	const char *words;

	MUST(end, "the error does not end");
	for (const char *c = why; c < end; c++) {
		MUST(*c >= ' ' && *c <= '~', "the error has a byte %02x: %s", (unsigned char)*c,
		     why);
	}
	words = strstr(why, ": ");
	MUST(why[0] == '$' && words && words > why, "the error has no place: %s", why);
	MUST(why[1] == '.' || why[1] == ':', "no place: %s", why);
	MUST(words - why <= PLACE_MAX, "%td characters of place", words - why);
	MUST(end - words > 2 && end - words <= WORDS_MAX, "too few or many words: %s", why);
}

/* ---- what was taken ---- */

static void check_cell(const struct room *r, const struct room_cell *c)
{
	const struct schema_col *col = &schema->col[c->place->col];
	struct slice text = c->doc ? doc_text(c->doc) : (struct slice){0};

	if (c->doc) {
		MUST(utf8_is_text(text, true) && utf8_units(text) <= col->units_max,
		     "%s cannot be %.*s", c->key, text.len > 200 ? 200 : (int)text.len, text.ptr);
		return;
	}
	MUST(value_check(r, col, c->value) == ERR_OK, "%s cannot be %.200s", c->key,
	     json_dumps(c->value, JSON_ENCODE_ANY));
}

static void check_page(struct room *r, struct arena *mem, uint8_t seat)
{
	struct room_about about = room_about(r);
	struct view v = {.rights = room_rights(r), .viewer = seat_bit(seat), .actor = seat};
	struct view_snapshot s = {.fictional = about.fictional, .notice = about.notice};
	struct frame *f;
	json_t *page;

	v.seat = room_seats(r, mem, &v.seat_count);
	v.resource = room_resources(r, mem, &v.resource_count);
	s.cell = room_visible(r, v.viewer, mem, &s.cell_count);
	v.meet = room_meet(r, mem);
	f = view_snapshot(&v, &s);
	page = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);
	MUST(json_is_object(json_object_get(page, "me")), "seat %d has no page", seat);
	MUST(json_array_size(json_object_get(page, "cells")) <= s.cell_count, "more than there is");
	json_decref(page);
	frame_release(f);
}

static void check_room(const struct casefile *file, int64_t now_ms, bool deep);

/* What this seat may carry away comes in again. */
static void check_export(struct room *r, struct arena *mem, uint8_t seat, int64_t now_ms)
{
	uint64_t state = 2;
	struct casefile_options o = {
	    .now_ms = now_ms, .random = dice, .random_arg = &state, .after = true};
	struct view v = {.rights = room_rights(r), .viewer = seat_bit(seat), .actor = seat};
	struct view_export e = {{0}, NULL, 0, NULL, 0};
	char why[CASEFILE_WHY_BYTES] = "";
	struct casefile file;
	struct buf out = {0};
	struct frame *f;
	enum err written;

	v.seat = room_seats(r, mem, &v.seat_count);
	v.resource = room_resources(r, mem, &v.resource_count);
	v.meet = room_meet(r, mem);
	e.snapshot.cell = room_visible(r, v.viewer, mem, &e.snapshot.cell_count);
	e.party = room_parties(r, mem, &e.party_count);
	e.consent = room_consents(r, mem, &e.consent_count);
	f = view_export(&v, &e);
	written = casefile_write((struct slice){(const char *)frame_bytes(f), frame_len(f)}, schema,
				 &out, why);
	frame_release(f);
	if (written == ERR_OK) {
		MUST(casefile_read(buf_slice(&out), schema, &o, &file, why) == ERR_OK,
		     "what seat %d took away does not come in: %s", seat, why);
		check_room(&file, now_ms, false);
		casefile_fini(&file);
	} else {
		MUST(written == ERR_GONE, "seat %d: no export: %s", seat, why);
	}
	buf_fini(&out);
}

static void check_room(const struct casefile *file, int64_t now_ms, bool deep)
{
	struct room *r = room_create(schema, NULL);
	struct arena mem;
	size_t count;

	arena_init(&mem);
	for (size_t i = 0; i < file->record_count; i++) {
		const struct record *rec = &file->record[i];
		enum err e = room_replay(r, rec);

		MUST(utf8_is_valid(rec->body), "record %zu", i);
		MUST(e == ERR_OK, "record %zu (%s) does not load: %s: %.*s", i,
		     record_kind_name(rec->kind), err_text(e), (int)rec->body.len, rec->body.ptr);
	}
	MUST(room_replay_done(r, now_ms, false) == ERR_OK, "another policy");
	MUST(room_rights(r)->seat_count == file->seat_count, "seats");
	for (size_t i = 0; i < r->cell_count; i++) {
		check_cell(r, &r->cell[i]);
	}
	for (size_t i = 0; i < file->seat_count; i++) {
		MUST(file->seat[i].seat == i, "seat %zu", i);
		(void)room_visible(r, seat_bit(file->seat[i].seat), &mem, &count);
		MUST(count <= r->cell_count, "seat %zu sees more than there is", i);
		arena_reset(&mem);
	}
	if (file->seat_count > 0 &&
	    deep) { /* one page an input: they cost more than all the rest */
		uint8_t seat = (uint8_t)(file->record_count % file->seat_count);

		check_page(r, &mem, seat);
		check_export(r, &mem, seat, now_ms);
	}
	room_destroy(r);
	arena_fini(&mem);
}

static size_t rows_of(const struct casefile *file, const char *table)
{
	size_t len = strlen(table);
	size_t n = 0;

	for (size_t i = 0; i < file->record_count; i++) {
		struct slice cell = file->record[i].cell;

		n += file->record[i].kind == RECORD_ROW && cell.len > len && cell.ptr[len] == '/' &&
		     memcmp(cell.ptr, table, len) == 0;
	}
	return n;
}

/* Nothing is lost: as many rows as the file has entries, or more (from the script). */
static void check_entries(const struct casefile *file, const json_t *doc, bool after)
{
	static const struct {
		const char *in, *list, *table;
		bool always; /* before the meeting too, and in a statutory series */
	} kept[] = {
	    {NULL, "parties", "party", true},
	    {"conference", "agenda", "conf.agenda_items", true},
	    {"minutes", "decisions", "min.decisions", false},
	    {"minutes", "actions", "min.actions", false},
	    {"minutes", "dissents", "min.dissent", false},
	    {"minutes", "corrections", "min.corrections", false},
	    {"minutes", "signatures", "min.signatures", false},
	    {"conference", "attendance", "conf.attendance", false},
	    {NULL, "script", "min.utterances", false},
	};

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		const json_t *in = kept[i].in ? json_object_get(doc, kept[i].in) : doc;
		size_t entries = json_array_size(json_object_get(in, kept[i].list));

		MUST((!after && !kept[i].always) || rows_of(file, kept[i].table) >= entries,
		     "%zu of %zu %s", rows_of(file, kept[i].table), entries, kept[i].list);
	}
}

/* ---- another day ---- */

/* Who is meant by a record, without the days in it. */
static char *whose(const struct record *rec)
{
	static const char *const part[] = {"seat", "owner", "about", "audience", "shared", "role"};
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
	json_t *out = json_object();
	char *text;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		json_object_set(out, part[i], json_object_get(body, part[i]));
	}
	text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(out);
	json_decref(body);
	return text;
}

/* Moving a file in time changes nobody's rights. */
static void check_moved(struct slice text, const struct casefile_options *options,
			const struct casefile *moved)
{
	uint64_t state = 1;
	struct casefile_options o = *options;
	struct casefile file;
	char why[CASEFILE_WHY_BYTES];

	o.held_on = NULL;
	o.random_arg = &state;
	MUST(casefile_read(text, schema, &o, &file, why) == ERR_OK, "only on another day: %s", why);
	MUST(file.record_count == moved->record_count, "%zu records, moved %zu", file.record_count,
	     moved->record_count);
	for (size_t i = 0; i < file.record_count; i++) {
		char *a = whose(&file.record[i]);
		char *b = whose(&moved->record[i]);

		MUST(file.record[i].kind == moved->record[i].kind && strcmp(a, b) == 0,
		     "record %zu is %s, moved %s", i, a, b);
		free(a);
		free(b);
	}
	casefile_fini(&file);
}

static void office(struct slice text, const struct casefile_options *o,
		   char why[CASEFILE_WHY_BYTES])
{
	struct casefile file;
	enum err e = casefile_office(text, schema, o, &file, why);

	if (e != ERR_OK) {
		MUST(e == ERR_PROTO || e == ERR_LIMIT, "%s", err_text(e));
		check_why(why);
		return;
	}
	for (size_t i = 0; i < file.look_count; i++) {
		MUST(file.look[i].seat < file.seat_count, "nobody looks after %zu", i);
	}
	check_room(&file, o->now_ms, false);
	casefile_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned bits = size > 0 ? data[0] : 0;
	struct slice text = {(const char *)data + 1, size > 0 ? size - 1 : 0};
	uint64_t state = 1;
	struct casefile_options o = {.now_ms = 1794459600000,
				     .random = dice,
				     .random_arg = &state,
				     .held_on = bits & OPTION_SHIFT ? "2031-02-28" : NULL,
				     .after = bits & OPTION_AFTER,
				     .open_first = bits & OPTION_OPEN_FIRST};
	struct casefile file;
	char why[CASEFILE_WHY_BYTES];
	json_t *pending, *doc;
	enum err e;

	memset(why, 'x', sizeof why); /* so that a missing end is seen */
	if (bits & OPTION_OFFICE) {
		office(text, &o, why);
		return 0;
	}
	e = casefile_read(text, schema, &o, &file, why);
	if (e != ERR_OK) {
		MUST(e == ERR_PROTO || e == ERR_LIMIT, "%s", err_text(e));
		check_why(why);
		return 0;
	}
	pending = json_loadb(file.pending.ptr, file.pending.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(json_is_object(pending), "the pending script is not JSON");
	json_decref(pending);
	check_room(&file, o.now_ms, true);
	for (size_t i = 0; i < file.other_count; i++) {
		check_room(&file.other[i], o.now_ms, false);
	}
	doc = json_loadb(text.ptr, text.len, 0, NULL);
	check_entries(&file, doc, o.after);
	json_decref(doc);
	if (o.held_on) {
		check_moved(text, &o, &file);
	}
	casefile_fini(&file);
	return 0;
}
