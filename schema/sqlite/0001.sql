-- The database of Rokusha, version 1.
-- The server runs this file in one transaction on an empty database. A released version is never
-- edited: a change is the next number, which ends by setting user_version to it.
--
-- Units: *_ms are Unix milliseconds. 64-bit ids, versions and digests are unsigned in the program
-- and stored as SQLite's signed integer of the same bits, so large ones look negative here.
-- Bytes that must come back exactly as they went in are BLOB; read them by CAST(body AS TEXT).

PRAGMA application_id = 1383033717; -- "Roku": whose file this is
PRAGMA user_version = 1;            -- which of these files were run

CREATE TABLE meta (
	one        INTEGER PRIMARY KEY CHECK (one = 1), -- a single row
	version    INTEGER NOT NULL,                    -- user_version the database was made with
	created_ms INTEGER NOT NULL                     -- when it was made
) STRICT;
INSERT INTO meta (one, version, created_ms) VALUES (1, 1, unixepoch() * 1000);

-- Record tables: these are the record, nothing can rebuild them. --------------------------------

CREATE TABLE series (
	id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, even after an erasure
	name       TEXT NOT NULL UNIQUE,              -- what the operator calls it; no viewer sees it
	created_ms INTEGER NOT NULL                   -- when it was imported
) STRICT;

-- Every accepted event, appended in the order of commits. Keyed by a plain counter, because a
-- table clustered by series costs six times as much per row (shared/reference/performance.md).
CREATE TABLE journal (
	id       INTEGER PRIMARY KEY,                       -- order of commits over all series
	series   INTEGER NOT NULL REFERENCES series (id),
	seq      INTEGER NOT NULL CHECK (seq >= 1),         -- 1, 2, 3 ... within the series, no gap
	at_ms    INTEGER NOT NULL,                          -- time of the event
	client   INTEGER NOT NULL,                          -- editor instance; 0: server or importer
	cseq     INTEGER NOT NULL,                          -- number of the request in that instance
	actor    INTEGER NOT NULL,                          -- seat whose session; 255: nobody's
	for_seat INTEGER NOT NULL,                          -- seat whose act; 255: nobody's
	method   TEXT NOT NULL,                             -- own, dictated, oral, paper
	kind     TEXT NOT NULL,                             -- what the body is: server/msg/record.h
	cell     TEXT NOT NULL,                             -- cell or row it is about; '' for none
	base_ver INTEGER NOT NULL,                          -- version of the cell the client had
	ver      INTEGER NOT NULL,                          -- version of the cell after it
	digest   INTEGER NOT NULL,                          -- of the request as it was sent
	body     BLOB NOT NULL                              -- JSON, the exact bytes
) STRICT;
CREATE UNIQUE INDEX journal_seq ON journal (series, seq);
-- A request is kept once, however often it is sent.
CREATE UNIQUE INDEX journal_request ON journal (series, client, cseq) WHERE client <> 0;
-- No index by (series, cell, ver): a series is loaded whole. It comes with the verb that needs it.

-- Texts with older edits folded in; the journal's edits after `ver` come on top.
CREATE TABLE text_base (
	series INTEGER NOT NULL REFERENCES series (id),
	cell   TEXT NOT NULL,    -- key of the text
	ver    INTEGER NOT NULL, -- version of the text it holds
	text   BLOB NOT NULL,    -- UTF-8
	PRIMARY KEY (series, cell)
) STRICT;

-- What a case file holds for later meetings. Kept, shown to nobody.
CREATE TABLE pending (
	series INTEGER PRIMARY KEY REFERENCES series (id),
	body   BLOB NOT NULL -- JSON, the exact bytes
) STRICT;

-- Seat links handed out at import. The secret itself is nowhere in the database.
CREATE TABLE link (
	hash       BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32), -- of the secret
	series     INTEGER NOT NULL REFERENCES series (id),
	seat       INTEGER NOT NULL,                                    -- seat it opens
	reusable   INTEGER NOT NULL CHECK (reusable IN (0, 1)),         -- may be opened again
	used_ms    INTEGER,                                             -- last use; NULL: never
	expires_ms INTEGER NOT NULL,                                    -- good before this time
	ended      INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1))   -- taken back
) STRICT;

CREATE TABLE session (
	sid        INTEGER PRIMARY KEY,                                       -- public name of it
	token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),      -- of the cookie
	series     INTEGER NOT NULL REFERENCES series (id),
	seat       INTEGER NOT NULL,                                          -- seat it acts for
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,                                          -- good before this time
	ended      INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1))         -- logged out
) STRICT;

-- Read audit: who could read what from (or until) when; committed before anything is shown. The
-- journal between two of these rows answers exactly what was seen.
CREATE TABLE audit (
	id     INTEGER PRIMARY KEY,                      -- order of commits
	series INTEGER NOT NULL REFERENCES series (id),
	at_ms  INTEGER NOT NULL,
	seats  INTEGER NOT NULL,                         -- the viewer: one bit per seat
	what   TEXT NOT NULL,                            -- join gain drop leave load
	cells  TEXT NOT NULL                             -- JSON array of cell keys
) STRICT;

-- Derived tables: could be dropped and rebuilt from the above. None yet. -------------------------
