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

static uint64_t random_bits(void *arg)
{
	uint64_t n;

	(void)arg;
	randombytes_buf(&n, sizeof n);
	return n;
}

/* A link for every seat: the secret goes to the file, its hash to the database. */
static json_t *make_links(const struct cli *c, const struct casefile *cf, int64_t now_ms,
			  struct store_link *link)
{
	json_t *list = json_array();

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
	return list;
}

/* The links are keys to the case: readable by the owner of the file only. */
static bool write_links(const char *path, const json_t *links)
{
	mode_t before = umask(0077);
	int bad = json_dump_file(links, path, JSON_INDENT(1));

	umask(before);
	return bad == 0;
}

static int store_case(const struct cli *c, const struct casefile *cf,
		      const struct cli_running *policy, int64_t now_ms)
{
	struct store *s = cli_store(c, STORE_WRITE);
	struct store_link *link = mem_alloc((cf->seat_count + 1) * sizeof *link);
	struct store_import in = {.name = cf->series,
				  .record = cf->record,
				  .record_count = cf->record_count,
				  .pending = cf->pending,
				  .link = link,
				  .link_count = c->links ? cf->seat_count : 0,
				  .policy = &policy->source,
				  .policy_count = 1};
	struct series_id id;
	char why[STORE_WHY_BYTES] = "";
	json_t *links = c->links ? make_links(c, cf, now_ms, link) : NULL;
	int code = EXIT_FAILED;

	/* The links first: a case in the database whose keys were lost could never be opened. */
	if (s && links && !write_links(c->links, links)) {
		cli_fail(c, "%s: %s", c->links, strerror(errno));
	} else if (s) {
		if (store_import_now(s, &in, &id, why) == ERR_OK) {
			code = EXIT_OK;
		} else {
			cli_fail(c, "%.*s: %s", (int)cf->series.len, cf->series.ptr, why);
			if (links) {
				remove(c->links);
			}
		}
	}
	store_close(s);
	json_decref(links);
	free(link);
	return code;
}

int cli_import(const struct cli *c)
{
	struct casefile_options options = {.random = random_bits,
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
		code = store_case(c, &cf, &policy, options.now_ms);
		if (code == EXIT_OK) {
			printf("%.*s: %zu seats\n", (int)cf.series.len, cf.series.ptr,
			       cf.seat_count);
		}
		casefile_fini(&cf);
	}
	buf_fini(&file);
	cli_running_fini(&policy);
	return code;
}
