#include "msg/record.h"

#include <assert.h>

static const char *const kind_names[] = {
#define X(NAME, TEXT) TEXT,
    RECORD_KIND_ROWS(X)
#undef X
};

static const char *const method_names[] = {
#define X(NAME, TEXT) TEXT,
    METHOD_ROWS(X)
#undef X
};

static int find(const char *const *names, int count, struct slice name)
{
	for (int i = 0; i < count; i++) {
		if (slice_is(name, names[i])) {
			return i;
		}
	}
	return -1;
}

const char *record_kind_name(enum record_kind k)
{
	assert(k < RECORD_KIND_COUNT);
	return kind_names[k];
}

int record_kind_find(struct slice name)
{
	return find(kind_names, RECORD_KIND_COUNT, name);
}

const char *method_name(enum method m)
{
	assert(m < METHOD_COUNT);
	return method_names[m];
}

int method_find(struct slice name)
{
	return find(method_names, METHOD_COUNT, name);
}
