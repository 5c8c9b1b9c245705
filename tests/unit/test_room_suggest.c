/* Suggestions: left by who reads, taken over or answered by who writes, mapped on with the text. */
#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_state.h"
#include "support/listener.h"

#define CONTENT "plan.work.action.content"

static size_t units(struct rig *r, const char *key)
{
	return utf8_units(rig_cell(r, r->room, "p-ps", key)->text);
}

/* `text` in place of everything. */
static enum err suggest(struct rig *r, const char *seat, const char *key, const char *text)
{
	return say(r, seat, "'t':'suggest','cell':'%s','base':%llu,'changes':[[[%zu,'%s']]]", key,
		   (unsigned long long)ver_of(r, seat, key), units(r, key), text);
}

static enum err answer(struct rig *r, const char *seat, const char *id, const char *what,
		       const char *words)
{
	return say(r, seat, "'t':'answer','cell':'" CONTENT "','row':'%s','what':'%s','words':'%s'",
		   id, what, words);
}

/* "state seat [+reply]" of every suggestion of the text that the seat is shown. */
static const char *told(struct rig *r, const char *seat)
{
	struct view v = view_for(r, seat);
	json_t *o = parsed(taken(r, view_cells(&v, rig_cell(r, r->room, seat, CONTENT), 1)));
	json_t *list = json_object_get(json_array_get(json_object_get(o, "cells"), 0), "sugg");
	const char *out = "";
	size_t n;
	json_t *s;

	json_array_foreach(list, n, s)
	{
		const char *reply = json_string_value(json_object_get(s, "reply"));

		out = arena_printf(&r->mem, "%s[%s%s%s]", out,
				   json_string_value(json_object_get(s, "state")), reply ? " " : "",
				   reply ? reply : "")
			  .ptr;
	}
	json_decref(o);
	return out;
}

static void text_is(struct rig *r, const char *wanted)
{
	struct slice text = rig_cell(r, r->room, "p-ps", CONTENT)->text;

	cr_assert(slice_is(text, wanted), "%.*s", (int)text.len, text.ptr);
}

static void begin(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
}

Test(room_suggest, a_reader_leaves_one_and_every_reader_who_knows_them_sees_it)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, type_text(&r, "p-emp", CONTENT, "x"));
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	cr_assert(rig_fx(&r, FX_SUGGEST, 0));
	cr_assert(rig_fx(&r, FX_ACK, 0)->has_row);
	IS(told(&r, "p-emp"), "[open]");
	IS(told(&r, "p-ps"), "[open]");
	IS(told(&r, "p-self"), "[open]");
	meeting_over(&r);
}

Test(room_suggest, taken_over_it_is_an_edit_of_who_took_it)
{
	struct rig r;
	const struct edit_shown *edit;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	NO(ERR_GONE, answer(&r, "p-emp", id, "take", ""));
	YES(type_text(&r, "p-ps", CONTENT, "まず。"));
	YES(answer(&r, "p-ps", id, "take", ""));
	edit = rig_fx(&r, FX_EDIT, 0)->edit;
	cr_assert_eq(edit->author.seat, rig_seat(&r, "p-ps"));
	cr_assert_eq(edit->client, 0, "it is nobody's editor's");
	text_is(&r, "まず。土曜だけ");
	IS(told(&r, "p-emp"), "[taken]");
	NO(ERR_RULE, answer(&r, "p-ps", id, "take", ""));
	NO(ERR_RULE, answer(&r, "p-ps", id, "answer", "もう"));
	meeting_over(&r);
}

Test(room_suggest, answered_with_words_or_taken_back)
{
	struct rig r;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	NO(ERR_RULE, answer(&r, "p-ps", id, "answer", ""));
	NO(ERR_PROTO, answer(&r, "p-ps", id, "moon", "x"));
	NO(ERR_GONE, answer(&r, "p-ps", id, "back", ""));
	NO(ERR_GONE, answer(&r, "p-ps", "00000000000000ff", "take", ""));
	YES(answer(&r, "p-ps", id, "answer", "来月に"));
	IS(told(&r, "p-emp"), "[answered 来月に]");
	NO(ERR_RULE, answer(&r, "p-ps", id, "take", ""));
	YES(answer(&r, "p-emp", id, "back", ""));
	IS(told(&r, "p-ps"), "");
	NO(ERR_GONE, answer(&r, "p-emp", id, "back", ""));
	meeting_over(&r);
}

Test(room_suggest, only_for_texts_that_take_them_and_that_one_reads)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, suggest(&r, "p-ps", "plan.work.action.person_wish", "x"));
	NO(ERR_GONE, say(&r, "p-emp",
			 "'t':'suggest','cell':'plan.health.action.goal','base':1,"
			 "'changes':[[[0,'x']]]"));
	NO(ERR_GONE,
	   say(&r, "p-emp", "'t':'suggest','cell':'plan.moon','base':1,'changes':[[[0,'x']]]"));
	NO(ERR_PROTO, say(&r, "p-emp",
			  "'t':'suggest','cell':'" CONTENT "','base':%llu,'changes':[[[0,'x'],%zu],"
			  "[[0,'x'],%zu]]",
			  (unsigned long long)ver_of(&r, "p-emp", CONTENT), units(&r, CONTENT),
			  units(&r, CONTENT) + 1));
	NO(ERR_RULE,
	   say(&r, "p-emp", "'t':'suggest','cell':'" CONTENT "','base':%llu,'changes':[[%zu]]",
	       (unsigned long long)ver_of(&r, "p-emp", CONTENT), units(&r, CONTENT)));
	NO(ERR_PROTO,
	   say(&r, "p-emp", "'t':'suggest','cell':'" CONTENT "','base':%llu,'changes':[[9999]]",
	       (unsigned long long)ver_of(&r, "p-emp", CONTENT)));
	meeting_over(&r);
}

/* What somebody wants whom one must not know of does not show, not even as somebody's. */
Test(room_suggest, by_a_seat_one_may_not_know_it_is_not_there)
{
	struct rig r;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	IS(told(&r, "p-cw"), "[open]");
	YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "p-cw"),
		seat_hex(&r, "p-emp")));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-cw")), CONTENT),
		  "what it was told goes");
	IS(told(&r, "p-cw"), "");
	NO(ERR_GONE, answer(&r, "p-cw", id, "answer", "x"));
	IS(told(&r, "p-ps"), "[open]");
	meeting_over(&r);
}

/* The name of who answered is a name like any other: when it must not be told any more it goes. */
Test(room_suggest, who_answered_goes_with_the_right_to_know_them)
{
	struct rig r;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	YES(answer(&r, "p-ps", id, "answer", "来月に"));
	YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "p-cw"),
		seat_hex(&r, "p-ps")));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-cw")), CONTENT));
	IS(told(&r, "p-cw"), "[answered 来月に]");
	meeting_over(&r);
}

/* However many of them a seat left, and whatever their names: none stays. */
Test(room_suggest, all_of_a_seat_go_with_the_right_to_know_it)
{
	struct rig r;
	uint64_t id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	YES(suggest(&r, "p-emp", CONTENT, "日曜だけ"));
	id = r.room->suggestion[1].id;
	r.room->suggestion[1].id = r.room->suggestion[0].id + 56;
	YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "p-hw"),
		seat_hex(&r, "p-emp"))); /* all are looked at anew */
	YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "p-cw"),
		seat_hex(&r, "p-emp")));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-cw")), CONTENT));
	r.room->suggestion[1].id = id; /* as it is in the journal */
	meeting_over(&r);
}

/*
 * As many seats as a series may have: the name of one of the last goes, though one of the
 * first is named there too.
 */
Test(room_suggest, of_64_seats_each_goes_by_itself)
{
	json_t *file = json_load_file(CASE_1, 0, NULL), *list = json_object_get(file, "parties");
	struct rig r;
	char *text;

	while (json_array_size(list) < SEAT_MAX) {
		json_array_append_new(list, json_pack("{s:o,s:s}", "id",
						      json_sprintf("p%zu", json_array_size(list)),
						      "role", "hw"));
	}
	text = json_dumps(file, 0);
	rig_init_text(&r, slice_of(text), MEETING_1, 77);
	for (unsigned i = 0; i < SEAT_MAX; i++) {
		const char *seat = kept_text(&r, r.file.seat[i].name);

		if (i >= 10 && i < SEAT_MAX - 8) {
			continue; /* enough are there */
		}
		rig_join(&r, i + 1, seat);
		if (sees(&r, seat, CONTENT)) {
			(void)suggest(&r, seat, CONTENT, "土曜だけ");
		}
	}
	for (unsigned i = SEAT_MAX - 8; i < SEAT_MAX; i++) {
		const char *seat = kept_text(&r, r.file.seat[i].name);

		YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1",
			seat_hex(&r, "p-cw"), seat_hex(&r, seat)));
		cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-cw")), CONTENT), "%s", seat);
	}
	free(text);
	json_decref(file);
	meeting_over(&r);
}

Test(room_suggest, it_follows_the_text_until_it_cannot)
{
	struct rig r;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	YES(say(&r, "p-ps", "'t':'edit','cell':'" CONTENT "','base':%llu,'changes':[[[%zu]]]",
		(unsigned long long)ver_of(&r, "p-ps", CONTENT), units(&r, CONTENT)));
	YES(answer(&r, "p-ps", id, "take", ""));
	text_is(&r, "土曜だけ");
	YES(suggest(&r, "p-emp", CONTENT, ""));
	id = new_row(&r);
	YES(say(&r, "p-ps", "'t':'edit','cell':'" CONTENT "','base':%llu,'changes':[[[%zu]]]",
		(unsigned long long)ver_of(&r, "p-ps", CONTENT), units(&r, CONTENT)));
	NO(ERR_RULE, answer(&r, "p-ps", id, "take", ""));
	meeting_over(&r);
}

/* An edit that writes before every one of `count` units, from `from` on. */
static void write_between(struct rig *r, size_t from, size_t count)
{
	struct buf text = {0};
	size_t rest = units(r, CONTENT) - from - count;

	buf_printf(&text,
		   "{\"t\":\"edit\",\"ref\":%llu,\"cell\":\"" CONTENT
		   "\",\"base\":%llu,\"changes\":[[",
		   (unsigned long long)++r->ref, (unsigned long long)ver_of(r, "p-ps", CONTENT));
	if (from) {
		buf_printf(&text, "%zu,", from);
	}
	for (size_t i = 0; i < count; i++) {
		buf_printf(&text, "%s[0,\"い\"],%zu", i ? "," : "", i + 1 == count ? 1 + rest : 1);
	}
	buf_printf(&text, "]]}");
	buf_add(&text, (struct slice){"", 1});
	rig_send(r, conn_of(r, "p-ps"), "p-ps", text.ptr);
	buf_fini(&text);
	YES(answer_of(r, conn_of(r, "p-ps")));
}

Test(room_suggest, split_into_too_many_pieces_it_can_only_be_answered)
{
	struct rig r;
	struct buf long_text = {0};
	const char *id;

	begin(&r);
	for (size_t i = 0; i < 600; i++) {
		buf_printf(&long_text, "あ");
	}
	buf_add(&long_text, (struct slice){"", 1});
	YES(type_text(&r, "p-ps", CONTENT, long_text.ptr));
	buf_fini(&long_text);
	YES(suggest(&r, "p-emp", CONTENT, ""));
	id = new_row(&r);
	write_between(&r, 0, 490);
	IS(told(&r, "p-emp"), "[open]");
	survives(&r);
	write_between(&r, 980, 100);
	IS(told(&r, "p-emp"), "[old]");
	NO(ERR_RULE, answer(&r, "p-ps", id, "take", ""));
	YES(answer(&r, "p-ps", id, "answer", "別の書き方に"));
	IS(told(&r, "p-emp"), "[old 別の書き方に]");
	YES(answer(&r, "p-emp", id, "back", ""));
	meeting_over(&r);
}

Test(room_suggest, assent_falls_when_one_is_taken_not_when_it_is_left)
{
	struct rig r;
	const char *id;

	begin(&r);
	YES(say(&r, "p-self", "'t':'assent'"));
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	YES(say(&r, "p-ps", "'t':'set','cell':'plan.status','base':%llu,'value':'adopted'",
		(unsigned long long)ver_of(&r, "p-ps", "plan.status")));
	rig_again(&r, 78);
	for (size_t i = 0; i < r.file.seat_count; i++) {
		rig_join(&r, (uint32_t)i + 1, kept_text(&r, r.file.seat[i].name));
	}
	YES(open_item(&r, "p-ps", "1"));
	YES(say(&r, "p-self", "'t':'assent'"));
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	YES(answer(&r, "p-ps", id, "take", ""));
	NO(ERR_RULE, say(&r, "p-ps", "'t':'set','cell':'plan.status','base':%llu,'value':'adopted'",
			 (unsigned long long)ver_of(&r, "p-ps", "plan.status")));
	meeting_over(&r);
}

Test(room_suggest, a_seat_has_so_many_and_what_is_settled_makes_room)
{
	struct rig r;
	const char *first = "";

	begin(&r);
	for (size_t i = 0; i < LIMIT_SUGGESTIONS_SEAT; i++) {
		YES(suggest(&r, "p-emp", CONTENT, "あ"));
		first = i == 0 ? new_row(&r) : first;
	}
	NO(ERR_LIMIT, suggest(&r, "p-emp", CONTENT, "い"));
	YES(suggest(&r, "p-self", CONTENT, "い"));
	YES(answer(&r, "p-ps", first, "answer", "はい"));
	YES(suggest(&r, "p-emp", CONTENT, "い"));
	NO(ERR_GONE, answer(&r, "p-ps", first, "take", ""));
	meeting_over(&r);
}

Test(room_suggest, a_repeated_request_leaves_one)
{
	struct rig r;
	const char *text, *row;

	begin(&r);
	text = arena_printf(&r.mem,
			    "{\"t\":\"suggest\",\"ref\":999,\"cell\":\"" CONTENT
			    "\",\"base\":%llu,\"changes\":[[[0,\"x\"],%zu]]}",
			    (unsigned long long)ver_of(&r, "p-emp", CONTENT), units(&r, CONTENT))
		   .ptr;
	rig_send(&r, conn_of(&r, "p-emp"), "p-emp", text);
	IS(told(&r, "p-emp"), "[open]");
	row = new_row(&r);
	rig_send(&r, conn_of(&r, "p-emp"), "p-emp", text);
	IS(new_row(&r), row);
	IS(told(&r, "p-emp"), "[open]");
	meeting_over(&r);
}

/* A room that slept has folded its texts; what rests on them has to come along. */
static struct room *folded(struct rig *r)
{
	struct room *again = room_create(r->schema, NULL);
	struct text_base *base;
	size_t count = room_fold(r->room, 0, &r->mem, &base);

	cr_assert(count > 0);
	for (size_t i = 0; i < count; i++) {
		cr_assert(room_replay_base(again, &base[i]) == ERR_OK);
	}
	for (size_t i = 0; i < r->kept_count; i++) {
		cr_assert(room_replay(again, &r->kept[i]) == ERR_OK, "record %zu", i);
	}
	cr_assert(room_replay_done(again, r->now_ms, false) == ERR_OK);
	return again;
}

Test(room_suggest, they_follow_a_folded_text)
{
	struct rig r;
	struct room *again;
	const char *id;

	begin(&r);
	YES(suggest(&r, "p-emp", CONTENT, "土曜だけ"));
	id = new_row(&r);
	YES(type_text(&r, "p-ps", CONTENT, "あ"));
	YES(suggest(&r, "p-self", CONTENT, "日曜"));
	YES(answer(&r, "p-ps", id, "take", ""));
	YES(type_text(&r, "p-ps", CONTENT, "い"));
	again = folded(&r);
	same_cell(rig_cell(&r, r.room, "p-ps", CONTENT), rig_cell(&r, again, "p-ps", CONTENT));
	room_destroy(again);
	meeting_over(&r);
}

Test(room_suggest, an_assent_before_a_folded_edit_has_fallen)
{
	struct rig r;
	struct room *again;

	begin(&r);
	YES(say(&r, "p-self", "'t':'assent'"));
	YES(type_text(&r, "p-ps", CONTENT, "あ"));
	again = folded(&r);
	room_destroy(r.room);
	r.room = again;
	rig_join(&r, conn_of(&r, "p-ps"), "p-ps");
	NO(ERR_RULE, say(&r, "p-ps", "'t':'set','cell':'plan.status','base':%llu,'value':'adopted'",
			 (unsigned long long)ver_of(&r, "p-ps", "plan.status")));
	meeting_over(&r);
}

/* By a scribe it is the other's. */
Test(room_suggest, a_scribe_writes_it_down)
{
	struct rig r;

	begin(&r);
	YES(say(&r, "p-ps",
		"'t':'suggest','cell':'" CONTENT "','base':%llu,'changes':[[[0,'x'],%zu]],"
		"'for':'%s','method':'oral','words':'と言った'",
		(unsigned long long)ver_of(&r, "p-ps", CONTENT), units(&r, CONTENT),
		seat_hex(&r, "p-emp")));
	cr_assert_eq(rig_fx(&r, FX_SUGGEST, 0)->suggest->suggestion.seat, rig_seat(&r, "p-emp"));
	YES(say(&r, "p-emp", "'t':'answer','cell':'" CONTENT "','row':'%s','what':'back'",
		new_row(&r)));
	meeting_over(&r);
}
