/* Secrets, cookies, paths, the login's body, origins. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "auth/auth.h"
#include "base/mem.h"

#define S(literal) ((struct slice){literal, sizeof(literal) - 1})
#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SID "0123456789abcdef"

static const uint64_t sid = 0x0123456789abcdefu;

Test(auth, a_secret_is_its_bits_as_43_characters)
{
	uint8_t bits[AUTH_SECRET_BYTES];
	char text[AUTH_SECRET_CHARS + 1];

	for (unsigned i = 0; i < sizeof bits; i++) {
		bits[i] = (uint8_t)i;
	}
	auth_secret_text(bits, text);
	cr_assert_str_eq(text, SECRET);
	cr_assert(auth_secret_is_valid(slice_of(text)));
}

Test(auth, nothing_else_is_a_secret)
{
	cr_assert(!auth_secret_is_valid((struct slice){NULL, 0}));
	cr_assert(!auth_secret_is_valid(S("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh")));
	cr_assert(!auth_secret_is_valid(S(SECRET "A")));
	cr_assert(!auth_secret_is_valid(S(SECRET "=")));
	cr_assert(!auth_secret_is_valid(
	    S("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"))); /* bits left */
	cr_assert(!auth_secret_is_valid(S("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH+8")));
	cr_assert(!auth_secret_is_valid(S("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH\0"
					  "8")));
}

Test(auth, the_hash_is_sha256_of_the_characters)
{
	static const uint8_t of_abc[4] = {0xba, 0x78, 0x16, 0xbf};
	uint8_t a[AUTH_HASH_BYTES];
	uint8_t b[AUTH_HASH_BYTES];

	auth_secret_hash(S("abc"), a);
	auth_secret_hash(S("abd"), b);
	cr_assert_arr_eq(a, of_abc, sizeof of_abc);
	cr_assert(auth_hash_eq(a, a));
	cr_assert(!auth_hash_eq(a, b));
}

static void finds(struct slice header, const char *value)
{
	/* A copy of exactly that size: a byte read behind it is an error of the sanitizer. */
	char *copy = malloc(header.len ? header.len : 1);
	struct slice got;

	cr_assert(copy);
	memcpy(copy, header.ptr, header.len);
	got = auth_cookie_find((struct slice){copy, header.len}, S("rk-" SID));
	if (value) {
		cr_assert(slice_is(got, value), "%.*s", (int)header.len, header.ptr);
		cr_assert(got.ptr);
	} else {
		cr_assert(!got.ptr, "%.*s", (int)header.len, header.ptr);
	}
	free(copy);
}

Test(auth, a_cookie_is_found_by_its_exact_name)
{
	finds(S("rk-" SID "=x"), "x");
	finds(S("a=1; rk-" SID "=x; b=2"), "x");
	finds(S("a=1;rk-" SID "=x;b=2"), "x");
	finds(S("a=1;\t rk-" SID "=x \t;"), "x");
	finds(S("a=1; b=2; rk-" SID "=x"), "x");
	finds(S("rk-" SID "="), "");
	finds(S("rk-" SID "=x=y"), "x=y");
	finds(S("rk-" SID "=first; rk-" SID "=second"), "first");
	finds(S(";;; ; =; =x; rk-" SID "=x"), "x");
}

Test(auth, a_cookie_of_a_name_like_it_is_not)
{
	finds(S(""), NULL);
	finds(S("rk-" SID), NULL);
	finds(S("xrk-" SID "=x"), NULL);
	finds(S("rk-" SID "x=x"), NULL);
	finds(S("rk-" SID " =x"), NULL);
	finds(S("RK-" SID "=x"), NULL);
	finds(S("a=rk-" SID "=x"), NULL);
	finds(S("a=\"; b=rk-" SID "=x\""), NULL);
	finds(S("rk-0123456789abcdee=x"), NULL);
}

Test(auth, a_cookie_is_kept_to_its_path)
{
	struct buf out = {0};
	char name[AUTH_COOKIE_NAME_CHARS + 1];

	auth_cookie_name(sid, name);
	cr_assert_str_eq(name, "rk-" SID);
	auth_cookie_build(&out, sid, S("tok"), true, 36000);
	cr_assert(slice_is(buf_slice(&out),
			   "rk-" SID "=tok; HttpOnly; SameSite=Strict; Path=/s/" SID
			   "; Max-Age=36000; Secure"));
	buf_clear(&out);
	auth_cookie_build(&out, sid, (struct slice){NULL, 0}, false, 0);
	cr_assert(slice_is(buf_slice(&out),
			   "rk-" SID "=; HttpOnly; SameSite=Strict; Path=/s/" SID "; Max-Age=0"));
	buf_fini(&out);
}

Test(auth, paths_of_a_session)
{
	uint64_t got = 0;

	cr_assert_eq(auth_route_of(S("/s/" SID), &got), AUTH_ROUTE_PAGE);
	cr_assert_eq(got, sid);
	cr_assert_eq(auth_route_of(S("/s/" SID "/ws"), &got), AUTH_ROUTE_SOCKET);
	cr_assert_eq(auth_route_of(S("/s/" SID "/logout"), &got), AUTH_ROUTE_LOGOUT);
	cr_assert_eq(auth_route_of(S("/s/" SID "/keep"), &got), AUTH_ROUTE_KEEP);
	cr_assert_eq(auth_route_of((struct slice){NULL, 0}, &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/0123456789abcde"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/0123456789ABCDEF"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/" SID "/"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/" SID "/ws/"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/s/" SID "ws"), &got), AUTH_ROUTE_NONE);
	cr_assert_eq(auth_route_of(S("/x/" SID "/ws"), &got), AUTH_ROUTE_NONE);
}

Test(auth, the_body_of_a_login_is_closed)
{
	char secret[AUTH_SECRET_CHARS + 1] = "";

	cr_assert_eq(auth_login_body(S("{\"secret\":\"" SECRET "\"}"), secret), ERR_OK);
	cr_assert_str_eq(secret, SECRET);
	cr_assert_eq(auth_login_body(S(" { \"secret\" : \"" SECRET "\" } "), secret), ERR_OK);
	cr_assert_eq(auth_login_body((struct slice){NULL, 0}, secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{}"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":\"" SECRET "\"}\0x"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("[]"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("\"" SECRET "\""), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":1}"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":\"short\"}"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":\"" SECRET "\",\"x\":1}"), secret), ERR_PROTO);
	cr_assert_eq(
	    auth_login_body(S("{\"secret\":\"" SECRET "\",\"secret\":\"" SECRET "\"}"), secret),
	    ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":\"" SECRET "\"}x"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"secret\":\"" SECRET "\"}\0"), secret), ERR_PROTO);
	cr_assert_eq(auth_login_body(S("{\"Secret\":\"" SECRET "\"}"), secret), ERR_PROTO);
}

Test(auth, deep_json_is_no_login)
{
	char deep[1024];
	char secret[AUTH_SECRET_CHARS + 1];

	memset(deep, '[', sizeof deep);
	cr_assert_eq(auth_login_body((struct slice){deep, sizeof deep}, secret), ERR_PROTO);
}

Test(auth, an_origin_is_one_of_the_list)
{
	static const char *const list[] = {"http://127.0.0.1:8600", "https://rokusha.example"};

	cr_assert(auth_origin_is_listed(S("http://127.0.0.1:8600"), list, 2));
	cr_assert(auth_origin_is_listed(S("https://rokusha.example"), list, 2));
	cr_assert(!auth_origin_is_listed(S("https://rokusha.example"), list, 1));
	cr_assert(!auth_origin_is_listed((struct slice){NULL, 0}, list, 2));
	cr_assert(!auth_origin_is_listed(S("null"), list, 2));
	cr_assert(!auth_origin_is_listed(S("https://rokusha.example/"), list, 2));
	cr_assert(!auth_origin_is_listed(S("https://rokusha.example.org"), list, 2));
	cr_assert(!auth_origin_is_listed(S("http://127.0.0.1:86000"), list, 2));
	cr_assert(!auth_origin_is_listed(S("https://ROKUSHA.example"), list, 2));
}

Test(auth, what_a_browser_keeps_has_a_key_of_its_own_for_every_seat)
{
	uint8_t secret[2][AUTH_SECRET_BYTES] = {{1}, {2}};
	uint8_t key[4][AUTH_SECRET_BYTES];
	uint8_t again[AUTH_SECRET_BYTES];

	auth_keep_key(secret[0], (struct series_id){1}, 11, key[0]);
	auth_keep_key(secret[0], (struct series_id){11}, 1, key[1]);
	auth_keep_key(secret[0], (struct series_id){1}, 12, key[2]);
	auth_keep_key(secret[1], (struct series_id){1}, 11, key[3]);
	auth_keep_key(secret[0], (struct series_id){1}, 11, again);
	cr_assert_arr_eq(key[0], again, sizeof again);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < i; j++) {
			cr_assert_arr_neq(key[i], key[j], sizeof again, "%d %d", i, j);
		}
	}
}
