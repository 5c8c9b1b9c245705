/*
 * The truth table as a page for a committee: who may see what, in words, to be printed on A4
 * across, signed, and compared years later by its hash. Policy only: nothing of any case comes
 * here. One file without anything from outside, so that it reads the same wherever it is opened.
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/day.h"
#include "cli/cli.h"
#include "policy/schema_words.h"

/* What stands in a cell of the table: short, told apart without colour, and never an empty place
 * where a pen could add something. */
static const struct {
	const char *sign;
	const char *style;
} cell[MARK_COUNT] = {
    [MARK_NONE] = {"―", "no"},
    [MARK_GRANTABLE] = {"同意", "ask"},
    [MARK_READ] = {"読", "read"},
    [MARK_READ_ROWS] = {"関読", "read"},
    [MARK_WRITE] = {"書", "edit"},
    [MARK_WRITE_OWN] = {"関書", "edit"},
    [MARK_READ_WRITE_OWN] = {"自書", "edit"},
};

static const char *const sensitivity[][2] = {
    {"S0", "事務のこと（日時・場所など）"},
    {"S1", "会議で分け合うこと"},
    {"S2", "その人のこと"},
    {"S3", "慎重に扱うこと（健康・障害・法律・借金・信条など）"},
    {"S4", "守ること（居所・暴力・ほかの人の秘密・職員だけの記録）"},
    {"SP", "本人の言葉（見せるかは本人が決める）"},
};

static const char style[] =
    "@page{size:A4 landscape;margin:11mm 10mm 14mm}"
    "@page{@bottom-right{content:counter(page) ' / ' counter(pages);font:8pt sans-serif}}"
    "*{box-sizing:border-box}"
    "body{font:9pt/1.45 'Noto Sans JP','Noto Sans CJK JP','BIZ UDPGothic','Yu Gothic',Meiryo,"
    "'Hiragino Sans',sans-serif;color:#000;background:#fff;margin:0 auto;max-width:277mm}"
    "@media screen{body{padding:8mm}}"
    "h1{font-size:16pt;margin:0 0 1mm}h2{font-size:11pt;margin:6mm 0 1.5mm;break-after:avoid}"
    "p{margin:0 0 1.5mm}.meta{display:flex;flex-wrap:wrap;gap:1mm 8mm;margin:0 0 3mm}"
    ".hash{font-family:'DejaVu Sans Mono',Consolas,monospace;font-size:8.5pt}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:.25mm solid #555;padding:.6mm 1.2mm;text-align:left;vertical-align:middle;"
    "overflow-wrap:anywhere}"
    ".truth{table-layout:fixed}.truth thead{display:table-header-group}"
    ".truth tr{break-inside:avoid}.truth tbody{border-bottom:.6mm solid #000}"
    ".truth thead th{background:#e8e8e8;vertical-align:bottom}"
    ".truth thead .role{padding:1mm 0;text-align:center;vertical-align:bottom}"
    ".truth thead .role span{writing-mode:vertical-rl;display:inline-block;max-height:34mm;"
    "text-align:left;line-height:1.15}"
    ".truth td.m{text-align:center;padding:.6mm 0;white-space:nowrap}"
    ".truth .band th{background:#f2f2f2;font-size:9.5pt;border-top:.6mm solid #000}"
    ".truth .band{break-after:avoid}"
    ".truth .what{font-size:7.5pt;color:#222;line-height:1.3}"
    ".truth .grade{text-align:center}"
    ".many td.m{font-size:7pt;line-height:1.1;white-space:normal;word-break:break-all;"
    "padding:.4mm 1.4mm}.many thead .role span{font-size:6.5pt;line-height:1;max-height:46mm}"
    ".no{color:#888}.edit{background:#dcdcdc;font-weight:700}"
    ".key{width:auto}.key td:first-child{text-align:center;white-space:nowrap;min-width:12mm}"
    ".two{display:flex;flex-wrap:wrap;gap:0 10mm;align-items:flex-start}"
    "ul{margin:0 0 2mm;padding-left:5mm}"
    ".sign{break-inside:avoid;margin-top:5mm}"
    ".sign td{height:13mm}.sign .c1{width:38mm}.sign .c3{width:50mm}.sign .c4{width:26mm}"
    ".seal{display:inline-block;width:11mm;height:11mm;border:.25mm dashed #777;border-radius:50%;"
    "color:#777;text-align:center;line-height:11mm;font-size:8pt}"
    "@media print{body{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/* ---- bytes ---- */

/* A label comes from a file: never markup. */
static void text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		case '\'':
			buf_add_str(out, "&#39;");
			break;
		default:
			buf_add(out, (struct slice){s, 1});
		}
	}
}

static void element(struct buf *out, const char *open, const char *s, const char *close)
{
	buf_add_str(out, open);
	text(out, s);
	buf_add_str(out, close);
}

/* 令和8年11月12日. Eras begin on a day; before Meiji people read the year as it is. */
static void era_day(struct buf *out, int64_t day)
{
	static const struct {
		const char *name;
		int year, month, day;
	} era[] = {{"令和", 2019, 5, 1},
		   {"平成", 1989, 1, 8},
		   {"昭和", 1926, 12, 25},
		   {"大正", 1912, 7, 30},
		   {"明治", 1868, 1, 25}};
	char date[11] = "";
	int year, month, dom;

	if (!day_write(day, date)) {
		return;
	}
	year = digits_read(slice_of(date), 0, 4);
	month = digits_read(slice_of(date), 5, 2);
	dom = digits_read(slice_of(date), 8, 2);
	for (size_t i = 0; i < sizeof era / sizeof *era; i++) {
		int n = year - era[i].year + 1;

		if (day >= day_of(era[i].year, era[i].month, era[i].day)) {
			buf_add_str(out, era[i].name);
			if (n == 1) {
				buf_add_str(out, "元");
			} else {
				buf_printf(out, "%d", n);
			}
			buf_printf(out, "年%d月%d日", month, dom);
			return;
		}
	}
	buf_printf(out, "%d年%d月%d日", year, month, dom);
}

static void hash_groups(struct buf *out, const char *hash)
{
	for (size_t i = 0; hash[i]; i += 4) {
		buf_printf(out, "%s%.4s", i ? " " : "", hash + i);
	}
}

/* ---- the head and the legend ---- */

static void head(const struct schema *s, int64_t day, struct buf *out)
{
	buf_add_str(out, "<!doctype html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">"
			 "<meta name=\"viewport\" content=\"width=device-width\">"
			 "<title>見える範囲の一覧表</title><style>");
	buf_add_str(out, style);
	/* On every page, so that a single sheet can be compared too. */
	buf_add_str(out, "@page{@bottom-left{font:7pt monospace;content:'");
	hash_groups(out, s->hash);
	buf_add_str(out, "'}}");
	buf_add_str(out, "</style></head><body>\n<h1>見える範囲の一覧表</h1>\n"
			 "<p>だれが、何を見られて、何を書けるか。会議の画面・記録・印刷は、"
			 "すべてこの表のとおりに動きます。</p>\n<div class=\"meta\"><span>作成日 ");
	era_day(out, day);
	buf_printf(out,
		   "</span><span>役割 %u、種別 %u</span></div>\n<p>この表の指紋（ハッシュ） "
		   "<span class=\"hash\">",
		   s->role_count, s->cls_count);
	hash_groups(out, s->hash);
	buf_add_str(out,
		    "</span><br>同じ指紋の表は、一字も違いません。サーバーが使っている表の指紋は、"
		    "記録の中と rokusha schema check で見られます。</p>\n");
}

static void legend(struct buf *out)
{
	buf_add_str(out, "<div class=\"two\"><div><h2>印の意味</h2><table class=\"key\">");
	for (unsigned m = 0; m < MARK_COUNT; m++) {
		buf_printf(out, "<tr><td class=\"%s\">%s</td><td>", cell[m].style, cell[m].sign);
		buf_printf(out, "%s</td><td class=\"hash\">%s</td></tr>", mark_words((enum mark)m),
			   mark_name((enum mark)m));
	}
	buf_add_str(out, "</table></div><div><h2>慎重さ</h2><table class=\"key\">");
	for (size_t i = 0; i < sizeof sensitivity / sizeof *sensitivity; i++) {
		buf_printf(out, "<tr><td>%s</td><td>%s</td></tr>", sensitivity[i][0],
			   sensitivity[i][1]);
	}
	buf_add_str(
	    out,
	    "</table><p>「自分に関わる行」は、その席のもの、その席について書いたもの、"
	    "その席に見せると決めたもの。<br>同意は本人がひとつずつ与え、いつでもやめられます。"
	    "やめるとすぐ見えなくなります。</p></div></div>\n");
}

/* ---- the table ---- */

/* Labels of the columns of a class; those that say the same in each area are said once. */
static void contents(const struct schema *s, uint16_t cls, struct buf *out)
{
	const char *last_table = "";
	size_t n = 0;

	for (uint16_t c = 0; c < s->col_count; c++) {
		const struct schema_col *col = &s->col[c];
		const char *table = col->table == SCHEMA_NONE ? "" : s->table[col->table].label;
		bool again = false;

		for (uint16_t k = 0; k < c && !again; k++) {
			again = s->col[k].cls == cls && s->col[k].area != SCHEMA_NONE &&
				s->col[k].area != col->area &&
				strcmp(s->col[k].label, col->label) == 0;
		}
		if (col->cls != cls || again) {
			continue;
		}
		buf_add_str(out, n++ ? "、" : "");
		if (*table && strcmp(table, last_table) != 0) {
			element(out, "［", table, "］");
		}
		last_table = table;
		text(out, col->label);
	}
}

static void class_row(const struct schema *s, uint16_t at, struct buf *out)
{
	const struct schema_class *cls = &s->cls[at];

	element(out, "<tr><th scope=\"row\">", cls->label, "</th><td class=\"what\">");
	contents(s, at, out);
	buf_printf(out, "</td><td class=\"grade\">%s</td>", cls->sensitivity);
	for (uint16_t r = 0; r < s->role_count; r++) {
		buf_printf(out, "<td class=\"m %s\">%s</td>", cell[cls->mark[r]].style,
			   cell[cls->mark[r]].sign);
	}
	buf_add_str(out, "</tr>\n");
}

enum { MANY_AREAS = 0xFFFE };

/* The area all columns of a class are in; SCHEMA_NONE: none, MANY_AREAS: several. */
static uint16_t area_of(const struct schema *s, uint16_t cls)
{
	uint16_t area = SCHEMA_NONE;

	for (uint16_t c = 0; c < s->col_count; c++) {
		if (s->col[c].cls == cls && s->col[c].area != area) {
			area = area == SCHEMA_NONE ? s->col[c].area : MANY_AREAS;
		}
	}
	return area;
}

static size_t head_of(const char *id)
{
	return strcspn(id, ".");
}

/* One body of the table: the classes of an area. Those of none are parted where the id is. */
static void body(const struct schema *s, uint16_t area, const char *title, struct buf *out)
{
	const char *last = NULL;

	for (uint16_t c = 0; c < s->cls_count; c++) {
		const char *id = s->cls[c].id;

		if (area_of(s, c) != area) {
			continue;
		}
		if (!last) {
			buf_printf(out, "<tbody><tr class=\"band\"><th colspan=\"%u\">",
				   3u + s->role_count);
			text(out, title);
			buf_add_str(out, "</th></tr>\n");
		} else if (area == SCHEMA_NONE &&
			   (head_of(last) != head_of(id) || strncmp(last, id, head_of(id)) != 0)) {
			buf_add_str(out, "</tbody>\n<tbody>\n");
		}
		class_row(s, c, out);
		last = id;
	}
	buf_add_str(out, last ? "</tbody>\n" : "");
}

/* Widths in mm of the 277 there are: with many roles the words give way to the marks. */
static void table(const struct schema *s, struct buf *out)
{
	unsigned roles = s->role_count > 0 ? s->role_count : 1;
	unsigned role = roles > 22 ? 6 : roles > 16 ? 8 : roles > 13 ? 9 : 11;
	unsigned left = 277 - 9 - role * roles;

	buf_printf(out,
		   "<h2>一覧</h2>\n<table class=\"truth%s\"><colgroup><col style=\"width:%umm\">"
		   "<col style=\"width:%umm\"><col style=\"width:9mm\">",
		   roles > 13 ? " many" : "", left * 2 / 5, left - left * 2 / 5);
	for (uint16_t r = 0; r < s->role_count; r++) {
		buf_printf(out, "<col style=\"width:%umm\">", role);
	}
	buf_add_str(out, "</colgroup>\n<thead><tr><th scope=\"col\">種別</th>"
			 "<th scope=\"col\">そこにある項目（［ ］は表）</th>"
			 "<th scope=\"col\" class=\"role\"><span>慎重さ</span></th>");
	for (uint16_t r = 0; r < s->role_count; r++) {
		element(out, "<th scope=\"col\" class=\"role\"><span>", s->role[r].label,
			"</span></th>");
	}
	buf_add_str(out, "</tr></thead>\n");
	body(s, SCHEMA_NONE, "分野によらないもの", out);
	for (uint16_t a = 0; a < s->area_count; a++) {
		struct buf title = {0};

		buf_printf(&title, "計画の分野：%s", s->area[a].label);
		buf_add(&title, (struct slice){"", 1});
		body(s, a, title.ptr, out);
		buf_fini(&title);
	}
	body(s, MANY_AREAS, "どの分野にもあるもの", out);
	buf_add_str(out, "</table>\n");
}

/* ---- what the marks do not say ---- */

static void roles_that(const struct schema *s, size_t flag, const char *before, const char *after,
		       struct buf *out)
{
	size_t n = 0;

	buf_add_str(out, before);
	for (uint16_t r = 0; r < s->role_count; r++) {
		if (*(const bool *)((const char *)&s->role[r] + flag)) {
			buf_add_str(out, n++ ? "、" : "");
			text(out, s->role[r].label);
		}
	}
	buf_add_str(out, n ? "" : "なし");
	buf_add_str(out, after);
}

/* Columns that only their owner writes; a label that comes back in each area is said once. */
static void owned_cols(const struct schema *s, struct buf *out)
{
	size_t n = 0;

	buf_add_str(out,
		    "<li>本人など、持ち主だけが書く項目（ほかの人は、書く印があっても読むだけ）：");
	for (uint16_t c = 0; c < s->col_count; c++) {
		const struct schema_col *col = &s->col[c];
		bool again = false;

		for (uint16_t k = 0; k < c && !again; k++) {
			again = s->col[k].owner_role == col->owner_role &&
				strcmp(s->col[k].label, col->label) == 0;
		}
		if (col->owner_role == SCHEMA_NONE || again) {
			continue;
		}
		buf_add_str(out, n++ ? "、" : "");
		text(out, col->label);
		element(out, "（", s->role[col->owner_role].label, "）");
	}
	buf_add_str(out, n ? "</li>\n" : "なし</li>\n");
}

static bool is_segment(const struct schema *s, uint16_t t)
{
	return s->table[t].in_segment;
}

static bool is_closed(const struct schema *s, uint16_t t)
{
	return s->table[t].closed;
}

static void tables_that(const struct schema *s, bool (*fits)(const struct schema *s, uint16_t t),
			const char *before, struct buf *out)
{
	struct buf list = {0};
	struct arena mem;

	arena_init(&mem);
	for (uint16_t t = 0; t < s->table_count; t++) {
		if (fits(s, t)) {
			buf_add_str(&list, list.len ? "、" : "");
			text(&list, schema_table_words(s, t, &mem));
		}
	}
	if (list.len) {
		buf_add_str(out, before);
		buf_add(out, buf_slice(&list));
		buf_add_str(out, "</li>\n");
	}
	buf_fini(&list);
	arena_fini(&mem);
}

/* What a duty in the meeting adds: tables, and fields of their own. */
static void duty_writes(const struct schema *s, unsigned duty, struct buf *out)
{
	struct buf list = {0};
	struct arena mem;

	arena_init(&mem);
	for (uint16_t t = 0; t < s->table_count; t++) {
		if (s->table[t].duty & duty) {
			buf_add_str(&list, list.len ? "、" : "");
			text(&list, schema_table_words(s, t, &mem));
		}
	}
	for (uint16_t c = 0; c < s->col_count; c++) {
		if (s->col[c].table == SCHEMA_NONE && (s->col[c].duty & duty)) {
			buf_add_str(&list, list.len ? "、" : "");
			text(&list, schema_col_words(s, c, &mem));
		}
	}
	if (list.len) {
		buf_printf(out, "<li>読める人のうち、%sの担当が書くもの：", duty_words(duty));
		buf_add(out, buf_slice(&list));
		buf_add_str(out, "</li>\n");
	}
	buf_fini(&list);
	arena_fini(&mem);
}

static void beside(const struct schema *s, struct buf *out)
{
	buf_add_str(out, "<h2>印のほかに決まっていること</h2>\n<ul>\n");
	roles_that(s, offsetof(struct schema_role, official),
		   "<li>公的な役割（「非表示の項目あり」の印と、だれが読めるかが見える）：",
		   "</li>\n", out);
	roles_that(s, offsetof(struct schema_role, companion),
		   "<li>伴走チーム（「チームだけ」と表示される人たち）：", "</li>\n", out);
	roles_that(s, offsetof(struct schema_role, may_draft),
		   "<li>下書きの計画が見える役割（本人は、見せると決めてから）：", "</li>\n", out);
	owned_cols(s, out);
	tables_that(s, is_segment, "<li>その議題に同席した人だけのもの：", out);
	duty_writes(s, DUTY_RECORDER, out);
	duty_writes(s, DUTY_CHAIR, out);
	tables_that(s, is_closed, "<li>人が行を作らず、会議の動きから記録されるもの：", out);
	buf_add_str(out, "</ul>\n");
}

static void signatures(struct buf *out)
{
	buf_add_str(out, "<div class=\"sign\"><h2>確認と署名</h2>\n<p>わたしたちは、この表"
			 "（指紋は各ページの下）を確かめ、このとおりに使うことを決めました。</p>\n"
			 "<table><thead><tr><th class=\"c1\">日付</th><th>所属・職名</th>"
			 "<th class=\"c3\">氏名（署名）</th><th class=\"c4\">押印</th></tr></thead>"
			 "<tbody>\n");
	for (int i = 0; i < 5; i++) {
		buf_add_str(out, "<tr><td>令和　　年　　月　　日</td><td></td><td></td>"
				 "<td><span class=\"seal\">印</span></td></tr>\n");
	}
	buf_add_str(out, "</tbody></table></div>\n");
}

void cli_schema_html(const struct schema *s, int64_t day, struct buf *out)
{
	head(s, day, out);
	legend(out);
	table(s, out);
	beside(s, out);
	signatures(out);
	buf_add_str(out, "</body></html>\n");
}
