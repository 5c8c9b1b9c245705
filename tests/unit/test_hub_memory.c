/* What a room takes of memory: the bytes asked for by whomever, as the sanitizer counts them. */
#include "support/hubrig.h"

size_t __sanitizer_get_current_allocated_bytes(void);

enum {
	KIB = 1024,
	VIEWERS = 6,
	TEXTS = 20,
	SHORT = 150, /* characters of a text */
	LONG = 3000,
	CHAR_BYTES = 3,
	/*
	 * A room without its words: its 230 cells take 56 bytes each, the 91 texts among them 104
	 * more, and there are the names and values of rows, the seats, and the index of it all. A
	 * twentieth is to spare: not enough for a dozen bytes more in each cell.
	 */
	ROOM_BYTES = 38 * KIB,
	/* What the hub has for the next step of any room, however many there are. */
	STEP_BYTES = 18 * KIB,
	/* A connection, and a byte of each cell it sees: not what 64 seats could take. */
	VIEWER_BYTES = 800
};

/*
 * The case of the benchmarks (tests/bench/case.mjs): six official seats, a plan in force, 20 texts
 * that all six read. ' stands for ", ~ for the words of a text.
 */
static const char before[] =
    "{'format':'six-party-conference-sample/1','fictional':true,'notice':'架空です。',"
    "'case':{'case_no':'B-0','title':'測定（架空）','ledger_kind':'independent_living','stage':1,"
    "'status':'ongoing','intake_route':'outreach','lead_agency':'架空の機関',"
    "'started_on':'2026-08-01'},'person':{'preferred_name':'架空さん','comm_needs':'~'},'parties':"
    "[";

static const char behind[] =
    "],'consents':[{'id':'c1','role':'hw','fields':['plan.living.action',"
    "'plan.social_security.action'],'level':'read','given_on':'2026-10-01',"
    "'expires_on':'2027-06-01','method':'書面'}],'assessment':{'strengths':'~'},"
    "'support_plan':{'no':1,'period_from':'2026-10-12','period_to':'2027-09-12',"
    "'overall_goal':'続ける','status':'adopted','gap_note':'~','areas':{";

static const char area[] =
    "%s'%s':{'outline':{'priority':1,'goal_short':'続ける','status':'ongoing',"
    "'approach':'solve'},'action':{'person_wish':'~','goal':'~','content':'~','who':['ps'],"
    "'self_action':'~','result':'~'}%s}";

static const char meeting[] =
    "}},'conference':{'series_no':'B-0','held_on':'2026-11-13','start':'14:00','end':'15:00',"
    "'place':'架空の会議室','legal_basis':'consent_based','agenda':[{'item_no':1,'title':'一',"
    "'audience':['ps','aps','sup','cw','hw']}]}}";

static void write_case(struct buf *out, unsigned chars)
{
	static const char *const role[VIEWERS] = {"ps", "aps", "sup", "cw", "hw", "aps"};
	struct buf plain = {0};

	buf_add_str(&plain, before);
	for (unsigned i = 0; i < VIEWERS; i++) {
		buf_printf(&plain,
			   "%s{'id':'p-%u','role':'%s','name':'架空%u','display_label':'席%u',"
			   "'affiliation':'架空の機関'%s}",
			   i ? "," : "", i, role[i], i, i, i ? "" : ",'functions':['chair']");
	}
	buf_add_str(&plain, behind);
	buf_printf(&plain, area, "", "work",
		   ",'background':{'current_state':'~','assessment_note':'~'}");
	buf_printf(&plain, area, ",", "living", "");
	buf_printf(&plain, area, ",", "social_security", "");
	buf_add_str(&plain, meeting);
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.ptr[i] != '~') {
			buf_add(out, plain.ptr[i] == '\'' ? slice_of("\"")
							  : (struct slice){plain.ptr + i, 1});
			continue;
		}
		for (unsigned n = 0; n < chars; n++) {
			buf_add_str(out, "字");
		}
	}
	buf_fini(&plain);
}

/* What the hub holds more than one that nobody came to. */
static size_t hub_bytes(struct world *w)
{
	size_t with = __sanitizer_get_current_allocated_bytes(), empty;

	hub_destroy(w->hub);
	with -= __sanitizer_get_current_allocated_bytes();
	empty = __sanitizer_get_current_allocated_bytes();
	w->hub = hub_create(w->rig.schema, w->store, world_transport(w));
	empty = __sanitizer_get_current_allocated_bytes() - empty;
	return with - empty;
}

static size_t words_bytes(size_t chars)
{
	return TEXTS * chars * CHAR_BYTES;
}

static void begin(struct world *w, unsigned chars)
{
	struct buf json = {0};

	memset(w, 0, sizeof *w);
	write_case(&json, chars);
	rig_init_text(&w->rig, buf_slice(&json), "2026-11-12T14:00", 5);
	buf_fini(&json);
	world_begin(w);
}

static void enter_all(struct world *w, unsigned viewers)
{
	for (unsigned i = 0; i < viewers; i++) {
		char seat[] = {'p', '-', "012345"[i], 0};

		enter(w, i + 1, seat);
		cr_assert_geq(json_array_size(json_object_get(last(w, i + 1, "snap"), "cells")),
			      TEXTS);
	}
	hush(w);
}

/* Of one room with so many viewers. */
static size_t room_bytes(unsigned chars, unsigned viewers)
{
	struct world w;
	size_t bytes;

	begin(&w, chars);
	enter_all(&w, viewers);
	bytes = hub_bytes(&w);
	world_fini(&w);
	return bytes;
}

Test(hub_memory, a_room_takes_its_words_and_a_few_bytes_a_cell)
{
	size_t six = room_bytes(SHORT, VIEWERS);

	cr_expect_leq(six, words_bytes(SHORT) + ROOM_BYTES + VIEWERS * VIEWER_BYTES, "%zu bytes",
		      six);
}

Test(hub_memory, longer_texts_take_what_they_are_longer)
{
	size_t more = room_bytes(LONG, VIEWERS) - room_bytes(SHORT, VIEWERS);
	size_t words = words_bytes(LONG - SHORT);

	/* Marks: eight bytes for 512, one more for what is left of a text. */
	cr_expect_leq(more, words + words / 64 + TEXTS * 8, "%zu bytes", more);
}

Test(hub_memory, a_viewer_takes_a_byte_a_cell)
{
	size_t more = room_bytes(SHORT, VIEWERS) - room_bytes(SHORT, 1);

	cr_expect_leq(more, (VIEWERS - 1) * VIEWER_BYTES, "%zu bytes", more);
}

/* The memory of a step is the hub's: a room that nobody writes in has none. */
Test(hub_memory, another_room_takes_no_more_than_a_room)
{
	struct world w;
	struct series_id first;
	size_t one = room_bytes(SHORT, 1), two;

	begin(&w, SHORT);
	enter_all(&w, 1);
	first = w.series;
	w.rig.file.series = slice_of("another");
	cr_assert_eq(
	    store_import_now(w.store,
			     &(struct store_import){.name = w.rig.file.series,
						    .record = w.rig.file.record,
						    .record_count = w.rig.file.record_count},
			     &w.series, (char[STORE_WHY_BYTES]){0}),
	    ERR_OK);
	enter(&w, 2, "p-0");
	hush(&w);
	two = hub_bytes(&w);
	w.series = first;
	cr_expect_leq(two - one, words_bytes(SHORT) + ROOM_BYTES + VIEWER_BYTES, "%zu bytes",
		      two - one);
	world_fini(&w);
}

Test(hub_memory, a_room_that_nobody_is_in_takes_none_after_a_while)
{
	struct world w;
	size_t bytes;

	begin(&w, SHORT);
	enter_all(&w, VIEWERS);
	for (uint32_t i = 0; i < VIEWERS; i++) {
		leave(&w, i + 1);
	}
	settle(&w);
	tick(&w, 61 * 1000);
	settle(&w);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	bytes = hub_bytes(&w);
	cr_expect_leq(bytes, STEP_BYTES, "%zu bytes", bytes);
	world_fini(&w);
}
