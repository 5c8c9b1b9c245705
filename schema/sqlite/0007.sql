-- The database of Rokusha, version 7: the passkeys parties sign minutes with. Only what is public: the
-- secret half never leaves its owner's device. One that is lost is ended, and stays to be seen.
CREATE TABLE minutes_passkey (
	series   INTEGER NOT NULL REFERENCES series (id),
	seat     INTEGER NOT NULL,
	id       BLOB NOT NULL CHECK (length(id) BETWEEN 1 AND 1023),  -- the credential's, of the device
	spki     BLOB NOT NULL CHECK (length(spki) BETWEEN 1 AND 294), -- DER
	made_ms  INTEGER NOT NULL,
	ended_ms INTEGER,                                              -- NULL: it may be signed with
	PRIMARY KEY (series, seat, id)
) STRICT;

CREATE TRIGGER minutes_passkey_changed BEFORE UPDATE ON minutes_passkey
WHEN OLD.ended_ms NOTNULL OR NEW.series IS NOT OLD.series OR NEW.seat IS NOT OLD.seat OR
	NEW.id IS NOT OLD.id OR NEW.spki IS NOT OLD.spki OR NEW.made_ms IS NOT OLD.made_ms
BEGIN
	SELECT RAISE(ABORT, 'a passkey can only be ended');
END;
CREATE TRIGGER minutes_passkey_deleted BEFORE DELETE ON minutes_passkey BEGIN
	SELECT RAISE(ABORT, 'a passkey can only be ended');
END;

PRAGMA user_version = 7;
