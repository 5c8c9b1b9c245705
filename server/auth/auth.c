#include "auth/auth.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>

_Static_assert(AUTH_HASH_BYTES == crypto_hash_sha256_BYTES, "the hash is SHA-256");

void auth_secret_text(const uint8_t bits[AUTH_SECRET_BYTES], char out[AUTH_SECRET_CHARS + 1])
{
	sodium_bin2base64(out, AUTH_SECRET_CHARS + 1, bits, AUTH_SECRET_BYTES,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	assert(strlen(out) == AUTH_SECRET_CHARS);
}

bool auth_secret_is_valid(struct slice text)
{
	uint8_t bits[AUTH_SECRET_BYTES];
	size_t len = 0;
	bool ok;

	if (text.len != AUTH_SECRET_CHARS) {
		return false;
	}
	ok = sodium_base642bin(bits, sizeof bits, text.ptr, text.len, NULL, &len, NULL,
			       sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	     len == sizeof bits;
	sodium_memzero(bits, sizeof bits);
	return ok;
}

void auth_secret_hash(struct slice text, uint8_t out[AUTH_HASH_BYTES])
{
	(void)crypto_hash_sha256(out, (const unsigned char *)text.ptr, text.len);
}

void auth_keep_key(const uint8_t secret[AUTH_SECRET_BYTES], struct series_id series, uint8_t seat,
		   uint8_t key[AUTH_SECRET_BYTES])
{
	char who[48];

	(void)snprintf(who, sizeof who, "keep %" PRId64 " %u", series.n, (unsigned)seat);
	(void)crypto_generichash(key, AUTH_SECRET_BYTES, (const unsigned char *)who, strlen(who),
				 secret, AUTH_SECRET_BYTES);
}

bool auth_hash_eq(const uint8_t a[AUTH_HASH_BYTES], const uint8_t b[AUTH_HASH_BYTES])
{
	return sodium_memcmp(a, b, AUTH_HASH_BYTES) == 0;
}

void auth_cookie_name(uint64_t sid, char out[AUTH_COOKIE_NAME_CHARS + 1])
{
	memcpy(out, "rk-", 3);
	id_to_hex(sid, out + 3);
}

static struct slice trim(struct slice s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
		s.len--;
	}
	return s;
}

struct slice auth_cookie_find(struct slice header, struct slice name)
{
	while (header.len) {
		const char *semicolon = memchr(header.ptr, ';', header.len);
		size_t len = semicolon ? (size_t)(semicolon - header.ptr) : header.len;
		struct slice pair = trim((struct slice){header.ptr, len});
		const char *equals = pair.len ? memchr(pair.ptr, '=', pair.len) : NULL;

		if (equals &&
		    slice_eq((struct slice){pair.ptr, (size_t)(equals - pair.ptr)}, name)) {
			return (struct slice){equals + 1,
					      pair.len - (size_t)(equals - pair.ptr) - 1};
		}
		len += semicolon ? 1 : 0;
		header.ptr += len;
		header.len -= len;
	}
	return (struct slice){NULL, 0};
}

void auth_cookie_build(struct buf *out, uint64_t sid, struct slice token, bool is_tls,
		       int64_t max_age_s)
{
	char name[AUTH_COOKIE_NAME_CHARS + 1];

	auth_cookie_name(sid, name);
	buf_add_str(out, name);
	buf_add_str(out, "=");
	buf_add(out, token);
	buf_printf(out, "; HttpOnly; SameSite=Strict; Path=/s/%s; Max-Age=%lld", name + 3,
		   (long long)max_age_s);
	if (is_tls) {
		buf_add_str(out, "; Secure");
	}
}

enum auth_route auth_route_of(struct slice path, uint64_t *sid)
{
	static const struct {
		const char *rest;
		enum auth_route route;
	} row[] = {{"", AUTH_ROUTE_PAGE},
		   {"/ws", AUTH_ROUTE_SOCKET},
		   {"/logout", AUTH_ROUTE_LOGOUT},
		   {"/keep", AUTH_ROUTE_KEEP}};
	struct slice rest;

	if (path.len < 3 + HEX64_LEN || memcmp(path.ptr, "/s/", 3) != 0 ||
	    !id_from_hex((struct slice){path.ptr + 3, HEX64_LEN}, sid)) {
		return AUTH_ROUTE_NONE;
	}
	rest = (struct slice){path.ptr + 3 + HEX64_LEN, path.len - 3 - HEX64_LEN};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (slice_is(rest, row[i].rest)) {
			return row[i].route;
		}
	}
	if (slice_is(rest, "/minutes") || slice_begins(rest, "/minutes/")) {
		return AUTH_ROUTE_MINUTES;
	}
	return AUTH_ROUTE_NONE;
}

enum err auth_login_body(struct slice body, char secret[AUTH_SECRET_CHARS + 1])
{
	/* The parser would take a NUL byte for the end, whatever follows. */
	bool whole = body.len > 0 && !memchr(body.ptr, '\0', body.len);
	json_t *o = whole ? json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *s =
	    json_is_object(o) && json_object_size(o) == 1 ? json_object_get(o, "secret") : NULL;
	enum err e = ERR_PROTO;

	if (json_is_string(s)) {
		struct slice text = {json_string_value(s), json_string_length(s)};

		if (auth_secret_is_valid(text)) {
			memcpy(secret, text.ptr, text.len);
			secret[text.len] = '\0';
			e = ERR_OK;
		}
	}
	json_decref(o);
	return e;
}

bool auth_origin_is_listed(struct slice origin, const char *const *list, size_t count)
{
	for (size_t i = 0; origin.len && i < count; i++) {
		if (slice_is(origin, list[i])) {
			return true;
		}
	}
	return false;
}
