/* init and import: a database, and cases in it. */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/auth.h"
#include "base/limits.h"
#include "base/mem.h"
#include "casefile/casefile.h"
#include "cli/cli.h"

enum { LINK_ONCE_MS = 14 * 24 * 3600 * 1000 }; /* an invitation not used in two weeks is dead */

int cli_init(const struct cli *c)
{
	char why[STORE_WHY_BYTES] = "";

	if (store_create(c->file, why) != ERR_OK) {
		return cli_fail(c, "%s: %s", c->file, why);
	}
	return EXIT_OK;
}

uint64_t cli_random(void *arg)
{
	uint64_t n;

	(void)arg;
	randombytes_buf(&n, sizeof n);
	return n;
}

/* A link for every seat: the secret goes to `list`, its hash to the database. */
static void make_links(const struct cli *c, const struct casefile *cf, int64_t now_ms,
		       struct store_link *link, json_t *list)
{
	for (size_t i = 0; i < cf->seat_count; i++) {
		const struct casefile_seat *s = &cf->seat[i];
		uint8_t bits[AUTH_SECRET_BYTES];
		char secret[AUTH_SECRET_CHARS + 1];
		json_t *o;

		randombytes_buf(bits, sizeof bits);
		auth_secret_text(bits, secret);
		auth_secret_hash(slice_of(secret), link[i].secret_hash);
		link[i].seat = s->seat;
		link[i].reusable = c->reusable;
		link[i].expires_ms = c->reusable ? INT64_MAX : now_ms + LINK_ONCE_MS;
		o = json_pack("{s:s#,s:s#,s:s#,s:s#,s:s#,s:s,s:o}", "series", cf->series.ptr,
			      (int)cf->series.len, "seat", s->name.ptr, (int)s->name.len, "role",
			      s->role.ptr, (int)s->role.len, "label", s->label.ptr,
			      (int)s->label.len, "wire", s->wire.ptr, (int)s->wire.len, "secret",
			      secret, "path", json_sprintf("/#%s", secret));
		json_array_append_new(list, o);
		sodium_memzero(bits, sizeof bits);
		sodium_memzero(secret, sizeof secret);
	}
}

/* The links are keys to the case: readable by the owner of the file only. */
static bool write_links(const char *path, const json_t *links)
{
	mode_t before = umask(0077);
	int bad = json_dump_file(links, path, JSON_INDENT(1));

	umask(before);
	return bad == 0;
}

/* The series of a file in order: the one it begins with, then the others. */
static const struct casefile *series_at(const struct casefile *cf, size_t i)
{
	return i == 0 ? cf : &cf->other[i - 1];
}

/* What is to be stored; `links` is NULL where none were asked for. Freed by free_imports. */
static struct store_import *make_imports(const struct cli *c, const struct casefile *cf,
					 const struct cli_running *policy, int64_t now_ms,
					 json_t *links)
{
	struct store_import *in = mem_alloc((cf->other_count + 1) * sizeof *in);

	for (size_t i = 0; i <= cf->other_count; i++) {
		const struct casefile *one = series_at(cf, i);
		struct store_link *link = mem_alloc((one->seat_count + 1) * sizeof *link);

		in[i] = (struct store_import){.name = one->series,
					      .record = one->record,
					      .record_count = one->record_count,
					      .pending = one->pending,
					      .link = link,
					      .link_count = links ? one->seat_count : 0,
					      .policy = &policy->source,
					      .policy_count = 1};
		if (links) {
			make_links(c, one, now_ms, link, links);
		}
	}
	return in;
}

static void free_imports(struct store_import *in, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((struct store_link *)(uintptr_t)in[i].link);
	}
	free(in);
}

/* All series of the file in one transaction: a person is never half in the database. */
static int store_all(const struct cli *c, struct store *s, const struct casefile *cf,
		     const struct store_import *in)
{
	size_t count = cf->other_count + 1;
	struct series_id *id = mem_alloc(count * sizeof *id);
	char why[STORE_WHY_BYTES] = "";
	size_t failed = 0;
	enum err e = store_import_all_now(s, in, count, id, &failed, why);

	free(id);
	if (e == ERR_OK) {
		return EXIT_OK;
	}
	return cli_fail(c, "%.*s: %s%s", (int)in[failed < count ? failed : 0].name.len,
			in[failed < count ? failed : 0].name.ptr, why,
			count > 1 ? "; nothing of the file was stored" : "");
}

int cli_store_case(const struct cli *c, struct store *s, const struct casefile *cf,
		   const struct cli_running *policy, int64_t now_ms)
{
	json_t *links = c->links ? json_array() : NULL;
	struct store_import *in = make_imports(c, cf, policy, now_ms, links);
	int code = EXIT_FAILED;

	/* The links first: a case in the database whose keys were lost could never be opened. */
	if (s && links && !write_links(c->links, links)) {
		cli_fail(c, "%s: %s", c->links, strerror(errno));
	} else if (s) {
		code = store_all(c, s, cf, in);
		if (code != EXIT_OK && links) {
			remove(c->links);
		}
	}
	json_decref(links);
	free_imports(in, cf->other_count + 1);
	return code;
}

int cli_import(const struct cli *c)
{
	struct casefile_options options = {.random = cli_random,
					   .held_on = c->held_on,
					   .after = c->after,
					   .open_first = c->open_first};
	struct cli_running policy;
	struct buf file = {0};
	struct casefile cf;
	char why[CASEFILE_WHY_BYTES] = "";
	int code = EXIT_FAILED;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &options.now_ms) ||
	    !cli_running(c, &policy)) {
		return EXIT_FAILED;
	}
	if (!cli_read_file(c->file, LIMIT_CASE_FILE_BYTES, &file, why, sizeof why)) {
		cli_fail(c, "%s", why);
	} else if (casefile_read(buf_slice(&file), policy.schema, &options, &cf, why) != ERR_OK) {
		cli_fail(c, "%s: %s", c->file, why);
	} else {
		struct store *s = cli_store(c, STORE_WRITE);

		code = s ? cli_store_case(c, s, &cf, &policy, options.now_ms) : EXIT_FAILED;
		store_close(s);
		for (size_t i = 0; code == EXIT_OK && i <= cf.other_count; i++) {
			const struct casefile *one = series_at(&cf, i);

			printf("%.*s: %zu seats\n", (int)one->series.len, one->series.ptr,
			       one->seat_count);
		}
		casefile_fini(&cf);
	}
	buf_fini(&file);
	cli_running_fini(&policy);
	return code;
}
