/* schema check, diff, table: policy for the people who answer for it, so all in Japanese. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/mem.h"
#include "casefile/casefile.h"
#include "cli/cli.h"
#include "policy/schema_diff.h"

/* ---- check ---- */

static void print_problem(const struct cli *c, const struct schema_problem *p)
{
	fprintf(stderr, "%s/%s:%zu: %s%s\n", c->file, p->file, p->line, p->doubt ? "注意：" : "",
		p->reason);
}

static void print_problems(const struct cli *c, struct schema_problems *found)
{
	schema_problems_sort(found);
	for (size_t i = 0; i < found->count; i++) {
		print_problem(c, &found->item[i]);
	}
	if (found->left_out > 0) {
		fprintf(stderr, "%s: ほかに %zu 件あります\n", c->file, found->left_out);
	}
}

/* The built-in set was thought through: only what goes beyond it is doubtful. */
static void add_doubts(const struct cli *c, const struct cli_policy *policy, const struct schema *s,
		       struct schema_problems *found)
{
	struct cli_policy builtin;
	struct schema *known = NULL;

	if (cli_policy_read(c, NULL, &builtin)) {
		known = cli_policy_load(c, &builtin);
	}
	casefile_schema_needs(&policy->src, s, found);
	schema_doubts(&policy->src, s, known, found);
	schema_destroy(known);
	cli_policy_fini(&builtin);
}

int cli_schema_check(const struct cli *c)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	struct cli_policy policy;
	struct schema *s = NULL;
	int code = EXIT_FAILED;

	if (cli_policy_read(c, c->file, &policy)) {
		s = cli_policy_check(&policy, found);
		if (s) {
			add_doubts(c, &policy, s, found);
		}
		print_problems(c, found);
	}
	if (s) {
		printf("ok: 種別 %u、役割 %u、分野 %u、項目 %u、表 %u、選択肢 %u、注意 "
		       "%zu、ハッシュ %s\n",
		       s->cls_count, s->role_count, s->area_count, s->col_count, s->table_count,
		       s->enum_count, found->count + found->left_out, s->hash);
		code = EXIT_OK;
	}
	schema_destroy(s);
	cli_policy_fini(&policy);
	free(found);
	return code;
}

/* ---- diff ---- */

enum { EXIT_CHANGES = 3, EXIT_BREAKS = 4 };

static const char *const heading[SCHEMA_CHANGE_KINDS] = {
    [SCHEMA_BREAK] = "いまある会議に使えなくなる変更（消すかわりに、印を全員 n にしてください）",
    [SCHEMA_LOSS] = "失う人",
    [SCHEMA_GAIN] = "得る人",
    [SCHEMA_OTHER] = "そのほか",
};

static void print_role(const struct schema_diff *d, enum schema_change_kind kind,
		       const struct schema_role *role)
{
	bool named = false;

	for (size_t i = 0; i < d->count; i++) {
		const struct schema_change *ch = &d->change[i];

		if (ch->kind == kind && ch->role && strcmp(ch->role, role->id) == 0) {
			if (!named) {
				printf("  【%s】\n", role->label);
			}
			printf("    %s\n", ch->text);
			named = true;
		}
	}
}

/* By role where it is about people; what is about no single role comes first. */
static void print_kind(const struct schema_diff *d, enum schema_change_kind kind,
		       const struct schema *before, const struct schema *after)
{
	bool by_role = kind == SCHEMA_LOSS || kind == SCHEMA_GAIN;

	if (d->of[kind] == 0) {
		return;
	}
	printf("\n%s\n", heading[kind]);
	for (size_t i = 0; i < d->count; i++) {
		if (d->change[i].kind == kind && (!by_role || !d->change[i].role)) {
			printf("  %s\n", d->change[i].text);
		}
	}
	for (uint16_t r = 0; by_role && r < after->role_count; r++) {
		print_role(d, kind, &after->role[r]);
	}
	for (uint16_t r = 0; by_role && r < before->role_count; r++) {
		if (schema_role_find(after, slice_of(before->role[r].id)) == SCHEMA_NONE) {
			print_role(d, kind, &before->role[r]);
		}
	}
}

int cli_schema_print(const struct schema *before, const struct schema *after)
{
	struct arena mem;
	struct schema_diff d;

	arena_init(&mem);
	d = schema_diff(before, after, &mem);
	if (strcmp(before->hash, after->hash) == 0) {
		puts("同じです");
	} else if (d.count == 0) {
		puts("だれの権利も、項目も名前も変わりません（書き方か順番だけの違いです）");
	} else {
		printf("失う %zu、得る %zu、使えなくなる %zu、そのほか %zu\n", d.of[SCHEMA_LOSS],
		       d.of[SCHEMA_GAIN], d.of[SCHEMA_BREAK], d.of[SCHEMA_OTHER]);
	}
	for (unsigned k = 0; k < SCHEMA_CHANGE_KINDS; k++) {
		print_kind(&d, (enum schema_change_kind)k, before, after);
	}
	arena_fini(&mem);
	return d.of[SCHEMA_BREAK] > 0 ? EXIT_BREAKS : d.count > 0 ? EXIT_CHANGES : EXIT_OK;
}

/* NULL after printing why; the directory is named, since there are two. */
static struct schema *load_dir(const struct cli *c, const char *dir)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	struct cli_policy policy;
	struct schema *s = NULL;

	if (cli_policy_read(c, dir, &policy)) {
		s = cli_policy_check(&policy, found);
		if (!s) {
			cli_fail(c, "%s/%s:%zu: %s", dir ? dir : "builtin", found->item[0].file,
				 found->item[0].line, found->item[0].reason);
		}
	}
	cli_policy_fini(&policy);
	free(found);
	return s;
}

int cli_schema_diff(const struct cli *c)
{
	struct schema *before = load_dir(c, c->file);
	struct schema *after = before ? load_dir(c, c->file2) : NULL;
	int code = after ? cli_schema_print(before, after) : EXIT_FAILED;

	schema_destroy(before);
	schema_destroy(after);
	return code;
}

/* ---- table ---- */

static int write_page(const struct cli *c, struct slice page)
{
	FILE *f = c->out ? fopen(c->out, "wbe") : stdout;
	bool ok;

	if (!f) {
		return cli_fail(c, "%s: %s", c->out, strerror(errno));
	}
	ok = fwrite(page.ptr, 1, page.len, f) == page.len;
	ok = (c->out ? fclose(f) : fflush(f)) == 0 && ok;
	return ok ? EXIT_OK
		  : cli_fail(c, "%s: %s", c->out ? c->out : "standard output", strerror(errno));
}

int cli_schema_table(const struct cli *c)
{
	struct buf page = {0};
	struct schema *s;
	int64_t now_ms;
	int code = EXIT_FAILED;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &now_ms)) {
		return EXIT_FAILED;
	}
	s = load_dir(c, c->file);
	if (s) {
		cli_schema_html(s, day_in_japan(now_ms), &page);
		code = write_page(c, buf_slice(&page));
	}
	buf_fini(&page);
	schema_destroy(s);
	return code;
}
