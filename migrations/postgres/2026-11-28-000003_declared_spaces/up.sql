-- Whether an administrator has named the space; such a one stays, whatever a walk sees.
ALTER TABLE spaces ADD COLUMN declared BOOLEAN NOT NULL DEFAULT FALSE;
