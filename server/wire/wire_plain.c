#include <stdlib.h>

#include "base/jsonr.h"
#include "base/limits.h"
#include "base/mem.h"
#include "text/change.h"
#include "wire/wire_parts.h"

/* Of more than that it pays to build a tree. */
enum { PLAIN_CHANGES = 8, PLAIN_SECTIONS = 40 };

struct plain {
	struct change change[PLAIN_CHANGES];
	struct change_section section[PLAIN_SECTIONS];
	uint32_t count;
	uint32_t sections;
};

static bool take(struct slice *rest, const char *literal)
{
	return jsonr_raw(rest, slice_of(literal));
}

static bool take_changes(struct slice *rest, struct plain *p)
{
	do {
		struct change *c = &p->change[p->count];

		if (p->count == PLAIN_CHANGES ||
		    !change_read_plain(rest, p->section + p->sections, PLAIN_SECTIONS - p->sections,
				       c)) {
			return false;
		}
		p->sections += c->count;
		p->count++;
	} while (take(rest, ","));
	return true;
}

static bool read_edit(struct slice rest, struct msg *m, struct plain *p)
{
	return take(&rest, "{\"t\":\"edit\",\"ref\":") && jsonr_uint(&rest, &m->ref) &&
	       take(&rest, ",\"cell\":") && jsonr_plain(&rest, &m->cell) && wire_is_key(m->cell) &&
	       take(&rest, ",\"base\":") && jsonr_uint(&rest, &m->base) &&
	       take(&rest, ",\"changes\":[") && take_changes(&rest, p) && take(&rest, "]}") &&
	       rest.len == 0;
}

bool wire_plain_edit(struct slice text, struct msg *out)
{
	struct msg m = {.kind = MSG_EDIT, .digest = 0};
	struct plain p;
	struct change *change;
	struct change_section *section;
	char *copy;
	size_t at = 0;

	p.count = 0;
	p.sections = 0;
	if (text.len > LIMIT_FRAME_BYTES || !read_edit(text, &m, &p)) {
		return false;
	}
	/* One block: the changes, their sections, the bytes that both and the key point into. */
	change =
	    mem_grow(NULL, 1, p.count * sizeof *change + p.sections * sizeof *section + text.len);
	section = (void *)(change + p.count);
	copy = (char *)(section + p.sections);
	memcpy(copy, text.ptr, text.len);
	for (uint32_t i = 0; i < p.count; i++) {
		change[i] = (struct change){section + at, p.change[i].count};
		at += p.change[i].count;
	}
	for (uint32_t i = 0; i < p.sections; i++) {
		section[i] = p.section[i];
		if (section[i].ins > 0) {
			section[i].text.ptr = copy + (p.section[i].text.ptr - text.ptr);
		}
	}
	m.cell.ptr = copy + (m.cell.ptr - text.ptr);
	m.plain = change;
	m.plain_count = p.count;
	m.mem = change;
	m.digest = wire_digest(text);
	*out = m;
	return true;
}
