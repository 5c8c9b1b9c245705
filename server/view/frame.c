#include "view/frame.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "view/frame_make.h"

struct frame {
	size_t refs;
	size_t len;
	unsigned char bytes[];
};

struct frame *frame_create(struct slice bytes)
{
	struct frame *f = mem_alloc(sizeof *f + FRAME_PRE_BYTES + bytes.len);

	f->refs = 1;
	f->len = bytes.len;
	if (bytes.len) {
		memcpy(f->bytes + FRAME_PRE_BYTES, bytes.ptr, bytes.len);
	}
	return f;
}

struct frame *frame_hold(struct frame *f)
{
	assert(f->refs > 0);
	f->refs++;
	return f;
}

void frame_release(struct frame *f)
{
	if (f) {
		assert(f->refs > 0);
		if (--f->refs == 0) {
			free(f);
		}
	}
}

unsigned char *frame_bytes(struct frame *f)
{
	return f->bytes + FRAME_PRE_BYTES;
}

size_t frame_len(const struct frame *f)
{
	return f->len;
}
