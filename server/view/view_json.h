#ifndef ROKUSHA_VIEW_VIEW_JSON_H
#define ROKUSHA_VIEW_VIEW_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "view/view.h"

/* Private to view/: pieces of frames. Returned JSON is owned by the caller. */

struct frame *json_frame(json_t *owned); /* writes and releases */
void view_write_json(struct buf *b, const json_t *v);
struct frame *view_written(struct buf *b); /* what was written; `b` is empty then */
json_t *json_slice(struct slice s);
json_t *json_hex(uint64_t id);
void json_may_set(json_t *o, const char *name, json_t *owned); /* left out when it is NULL */
json_t *json_key(struct slice key);

/* view_suggest.c: NULL where the viewer may not know whose it is */
json_t *view_suggestion_json(const struct view *v, const struct suggestion_shown *s);

/* view_meet.c */
bool view_is_chair(const struct view *v);
json_t *view_meet_json(const struct view *v);

bool view_knows(const struct view *v, unsigned seat);
/* The wire id of a seat the viewer knows; NULL otherwise. */
json_t *view_seat_id(const struct view *v, unsigned seat);
/* Official roles and the person see how far a cell reaches. */
bool view_sees_reach(const struct view *v);
bool view_tells_reach(const struct view *v);
const char *view_reach_word(enum reach reach);
/* What the client may do with a cell: rows the server keeps are read-only to it. */
enum level view_level(const struct view *v, const struct cell_place *place);
/* A register's value without the seats this viewer may not know. */
json_t *view_value(const struct view *v, const struct cell_place *place, const json_t *value);
/* The label of an enum's value; NULL when the column is no enum or the value none of it. */
const char *view_choice(const struct schema *s, const struct schema_col *col, const json_t *value);
json_t *view_me_json(const struct view *v);
/* What a policy gives and takes that waits for this viewer's approval; NULL: nothing. */
json_t *view_policy_json(const struct view *v);
/* Classes the viewer's role does not read by default; NULL: it is not told. */
json_t *view_hidden_json(const struct view *v);
json_t *view_seat_list(const struct view *v);
/* The columns of these cells, as far as the viewer sees them: {id: {label, type, ...}}. */
json_t *view_cols(const struct view *v, const struct cell_shown *cell, size_t count);
/* The cells the viewer sees, as an array; false: there is none. */
bool view_write_cells(const struct view *v, const struct cell_shown *cell, size_t count,
		      struct buf *b);

#endif
