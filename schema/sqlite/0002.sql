-- The database of Rokusha, version 2: what a journal adds up to, so that a list of many cases need
-- not replay each of them. Both tables are derived: `rokusha check` compares them with the journal,
-- `rokusha check --rebuild` makes them anew.

-- How far the cells below have come. No row: nothing was derived of that series yet.
CREATE TABLE cell_now_seq (
	series INTEGER PRIMARY KEY REFERENCES series (id),
	seq    INTEGER NOT NULL CHECK (seq >= 0) -- entry of the journal after which they stood so
) STRICT;

CREATE TABLE cell_now (
	series INTEGER NOT NULL REFERENCES series (id),
	cell   TEXT NOT NULL,    -- key of the cell
	ver    INTEGER NOT NULL, -- its version
	value  BLOB NOT NULL,    -- JSON; a text is a string
	PRIMARY KEY (series, cell)
) STRICT;

PRAGMA user_version = 2;
