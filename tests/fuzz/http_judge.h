#ifndef ROKUSHA_TESTS_FUZZ_HTTP_JUDGE_H
#define ROKUSHA_TESTS_FUZZ_HTTP_JUDGE_H

/* Of fuzz_http.c: who may do what, from the text of the request alone, and what an answer is. */
#include <sodium.h>
#include <string.h>

#include "fuzz/fake_lws.h"
#include "fuzz/fuzz.h"
#include "store/store_mem.h"
#include "support/rig.h"

#define SID "00000000000000ab"
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LINK "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"
#define ORIGIN "http://127.0.0.1:8600"

static struct schema *schema;
static struct casefile file;
static struct net net;
static const struct net_config config = {.listen = "127.0.0.1:0", .speed = 1e-9};
static uint64_t dice_state;

/* A peer, and what the messages it sends ought to be. */
struct client {
	struct lws wsi;
	struct net_peer *peer;
	struct buf said;   /* of the message that is on its way */
	struct buf wanted; /* what the hub must be given now */
	bool has_wanted;
	bool is_lost; /* nothing it says may be heard any more */
};

/* ---- what was decided elsewhere, decided again ---- */

static struct slice header(const struct client *c, enum lws_token_indexes h)
{
	return buf_slice(&c->wsi.header[h]);
}

static struct slice trimmed(struct slice s)
{
	while (s.len && strchr(" \t", s.ptr[0])) {
		s = (struct slice){s.ptr + 1, s.len - 1};
	}
	while (s.len && strchr(" \t", s.ptr[s.len - 1])) {
		s.len--;
	}
	return s;
}

/* The next part of a list up to `sep`; false at its end. */
static bool part_of(struct slice *list, char sep, struct slice *out)
{
	const char *end = list->len ? memchr(list->ptr, sep, list->len) : NULL;

	if (list->len == 0) {
		return false;
	}
	*out = (struct slice){list->ptr, end ? (size_t)(end - list->ptr) : list->len};
	*list = (struct slice){list->ptr + out->len + (end != NULL),
			       list->len - out->len - (end != NULL)};
	return true;
}

/* Only one session is known from the start; what logins make is too random to be guessed. */
static bool has_session(const struct client *c)
{
	struct slice list = header(c, WSI_TOKEN_HTTP_COOKIE);
	struct slice part;

	while (part_of(&list, ';', &part)) {
		struct slice pair = trimmed(part);
		struct slice name = pair;

		if (pair.len && memchr(pair.ptr, '=', pair.len) && part_of(&pair, '=', &name) &&
		    slice_is(name, "rk-" SID)) {
			return slice_is(pair, TOKEN) && net.sessions.count > 0;
		}
	}
	return false;
}

static bool is_listed(const struct client *c)
{
	return slice_is(header(c, WSI_TOKEN_ORIGIN), ORIGIN);
}

static bool offers(const struct client *c)
{
	struct slice list = header(c, WSI_TOKEN_PROTOCOL);
	char text[256];
	char *save = NULL;

	if (list.len >= 128) {
		return false;
	}
	memcpy(text, list.len ? list.ptr : "", list.len);
	text[list.len] = '\0';
	for (char *t = strtok_r(text, " \t,", &save); t; t = strtok_r(NULL, " \t,", &save)) {
		if (strcmp(t, "rokusha.1") == 0) {
			return true;
		}
	}
	return false;
}

static bool may_open(const struct client *c)
{
	return c->wsi.method == LWSHUMETH_GET &&
	       slice_is(buf_slice(&c->wsi.uri), "/s/" SID "/ws") &&
	       header(c, WSI_TOKEN_HTTP_CONTENT_LENGTH).len == 0 &&
	       header(c, WSI_TOKEN_KEY).len == 24 && slice_is(header(c, WSI_TOKEN_VERSION), "13") &&
	       is_listed(c) && offers(c) && has_session(c);
}

static bool is_login(struct slice body)
{
	json_t *o = memchr(body.ptr ? body.ptr : "", 0, body.len)
			? NULL
			: json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
	const char *s = json_string_value(json_object_get(o, "secret"));
	bool is = json_object_size(o) == 1 && s && strcmp(s, LINK) == 0;

	json_decref(o);
	return is;
}

/* ---- answers ---- */

/* One whole answer: a status, headers of ours, as long as announced. Returns the status. */
static unsigned check_answer(struct client *c, bool is_head)
{
	static const char *const ours[] = {
	    "content-",        "x-content-",        "referrer-", "cross-",
	    "permissions-",    "allow: ",           "cache-",    "vary: ",
	    "set-cookie: rk-", "connection: close", "HTTP/1.1 "};
	struct slice out = buf_slice(&c->wsi.out);
	const char *end = out.len ? memmem(out.ptr, out.len, "\r\n\r\n", 4) : NULL;
	struct slice head = {out.ptr, end ? (size_t)(end - out.ptr) : 0};
	struct slice line;
	size_t length = SIZE_MAX;
	unsigned status = 0;

	MUST(end, "no answer");
	while (part_of(&head, '\n', &line)) {
		bool known = false;

		line.len -= line.len && line.ptr[line.len - 1] == '\r';
		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
			known = known || slice_begins(line, ours[i]);
		}
		MUST(known, "a header of somebody else's: %.*s", (int)line.len, line.ptr);
		for (size_t i = 0; i < line.len; i++) {
			MUST(line.ptr[i] >= ' ' && line.ptr[i] <= '~', "a byte in a header");
		}
		if (slice_begins(line, "HTTP/1.1 ")) {
			MUST(line.ptr == out.ptr, "two answers");
			status = (unsigned)atoi(line.ptr + 9);
		} else if (slice_begins(line, "content-length: ")) {
			length = (size_t)atoi(line.ptr + 16);
		}
	}
	MUST(status >= 200 && status < 600, "%u", status);
	MUST(is_head || length == out.len - (size_t)(end + 4 - out.ptr), "%zu announced", length);
	MUST(!is_head || end + 4 == out.ptr + out.len, "a body for HEAD");
	buf_clear(&c->wsi.out);
	return status;
}

static bool gives_session(const struct client *c)
{
	return c->wsi.out.len && memmem(c->wsi.out.ptr, c->wsi.out.len, "set-cookie: ", 12) != NULL;
}

#endif
