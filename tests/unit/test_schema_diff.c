/* Two policies side by side: every kind of change is told, to the right list, in words. */
#include "base/arena.h"
#include "policy/schema_diff.h"
#include "support/policy.h"

enum { EDITS_MAX = 6 };

static struct schema *edited(const struct edit *edit)
{
	struct policy p = policy_edited(edit, EDITS_MAX);
	struct schema *s = NULL;
	char why[512] = "";

	cr_assert_eq(schema_load(&p.src, &s, why, sizeof why), ERR_OK, "%s", why);
	policy_fini(&p);
	return s;
}

/* What one edit must lead to, whole and in order; `back` makes it the old policy. */
struct expected {
	enum schema_change_kind kind;
	const char *role;
	const char *name;
	const char *text;
};

struct example {
	struct edit edit[EDITS_MAX];
	bool back;
	struct expected change[8];
};

static void expect(const struct example *x)
{
	struct schema *plain = edited((struct edit[EDITS_MAX]){0});
	struct schema *other = edited(x->edit);
	struct arena mem;
	struct schema_diff diff;
	size_t n = 0;
	size_t of[SCHEMA_CHANGE_KINDS] = {0};

	arena_init(&mem);
	diff = x->back ? schema_diff(other, plain, &mem) : schema_diff(plain, other, &mem);
	for (; n < 8 && x->change[n].text; n++) {
		const struct expected *want = &x->change[n];
		const struct schema_change *is = &diff.change[n];

		cr_assert_lt(n, diff.count, "missing: %s", want->text);
		cr_expect_eq(is->kind, want->kind, "%d: %s", (int)is->kind, is->text);
		cr_expect_str_eq(is->text, want->text);
		cr_expect_str_eq(is->role ? is->role : "-", want->role ? want->role : "-");
		cr_expect_str_eq(is->name ? is->name : "-", want->name ? want->name : "-");
		of[want->kind]++;
	}
	cr_expect_eq(diff.count, n, "also: %s", n < diff.count ? diff.change[n].text : "");
	cr_expect_arr_eq(diff.of, of, sizeof of);
	arena_fini(&mem);
	schema_destroy(other);
	schema_destroy(plain);
}

#define EXPECT(EXAMPLES)                                                                           \
	for (size_t x_ = 0; x_ < sizeof EXAMPLES / sizeof *EXAMPLES; x_++) {                       \
		expect(&EXAMPLES[x_]);                                                             \
	}

#define ACTION "就労・内容\tgroup\tS1\t"
#define STAGE "支援段階\tint 1-4\tS2\tr\tw\tr\tw\tr\t"
#define STAGE_GRANT STAGE "r\tn\tn\tn+"
#define NOTE "モニタリング記録\tlist\tS2\tr\tw\tw\tr\tw*\tn+\tn\tn\t"

static const struct example marks[] = {
    {.edit = {{MATRIX, STAGE "r", STAGE "n"}},
     .change = {{SCHEMA_LOSS, "hw", "case.stage",
		 "「ハローワーク」が「支援段階」を読めなくなります（読める → 見えない）"}}},
    {.edit = {{MATRIX, STAGE "r", STAGE "n"}},
     .back = true,
     .change = {{SCHEMA_GAIN, "hw", "case.stage",
		 "「ハローワーク」が「支援段階」を読めるようになります（見えない → 読める）"}}},
    {.edit = {{MATRIX, STAGE "r", STAGE "w"}},
     .change = {{SCHEMA_GAIN, "hw", "case.stage",
		 "「ハローワーク」が「支援段階」を書けるようになります"
		 "（読める → 読み書きできる）"}}},
    {.edit = {{MATRIX, STAGE "r", STAGE "w"}},
     .back = true,
     .change = {{SCHEMA_LOSS, "hw", "case.stage",
		 "「ハローワーク」が「支援段階」を書けなくなります"
		 "（読み書きできる → 読める）"}}},
    {.edit = {{MATRIX, STAGE_GRANT, STAGE "r\tn\tn\tn"}},
     .change = {{SCHEMA_LOSS, "kp", "case.stage",
		 "「キーパーソン」が「支援段階」を同意があっても読めなくなります"
		 "（同意があれば読める → 見えない）"}}},
    {.edit = {{MATRIX, STAGE_GRANT, STAGE "r\tn\tn\tr"}},
     .change = {{SCHEMA_GAIN, "kp", "case.stage",
		 "「キーパーソン」が「支援段階」を読めるようになります"
		 "（同意があれば読める → 読める）"}}},
    {.edit = {{MATRIX, STAGE_GRANT, STAGE "r\tn\tn\tr"}},
     .back = true,
     .change = {{SCHEMA_LOSS, "kp", "case.stage",
		 "「キーパーソン」が「支援段階」を同意がなければ読めなくなります"
		 "（読める → 同意があれば読める）"}}},
    {.edit = {{MATRIX, STAGE_GRANT, STAGE "r\tn\tn+\tn+"}},
     .change = {{SCHEMA_GAIN, "emp", "case.stage",
		 "「職場」が「支援段階」を、同意があれば読めるようになります"
		 "（見えない → 同意があれば読める）"}}},
    /* Who reads everything misses no grant. */
    {.edit = {{MATRIX, "w*\tn+\tn\tn\tw*", "w*\trw*\tn\tn\tw*"}},
     .change = {{SCHEMA_GAIN, "hw", "mon.note",
		 "「ハローワーク」が「モニタリング記録」を読み書きできるようになります"
		 "（同意があれば読める → すべて読み、自分の分を書ける）"}}},
    {.edit = {{MATRIX, NOTE "w*", NOTE "w"}},
     .change = {{SCHEMA_GAIN, "kp", "mon.note",
		 "「キーパーソン」が「モニタリング記録」を読み書きできるようになります"
		 "（自分に関わる行を読み、自分の分を書ける → 読み書きできる）"}}},
    {.edit = {{MATRIX, NOTE "w*", NOTE "w"}},
     .back = true,
     .change = {{SCHEMA_LOSS, "kp", "mon.note",
		 "「キーパーソン」が「モニタリング記録」を自分に関わる行しか読めなくなり、"
		 "自分の分しか書けなくなります"
		 "（読み書きできる → 自分に関わる行を読み、自分の分を書ける）"}}},
};

Test(schema_diff, marks_are_gains_and_losses)
{
	EXPECT(marks);
}

/* Grants of the class go, own rows come: one change, in both lists. */
Test(schema_diff, a_mark_can_be_both)
{
	const struct example x = {
	    .edit = {{MATRIX, "w*\tn+\tn\tn\tw*", "w*\tr*\tn\tn\tw*"}},
	    .change = {{SCHEMA_LOSS, "hw", "mon.note",
			"「ハローワーク」が「モニタリング記録」を同意があっても"
			"自分に関わる行しか読めなくなります"
			"（同意があれば読める → 自分に関わる行だけ読める）"},
		       {SCHEMA_GAIN, "hw", "mon.note",
			"「ハローワーク」が「モニタリング記録」を、自分に関わる分だけ"
			"読めるようになります（同意があれば読める → 自分に関わる行だけ読める）"}}};

	expect(&x);
}

/* Outside tables an own-mark is about columns with an owner: who owns none just reads. */
Test(schema_diff, an_own_mark_without_rows_or_owner_is_plain_reading)
{
	const struct example nobody = {
	    .edit = {{MATRIX, ACTION "rw*\tw\tw\tr\tr", ACTION "rw*\tw\tw\tr\tr*"}}};
	const struct example self = {.edit = {{MATRIX, ACTION "rw*", ACTION "w*"}}};

	expect(&nobody);
	expect(&self);
}

#define MOVED "\"id\": \"person.kana\", \"label\": \"ふりがな\", \"class\": \"person."

static const struct example moves[] = {
    {.edit = {{FORM, MOVED "legal_name", MOVED "birth_date"}},
     .change = {{SCHEMA_LOSS, "kp", "person.kana",
		 "「キーパーソン」が「ふりがな」を読めなくなります（読める → 見えない）"},
		{SCHEMA_LOSS, "lkp", "person.kana",
		 "「現場のキーパーソン」が「ふりがな」を同意があっても読めなくなります"
		 "（同意があれば読める → 見えない）"},
		{SCHEMA_LOSS, "pj", "person.kana",
		 "「職業紹介」が「ふりがな」を同意がなければ読めなくなります"
		 "（読める → 同意があれば読める）"}}},
};

static size_t count_of(const struct schema_diff *diff, enum schema_change_kind kind,
		       const char *role, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->count; i++) {
		const struct schema_change *c = &diff->change[i];

		n += c->kind == kind && strcmp(c->name, name) == 0 &&
		     (role ? c->role && strcmp(c->role, role) == 0 : !c->role);
	}
	return n;
}

/* Every role whose mark differs between the two classes, and nobody else. */
Test(schema_diff, a_column_that_moves_takes_its_rights_with_it)
{
	struct schema *before = edited((struct edit[EDITS_MAX]){0});
	struct schema *after = edited(moves[0].edit);
	uint16_t was = schema_class_find(before, slice_of("person.legal_name"));
	uint16_t is = schema_class_find(before, slice_of("person.birth_date"));
	struct arena mem;
	struct schema_diff diff;

	arena_init(&mem);
	diff = schema_diff(before, after, &mem);
	for (uint16_t r = 0; r < before->role_count; r++) {
		bool differs = before->cls[was].mark[r] != before->cls[is].mark[r];

		cr_expect_eq(count_of(&diff, SCHEMA_LOSS, before->role[r].id, "person.kana"),
			     differs, "%s", before->role[r].id);
	}
	cr_expect_eq(count_of(&diff, SCHEMA_OTHER, NULL, "person.kana"), 1);
	cr_expect_eq(diff.of[SCHEMA_GAIN], 0);
	for (size_t k = 0; k < 3; k++) {
		bool found = false;

		for (size_t i = 0; i < diff.count; i++) {
			found |= strcmp(diff.change[i].text, moves[0].change[k].text) == 0;
		}
		cr_expect(found, "%s", moves[0].change[k].text);
	}
	arena_fini(&mem);
	schema_destroy(after);
	schema_destroy(before);
}

#define GAP "\"id\": \"plan.gap_note\", \"label\": \"足りない資源・制度の狭間\", \"class\": "

static const struct edit off_plan[EDITS_MAX] = {
    {FORM, GAP "\"plan.gap_note\"", GAP "\"case.resources\""},
    {FORM, "\"unused\": []", "\"unused\": [{\"class\": \"plan.gap_note\", \"reason\": \"x\"}]"},
};

/* Only the two lines about drafts matter here. */
Test(schema_diff, a_column_may_leave_the_plan)
{
	struct schema *before = edited((struct edit[EDITS_MAX]){0});
	struct schema *after = edited(off_plan);
	struct arena mem;
	struct schema_diff diff;

	arena_init(&mem);
	diff = schema_diff(before, after, &mem);
	cr_expect_eq(count_of(&diff, SCHEMA_GAIN, NULL, "plan.gap_note"), 1);
	diff = schema_diff(after, before, &mem);
	cr_expect_eq(count_of(&diff, SCHEMA_LOSS, NULL, "plan.gap_note"), 1);
	arena_fini(&mem);
	schema_destroy(after);
	schema_destroy(before);
}

static const struct example owners[] = {
    /* What the person wrote themselves is anybody's who writes the class, and back. */
    {.edit = {{FORM,
	       "\"class\": \"assess.motivation\", \"type\": \"text\", \"scribable\": true},\n"
	       "\t{\"id\": \"assess.risk_note\"",
	       "\"class\": \"assess.motivation\", \"type\": \"text\", \"owner\": \"self\", "
	       "\"scribable\": true},\n\t{\"id\": \"assess.risk_note\""}},
     .change = {{SCHEMA_LOSS, "ps", "assess.motivation.for_whom",
		 "「伴走者」が「だれのため」を書けなくなります（読み書きできる → 読める）"},
		{SCHEMA_OTHER, NULL, "assess.motivation.for_whom",
		 "「だれのため」の書き手が「決まっていない」から「本人」になります"}}},
    {.edit = {{FORM, "\"label\": \"付記意見\", \"in_segment\": true",
	       "\"label\": \"付記意見\", \"row_owner\": \"self\", \"in_segment\": true"}},
     .change = {{SCHEMA_LOSS, NULL, "min.dissent",
		 "「付記意見」の新しい行が、書いた人のものではなくなります"},
		{SCHEMA_GAIN, "self", "min.dissent",
		 "「付記意見」の新しい行が、本人のものになります"}}},
    {.edit = {{FORM, "\"label\": \"付記意見\", \"in_segment\": true",
	       "\"label\": \"付記意見\", \"duty\": \"chair\", \"in_segment\": true"}},
     .change = {{SCHEMA_GAIN, NULL, "min.dissent",
		 "進行の担当が「付記意見」に書けるようになります"}}},
    {.edit = {{FORM, ", \"duty\": \"recorder\", \"caseload\": true},\n\n", "},\n\n"}},
     .change = {{SCHEMA_LOSS, NULL, "min.next_date",
		 "記録の担当が「次回の日」に書けなくなります"}}},
    {.edit = {{FORM, "\"type\": \"date\", \"scribable\": true", "\"type\": \"date\""}},
     .change = {{SCHEMA_LOSS, NULL, "pplan.written_on",
		 "「書いた日」を、持ち主のかわりに代筆できなくなります"}}},
    {.edit = {{FORM, "\"label\": \"参加者\", \"closed\": true", "\"label\": \"参加者\""}},
     .change = {{SCHEMA_GAIN, NULL, "party", "「参加者」に、人が行を作れるようになります"}}},
    {.edit = {{FORM, "\"class\": \"assess.strengths\", \"type\": \"text\", \"suggestable\": true",
	       "\"class\": \"assess.strengths\", \"type\": \"text\""}},
     .change = {{SCHEMA_LOSS, NULL, "assess.strengths",
		 "「強み・できること」に、読む人が言いかえの案を残せなくなります"}}},
};

Test(schema_diff, owners_duties_and_scribes)
{
	EXPECT(owners);
}

#define CW "\"seal\": \"市\", \"official\": true"

static const struct example roles[] = {
    {.edit = {{ROLES, CW, "\"seal\": \"市\""}},
     .change = {{SCHEMA_LOSS, "cw", "cw",
		 "「市の担当者」が公的な役割でなくなります（非表示の印、だれが読めるか、"
		 "会議の前後の出席が見えなくなります）"}}},
    {.edit = {{ROLES, CW, CW ", \"companion\": true, \"may_draft\": true"}},
     .change = {{SCHEMA_GAIN, "cw", "cw", "「市の担当者」に下書きの計画が見えるようになります"},
		{SCHEMA_OTHER, "cw", "cw",
		 "「市の担当者」が伴走チームに数えられます（「チームだけ」の表示が変わります）"}}},
    {.edit = {{ROLES, "\"市の担当者\",         \"seal\": \"市\"",
	       "\"県の担当者\", \"seal\": \"県\""}},
     .change = {{SCHEMA_OTHER, NULL, "cw", "役割「市の担当者」の名前が「県の担当者」になります"},
		{SCHEMA_OTHER, NULL, "cw", "役割「県の担当者」の印が「市」から「県」になります"}}},
    {.edit = {{ROLES, "{\"id\": \"adm\"",
	       "{\"id\": \"minsei\", \"label\": \"民生委員\", \"seal\": \"民\"},\n"
	       "{\"id\": \"adm\""},
	      {MATRIX | EVERYWHERE, "\n", "\tn\n"},
	      {MATRIX, "guest\tadm\tn", "guest\tadm\tminsei"},
	      {MATRIX, "次回\tdate\tS0\tr\tw\tr\tr\tr\tr\tr\tr\tr\tr\tr\tn\tn",
	       "次回\tdate\tS0\tr\tw\tr\tr\tr\tr\tr\tr\tr\tr\tr\tn\tr"}},
     .change = {{SCHEMA_GAIN, "minsei", "min.next_date",
		 "「民生委員」が「次回」を読めるようになります（見えない → 読める）"},
		{SCHEMA_OTHER, "minsei", "minsei", "役割「民生委員」が加わります"}}},
    {.edit = {{ROLES, "{\"id\": \"adm\"",
	       "{\"id\": \"minsei\", \"label\": \"民生委員\", \"seal\": \"民\"},\n"
	       "{\"id\": \"adm\""},
	      {MATRIX | EVERYWHERE, "\n", "\tn\n"},
	      {MATRIX, "guest\tadm\tn", "guest\tadm\tminsei"}},
     .back = true,
     .change = {{SCHEMA_BREAK, "minsei", "minsei",
		 "役割「民生委員」がなくなります。席がもうあるかもしれません"}}},
};

Test(schema_diff, roles)
{
	EXPECT(roles);
}

#define NEW_FIELD "{\"id\": \"case.pet\", \"label\": \"ペット\", \"class\": \"case.pet\", "
#define NEW_CLASS "case.pet\tペットのこと\ttext\tS1\tr\tw\tn\tn\tn\tn\tn\tn\tn+\tn\tn\tn\n"

static const struct example things[] = {
    {.edit = {{MATRIX, "log.accounts\t", NEW_CLASS "log.accounts\t"},
	      {FORM, "{\"id\": \"close.reason\"",
	       NEW_FIELD "\"type\": \"text\"},\n\t{\"id\": \"close.reason\""}},
     .change = {{SCHEMA_GAIN, "self", "case.pet",
		 "「本人」が「ペットのこと」を読めるようになります（見えない → 読める）"},
		{SCHEMA_GAIN, "ps", "case.pet",
		 "「伴走者」が「ペットのこと」を読み書きできるようになります"
		 "（見えない → 読み書きできる）"},
		{SCHEMA_GAIN, "kp", "case.pet",
		 "「キーパーソン」が「ペットのこと」を、同意があれば読めるようになります"
		 "（見えない → 同意があれば読める）"},
		{SCHEMA_OTHER, NULL, "case.pet", "種別「ペットのこと」が加わります"},
		{SCHEMA_OTHER, NULL, "case.pet",
		 "項目「ペット」が加わります（種別「ペットのこと」）"}}},
    {.edit = {{MATRIX, "log.accounts\t", NEW_CLASS "log.accounts\t"},
	      {FORM, "{\"id\": \"close.reason\"",
	       NEW_FIELD "\"type\": \"text\"},\n\t{\"id\": \"close.reason\""}},
     .back = true,
     .change = {{SCHEMA_BREAK, NULL, "case.pet",
		 "種別「ペットのこと」がなくなります。同意がこれを名ざししているかもしれません"},
		{SCHEMA_BREAK, NULL, "case.pet", "項目「ペット」がなくなります"}}},
    {.edit = {{MATRIX, "\t支援段階\t", "\tいまの段階\t"},
	      {FORM, "\"label\": \"続き柄\"", "\"label\": \"関係\""},
	      {FORM, "\"label\": \"世帯\"", "\"label\": \"家族\""},
	      {FORM, "\"label\": \"生きがい\"}", "\"label\": \"楽しみ\"}"},
	      {FORM, "\"remote\": \"遠隔で参加\"", "\"remote\": \"画面で参加\""}},
     .change = {{SCHEMA_OTHER, NULL, "case.stage",
		 "種別「支援段階」の名前が「いまの段階」になります"},
		{SCHEMA_OTHER, NULL, "purpose", "分野「生きがい」の名前が「楽しみ」になります"},
		{SCHEMA_OTHER, NULL, "household", "表「世帯」の名前が「家族」になります"},
		{SCHEMA_OTHER, NULL, "household.relation",
		 "項目「世帯・続き柄」の名前が「関係」になります"},
		{SCHEMA_OTHER, NULL, "participation",
		 "選択肢「遠隔で参加」の名前が「画面で参加」になります"}}},
    {.edit = {{FORM, "\"label\": \"続き柄\", \"class\": \"household.members\", \"type\": \"line\"",
	       "\"label\": \"続き柄\", \"class\": \"household.members\", \"type\": \"text\""}},
     .change = {{SCHEMA_BREAK, NULL, "household.relation",
		 "「世帯・続き柄」の型が「一行の文字」から「文章」になります"}}},
    {.edit = {{FORM, "\"min_int\": 1, \"max_int\": 4", "\"min_int\": 1, \"max_int\": 5"}},
     .change = {{SCHEMA_OTHER, NULL, "case.stage",
		 "「支援段階」の数の範囲が 1〜4 から 1〜5 になります"}}},
    {.edit = {{FORM, "\"min_int\": 1, \"max_int\": 4", "\"min_int\": 2, \"max_int\": 5"}},
     .change = {{SCHEMA_BREAK, NULL, "case.stage",
		 "「支援段階」の数の範囲が 1〜4 から 2〜5 になります"}}},
    {.edit = {{FORM, "\"class\": \"case.case_no\", \"type\": \"line\"",
	       "\"class\": \"case.case_no\", \"type\": \"line\", \"max\": 20"}},
     .change = {{SCHEMA_BREAK, NULL, "case.case_no",
		 "「ケース番号」に書ける長さが 1000 から 20 になります"}}},
    {.edit = {{FORM, "\"class\": \"case.case_no\", \"type\": \"line\"",
	       "\"class\": \"case.case_no\", \"type\": \"line\", \"max\": 20"}},
     .back = true,
     .change = {{SCHEMA_OTHER, NULL, "case.case_no",
		 "「ケース番号」に書ける長さが 20 から 1000 になります"}}},
    {.edit = {{FORM, "\t\t\"mutual\": \"たがいに支える\"",
	       "\t\t\"mutual\": \"たがいに支える\",\n\t\t\"none\": \"まだない\""}},
     .change = {{SCHEMA_OTHER, NULL, "bond_direction",
		 "選択肢（bond_direction）に「まだない」が加わります"}}},
    {.edit = {{FORM, "\t\t\"mutual\": \"たがいに支える\"",
	       "\t\t\"mutual\": \"たがいに支える\",\n\t\t\"none\": \"まだない\""}},
     .back = true,
     .change = {{SCHEMA_BREAK, NULL, "bond_direction",
		 "選択肢（bond_direction）から「まだない」がなくなります"}}},
    {.edit = {{FORM, "\"enum\": \"bond_direction\"", "\"enum\": \"approach\""}},
     .change = {{SCHEMA_BREAK, NULL, "bond.map.direction",
		 "「絆の地図・向き」で「本人を支える」を選べなくなります"},
		{SCHEMA_BREAK, NULL, "bond.map.direction",
		 "「絆の地図・向き」で「本人が支える」を選べなくなります"},
		{SCHEMA_BREAK, NULL, "bond.map.direction",
		 "「絆の地図・向き」で「たがいに支える」を選べなくなります"},
		{SCHEMA_OTHER, NULL, "bond.map.direction",
		 "「絆の地図・向き」が別の選択肢（approach）を使います"}}},
    {.edit = {{FORM, "\"label\": \"付記意見\", \"in_segment\": true", "\"label\": \"付記意見\""}},
     .change = {{SCHEMA_BREAK, NULL, "min.dissent",
		 "表「付記意見」の行が、議題の同席者だけのものでなくなります"}}},
    {.edit = {{MATRIX, "支援段階\tint 1-4\tS2", "支援段階\tint 1-4\tS3"}},
     .change = {{SCHEMA_OTHER, NULL, "case.stage",
		 "種別「支援段階」の慎重さが S2 から S3 になります"}}},
    {.edit = {{ROLES, "\"contains\": \"電話\"", "\"contains\": \"通話\""}},
     .change = {{SCHEMA_OTHER, NULL, NULL, "同意の方法の読みかえ（methods）が変わります"}}},
};

Test(schema_diff, classes_columns_and_lists)
{
	EXPECT(things);
}

#define AREA_CLASS(GROUP)                                                                          \
	"plan.pet." GROUP "\tペット・" GROUP "\tx\tS1\tr\tw\tn\tn\tn\tn\tn\tn\tn\tn\tn\tn\n"

/* A ninth area brings its classes, its columns and its table; taken away, they all are missed. */
Test(schema_diff, an_area_comes_and_goes)
{
	const struct edit edit[EDITS_MAX] = {
	    {MATRIX, "plan.any.",
	     AREA_CLASS("outline") AREA_CLASS("action") AREA_CLASS("parts")
		 AREA_CLASS("background") "plan.any."},
	    {FORM, "{\"id\": \"living\"",
	     "{\"id\": \"pet\", \"label\": \"ペット\"},\n\t{\"id\": \"living\""}};
	struct schema *before = edited((struct edit[EDITS_MAX]){0});
	struct schema *after = edited(edit);
	size_t cols = (size_t)after->col_count - before->col_count;
	struct arena mem;
	struct schema_diff diff;

	arena_init(&mem);
	diff = schema_diff(before, after, &mem);
	cr_expect_eq(count_of(&diff, SCHEMA_OTHER, NULL, "pet"), 1);
	cr_expect_eq(count_of(&diff, SCHEMA_OTHER, NULL, "plan.pet.action.goal"), 1);
	cr_expect_eq(diff.of[SCHEMA_GAIN], 2 * 4);
	cr_expect_eq(diff.of[SCHEMA_LOSS], 0);
	cr_expect_eq(diff.of[SCHEMA_OTHER], 1 + 4 + cols + 1, "area, classes, columns, table");
	diff = schema_diff(after, before, &mem);
	cr_expect_eq(diff.of[SCHEMA_BREAK], 1 + 4 + cols + 1);
	cr_expect_eq(diff.count, diff.of[SCHEMA_BREAK]);
	arena_fini(&mem);
	schema_destroy(after);
	schema_destroy(before);
}

Test(schema_diff, spaces_change_nothing_but_the_hash)
{
	const struct example x = {.edit = {{FORM, "\"areas\": [", "\"areas\":  ["}}};
	struct schema *a = edited((struct edit[EDITS_MAX]){0});
	struct schema *b = edited(x.edit);

	cr_expect_str_neq(a->hash, b->hash);
	expect(&x);
	schema_destroy(a);
	schema_destroy(b);
}
