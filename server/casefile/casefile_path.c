/* Places in the file and errors: "$.parties[3].rolle: unknown key". */
#include <stdarg.h>
#include <stdio.h>

#include "casefile/casefile_parts.h"

void casefile_refuse(struct reader *r, enum err e, const char *format, ...)
{
	int head;
	va_list args;

	if (r->failed != ERR_OK) {
		return;
	}
	r->failed = e;
	head = snprintf(r->why, CASEFILE_WHY_BYTES, "%s: ", r->path);
	if (head > 0 && head < CASEFILE_WHY_BYTES) {
		va_start(args, format);
		vsnprintf(r->why + head, CASEFILE_WHY_BYTES - (size_t)head, format, args);
		va_end(args);
	}
}

static void add(struct reader *r, const char *s, size_t len)
{
	size_t room = sizeof r->path - 1 - r->path_len;

	len = len < room ? len : room;
	memcpy(r->path + r->path_len, s, len);
	r->path_len += len;
	r->path[r->path_len] = '\0';
}

/*
 * A key may be anything a stranger wrote and the path goes to a terminal: only what a key of the
 * format could hold is shown as it is, and not much of it.
 */
size_t path_key(struct reader *r, const char *key)
{
	enum { SHOWN = 64 };
	size_t before = r->path_len;
	char shown[SHOWN + 1];
	size_t n = 0;

	for (; n < SHOWN && key[n]; n++) {
		shown[n] = key[n] > ' ' && key[n] < 0x7F ? key[n] : '?';
	}
	add(r, ".", 1);
	add(r, shown, n);
	return before;
}

size_t path_index(struct reader *r, size_t index)
{
	size_t before = r->path_len;
	char text[32];
	int len = snprintf(text, sizeof text, "[%zu]", index);

	add(r, text, len > 0 ? (size_t)len : 0);
	return before;
}

void path_back(struct reader *r, size_t before)
{
	r->path_len = before;
	r->path[before] = '\0';
}
