-- The database of Rokusha, version 9: holds. While one stands for a series nothing of it is erased: not from
-- its signed minutes, and not from its journal. Who set one and who lifted it, when and why, stays.

-- The newest row of a series counts.
CREATE TABLE hold (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	series   INTEGER NOT NULL REFERENCES series (id),
	is_on    INTEGER NOT NULL CHECK (is_on IN (0, 1)), -- 0: lifted
	seat     INTEGER,                                  -- who; NULL: the operator, for whom `who` names
	who      TEXT NOT NULL CHECK ((seat IS NULL) = (who <> '')),
	why      TEXT NOT NULL CHECK (why <> ''),
	at_ms    INTEGER NOT NULL,
	until_ms INTEGER CHECK (until_ms IS NULL OR is_on = 1) -- it ends then by itself; NULL: never
) STRICT;
CREATE INDEX hold_series ON hold (series, id);

CREATE TRIGGER hold_changed BEFORE UPDATE ON hold BEGIN
	SELECT RAISE(ABORT, 'what was done about a hold stays');
END;
CREATE TRIGGER hold_deleted BEFORE DELETE ON hold BEGIN
	SELECT RAISE(ABORT, 'what was done about a hold stays');
END;
-- An INSERT OR REPLACE takes a row away without asking the trigger above.
CREATE TRIGGER hold_replaced BEFORE INSERT ON hold WHEN EXISTS (SELECT 1 FROM hold WHERE id = NEW.id) BEGIN
	SELECT RAISE(ABORT, 'what was done about a hold stays');
END;

PRAGMA user_version = 9;
