/* Several series in one file: their names, and the way to each of them. */
#include <stdio.h>

#include "base/limits.h"
#include "casefile/casefile_parts.h"

static const char inner[] = "other_series";

size_t count_series(const json_t *doc)
{
	const json_t *list = json_object_get(doc, inner);
	size_t count = json_array_size(list);

	for (size_t i = 0; i < json_array_size(list); i++) {
		count += count_series(json_array_get(list, i));
	}
	return count;
}

/* `*n` counts down to the one that is looked for. */
static json_t *find_in(struct reader *r, const json_t *doc, size_t *n)
{
	const json_t *list = json_object_get(doc, inner);
	size_t at = path_key(r, inner);

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		size_t before = path_index(r, i);
		json_t *found = (*n)-- == 0 ? o : find_in(r, o, n);

		if (found) {
			return found;
		}
		path_back(r, before);
	}
	path_back(r, at);
	return NULL;
}

json_t *find_series(struct reader *r, size_t n)
{
	return find_in(r, r->root, &n);
}

static void check_one_series(struct reader *r, const json_t *doc, struct map *seen, bool *has_home)
{
	const json_t *conference = json_object_get(doc, "conference");
	size_t at = path_key(r, "conference");
	size_t before;

	before = path_key(r, "series_no");
	if (map_get(seen, slice_at(conference, "series_no")) != MAP_NONE) {
		casefile_refuse(r, ERR_PROTO, "used twice");
	}
	map_put(seen, slice_at(conference, "series_no"), 1);
	path_back(r, before);
	before = path_key(r, "legal_basis");
	if (slice_is(slice_at(conference, "legal_basis"), CASE_HOME_BASIS)) {
		if (*has_home) {
			casefile_refuse(r, ERR_PROTO,
					"only one series of a person rests on consent");
		}
		*has_home = true;
	}
	path_back(r, before);
	path_back(r, at);
}

void check_series(struct reader *r)
{
	struct map seen = {.seed = r->o->random(r->o->random_arg)};
	size_t count = count_series(r->root);
	size_t start = r->path_len;
	bool has_home = false;

	if (count >= LIMIT_CASE_SERIES) {
		casefile_refuse(r, ERR_LIMIT, "more than %d series", LIMIT_CASE_SERIES);
	}
	check_one_series(r, r->root, &seen, &has_home);
	for (size_t i = 0; i < count && r->failed == ERR_OK; i++) {
		check_one_series(r, find_series(r, i), &seen, &has_home);
		path_back(r, start);
	}
	map_fini(&seen);
}
