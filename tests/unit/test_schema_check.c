/* Every mistake and every doubt of a set is told, with its line, and nothing else is. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "casefile/casefile.h"
#include "policy/schema_check.h"
#include "room/room.h"
#include "support/policy.h"

enum { EDITS_MAX = 4, SAID_MAX = 8 };

/* Edits of the shipped set and all that must be said of it, in order: "file:line: reason", where a
 * leading "?" is a doubt, and the reason may go on. */
struct example {
	struct edit edit[EDITS_MAX];
	const char *said[SAID_MAX];
};

static void say_all(const struct policy *p, struct schema_problems *found)
{
	struct edit none[1] = {0};
	struct policy shipped = policy_edited(none, 1);
	struct schema *known = NULL;
	struct schema *s = NULL;

	cr_assert_eq(schema_load_all(&shipped.src, &known, found), ERR_OK);
	if (schema_load_all(&p->src, &s, found) == ERR_OK) {
		room_schema_needs(&p->src, s, found);
	}
	if (s && found->count == 0) {
		casefile_schema_needs(&p->src, s, found);
		schema_doubts(&p->src, s, known, found);
	}
	schema_problems_sort(found);
	schema_destroy(s);
	schema_destroy(known);
	policy_fini(&shipped);
}

static void expect(const struct example *x)
{
	struct policy p = policy_edited(x->edit, EDITS_MAX);
	struct schema_problems *found = mem_alloc(sizeof *found);
	size_t n = 0;

	say_all(&p, found);
	for (; n < SAID_MAX && x->said[n]; n++) {
		const struct schema_problem *is = &found->item[n];
		char line[SCHEMA_REASON_BYTES + 64];

		cr_assert_lt(n, found->count, "not said: %s", x->said[n]);
		snprintf(line, sizeof line, "%s%s:%zu: %s", is->doubt ? "?" : "", is->file,
			 is->line, is->reason);
		cr_expect(slice_begins(slice_of(line), x->said[n]), "said: %s\nfor:  %s", line,
			  x->said[n]);
	}
	cr_expect_eq(found->count, n, "also said: %s",
		     n < found->count ? found->item[n].reason : "");
	free(found);
	policy_fini(&p);
}

#define EXPECT(EXAMPLES)                                                                           \
	for (size_t x_ = 0; x_ < sizeof EXAMPLES / sizeof *EXAMPLES; x_++) {                       \
		expect(&EXAMPLES[x_]);                                                             \
	}

Test(schema_check, the_shipped_set_is_without_a_doubt)
{
	expect(&(const struct example){.said = {NULL}});
}

static const struct example several[] = {
    {.edit = {{FORM, "\"type\": \"bool\"", "\"type\": \"boolean\", \"colour\": 1"},
	      {FORM, "\"enum\": \"approach\"", "\"enum\": \"aproach\""},
	      {ROLES, "\"seal\": \"伴\"", "\"seal\": \"伴走\""},
	      {MATRIX, "date\tS0\tr\tw", "date\tS9\tr\trw"}},
     .said = {"roles.json:4: 「seal」は一文字", "visibility.tsv:64: ps の印「rw」は",
	      "visibility.tsv:64: 慎重さ「S9」は", "form.json:292: 選択肢 aproach は",
	      "form.json:333: 「colour」という名前は", "form.json:333: 型「boolean」は"}},
    /* A role that was added in one file only. */
    {.edit = {{ROLES, "{\"id\": \"adm\"",
	       "{\"id\": \"minsei\", \"label\": \"民生委員\", \"seal\": \"民\"},\n"
	       "{\"id\": \"adm\""}},
     .said = {"visibility.tsv:1: 役割 minsei（民生委員）の列がありません"}},
    /* In the head too, but in no row: one mistake. */
    {.edit = {{ROLES, "{\"id\": \"adm\"",
	       "{\"id\": \"minsei\", \"label\": \"民生委員\", \"seal\": \"民\"},\n"
	       "{\"id\": \"adm\""},
	      {MATRIX, "\tadm\n", "\tadm\tminsei\n"}},
     .said = {"visibility.tsv:2: 列が 16 個あります。見出しは 17 個です（112 行目まで同じ）"}},
    /* An area needs its classes. */
    {.edit = {{FORM, "{\"id\": \"living\"",
	       "{\"id\": \"pet\", \"label\": \"ペット\"},\n\t{\"id\": \"living\""}},
     .said = {"form.json:288: 種別 plan.pet.outline は", "form.json:294: 種別 plan.pet.action は",
	      "form.json:302: 種別 plan.pet.background は",
	      "form.json:367: 種別 plan.pet.parts は"}},
    /* A file that cannot be read hides its own mistakes, and makes none elsewhere. */
    {.edit = {{ROLES, "\"label\": \"職場\"", "\"label\" \"職場\""},
	      {FORM, "\"type\": \"bool\"", "\"type\": \"boolean\""}},
     .said = {"roles.json:10: JSON として読めません", "form.json:333: 型「boolean」は"}},
    {.edit = {{MATRIX, "class\t",
	       "\xEF\xBB\xBF"
	       "class\t"},
	      {FORM, "\"type\": \"bool\"", "\"type\": \"boolean\""}},
     .said = {"visibility.tsv:1: 先頭に BOM", "form.json:333: 型「boolean」は"}},
};

Test(schema_check, mistakes_do_not_hide_each_other)
{
	EXPECT(several);
}

static const struct example needs[] = {
    {.edit = {{FORM, "\"id\": \"plan.status\"", "\"id\": \"plan.state\""}},
     .said = {"form.json:242: 項目 plan.status がありません。計画の状態はサーバーが進めます"}},
    {.edit = {{FORM,
	       "\"id\": \"conf.schedule.start\", \"label\": \"始まり\", "
	       "\"class\": \"conf.schedule\", \"type\": \"line\"",
	       "\"id\": \"conf.schedule.start\", \"label\": \"始まり\", "
	       "\"class\": \"conf.schedule\", \"type\": \"text\""}},
     .said = {"form.json:308: conf.schedule.start の型は line にしてください"}},
    {.edit = {{FORM, "{\"name\": \"withdrawal\"", "{\"name\": \"withdrawn\""}},
     .said = {"form.json:346: 表 consent に列 withdrawal がありません"}},
    {.edit = {{FORM, "\"id\": \"conf.attendance\"", "\"id\": \"conf.presence\""}},
     .said = {"form.json:320: 表 conf.attendance がありません。会議の出入りは"}},
    {.edit = {{FORM, "\t\t\"superseded\": \"前の計画\"", "\t\t\"old\": \"前の計画\""}},
     .said = {"form.json:277: plan.status の選択肢に superseded がありません"}},
    {.edit = {{ROLES, "\"id\": \"sup\"", "\"id\": \"chief\""}, {MATRIX, "\tsup\t", "\tchief\t"}},
     .said = {"roles.json:1: 役割 sup がありません"}},
    /* Only files that speak of it are refused, so it is but a doubt. */
    {.edit = {{FORM, "\"id\": \"close.reason\"", "\"id\": \"close.why\""}},
     .said = {"?form.json:242: 項目 close.reason がありません。事例ファイルの項目が"}},
    {.edit = {{ROLES, "\"id\": \"guest\"", "\"id\": \"visitor\""},
	      {MATRIX, "\tguest\t", "\tvisitor\t"}},
     .said = {"?roles.json:1: 役割 guest がありません"}},
};

Test(schema_check, what_the_conference_acts_on_must_be_there)
{
	EXPECT(needs);
}

#define HEALTH "健康・背景\tgroup\tS3\tr\tw\tr\tr\tn+\tn\tn\t"

static const struct example doubts[] = {
    {.edit = {{MATRIX, HEALTH "n", HEALTH "r"}},
     .said = {"?visibility.tsv:91: 外の役割「職場」が、慎重に扱う「健康・背景」（S3）を"
	      "同意なしに読めます（読める）"}},
    /* With a consent is what the mark is for; officials are not outside. */
    {.edit = {{MATRIX, HEALTH "n", HEALTH "n+"}}},
    {.edit = {{MATRIX, "健康・背景\tgroup\tS3\tr\tw\tr\tr\tn+\tn\t",
	       "健康・背景\tgroup\tS3\tr\tw\tr\tr\tr\tr\t"}}},
    /* What was not sensitive before is news, though the mark is old. */
    {.edit = {{MATRIX, "就労上の条件・配慮\tcolumn\tS2", "就労上の条件・配慮\tcolumn\tS4"}},
     .said = {"?visibility.tsv:44: 外の役割「キーパーソン」が",
	      "?visibility.tsv:44: 外の役割「現場のキーパーソン」が",
	      "?visibility.tsv:44: 外の役割「職場」が",
	      "?visibility.tsv:44: 外の役割「職業紹介」が"}},
    {.edit = {{MATRIX, "見立て・背景\ttext\tS3\tr\tw", "見立て・背景\ttext\tS3\tr\tr"}},
     .said = {"?visibility.tsv:29: 「見立て・背景」に書ける役割がありません"}},
    {.edit = {{MATRIX, "\t相談経路\t", "\t支援段階\t"}},
     .said = {"?visibility.tsv:6: 名前「支援段階」が、種別 case.stage と case.intake_route "}},
    {.edit = {{FORM, "\"label\": \"相談経路\"", "\"label\": \"支援段階\""}},
     .said = {"?form.json:249: 名前「支援段階」が、項目 case.stage と case.intake_route の"}},
    {.edit = {{ROLES, "\"seal\": \"紹\"", "\"seal\": \"職\""}},
     .said = {"?roles.json:10: 印「職」が、役割「職業紹介」と「職場」の両方に"}},
    {.edit = {{ROLES, "\"label\": \"現場のキーパーソン\"", "\"label\": \"キーパーソン\""}},
     .said = {"?roles.json:12: 役割の名前「キーパーソン」が二度"}},
    {.edit = {{MATRIX, "閲覧の記録\tlist\tS2\tr\tr*\tr*\tr\tr*\tr*\tr*\tr*\tr*\tr*\tr*\tr\n",
	       "閲覧の記録\tlist\tS2\tr\tr*\tr*\tr\tr*\tr*\tr*\tr*\tr*\tr*\tr*\tn\n"},
	      {MATRIX, "S0\tn\tr\tn\tr\tn\tn\tn\tn\tn\tn\tn\tw\n",
	       "S0\tn\tw\tn\tr\tn\tn\tn\tn\tn\tn\tn\tn\n"},
	      {MATRIX, "w*\tw*\tw*\tw*\tw*\tw*\tw*\tr\n", "w*\tw*\tw*\tw*\tw*\tw*\tw*\tn+\n"}},
     .said = {"?roles.json:14: 役割「システム管理者」には、読めるものがひとつもありません"}},
};

Test(schema_check, what_a_practitioner_would_ask)
{
	EXPECT(doubts);
}

/* A hostile name is long, steers a terminal, and comes a thousand times. */
Test(schema_check, problems_are_bounded_and_printable)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	struct edit none[1] = {0};
	struct policy p = policy_edited(none, 1);
	struct schema *s = NULL;

	buf_clear(&p.file[ROLES]);
	buf_add_str(&p.file[ROLES], "{\"roles\": [], \"duties\": [], \"methods\": [{");
	for (int i = 0; i < 1000; i++) {
		buf_printf(&p.file[ROLES], "\"\\u001b[2J\\u009b%d", i);
		for (int k = 0; k < 200; k++) {
			buf_add_str(&p.file[ROLES], "長");
		}
		buf_add_str(&p.file[ROLES], "\": 1,\n");
	}
	buf_add_str(&p.file[ROLES], "\"contains\": \"x\", \"method\": \"own\"}]}");
	p.src.roles_json = buf_slice(&p.file[ROLES]);
	cr_assert_eq(schema_load_all(&p.src, &s, found), ERR_SCHEMA);
	cr_expect_eq(found->count, SCHEMA_PROBLEMS_MAX);
	cr_expect_geq(found->left_out, 900);
	for (size_t i = 0; i < found->count; i++) {
		struct slice reason = slice_of(found->item[i].reason);

		cr_expect_lt(reason.len, SCHEMA_REASON_BYTES);
		cr_expect(utf8_is_text(reason, false));
		cr_expect(!memmem(reason.ptr, reason.len, "\xC2\x9B", 2));
	}
	policy_fini(&p);
	free(found);
}

/* A word of the file, quoted or between tabs, in place of another: most files stay well-formed. */
static struct buf swapped(struct slice text, uint64_t *dice)
{
	const char *word[2];
	size_t len[2];
	struct buf out = {0};

	for (int i = 0; i < 2; i++) {
		size_t at = (size_t)(rig_random(dice) % text.len);

		while (at > 0 && !strchr("\"\t\n{}[]:, ", text.ptr[at])) {
			at--;
		}
		word[i] = text.ptr + at;
		len[i] = 1;
		while (at + len[i] < text.len && !strchr("\"\t\n", word[i][len[i]])) {
			len[i]++;
		}
	}
	buf_add(&out, (struct slice){text.ptr, (size_t)(word[0] - text.ptr)});
	buf_add(&out, (struct slice){word[1], len[1]});
	word[0] += len[0];
	buf_add(&out, (struct slice){word[0], (size_t)(text.ptr + text.len - word[0])});
	return out;
}

/* Whatever is in the files: they load, or something is said; and what is said has a line. */
Test(schema_check, a_damaged_set_is_refused_with_words)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	struct edit none[1] = {0};
	size_t loaded = 0, refused = 0;
	uint64_t dice = 20260401;

	for (int run = 0; run < 250; run++) {
		struct policy p = policy_edited(none, 1);
		struct schema *s = NULL;
		enum err e;

		for (uint64_t n = rig_random(&dice) % 4 + 1; n > 0; n--) {
			struct buf *file = &p.file[rig_random(&dice) % FILES];
			struct buf next = swapped(buf_slice(file), &dice);

			buf_fini(file);
			*file = next;
		}
		p.src = (struct schema_source){buf_slice(&p.file[MATRIX]),
					       buf_slice(&p.file[ROLES]), buf_slice(&p.file[FORM])};
		e = schema_load_all(&p.src, &s, found);
		cr_expect_eq(e == ERR_OK, found->count == 0, "run %d", run);
		cr_expect_eq(e == ERR_OK, s != NULL, "run %d", run);
		for (size_t i = 0; i < found->count; i++) {
			cr_expect_gt(found->item[i].line, 0);
			cr_expect_gt(strlen(found->item[i].reason), 0);
		}
		if (s) {
			room_schema_needs(&p.src, s, found);
			casefile_schema_needs(&p.src, s, found);
			schema_doubts(&p.src, s, NULL, found);
		}
		loaded += s != NULL;
		refused += s == NULL;
		schema_destroy(s);
		policy_fini(&p);
	}
	cr_expect_gt(loaded, 20);
	cr_expect_gt(refused, 20);
	free(found);
}

/* So long, without another meaning: more of a remark, or empty lines at the end. */
static void stretch(struct buf *file, const char *remark, size_t len)
{
	struct buf out = {0};
	size_t at =
	    remark
		? (size_t)((char *)memmem(file->ptr, file->len, remark, strlen(remark)) - file->ptr)
		: file->len;

	buf_add(&out, (struct slice){file->ptr, at});
	for (size_t i = file->len; i < len; i++) {
		buf_add_str(&out, remark ? "x" : "\n");
	}
	buf_add(&out, (struct slice){file->ptr + at, file->len - at});
	buf_fini(file);
	*file = out;
}

/* Each file up to the limit, and not one byte above. */
Test(schema_check, how_long_a_file_may_be)
{
	for (unsigned i = 0; i < FILES; i++) {
		struct policy p = policy_edited((struct edit[1]){0}, 1);
		struct slice *const file[] = {&p.src.visibility_tsv, &p.src.roles_json,
					      &p.src.form_json};
		const char *remark = i == MATRIX ? "text\tS1" : NULL;
		struct schema *s = NULL;
		char why[512] = "";

		stretch(&p.file[i], remark, LIMIT_SCHEMA_FILE_BYTES);
		*file[i] = buf_slice(&p.file[i]);
		cr_assert_eq(schema_load(&p.src, &s, why, sizeof why), ERR_OK, "%s", why);
		schema_destroy(s);
		stretch(&p.file[i], remark, LIMIT_SCHEMA_FILE_BYTES + 1);
		*file[i] = buf_slice(&p.file[i]);
		cr_expect_neq(schema_load(&p.src, &s, why, sizeof why), ERR_OK);
		cr_expect(strstr(why, ":1: ファイルが 1048576 バイトより大きすぎます"), "%s", why);
		policy_fini(&p);
	}
}
