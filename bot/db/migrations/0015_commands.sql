-- What agents do with tickets beside working on them.
ALTER TABLE tickets ADD COLUMN snooze_at BIGINT;           -- out of the queue until then, or until the person writes
ALTER TABLE tickets ADD COLUMN merged_into BIGINT;         -- number of the ticket that it went into
ALTER TABLE tickets ADD COLUMN came BIGINT;                -- chat that came by its link and went on in another ticket
ALTER TABLE tickets ADD COLUMN reopened_at BIGINT;         -- when it was last opened again
ALTER TABLE tickets ADD COLUMN missed_at BIGINT;           -- when it last missed a target
ALTER TABLE tickets ADD COLUMN phone_end BYTEA;            -- (keyed) hash of the digits that a masked phone shows
CREATE INDEX tickets_phone_end ON tickets (phone_end, id);
CREATE INDEX tickets_merged ON tickets (merged_into);

-- Since when the next hand-over counts, and when it comes by itself.
CREATE TABLE digests (
    forum           BIGINT PRIMARY KEY,      -- configured id of the agents' group
    at              BIGINT NOT NULL,         -- the last one
    due_at          BIGINT NOT NULL
);

-- Many tickets are to be solved at once: asked, until it is confirmed by whoever asked, once.
CREATE TABLE bulk_asks (
    id              BIGINT PRIMARY KEY,
    agent           BIGINT NOT NULL,         -- Telegram id
    words           TEXT NOT NULL,           -- which ones, as the agent wrote it
    tickets         TEXT NOT NULL,           -- rows of those that were told, with blanks between
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
