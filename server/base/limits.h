#ifndef ROKUSHA_BASE_LIMITS_H
#define ROKUSHA_BASE_LIMITS_H

/* Every bound of the server, in one place. Units last in the name. */
enum {
	LIMIT_FRAME_BYTES = 64 * 1024, /* one message from a client */
	LIMIT_JSON_DEPTH = 16,         /* nesting of any JSON a peer sends */
	LIMIT_POST_BYTES = 1024,       /* body of the login request */
	LIMIT_HEADER_BYTES = 4096,     /* libwebsockets' own header block */
	LIMIT_CONNS = 6000,            /* sockets of the whole server: a thousand rooms of six */
	LIMIT_CONNS_PER_ADDR = 200,    /* a city hall often has one address */
	LIMIT_CONNS_PER_SEAT = 32,     /* in one series, over all sessions of the seat */
	LIMIT_CONNS_PER_SESSION = 8,
	LIMIT_PEERS_PER_ADDR = 400,   /* with what is no WebSocket yet, or never will be */
	LIMIT_PEERS_WAITING = 1024,   /* no WebSocket yet; for one more the oldest goes */
	LIMIT_DIALS_PER_S = 50,       /* connections of one address, sustained ... */
	LIMIT_DIALS_BURST = 1000,     /* ... and at once: a city hall at nine o'clock */
	LIMIT_STRANGERS_PER_S = 300,  /* connections of addresses with no WebSocket lately */
	LIMIT_STRANGERS_BURST = 1000, /* all of them together; above that they are hung up on */
	LIMIT_OPENS_PER_S = 2,        /* WebSockets of one seat, sustained ... */
	LIMIT_OPENS_BURST = 60,       /* ... and at once */
	LIMIT_REQUESTS_PER_S = 20,    /* HTTP requests of one connection, sustained ... */
	LIMIT_REQUESTS_BURST = 60,    /* ... and at once */
	LIMIT_HANDSHAKE_MS =
	    10 * 1000,               /* from connecting, or the last answer, to a whole request */
	LIMIT_ANSWER_MS = 60 * 1000, /* for an answer to be taken */
	LIMIT_JOIN_MS = 15 * 1000,   /* from opening a WebSocket to its first message */
	LIMIT_OUT_SOFT_BYTES =
	    256 * 1024, /* behind it for half a second: begins again, by snapshot */
	LIMIT_OUT_SOFT_MS = 500,
	LIMIT_OUT_STALL_MS = 10 * 1000,      /* nothing taken of what waits: closed 1013 */
	LIMIT_OUT_QUEUE_BYTES = 1024 * 1024, /* behind it the reader is too slow: closed 1013 */
	LIMIT_OUT_TOTAL_BYTES = 256 * 1024 * 1024, /* of all; the longest queue is closed 1013 */
	LIMIT_ADDRS = 16384, /* addresses and seats remembered for these rates */
	LIMIT_ROOMS = 1000,  /* in memory */
	LIMIT_ROOM_CELLS = 2000,
	LIMIT_ROOM_BYTES = 4 * 1024 * 1024,          /* all texts and values of a room */
	LIMIT_ROOM_HISTORY_BYTES = 16 * 1024 * 1024, /* changes of all texts kept mappable */
	LIMIT_ROOM_QUEUE = 1024,                     /* events waiting for a commit; more is BUSY */
	LIMIT_ROOM_QUEUE_BYTES = 8 * 1024 * 1024,    /* the same as parsed, in memory */
	LIMIT_POLICIES_IDLE = 8,  /* policies kept loaded though no room uses them */
	LIMIT_POLICY_LINES = 500, /* gains and losses of one pinning, to be read by one person */
	LIMIT_ROOM_ROWS = 1000,   /* of narrow tables; of the shipped ones the cells end first */
	LIMIT_ROOM_GRANTS = 512,
	LIMIT_MINUTES_POST_BYTES = 16 * 1024, /* body of what is asked of signed minutes */
	LIMIT_MINUTES_WAITING = 16,           /* questions about them, with those being answered */
	LIMIT_MINUTES_OF_SEAT = 2,            /* of one seat */
	LIMIT_MINUTES_LISTED = 64,            /* sealed meetings of a series that are listed */
	LIMIT_MINUTES_ANSWER_BYTES = 8 * 1024 * 1024, /* a bundle */
	LIMIT_MINUTES_OUT_BYTES = 32 * 1024 * 1024,   /* answers on their way; more is BUSY */
	LIMIT_PASSKEYS_WAITING = 64, /* seats whose browser was asked to make or use a passkey */
	LIMIT_SEAL_SLOTS = 32,      /* seats and audiences of a meeting whose minutes are sealed */
	LIMIT_SEAL_DAYS = 366,      /* from sealing minutes until signatures are late */
	LIMIT_ROOM_SEGMENTS = 1000, /* items opened, over all meetings of a series */
	LIMIT_ROOM_CLIENTS = 4096,  /* editor instances remembered for dedupe */
	LIMIT_TEXT_UNITS = 64 * 1024, /* UTF-16 units of one text */
	LIMIT_LINE_UNITS = 1000,
	LIMIT_LIST_ITEMS = 64,
	LIMIT_HISTORY_ENTRIES = 200,  /* of one cell shown at once, the latest */
	LIMIT_SUGGESTIONS_SEAT = 16,  /* of one seat in a room, open and answered */
	LIMIT_PUSH_CHANGES = 256,     /* changes in one edit message */
	LIMIT_CHANGE_SECTIONS = 1000, /* sections of one change */
	LIMIT_TEXT_HISTORY = 4096,    /* changes of one text kept mappable in memory */
	LIMIT_KEY_BYTES = 160,        /* a cell key */
	LIMIT_HAVE = 2000,            /* texts named in a join */
	LIMIT_CASE_FILE_BYTES = 8 * 1024 * 1024,
	LIMIT_CASE_SERIES = 16, /* of one person in one case file */
	LIMIT_SCHEMA_FILE_BYTES = 1024 * 1024,
	LIMIT_PRESENCE_PER_S = 4,
	LIMIT_MESSAGES_PER_S = 100, /* sustained; a burst of four times that is taken */
	LIMIT_TYPIST_PER_S =
	    20, /* of one socket, whatever the others of its seat do; burst twice that */
	LIMIT_SEAT_MESSAGES_PER_S = 200,     /* the same over all sockets of a seat ... */
	LIMIT_SEAT_MESSAGES_BURST = 800,     /* ... so that a new socket is no new start */
	LIMIT_FRAGMENTS = 64,                /* WebSocket frames of one message */
	LIMIT_CASELOAD = 200,                /* cases one seat of the office looks after */
	LIMIT_SESSIONS = 20000,              /* neither ended nor expired, in memory */
	LIMIT_SESSION_MS = 10 * 3600 * 1000, /* a session ends then, used or not */
	LIMIT_LOGIN_FAILURES = 10,           /* of one address within a minute */
	LIMIT_LOGINS_WAITING = 32,           /* for the store, at once */
	LIMIT_LOG_LINES_PER_S = 50,          /* what peers can cause; the rest is counted */
};

#endif
