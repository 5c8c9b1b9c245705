#ifndef ROKUSHA_AUTH_AUTH_H
#define ROKUSHA_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/slice.h"

/*
 * How somebody proves to be at a seat: secrets of links and sessions, cookies, the paths of a
 * session. Pure: random bits come in as arguments.
 *
 * A secret is 256 random bits as 43 characters of base64url. Only its SHA-256 is ever kept.
 */
enum {
	AUTH_SECRET_BYTES = 32,
	AUTH_SECRET_CHARS = 43,
	AUTH_HASH_BYTES = 32,
	AUTH_COOKIE_NAME_CHARS = 3 + HEX64_LEN /* rk-<sid> */
};

void auth_secret_text(const uint8_t bits[AUTH_SECRET_BYTES], char out[AUTH_SECRET_CHARS + 1]);
/* Exactly what auth_secret_text can write. */
bool auth_secret_is_valid(struct slice text);
void auth_secret_hash(struct slice text, uint8_t out[AUTH_HASH_BYTES]);
/* In constant time. */
bool auth_hash_eq(const uint8_t a[AUTH_HASH_BYTES], const uint8_t b[AUTH_HASH_BYTES]);

/*
 * The key under which a browser keeps what somebody at `seat` could not send yet: the same for
 * every session of that seat, another for every seat, series and database (`secret`, 32 bytes).
 */
void auth_keep_key(const uint8_t secret[AUTH_SECRET_BYTES], struct series_id series, uint8_t seat,
		   uint8_t key[AUTH_SECRET_BYTES]);

void auth_cookie_name(uint64_t sid, char out[AUTH_COOKIE_NAME_CHARS + 1]);
/*
 * The value of the first cookie called exactly `name` in a Cookie header; borrowed from it.
 * {NULL, 0} when there is none.
 */
struct slice auth_cookie_find(struct slice header, struct slice name);
/*
 * Appends a whole Set-Cookie value for a session. An empty token and max_age_s 0 delete it. The
 * path keeps the cookies of several seats in one browser apart.
 */
void auth_cookie_build(struct buf *out, uint64_t sid, struct slice token, bool is_tls,
		       int64_t max_age_s);

enum auth_route {
	AUTH_ROUTE_NONE,
	AUTH_ROUTE_PAGE,
	AUTH_ROUTE_SOCKET,
	AUTH_ROUTE_LOGOUT,
	AUTH_ROUTE_KEEP,
	AUTH_ROUTE_MINUTES
};
/* /s/<sid>, and below it ws, logout, keep, and minutes with what is below; `*sid` is set unless
 * NONE. */
enum auth_route auth_route_of(struct slice path, uint64_t *sid);

/*
 * The body of a login, {"secret":"…"} and nothing else.
 * ERR_PROTO  anything else, among it a secret that cannot be one
 */
MUST_CHECK enum err auth_login_body(struct slice body, char secret[AUTH_SECRET_CHARS + 1]);

/* Exactly one of the list. An empty origin never is. */
bool auth_origin_is_listed(struct slice origin, const char *const *list, size_t count);

#endif
