/* Which cell of the room a leaf is of. */
#include <string.h>

#include "minutes/leaf.h"
#include "minutes/log_parts.h"

/* Cut off what stands before the first slash; the whole rest where there is none. */
static struct slice part(struct slice *rest)
{
	const char *slash = rest->len ? memchr(rest->ptr, '/', rest->len) : NULL;
	struct slice out = {rest->ptr, slash ? (size_t)(slash - rest->ptr) : rest->len};

	rest->ptr += slash ? out.len + 1 : out.len;
	rest->len -= slash ? out.len + 1 : out.len;
	return out;
}

/* field/COLUMN is the room's field COLUMN; row/TABLE/ID/COLUMN its row of another number. */
static bool room_key(const struct min_log *log, struct slice name, struct arena *mem,
		     struct slice *out)
{
	struct slice kind = part(&name), table = part(&name), id = part(&name),
		     column = part(&name);

	if (slice_is(kind, "field") && id.len == 0) {
		*out = arena_dup(mem, table);
		return true;
	}
	if (!slice_is(kind, "row") || column.len == 0 || name.len || slice_is(column, "place")) {
		return false;
	}
	for (size_t i = 0; i < log->row_count; i++) {
		if (slice_is(id, log->row[i].id)) {
			char hex[HEX64_LEN + 1];

			id_to_hex(log->row[i].room, hex);
			*out = arena_printf(mem, "%.*s/%s/%.*s", (int)table.len, table.ptr, hex,
					    (int)column.len, column.ptr);
			return true;
		}
	}
	return false;
}

bool min_log_cell(const struct min_log *log, const struct min_hash *hash, struct arena *mem,
		  struct slice *out)
{
	struct min_found found;
	struct min_leaf leaf;
	const json_t *name;
	bool is_cell = false;

	if (!min_log_find(log, hash, &found) || !found.name.len) {
		return false;
	}
	if (!slice_begins(found.name, "amend/")) {
		return room_key(log, found.name, mem, out);
	}
	if (min_leaf_decode(found.d, &leaf)) {
		name = json_object_get(leaf.value, "name");
		is_cell =
		    json_is_string(name) &&
		    room_key(log, (struct slice){json_string_value(name), json_string_length(name)},
			     mem, out);
		min_leaf_fini(&leaf);
	}
	return is_cell;
}
