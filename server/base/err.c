#include "base/err.h"

#include <assert.h>

const char *err_text(enum err e)
{
	static const char *const text[] = {
#define X(NAME, TEXT) TEXT,
	    ERR_ROWS(X)
#undef X
	};
	assert(e < ERR_COUNT);
	return text[e];
}

const char *err_name(enum err e)
{
	static const char *const name[] = {"ok",   "proto", "limit", "gone",   "stale", "old",
					   "rule", "busy",  "io",    "schema", "hold"};
	static_assert(sizeof name / sizeof *name == ERR_COUNT, "a name for each error");
	assert(e < ERR_COUNT);
	return name[e];
}
