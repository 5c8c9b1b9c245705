#ifndef ROKUSHA_CLI_CLI_H
#define ROKUSHA_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "policy/schema_check.h"
#include "store/store.h"

/* The command line: one table of commands and options; each command is a function. */

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Values of the options; NULL where one was not given. */
struct cli {
	const char *command;
	const char *file, *file2; /* the arguments that are no options */
	const char *as, *csv;
	const char *db, *series, *seat, *class_, *row, *at, *state;
	const char *schema_dir, *links, *held_on, *now, *speed;
	const char *listen, *port_file, *tls_cert, *tls_key, *out;
	const char *until, *why, *by;
	const char *origin[16];
	size_t origin_count;
	bool after, open_first, reusable, rebuild, all, passkeys;
};

int cli_main(int argc, char **argv);

/* Commands. Each prints its own errors, one line, and returns an exit code. */
int cli_init(const struct cli *c);
int cli_import(const struct cli *c);
int cli_office(const struct cli *c);
int cli_serve(const struct cli *c);
int cli_explain(const struct cli *c);
int cli_export(const struct cli *c);
int cli_view(const struct cli *c);
int cli_check(const struct cli *c);
int cli_schema_check(const struct cli *c);
int cli_schema_diff(const struct cli *c);
int cli_schema_table(const struct cli *c);
int cli_schema_pin(const struct cli *c);
int cli_seal(const struct cli *c);
int cli_sign_status(const struct cli *c);
int cli_bundle(const struct cli *c);
int cli_erase(const struct cli *c);
int cli_hold_set(const struct cli *c);
int cli_hold_lift(const struct cli *c);
int cli_hold_show(const struct cli *c);

/* cli_import.c */
struct casefile;
struct cli_running;
uint64_t cli_random(void *arg); /* for casefile_options */
/* All series of a file in one transaction, with links where asked for; prints why not. */
int cli_store_case(const struct cli *c, struct store *s, const struct casefile *cf,
		   const struct cli_running *policy, int64_t now_ms);

/* cli_minutes.c: every log of signed minutes; prints what is wrong */
struct cli_minutes_check {
	const struct cli *cli;
	size_t count;
	bool ok;
};
void cli_minutes_check(struct cli_minutes_check *k, const struct cli_running *running);

/* cli_erase.c */
/* Two agreed to erase something, and the journal still holds it. */
bool cli_erase_waits(const struct cli *c);
/*
 * It does no longer, nor does anything else of the database; no server may run. What is held
 * (rokusha hold) at `now_ms` waits on. False after printing what could not be erased; the rest is.
 */
struct cli_erased {
	size_t done, held; /* cells */
};
bool cli_erase_waiting(const struct cli *c, int64_t now_ms, struct cli_erased *out);

/* cli_common.c */
/* One line on standard error; what could move a terminal's cursor becomes "?". */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_fail(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The whole file, at most `bytes_max`. False with `why` set. */
bool cli_read_file(const char *path, size_t bytes_max, struct buf *out, char *why,
		   size_t why_bytes);
/* The three policy files of a directory, or the built-in ones. */
struct cli_policy {
	struct schema_source src;
	struct buf file[3];
};
/* `dir` NULL or "builtin": those in the binary. False after printing why; fini in any case. */
bool cli_policy_read(const struct cli *c, const char *dir, struct cli_policy *out);
void cli_policy_fini(struct cli_policy *p);
/* NULL after printing the first reason. */
struct schema *cli_policy_load(const struct cli *c, const struct cli_policy *p);
/* Everything there is to say about a set; NULL when it cannot be served. */
struct schema *cli_policy_check(const struct cli_policy *p, struct schema_problems *found);

/* What the program runs with, built-in or --schema, as read and as loaded. */
struct cli_running {
	struct cli_policy files;
	struct schema *schema;
	struct store_policy source; /* borrows from `files` */
};
/* False after printing why. */
bool cli_running(const struct cli *c, struct cli_running *out);
void cli_running_fini(struct cli_running *p); /* accepts a zeroed one */
/* Databases made before policies were kept get this one, if a series was made under it. */
void cli_keep_policy(const struct cli *c, struct store *s, const struct cli_running *p);

/* cli_schema_html.c: the truth table as a page to be printed and signed. `day` in Japan. */
void cli_schema_html(const struct schema *s, int64_t day, struct buf *out);
/* The database of --db, NULL after printing why. */
struct store *cli_store(const struct cli *c, enum store_mode mode);
/* --now or --at as Unix ms; `otherwise` when not given. False after printing why. */
bool cli_time(const struct cli *c, const char *name, const char *text, int64_t otherwise,
	      int64_t *out);
/* Commit and wait; nothing else may be on its way to the store. */
enum store_outcome cli_commit(struct store *s, const struct store_batch *b);
int64_t cli_wall_ms(void);
/* cli_schema.c: what changes for whom, in Japanese, on standard output. EXIT_OK, or 3 or 4. */
int cli_schema_print(const struct schema *before, const struct schema *after);

#endif
