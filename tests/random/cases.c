/*
 * Plays random cases. Standard input: a line each {"case":…,"options":…,"script":[…]}; standard
 * output: a line each, {"why":…} when the case is refused, else what came of every act and the
 * very bytes each seat and board would be shown at the end. tests/random/run.mjs compares them.
 * options: now (ms), dice, end (ms), after?, boards [[party,…],…], export [party,…]?
 * Usage: cases [SCHEMA_DIR]
 */
#include <sodium.h>
#include <unistd.h>

#include "random/say.h"
#include "view/view.h"

static void add_json(struct buf *out, const json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_add_str(out, text);
	free(text);
}

static void add_text(struct buf *out, struct slice s)
{
	json_t *v = json_stringn(s.ptr ? s.ptr : "", s.len);

	add_json(out, v);
	json_decref(v);
}

/* ---- what is shown ---- */

static struct view view_of(struct room *room, seat_set viewer, uint8_t actor, bool board,
			   struct arena *mem)
{
	struct view v = {
	    .rights = room_rights(room), .viewer = viewer, .actor = actor, .board = board};

	v.seat = room_seats(room, mem, &v.seat_count);
	v.resource = room_resources(room, mem, &v.resource_count);
	v.meet = room_meet(room, mem);
	return v;
}

/* The frame a viewer would get if it came now. */
static void add_snapshot(struct buf *out, struct room *room, seat_set viewer, uint8_t actor,
			 bool board, struct arena *mem)
{
	struct view v = view_of(room, viewer, actor, board, mem);
	struct room_about about = room_about(room);
	struct view_snapshot s = {.fictional = about.fictional, .notice = about.notice};
	struct frame *frame;

	s.cell = room_visible(room, viewer, mem, &s.cell_count);
	frame = view_snapshot(&v, &s);
	if (frame) {
		buf_add(out, (struct slice){(const char *)frame_bytes(frame), frame_len(frame)});
		frame_release(frame);
	} else {
		buf_add_str(out, "null");
	}
}

/* What a seat may take with it as a case file; null where it reads too little for one. */
static void print_export(struct buf *out, struct room *room, const struct schema *schema,
			 uint8_t seat)
{
	const struct seat *held = &room_rights(room)->seat[seat];
	char why[CASEFILE_WHY_BYTES];
	struct view_export e = {{0}, NULL, 0, NULL, 0};
	struct buf text = {0};
	struct frame *frame;
	struct arena mem;
	struct view v;

	if (!held->live || held->barred) {
		buf_add_str(out, "null");
		return;
	}
	arena_init(&mem);
	v = view_of(room, seat_bit(seat), seat, false, &mem);
	e.snapshot.cell = room_visible(room, v.viewer, &mem, &e.snapshot.cell_count);
	e.party = room_parties(room, &mem, &e.party_count);
	e.consent = room_consents(room, &mem, &e.consent_count);
	frame = view_export(&v, &e);
	if (casefile_write((struct slice){(const char *)frame_bytes(frame), frame_len(frame)},
			   schema, &text, why) == ERR_OK) {
		json_t *o = json_loadb(text.ptr, text.len, 0, NULL);

		add_json(out, o); /* on one line */
		json_decref(o);
	} else {
		buf_add_str(out, "null");
	}
	buf_fini(&text);
	frame_release(frame);
	arena_fini(&mem);
}

static seat_set seats_named(const struct play *p, const json_t *list)
{
	seat_set set = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		set |= seat_bit(
		    room_seat_find(p->room, slice_of(json_string_value(json_array_get(list, i)))));
	}
	return set;
}

static void add_boards(struct buf *out, const struct play *p, const json_t *boards,
		       struct arena *mem)
{
	for (size_t i = 0; i < json_array_size(boards); i++) {
		seat_set set = seats_named(p, json_array_get(boards, i));

		buf_add_str(out, i ? "," : "");
		add_snapshot(out, p->room, set, (uint8_t)__builtin_ctzll(set), true, mem);
	}
}

/* Names for the ids in the frames. */
static void add_names(struct buf *out, const struct play *p)
{
	buf_add_str(out, ",\"seats\":[");
	for (size_t i = 0; i < p->file->seat_count; i++) {
		buf_add_str(out, i ? "," : "");
		add_text(out, p->file->seat[i].wire);
	}
	buf_add_str(out, "],\"rows\":[");
	for (size_t i = 0; i < p->row_count; i++) {
		buf_add_str(out, i ? "," : "");
		add_text(out, p->row[i]);
	}
	buf_add_str(out, "]");
}

/* The room rebuilt from what was kept must show the same bytes to everybody. */
static const char *restarted(const struct play *p, const struct buf *shown, size_t from)
{
	struct room *again = play_rebuild(p);
	struct buf once_more = {0};
	struct arena mem;
	const char *found = "ok";

	if (!again) {
		return "does not load";
	}
	arena_init(&mem);
	for (unsigned s = 0; s < p->file->seat_count; s++) {
		buf_add_str(&once_more, s ? "," : "");
		add_snapshot(&once_more, again, seat_bit(s), (uint8_t)s, false, &mem);
	}
	if (once_more.len != shown->len - from ||
	    memcmp(once_more.ptr, shown->ptr + from, once_more.len) != 0) {
		found = "shows something else";
	} else if (room_deadline(again) != room_deadline(p->room)) {
		found = "has another deadline";
	}
	arena_fini(&mem);
	buf_fini(&once_more);
	room_destroy(again);
	return found;
}

static void add_end(struct buf *out, const struct play *p, const json_t *options)
{
	struct arena mem;
	const char *again;
	const json_t *exports = json_object_get(options, "export");
	size_t from;

	arena_init(&mem);
	add_names(out, p);
	buf_add_str(out, ",\"snaps\":[");
	from = out->len;
	for (unsigned s = 0; s < p->file->seat_count; s++) {
		buf_add_str(out, s ? "," : "");
		add_snapshot(out, p->room, seat_bit(s), (uint8_t)s, false, &mem);
	}
	again = restarted(p, out, from);
	buf_add_str(out, "],\"boards\":[");
	add_boards(out, p, json_object_get(options, "boards"), &mem);
	buf_printf(out, "],\"restart\":\"%s\",\"export\":[", again);
	for (size_t i = 0; i < json_array_size(exports); i++) {
		const char *name = json_string_value(json_array_get(exports, i));

		buf_add_str(out, i ? "," : "");
		print_export(out, p->room, p->schema, room_seat_find(p->room, slice_of(name)));
	}
	buf_add_str(out, "]}\n");
	arena_fini(&mem);
}

/* ---- a line ---- */

static void play_line(struct buf *out, const struct schema *schema, const json_t *line)
{
	const json_t *options = json_object_get(line, "options");
	const json_t *script = json_object_get(line, "script");
	char *text = json_dumps(json_object_get(line, "case"), JSON_COMPACT | JSON_ENCODE_ANY);
	char why[CASEFILE_WHY_BYTES] = "";
	struct play p;

	if (!text || !play_begin(&p, schema, slice_of(text), options, why)) {
		buf_add_str(out, "{\"why\":");
		add_text(out, slice_of(why));
		buf_add_str(out, "}\n");
	} else {
		buf_add_str(out, "{\"acts\":[");
		for (size_t i = 0; i < json_array_size(script); i++) {
			buf_printf(out, "%s\"%s\"", i ? "," : "",
				   play_act(&p, json_array_get(script, i)));
		}
		buf_add_str(out, "]");
		play_end(&p, (int64_t)json_integer_value(json_object_get(options, "end")));
		add_end(out, &p, options);
	}
	free(text);
	if (text) {
		play_fini(&p);
	}
}

static void read_file(const char *dir, const char *name, struct buf *out)
{
	char path[1024];
	char block[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(2);
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(out, (struct slice){block, n});
	}
	fclose(f);
}

static struct schema *read_schema(const char *dir)
{
	struct buf tsv = {0}, roles = {0}, form = {0};
	struct schema_source src;
	struct schema *schema = NULL;
	char why[512];

	read_file(dir, "visibility.tsv", &tsv);
	read_file(dir, "roles.json", &roles);
	read_file(dir, "form.json", &form);
	src = (struct schema_source){buf_slice(&tsv), buf_slice(&roles), buf_slice(&form)};
	if (schema_load(&src, &schema, why, sizeof why) != ERR_OK) {
		fprintf(stderr, "%s\n", why);
		exit(2);
	}
	buf_fini(&tsv);
	buf_fini(&roles);
	buf_fini(&form);
	return schema;
}

int main(int argc, char **argv)
{
	struct schema *schema;
	struct buf out = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	if (sodium_init() < 0) {
		return 2;
	}
	schema = read_schema(argc > 1 ? argv[1] : "schema");
	while ((len = getline(&line, &cap, stdin)) > 0) {
		json_t *o = json_loadb(line, (size_t)len, 0, NULL);

		buf_clear(&out);
		play_line(&out, schema, o);
		json_decref(o);
		if (fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
			return 2;
		}
	}
	free(line);
	buf_fini(&out);
	schema_destroy(schema);
	return 0;
}
