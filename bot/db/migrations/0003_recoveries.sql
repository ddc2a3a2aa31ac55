-- Getting a new phone bound when the old one is gone (bot/db/recoveries.py is the only writer of the first two).
CREATE TABLE recoveries (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL REFERENCES accounts (id),
    chat            BIGINT NOT NULL,
    lang            TEXT NOT NULL,
    status          TEXT NOT NULL,           -- bot/domain/recovery.py
    factors         TEXT NOT NULL DEFAULT '',  -- what was shown, separated by blanks
    phrase          BYTEA,                   -- (sealed) what the note on the selfie has to say
    round           BIGINT NOT NULL DEFAULT 0,  -- rises with every submission
    part            TEXT NOT NULL DEFAULT '',  -- the picture asked for again
    reason          TEXT NOT NULL DEFAULT '',
    words           BYTEA,                   -- (sealed) the agent's own words
    ticket          BIGINT,
    opened_at       BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    expires_at      BIGINT                   -- of this status
);
CREATE UNIQUE INDEX recoveries_live ON recoveries (chat, account)
    WHERE status IN ('checking', 'identity', 'review', 'again', 'approved');
CREATE INDEX recoveries_account ON recoveries (account);
CREATE INDEX recoveries_ticket ON recoveries (ticket);
CREATE INDEX recoveries_due ON recoveries (expires_at);
CREATE TABLE approvals (
    recovery        BIGINT NOT NULL REFERENCES recoveries (id),
    round           BIGINT NOT NULL,
    agent           BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (recovery, round, agent)
);

-- Identity pictures, each sealed with a key of its own; and the addresses under which an agent sees one, once.
CREATE TABLE pictures (
    id              BIGINT PRIMARY KEY,
    recovery        BIGINT NOT NULL REFERENCES recoveries (id),
    part            TEXT NOT NULL,           -- front, back, selfie
    file_key        BYTEA NOT NULL,          -- (sealed)
    content         BYTEA NOT NULL,          -- (sealed) a JPEG that we have encoded ourselves
    at              BIGINT NOT NULL,
    dead_at         BIGINT                   -- another one took its place
);
CREATE INDEX pictures_recovery ON pictures (recovery);
CREATE TABLE picture_views (
    id              BIGINT PRIMARY KEY,
    token_hash      BYTEA NOT NULL,          -- (hash)
    picture         BIGINT NOT NULL REFERENCES pictures (id),
    agent           BIGINT NOT NULL,
    name            BYTEA NOT NULL,          -- (sealed) stands across the picture
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE UNIQUE INDEX picture_views_token ON picture_views (token_hash);
CREATE INDEX picture_views_picture ON picture_views (picture);
