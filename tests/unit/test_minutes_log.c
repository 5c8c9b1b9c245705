/* The log of signed minutes: what it refuses, what it tells, what is kept of it. Its bytes:
 * minutes-sketch. */
#include <criterion/criterion.h>
#include <string.h>

#include "minutes/b64.h"
#include "minutes/log_parts.h"
#include "support/minutes_conference.h"

#define check_ok(CALL) cr_assert_eq(CALL, ERR_OK)
#define check_is(CALL, ERR) cr_assert_eq(CALL, ERR)

/* ---- sealing ---- */

static enum err sealing(struct conference *c)
{
	struct min_log *log = NULL;
	enum err e = min_log_seal(&c->in, &c->params, &c->rig.port, &log, &c->change);

	cr_assert_eq(log == NULL, e != ERR_OK);
	cr_assert_eq(min_change_is_empty(&c->change), e != ERR_OK);
	min_log_free(log);
	return e;
}

Test(minutes_log, more_seats_and_audiences_than_slots_are_refused)
{
	struct conference c;
	struct min_seat seat[SEAT_MAX];
	seat_set audience[SEAT_MAX];

	conference_init(&c, "a");
	for (uint8_t i = 0; i < 33; i++) {
		seat[i] = c.seat[i % SEATS];
		seat[i].seat = i;
		audience[i] = seat_bit(i % 20u) | seat_bit((i + 1u) % 20);
	}
	c.in.seat = seat;
	c.in.audience = audience;
	c.in.cell_count = 0;
	for (size_t more = 0; more < 2; more++) {
		c.in.seat_count = 20 + more;
		c.in.audience_count = 12;
		check_is(sealing(&c), more ? ERR_RULE : ERR_OK);
		min_change_fini(&c.change);
		min_change_init(&c.change);
		c.in.seat_count = 32 + more;
		c.in.audience_count = 0;
		check_is(sealing(&c), more ? ERR_RULE : ERR_OK);
		min_change_fini(&c.change);
		min_change_init(&c.change);
	}
	conference_fini(&c);
}

static void bad_audience(struct conference *c)
{
	c->audience[1] |= seat_bit(40);
}
static void no_audience(struct conference *c)
{
	c->audience[1] = 0;
}
static void same_audience(struct conference *c)
{
	c->audience[1] = c->audience[0];
}
static void seat_twice(struct conference *c)
{
	c->seat[1].seat = c->seat[0].seat;
}
static void seat_too_high(struct conference *c)
{
	c->seat[1].seat = SEAT_MAX;
}
static void class_twice(struct conference *c)
{
	c->cls[1].label = c->cls[0].label;
}
static void class_of_no_form(struct conference *c)
{
	c->cls[1].label = slice_of("s00");
}
static void cell_of_no_class(struct conference *c)
{
	c->cell[0].cls = CLASSES;
}
static void cell_of_no_audience(struct conference *c)
{
	c->cell[0].audience = AUDIENCES;
}
static void no_origin(struct conference *c)
{
	c->params.origin = slice_of("rokusha.example/c/123");
}
static void no_parent(struct conference *c)
{
	c->params.parent = slice_of(ORIGIN " 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}
static void line_in_rp(struct conference *c)
{
	c->params.rp = slice_of("a\nattest x");
}
static void late_time(struct conference *c)
{
	c->params.deadline = LOG_TIME_MAX + (uint64_t)1;
}
static void null_value(struct conference *c)
{
	c->cell[0].json = NULL;
}
static void control_in_role(struct conference *c)
{
	c->seat[0].role = slice_of("a\rb");
}

Test(minutes_log, an_input_that_cannot_be_is_refused_and_makes_nothing)
{
	static void (*const spoil[])(struct conference *) = {
	    bad_audience, no_audience,      same_audience,       seat_twice, seat_too_high,
	    class_twice,  class_of_no_form, cell_of_no_class,    no_origin,  no_parent,
	    line_in_rp,   late_time,        cell_of_no_audience, null_value, control_in_role};
	struct conference c;

	conference_init(&c, "a");
	check_is(sealing(&c), ERR_OK);
	conference_fini(&c);
	for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
		conference_init(&c, "a");
		spoil[i](&c);
		cr_assert_eq(sealing(&c), ERR_PROTO, "the %zuth", i);
		conference_fini(&c);
	}
	conference_init(&c, "a");
	c.rig.refuses = true;
	check_is(sealing(&c), ERR_IO);
	conference_fini(&c);
}

Test(minutes_log, a_value_of_every_kind_but_those_of_the_format_is_refused)
{
	static const char *const bad[] = {"1.5",           "null",
					  "\"a\\u0001b\"", "{\"A\":1}",
					  "[[[[1]]]]",     "9007199254740992",
					  "[1,null]",      "\"a\\u007f\\rb\""};
	struct conference c;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json_t *v = json_loads(bad[i], JSON_DECODE_ANY, NULL);

		conference_init(&c, "a");
		cr_assert(v);
		c.cell[0].json = v;
		cr_assert_eq(sealing(&c), ERR_PROTO, "%s", bad[i]);
		json_decref(v);
		conference_fini(&c);
	}
}

Test(minutes_log, a_box_has_8192_leaves_at_most)
{
	struct conference c;
	json_t *one = json_integer(1);

	for (size_t more = 0; more < 2; more++) {
		size_t n = MIN_BOX_LEAVES - 1 + more;
		struct min_cell *cell = mem_alloc(n * sizeof *cell);

		conference_init(&c, "a");
		for (size_t i = 0; i < n; i++) {
			cell[i] = c.cell[0];
			cell[i].json = one;
			/* The same name again and again: chance by place would be the same, too. */
			cell[i].table = slice_of("t");
			cell[i].row = i;
		}
		c.rig.seed = NULL;
		c.in.cell = cell;
		c.in.cell_count = n;
		check_is(sealing(&c), more ? ERR_LIMIT : ERR_OK);
		cr_assert_eq(c.change.leaf_count > MIN_BOX_LEAVES, !more);
		conference_fini(&c);
		free(cell);
	}
	json_decref(one);
}

/* How many leaves the seat reads that begin so, in labels from `from` on and before `to`. */
static size_t read_by(const struct conference *c, uint8_t seat, size_t from, size_t to,
		      const char *begins)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		const struct log_box *box = log_box(c->log, LOG_MINUTES, i);

		for (size_t k = 0; min_log_reads(c->log, seat, i) && k < box->count; k++) {
			n += slice_begins(box->leaf[k].name, begins);
		}
	}
	return n;
}

Test(minutes_log, what_one_of_a_class_or_an_audience_may_not_have_goes_to_the_others_own_slots)
{
	struct conference c;
	static const char *const name[] = {"field/plan.work.action.what", "row/min.actions/"};

	for (int less = 0; less < 2; less++) {
		size_t base;

		conference_init(&c, "a");
		if (less) {
			c.cell[0].readers &= ~seat_bit(EMP);
			c.cell[6].readers &= ~seat_bit(EMP);
		}
		check_ok(min_log_seal(&c.in, &c.params, &c.rig.port, &c.log, &c.change));
		base = log_slot_base(c.log);
		for (size_t i = 0; i < 2; i++) {
			size_t own = min_log_slot_label(c.log, min_log_party(c.log, PS)->slot);

			cr_assert_eq(read_by(&c, EMP, 0, base + 32, name[i]), !less);
			cr_assert_eq(read_by(&c, PS, 0, base + 32, name[i]), 1);
			cr_assert_eq(read_by(&c, PS, own, own + 1, name[i]), (size_t)less);
			cr_assert_eq(read_by(&c, PS, 0, base, name[i]), i == 0 && !less);
		}
		conference_fini(&c);
	}
}

/* ---- rounds and their end ---- */

Test(minutes_log, a_log_has_4096_entries_at_most)
{
	struct conference c;
	uint64_t last = min_round_time(SEALED, MIN_ENTRIES - 2);
	struct min_about about;
	struct min_act act;

	conference_seal(&c, NULL);
	/* One more than there may be: nothing is written. */
	check_is(min_log_until(c.log, last + 7 * 86400, &c.change), ERR_LIMIT);
	cr_assert(min_change_is_empty(&c.change));
	check_is(min_log_until(c.log, UINT64_MAX, &c.change), ERR_LIMIT);
	act = agree_of(&c, EMP, last);
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	act = agree_of(&c, EMP, last + 1);
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_LIMIT);
	check_ok(min_log_until(c.log, last + 7 * 86400 - 1, &c.change));
	min_log_about(c.log, &about);
	cr_assert_eq(about.entries, MIN_ENTRIES);
	cr_assert_eq(min_log_bundle_size(c.log, EMP), MIN_ENTRIES);
	check_is(min_log_until(c.log, last + 7 * 86400, &c.change), ERR_LIMIT);
	conference_fini(&c);
}

Test(minutes_log, a_round_that_cannot_be_signed_is_not_written)
{
	struct conference c;
	struct min_about about;
	struct min_act act;

	conference_seal(&c, "a");
	act = agree_of(&c, EMP, SEALED + 60);
	c.rig.refuses = true;
	check_is(min_log_until(c.log, SEALED + 3600, &c.change), ERR_IO);
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_IO);
	cr_assert(min_change_is_empty(&c.change));
	min_log_about(c.log, &about);
	cr_assert_eq(about.entries, 2);
	cr_assert_eq(about.next, SEALED + 3600);
	cr_assert_null(min_log_check(c.log));
	c.rig.refuses = false;
	check_ok(min_log_until(c.log, SEALED + 3600, &c.change));
	cr_assert_eq(c.change.entry_count, 1);
	cr_assert_eq(c.change.leaf_count, 32);
	cr_assert_null(min_log_check(c.log));
	conference_fini(&c);
}

/* ---- signing ---- */

Test(minutes_log, an_act_that_cannot_be_is_refused_and_makes_nothing)
{
	struct conference c;
	struct min_act good;
	struct min_act act;
	struct min_slot_say other[2];
	struct buf note = {0};
	uint8_t foreign = 0;

	conference_seal(&c, "a");
	good = agree_of(&c, EMP, SEALED + 60);
	while (min_log_party(c.log, EMP)->shared >> foreign & 1 ||
	       foreign == min_log_party(c.log, EMP)->slot) {
		foreign++;
	}
	act = good;
	act.seat = 50;
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_GONE);
	act = good;
	act.slots |= (uint32_t)1 << foreign;
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_RULE);
	for (uint32_t size = 0; size < 5; size++) {
		act = good;
		act.size = size;
		check_is(min_log_sign(c.log, &act, NULL, &c.change),
			 size == 2 ? ERR_OK : ERR_STALE);
	}
	min_change_fini(&c.change);
	min_change_init(&c.change);
	act = good;
	act.other = other;
	other[0] = other[1] = (struct min_slot_say){min_log_party(c.log, EMP)->slot, good.say};
	act.other_count = 2;
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_RULE);
	other[0].slot = foreign;
	act.other_count = 1;
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_RULE);
	act = good;
	act.say.note = slice_of("a\rb");
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_PROTO);
	act.say.note = slice_of("\xff");
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_PROTO);
	buf_grow(&note, MIN_STRING_BYTES);
	memset(note.ptr, 'a', MIN_STRING_BYTES);
	act.say.note = (struct slice){note.ptr, MIN_STRING_BYTES};
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_LIMIT);
	cr_assert(min_change_is_empty(&c.change));
	buf_fini(&note);
	conference_fini(&c);
}

Test(minutes_log, a_full_box_takes_no_more_acts_and_loses_none)
{
	struct conference c;
	struct min_act act;
	size_t taken = 0;
	enum err e = ERR_OK;

	conference_seal(&c, NULL);
	act = agree_of(&c, EMP, SEALED + 60);
	act.slots = 0; /* in its own slot alone, beside a note */
	act.say.note = slice_of("付記");
	while ((e = min_log_sign(c.log, &act, NULL, &c.change)) == ERR_OK) {
		taken++;
		min_change_fini(&c.change);
		min_change_init(&c.change);
	}
	check_is(e, ERR_LIMIT);
	cr_assert_eq(taken, (MIN_BOX_LEAVES - 1) / 2);
	cr_assert(min_change_is_empty(&c.change));
	check_ok(min_log_until(c.log, SEALED + 3600, &c.change));
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	conference_fini(&c);
}

static size_t due(const struct conference *c, uint8_t seat, uint32_t size[2], bool is_signed[2])
{
	struct min_due out[MIN_DUE_MAX];
	size_t n = min_log_heads(c->log, seat, out);

	cr_assert_leq(n, 2);
	for (size_t i = 0; i < n; i++) {
		size[i] = out[i].size;
		is_signed[i] = out[i].is_signed;
		cr_assert(out[i].slots >> min_log_party(c->log, seat)->slot & 1);
	}
	return n;
}

Test(minutes_log, a_head_is_signed_by_an_act_that_was_not_withdrawn_since)
{
	struct conference c;
	uint32_t size[2];
	bool is_signed[2];
	struct min_hash first;
	struct min_act act;

	conference_seal(&c, "a");
	cr_assert_eq(due(&c, SELF, size, is_signed), 1);
	cr_assert(size[0] == 2 && !is_signed[0]);
	act = agree_of(&c, SELF, SEALED + 60);
	check_ok(min_log_sign(c.log, &act, &first, &c.change));
	due(&c, SELF, size, is_signed);
	cr_assert(is_signed[0], "also before its round is written");
	due(&c, EMP, size, is_signed);
	cr_assert(!is_signed[0], "of another it is none");
	act = agree_of(&c, SELF, SEALED + 70);
	act.say = (struct min_say){.decision = MIN_WITHDRAW, .has_about = true, .about = first};
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	due(&c, SELF, size, is_signed);
	cr_assert(!is_signed[0]);
	act = agree_of(&c, SELF, SEALED + 80);
	act.say.decision = MIN_DECLINE;
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	act = agree_of(&c, SELF, SEALED + 90);
	act.say = (struct min_say){.decision = MIN_VOUCH, .has_about = true, .about = first};
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	due(&c, SELF, size, is_signed);
	cr_assert(is_signed[0], "a refusal is an answer; a vouch changes nothing");
	conference_fini(&c);
}

/* Of one second neither comes first: what counts is which statement is taken back. */
Test(minutes_log, taken_back_in_the_same_second)
{
	struct conference c;
	uint32_t size[2];
	bool is_signed[2];

	conference_seal(&c, "a");
	c.rig.seed = NULL; /* or statements of one second would be one */
	for (int i = 0; i < 12; i++) {
		struct min_act act = agree_of(&c, SELF, SEALED + 60);
		struct min_hash statement;

		check_ok(min_log_sign(c.log, &act, &statement, &c.change));
		due(&c, SELF, size, is_signed);
		cr_assert(is_signed[0], "round %d", i);
		act.say = (struct min_say){
		    .decision = MIN_WITHDRAW, .has_about = true, .about = statement};
		check_ok(min_log_sign(c.log, &act, NULL, &c.change));
		due(&c, SELF, size, is_signed);
		cr_assert(!is_signed[0], "round %d", i);
	}
	conference_fini(&c);
}

Test(minutes_log, what_is_corrected_is_to_be_signed_anew_by_its_readers_once_the_round_is_written)
{
	struct conference c;
	uint32_t size[2];
	bool is_signed[2];
	struct min_act act;
	struct min_hash leaf;
	seat_set readers;

	conference_seal(&c, "a");
	act = agree_of(&c, SELF, SEALED + 60);
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	leaf = leaf_named(&c, SELF, "row/min.decisions/", "/text");
	check_ok(amend(&c, &leaf, SEALED + 120, &readers));
	cr_assert_eq(readers, c.audience[1]);
	cr_assert_eq(due(&c, SELF, size, is_signed), 1);
	check_ok(min_log_until(c.log, SEALED + 3600, &c.change));
	cr_assert_eq(due(&c, SELF, size, is_signed), 2);
	cr_assert(size[0] == 2 && is_signed[0] && size[1] == 3 && !is_signed[1]);
	cr_assert_eq(due(&c, EMP, size, is_signed), 1);
	cr_assert_eq(size[0], 2);
	/* Erased, it is still what changed the slot; so it is after loading. */
	erase_all(&c, &leaf, SEALED + 7200);
	check_ok(min_log_until(c.log, SEALED + 86400, &c.change));
	conference_reload(&c);
	cr_assert_eq(due(&c, SELF, size, is_signed), 2);
	cr_assert(size[0] == 2 && size[1] == 3);
	/* The head of a round that corrected nothing there is none of that slot. */
	act = agree_of(&c, SELF, SEALED + 86500);
	act.size = 4;
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_STALE);
	conference_fini(&c);
}

Test(minutes_log, a_draft_is_finished_once_and_with_what_its_method_asks_for)
{
	struct conference c;
	struct min_act act;
	struct min_draft *d;
	struct min_evidence e = {slice_of("auth"), slice_of("client"), slice_of("sig")};
	struct min_hash hash;
	struct slice statement;
	json_t *v;

	conference_seal(&c, "a");
	act = agree_of(&c, SELF, SEALED + 60);
	act.method = MIN_WEBAUTHN;
	act.spki = slice_of("a key");
	check_is(min_log_sign(c.log, &act, NULL, &c.change), ERR_RULE);
	check_ok(min_log_draft(c.log, &act, &d));
	cr_assert(min_change_is_empty(&c.change));
	v = min_draft_json(d);
	cr_assert_eq(json_array_size(json_object_get(v, "view")), min_log_labels(c.log));
	cr_assert_eq(json_array_size(json_object_get(v, "say")), 32);
	json_decref(v);
	check_is(min_log_finish(c.log, d, NULL, &hash, &c.change), ERR_RULE);
	/* The log goes on meanwhile: the act is carried by the next round. */
	check_ok(min_log_until(c.log, SEALED + 3600, &c.change));
	check_ok(min_log_finish(c.log, d, &e, &hash, &c.change));
	statement = min_draft_statement(d);
	cr_assert(min_hash_eq(&hash, &(struct min_hash[]){min_sha256(&statement, 1)}[0]));
	check_is(min_log_finish(c.log, d, &e, &hash, &c.change), ERR_RULE);
	min_draft_free(d);
	act.method = MIN_ATTESTED;
	check_ok(min_log_draft(c.log, &act, &d));
	check_is(min_log_finish(c.log, d, &e, &hash, &c.change), ERR_RULE);
	min_draft_free(d);
	cr_assert_null(min_log_check(c.log));
	conference_fini(&c);
}

/* ---- what is told ---- */

Test(minutes_log, an_act_is_told_as_each_reader_may_have_it)
{
	struct conference c;
	struct min_slot_say other[2];
	struct min_act act;
	struct min_told *told;
	struct arena mem;
	size_t n;

	conference_seal(&c, "a");
	arena_init(&mem);
	act = agree_of(&c, SELF, SEALED + 8 * 86400);
	other[0] = (struct min_slot_say){slot_of(&c, 1), act.say};
	other[1] = (struct min_slot_say){min_log_party(c.log, SELF)->slot, act.say};
	for (size_t i = 0; i < 2; i++) {
		other[i].say.decision = MIN_RESERVE;
		other[i].say.note = slice_of("付記");
		other[i].say.is_mark = true;
		other[i].say.by = PS;
		other[i].say.witness = SUP;
	}
	act.other = other;
	act.other_count = 2;
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	check_ok(min_log_status(c.log, EMP, &mem, &told, &n));
	cr_assert_eq(n, 1);
	cr_assert(told[0].seat == SELF && told[0].say_count == 1 && told[0].entry == 0);
	cr_assert(told[0].say[0].decision == MIN_AGREE && told[0].say[0].note.len == 0);
	cr_assert(told[0].is_late && slice_is(told[0].name, "本人"));
	check_ok(min_log_status(c.log, PS, &mem, &told, &n));
	cr_assert(n == 1 && told[0].say_count == 2);
	check_ok(min_log_status(c.log, SELF, &mem, &told, &n));
	cr_assert(n == 1 && told[0].say_count == 3 && slice_is(told[0].name, "本人 太郎"));
	for (size_t i = 0; i < 3; i++) {
		const struct min_told_say *s = &told[0].say[i];

		if (s->slot == slot_of(&c, 0)) {
			cr_assert(!s->is_mark && s->decision == MIN_AGREE);
		} else {
			cr_assert(s->is_mark && s->by == PS && slice_is(s->note, "付記"));
			/* The companion is not to know who witnessed it. */
			cr_assert_eq(s->witness, s->slot == slot_of(&c, 1) ? SEAT_NONE : SUP);
		}
	}
	check_is(min_log_status(c.log, 50, &mem, &told, &n), ERR_GONE);
	arena_fini(&mem);
	conference_fini(&c);
}
