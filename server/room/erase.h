#ifndef ROKUSHA_ROOM_ERASE_H
#define ROKUSHA_ROOM_ERASE_H

#include "room/room.h"

/*
 * The words of one cell taken out of a journal. Versions and lengths stay, so that everything after
 * is replayed as before; what was written reads as asterisks, and one last record empties the cell,
 * so that a page that still holds the words is told to drop them.
 *
 * `r` is the room as the whole journal left it; it knows the cell's kind.
 */

/*
 * Does `rec` hold words of the cell `key`? Then `*body` is what it is to hold instead, in `mem`.
 * A record whose body is no JSON of its kind is left as it is: it could not be replayed either.
 */
bool room_erase_body(const struct room *r, struct slice key, const struct record *rec,
		     struct arena *mem, struct slice *body);
/*
 * The record that empties the cell after the last one of the journal; what it points to is in
 * `mem`. False when the cell is empty already.  The cell must be there.
 */
bool room_erase_last(const struct room *r, struct slice key, int64_t now_ms, struct arena *mem,
		     struct record *out);
/*
 * May it be erased at all? Not what others are called by, nor what the conference acts on by itself
 * (status, consents): those are no words.  ERR_GONE no such cell  ERR_RULE not this one
 */
MUST_CHECK enum err room_may_erase(const struct room *r, struct slice key);

#endif
