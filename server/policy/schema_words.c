#include "policy/schema_words.h"

const char *mark_name(enum mark m)
{
	static const char *const name[MARK_COUNT] = {
#define X(NAME, TEXT) TEXT,
	    MARK_ROWS(X)
#undef X
	};

	return name[m];
}

const char *mark_words(enum mark m)
{
	static const char *const words[MARK_COUNT] = {
	    [MARK_NONE] = "見えない",
	    [MARK_GRANTABLE] = "同意があれば読める",
	    [MARK_READ] = "読める",
	    [MARK_READ_ROWS] = "自分に関わる行だけ読める",
	    [MARK_WRITE] = "読み書きできる",
	    [MARK_WRITE_OWN] = "自分に関わる行を読み、自分の分を書ける",
	    [MARK_READ_WRITE_OWN] = "すべて読み、自分の分を書ける",
	};

	return words[m];
}

const char *cell_type_name(enum cell_type t)
{
	static const char *const name[CELL_TYPE_COUNT] = {
#define X(NAME, TEXT_) TEXT_,
	    CELL_TYPE_ROWS(X)
#undef X
	};

	return name[t];
}

const char *cell_type_words(enum cell_type t)
{
	static const char *const words[CELL_TYPE_COUNT] = {
	    [CELL_TEXT] = "文章",         [CELL_LINE] = "一行の文字", [CELL_DATE] = "日付",
	    [CELL_ENUM] = "選択肢",       [CELL_INT] = "数",          [CELL_BOOL] = "はい・いいえ",
	    [CELL_SEAT] = "参加者ひとり", [CELL_SEATS] = "参加者",    [CELL_LIST] = "一覧",
	};

	return words[t];
}

const char *duty_words(unsigned duty)
{
	return duty == DUTY_CHAIR ? "進行" : duty == DUTY_RECORDER ? "記録" : "なし";
}

const char *schema_table_words(const struct schema *s, uint16_t table, struct arena *mem)
{
	const struct schema_table *t = &s->table[table];
	uint16_t area = t->col_count > 0 ? s->col[t->first_col].area : SCHEMA_NONE;

	return area == SCHEMA_NONE ? t->label
				   : arena_printf(mem, "%s・%s", s->area[area].label, t->label).ptr;
}

const char *schema_col_words(const struct schema *s, uint16_t col, struct arena *mem)
{
	const struct schema_col *c = &s->col[col];

	if (c->table != SCHEMA_NONE) {
		return arena_printf(mem, "%s・%s", schema_table_words(s, c->table, mem), c->label)
		    .ptr;
	}
	return c->area == SCHEMA_NONE
		   ? c->label
		   : arena_printf(mem, "%s・%s", s->area[c->area].label, c->label).ptr;
}
