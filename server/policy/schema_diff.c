/* Two policies side by side: rights first, then the form, then what is left. */
#include "policy/schema_diff.h"

#include <stdarg.h>
#include <stdio.h>

#include "policy/schema_diff_parts.h"

void diff_say(struct differ *d, enum schema_change_kind kind, const char *role, const char *name,
	      const char *format, ...)
{
	struct diff_node *node = arena_alloc(d->mem, sizeof *node);
	char *text;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_alloc(d->mem, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	node->change = (struct schema_change){kind, role, name, text};
	*d->last[kind] = node;
	d->last[kind] = &node->next;
	d->count[kind]++;
}

void diff_label(struct differ *d, const char *name, const char *what, const char *before,
		const char *after)
{
	if (strcmp(before, after) != 0) {
		diff_say(d, SCHEMA_OTHER, NULL, name, "%s「%s」の名前が「%s」になります", what,
			 before, after);
	}
}

/* How words of a consent are read when a case file comes in; nothing stored depends on it. */
static bool same_methods(const struct schema *a, const struct schema *b)
{
	if (a->method_count != b->method_count) {
		return false;
	}
	for (uint16_t i = 0; i < a->method_count; i++) {
		if (strcmp(a->method[i].contains, b->method[i].contains) != 0 ||
		    strcmp(a->method[i].method, b->method[i].method) != 0) {
			return false;
		}
	}
	return true;
}

struct schema_diff schema_diff(const struct schema *before, const struct schema *after,
			       struct arena *mem)
{
	struct differ d = {.before = before, .after = after, .mem = mem};
	struct schema_diff out = {0};
	struct schema_change *change;

	for (unsigned k = 0; k < SCHEMA_CHANGE_KINDS; k++) {
		d.last[k] = &d.first[k];
	}
	diff_rights(&d);
	diff_form(&d);
	if (!same_methods(before, after)) {
		diff_say(&d, SCHEMA_OTHER, NULL, NULL,
			 "同意の方法の読みかえ（methods）が変わります");
	}
	for (unsigned k = 0; k < SCHEMA_CHANGE_KINDS; k++) {
		out.of[k] = d.count[k];
		out.count += d.count[k];
	}
	change = arena_alloc(mem, (out.count + 1) * sizeof *change);
	out.change = change;
	for (unsigned k = 0; k < SCHEMA_CHANGE_KINDS; k++) {
		for (const struct diff_node *n = d.first[k]; n; n = n->next) {
			*change++ = n->change;
		}
	}
	return out;
}
