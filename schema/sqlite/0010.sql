-- The database of Rokusha, version 10: signing codes that were forgotten.

-- A seat says that it forgot its code; somebody who sat with it says that it asked them; then it sets
-- another one, and the row goes. One a seat.
CREATE TABLE minutes_forgotten (
	series     INTEGER NOT NULL REFERENCES series (id),
	seat       INTEGER NOT NULL,
	asked_ms   INTEGER NOT NULL,
	by_seat    INTEGER, -- who vouches; NULL: nobody yet
	vouched_ms INTEGER,
	PRIMARY KEY (series, seat)
) STRICT;

PRAGMA user_version = 10;
