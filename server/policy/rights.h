#ifndef ROKUSHA_POLICY_RIGHTS_H
#define ROKUSHA_POLICY_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "policy/ceiling.h"
#include "policy/schema.h"

/*
 * Who may do what in one series: seats, grants, bars, denials and the plan's life cycle. A plain
 * value the room changes and view/ reads. It knows no clock: what is live has been decided by an
 * event.
 */
struct seat {
	uint16_t role; /* index into schema.role */
	bool live;     /* the seat is held now */
	bool barred;
	unsigned duties; /* DUTY_* bits */
	seat_set denied; /* seats this one must not learn of */
	seat_set before; /* seats this one took over from; what they took over included */
};

struct grant {
	uint8_t seat;
	bool live;     /* given, not lapsed, not withdrawn */
	bool own_rows; /* only rows whose owner, about or audience contains the seat */
	uint16_t cls;  /* class, */
	uint16_t col;  /* or this one column of it; SCHEMA_NONE: the whole class */
};

enum plan_state { PLAN_DRAFT, PLAN_LIVE, PLAN_SEALED };

struct rights {
	const struct schema *schema;
	const struct ceiling *ceiling; /* a newer policy waits for approval; NULL: none does */
	struct seat seat[SEAT_MAX];
	unsigned seat_count;
	struct grant *grant;
	size_t grant_count;
	bool statutory; /* rests on a law: knows only its meeting, see schema_class.everywhere */
	enum plan_state plan;
	bool office; /* this is the office room: its tables are written, and no others */
	bool minutes_sealed; /* fields of the minutes are closed until the next meeting begins */
	bool draft_open_to_self; /* the companion showed the draft to the person */
};

enum level { LEVEL_NONE, LEVEL_READ, LEVEL_WRITE };

/* clang-format off */ /* it would not let them stand one to a line */
#define REASON_ROWS(X) \
	X(MATRIX, "matrix") \
	X(GRANT, "grant") \
	X(ROW, "row") \
	X(OWNER, "owner") \
	X(DUTY, "duty") \
	X(BAR, "bar") \
	X(DENIAL, "denial") \
	X(LIFECYCLE, "lifecycle") \
	X(SEAT, "seat") \
	X(POLICY, "policy") \
	X(SERIES, "series")
/* clang-format on */

enum reason {
#define X(NAME, TEXT) REASON_##NAME,
	REASON_ROWS(X)
#undef X
	    REASON_COUNT
};

struct verdict {
	enum level level;
	enum reason reason; /* the rule that decided; the one nearest the end wins */
};

/*
 * The level of one seat on a cell: the matrix, raised to read by a live grant where the mark is
 * n+, then cut by the row's audience, the life cycle, the seat (not held: none), bar, denial and
 * what the series may know at all, in this order; the last rule that cuts gives the reason, also
 * where nothing was left to cut. While a newer policy waits for approval it is the lower of what
 * both give; reason POLICY where the approved one cuts.
 *
 * A seat that took over from another one reads what was shared with that one (audiences, not what
 * it owned) once that one is no longer held; it writes nothing by it, and whatever was denied to
 * the one, or about it, is denied to, or about, the other.
 */
struct verdict rights_seat_level(const struct rights *r, unsigned seat, const struct cell_place *c);

/*
 * The level of a viewer: the lowest over its seats, with that seat's reason. An empty set sees
 * nothing.
 */
struct verdict rights_level(const struct rights *r, seat_set viewer, const struct cell_place *c);

/*
 * The level on a class as a whole, for reports ("explain") without a row: own-marks count as read
 * (r*), write (w*) and, on columns without an owner, read (rw*). `own_row`: 1 asks about the seat's
 * own row, 0 about somebody else's, -1 about none in particular.
 */
struct verdict rights_class_level(const struct rights *r, unsigned seat, uint16_t cls, int own_row);
/* The same for one column without a row. */
struct verdict rights_col_level(const struct rights *r, unsigned seat, uint16_t col, int own_row);

/*
 * What a role is told and may do besides cells. While a newer policy waits for approval, only what
 * both say.
 */
bool rights_is_official(const struct rights *r, unsigned seat);
bool rights_is_companion(const struct rights *r, unsigned seat);
/* Is the class one that this role does not read by default? A new one is not spoken of yet. */
bool rights_hides_class(const struct rights *r, unsigned seat, uint16_t cls);
/* May a consent open this class, or this column of it (SCHEMA_NONE: all of it), to the seat? */
bool rights_may_be_given(const struct rights *r, unsigned seat, uint16_t cls, uint16_t col);
/* May somebody write the column for its owner? True where nobody owns it. */
bool rights_takes_scribe(const struct rights *r, uint16_t col);
/* Are rows of the table made by the server only? */
bool rights_is_closed(const struct rights *r, uint16_t table);
/*
 * May the seat say yes to the policy that waits? The policy in force names who; where that names
 * nobody, being older than approvals, the newer one does. Without one waiting: who could.
 */
bool rights_may_approve(const struct rights *r, unsigned seat);

const char *level_name(enum level l);   /* none read write */
const char *reason_name(enum reason r); /* as in REASON_ROWS */

/* May a seat make a row of this table at all (write on a row it would own, or by duty)? */
bool rights_may_add_row(const struct rights *r, unsigned seat, uint16_t table);

#endif
