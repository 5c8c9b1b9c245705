/* What a call adds to the log, as rows that are the change's own. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/log_parts.h"

void min_change_init(struct min_change *c)
{
	*c = (struct min_change){0};
	arena_init(&c->mem);
}

void min_change_fini(struct min_change *c)
{
	arena_fini(&c->mem);
	free(c->entry);
	free(c->leaf);
	free(c->erased);
	*c = (struct min_change){0};
}

bool min_change_is_empty(const struct min_change *c)
{
	return c->entry_count + c->leaf_count + c->erased_count + c->body.len == 0;
}

void change_entry(struct min_change *c, const struct min_log *log, uint32_t entry)
{
	const struct log_entry *e = &log->entry[entry];
	struct min_row_entry *row;

	mem_room(&c->entry, &c->entry_cap, c->entry_count, sizeof *c->entry);
	row = &c->entry[c->entry_count++];
	*row = (struct min_row_entry){
	    .index = entry,
	    .header = arena_dup(&c->mem, (struct slice){e->header, e->header_len}),
	    .root = e->root};
	memcpy(row->sig, e->sig, sizeof row->sig);
}

void change_leaf(struct min_change *c, uint32_t entry, const struct log_leaf *leaf)
{
	struct slice ord = {(const char *)leaf->ord, ORD_BYTES};

	mem_room(&c->leaf, &c->leaf_cap, c->leaf_count, sizeof *c->leaf);
	c->leaf[c->leaf_count++] = (struct min_row_leaf){.entry = entry,
							 .label = leaf->label,
							 .ord = arena_dup(&c->mem, ord),
							 .hash = leaf->hash,
							 .d = arena_dup(&c->mem, leaf->d),
							 .time = leaf->time};
}

void change_erased(struct min_change *c, const struct min_hash *hash)
{
	mem_room(&c->erased, &c->erased_cap, c->erased_count, sizeof *c->erased);
	c->erased[c->erased_count++] = *hash;
}

void change_body(struct min_change *c, const struct min_log *log)
{
	struct buf body = {0};

	log_body(log, &body);
	c->body = arena_dup(&c->mem, buf_slice(&body));
	buf_fini(&body);
}

struct change_mark change_mark(const struct min_change *c)
{
	return (struct change_mark){c->entry_count, c->leaf_count, c->erased_count, c->body};
}

void change_back(struct min_change *c, struct change_mark m)
{
	c->entry_count = m.entries;
	c->leaf_count = m.leaves;
	c->erased_count = m.erased;
	c->body = m.body;
}
