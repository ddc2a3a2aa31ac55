-- A topic that could not be reached any more: the one made in its place tells what was said, and where the old one was.
ALTER TABLE tickets ADD COLUMN lost_chat BIGINT;           -- the group's id; gone once it is told
ALTER TABLE tickets ADD COLUMN lost_thread BIGINT;
CREATE INDEX tickets_account ON tickets (account, id);
