-- Whether an administrator has named the space; such a one stays, whatever a walk sees.
ALTER TABLE spaces ADD COLUMN declared INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1));
