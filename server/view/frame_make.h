#ifndef ROKUSHA_VIEW_FRAME_MAKE_H
#define ROKUSHA_VIEW_FRAME_MAKE_H

#include "base/slice.h"
#include "view/frame.h"

/* Private to view/: the linker check refuses any other user. Copies the bytes; one reference. */
struct frame *frame_create(struct slice bytes);

#endif
