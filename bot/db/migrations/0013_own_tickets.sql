-- A person's own tickets: what they may look at, what goes on from what, and what they are asked for.
ALTER TABLE tickets ADD COLUMN follows BIGINT;             -- number of the closed ticket that it goes on from
CREATE INDEX tickets_chat ON tickets (chat, id);

-- The one thing that an agent asks a person for.
CREATE TABLE asks (
    id              BIGINT PRIMARY KEY,
    ticket          BIGINT NOT NULL REFERENCES tickets (id),
    message         BIGINT NOT NULL REFERENCES ticket_messages (id),   -- the question, as a message of the ticket
    item            TEXT NOT NULL,           -- one of bot/desk/questions.py
    words           BYTEA NOT NULL,          -- (sealed) the agent's own, where the item is none of the table
    at              BIGINT NOT NULL,
    hinted_at       BIGINT,                  -- something else came, and the person was told what would help more
    ended_at        BIGINT                   -- answered, taken back, asked anew, or the ticket is done
);
CREATE UNIQUE INDEX asks_open ON asks (ticket) WHERE ended_at IS NULL;
