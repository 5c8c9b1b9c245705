#ifndef ROKUSHA_TESTS_SIM_TWIN_EXCEPTIONS_H
#define ROKUSHA_TESTS_SIM_TWIN_EXCEPTIONS_H

/*
 * What X may hear though it comes of something X may not know: all of it, by name, with the reason.
 * START and PAUSE are part of what the oracle says X knows (twin_oracle.h); DISK, BOUNDS, FOLD and
 * POLICY do not come up in the twin runs, whose disk never fails and whose rooms are far from their
 * bounds.
 */
static const char *const twin_exception[] = {
    "START: meet.start follows the planned lengths of the items before X's own, hidden ones too: "
    "DESIGN gives a seat the times of its own part",
    "AFTER_END: `attend` is refused with `rule` once the meeting is over and X is planned for "
    "nothing more: schema/README.md says so; before that the wish waits, and the chair sees it",
    "PAUSE: who may stop the clock, for themselves or as a scribe, is told with `rule` that none "
    "goes, "
    "also where they have left: the person may always ask for a pause, and no wish may go "
    "unanswered",
    "DISK: a commit that is not kept sends `again` to everybody in the room, whoever's it was: one "
    "room is one journal",
    "BOUNDS: a full room (cells, bytes, queue) refuses X's edit with `limit` or `busy`: memory is "
    "bounded by the room, and no bound may be split by seats it must not tell of",
    "FOLD: a room that is loaded from its base remembers the edits of the last 256 entries before "
    "it, "
    "whoever's they are: X then may get a text whole instead of what it missed",
    "POLICY: approving a newer policy makes everybody take texts whole at the next join",
};
enum { TWIN_EXCEPTION_COUNT = sizeof twin_exception / sizeof *twin_exception };

#endif
