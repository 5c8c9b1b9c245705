/*
 * Who gains and who loses. Marks are taken apart into what they allow, so that any two can be
 * compared; classes are compared as wholes, and columns one by one where they moved to another
 * class or got another owner.
 */
#include <stdio.h>

#include "policy/schema_diff_parts.h"
#include "policy/schema_words.h"

enum {
	MAY_BE_GRANTED = 1,
	READS_OWN = 2, /* rows the seat has to do with */
	READS = 4,
	WRITES_OWN = 8,
	WRITES = 16
};

static unsigned allows(enum mark m)
{
	/* Who reads anyway needs no grant: nothing is lost from n+ to r. */
	static const unsigned bits[MARK_COUNT] = {
	    [MARK_NONE] = 0,
	    [MARK_GRANTABLE] = MAY_BE_GRANTED,
	    [MARK_READ] = MAY_BE_GRANTED | READS_OWN | READS,
	    [MARK_READ_ROWS] = READS_OWN,
	    [MARK_WRITE] = MAY_BE_GRANTED | READS_OWN | READS | WRITES_OWN | WRITES,
	    [MARK_WRITE_OWN] = READS_OWN | WRITES_OWN,
	    [MARK_READ_WRITE_OWN] = MAY_BE_GRANTED | READS_OWN | READS | WRITES_OWN,
	};

	return bits[m];
}

/* What follows 「X」を, up to the stem in front of ます. */
static void gain_words(unsigned got, char *out, size_t bytes)
{
	bool reads = (got & (READS | READS_OWN)) != 0;
	bool writes = (got & (WRITES | WRITES_OWN)) != 0;
	const char *own = (got & (READS | WRITES)) == 0 ? "、自分に関わる分だけ" : "";

	snprintf(out, bytes, "%s%sようになります", (reads || writes) ? own : "、同意があれば",
		 reads && writes ? "読み書きできる"
		 : writes        ? "書ける"
				 : "読める");
}

static void loss_words(unsigned lost, unsigned left, char *out, size_t bytes)
{
	const char *read = "";
	const char *write = "";

	if (lost & (READS | READS_OWN)) {
		read = left & READS_OWN        ? "自分に関わる行しか読めなくなり"
		       : left & MAY_BE_GRANTED ? "同意がなければ読めなくなり"
					       : "読めなくなり";
	} else if (lost & MAY_BE_GRANTED) {
		read = left & READS_OWN ? "同意があっても自分に関わる行しか読めなくなり"
					: "同意があっても読めなくなり";
	}
	if (lost & (WRITES | WRITES_OWN)) {
		write = left & WRITES_OWN ? "自分の分しか書けなくなり" : "書けなくなり";
	}
	snprintf(out, bytes, "%s%s%sます", read, *read && *write ? "、" : "", write);
}

/* `thing` is the class or column as people call it. */
static void compare(struct differ *d, const struct schema_role *role, const char *name,
		    const char *thing, enum mark before, enum mark after)
{
	unsigned was = allows(before);
	unsigned is = allows(after);
	char words[256];

	if (was & ~is) {
		loss_words(was & ~is, is, words, sizeof words);
		diff_say(d, SCHEMA_LOSS, role->id, name, "「%s」が「%s」を%s（%s → %s）",
			 role->label, thing, words, mark_words(before), mark_words(after));
	}
	if (is & ~was) {
		gain_words(is & ~was, words, sizeof words);
		diff_say(d, SCHEMA_GAIN, role->id, name, "「%s」が「%s」を%s（%s → %s）",
			 role->label, thing, words, mark_words(before), mark_words(after));
	}
}

/* Outside tables an own-mark is about columns with an owner only; the others are read. */
static enum mark class_mark(const struct schema *s, uint16_t cls, uint16_t role)
{
	enum mark m = s->cls[cls].mark[role];
	bool owns = false;
	bool reads = false;

	for (uint16_t c = 0; c < s->col_count; c++) {
		uint16_t owner = s->col[c].owner_role;

		if (s->col[c].cls == cls && s->col[c].table != SCHEMA_NONE) {
			return m;
		}
		owns |= s->col[c].cls == cls && owner == role;
		reads |= s->col[c].cls == cls && owner == SCHEMA_NONE;
	}
	if (m == MARK_READ_ROWS) {
		return owns || reads ? MARK_READ : MARK_NONE;
	}
	if (m == MARK_WRITE_OWN || m == MARK_READ_WRITE_OWN) {
		return owns ? MARK_READ_WRITE_OWN : MARK_READ;
	}
	return m;
}

/* What a mark comes to on one column: the twin of rights.c, without a row. */
static enum mark col_mark(const struct schema *s, uint16_t col, uint16_t role)
{
	const struct schema_col *c = &s->col[col];
	enum mark m = s->cls[c->cls].mark[role];
	bool owned = c->owner_role != SCHEMA_NONE;
	bool owns = owned && c->owner_role == role;
	bool in_table = c->table != SCHEMA_NONE;

	switch (m) {
	case MARK_READ_ROWS:
		return in_table ? m : !owned || owns ? MARK_READ : MARK_NONE;
	case MARK_WRITE:
		return owned && !owns ? MARK_READ : MARK_WRITE;
	case MARK_WRITE_OWN:
		return owns ? MARK_WRITE : in_table ? m : MARK_READ;
	case MARK_READ_WRITE_OWN:
		return owns ? MARK_WRITE : in_table ? m : MARK_READ;
	default:
		return m;
	}
}

static const char *owner_id(const struct schema *s, uint16_t role)
{
	return role == SCHEMA_NONE ? "" : s->role[role].id;
}

/* A column both have, of the same class and owner: what its class says says all. */
static bool follows_class(const struct differ *d, uint16_t was, uint16_t is)
{
	const struct schema_col *a = &d->before->col[was];
	const struct schema_col *b = &d->after->col[is];

	return strcmp(d->before->cls[a->cls].id, d->after->cls[b->cls].id) == 0 &&
	       strcmp(owner_id(d->before, a->owner_role), owner_id(d->after, b->owner_role)) == 0;
}

/* A plan in draft is for its drafters: a column that comes under that rule, or leaves it. */
static void compare_draft(struct differ *d, const struct schema_col *a, const struct schema_col *b,
			  const char *words)
{
	bool was = d->before->cls[a->cls].is_plan;
	bool is = d->after->cls[b->cls].is_plan;

	if (was && !is) {
		diff_say(
		    d, SCHEMA_GAIN, NULL, b->id,
		    "計画が下書きのあいだも「%s」が、下書きに加わらない役割に見えるようになります",
		    words);
	} else if (!was && is) {
		diff_say(d, SCHEMA_LOSS, NULL, b->id,
			 "計画が下書きのあいだ「%s」が、下書きに加わらない役割に見えなくなります",
			 words);
	}
}

static void compare_col(struct differ *d, uint16_t was, uint16_t is)
{
	const struct schema_col *a = &d->before->col[was];
	const struct schema_col *b = &d->after->col[is];
	const char *words;

	if (follows_class(d, was, is)) {
		return;
	}
	words = schema_col_words(d->after, is, d->mem);
	if (strcmp(d->before->cls[a->cls].id, d->after->cls[b->cls].id) != 0) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "「%s」が「%s」から「%s」に移ります", words,
			 d->before->cls[a->cls].label, d->after->cls[b->cls].label);
	}
	if (strcmp(owner_id(d->before, a->owner_role), owner_id(d->after, b->owner_role)) != 0) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "「%s」の書き手が「%s」から「%s」になります",
			 words,
			 a->owner_role == SCHEMA_NONE ? "決まっていない"
						      : d->before->role[a->owner_role].label,
			 b->owner_role == SCHEMA_NONE ? "決まっていない"
						      : d->after->role[b->owner_role].label);
	}
	for (uint16_t r = 0; r < d->after->role_count; r++) {
		uint16_t old = schema_role_find(d->before, slice_of(d->after->role[r].id));

		if (old != SCHEMA_NONE) {
			compare(d, &d->after->role[r], b->id, words, col_mark(d->before, was, old),
				col_mark(d->after, is, r));
		}
	}
	compare_draft(d, a, b, words);
}

/* Does a class hold anything that was not there before? Columns that moved are judged alone. */
static bool has_new_col(const struct differ *d, uint16_t cls)
{
	for (uint16_t c = 0; c < d->after->col_count; c++) {
		if (d->after->col[c].cls == cls &&
		    schema_col_find(d->before, slice_of(d->after->col[c].id)) == SCHEMA_NONE) {
			return true;
		}
	}
	return false;
}

static void compare_class(struct differ *d, uint16_t is)
{
	const struct schema_class *b = &d->after->cls[is];
	uint16_t was = schema_class_find(d->before, slice_of(b->id));
	bool is_new = was == SCHEMA_NONE;

	if (is_new) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "種別「%s」が加わります", b->label);
	} else {
		const struct schema_class *a = &d->before->cls[was];

		diff_label(d, b->id, "種別", a->label, b->label);
		if (strcmp(a->sensitivity, b->sensitivity) != 0) {
			diff_say(d, SCHEMA_OTHER, NULL, b->id,
				 "種別「%s」の慎重さが %s から %s になります", b->label,
				 a->sensitivity, b->sensitivity);
		}
	}
	if (is_new && !has_new_col(d, is)) {
		return;
	}
	for (uint16_t r = 0; r < d->after->role_count; r++) {
		uint16_t old = schema_role_find(d->before, slice_of(d->after->role[r].id));
		bool had = !is_new && old != SCHEMA_NONE;

		compare(d, &d->after->role[r], b->id, b->label,
			had ? class_mark(d->before, was, old) : MARK_NONE,
			class_mark(d->after, is, r));
	}
}

static void compare_role(struct differ *d, const struct schema_role *a, const struct schema_role *b)
{
	diff_label(d, b->id, "役割", a->label, b->label);
	if (strcmp(a->seal, b->seal) != 0) {
		diff_say(d, SCHEMA_OTHER, NULL, b->id, "役割「%s」の印が「%s」から「%s」になります",
			 b->label, a->seal, b->seal);
	}
	if (a->official != b->official) {
		diff_say(d, b->official ? SCHEMA_GAIN : SCHEMA_LOSS, b->id, b->id,
			 b->official ? "「%"
				       "s」が公的な役割になります（非表示の印、だれが読めるか、会議"
				       "の前後の出席が見えます）"
				     : "「%"
				       "s」が公的な役割でなくなります（非表示の印、だれが読めるか、"
				       "会議の前後の出席が見えなくなります）",
			 b->label);
	}
	if (a->companion != b->companion) {
		diff_say(
		    d, SCHEMA_OTHER, b->id, b->id,
		    b->companion
			? "「%s」が伴走チームに数えられます（「チームだけ」の表示が変わります）"
			: "「%"
			  "s」が伴走チームに数えられなくなります（「チームだけ」の表示が変わります"
			  "）",
		    b->label);
	}
	if (a->may_draft != b->may_draft) {
		diff_say(d, b->may_draft ? SCHEMA_GAIN : SCHEMA_LOSS, b->id, b->id,
			 b->may_draft ? "「%s」に下書きの計画が見えるようになります"
				      : "「%s」に下書きの計画が見えなくなります",
			 b->label);
	}
	if (a->approves_policy != b->approves_policy) {
		diff_say(d, b->approves_policy ? SCHEMA_GAIN : SCHEMA_LOSS, b->id, b->id,
			 b->approves_policy ? "「%s」が方針の変更を承認できるようになります"
					    : "「%s」が方針の変更を承認できなくなります",
			 b->label);
	}
}

static void compare_roles(struct differ *d)
{
	for (uint16_t r = 0; r < d->before->role_count; r++) {
		const struct schema_role *a = &d->before->role[r];
		uint16_t is = schema_role_find(d->after, slice_of(a->id));

		if (is == SCHEMA_NONE) {
			diff_say(d, SCHEMA_BREAK, a->id, a->id,
				 "役割「%s」がなくなります。席がもうあるかもしれません", a->label);
		} else {
			compare_role(d, a, &d->after->role[is]);
		}
	}
	for (uint16_t r = 0; r < d->after->role_count; r++) {
		const struct schema_role *b = &d->after->role[r];

		if (schema_role_find(d->before, slice_of(b->id)) == SCHEMA_NONE) {
			diff_say(d, SCHEMA_OTHER, b->id, b->id, "役割「%s」が加わります", b->label);
		}
	}
}

void diff_rights(struct differ *d)
{
	compare_roles(d);
	for (uint16_t c = 0; c < d->before->cls_count; c++) {
		const struct schema_class *a = &d->before->cls[c];

		if (schema_class_find(d->after, slice_of(a->id)) == SCHEMA_NONE) {
			diff_say(
			    d, SCHEMA_BREAK, NULL, a->id,
			    "種別「%s」がなくなります。同意がこれを名ざししているかもしれません",
			    a->label);
		}
	}
	for (uint16_t c = 0; c < d->after->cls_count; c++) {
		compare_class(d, c);
	}
	for (uint16_t c = 0; c < d->before->col_count; c++) {
		uint16_t is = schema_col_find(d->after, slice_of(d->before->col[c].id));

		if (is != SCHEMA_NONE) {
			compare_col(d, c, is);
		}
	}
}
