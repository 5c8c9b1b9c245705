/* The form itself: what can no longer be followed, who may still write, names and limits. */
#include <stdio.h>

#include "policy/schema_diff_parts.h"
#include "policy/schema_words.h"

/* A power given or taken: the words say what is possible, or no longer. */
static void toggle(struct differ *d, const char *name, const char *words, bool was, bool is,
		   const char *gained, const char *lost)
{
	if (was != is) {
		diff_say(d, is ? SCHEMA_GAIN : SCHEMA_LOSS, NULL, name, "「%s」%s", words,
			 is ? gained : lost);
	}
}

static void compare_duty(struct differ *d, const char *name, const char *words, unsigned was,
			 unsigned is)
{
	if (was == is) {
		return;
	}
	if (was != 0) {
		diff_say(d, SCHEMA_LOSS, NULL, name, "%sの担当が「%s」に書けなくなります",
			 duty_words(was), words);
	}
	if (is != 0) {
		diff_say(d, SCHEMA_GAIN, NULL, name, "%sの担当が「%s」に書けるようになります",
			 duty_words(is), words);
	}
}

static void compare_limits(struct differ *d, const struct schema_col *a, const struct schema_col *b,
			   const char *words)
{
	if (a->units_max != b->units_max) {
		bool breaks = b->units_max < a->units_max;

		diff_say(d, breaks ? SCHEMA_BREAK : SCHEMA_OTHER, NULL, b->id,
			 "「%s」に書ける長さが %u から %u になります", words,
			 (unsigned)a->units_max, (unsigned)b->units_max);
	}
	if (a->int_min != b->int_min || a->int_max != b->int_max) {
		bool breaks = b->int_min > a->int_min || b->int_max < a->int_max;

		diff_say(d, breaks ? SCHEMA_BREAK : SCHEMA_OTHER, NULL, b->id,
			 "「%s」の数の範囲が %d〜%d から %d〜%d になります", words, (int)a->int_min,
			 (int)a->int_max, (int)b->int_min, (int)b->int_max);
	}
}

static const char *value_label(const struct schema *s, uint16_t enum_, const char *id)
{
	for (uint16_t i = 0; i < s->enums[enum_].count; i++) {
		if (strcmp(s->enums[enum_].value[i].id, id) == 0) {
			return s->enums[enum_].value[i].label;
		}
	}
	return NULL;
}

/* A column that chooses from another list now. The lists themselves are compared elsewhere. */
static void compare_choices(struct differ *d, const struct schema_col *a,
			    const struct schema_col *b, const char *words)
{
	const struct schema_enum *list = &d->before->enums[a->enum_];

	if (strcmp(list->id, d->after->enums[b->enum_].id) == 0) {
		return;
	}
	diff_say(d, SCHEMA_OTHER, NULL, b->id, "「%s」が別の選択肢（%s）を使います", words,
		 d->after->enums[b->enum_].id);
	for (uint16_t i = 0; i < list->count; i++) {
		if (!value_label(d->after, b->enum_, list->value[i].id)) {
			diff_say(d, SCHEMA_BREAK, NULL, b->id, "「%s」で「%s」を選べなくなります",
				 words, list->value[i].label);
		}
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static const char *area_id(const struct schema *s, const struct schema_col *c)
{
	return c->area == SCHEMA_NONE ? NULL : s->area[c->area].id;
}

static void compare_col(struct differ *d, uint16_t was, uint16_t is)
{
	const struct schema_col *a = &d->before->col[was];
	const struct schema_col *b = &d->after->col[is];
	const char *words = schema_col_words(d->after, is, d->mem);

	if (strcmp(a->label, b->label) != 0) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "項目「%s」の名前が「%s」になります",
			 schema_col_words(d->before, was, d->mem), b->label);
	}
	if (a->type != b->type || (a->table == SCHEMA_NONE) != (b->table == SCHEMA_NONE)) {
		diff_say(d, SCHEMA_BREAK, NULL, b->id, "「%s」の型が「%s」から「%s」になります",
			 words, cell_type_words(a->type), cell_type_words(b->type));
		return;
	}
	compare_limits(d, a, b, words);
	if (a->type == CELL_ENUM) {
		compare_choices(d, a, b, words);
	}
	if (b->table == SCHEMA_NONE) {
		compare_duty(d, b->id, words, a->duty, b->duty);
	}
	toggle(d, b->id, words, a->scribable, b->scribable,
	       "を、持ち主のかわりに代筆できるようになります",
	       "を、持ち主のかわりに代筆できなくなります");
	toggle(d, b->id, words, a->suggestable, b->suggestable,
	       "に、読む人が言いかえの案を残せるようになります",
	       "に、読む人が言いかえの案を残せなくなります");
	if (a->is_main != b->is_main) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "「%s」が種別「%s」の主な欄%s", words,
			 d->after->cls[b->cls].label, b->is_main ? "になります" : "でなくなります");
	}
	if (!same_text(area_id(d->before, a), area_id(d->after, b)) ||
	    !same_text(a->group, b->group)) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "「%s」の置き場所が変わります", words);
	}
}

static void diff_cols(struct differ *d)
{
	for (uint16_t c = 0; c < d->before->col_count; c++) {
		const struct schema_col *a = &d->before->col[c];
		uint16_t is = schema_col_find(d->after, slice_of(a->id));

		if (is != SCHEMA_NONE) {
			compare_col(d, c, is);
		} else {
			diff_say(d, SCHEMA_BREAK, NULL, a->id, "項目「%s」がなくなります",
				 schema_col_words(d->before, c, d->mem));
		}
	}
	for (uint16_t c = 0; c < d->after->col_count; c++) {
		const struct schema_col *b = &d->after->col[c];

		if (schema_col_find(d->before, slice_of(b->id)) == SCHEMA_NONE) {
			diff_say(
			    d, SCHEMA_OTHER, NULL, b->id, "項目「%s」が加わります（種別「%s」）",
			    schema_col_words(d->after, c, d->mem), d->after->cls[b->cls].label);
		}
	}
}

/* Rows made from now on belong to somebody else. */
static void compare_row_owner(struct differ *d, const struct schema_table *a,
			      const struct schema_table *b, const char *words)
{
	const char *was = a->owner_role == SCHEMA_NONE ? NULL : d->before->role[a->owner_role].id;
	const char *is = b->owner_role == SCHEMA_NONE ? NULL : d->after->role[b->owner_role].id;

	if (same_text(was, is)) {
		return;
	}
	diff_say(d, SCHEMA_LOSS, was, b->id, "「%s」の新しい行が、%sのものではなくなります", words,
		 was ? d->before->role[a->owner_role].label : "書いた人");
	diff_say(d, SCHEMA_GAIN, is, b->id, "「%s」の新しい行が、%sのものになります", words,
		 is ? d->after->role[b->owner_role].label : "書いた人");
}

static void compare_table(struct differ *d, uint16_t was, uint16_t is)
{
	const struct schema_table *a = &d->before->table[was];
	const struct schema_table *b = &d->after->table[is];
	const char *words = schema_table_words(d->after, is, d->mem);

	diff_label(d, b->id, "表", a->label, b->label);
	if (a->in_segment != b->in_segment) {
		diff_say(d, SCHEMA_BREAK, NULL, b->id,
			 b->in_segment ? "表「%s」の行が、議題の同席者だけのものになります"
				       : "表「%s」の行が、議題の同席者だけのものでなくなります",
			 words);
	}
	toggle(d, b->id, words, !a->closed, !b->closed, "に、人が行を作れるようになります",
	       "に、人が行を作れなくなります");
	compare_duty(d, b->id, words, a->duty, b->duty);
	compare_row_owner(d, a, b, words);
}

static void diff_tables(struct differ *d)
{
	for (uint16_t t = 0; t < d->before->table_count; t++) {
		uint16_t is = schema_table_find(d->after, slice_of(d->before->table[t].id));

		if (is != SCHEMA_NONE) {
			compare_table(d, t, is);
		} else {
			diff_say(d, SCHEMA_BREAK, NULL, d->before->table[t].id,
				 "表「%s」がなくなります",
				 schema_table_words(d->before, t, d->mem));
		}
	}
	for (uint16_t t = 0; t < d->after->table_count; t++) {
		const char *id = d->after->table[t].id;

		if (schema_table_find(d->before, slice_of(id)) == SCHEMA_NONE) {
			diff_say(d, SCHEMA_OTHER, NULL, id, "表「%s」が加わります",
				 schema_table_words(d->after, t, d->mem));
		}
	}
}

static uint16_t enum_find(const struct schema *s, const char *id)
{
	for (uint16_t i = 0; i < s->enum_count; i++) {
		if (strcmp(s->enums[i].id, id) == 0) {
			return i;
		}
	}
	return SCHEMA_NONE;
}

static void compare_enum(struct differ *d, uint16_t was, uint16_t is)
{
	const struct schema_enum *a = &d->before->enums[was];
	const struct schema_enum *b = &d->after->enums[is];

	for (uint16_t i = 0; i < a->count; i++) {
		const char *label = value_label(d->after, is, a->value[i].id);

		if (!label) {
			diff_say(d, SCHEMA_BREAK, NULL, a->id,
				 "選択肢（%s）から「%s」がなくなります", a->id, a->value[i].label);
		} else {
			diff_label(d, a->id, "選択肢", a->value[i].label, label);
		}
	}
	for (uint16_t i = 0; i < b->count; i++) {
		if (!value_label(d->before, was, b->value[i].id)) {
			diff_say(d, SCHEMA_OTHER, NULL, b->id, "選択肢（%s）に「%s」が加わります",
				 b->id, b->value[i].label);
		}
	}
}

/* A list that went is missed by the columns that used it: see compare_choices. */
static void diff_enums(struct differ *d)
{
	for (uint16_t i = 0; i < d->before->enum_count; i++) {
		uint16_t is = enum_find(d->after, d->before->enums[i].id);

		if (is != SCHEMA_NONE) {
			compare_enum(d, i, is);
		}
	}
}

static uint16_t area_find(const struct schema *s, const char *id)
{
	for (uint16_t i = 0; i < s->area_count; i++) {
		if (strcmp(s->area[i].id, id) == 0) {
			return i;
		}
	}
	return SCHEMA_NONE;
}

static void diff_areas(struct differ *d)
{
	for (uint16_t i = 0; i < d->before->area_count; i++) {
		const struct schema_area *a = &d->before->area[i];
		uint16_t is = area_find(d->after, a->id);

		if (is == SCHEMA_NONE) {
			diff_say(d, SCHEMA_BREAK, NULL, a->id, "分野「%s」がなくなります",
				 a->label);
		} else {
			diff_label(d, a->id, "分野", a->label, d->after->area[is].label);
		}
	}
	for (uint16_t i = 0; i < d->after->area_count; i++) {
		if (area_find(d->before, d->after->area[i].id) == SCHEMA_NONE) {
			diff_say(d, SCHEMA_OTHER, NULL, d->after->area[i].id,
				 "分野「%s」が加わります", d->after->area[i].label);
		}
	}
}

void diff_form(struct differ *d)
{
	diff_areas(d);
	diff_tables(d);
	diff_cols(d);
	diff_enums(d);
}
