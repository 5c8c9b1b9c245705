#ifndef ROKUSHA_VIEW_FRAME_H
#define ROKUSHA_VIEW_FRAME_H

#include <stddef.h>

/*
 * Bytes for a viewer: one WebSocket text message. Only view/ can make one (frame_create is not in
 * this header); everybody else can only pass it on. Counted references, one thread.
 */
struct frame;

enum {
	FRAME_PRE_BYTES = 32
}; /* writable bytes in front of frame_bytes(), for the socket's header */

struct frame *frame_hold(struct frame *f);
void frame_release(struct frame *f); /* accepts NULL */
unsigned char *frame_bytes(struct frame *f);
size_t frame_len(const struct frame *f);

#endif
