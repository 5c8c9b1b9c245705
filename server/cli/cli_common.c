#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "casefile/casefile.h"
#include "cli/cli.h"
#include "embedded.h"

int cli_fail(const struct cli *c, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "rokusha %s: ", c->command);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
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

struct schema *cli_schema(const struct cli *c)
{
	static const char *const name[] = {"visibility.tsv", "roles.json", "form.json"};
	struct schema_source src = {
	    {(const char *)embedded_visibility_tsv, embedded_visibility_tsv_len},
	    {(const char *)embedded_roles_json, embedded_roles_json_len},
	    {(const char *)embedded_form_json, embedded_form_json_len}};
	struct slice *part[] = {&src.visibility_tsv, &src.roles_json, &src.form_json};
	struct buf file[3] = {0};
	struct schema *schema = NULL;
	char why[512] = "";
	bool ok = true;

	for (size_t i = 0; c->schema_dir && ok && i < 3; i++) {
		char path[1024];

		snprintf(path, sizeof path, "%s/%s", c->schema_dir, name[i]);
		ok = cli_read_file(path, LIMIT_SCHEMA_FILE_BYTES, &file[i], why, sizeof why);
		*part[i] = buf_slice(&file[i]);
	}
	if (!ok || schema_load(&src, &schema, why, sizeof why) != ERR_OK) {
		cli_fail(c, "%s", why);
		schema = NULL;
	}
	for (size_t i = 0; i < 3; i++) {
		buf_fini(&file[i]);
	}
	return schema;
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

int64_t cli_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
