#ifndef ROKUSHA_WIRE_WIRE_PARTS_H
#define ROKUSHA_WIRE_WIRE_PARTS_H

#include "msg/msg.h"

/* Private to wire/. */

/* Letters, digits, '_', '.', '/', '-': what keys and names are made of. */
bool wire_is_key(struct slice s);
/* Of a message's bytes: the same request sent again has the same. */
uint64_t wire_digest(struct slice text);

/*
 * An edit as the page writes it, read without a tree; nine of ten messages are that. False, with
 * `out` untouched: it is something else, or nothing, which wire_decode finds out.
 */
bool wire_plain_edit(struct slice text, struct msg *out);

#endif
