/* Slots, labels, times of rounds, boxes, trees in part. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "minutes/shape.h"
#include "support/files.h"

#define S(literal) ((struct slice){literal, sizeof(literal) - 1})

Test(minutes_shape, slots_have_names)
{
	for (size_t i = 0; i < MIN_SLOTS; i++) {
		char name[8];

		snprintf(name, sizeof name, "s%02u", (unsigned)i);
		cr_assert_str_eq(min_slot_name(i), name);
		cr_assert_eq(min_slot_of(slice_of(name)), i);
	}
	cr_assert_eq(min_slot_of(S("s32")), MIN_SLOTS);
	cr_assert_eq(min_slot_of(S("s0")), MIN_SLOTS);
	cr_assert_eq(min_slot_of(S("s001")), MIN_SLOTS);
}

Test(minutes_shape, labels_origins_numbers_and_ids_have_a_form)
{
	uint64_t n = 7;

	cr_assert(min_label_is_class(S("plan.goal")) && min_label_is_class(S("a.b_1.c9")));
	cr_assert(!min_label_is_class(S("plan")) && !min_label_is_class(S("plan.")) &&
		  !min_label_is_class(S(".a")) && !min_label_is_class(S("a..b")) &&
		  !min_label_is_class(S("a.9")) && !min_label_is_class(S("A.b")) &&
		  !min_label_is_class(S("")) && !min_label_is_class(S("a.b ")));
	cr_assert(min_origin_is_valid(S("h:1/c/0123456789abcdef0123456789abcdef")));
	cr_assert(!min_origin_is_valid(S("/c/0123456789abcdef0123456789abcdef")) &&
		  !min_origin_is_valid(S("h/c/0123456789abcdef0123456789abcdeF")) &&
		  !min_origin_is_valid(S("h/d/0123456789abcdef0123456789abcdef")) &&
		  !min_origin_is_valid(S("h_/c/0123456789abcdef0123456789abcdef")) &&
		  !min_origin_is_valid(S("")));
	cr_assert(min_number_read(S("0"), &n) && n == 0);
	cr_assert(min_number_read(S("999999999999999"), &n) && n == 999999999999999u);
	cr_assert(!min_number_read(S("1000000000000000"), &n) && !min_number_read(S("01"), &n) &&
		  !min_number_read(S(""), &n) && !min_number_read(S("1 "), &n) &&
		  !min_number_read(S("-1"), &n));
	cr_assert(
	    min_id_is_valid(S("0123456789abcdef")) && !min_id_is_valid(S("0123456789ABCDEF")) &&
	    !min_id_is_valid(S("0123456789abcde")) && !min_id_is_valid(S("0123456789abcdef0")));
}

/* By days and hours, as §3 says it in words. */
Test(minutes_shape, rounds_are_at_times_that_nothing_moves)
{
	enum { HOUR = 3600, DAY = 86400 };

	for (uint64_t sealed = 0; sealed < 4 * DAY; sealed += 599) {
		uint64_t one = min_round_time(sealed, 1);
		uint64_t two = min_round_time(sealed, 2);

		cr_assert_eq(one, sealed + HOUR);
		cr_assert(two > one && two - one <= DAY && two % DAY == 11 * HOUR, "%lu",
			  (unsigned long)sealed);
		for (uint64_t k = 3; k < 40; k++) {
			cr_assert_eq(min_round_time(sealed, k),
				     min_round_time(sealed, k - 1) + (k <= 8 ? DAY : 7 * DAY));
		}
	}
	/* Of the sketch: sealed 2026-11-22 01:00 UTC. */
	cr_assert_eq(min_round_time(1795309200, 2), 1795345200);
}

Test(minutes_shape, boxes_are_powers_of_two)
{
	struct min_hash h = min_leaf_hash(S("x"));
	struct min_hash twice[2] = {h, h};
	struct min_hash root = min_box_root(&h, 1);
	struct min_hash want = min_root(twice, 2);

	cr_assert(min_hash_eq(&root, &want) && !min_hash_eq(&root, &h));
	cr_assert_eq(min_box_size(0), 1);
	cr_assert_eq(min_box_size(1), 2);
	cr_assert_eq(min_box_size(2), 4);
	cr_assert_eq(min_box_size(3), 4);
	cr_assert_eq(min_box_size(4), 8);
	cr_assert_eq(min_box_size(8191), 8192);
}

/* Whatever is open: the same root, and as much of it as is said. */
Test(minutes_shape, a_tree_in_part_has_the_root_of_the_whole)
{
	enum { MAX = 76 };
	uint64_t dice = 3;
	struct min_hash place[MAX];
	struct min_part part[MAX];
	bool open[MAX];

	for (size_t i = 0; i < MAX; i++) {
		place[i] = min_leaf_hash((struct slice){(const char *)&i, sizeof i});
	}
	for (size_t run = 0; run < 3000; run++) {
		size_t n = 1 + rig_random(&dice) % MAX;
		size_t one_in = 1 + rig_random(&dice) % 20;
		size_t parts;
		size_t at = 0;
		struct min_hash got;
		struct min_hash want = min_root(place, n);

		for (size_t i = 0; i < n; i++) {
			open[i] = rig_random(&dice) % one_in == 0;
		}
		parts = min_parts_of(open, n, part);
		for (size_t i = 0; i < parts; i++) {
			cr_assert_eq(part[i].from, at);
			at = part[i].to;
			for (size_t j = part[i].from; j < at; j++) {
				cr_assert(open[j] == part[i].open);
			}
			cr_assert(!part[i].open || part[i].to == part[i].from + 1);
		}
		cr_assert_eq(at, n);
		min_parts_fill(part, parts, place);
		got = min_parts_root(part, parts, n);
		cr_assert(min_hash_eq(&got, &want));
		part[rig_random(&dice) % parts].hash.b[5] ^= 1;
		got = min_parts_root(part, parts, n);
		cr_assert(!min_hash_eq(&got, &want));
	}
}

Test(minutes_shape, nothing_open_is_one_hash)
{
	bool open[5] = {false};
	struct min_part part[5];

	cr_assert_eq(min_parts_of(open, 5, part), 1);
	open[4] = true;
	cr_assert_eq(min_parts_of(open, 5, part), 2);
	open[0] = true;
	cr_assert_eq(min_parts_of(open, 5, part), 4);
}
