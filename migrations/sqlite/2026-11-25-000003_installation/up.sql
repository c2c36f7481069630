-- What is so for this installation as a whole, in its one row: the id of the key that its secrets are sealed with.
CREATE TABLE installation (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    data_key_id TEXT NOT NULL
) WITHOUT ROWID;
