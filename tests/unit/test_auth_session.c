/* Sessions in memory, and the throttle of failed logins. */
#include <criterion/criterion.h>

#include "auth/session.h"
#include "base/limits.h"

#define TOKEN_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define TOKEN_B "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static struct auth_session session_of(uint64_t sid, const char *token, int64_t expires_ms)
{
	struct auth_session s = {.sid = sid, .series = {7}, .seat = 3, .expires_ms = expires_ms};

	auth_secret_hash(slice_of(token), s.token_hash);
	return s;
}

Test(auth_session, the_secret_of_a_session_opens_it_and_no_other)
{
	struct auth_sessions a = {0};
	struct auth_session one = session_of(1, TOKEN_A, 1000);
	struct auth_session two = session_of(2, TOKEN_B, 1000);
	const struct auth_session *s;

	cr_assert(!auth_sessions_check(&a, 1, slice_of(TOKEN_A), 0));
	cr_assert(auth_sessions_add(&a, &one));
	cr_assert(auth_sessions_add(&a, &two));
	s = auth_sessions_check(&a, 1, slice_of(TOKEN_A), 999);
	cr_assert(s);
	cr_assert_eq(s->series.n, 7);
	cr_assert_eq(s->seat, 3);
	cr_assert(!auth_sessions_check(&a, 1, slice_of(TOKEN_B), 0));
	cr_assert(!auth_sessions_check(&a, 2, slice_of(TOKEN_A), 0));
	cr_assert(!auth_sessions_check(&a, 3, slice_of(TOKEN_A), 0));
	cr_assert(!auth_sessions_check(&a, 1, (struct slice){NULL, 0}, 0));
	auth_sessions_remove(&a, 1);
	auth_sessions_remove(&a, 1);
	cr_assert(!auth_sessions_check(&a, 1, slice_of(TOKEN_A), 0));
	cr_assert(auth_sessions_check(&a, 2, slice_of(TOKEN_B), 0));
	auth_sessions_fini(&a);
}

Test(auth_session, a_session_ends_at_its_time)
{
	struct auth_sessions a = {0};
	struct auth_session one = session_of(1, TOKEN_A, 2000);
	struct auth_session two = session_of(2, TOKEN_B, 1000);

	cr_assert_eq(auth_sessions_deadline(&a), INT64_MAX);
	cr_assert(auth_sessions_add(&a, &one) && auth_sessions_add(&a, &two));
	cr_assert_eq(auth_sessions_deadline(&a), 1000);
	cr_assert(!auth_sessions_expired(&a, 999));
	cr_assert_eq(auth_sessions_expired(&a, 1000)->sid, 2);
	cr_assert(!auth_sessions_check(&a, 2, slice_of(TOKEN_B), 1000));
	auth_sessions_remove(&a, 2);
	cr_assert_eq(auth_sessions_deadline(&a), 2000);
	auth_sessions_fini(&a);
}

Test(auth_session, there_is_a_limit)
{
	struct auth_sessions a = {0};
	struct auth_session s = session_of(0, TOKEN_A, 1);

	a.cap = LIMIT_SESSIONS;
	a.session = calloc(a.cap, sizeof *a.session);
	a.count = LIMIT_SESSIONS;
	s.sid = 9;
	cr_assert(!auth_sessions_add(&a, &s));
	auth_sessions_remove(&a, 0);
	cr_assert(auth_sessions_add(&a, &s));
	auth_sessions_fini(&a);
}

static struct auth_addr addr(unsigned n)
{
	struct auth_addr a = {{0}};

	memcpy(a.byte + 8, &n, sizeof n);
	return a;
}

Test(auth_throttle, ten_failures_fill_a_minute)
{
	static struct auth_throttle t;
	struct auth_addr a = addr(1);
	struct auth_addr b = addr(2);

	for (int i = 0; i < LIMIT_LOGIN_FAILURES; i++) {
		cr_assert(!auth_throttle_is_full(&t, &a, 1000 + i));
		auth_throttle_failed(&t, &a, 1000 + i);
	}
	cr_assert(auth_throttle_is_full(&t, &a, 1010));
	cr_assert(!auth_throttle_is_full(&t, &b, 1010));
	cr_assert(auth_throttle_is_full(&t, &a, 1000 + AUTH_THROTTLE_MS - 1));
	cr_assert(!auth_throttle_is_full(&t, &a, 1000 + AUTH_THROTTLE_MS));
	auth_throttle_failed(&t, &a, 1000 + AUTH_THROTTLE_MS);
	cr_assert(!auth_throttle_is_full(&t, &a, 1000 + AUTH_THROTTLE_MS));
}

Test(auth_throttle, many_addresses_push_out_the_oldest_only)
{
	static struct auth_throttle t;
	struct auth_addr first = addr(1);
	struct auth_addr last = addr(2);

	for (int i = 0; i < LIMIT_LOGIN_FAILURES; i++) {
		auth_throttle_failed(&t, &first, 0);
		auth_throttle_failed(&t, &last, 1);
	}
	for (unsigned i = 0; i < AUTH_THROTTLE_SLOTS - 1; i++) {
		struct auth_addr other = addr(100 + i);

		auth_throttle_failed(&t, &other, 2);
	}
	cr_assert(!auth_throttle_is_full(&t, &first, 3));
	cr_assert(auth_throttle_is_full(&t, &last, 3));
}
