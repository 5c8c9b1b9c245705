#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "casefile/casefile.h"
#include "cli/cli.h"
#include "embedded.h"
#include "room/room.h"

/*
 * What is quoted may be an argument, a file's name or an id: none of them may move the cursor or
 * begin another line. Bytes that are no text, and the turning of the direction of writing, too.
 */
static void put_harmless(const char *text)
{
	for (size_t i = 0; text[i];) {
		size_t n = 1;

		while (((unsigned char)text[i + n] & 0xC0) == 0x80 && n < 4) {
			n++;
		}
		if (utf8_is_text((struct slice){text + i, n}, false) && text[i] != '\t' &&
		    !(n == 3 && memcmp(text + i, "\xE2\x80", 2) == 0 &&
		      (unsigned char)text[i + 2] >= 0xA8 && (unsigned char)text[i + 2] <= 0xAE)) {
			fwrite(text + i, 1, n, stderr);
		} else {
			fputc('?', stderr);
		}
		i += n;
	}
}

void cli_complain(const char *format, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	put_harmless(line);
	fputc('\n', stderr);
}

int cli_fail(const struct cli *c, const char *format, ...)
{
	char line[3072];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	cli_complain("rokusha %s: %s", c->command, line);
	return EXIT_FAILED;
}

bool cli_read_file(const char *path, size_t bytes_max, struct buf *out, char *why, size_t why_bytes)
{
	char block[16384];
	FILE *f = fopen(path, "rbe");
	size_t n;

	if (!f) {
		snprintf(why, why_bytes, "%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0 && out->len <= bytes_max) {
		buf_add(out, (struct slice){block, n});
	}
	if (ferror(f) || out->len > bytes_max) {
		snprintf(why, why_bytes, "%s: %s", path,
			 ferror(f) ? "cannot be read" : "is too large");
		fclose(f);
		return false;
	}
	fclose(f);
	return true;
}

bool cli_policy_read(const struct cli *c, const char *dir, struct cli_policy *out)
{
	static const char *const name[] = {"visibility.tsv", "roles.json", "form.json"};
	struct slice *part[] = {&out->src.visibility_tsv, &out->src.roles_json,
				&out->src.form_json};
	char path[1024];
	char why[512] = "";

	*out = (struct cli_policy){
	    .src = {{(const char *)embedded_visibility_tsv, embedded_visibility_tsv_len},
		    {(const char *)embedded_roles_json, embedded_roles_json_len},
		    {(const char *)embedded_form_json, embedded_form_json_len}}};
	for (size_t i = 0; dir && strcmp(dir, "builtin") != 0 && i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, name[i]);
		if (!cli_read_file(path, LIMIT_SCHEMA_FILE_BYTES, &out->file[i], why, sizeof why)) {
			cli_fail(c, "%s", why);
			return false;
		}
		*part[i] = buf_slice(&out->file[i]);
	}
	return true;
}

void cli_policy_fini(struct cli_policy *p)
{
	for (size_t i = 0; i < 3; i++) {
		buf_fini(&p->file[i]);
	}
}

struct schema *cli_policy_check(const struct cli_policy *p, struct schema_problems *found)
{
	struct schema *s;

	if (schema_load_all(&p->src, &s, found) != ERR_OK) {
		return NULL;
	}
	room_schema_needs(&p->src, s, found);
	if (found->count > 0) {
		schema_destroy(s);
		return NULL;
	}
	return s;
}

struct schema *cli_policy_load(const struct cli *c, const struct cli_policy *p)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	struct schema *s = cli_policy_check(p, found);

	if (!s) {
		cli_fail(c, "%s:%zu: %s", found->item[0].file, found->item[0].line,
			 found->item[0].reason);
	}
	free(found);
	return s;
}

bool cli_running(const struct cli *c, struct cli_running *out)
{
	const struct schema_source *src = &out->files.src;

	*out = (struct cli_running){0};
	if (cli_policy_read(c, c->schema_dir, &out->files)) {
		out->schema = cli_policy_load(c, &out->files);
	}
	if (!out->schema) {
		cli_running_fini(out);
		return false;
	}
	memcpy(out->source.hash, out->schema->hash, sizeof out->source.hash);
	out->source.visibility = src->visibility_tsv;
	out->source.roles = src->roles_json;
	out->source.form = src->form_json;
	return true;
}

void cli_running_fini(struct cli_running *p)
{
	schema_destroy(p->schema);
	cli_policy_fini(&p->files);
	*p = (struct cli_running){0};
}

void cli_keep_policy(const struct cli *c, struct store *s, const struct cli_running *p)
{
	char why[STORE_WHY_BYTES] = "";

	/* It is only a precaution: what runs has the policy with it. */
	if (store_keep_policy_now(s, &p->source, why) != ERR_OK) {
		cli_fail(c, "%s: %s", c->db, why);
	}
}

struct store *cli_store(const struct cli *c, enum store_mode mode)
{
	struct store *s = NULL;
	char why[STORE_WHY_BYTES] = "";

	if (store_open(c->db, mode, &s, why) != ERR_OK) {
		cli_fail(c, "%s: %s", c->db, why);
		return NULL;
	}
	return s;
}

bool cli_time(const struct cli *c, const char *name, const char *text, int64_t otherwise,
	      int64_t *out)
{
	*out = otherwise;
	if (text && !casefile_time_ms(slice_of(text), out)) {
		cli_fail(c, "%s: \"%s\" is no time like 2026-11-12T14:00", name, text);
		return false;
	}
	return true;
}

struct answer {
	bool is_there;
	enum store_outcome outcome;
};

static void on_kept(void *arg, enum store_outcome outcome)
{
	*(struct answer *)arg = (struct answer){.is_there = true, .outcome = outcome};
}

static void on_wake(void *arg)
{
	(void)sem_post(arg);
}

enum store_outcome cli_commit(struct store *s, const struct store_batch *b)
{
	struct answer a = {0};
	sem_t woken;

	if (sem_init(&woken, 0, 0) != 0) {
		return STORE_NOT_KEPT;
	}
	store_on_done(s, on_wake, &woken);
	store_commit(s, b, on_kept, &a);
	while (!a.is_there) {
		while (sem_wait(&woken) != 0) {
		}
		store_poll(s);
	}
	store_on_done(s, NULL, NULL);
	(void)sem_destroy(&woken);
	return a.outcome;
}

int64_t cli_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
