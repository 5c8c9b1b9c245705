#include "msg/record.h"

#include <assert.h>
#include <jansson.h>

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

bool record_policy_hash(const struct record *r, char hash[65])
{
	json_t *body =
	    r->kind == RECORD_POLICY ? json_loadb(r->body.ptr, r->body.len, 0, NULL) : NULL;
	const json_t *v = json_object_get(body, "hash");
	bool found = json_is_string(v) && json_string_length(v) == 64;

	if (found) {
		memcpy(hash, json_string_value(v), 65);
	}
	json_decref(body);
	return found;
}
