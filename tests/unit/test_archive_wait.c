/* What browsers were asked to do with passkeys: one thing a seat, for a while, so many at once. */
#include <criterion/criterion.h>

#include "archive/archive_wait.h"
#include "base/mem.h"

static struct waits all;

static void end(void)
{
	waits_fini(&all);
}

TestSuite(archive_wait, .fini = end);

static struct archive_ask ask_of(int64_t series, uint8_t seat, int64_t now_ms)
{
	return (struct archive_ask){.series = {series}, .seat = seat, .now_ms = now_ms};
}

static void put(const struct archive_ask *ask, bool is_enrolment, uint8_t mark)
{
	struct wait *w = mem_alloc(sizeof *w);

	w->is_enrolment = is_enrolment;
	w->challenge[0] = mark;
	waits_put(&all, ask, w);
}

/* The mark of what waits for it; 0: nothing. */
static int take(const struct archive_ask *ask, bool is_enrolment)
{
	struct wait *w = waits_take(&all, ask, is_enrolment);
	int mark = w ? w->challenge[0] : 0;

	wait_free(w);
	return mark;
}

Test(archive_wait, is_taken_once_by_its_own_seat)
{
	struct archive_ask one = ask_of(1, 2, 0), other = ask_of(1, 3, 0),
			   elsewhere = ask_of(2, 2, 0);

	put(&one, true, 7);
	cr_assert_eq(take(&other, true), 0);
	cr_assert_eq(take(&elsewhere, true), 0);
	cr_assert_eq(take(&one, true), 7);
	cr_assert_eq(take(&one, true), 0);
}

Test(archive_wait, one_thing_a_seat_the_newer)
{
	struct archive_ask one = ask_of(1, 2, 0);

	put(&one, true, 7);
	put(&one, true, 8);
	cr_assert_eq(take(&one, true), 8);
	cr_assert_eq(take(&one, true), 0);
}

Test(archive_wait, a_passkey_made_is_no_signature)
{
	struct archive_ask one = ask_of(1, 2, 0);

	put(&one, true, 7);
	cr_assert_eq(take(&one, false), 0);
	cr_assert_eq(take(&one, true), 0, "and it is over");
}

Test(archive_wait, for_ten_minutes)
{
	struct archive_ask then = ask_of(1, 2, 1000), in_time = then, late = then;

	in_time.now_ms += WAIT_FOR_BROWSER_MS - 1;
	late.now_ms += WAIT_FOR_BROWSER_MS;
	put(&then, false, 7);
	cr_assert_eq(take(&in_time, false), 7);
	put(&then, false, 8);
	cr_assert_eq(take(&late, false), 0);
}

Test(archive_wait, so_many_wait_and_for_one_more_the_oldest_goes)
{
	for (int i = 0; i <= LIMIT_PASSKEYS_WAITING; i++) {
		struct archive_ask ask = ask_of(i, 0, 0);

		put(&ask, true, (uint8_t)(i + 1));
		if (i + 1 == LIMIT_PASSKEYS_WAITING) {
			struct archive_ask first = ask_of(0, 0, 0);

			cr_assert_eq(take(&first, true), 1, "as many as that are there");
			put(&first, true, 1);
		}
	}
	for (int i = 0; i <= LIMIT_PASSKEYS_WAITING; i++) {
		struct archive_ask ask = ask_of(i, 0, 0);

		/* The first came again; so the second was the oldest. */
		cr_assert_eq(take(&ask, true), i == 1 ? 0 : i + 1);
	}
}
