-- The database of Rokusha, version 4: one secret of this database. From it, and from who asks, the key
-- is made under which a browser keeps what it could not send yet. It never leaves the server.

ALTER TABLE meta ADD COLUMN secret BLOB CHECK (secret IS NULL OR length(secret) = 32);
UPDATE meta SET secret = randomblob(32);

PRAGMA user_version = 4;
