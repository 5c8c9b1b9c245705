/* What a room may hold: at each limit it is taken, one above is refused or the oldest forgotten. */
#include "base/limits.h"
#include "room/room_state.h"
#include "support/meeting.h"
#include "support/variant.h"

/* ---- items opened ---- */

static void chair_alone(struct rig *r)
{
	rig_init(r, CASE_1, MEETING_1, 7);
	rig_join(r, conn_of(r, "p-ps"), "p-ps");
}

Test(room_limits, items_opened)
{
	struct rig r;
	struct record last;
	struct room *again;

	chair_alone(&r);
	for (int i = 0; i < LIMIT_ROOM_SEGMENTS; i++) {
		YES(open_item(&r, "p-ps", i % 2 ? "2" : "1"));
	}
	last = r.fx.record[r.fx.record_count - 1];
	cr_assert_eq(last.kind, RECORD_SEGMENT);
	last.body = arena_dup(&r.mem, last.body);
	NO(ERR_LIMIT, open_item(&r, "p-ps", "1"));
	IS(state(&r, "p-ps", item(&r, "2")), "now");
	YES(type_text(&r, "p-ps", GOAL, "まだ書ける"));
	YES(close_item(&r, "p-ps", 1));
	NO(ERR_LIMIT, open_item(&r, "p-ps", "1"));
	survives(&r);
	again = rig_rebuild(&r);
	cr_expect_eq(room_replay(again, &last), ERR_PROTO, "no journal has one more");
	room_destroy(again);
	rig_fini(&r);
}

/* ---- editor instances ---- */

#define FIELD "case.title"

static void join_as(struct rig *r, unsigned client)
{
	char text[96];

	rig_event(r, ROOM_LEAVE, 1, rig_seat(r, "p-ps"), NULL);
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\"}", 0x1000u + client);
	rig_send(r, 1, "p-ps", text);
}

/* Its request, the first time or again: the words and the version it is based on are its own. */
static enum err set_as(struct rig *r, unsigned client, uint64_t first)
{
	char text[160];

	join_as(r, client);
	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":1,\"cell\":\"" FIELD
		 "\",\"base\":%llu,\"value\":\"題 %u\"}",
		 (unsigned long long)(first + client), client);
	rig_send(r, 1, "p-ps", text);
	return answer_of(r, 1);
}

Test(room_limits, editor_instances_remembered)
{
	struct rig r;
	uint64_t first;
	size_t kept;

	rig_init(&r, CASE_1, MEETING_1, 7);
	first = ver_of(&r, "p-ps", FIELD);
	YES(set_as(&r, 0, first));
	YES(set_as(&r, 1, first));
	while (r.room->client_count < LIMIT_ROOM_CLIENTS - 1) { /* to come and go takes longer */
		dedupe_keep(r.room, 0x100000 + r.room->client_count, 0,
			    &(struct room_answer){.ref = 1});
	}
	YES(set_as(&r, 2, first));
	cr_assert_eq(r.room->client_count, LIMIT_ROOM_CLIENTS);
	kept = r.kept_count;
	YES(set_as(&r, 0, first));
	YES(set_as(&r, 2, first));
	cr_expect_eq(r.kept_count, kept, "each is told what it was told, and nothing is done");
	YES(set_as(&r, 3, first));
	cr_expect_eq(r.room->client_count, LIMIT_ROOM_CLIENTS);
	kept = r.kept_count;
	NO(ERR_STALE, set_as(&r, 0, first));
	YES(set_as(&r, 1, first));
	YES(set_as(&r, 3, first));
	cr_expect_eq(r.kept_count, kept, "the forgotten one is judged anew: nothing is done twice");
	cr_expect_eq(ver_of(&r, "p-ps", FIELD), first + 4);
	rig_fini(&r);
}

/* ---- changes that can be mapped over ---- */

/* The room is filled in units of these; a text alone may have two MiB. */
enum { LONG = 30000, SHORT = 1000, OF_A_TEXT = 1900 * 1024, TEXTS = 10 };

static const char *const texts[TEXTS] = {"case.safety_flag",
					 "person.comm_needs",
					 "person.life_history",
					 "assess.three_poverty.economic",
					 "assess.three_poverty.physical",
					 "assess.three_poverty.relational",
					 "assess.background",
					 "assess.strengths",
					 "assess.risk_note",
					 "plan.gap_note"};

static struct doc *doc_of(struct rig *r, const char *key)
{
	return r->room->cell[cells_find(r->room, slice_of(key))].doc;
}

/* `tail` so that the change is as long as the text. */
static const char *tail_of(const struct doc *d, char out[24])
{
	out[0] = '\0';
	if (d->body.units) {
		snprintf(out, 24, ",%u", d->body.units);
	}
	return out;
}

/* So many letters come, and go again where `back`: two changes of one request. */
static enum err push(struct rig *r, const char *key, uint64_t base, size_t count,
		     const char *letter, bool back)
{
	const struct doc *d = doc_of(r, key);
	struct buf text = {0};
	char tail[24];

	buf_printf(&text,
		   "{\"t\":\"edit\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"changes\":[[[0,\"",
		   (unsigned long long)++r->ref, key, (unsigned long long)base);
	for (size_t i = 0; i < count; i++) {
		buf_add_str(&text, letter);
	}
	buf_printf(&text, "\"]%s]", tail_of(d, tail));
	if (back) {
		buf_printf(&text, ",[[%zu]%s]", count, tail);
	}
	buf_add_str(&text, "]}");
	buf_add(&text, (struct slice){"", 1});
	rig_send(r, conn_of(r, "p-ps"), "p-ps", text.ptr);
	buf_fini(&text);
	return answer_of(r, conn_of(r, "p-ps"));
}

static void typed(struct rig *r, const char *key, size_t count, bool back)
{
	YES(push(r, key, doc_of(r, key)->ver, count, "x", back));
}

static size_t left(const struct rig *r)
{
	return LIMIT_ROOM_HISTORY_BYTES - r->room->history_bytes;
}

/* Full but for so few letters that one change takes them; into `ver` where each text stood. */
static void fill(struct rig *r, uint64_t ver[TEXTS])
{
	for (size_t i = 0; i < TEXTS; i++) {
		const struct doc *d = doc_of(r, texts[i]);

		ver[i] = d->ver;
		while (d->step_bytes < OF_A_TEXT && left(r) > 2 * LONG) {
			typed(r, texts[i], LONG, true);
		}
		while (d->step_bytes < OF_A_TEXT && left(r) > 3 * SHORT) {
			typed(r, texts[i], SHORT, true);
		}
	}
	cr_assert(left(r) > SHORT && left(r) <= 3 * SHORT);
}

/* The last change, so that `more` bytes more than the limit are held with it. */
static void fill_up(struct rig *r, size_t more)
{
	const struct doc *d = doc_of(r, texts[TEXTS - 1]);
	size_t sections = d->body.units ? 2 : 1;

	typed(r, texts[TEXTS - 1], left(r) + more - sections * sizeof(struct change_section),
	      false);
}

static size_t fences_raised(struct rig *r, const uint64_t ver[TEXTS])
{
	size_t n = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		n += doc_of(r, texts[i])->fence != ver[i];
	}
	return n;
}

Test(room_limits, changes_kept_of_all_texts, .timeout = 120)
{
	struct rig r;
	uint64_t ver[TEXTS];

	chair_alone(&r);
	fill(&r, ver);
	fill_up(&r, 0);
	cr_expect_eq(r.room->history_bytes, LIMIT_ROOM_HISTORY_BYTES);
	cr_expect_eq(fences_raised(&r, ver), 0, "all can still be mapped over");
	rig_fini(&r);
}

/* What the oldest words are based on is forgotten; who wrote them is sent the text as it stands. */
Test(room_limits, one_byte_more_of_changes, .timeout = 120)
{
	struct rig r;
	uint64_t ver[TEXTS];
	size_t longest = 0;
	struct slice text;
	const struct fx *fresh;

	chair_alone(&r);
	fill(&r, ver);
	for (size_t i = 1; i < TEXTS; i++) {
		longest = doc_of(&r, texts[i])->step_bytes > doc_of(&r, texts[longest])->step_bytes
			      ? i
			      : longest;
	}
	text = arena_dup(&r.mem, doc_text(doc_of(&r, texts[longest])));
	fill_up(&r, 1);
	cr_expect_eq(fences_raised(&r, ver), 1);
	cr_expect_eq(doc_of(&r, texts[longest])->step_bytes, 0, "that of the longest");
	cr_expect_leq(r.room->history_bytes, LIMIT_ROOM_HISTORY_BYTES - OF_A_TEXT);
	cr_expect(slice_eq(doc_text(doc_of(&r, texts[longest])), text), "no text is another");
	NO(ERR_OLD, push(&r, texts[longest], ver[longest], 1, "x", false));
	fresh = rig_fx(&r, FX_CELLS, conn_of(&r, "p-ps"));
	cr_assert(fresh && fresh->cell_count == 1 && slice_eq(fresh->cell[0].text, text));
	YES(push(&r, texts[longest == 0], ver[longest == 0], 1, "x", false));
	survives(&r);
	rig_fini(&r);
}

/* ---- texts and values ---- */

static enum err grow(struct rig *r, const char *key, size_t count, const char *letter)
{
	return push(r, key, doc_of(r, key)->ver, count, letter, false);
}

/* What the room may still grow by. */
static size_t space(const struct rig *r)
{
	return LIMIT_ROOM_BYTES - r->room->bytes;
}

Test(room_limits, bytes_of_all_texts, .timeout = 120)
{
	enum { PIECE = 20000 };
	const char *const last = texts[TEXTS - 1];
	struct rig r;

	chair_alone(&r);
	for (size_t i = 0; i < r.room->cell_count && space(&r) > 4 * PIECE; i++) {
		const char *key = r.room->cell[i].key;

		while (r.room->cell[i].doc && strcmp(key, last) != 0 && space(&r) > 4 * PIECE &&
		       grow(&r, key, PIECE, "字") == ERR_OK) {
		}
	}
	cr_assert(space(&r) > PIECE && space(&r) <= 4 * PIECE, "%zu", space(&r));
	while (space(&r) > PIECE) {
		YES(grow(&r, last, PIECE / 2, "x"));
	}
	YES(grow(&r, last, space(&r), "x"));
	cr_expect_eq(r.room->bytes, LIMIT_ROOM_BYTES);
	NO(ERR_LIMIT, grow(&r, last, 1, "x"));
	NO(ERR_LIMIT, grow(&r, GOAL, 1, "x"));
	cr_expect_eq(r.room->bytes, LIMIT_ROOM_BYTES, "nothing is lost, nothing is added");
	YES(say(&r, "p-ps", "'t':'edit','cell':'%s','base':%llu,'changes':[[[1],%u]]", last,
		(unsigned long long)doc_of(&r, last)->ver, doc_of(&r, last)->body.units - 1));
	YES(grow(&r, GOAL, 1, "x"));
	survives(&r);
	rig_fini(&r);
}

/* One text alone, in units of UTF-16: a character of two of them fits whole or not at all. */
Test(room_limits, units_of_one_text)
{
	enum { PART = LIMIT_TEXT_UNITS / 4 };
	const char *const key = texts[0];
	struct rig r;

	chair_alone(&r);
	for (int i = 0; i < 3; i++) {
		YES(grow(&r, key, PART / 2, "𠮷"));
	}
	YES(grow(&r, key, LIMIT_TEXT_UNITS - 1 - doc_of(&r, key)->body.units, "x"));
	NO(ERR_LIMIT, grow(&r, key, 1, "𠮷"));
	YES(grow(&r, key, 1, "字"));
	cr_expect_eq(doc_of(&r, key)->body.units, LIMIT_TEXT_UNITS);
	NO(ERR_LIMIT, grow(&r, key, 1, "x"));
	cr_expect_eq(doc_of(&r, key)->body.units, LIMIT_TEXT_UNITS);
	survives(&r);
	rig_fini(&r);
}

/* ---- rows ---- */

/* The shipped tables are so wide that the cells are used up first; this one is not. */
/* clang-format off */ /* it would break the lines inside the strings */
#define NARROW \
	{"\"tables\": [", \
	 "\"tables\": [{\"id\": \"mon.tick\", \"label\": \"ひとこと\", \"columns\": [" \
	 "{\"name\": \"text\", \"label\": \"ことば\", \"class\": \"mon.note\", \"type\": \"line\"}]},"}
/* clang-format on */

static struct variant narrow;

static void start_narrow(struct rig *r)
{
	struct buf json = rig_file(CASE_1);

	VARIANT(&narrow, NARROW);
	rig_init_policy(r, narrow.schema, buf_slice(&json), MEETING_1, 7);
	narrow.schema = NULL;
	rig_join(r, conn_of(r, "p-ps"), "p-ps");
	buf_fini(&json);
}

static void over_narrow(struct rig *r)
{
	YES(type_text(r, "p-ps", GOAL, "まだ書ける"));
	survives(r);
	rig_fini(r);
	variant_fini(&narrow);
}

static enum err add_row(struct rig *r, const char *table)
{
	return say(r, "p-ps", "'t':'row','table':'%s','cells':{'text':'よい'}", table);
}

Test(room_limits, rows_of_a_narrow_table)
{
	struct rig r;

	start_narrow(&r);
	while (r.room->row_count < LIMIT_ROOM_ROWS) {
		YES(add_row(&r, "mon.tick"));
	}
	cr_assert_lt(r.room->cell_count, LIMIT_ROOM_CELLS, "there is room for cells");
	NO(ERR_LIMIT, add_row(&r, "mon.tick"));
	cr_expect_eq(r.room->row_count, LIMIT_ROOM_ROWS);
	over_narrow(&r);
}

/* A row is taken whole or not at all. */
Test(room_limits, cells_of_all_rows)
{
	struct rig r;
	size_t wide;

	start_narrow(&r);
	wide = r.schema->table[schema_table_find(r.schema, slice_of("mon.note"))].col_count;
	while ((LIMIT_ROOM_CELLS - r.room->cell_count) % wide != wide - 1) {
		YES(add_row(&r, "mon.tick"));
	}
	while (r.room->cell_count + wide <= LIMIT_ROOM_CELLS) {
		YES(add_row(&r, "mon.note"));
	}
	NO(ERR_LIMIT, add_row(&r, "mon.note"));
	while (r.room->cell_count < LIMIT_ROOM_CELLS) {
		YES(add_row(&r, "mon.tick"));
	}
	NO(ERR_LIMIT, add_row(&r, "mon.tick"));
	cr_expect_eq(r.room->cell_count, LIMIT_ROOM_CELLS);
	cr_assert_lt(r.room->row_count, LIMIT_ROOM_ROWS, "it is the cells that are used up");
	over_narrow(&r);
}

/* ---- the office ---- */

static enum err look_after(struct room *room, size_t count)
{
	struct buf body = {0};
	struct record rec = {.kind = RECORD_CASELOAD, .actor = SEAT_NONE, .for_seat = SEAT_NONE};
	enum err e;

	buf_add_str(&body, "{\"seat\":0,\"cases\":[");
	for (size_t i = 0; i < count; i++) {
		buf_printf(&body, "%s[%zu,2]", i ? "," : "", i + 10);
	}
	buf_add_str(&body, "]}");
	rec.body = buf_slice(&body);
	e = room_replay(room, &rec);
	buf_fini(&body);
	return e;
}

Test(room_limits, cases_of_one_seat)
{
	struct rig r = {.dice = 7, .now_ms = 1790000000000};
	struct casefile_options o = {
	    .now_ms = 1790000000000, .random = rig_random, .random_arg = &r.dice};
	struct buf json = rig_file("tests/cases/office.json");
	char why[CASEFILE_WHY_BYTES] = "";
	const struct fx *told;

	cr_assert(sodium_init() >= 0);
	arena_init(&r.mem);
	r.schema = rig_schema();
	cr_assert_eq(casefile_office(buf_slice(&json), r.schema, &o, &r.file, why), ERR_OK, "%s",
		     why);
	r.room = room_create(r.schema, NULL);
	for (size_t i = 0; i < r.file.record_count; i++) {
		cr_assert_eq(room_replay(r.room, &r.file.record[i]), ERR_OK);
	}
	cr_expect_eq(look_after(r.room, LIMIT_CASELOAD), ERR_OK);
	cr_assert_eq(room_replay_done(r.room, r.now_ms, false), ERR_OK);
	rig_join(&r, 1, "o-ps");
	rig_send(&r, 1, "o-ps", "{\"t\":\"caseload\",\"ref\":1}");
	told = rig_fx(&r, FX_CASELOAD, 1);
	cr_assert(told && told->link_count == LIMIT_CASELOAD);
	cr_expect_eq(told->link[LIMIT_CASELOAD - 1].series, LIMIT_CASELOAD + 9);
	cr_expect_eq(look_after(r.room, LIMIT_CASELOAD + 1), ERR_LIMIT);
	rig_fini(&r);
	buf_fini(&json);
}
