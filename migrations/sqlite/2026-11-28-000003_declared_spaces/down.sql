ALTER TABLE spaces DROP COLUMN declared;
