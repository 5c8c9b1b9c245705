#ifndef ROKUSHA_BASE_ERR_H
#define ROKUSHA_BASE_ERR_H

/*
 * Three kinds of errors: ours (assert, never compiled out), the peer's (an ERR_ value answered
 * once), the world's (an ERR_ value logged once). The text is safe to show a peer.
 */
#define ERR_ROWS(X)                                                                                \
	X(OK, "ok")                                                                                \
	X(PROTO, "malformed message")                                                              \
	X(LIMIT, "limit exceeded")                                                                 \
	X(GONE, "not available") /* absent and forbidden look the same */                          \
	X(STALE, "changed meanwhile")                                                              \
	X(OLD, "too old")                                                                          \
	X(RULE, "not possible now")                                                                \
	X(BUSY, "try again")                                                                       \
	X(IO, "storage unavailable")                                                               \
	X(SCHEMA, "bad schema")                                                                    \
	X(HOLD, "held: nothing is erased")

enum err {
#define X(NAME, TEXT) ERR_##NAME,
	ERR_ROWS(X)
#undef X
	    ERR_COUNT
};

/* Short lower-case name of `e` as it goes over the wire ("gone", "stale" ...). Never NULL. */
const char *err_name(enum err e);
const char *err_text(enum err e);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
