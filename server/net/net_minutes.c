/* Signed minutes over HTTP: between the request and the archive's thread. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/net_state.h"

/* On its way through the archive. Lives until the answer, whatever becomes of the peer. */
struct net_question {
	struct net_peer *peer; /* NULL once it left */
	enum archive_kind kind;
};

static const struct slice nothing = {NULL, 0};

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f')) {
			return false;
		}
	}
	return true;
}

/* A part of the path, with its slash before it, is taken from `rest`; false: there is no such. */
static bool next_part(struct slice *rest, struct slice *out)
{
	const char *end;

	if (rest->len < 2 || rest->ptr[0] != '/') {
		return false;
	}
	end = memchr(rest->ptr + 1, '/', rest->len - 1);
	*out = (struct slice){rest->ptr + 1, end ? (size_t)(end - rest->ptr) - 1 : rest->len - 1};
	rest->ptr += out->len + 1;
	rest->len -= out->len + 1;
	return true;
}

bool net_minutes_find(struct slice path, bool is_post, enum archive_kind *out,
		      char of[ARCHIVE_OF_CHARS + 1])
{
	static const char *const name[] = {
#define X(NAME, TEXT) TEXT,
	    ARCHIVE_KINDS(X)
#undef X
	};
	size_t skip = 3 + HEX64_LEN + strlen("/minutes");
	struct slice rest, part = {0};

	of[0] = '\0';
	if (path.len < skip) {
		return false;
	}
	rest = (struct slice){path.ptr + skip, path.len - skip};
	if (next_part(&rest, &part) && part.len == ARCHIVE_OF_CHARS && is_digits(part)) {
		memcpy(of, part.ptr, part.len);
		of[part.len] = '\0';
		part = (struct slice){0};
		(void)next_part(&rest, &part);
	}
	for (int k = 0; k < ARCHIVE_KIND_COUNT; k++) {
		if (!rest.len && slice_is(part, name[k]) &&
		    archive_kind_writes((enum archive_kind)k) == is_post) {
			*out = (enum archive_kind)k;
			return true;
		}
	}
	return false;
}

bool net_minutes_fits(size_t answer_bytes)
{
	return answer_bytes <= LIMIT_MINUTES_ANSWER_BYTES;
}

bool net_minutes_has_room(const struct net *n)
{
	return n->large_bytes <= LIMIT_MINUTES_OUT_BYTES;
}

void net_minutes(struct net_peer *p)
{
	struct net *n = p->net;
	struct archive_ask ask = {.kind = p->http.minutes,
				  .series = p->session.series,
				  .seat = p->session.seat,
				  .now_ms = net_now(n),
				  .body = buf_slice(&p->http.body)};
	struct net_question *q;
	enum err e;

	memcpy(ask.of, p->http.minutes_of, sizeof ask.of);
	if (!n->archive || !net_minutes_has_room(n)) {
		net_http_answer(p, 503, "{\"error\":\"busy\"}", nothing);
		return;
	}
	q = mem_alloc(sizeof *q);
	q->peer = p;
	q->kind = ask.kind;
	e = archive_line_ask(n->archive, &ask, q);
	if (p->http.body.ptr) {
		sodium_memzero(p->http.body.ptr, p->http.body.len); /* a code was in it */
	}
	if (e != ERR_OK) {
		free(q);
		net_http_answer(p, e == ERR_LIMIT ? 429 : 503,
				e == ERR_LIMIT ? "{\"error\":\"slow\"}" : "{\"error\":\"busy\"}",
				nothing);
		return;
	}
	p->http.question = q;
	n->question_count++;
}

void net_minutes_forget(struct net_peer *p)
{
	if (p->http.question) {
		p->http.question->peer = NULL;
		p->http.question = NULL;
	}
}

static void answered(struct net *n, struct net_question *q, struct archive_answer *a)
{
	struct net_peer *p = q->peer;

	n->question_count--;
	if (a->why[0]) {
		net_log("error", "minutes", "result=%u what=%d why=\"%s\"", a->status, (int)q->kind,
			a->why);
	}
	if (p) {
		p->http.question = NULL;
		net_http_give(p, a->status, a->is_file ? "minutes.json" : NULL, &a->body);
	}
	buf_fini(&a->body);
	free(q);
}

void net_minutes_poll(struct net *n)
{
	struct archive_answer a;
	void *token;

	while (n->archive && archive_line_take(n->archive, &token, &a)) {
		answered(n, token, &a);
	}
}
