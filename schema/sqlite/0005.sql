-- The database of Rokusha, version 5: a room comes back without the whole of its journal. The journal
-- stays the whole record; what is new here can be dropped, and a room is loaded from the journal then.

-- How a series stood after record `seq`, beside its texts, which are in text_base as of that record.
-- Derived: `rokusha check` compares it with the journal, `rokusha check --rebuild` makes it anew.
CREATE TABLE room_base (
	series INTEGER PRIMARY KEY REFERENCES series (id),
	seq    INTEGER NOT NULL CHECK (seq >= 1), -- entry of the journal after which it stood so
	body   BLOB NOT NULL                      -- JSON: server/room/room_base.c
) STRICT;

-- What is no edit is read at each load; an edit costs this index nothing.
CREATE INDEX journal_rest ON journal (series, seq) WHERE kind <> 'edit';

PRAGMA user_version = 5;
