/* The policy files: what a shipped schema holds, and that each slip is named with file and line. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/mem.h"
#include "policy/schema_check.h"

enum { MATRIX, ROLES, FORM, FILES };
static const char *const file_name[FILES] = {"visibility.tsv", "roles.json", "form.json"};

static struct slice file_read(const char *name, struct buf *out)
{
	char path[64];
	char block[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "schema/%s", name);
	f = fopen(path, "rb");
	cr_assert(f, "%s: run from the top of the repository", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(out, (struct slice){block, n});
	}
	fclose(f);
	return buf_slice(out);
}

static enum err load(const struct slice file[FILES], struct schema **out, char why[512])
{
	struct schema_source src = {file[MATRIX], file[ROLES], file[FORM]};

	return schema_load(&src, out, why, 512);
}

static enum err load_all(const struct slice file[FILES], struct schema_problems *all)
{
	struct schema_source src = {file[MATRIX], file[ROLES], file[FORM]};
	struct schema *s = NULL;
	enum err e = schema_load_all(&src, &s, all);

	schema_destroy(s);
	return e;
}

static struct schema *shipped(void)
{
	struct buf buf[FILES] = {0};
	struct slice file[FILES];
	struct schema *s;
	char why[512] = "";

	for (unsigned i = 0; i < FILES; i++) {
		file[i] = file_read(file_name[i], &buf[i]);
	}
	cr_assert_eq(load(file, &s, why), ERR_OK, "%s", why);
	for (unsigned i = 0; i < FILES; i++) {
		buf_fini(&buf[i]);
	}
	return s;
}

/*
 * The shipped files with the first `old` of one file replaced. `line_of` is the text whose line the
 * complaint must name; NULL: that of the replacement. The line is counted here, in its own way.
 */
struct slip {
	unsigned file;
	const char *old;
	const char *new;
	const char *line_of;
	const char *reason;
};

/* One slip is one problem, but for these: what else follows from it, and has to. */
static const struct {
	const char *reason; /* how it begins */
	size_t also;
} follows[] = {
    /* The class the column had has none left. */
    {"種別 case.stages は", 1},
    {"「class」がありません", 1},
    /* One class is missing for each area. */
    {"種別 plan.work.acts は", 7},
    /* What has another name is missing under its own. */
    {"「unuzed」", 1},
    {"「ways」", 1},
    {"役割「person」は", 1},
    {"役割 ps の列が二つ", 1},
    {"見出しの 1 列目は", 1},
    {"種別 conf.logistics が二度", 1},
    {"役割 ps が二度", 1},
    /* The rows have one more than the head: told once for all of them. */
    {"役割 aps（伴走補助）の列が", 1},
    /* The matrix, and six places of the form, go on naming the role. */
    {"本人の役割 self が", 7},
};

static size_t problems_of(const struct slip *slip)
{
	for (size_t i = 0; i < sizeof follows / sizeof *follows; i++) {
		if (slice_begins(slice_of(slip->reason), follows[i].reason)) {
			return 1 + follows[i].also;
		}
	}
	return 1;
}

static size_t line_at(struct slice text, const char *ptr)
{
	size_t line = 1;

	for (const char *p = text.ptr; p < ptr; p++) {
		line += *p == '\n';
	}
	return line;
}

static void expect_refused(const struct slip *slip)
{
	struct buf buf[FILES] = {0};
	struct buf changed = {0};
	struct slice file[FILES];
	struct schema *s = NULL;
	char why[512] = "";
	char expected[512];
	struct schema_problems *all = mem_alloc(sizeof *all);
	const char *at;
	size_t old_len = strlen(slip->old);
	size_t before;

	for (unsigned i = 0; i < FILES; i++) {
		file[i] = file_read(file_name[i], &buf[i]);
	}
	at = memmem(file[slip->file].ptr, file[slip->file].len, slip->old, old_len);
	cr_assert(at, "%s does not hold %s", file_name[slip->file], slip->old);
	before = (size_t)(at - file[slip->file].ptr);
	buf_add(&changed, (struct slice){file[slip->file].ptr, before});
	buf_add_str(&changed, slip->new);
	before += old_len;
	buf_add(&changed,
		(struct slice){file[slip->file].ptr + before, file[slip->file].len - before});
	file[slip->file] = buf_slice(&changed);
	at = changed.ptr + before - old_len;
	if (slip->line_of) {
		at = memmem(changed.ptr, changed.len, slip->line_of, strlen(slip->line_of));
		cr_assert(at, "%s", slip->line_of);
	}
	snprintf(expected, sizeof expected, "%s:%zu: %s", file_name[slip->file],
		 line_at(buf_slice(&changed), at), slip->reason);
	cr_expect_eq(load(file, &s, why), ERR_SCHEMA, "accepted: %s", slip->new);
	cr_expect_null(s);
	cr_expect_str_eq(why, expected);
	schema_destroy(s);
	cr_expect_eq(load_all(file, all), ERR_SCHEMA);
	cr_expect_eq(all->count + all->left_out, problems_of(slip), "%s: %zu: %s:%zu %s", slip->new,
		     all->count, all->item[all->count - 1].file, all->item[all->count - 1].line,
		     all->item[all->count - 1].reason);
	free(all);
	buf_fini(&changed);
	for (unsigned i = 0; i < FILES; i++) {
		buf_fini(&buf[i]);
	}
}

#define EXPECT_REFUSED(SLIPS)                                                                      \
	for (size_t slip_ = 0; slip_ < sizeof SLIPS / sizeof SLIPS[0]; slip_++) {                  \
		expect_refused(&SLIPS[slip_]);                                                     \
	}

Test(schema, the_shipped_schema_is_whole)
{
	struct schema *s = shipped();

	cr_expect_eq(s->role_count, 12);
	cr_expect_eq(s->cls_count, 111);
	cr_expect_eq(s->area_count, 8);
	for (uint16_t cls = 0; cls < s->cls_count; cls++) {
		unsigned cols = 0;

		for (uint16_t c = 0; c < s->col_count; c++) {
			cols += s->col[c].cls == cls;
		}
		cr_expect(cols > 0, "%s has no column", s->cls[cls].id);
	}
	for (uint16_t c = 0; c < s->col_count; c++) {
		const struct schema_col *col = &s->col[c];

		cr_expect_eq(schema_col_find(s, slice_of(col->id)), c);
		cr_expect((col->area != SCHEMA_NONE) == (col->group != NULL), "%s", col->id);
		cr_expect((col->type == CELL_ENUM) == (col->enum_ != SCHEMA_NONE), "%s", col->id);
		cr_expect_eq(col->type == CELL_TEXT || col->type == CELL_LINE, col->units_max > 0);
		cr_expect(strlen(col->id) + HEX64_LEN + 2 <= LIMIT_KEY_BYTES);
		if (col->table != SCHEMA_NONE) {
			const struct schema_table *t = &s->table[col->table];

			cr_expect(c >= t->first_col && c < t->first_col + t->col_count);
			cr_expect_eq(schema_table_col(s, col->table, slice_of(col->name)), c);
		}
	}
	schema_destroy(s);
	schema_destroy(NULL);
}

Test(schema, area_fields_come_out_once_per_area)
{
	struct schema *s = shipped();
	uint16_t wish = schema_col_find(s, slice_of("plan.money.action.person_wish"));
	uint16_t note = schema_col_find(s, slice_of("plan.legal.restricted_note"));
	uint16_t parts = schema_table_find(s, slice_of("plan.health.parts"));
	const struct schema_col *col;

	cr_assert_neq(wish, SCHEMA_NONE);
	col = &s->col[wish];
	cr_expect_str_eq(s->area[col->area].id, "money");
	cr_expect_str_eq(col->group, "action");
	cr_expect_str_eq(col->name, "person_wish");
	cr_expect_str_eq(s->cls[col->cls].id, "plan.money.action");
	cr_expect_str_eq(s->role[col->owner_role].id, "self");
	cr_expect(col->scribable && !col->suggestable);
	cr_assert_neq(note, SCHEMA_NONE);
	cr_expect_str_eq(s->col[note].group, "restricted");
	cr_expect_str_eq(s->cls[s->col[note].cls].id, "plan.any.restricted_note");
	cr_assert_neq(parts, SCHEMA_NONE);
	col = &s->col[s->table[parts].first_col];
	cr_expect_str_eq(col->id, "plan.health.parts.who");
	cr_expect_str_eq(col->group, "parts");
	cr_expect_str_eq(s->area[col->area].id, "health");
	cr_expect_eq(schema_col_find(s, slice_of("plan.{area}.restricted_note")), SCHEMA_NONE);
	schema_destroy(s);
}

static void expect_main(const struct schema *s, const char *cls, const char *col)
{
	uint16_t at = schema_class_main_col(s, schema_class_find(s, slice_of(cls)));

	cr_assert_neq(at, SCHEMA_NONE, "%s", cls);
	cr_expect_str_eq(s->col[at].id, col);
}

Test(schema, append_finds_the_main_column_of_a_class)
{
	struct schema *s = shipped();

	expect_main(s, "ref.entries", "ref.text");
	expect_main(s, "ref.reason", "ref.reason");
	expect_main(s, "ref.resource_check", "ref.resource_check");
	expect_main(s, "work.job_leads", "work.job_leads.text");
	expect_main(s, "min.actions", "min.actions.what");
	expect_main(s, "consent.withdrawal", "consent.withdrawal");
	expect_main(s, "household.protected_info", "household.protected_info");
	cr_expect_eq(schema_class_main_col(s, schema_class_find(s, slice_of("plan.status"))),
		     SCHEMA_NONE, "a field is no table");
	cr_expect_eq(schema_class_main_col(s, schema_class_find(s, slice_of("work.conditions"))),
		     SCHEMA_NONE, "a work place has one row");
	schema_destroy(s);
}

Test(schema, roles_tables_and_enums_say_what_the_files_say)
{
	struct schema *s = shipped();
	uint16_t table = schema_table_find(s, slice_of("min.decisions"));
	uint16_t next = schema_col_find(s, slice_of("min.next_date"));
	uint16_t stage = schema_col_find(s, slice_of("case.stage"));
	uint16_t basis = schema_col_find(s, slice_of("conf.legal_basis"));

	cr_expect_str_eq(s->role[schema_role_find(s, slice_of("self"))].seal, "本");
	cr_expect(!s->role[schema_role_find(s, slice_of("emp"))].official);
	cr_expect(s->role[schema_role_find(s, slice_of("sup"))].companion);
	cr_expect_eq(schema_role_find(s, slice_of("rec")), SCHEMA_NONE);
	cr_expect_eq(s->table[table].duty, DUTY_RECORDER);
	cr_expect(s->table[table].in_segment);
	cr_expect_eq(s->col[s->table[table].main_col].duty, DUTY_RECORDER);
	cr_expect_eq(s->col[next].duty, DUTY_RECORDER);
	cr_expect_eq(s->table[schema_table_find(s, slice_of("min.dissent"))].duty, DUTY_NONE);
	cr_expect_eq(s->table[schema_table_find(s, slice_of("min.signatures"))].duty, DUTY_NONE);
	cr_expect(s->table[schema_table_find(s, slice_of("consent"))].closed);
	cr_expect_eq(s->col[stage].int_min, 1);
	cr_expect_eq(s->col[stage].int_max, 4);
	cr_expect(schema_enum_has(s, s->col[basis].enum_, slice_of("support_106_6")));
	cr_expect(!schema_enum_has(s, s->col[basis].enum_, slice_of("support_106")));
	cr_expect(!schema_enum_has(s, SCHEMA_NONE, slice_of("support_106_6")));
	cr_expect(s->cls[schema_class_find(s, slice_of("plan.overall_goal"))].is_plan);
	cr_expect(!s->cls[schema_class_find(s, slice_of("plan.status"))].is_plan);
	cr_expect(!s->cls[schema_class_find(s, slice_of("pplan.message"))].is_plan);
	schema_destroy(s);
}

Test(schema, the_hash_is_that_of_the_files_one_after_another)
{
	struct schema *s = shipped();
	struct buf all = {0};
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[65];

	for (unsigned i = 0; i < FILES; i++) {
		struct buf one = {0};

		buf_add(&all, file_read(file_name[i], &one));
		buf_fini(&one);
	}
	crypto_hash_sha256(digest, (unsigned char *)all.ptr, all.len);
	sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
	cr_expect_str_eq(s->hash, hex);
	buf_fini(&all);
	schema_destroy(s);
}

static const struct slip matrix_slips[] = {
    {MATRIX, "sensitivity\tself", "sensitivity\tperson", NULL,
     "役割「person」は roles.json にありません"},
    {MATRIX, "self\tps\taps", "self\tps\tps", NULL, "役割 ps の列が二つあります"},
    {MATRIX, "self\tps\taps", "self\tps", NULL,
     "役割 aps（伴走補助）の列がありません。見出しに足し、すべての行に印を書いてください"},
    {MATRIX, "class\tlabel", "label\tclass", NULL, "見出しの 1 列目は class にしてください"},
    {MATRIX, "conf.schedule\t", "conf.logistics\t", "conf.logistics\t全体",
     "種別 conf.logistics が二度あります"},
    {MATRIX, "S4\tn\tw\tr\tw\tr\tn\tn\tn\tn\tn\tn\tn\npplan",
     "S4\tn\tw\tr\tw\tr\tn\tn\tn\tn\tn\tn\npplan", NULL, "列が 15 個あります。見出しは 16 個です"},
    {MATRIX, "date\tS0\tr\tw", "date\tS0\tr\trw", NULL,
     "ps の印「rw」はありません。n n+ r r* w w* rw* のどれかです"},
    {MATRIX, "date\tS0\tr\tw", "date\tS0\tr\t", NULL,
     "ps の印「」はありません。n n+ r r* w w* rw* のどれかです"},
    {MATRIX, "log.access\t閲覧の記録", "log.access\t", NULL,
     "class と label を空にはできません（空の行も置けません）"},
    {MATRIX, "log.accounts\t",
     "log.ghost\tx\tx\tS0\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\n"
     "log.accounts\t",
     NULL,
     "種別 log.ghost を使う項目が form.json にありません。項目を足すか、"
     "理由をつけて「unused」に書いてください"},
    {MATRIX, "case.stage\t支援段階\tint 1-4\tS2\tr", "case.stage\t支援段階\tint 1-4\tS2\tr*", NULL,
     "self の印「r*」は、表か持ち主（owner）のある項目だけに使えます。"
     "case.stage はどちらでもありません"},
    {MATRIX, "\nperson.contact", "\r\nperson.contact", "S2\tw\tw\tr\tr\tr\tr\tn+\tn+\tn\tn",
     "UTF-8 で改行が LF の文字だけにしてください（ここに別の文字があります）"},
    {MATRIX, "class\t",
     "\xEF\xBB\xBF"
     "class\t",
     NULL, "先頭に BOM があります。「UTF-8（BOM なし）」で保存してください"},
    {MATRIX, "次回\t", "\xFF\t", NULL,
     "UTF-8 で改行が LF の文字だけにしてください（ここに別の文字があります）"},
    {MATRIX, "\nlog.access", "\n \nlog.access", " \nlog.access",
     "列が 1 個あります。見出しは 16 個です"},
};

Test(schema, slips_in_the_matrix_are_named)
{
	EXPECT_REFUSED(matrix_slips);
}

static const struct slip roles_slips[] = {
    {ROLES, "\"seal\": \"伴\"", "\"seal\": \"伴走\"", NULL, "「seal」は一文字にしてください"},
    {ROLES, "\"id\": \"aps\"", "\"id\": \"ps\"", NULL, "役割 ps が二度あります"},
    {ROLES, "\"id\": \"self\"", "\"id\": \"person\"", "\"roles\"",
     "本人の役割 self がありません。この id は変えられません"},
    {ROLES, "\"official\": true", "\"offical\": true", NULL,
     "「offical」という名前は使えません。使えるもの：id label seal official companion "
     "may_draft approves_policy"},
    {ROLES, "\"official\": true", "\"official\": 1", NULL,
     "「official」は true か false にしてください"},
    {ROLES, "\"id\": \"cw\", ", "", "\"市\"", "「id」がありません"},
    {ROLES, "\"id\": \"cw\"", "\"id\": \"C W\"", NULL,
     "「C W」は名前に使えません。a-z 0-9 _ と点で、64 字までです"},
    {ROLES, "\"id\": \"recorder\"", "\"id\": \"scribe\"", NULL,
     "ここには担当 recorder を置いてください"},
    {ROLES, "{\"id\": \"recorder\"",
     "{\"id\": \"recorder\", \"label\": \"記録\"},\n"
     "{\"id\": \"clerk\"",
     "\"duties\"", "担当は chair と recorder だけです。増やせません"},
    {ROLES, "\"method\": \"oral\"", "\"method\": \"spoken\"", NULL,
     "方法 spoken はありません。own dictated oral paper のどれかです"},
    {ROLES, "\"methods\":", "\"ways\":", NULL,
     "「ways」という名前は使えません。使えるもの：roles duties methods"},
    {ROLES, "\"contains\": \"紙\"", "\"contains\": 1", NULL,
     "「contains」は空でない一行の文字にしてください"},
};

Test(schema, slips_in_the_roles_are_named)
{
	EXPECT_REFUSED(roles_slips);
}

static const struct slip form_slips[] = {
    {FORM, "\"id\": \"case.stage\"", "\"id\": \"case.case_no\"", NULL,
     "項目 case.case_no が二度あります"},
    {FORM, "\"class\": \"case.stage\"", "\"class\": \"case.stages\"", NULL,
     "種別 case.stages は visibility.tsv にありません。行を足すか、名前を直してください"},
    {FORM, "\"class\": \"case.stage\", ", "", "\"id\": \"case.stage\"", "「class」がありません"},
    {FORM, "\"class\": \"plan.{area}.action\"", "\"class\": \"plan.{area}.acts\"", NULL,
     "種別 plan.work.acts は visibility.tsv にありません。行を足すか、名前を直してください"},
    {FORM, "\"id\": \"close.reason\"", "\"id\": \"close.{area}\"", NULL,
     "分野ごとの項目には「group」が要ります"},
    {FORM, "\"type\": \"bool\"", "\"type\": \"boolean\"", NULL,
     "型「boolean」はありません。text line date enum int bool seat seats list のどれかです"},
    {FORM, "\"enum\": \"approach\"", "\"enum\": \"aproach\"", NULL,
     "選択肢 aproach は「enums」にありません"},
    {FORM, ", \"enum\": \"approach\"", "", "approach\", \"label\"",
     "選択肢の名前「enum」がありません"},
    {FORM, "\"type\": \"bool\"", "\"type\": \"bool\", \"enum\": \"area\"", NULL,
     "「enum」はこの型では使えません"},
    {FORM, "\"max\": 80", "\"max\": 0", NULL, "「max」は 1 から 65536 までの数にしてください"},
    {FORM, "\"type\": \"bool\"", "\"type\": \"bool\", \"max\": 1", NULL,
     "「max」はこの型では使えません"},
    {FORM, "\"min_int\": 1, \"max_int\": 4", "\"min_int\": 5, \"max_int\": 4", NULL,
     "数には「min_int」と「max_int」が、この順の大きさで要ります"},
    {FORM, ", \"min_int\": 1, \"max_int\": 4", "", "\"id\": \"case.stage\"",
     "数には「min_int」と「max_int」が、この順の大きさで要ります"},
    {FORM, "\"owner\": \"self\"", "\"owner\": \"person\"", NULL,
     "「owner」の役割 person は roles.json にありません"},
    {FORM, "\"row_owner\": \"self\"", "\"row_owner\": \"me\"", NULL,
     "「row_owner」の役割 me は roles.json にありません"},
    {FORM, "\"row_owner\": \"self\"", "\"duty\": \"recorder\", \"row_owner\": \"self\"", NULL,
     "「row_owner」と「duty」は一緒に使えません。持ち主のある行を担当が書くことはありません"},
    {FORM, "\"duty\": \"recorder\"", "\"duty\": \"record\"", NULL,
     "担当「record」はありません。chair か recorder です"},
    {FORM, "\"in_segment\": true", "\"in_segmnt\": true", NULL,
     "「in_segmnt」という名前は使えません。使えるもの：id label duty in_segment closed office "
     "row_owner "
     "columns"},
    {FORM, "\"name\": \"pledge\"", "\"name\": \"contact\"", NULL,
     "項目 party.contact が二度あります"},
    {FORM, "\"name\": \"pledge\"", "\"name\": \"a.b\"", NULL, "列の名前「a.b」に点は使えません"},
    {FORM, "\"id\": \"party\"", "\"id\": \"household\"", NULL, "表 household が二度あります"},
    {FORM, "\"type\": \"text\", \"main\": true", "\"type\": \"bool\", \"main\": true", NULL,
     "「main」は text か line の列だけに使えます"},
    {FORM, "\"class\": \"min.actions\", \"type\": \"seat\"",
     "\"class\": \"min.actions\", \"type\": \"line\", \"main\": true", NULL,
     "種別 min.actions の主な列（main）はもう min.actions.what です。ひとつだけにしてください"},
    {FORM, "\"label\": \"呼び名\"", "\"label\": \"\"", NULL,
     "「label」は空でない一行の文字にしてください"},
    {FORM, "\"group\": \"restricted\"", "\"group\": 3", NULL,
     "「group」は空でない一行の文字にしてください"},
    {FORM, "\"type\": \"seat\", \"caseload\"", "\"type\": \"seat\", \"group\": \"x\", \"caseload\"",
     NULL, "「group」は分野ごとの項目（id に {area}）だけに使えます"},
    {FORM, "\"unused\": []", "\"unused\": [{\"class\": \"case.stage\", \"reason\": \"x\"}]", NULL,
     "種別 case.stage は使われています。「unused」から消してください"},
    {FORM, "\"unused\": []", "\"unused\": [{\"class\": \"case.x\", \"reason\": \"x\"}]", NULL,
     "種別 case.x は visibility.tsv にありません"},
    {FORM, "\"unused\": []", "\"unuzed\": []", NULL,
     "「unuzed」という名前は使えません。使えるもの：areas enums fields tables unused"},
    {FORM, "\"id\": \"living\"", "\"id\": \"work\"", NULL, "分野 work が二度あります"},
    {FORM, "\"solve\": ", "\"Solve it\": ", NULL,
     "「Solve it」は名前に使えません。a-z 0-9 _ と点で、64 字までです"},
    {FORM, "\"remote\": \"遠隔で参加\"", "\"remote\": 1", NULL,
     "「remote」は空でない一行の文字にしてください"},
    {FORM, "{\"name\": \"text\", \"label\": \"内容\", \"class\": \"log.access\"",
     "3, {\"name\": \"text\", \"label\": \"内容\", \"class\": \"log.access\"", NULL,
     "ここには { } が要ります"},
};

Test(schema, slips_in_the_form_are_named)
{
	EXPECT_REFUSED(form_slips);
}

/* What jansson itself refuses; its words may change, file and line may not. */
Test(schema, broken_json_is_named)
{
	static const struct slip slips[] = {
	    {FORM, "{\"id\": \"case.stage\"", "{\"id\": \"case.stage\", \"id\": \"x\"", NULL,
	     "JSON として読めません。この行か前の行のコンマ・かっこ・引用符を見てください"
	     "（duplicate object key near '\"id\"'）"},
	    {ROLES, "\"label\": \"職場\"", "\"label\" \"職場\"", NULL,
	     "JSON として読めません。この行か前の行のコンマ・かっこ・引用符を見てください"
	     "（':' expected near '\"職場\"'）"},
	};
	struct slip deep = {FORM, "\"unused\": []", NULL, NULL,
			    "かっこの入れ子が 16 段より深くなっています"};
	char nest[64] = "\"unused\": [[[[[[[[[[[[[[[[[[[[";

	EXPECT_REFUSED(slips);
	deep.new = nest;
	expect_refused(&deep);
}

Test(schema, a_class_may_be_unused_on_purpose)
{
	struct buf buf[FILES] = {0};
	struct buf matrix = {0}, form = {0};
	struct slice file[FILES];
	struct schema *s;
	char why[512] = "";
	char *at;

	for (unsigned i = 0; i < FILES; i++) {
		file[i] = file_read(file_name[i], &buf[i]);
	}
	buf_add(&matrix, file[MATRIX]);
	buf_add_str(&matrix, "log.ghost\tx\tx\tS0\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\n");
	at = memmem(file[FORM].ptr, file[FORM].len, "\"unused\": []", 12);
	cr_assert(at);
	buf_add(&form, (struct slice){file[FORM].ptr, (size_t)(at - file[FORM].ptr)});
	buf_add_str(&form, "\"unused\": [{\"class\": \"log.ghost\", \"reason\": \"test\"}]}");
	file[MATRIX] = buf_slice(&matrix);
	file[FORM] = buf_slice(&form);
	cr_expect_eq(load(file, &s, why), ERR_OK, "%s", why);
	schema_destroy(s);
	buf_fini(&matrix);
	buf_fini(&form);
	for (unsigned i = 0; i < FILES; i++) {
		buf_fini(&buf[i]);
	}
}

/* Cut off anywhere, with a byte flipped anywhere: an answer, never a crash, never half a schema. */
Test(schema, damaged_files_never_crash)
{
	struct buf buf[FILES] = {0};
	unsigned seed = 1;

	for (unsigned i = 0; i < FILES; i++) {
		file_read(file_name[i], &buf[i]);
	}
	for (unsigned round = 0; round < 300; round++) {
		struct slice file[FILES];
		struct schema *s = NULL;
		char why[512] = "";
		unsigned which = round % FILES;
		size_t at;
		char kept;

		seed = seed * 1103515245u + 12345u;
		at = (seed >> 8) % buf[which].len;
		for (unsigned i = 0; i < FILES; i++) {
			file[i] = buf_slice(&buf[i]);
		}
		kept = buf[which].ptr[at];
		if (round % 2) {
			file[which].len = at;
		} else {
			buf[which].ptr[at] = "\"{}[],:\tn+x\n"[seed % 12];
		}
		if (load(file, &s, why) != ERR_OK) {
			cr_expect_null(s);
			cr_expect(strncmp(why, file_name[0], 4) == 0 ||
				  strncmp(why, file_name[1], 4) == 0 ||
				  strncmp(why, file_name[2], 4) == 0);
		}
		schema_destroy(s);
		buf[which].ptr[at] = kept;
	}
	for (unsigned i = 0; i < FILES; i++) {
		buf_fini(&buf[i]);
	}
}
