-- Keys that can be rotated, and an audit that shows when somebody has changed it.

-- The audit (bot/db/audit.py is its only writer). Each row carries a MAC over itself and over the MAC of the row before it;
-- 0010_keys.sqlite.sql and 0010_keys.postgresql.sql refuse to change a row. People stand in it under pseudonyms.
ALTER TABLE audit RENAME TO audit_before;   -- the first start carries its rows over
DROP INDEX audit_chat;
CREATE TABLE audit (
    seq             BIGINT NOT NULL PRIMARY KEY,  -- 1, 2, 3, ... without a gap
    at              BIGINT NOT NULL,
    actor           TEXT NOT NULL,           -- person, agent:<id>, system, website, operator
    person          BIGINT,                  -- (pseudonym) of the chat it is about
    account         BIGINT,                  -- (pseudonym) of the account it is about
    action          TEXT NOT NULL,
    outcome         TEXT NOT NULL,           -- done, refused; carried over: from before there was a chain
    detail          TEXT NOT NULL,           -- canonical JSON
    key_version     BIGINT NOT NULL,
    prev            BYTEA NOT NULL,          -- the MAC of the row before
    mac             BYTEA NOT NULL
);
CREATE INDEX audit_person ON audit (person);
CREATE INDEX audit_account ON audit (account);

-- Who a pseudonym of the audit is. Without its row nobody can tell any more, and the chain is as good as before.
CREATE TABLE subjects (
    pseudonym       BIGINT PRIMARY KEY,      -- random
    kind            TEXT NOT NULL,           -- chat, account
    id              BIGINT NOT NULL
);
CREATE UNIQUE INDEX subjects_id ON subjects (kind, id);

-- Keys that something in this database needs (bot/db/keyring.py): without one of them nothing starts.
CREATE TABLE key_versions (
    job             TEXT NOT NULL,           -- field, index, audit
    version         BIGINT NOT NULL,
    check_value     BYTEA NOT NULL,          -- tells another key of the same version from this one
    since           BIGINT NOT NULL,
    retired_at      BIGINT,                  -- nothing is left under it
    PRIMARY KEY (job, version)
);
-- Which keys each process knows that was started and not stopped.
CREATE TABLE keyrings (
    worker          BIGINT PRIMARY KEY,
    at              BIGINT NOT NULL,
    field           TEXT NOT NULL,           -- versions with blanks between
    index_keys      TEXT NOT NULL            -- likewise
);
