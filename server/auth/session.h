#ifndef ROKUSHA_AUTH_SESSION_H
#define ROKUSHA_AUTH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "base/ids.h"
#include "base/slice.h"

/* The sessions that are neither ended nor expired, in memory. Hashes only. */
struct auth_session {
	uint64_t sid;
	uint8_t token_hash[AUTH_HASH_BYTES];
	struct series_id series;
	uint8_t seat;
	int64_t expires_ms;
};

/* Zero-initialise. A pointer to a session is good until the next add or remove. */
struct auth_sessions {
	struct auth_session *session;
	size_t count, cap;
	int64_t deadline_ms; /* the earliest expiry; asked at every turn of the loop */
};

void auth_sessions_fini(struct auth_sessions *a);
/* False when there are LIMIT_SESSIONS already. */
bool auth_sessions_add(struct auth_sessions *a, const struct auth_session *s);
void auth_sessions_remove(struct auth_sessions *a, uint64_t sid);
/* The session `sid` if `token` is its secret and it has not expired; else NULL. */
const struct auth_session *auth_sessions_check(const struct auth_sessions *a, uint64_t sid,
					       struct slice token, int64_t now_ms);
/* Some session that has expired, NULL when none has. */
const struct auth_session *auth_sessions_expired(const struct auth_sessions *a, int64_t now_ms);
/* When the next one expires; INT64_MAX when there is none. */
int64_t auth_sessions_deadline(const struct auth_sessions *a);

/*
 * Failed logins by address, so that trying is slow. Zero-initialise. Bounded: with more addresses
 * than slots the one idle longest is forgotten.
 */
enum { AUTH_ADDR_BYTES = 16, AUTH_THROTTLE_SLOTS = 256, AUTH_THROTTLE_MS = 60000 };

struct auth_addr {
	uint8_t byte[AUTH_ADDR_BYTES];
};

struct auth_throttle {
	struct auth_throttle_slot {
		struct auth_addr addr;
		unsigned failures;
		int64_t since_ms; /* of the first failure of this minute */
	} slot[AUTH_THROTTLE_SLOTS];
};

/* `now_ms` never runs backwards. */
bool auth_throttle_is_full(const struct auth_throttle *t, const struct auth_addr *addr,
			   int64_t now_ms);
void auth_throttle_failed(struct auth_throttle *t, const struct auth_addr *addr, int64_t now_ms);

#endif
