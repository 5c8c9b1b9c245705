-- The database of Rokusha, version 8: leaves of signed minutes with one index instead of two. That of
-- the hashes took a fifth of the time of sealing: 32 random bytes a leaf, each somewhere else in it. A
-- hash is looked for when a leaf is erased, and then in one log; that it is there once follows from the
-- salt, and is seen by who verifies.

CREATE TABLE minutes_leaf_8 (
	id     INTEGER PRIMARY KEY,
	log    INTEGER NOT NULL REFERENCES minutes_log (id),
	entry  INTEGER NOT NULL CHECK (entry >= 0), -- may be a round that is not written yet
	label  INTEGER NOT NULL CHECK (label >= 0), -- index of the log's labels
	ord    BLOB NOT NULL CHECK (length(ord) = 17),
	hash   BLOB NOT NULL CHECK (length(hash) = 32),
	d      BLOB,                                -- salt, name and value; NULL: erased
	at     INTEGER NOT NULL,                    -- Unix seconds
	UNIQUE (log, entry, label, ord)
) STRICT;
INSERT INTO minutes_leaf_8 (id, log, entry, label, ord, hash, d, at)
	SELECT id, log, entry, label, ord, hash, d, at FROM minutes_leaf ORDER BY id;
DROP TABLE minutes_leaf; -- and its triggers, which come again below
ALTER TABLE minutes_leaf_8 RENAME TO minutes_leaf;

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

PRAGMA user_version = 8;
