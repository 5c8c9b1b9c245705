#ifndef ROKUSHA_WIRE_WIRE_H
#define ROKUSHA_WIRE_WIRE_H

#include "base/err.h"
#include "base/slice.h"
#include "msg/msg.h"

/*
 * Bytes of a client -> message. The schema is closed (schema/protocol.def): unknown, missing,
 * duplicate or mistyped members refuse the message. Size and depth are checked before anything
 * is built. On success the caller calls wire_release; on error `out` is untouched.
 * ERR_LIMIT  longer or deeper than base/limits.h allows     ERR_PROTO  anything else
 */
MUST_CHECK enum err wire_decode(struct slice text, struct msg *out);
void wire_release(struct msg *m);

/*
 * Nesting depth of JSON text, without building anything; also usable on text that is not JSON.
 * Strings are skipped. Returns at most `stop` + 1.
 */
unsigned wire_depth(struct slice text, unsigned stop);
/*
 * At most so many bytes of memory a message made of this text holds, in estimate: an empty list
 * costs forty times its two bytes.
 */
size_t wire_cost(struct slice text);

#endif
