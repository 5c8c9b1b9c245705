#include "net/net_out.h"

#include <stdlib.h>

#include "base/mem.h"

bool net_out_push(struct net_out *o, struct frame *f, size_t max)
{
	if (o->count && o->bytes + frame_len(f) > max) {
		return false;
	}
	if (o->count == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 8;
		struct frame **grown = mem_grow(NULL, cap, sizeof *grown);

		for (size_t i = 0; i < o->count; i++) {
			grown[i] = o->frame[(o->first + i) % o->cap];
		}
		free(o->frame);
		o->frame = grown;
		o->first = 0;
		o->cap = cap;
	}
	o->frame[(o->first + o->count++) % o->cap] = frame_hold(f);
	o->bytes += frame_len(f);
	return true;
}

struct frame *net_out_first(const struct net_out *o)
{
	return o->frame[o->first];
}

struct frame *net_out_take(struct net_out *o)
{
	struct frame *f;

	if (o->count == 0) {
		return NULL;
	}
	f = o->frame[o->first];
	o->first = (o->first + 1) % o->cap;
	o->count--;
	o->bytes -= frame_len(f);
	return f;
}

void net_out_drop(struct net_out *o)
{
	struct frame *f;

	while ((f = net_out_take(o))) {
		frame_release(f);
	}
}

void net_out_fini(struct net_out *o)
{
	net_out_drop(o);
	free(o->frame);
	*o = (struct net_out){0};
}
