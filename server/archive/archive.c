/* What is asked about signed minutes, and how it is answered. */
#include "archive/archive.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "base/mem.h"
#include "minutes/b64.h"

/* ---- begin, end ---- */

/*
 * HOST[:PORT] of a URL; and the name of the signing page. Every log names it where there can be
 * one, so that minutes sealed before it was set up can be signed on it later.
 */
static void take_url(struct archive *a, const char *url)
{
	const char *at = strstr(url, "://");
	struct slice host = slice_of(at ? at + 3 : url);
	struct buf rp = {0};

	while (host.len && host.ptr[host.len - 1] == '/') {
		host.len--;
	}
	a->host = mem_dup(host);
	a->rp = mem_dup(passkey_rp_of(slice_of(url), &rp) ? buf_slice(&rp) : slice_of(""));
	buf_fini(&rp);
}

struct telling {
	void (*lost)(const char *what);
};

static void tell_lost(void *arg, struct slice origin)
{
	const struct telling *t = arg;
	char line[STORE_WHY_BYTES];

	(void)snprintf(line, sizeof line, "an older copy was restored: %.*s is lost",
		       (int)origin.len, origin.ptr);
	t->lost(line);
}

/* What cannot be read is said, too; whoever asks for minutes is told then. */
static void look_for_lost(struct archive *a, const struct archive_config *config)
{
	struct telling t = {config->lost};
	char why[STORE_WHY_BYTES] = "";

	if (t.lost && lost_each(a, tell_lost, &t, why) != ERR_OK) {
		t.lost(why);
	}
}

enum err archive_open(const struct archive_config *config, struct archive **out, char *why)
{
	struct archive *a = mem_alloc(sizeof *a);
	enum err e;

	a->db_path = mem_dup(slice_of(config->db));
	a->heads = heads_create(a->db_path);
	take_url(a, config->url);
	a->offers_passkeys = config->offers_passkeys && a->rp[0];
	a->policies = policies_create(config->running);
	e = store_open(config->db, STORE_READ, &a->reader, why);
	if (e == ERR_OK) {
		e = minutes_db_open(config->db, !config->only_reads, &a->db, why);
	}
	if (e != ERR_OK) {
		archive_close(a);
		return e;
	}
	look_for_lost(a, config);
	*out = a;
	return ERR_OK;
}

void archive_close(struct archive *a)
{
	if (!a) {
		return;
	}
	minutes_db_close(a->db);
	store_close(a->reader);
	policies_destroy(a->policies);
	keys_forget(&a->keys);
	waits_fini(&a->waits);
	heads_destroy(a->heads);
	free(a->db_path);
	free(a->host);
	free(a->rp);
	free(a);
}

/* ---- bodies, answers ---- */

struct slice body_text(const struct asked *q, const char *name)
{
	const json_t *v = json_object_get(q->body, name);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

bool body_hash(const struct asked *q, const char *name, struct min_hash *out)
{
	struct slice text = body_text(q, name);

	return text.ptr && min_b64_exact(text, out->b, sizeof out->b);
}

void answer_json(struct asked *q, unsigned status, json_t *owned)
{
	char *text = json_dumps(owned, JSON_COMPACT);

	assert(text);
	q->out->status = status;
	buf_clear(&q->out->body);
	buf_add_str(&q->out->body, text);
	free(text);
	json_decref(owned);
}

void answer_error(struct asked *q, unsigned status, const char *word)
{
	answer_json(q, status, json_pack("{s:s}", "error", word));
}

void answer_err(struct asked *q, enum err e)
{
	switch (e) {
	case ERR_OK:
		answer_json(q, 200, json_object());
		break;
	case ERR_GONE:
		answer_error(q, 404, "gone");
		break;
	case ERR_RULE:
		answer_error(q, 409, "rule");
		break;
	case ERR_STALE:
		answer_error(q, 409, "stale");
		break;
	case ERR_HOLD:
		answer_error(q, 409, "hold");
		break;
	case ERR_PROTO:
		answer_error(q, 400, "bad");
		break;
	case ERR_LIMIT:
		answer_error(q, 413, "limit");
		break;
	default:
		answer_error(q, 503, "busy");
		break;
	}
}

/* ---- who asks ---- */

static enum err (*const answers[ARCHIVE_KIND_COUNT])(struct asked *q) = {
    [ARCHIVE_STATUS] = answer_status,
    [ARCHIVE_PREVIEW] = answer_preview,
    [ARCHIVE_BUNDLE] = answer_bundle,
    [ARCHIVE_CODE] = answer_code,
    [ARCHIVE_SIGN] = answer_sign,
    [ARCHIVE_VOUCH] = answer_vouch,
    [ARCHIVE_PAPER] = answer_paper,
    [ARCHIVE_MARK] = answer_mark,
    [ARCHIVE_AMEND] = answer_amend,
    [ARCHIVE_ERASE] = answer_erase,
    [ARCHIVE_PASSKEY] = answer_passkey,
    [ARCHIVE_PASSKEY_MADE] = answer_passkey_made,
    [ARCHIVE_PASSKEY_END] = answer_passkey_end,
    [ARCHIVE_DRAFT] = answer_draft,
    [ARCHIVE_DRAFT_SIGNED] = answer_draft_signed,
    [ARCHIVE_HOLD] = answer_hold,
    [ARCHIVE_LIST] = answer_list,
    [ARCHIVE_FORGOT] = answer_forgot,
    [ARCHIVE_CONFIRM] = answer_confirm,
};

bool archive_kind_writes(enum archive_kind k)
{
	return k != ARCHIVE_STATUS && k != ARCHIVE_LIST && k != ARCHIVE_PREVIEW &&
	       k != ARCHIVE_BUNDLE;
}

/* A seat that is not held now, or barred, gets nothing, old minutes included. */
static enum err may_ask(struct asked *q)
{
	const struct minutes_standing *s = &q->standing;
	int64_t now = q->ask->now_ms;
	enum err e =
	    minutes_db_standing(q->a->db, q->ask->series, q->ask->seat, &q->standing, q->out->why);

	if (e == ERR_OK && (s->is_barred || now < s->from_ms || now >= s->until_ms)) {
		return ERR_GONE;
	}
	return e;
}

/* The parser would take a NUL byte for the end, whatever follows. */
static json_t *read_body(struct slice text)
{
	json_t *o = text.len && !memchr(text.ptr, '\0', text.len)
			? json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL)
			: NULL;

	if (!json_is_object(o)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void archive_answer(struct archive *a, const struct archive_ask *ask, struct archive_answer *out)
{
	struct asked q = {.a = a, .ask = ask, .out = out};
	json_t *body = archive_kind_writes(ask->kind) ? read_body(ask->body) : NULL;
	enum err e = archive_kind_writes(ask->kind) && !body ? ERR_PROTO : may_ask(&q);

	q.body = body;
	if (e == ERR_OK) {
		e = answers[ask->kind](&q);
	}
	if (e != ERR_OK) {
		answer_err(&q, e);
	}
	json_decref(body);
}

/* ---- the check ---- */

struct checking {
	struct archive *a;
	void (*each)(void *arg, const char *what);
	void *arg;
	size_t count;
	char why[STORE_WHY_BYTES];
};

static void found(struct checking *c, struct slice origin, const char *what)
{
	char line[512];

	(void)snprintf(line, sizeof line, "minutes %.*s: %s", (int)origin.len, origin.ptr, what);
	c->each(c->arg, line);
}

static void check_rows(struct checking *c, const struct minutes_stored *s)
{
	struct min_port none = {0};
	struct head_known known;
	const struct given_head *head = &known.head;
	struct min_log *log = NULL;
	const char *wrong;
	enum err e = min_log_load(&s->rows, &none, &log);

	if (e != ERR_OK) {
		found(c, s->origin, "its rows are those of no log");
	} else if ((wrong = min_log_check(log))) {
		found(c, s->origin, wrong);
	}
	min_log_free(log);
	if (heads_find(c->a->heads, s->origin, &known, c->why) != ERR_OK) {
		found(c, s->origin, c->why);
	} else if (head->size > s->rows.entry_count) {
		found(c, s->origin, "older than a head that was given out: a copy was restored");
	} else if (head->size > 0 &&
		   !min_hash_eq(&s->rows.entry[head->size - 1].root, &head->root)) {
		found(c, s->origin, "another one than the head that was given out");
	}
}

static bool check_log(void *arg, int64_t id)
{
	struct checking *c = arg;
	struct minutes_stored *s = NULL;
	char number[32];

	c->count++;
	if (minutes_db_load_id(c->a->db, id, &s, c->why) == ERR_OK) {
		check_rows(c, s);
	} else {
		(void)snprintf(number, sizeof number, "number %lld", (long long)id);
		found(c, slice_of(number), c->why);
	}
	minutes_stored_free(s);
	return true;
}

static void check_lost(void *arg, struct slice origin)
{
	found(arg, origin, "was given out and is not here: a copy was restored");
}

enum err archive_check(struct archive *a, void (*each)(void *arg, const char *what), void *arg,
		       size_t *count, char *why)
{
	struct checking c = {.a = a, .each = each, .arg = arg};
	enum err e = minutes_db_each(a->db, check_log, &c, why);

	if (e == ERR_OK) {
		e = lost_each(a, check_lost, &c, why);
	}
	*count = c.count;
	return e;
}
