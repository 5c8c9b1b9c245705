#include "auth/session.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

void auth_sessions_fini(struct auth_sessions *a)
{
	free(a->session);
	*a = (struct auth_sessions){0};
}

static struct auth_session *find(const struct auth_sessions *a, uint64_t sid)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->session[i].sid == sid) {
			return &a->session[i];
		}
	}
	return NULL;
}

bool auth_sessions_add(struct auth_sessions *a, const struct auth_session *s)
{
	assert(!find(a, s->sid));
	if (a->count >= LIMIT_SESSIONS) {
		return false;
	}
	mem_room(&a->session, &a->cap, a->count, sizeof *a->session);
	if (a->count == 0 || s->expires_ms < a->deadline_ms) {
		a->deadline_ms = s->expires_ms;
	}
	a->session[a->count++] = *s;
	return true;
}

void auth_sessions_remove(struct auth_sessions *a, uint64_t sid)
{
	struct auth_session *s = find(a, sid);

	if (!s) {
		return;
	}
	*s = a->session[--a->count];
	a->deadline_ms = INT64_MAX;
	for (size_t i = 0; i < a->count; i++) {
		if (a->session[i].expires_ms < a->deadline_ms) {
			a->deadline_ms = a->session[i].expires_ms;
		}
	}
}

const struct auth_session *auth_sessions_check(const struct auth_sessions *a, uint64_t sid,
					       struct slice token, int64_t now_ms)
{
	const struct auth_session *s = find(a, sid);
	uint8_t hash[AUTH_HASH_BYTES];

	if (!s || now_ms >= s->expires_ms || !auth_secret_is_valid(token)) {
		return NULL;
	}
	auth_secret_hash(token, hash);
	return auth_hash_eq(hash, s->token_hash) ? s : NULL;
}

const struct auth_session *auth_sessions_expired(const struct auth_sessions *a, int64_t now_ms)
{
	for (size_t i = 0; now_ms >= auth_sessions_deadline(a) && i < a->count; i++) {
		if (now_ms >= a->session[i].expires_ms) {
			return &a->session[i];
		}
	}
	return NULL;
}

int64_t auth_sessions_deadline(const struct auth_sessions *a)
{
	return a->count ? a->deadline_ms : INT64_MAX;
}

static bool is_live(const struct auth_throttle_slot *s, int64_t now_ms)
{
	return s->failures && now_ms - s->since_ms < AUTH_THROTTLE_MS;
}

static bool is_of(const struct auth_throttle_slot *s, const struct auth_addr *addr)
{
	return memcmp(&s->addr, addr, sizeof *addr) == 0;
}

bool auth_throttle_is_full(const struct auth_throttle *t, const struct auth_addr *addr,
			   int64_t now_ms)
{
	for (size_t i = 0; i < AUTH_THROTTLE_SLOTS; i++) {
		const struct auth_throttle_slot *s = &t->slot[i];

		if (is_live(s, now_ms) && is_of(s, addr)) {
			return s->failures >= LIMIT_LOGIN_FAILURES;
		}
	}
	return false;
}

void auth_throttle_failed(struct auth_throttle *t, const struct auth_addr *addr, int64_t now_ms)
{
	struct auth_throttle_slot *oldest = &t->slot[0];

	for (size_t i = 0; i < AUTH_THROTTLE_SLOTS; i++) {
		struct auth_throttle_slot *s = &t->slot[i];

		if (is_live(s, now_ms) && is_of(s, addr)) {
			s->failures++;
			return;
		}
		if (is_live(oldest, now_ms) &&
		    (!is_live(s, now_ms) || s->since_ms < oldest->since_ms)) {
			oldest = s;
		}
	}
	*oldest = (struct auth_throttle_slot){.addr = *addr, .failures = 1, .since_ms = now_ms};
}
