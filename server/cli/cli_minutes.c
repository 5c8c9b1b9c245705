/* Signed minutes from the command line: seal, sign-status, bundle, erase. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "cli/cli_past.h"

static const char *const default_url = "https://localhost";

/* The archive of --db, NULL after printing why. */
static struct archive *open_archive(const struct cli *c, const struct cli_running *running)
{
	struct archive_config config = {.db = c->db,
					.url = c->origin_count ? c->origin[0] : default_url,
					.running = running->schema};
	struct archive *a = NULL;
	char why[STORE_WHY_BYTES] = "";

	if (archive_open(&config, &a, why) != ERR_OK) {
		cli_fail(c, "%s", why);
	}
	return a;
}

/* Asked by the operator for a seat: the answer, owned by the caller, or false after printing why.
 */
static bool ask(const struct cli *c, struct archive *a, const struct archive_ask *question,
		struct archive_answer *out)
{
	*out = (struct archive_answer){0};
	archive_answer(a, question, out);
	if (out->status != 200) {
		cli_fail(c, "%s: %.*s", out->why[0] ? out->why : "not possible", (int)out->body.len,
			 out->body.ptr);
	}
	return out->status == 200;
}

static bool give_out(const struct cli *c, const struct buf *text)
{
	int fd = c->out ? open(c->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	FILE *f = !c->out ? stdout : fd < 0 ? NULL : fdopen(fd, "wb");
	bool ok = f && fwrite(text->ptr, 1, text->len, f) == text->len && fflush(f) == 0;

	ok = ok && (!c->out || fsync(fd) == 0);
	if (c->out && f) {
		ok = fclose(f) == 0 && ok;
	}
	if (!ok) {
		cli_fail(c, "%s: %s", c->out ? c->out : "standard output", strerror(errno));
	}
	return ok;
}

/* ---- for a seat: sign-status, bundle ---- */

static int for_seat(const struct cli *c, enum archive_kind kind)
{
	struct past p;
	struct archive *a = NULL;
	struct archive_answer out = {0};
	int64_t now_ms = 0;
	int code = EXIT_FAILED;

	if (cli_time(c, "--now", c->now, cli_wall_ms(), &now_ms) && past_open(c, &p)) {
		uint8_t seat = room_seat_find(p.room, slice_of(c->as));

		if (seat == SEAT_NONE) {
			cli_fail(c, "--as: there is no seat \"%s\"", c->as);
		} else if ((a = open_archive(c, &p.running)) &&
			   ask(c, a,
			       &(struct archive_ask){.kind = kind,
						     .series = p.series,
						     .seat = seat,
						     .now_ms = now_ms,
						     .is_trusted = true},
			       &out) &&
			   give_out(c, &out.body)) {
			code = EXIT_OK;
		}
	}
	buf_fini(&out.body);
	archive_close(a);
	past_close(&p);
	return code;
}

int cli_sign_status(const struct cli *c)
{
	return for_seat(c, ARCHIVE_STATUS);
}

int cli_bundle(const struct cli *c)
{
	return for_seat(c, ARCHIVE_BUNDLE);
}

/* ---- seal ---- */

/* A seat that chairs and is held now. */
static uint8_t find_chair(const struct room *room)
{
	const struct rights *r = room_rights(room);

	for (unsigned i = 0; i < r->seat_count; i++) {
		if ((r->seat[i].duties & DUTY_CHAIR) && r->seat[i].live && !r->seat[i].barred) {
			return (uint8_t)i;
		}
	}
	return SEAT_NONE;
}

/* The record, as the chair's request would have made it. */
static bool seal(const struct cli *c, struct store *s, const struct past *p, int64_t now_ms)
{
	uint8_t chair = find_chair(p->room);
	json_t *body = NULL;
	char *text;
	struct record rec = {
	    .kind = RECORD_SEAL, .at_ms = now_ms, .actor = chair, .for_seat = chair};
	struct store_batch b = {.series = p->series, .record = &rec, .record_count = 1};
	enum err e = chair == SEAT_NONE
			 ? ERR_GONE
			 : room_seal_body(p->room, chair, slice_of(c->until), now_ms, &body);
	bool ok = false;

	if (e != ERR_OK) {
		cli_fail(c, "%s: %s", c->series,
			 chair == SEAT_NONE ? "nobody chairs"
			 : e == ERR_PROTO   ? "--until: no day"
			 : e == ERR_LIMIT   ? "more seats and audiences than can be sealed"
					    : "nothing can be sealed now, or not until that day");
		return false;
	}
	text = json_dumps(body, JSON_COMPACT);
	rec.body = slice_of(text);
	ok = cli_commit(s, &b) == STORE_KEPT;
	if (!ok) {
		cli_fail(c, "could not be stored");
	}
	free(text);
	json_decref(body);
	return ok;
}

/* The log is made at once, so that whoever sealed learns if that does not go. */
static bool first_look(const struct cli *c, const struct past *p, int64_t now_ms)
{
	struct archive *a = open_archive(c, &p->running);
	struct archive_answer out = {0};
	bool ok = a && ask(c, a,
			   &(struct archive_ask){.kind = ARCHIVE_STATUS,
						 .series = p->series,
						 .seat = find_chair(p->room),
						 .now_ms = now_ms,
						 .is_trusted = true},
			   &out);

	buf_fini(&out.body);
	archive_close(a);
	return ok;
}

int cli_seal(const struct cli *c)
{
	struct past p = {0};
	struct store *s = NULL;
	int64_t now_ms = 0;
	bool ok = false;

	if (cli_time(c, "--now", c->now, cli_wall_ms(), &now_ms)) {
		s = cli_store(c, STORE_WRITE); /* no server may run */
	}
	if (s) {
		struct cli at = *c;

		at.at = c->now;
		ok = past_open(&at, &p) && seal(c, s, &p, now_ms) && first_look(c, &p, now_ms);
		past_close(&p);
	}
	store_close(s);
	return ok ? EXIT_OK : EXIT_FAILED;
}

/* ---- check ---- */

static void on_wrong(void *arg, const char *what)
{
	struct cli_minutes_check *k = arg;

	cli_fail(k->cli, "%s", what);
	k->ok = false;
}

void cli_minutes_check(struct cli_minutes_check *k, const struct cli_running *running)
{
	struct archive_config config = {
	    .db = k->cli->db, .url = default_url, .running = running->schema, .only_reads = true};
	struct archive *a = NULL;
	char why[STORE_WHY_BYTES] = "";

	k->ok = true;
	if (archive_open(&config, &a, why) != ERR_OK ||
	    archive_check(a, on_wrong, k, &k->count, why) != ERR_OK) {
		on_wrong(k, why);
	}
	archive_close(a);
}
