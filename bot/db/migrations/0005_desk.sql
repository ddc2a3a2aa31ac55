-- How a ticket stands, and who works on it.
--     new     nobody has taken it             open   somebody works on it
--     pending waiting for the person          hold   waiting for something else, until wake_at
--     solved  done, and may be reopened       closed for good
ALTER TABLE tickets ADD COLUMN assignee BIGINT;            -- the agent who speaks; the others write notes
ALTER TABLE tickets ADD COLUMN claimed_at BIGINT;
ALTER TABLE tickets ADD COLUMN answered_at BIGINT;         -- the first answer that reached the person
ALTER TABLE tickets ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
ALTER TABLE tickets ADD COLUMN tags TEXT NOT NULL DEFAULT '';              -- words with blanks between
ALTER TABLE tickets ADD COLUMN status_at BIGINT NOT NULL DEFAULT 0;        -- since when it stands so
ALTER TABLE tickets ADD COLUMN wake_at BIGINT;                             -- when a ticket on hold is worked on again
ALTER TABLE tickets ADD COLUMN spent BIGINT NOT NULL DEFAULT 0;            -- open milliseconds of the desk's clock
ALTER TABLE tickets ADD COLUMN running_since BIGINT;                       -- the clock stands while the person is waited for
ALTER TABLE tickets ADD COLUMN told TEXT NOT NULL DEFAULT '';              -- what was said of its time, words with blanks
ALTER TABLE tickets ADD COLUMN first_result TEXT NOT NULL DEFAULT 'active';   -- hit, missed, active, cancelled
ALTER TABLE tickets ADD COLUMN result TEXT NOT NULL DEFAULT 'active';
ALTER TABLE tickets ADD COLUMN due_at BIGINT;                              -- when it has to be looked at next
ALTER TABLE tickets ADD COLUMN solved_at BIGINT;
ALTER TABLE tickets ADD COLUMN solved_by TEXT;             -- person, agent:<id>, system
DROP INDEX tickets_open;
UPDATE tickets SET priority = 'urgent' WHERE urgent = 1;
UPDATE tickets SET status = 'new' WHERE status = 'open';
UPDATE tickets SET status = 'solved', solved_at = closed_at, solved_by = closed_by, closed_at = NULL, closed_by = NULL
    WHERE status = 'closed';
ALTER TABLE tickets DROP COLUMN urgent;
UPDATE tickets SET status_at = COALESCE(solved_at, opened_at), due_at = 0;
CREATE INDEX tickets_due ON tickets (due_at);
CREATE UNIQUE INDEX tickets_live ON tickets (chat) WHERE status IN ('new', 'open', 'pending', 'hold') AND chat <> 0;

-- Agents, as Telegram shows them and as people are told.
CREATE TABLE agents (
    id              BIGINT PRIMARY KEY,      -- Telegram id
    name            BYTEA NOT NULL,          -- (sealed)
    display         BYTEA,                   -- (sealed) set by the agent
    seen_at         BIGINT NOT NULL
);

-- What a message of a ticket said, every version of it: an edit adds a row and changes none.
ALTER TABLE ticket_messages ADD COLUMN what TEXT NOT NULL DEFAULT 'text';   -- text, photo, voice, ...
ALTER TABLE ticket_messages ADD COLUMN album TEXT NOT NULL DEFAULT '';      -- mark shared by the parts of an album
CREATE TABLE ticket_texts (
    id              BIGINT PRIMARY KEY,
    message         BIGINT NOT NULL REFERENCES ticket_messages (id),
    text            BYTEA NOT NULL,          -- (sealed) as the other side was shown it
    at              BIGINT NOT NULL
);
CREATE INDEX ticket_texts_message ON ticket_texts (message, id);
