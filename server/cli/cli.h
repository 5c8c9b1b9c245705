#ifndef ROKUSHA_CLI_CLI_H
#define ROKUSHA_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "policy/schema.h"
#include "store/store.h"

/* The command line: one table of commands and options; each command is a function. */

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Values of the options; NULL where one was not given. */
struct cli {
	const char *command;
	const char *file; /* the one argument that is no option */
	const char *db, *series, *seat, *class_, *row, *at, *state;
	const char *schema_dir, *links, *held_on, *now, *speed;
	const char *listen, *port_file, *tls_cert, *tls_key;
	const char *origin[16];
	size_t origin_count;
	bool after, open_first, reusable, rebuild;
};

int cli_main(int argc, char **argv);

/* Commands. Each prints its own errors, one line, and returns an exit code. */
int cli_init(const struct cli *c);
int cli_import(const struct cli *c);
int cli_serve(const struct cli *c);
int cli_explain(const struct cli *c);
int cli_view(const struct cli *c);
int cli_check(const struct cli *c);

/* cli_common.c */
int cli_fail(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The whole file, at most `bytes_max`. False with `why` set. */
bool cli_read_file(const char *path, size_t bytes_max, struct buf *out, char *why,
		   size_t why_bytes);
/* A policy and the bytes it was read from. */
struct cli_policy {
	struct schema *schema;
	struct store_policy source; /* borrows from `file`, or from the program */
	struct buf file[3];
};
/* Built-in or --schema. False after printing why. */
bool cli_policy(const struct cli *c, struct cli_policy *out);
void cli_policy_fini(struct cli_policy *p); /* accepts a zeroed one */
/* Databases made before policies were kept get this one, if a series was made under it. */
void cli_keep_policy(const struct cli *c, struct store *s, const struct cli_policy *p);
/* The database of --db, NULL after printing why. */
struct store *cli_store(const struct cli *c, enum store_mode mode);
/* --now or --at as Unix ms; `otherwise` when not given. False after printing why. */
bool cli_time(const struct cli *c, const char *name, const char *text, int64_t otherwise,
	      int64_t *out);
int64_t cli_wall_ms(void);

#endif
