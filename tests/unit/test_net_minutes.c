/* Questions about signed minutes: their paths, and how much of the answers there may be at once. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "net/net_state.h"

static char of[ARCHIVE_OF_CHARS + 1];

static bool finds(const char *rest, bool is_post, enum archive_kind *k)
{
	char path[128];

	(void)snprintf(path, sizeof path, "/s/0123456789abcdef/minutes%s", rest);
	return net_minutes_find(slice_of(path), is_post, k, of);
}

Test(net_minutes, each_question_has_one_path_and_one_method)
{
	enum archive_kind k;

	cr_assert(finds("", false, &k) && k == ARCHIVE_STATUS);
	cr_assert(finds("/bundle", false, &k) && k == ARCHIVE_BUNDLE);
	cr_assert(finds("/preview", false, &k) && k == ARCHIVE_PREVIEW);
	cr_assert(finds("/sign", true, &k) && k == ARCHIVE_SIGN);
	cr_assert(finds("/erase", true, &k) && k == ARCHIVE_ERASE);
	cr_assert(!finds("", true, &k) && !finds("/bundle", true, &k) &&
		  !finds("/sign", false, &k));
	cr_assert(!finds("/", false, &k) && !finds("/bundle/", false, &k) &&
		  !finds("/nothing", true, &k) && !finds("/Sign", true, &k));
}

#define LOG "0123456789abcdef0123456789abcdef"

Test(net_minutes, a_log_is_named_by_what_its_origin_ends_in)
{
	enum archive_kind k;

	cr_assert(finds("/bundle", false, &k) && of[0] == '\0');
	cr_assert(finds("/" LOG, false, &k) && k == ARCHIVE_STATUS && strcmp(of, LOG) == 0);
	cr_assert(finds("/" LOG "/bundle", false, &k) && k == ARCHIVE_BUNDLE);
	cr_assert(finds("/" LOG "/sign", true, &k) && k == ARCHIVE_SIGN && strcmp(of, LOG) == 0);
	cr_assert(finds("/list", false, &k) && k == ARCHIVE_LIST && of[0] == '\0');
	cr_assert(!finds("/" LOG "/", false, &k) && !finds("/" LOG "0", false, &k) &&
		  !finds("/0123456789ABCDEF0123456789abcdef", false, &k) &&
		  !finds("/" LOG "/" LOG, false, &k) && !finds("/" LOG "/sign", false, &k) &&
		  !finds("/bundle/" LOG, false, &k) && !finds("//bundle", false, &k) &&
		  !finds("bundle", false, &k));
}

Test(net_minutes, an_answer_is_so_large)
{
	cr_assert(net_minutes_fits(LIMIT_MINUTES_ANSWER_BYTES));
	cr_assert(!net_minutes_fits((size_t)LIMIT_MINUTES_ANSWER_BYTES + 1));
}

Test(net_minutes, so_much_is_on_its_way)
{
	static struct net n;

	n.large_bytes = LIMIT_MINUTES_OUT_BYTES;
	cr_assert(net_minutes_has_room(&n));
	n.large_bytes++;
	cr_assert(!net_minutes_has_room(&n));
}
