-- The database of Rokusha, version 3: the policies themselves, so that a series is judged by the one
-- it is pinned to, whatever the server was started with. A record table: nothing can rebuild it.

-- Every policy a series of this database was ever pinned to. Databases made before have none; it is
-- put here when a server starts that has it built in or is given it.
CREATE TABLE policy (
	hash       TEXT NOT NULL PRIMARY KEY, -- SHA-256 over the three files, hex: their name in journals
	visibility BLOB NOT NULL,             -- visibility.tsv, the exact bytes
	roles      BLOB NOT NULL,             -- roles.json
	form       BLOB NOT NULL              -- form.json
) STRICT;

PRAGMA user_version = 3;
