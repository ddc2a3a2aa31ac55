-- How long what is kept, and a person's right to have it and to have it gone.

ALTER TABLE tickets ADD COLUMN forgotten_at BIGINT;        -- what was said in it is gone

-- Somebody has asked that their data be erased (bot/db/erasures.py is the only writer of these).
CREATE TABLE erasures (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL REFERENCES accounts (id),
    chat            BIGINT NOT NULL,         -- where it was asked for; 0: by the operator
    lang            TEXT NOT NULL,
    asked_at        BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    ended_at        BIGINT,
    outcome         TEXT                     -- erased, withdrawn, refused
);
CREATE UNIQUE INDEX erasures_waiting ON erasures (account) WHERE ended_at IS NULL;
CREATE INDEX erasures_due ON erasures (due_at) WHERE ended_at IS NULL;
ALTER TABLE accounts ADD COLUMN erased_at BIGINT;          -- nothing of the person is left here

-- What the law wants kept of an erased person, apart from everything else, each until its day.
CREATE TABLE kept_records (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL,
    what            TEXT NOT NULL,           -- identity: how a recovery was decided; picture: one of its pictures
    record          BYTEA NOT NULL,          -- (sealed)
    at              BIGINT NOT NULL,
    until           BIGINT NOT NULL
);
CREATE INDEX kept_records_until ON kept_records (until);
