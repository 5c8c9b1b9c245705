#include <stdlib.h>

#include "base/day.h"
#include "minutes/b64.h"
#include "verify/verify_tool.h"

/* What people read, in Japanese: is it whole; who signed what; what is missing; what this does not
 * show. */

static const char *const decisions[] = {
    [MIN_AGREE] = "同意",         [MIN_RESERVE] = "留保つきの同意", [MIN_DISSENT] = "反対",
    [MIN_DECLINE] = "署名しない", [MIN_WITHDRAW] = "取り下げ",      [MIN_VOUCH] = "立ち会いの証言"};

void say_time(uint64_t unix_s, struct buf *out)
{
	int64_t ms = (int64_t)unix_s * 1000;
	char day[11];
	char clock[6];

	if (!day_write(day_in_japan(ms), day)) {
		buf_printf(out, "%llu 秒", (unsigned long long)unix_s);
		return;
	}
	clock_write(clock_in_japan(ms), clock);
	buf_printf(out, "%s %s", day, clock);
}

/* What somebody else wrote, on a line of its own kind: no control goes to the terminal. */
static void quoted(struct slice s, struct buf *out)
{
	buf_add_str(out, "「");
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_c1 = c == 0xc2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xa0;

		if (c < 0x20 || c == 0x7f || is_c1) {
			buf_add_str(out, " ");
			i += is_c1 ? 1 : 0;
		} else {
			buf_add(out, (struct slice){s.ptr + i, 1});
		}
	}
	buf_add_str(out, "」");
}

void say_name(const struct min_report *r, struct slice id, struct buf *out)
{
	uint32_t at = map_get(&r->name, id);

	if (at != MAP_NONE) {
		quoted(r->names[at], out);
	} else {
		buf_printf(out, "番号 %.*s の人", (int)id.len, id.ptr);
	}
	if (slice_eq(id, r->party)) {
		buf_add_str(out, "（このファイルの持ち主）");
	}
}

/* ---- 1: is it whole ---- */

static const char *verdict_words(const struct bundle *b, const struct trust *t)
{
	switch (b->report.verdict) {
	case MIN_VALID:
		return t->any ? "中身は壊れていません。ただし、だれの鍵で署名されたかは確かめていま"
				"せん。"
			      : "改ざんはありません。";
	case MIN_WITHHELD:
		return "改ざんはありませんが、理由のわからない空白があります（下の「欠けているもの"
		       "」）。";
	case MIN_INVALID:
	case MIN_UNREADABLE:
		break;
	}
	return "このファイルは正しくありません。書かれていることを信用しないでください。";
}

static void say_whole(const struct bundle *b, const struct trust *t, struct buf *out)
{
	const struct min_report *r = &b->report;
	char root[MIN_B64_HASH + 1];

	buf_printf(out, "■ 改ざんの有無\n%s\n", verdict_words(b, t));
	if (r->verdict > MIN_WITHHELD) {
		buf_printf(out, "  %llu バイト目: %s\n", (unsigned long long)r->at, r->why);
		return;
	}
	min_b64_hash(&r->root[r->size], root);
	buf_printf(out, "  記録: %.*s\n  先頭から %llu 件、その指紋 %s\n", (int)r->origin.len,
		   r->origin.ptr, (unsigned long long)r->size, root);
	buf_add_str(out, "  サーバーの鍵: ");
	min_b64_add(out, r->key, sizeof r->key);
	buf_add_str(out, t->any ? "（信頼する鍵の一覧 --trust がないので、照らしていません）\n"
				: "（信頼する鍵の一覧にあります）\n");
	buf_add_str(out, "  封をした時刻: ");
	say_time(r->sealed, out);
	buf_add_str(out, "、署名の期限: ");
	say_time(r->deadline, out);
	buf_add_str(out, "、最後の記録: ");
	say_time(r->last, out);
	buf_add_str(out, "（日本時間）\n");
	if (!slice_is(r->parent, "-")) {
		buf_printf(out, "  この記録は別の記録から続いています: %.*s\n", (int)r->parent.len,
			   r->parent.ptr);
	}
	buf_add_str(out, "  このファイルの持ち主: ");
	say_name(r, r->party, out);
	buf_printf(out, "、読める項目 %zu\n", r->fields);
}

/* ---- 2: who signed ---- */

/* Somebody wrote for the signer, whose mark it is: then it was their code. */
static bool is_by_mark(const struct min_act *a)
{
	bool is = false;

	for (size_t i = 0; i < a->say_count; i++) {
		is = is || a->say[i].by_mark;
	}
	return is;
}

static const char *strength(const struct min_act *a)
{
	switch (a->method) {
	case MIN_WEBAUTHN:
		return "強い: 本人の鍵（パスキー）による署名";
	case MIN_PAPER:
		return a->vouched ? "中くらい: 紙の署名の写しの指紋。立ち会った人の証言あり"
				  : "弱い: 紙の署名の写しの指紋。立ち会った人の証言なし";
	case MIN_ATTESTED:
		break;
	}
	if (is_by_mark(a)) {
		return a->vouched ? "中くらい: "
				    "本人の印を代筆した人が入れた、というサーバーの証言。立ち会った"
				    "人の証言あり"
				  : "弱い: "
				    "本人の印を代筆した人が入れた、というサーバーの証言。立ち会った"
				    "人の証言なし";
	}
	return "中くらい: 本人が署名の合いことばを入れた、というサーバーの証言";
}

static void say_where(const struct min_report *r, size_t slot, struct buf *out)
{
	bool first = true;

	if (slice_is(r->slot, min_slot_name(slot))) {
		buf_add_str(out, "持ち主だけの枠");
		return;
	}
	buf_add_str(out, "いっしょにいた人: ");
	for (size_t i = 0; i < r->member_count; i++) {
		if (r->member[i].slot == slot) {
			buf_add_str(out, first ? "" : "、");
			say_name(r, r->member[i].id, out);
			first = false;
		}
	}
	if (first) {
		buf_add_str(out, "わかりません");
	}
}

static void say_said(const struct min_report *r, const struct min_act *a, const struct min_say *s,
		     struct buf *out)
{
	buf_printf(out, "    枠 %s: %s", min_slot_name(s->slot), decisions[s->decision]);
	if (s->by_mark) {
		buf_add_str(out, a->vouched ? "、印による（代筆。立ち会いの証言あり）"
					    : "、印による（代筆。立ち会いの証言なし）");
	}
	if (s->by.ptr) {
		buf_add_str(out, "、代筆 ");
		say_name(r, s->by, out);
	}
	if (s->witness.ptr) {
		buf_add_str(out, "、立ち会い ");
		say_name(r, s->witness, out);
	}
	if (s->text.ptr) {
		buf_add_str(out, "、付記 ");
		quoted(s->text, out);
	} else if (s->has_note) {
		buf_add_str(out, "、付記あり（消去されたか、渡されていません）");
	}
	buf_add_str(out, "\n");
}

static void say_act(const struct min_report *r, const struct min_act *a, struct buf *out)
{
	size_t seen = 0;

	buf_add_str(out, "・");
	say_name(r, a->party, out);
	buf_add_str(out, " ");
	say_time(a->time, out);
	buf_printf(out, "%s\n    %s\n    署名したもの: 先頭から %llu 件までの記録%s\n",
		   a->late ? "【期限のあと】" : "", strength(a), (unsigned long long)a->size,
		   a->size > 2 ? "（訂正のあと）" : "");
	for (size_t i = 0; i < a->say_count; i++) {
		say_said(r, a, &a->say[i], out);
	}
	for (size_t i = 0; i < r->label_count; i++) {
		seen += a->scope[i];
	}
	if (slice_eq(a->party, r->party)) {
		buf_printf(out, "    署名した人が読めた範囲: %zu 区分", seen);
		for (size_t i = 0, n = 0; i < r->label_count; i++) {
			if (a->scope[i]) {
				buf_printf(out, "%s%.*s", n++ ? " " : "（", (int)r->label[i].len,
					   r->label[i].ptr);
			}
		}
		buf_add_str(out, "）\n");
	} else {
		buf_add_str(out, "    署名した人が読めた範囲: "
				 "上の枠は全部。ほかはこのファイルではわかりません\n");
	}
}

static bool has_acted(const struct min_report *r, struct slice id)
{
	for (size_t i = 0; i < r->act_count; i++) {
		if (slice_eq(r->act[i].party, id)) {
			return true;
		}
	}
	return false;
}

static void say_silent(const struct min_report *r, struct buf *out)
{
	struct map told = {0};

	for (size_t i = 0; i < r->member_count; i++) {
		struct slice id = r->member[i].id;

		if (map_get(&told, id) == MAP_NONE && !has_acted(r, id)) {
			buf_add_str(out, "・");
			say_name(r, id, out);
			buf_add_str(
			    out,
			    ": 署名していません（黙っていることは、同意でも反対でもありません）\n");
		}
		map_put(&told, id, 1);
	}
	map_fini(&told);
}

/* Who sat where, once: each act names the place alone. */
static void say_places(const struct min_report *r, struct buf *out)
{
	for (size_t slot = 0; slot < MIN_SLOTS; slot++) {
		bool is_mine = slice_is(r->slot, min_slot_name(slot));

		for (size_t i = 0; i < r->member_count && !is_mine; i++) {
			is_mine = r->member[i].slot == slot;
		}
		if (is_mine) {
			buf_printf(out, "枠 %s: ", min_slot_name(slot));
			say_where(r, slot, out);
			buf_add_str(out, "\n");
		}
	}
}

static void say_acts(const struct min_report *r, struct buf *out)
{
	buf_add_str(out, "\n■ だれが何に署名したか\n");
	say_places(r, out);
	for (size_t i = 0; i < r->act_count; i++) {
		say_act(r, &r->act[i], out);
	}
	say_silent(r, out);
	if (r->act_count == 0) {
		buf_add_str(out, "署名はまだありません。\n");
	}
}

/* ---- 3: what is missing ---- */

static const char *basis_words(const char *basis)
{
	static const char *const words[][2] = {{"retention", "保存期間の終わり"},
					       {"request", "本人の求め"},
					       {"correction", "誤りの訂正"},
					       {"unlawful", "持ってはいけない情報"}};

	for (size_t i = 0; basis && i < sizeof words / sizeof *words; i++) {
		if (strcmp(basis, words[i][0]) == 0) {
			return words[i][1];
		}
	}
	return "新しいファイルにある消去の記録";
}

static void say_gap(const struct min_report *r, const struct min_gap *g, struct buf *out)
{
	char hash[MIN_B64_HASH + 1];

	min_b64_hash(&g->leaf, hash);
	buf_printf(out, "・%s: 区分 %.*s、%u 件目の記録、指紋 %s",
		   g->erased ? "消去された項目" : "理由なく欠けている項目",
		   (int)r->label[g->label].len, r->label[g->label].ptr, g->entry + 1, hash);
	if (g->erased) {
		buf_printf(out, "。理由: %s", basis_words(g->basis));
	}
	for (size_t i = 0; i < g->parties; i++) {
		buf_add_str(out, i ? "、" : "。認めた人: ");
		say_name(r, g->party[i], out);
	}
	buf_add_str(out, "\n");
}

static void say_missing(const struct min_report *r, struct buf *out)
{
	buf_add_str(out, "\n■ 欠けているもの、直されたもの\n");
	for (size_t i = 0; i < r->gap_count; i++) {
		say_gap(r, &r->gap[i], out);
	}
	for (size_t i = 0; i < r->amend_count; i++) {
		const struct min_amend *a = &r->amend[i];

		buf_printf(out, "・訂正（%u 件目の記録）: %.*s → ", a->entry + 1, (int)a->name.len,
			   a->name.ptr);
		quoted(a->value, out);
		buf_add_str(out, "、理由 ");
		quoted(a->why, out);
		buf_add_str(out, "\n");
	}
	if (r->gap_count == 0 && r->amend_count == 0) {
		buf_add_str(out, "ありません。この持ち主が読める項目は、このファイルの終わりまで全"
				 "部そろっています。\n");
	}
}

/* ---- 4: what this does not show ---- */

static const char not_shown[] =
    "\n■ この確認ではわからないこと\n"
    "・書かれたことが本当かどうか。\n"
    "・席や鍵がほんとうにその人のものか（立ち会いの証言より先のこと）。\n"
    "・署名した人の画面に何が映っていたか。\n"
    "・このファイルに書かれていないこと。\n"
    "・このファイルの終わりより後に何かあったか（新しいファイルと --compare で比べられます）。\n"
    "・時刻が正しいか（サーバーの言う時刻です）。\n"
    "・「サーバーの証言」とある署名は、サーバーを信じる分だけ確かです。サーバーを動かす人は中身を読"
    "めます。\n";

void say_report(const struct bundle *b, const struct trust *t, struct buf *out)
{
	say_whole(b, t, out);
	if (b->report.verdict <= MIN_WITHHELD) {
		say_acts(&b->report, out);
		say_missing(&b->report, out);
	}
	buf_add_str(out, not_shown);
}

void say_fork(const struct bundle *one, const struct bundle *two, const struct fork *f,
	      struct buf *out)
{
	buf_add_str(out, "\n■ 二つのファイルの比較\n");
	switch (f->kind) {
	case FORK_OTHER_LOG:
		buf_add_str(out, "別の記録です。比べられません。\n");
		return;
	case FORK_NONE:
		buf_printf(out, "同じ記録です。はじめの %llu 件は一致しています。\n",
			   (unsigned long long)f->at);
		return;
	case FORK_NAMED:
		buf_printf(out, "一方は他方の %llu 件目から続く記録で、そこまで一致しています。\n",
			   (unsigned long long)f->at);
		return;
	case FORK_PARTED:
		break;
	}
	buf_printf(out, "【分岐】同じ記録のはずが、%llu 件目から食い違っています。",
		   (unsigned long long)f->at + 1);
	/* Anybody can make a copy with a key of their own: that is no act of the server's. */
	buf_add_str(out, memcmp(one->report.key, two->report.key, sizeof one->report.key) == 0
			     ? "サーバーは二通りの記録に署名しました。\n"
			       "次の二つの署名が、そのあかしです。\n\n"
			     : "二つの署名は、ちがう鍵のものです。\n"
			       "どちらの鍵がこのサーバーのものか、先に確かめてください。\n\n");
	buf_printf(out, "%s\n", one->path);
	head_note(&one->report, out);
	buf_printf(out, "\n%s\n", two->path);
	head_note(&two->report, out);
}
