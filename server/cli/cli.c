#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* Every option, once: where its value goes and what --help says. */
#define O(member) offsetof(struct cli, member)
static const struct option {
	const char *name;
	const char *value; /* NULL: a switch */
	size_t offset;
	const char *help;
} options[] = {
    {"--db", "FILE", O(db), "the database"},
    {"--series", "NAME", O(series), "series_no of the case file"},
    {"--all", NULL, O(all), "every series of the database"},
    {"--seat", "ID", O(seat), "party id, or role:ROLE for a seat nobody holds"},
    {"--as", "ID", O(as), "party id of the seat whose reading it is"},
    {"--out", "FILE", O(out), "write there instead of standard output"},
    {"--csv", "DIR", O(csv), "also as CSV, a file a table, in this new directory"},
    {"--class", "C", O(class_), "a class of the matrix or a full field path"},
    {"--row", "own|other|ID", O(row), "which row of a table"},
    {"--at", "TIME", O(at), "2026-11-12T14:00 (Japan) instead of now"},
    {"--state", "draft", O(state), "as if the plan were a draft"},
    {"--schema", "DIR", O(schema_dir), "visibility.tsv, roles.json, form.json from there"},
    {"--until", "DATE", O(until), "the last day of it; of sealing: to sign without being late"},
    {"--why", "TEXT", O(why), "the reason; the person and the companion read it"},
    {"--by", "NAME", O(by), "on whose word"},
    {"--links", "FILE", O(links), "make a login link for every seat, write them there"},
    {"--reusable", NULL, O(reusable), "links may be opened again until the seat ends"},
    {"--rebuild", NULL, O(rebuild), "write the derived tables anew (no server may run)"},
    {"--held-on", "DATE", O(held_on), "shift all dates so that the meeting is that day"},
    {"--after", NULL, O(after), "the state after the meeting instead of before"},
    {"--open-first", NULL, O(open_first), "with the first agenda item opened"},
    {"--now", "TIME", O(now), "start the wall clock there"},
    {"--speed", "N", O(speed), "let it run N times as fast (rehearsals)"},
    {"--listen", "HOST:PORT", O(listen), "default 127.0.0.1:8600; port 0: any free one"},
    {"--port-file", "FILE", O(port_file), "write the port there once it listens"},
    {"--tls-cert", "FILE", O(tls_cert), "PEM certificate chain"},
    {"--tls-key", "FILE", O(tls_key), "PEM private key"},
    {"--passkeys", NULL, O(passkeys), "the first --origin, https://HOST, signs at sign.HOST, too"},
    {"--origin", "URL", O(origin), "another origin browsers may come from (repeatable)"},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

static const struct command {
	const char *name;
	int (*run)(const struct cli *c);
	int files;            /* arguments that are no options; -1: one that may be left out */
	const char *needs[5]; /* options it cannot do without */
	const char *takes[10];
	const char *help;
} commands[] = {
    {"init", cli_init, 1, {0}, {0}, "init FILE: make an empty database"},
    {"import",
     cli_import,
     1,
     {"--db"},
     {"--links", "--reusable", "--held-on", "--after", "--open-first", "--now", "--schema"},
     "import CASE.json: take in a case"},
    {"office",
     cli_office,
     true,
     {"--db"},
     {"--links", "--reusable", "--now", "--schema"},
     "office FILE.json: the office's room, or who looks after which case from now on"},
    {"serve",
     cli_serve,
     0,
     {"--db"},
     {"--listen", "--port-file", "--tls-cert", "--tls-key", "--origin", "--passkeys", "--now",
      "--speed", "--schema"},
     "serve: run the server"},
    {"explain",
     cli_explain,
     0,
     {"--db", "--series", "--seat", "--class"},
     {"--row", "--at", "--state", "--schema"},
     "explain: may this seat read or write this, and why"},
    {"view",
     cli_view,
     0,
     {"--db", "--series", "--seat"},
     {"--at", "--schema"},
     "view: the snapshot exactly as that seat would receive it"},
    {"export",
     cli_export,
     false,
     {"--db", "--series", "--as"},
     {"--out", "--csv", "--at", "--schema"},
     "export: what that seat may read, as a case file (audited)"},
    {"check",
     cli_check,
     0,
     {"--db"},
     {"--rebuild", "--schema"},
     "check: is the database whole, and can every series be rebuilt from it"},
    {"seal",
     cli_seal,
     0,
     {"--db", "--series", "--until"},
     {"--origin", "--now", "--schema"},
     "seal: the minutes of the meeting that is over are sealed (no server may run)"},
    {"sign-status",
     cli_sign_status,
     0,
     {"--db", "--series", "--as"},
     {"--out", "--now", "--schema"},
     "sign-status: how the sealed minutes stand, as that seat is told"},
    {"bundle",
     cli_bundle,
     0,
     {"--db", "--series", "--as"},
     {"--out", "--now", "--schema"},
     "bundle: that seat's own copy of the sealed minutes, to be checked by itself (audited)"},
    {"erase",
     cli_erase,
     0,
     {"--db"},
     {"--now", "--schema"},
     "erase: what two agreed to erase from signed minutes goes from the journal, too (no server "
     "may "
     "run; every start of one does it)"},
    {"hold set",
     cli_hold_set,
     0,
     {"--db", "--series", "--why", "--by"},
     {"--until", "--now"},
     "hold set: from now on nothing of that series is erased, whoever agreed on it"},
    {"hold lift",
     cli_hold_lift,
     0,
     {"--db", "--series", "--why", "--by"},
     {"--now"},
     "hold lift: it may be erased again; what two agreed on before goes at the next start"},
    {"hold show",
     cli_hold_show,
     0,
     {"--db", "--series"},
     {"--now"},
     "hold show: whether one stands, and all that was said of holds, the newest first (JSON)"},
    {"schema check",
     cli_schema_check,
     1,
     {0},
     {0},
     "schema check DIR: every mistake and every doubt in a set of policy files"},
    {"schema diff",
     cli_schema_diff,
     2,
     {0},
     {0},
     "schema diff OLD NEW: who gains and who loses (exit 0 nobody, 3 somebody, 4 series cannot "
     "follow)"},
    {"schema pin",
     cli_schema_pin,
     0,
     {"--db"},
     {"--series", "--all", "--schema", "--now"},
     "schema pin: series get another policy (no server may run): losses at once, gains when "
     "approved"},
    {"schema table",
     cli_schema_table,
     -1,
     {0},
     {"--out", "--now"},
     "schema table [DIR]: the truth table as a page to print and sign (HTML)"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) == 0) {
			return &options[i];
		}
	}
	return NULL;
}

static bool listed(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count && list[i]; i++) {
		if (strcmp(list[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static bool takes(const struct command *cmd, const char *name)
{
	return listed(cmd->needs, sizeof cmd->needs / sizeof *cmd->needs, name) ||
	       listed(cmd->takes, sizeof cmd->takes / sizeof *cmd->takes, name);
}

static void print_command(const struct command *cmd)
{
	printf("  rokusha %s\n", cmd->help);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];

		if (takes(cmd, o->name)) {
			printf("      %-11s %-13s %s%s\n", o->name, o->value ? o->value : "",
			       o->help, listed(cmd->needs, 5, o->name) ? " (needed)" : "");
		}
	}
}

static int help(void)
{
	puts("Rokusha: a server for multi-agency case conferences.\n\nCommands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		print_command(&commands[i]);
	}
	puts("\nExit codes: 0 done, 1 failed (one line on standard error; schema check: one a "
	     "mistake), "
	     "2 wrong call.");
	return EXIT_OK;
}

static const char **member(struct cli *c, const struct option *o)
{
	return (const char **)(void *)((char *)c + o->offset);
}

static int usage(const char *command, const char *what, const char *name)
{
	cli_complain("rokusha %s: %s %s (see rokusha --help)", command, what, name);
	return EXIT_USAGE;
}

/* Put argv[*at] (and its value) where it belongs. */
static int take(struct cli *c, const struct command *cmd, int argc, char **argv, int *at)
{
	const char *name = argv[*at];
	const struct option *o = name[0] == '-' ? option_find(name) : NULL;

	if (name[0] != '-' && cmd->files != 0 && !c->file) {
		c->file = name;
		return EXIT_OK;
	}
	if (name[0] != '-' && cmd->files > 1 && !c->file2) {
		c->file2 = name;
		return EXIT_OK;
	}
	if (!o || !takes(cmd, name)) {
		return usage(cmd->name, "does not take", name);
	}
	if (!o->value) {
		*(bool *)((char *)c + o->offset) = true;
		return EXIT_OK;
	}
	if (*at + 1 >= argc) {
		return usage(cmd->name, "a value is missing after", name);
	}
	(*at)++;
	if (o->offset == offsetof(struct cli, origin)) {
		if (c->origin_count >= sizeof c->origin / sizeof *c->origin) {
			return usage(cmd->name, "too many", name);
		}
		c->origin[c->origin_count++] = argv[*at];
		return EXIT_OK;
	}
	*member(c, o) = argv[*at];
	return EXIT_OK;
}

/* Behind the `words` of the command. */
static int run(const struct command *cmd, int words, int argc, char **argv)
{
	struct cli c = {.command = cmd->name};

	for (int i = 1 + words; i < argc; i++) {
		int code;

		if (strcmp(argv[i], "--help") == 0) {
			print_command(cmd);
			return EXIT_OK;
		}
		code = take(&c, cmd, argc, argv, &i);
		if (code != EXIT_OK) {
			return code;
		}
	}
	if ((cmd->files > 0 && !c.file) || (cmd->files > 1 && !c.file2)) {
		return usage(cmd->name, "a file is missing:", cmd->help);
	}
	for (size_t i = 0; i < 5 && cmd->needs[i]; i++) {
		if (!*member(&c, option_find(cmd->needs[i]))) {
			return usage(cmd->name, "needs", cmd->needs[i]);
		}
	}
	return cmd->run(&c);
}

/* How many arguments a command's name takes, one or two; 0 when it is not this command. */
static int words_of(const struct command *cmd, int argc, char **argv)
{
	const char *space = strchr(cmd->name, ' ');

	if (!space) {
		return strcmp(cmd->name, argv[1]) == 0 ? 1 : 0;
	}
	return argc >= 3 && strlen(argv[1]) == (size_t)(space - cmd->name) &&
		       memcmp(cmd->name, argv[1], (size_t)(space - cmd->name)) == 0 &&
		       strcmp(space + 1, argv[2]) == 0
		   ? 2
		   : 0;
}

int cli_main(int argc, char **argv)
{
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		return help();
	}
	for (size_t i = 0; argc >= 2 && i < COMMAND_COUNT; i++) {
		int words = words_of(&commands[i], argc, argv);

		if (words > 0) {
			return run(&commands[i], words, argc, argv);
		}
	}
	fprintf(stderr, "rokusha: %s (see rokusha --help)\n",
		argc >= 2 ? "no such command" : "a command is missing");
	return EXIT_USAGE;
}
