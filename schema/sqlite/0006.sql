-- The database of Rokusha, version 6: signed minutes (schema/minutes.md). What was sealed is not what
-- the journal says today: it is the record of it, and nothing can rebuild it. Rows are added and never
-- changed or taken away, but for the text of a leaf, which an erasure makes NULL.

-- A log a sealed meeting; where an older copy of the database was restored, a further one goes on from
-- the head that was given out last (`fork` 1, 2 …).
CREATE TABLE minutes_log (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	series  INTEGER NOT NULL REFERENCES series (id),
	seq     INTEGER NOT NULL CHECK (seq >= 1),  -- of the seal record in the journal
	fork    INTEGER NOT NULL CHECK (fork >= 0),
	origin  TEXT NOT NULL UNIQUE,
	entries INTEGER NOT NULL, -- how many rows there are of it: what an addition must know
	leaves  INTEGER NOT NULL,
	body    BLOB NOT NULL,    -- private state, JSON: server/minutes
	UNIQUE (series, seq, fork)
) STRICT;

CREATE TABLE minutes_entry (
	log    INTEGER NOT NULL REFERENCES minutes_log (id),
	idx    INTEGER NOT NULL CHECK (idx >= 0),
	header BLOB NOT NULL,                          -- its lines, the exact bytes
	root   BLOB NOT NULL CHECK (length(root) = 32), -- of the log with this entry
	sig    BLOB NOT NULL CHECK (length(sig) = 64),  -- the server's over that head
	PRIMARY KEY (log, idx)
) STRICT;

CREATE TABLE minutes_leaf (
	id     INTEGER PRIMARY KEY,
	log    INTEGER NOT NULL REFERENCES minutes_log (id),
	entry  INTEGER NOT NULL CHECK (entry >= 0), -- may be a round that is not written yet
	label  INTEGER NOT NULL CHECK (label >= 0), -- index of the log's labels
	ord    BLOB NOT NULL CHECK (length(ord) = 17),
	hash   BLOB NOT NULL CHECK (length(hash) = 32),
	d      BLOB,                                -- salt, name and value; NULL: erased
	at     INTEGER NOT NULL,                    -- Unix seconds
	UNIQUE (log, entry, label, ord),
	UNIQUE (log, hash)
) STRICT;

CREATE TRIGGER minutes_log_changed BEFORE UPDATE ON minutes_log
WHEN NEW.id IS NOT OLD.id OR NEW.series IS NOT OLD.series OR NEW.seq IS NOT OLD.seq OR
	NEW.fork IS NOT OLD.fork OR NEW.origin IS NOT OLD.origin OR
	NEW.entries < OLD.entries OR NEW.leaves < OLD.leaves
BEGIN
	SELECT RAISE(ABORT, 'a log of minutes only grows');
END;
CREATE TRIGGER minutes_log_deleted BEFORE DELETE ON minutes_log BEGIN
	SELECT RAISE(ABORT, 'a log of minutes only grows');
END;
CREATE TRIGGER minutes_entry_changed BEFORE UPDATE ON minutes_entry BEGIN
	SELECT RAISE(ABORT, 'a log of minutes only grows');
END;
CREATE TRIGGER minutes_entry_deleted BEFORE DELETE ON minutes_entry BEGIN
	SELECT RAISE(ABORT, 'a log of minutes only grows');
END;
CREATE TRIGGER minutes_leaf_changed BEFORE UPDATE ON minutes_leaf
WHEN NEW.d NOTNULL OR NEW.id IS NOT OLD.id OR NEW.log IS NOT OLD.log OR
	NEW.entry IS NOT OLD.entry OR NEW.label IS NOT OLD.label OR NEW.ord IS NOT OLD.ord OR
	NEW.hash IS NOT OLD.hash OR NEW.at IS NOT OLD.at
BEGIN
	SELECT RAISE(ABORT, 'of a leaf only the text can go');
END;
CREATE TRIGGER minutes_leaf_deleted BEFORE DELETE ON minutes_leaf BEGIN
	SELECT RAISE(ABORT, 'a log of minutes only grows');
END;

-- With what a seat signs, beside its session. The code itself is nowhere.
CREATE TABLE minutes_code (
	series    INTEGER NOT NULL REFERENCES series (id),
	seat      INTEGER NOT NULL,
	hash      TEXT NOT NULL,              -- Argon2id, as libsodium writes it
	made_ms   INTEGER NOT NULL,
	failures  INTEGER NOT NULL DEFAULT 0, -- wrong ones since the last right one
	until_ms  INTEGER NOT NULL DEFAULT 0, -- none is looked at before
	PRIMARY KEY (series, seat)
) STRICT;

-- One of the two who have to agree before a text is erased.
CREATE TABLE minutes_approval (
	log    INTEGER NOT NULL REFERENCES minutes_log (id),
	hash   BLOB NOT NULL CHECK (length(hash) = 32), -- of the leaf
	seat   INTEGER NOT NULL,
	basis  TEXT NOT NULL,
	at     INTEGER NOT NULL,                        -- Unix seconds
	PRIMARY KEY (log, hash, seat)
) STRICT;

-- Cells of which the leaves were erased: the journal still holds the words, and the WAL the leaves, until
-- a server starts or `rokusha erase` runs, while nobody has the room in memory.
CREATE TABLE minutes_erase (
	id   INTEGER PRIMARY KEY,
	log  INTEGER NOT NULL REFERENCES minutes_log (id),
	cell TEXT NOT NULL,                                         -- key of the room, never its words; '': of none
	at   INTEGER NOT NULL,                                      -- Unix seconds
	done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1))
) STRICT;

PRAGMA user_version = 6;
