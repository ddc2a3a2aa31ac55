-- What follows from a change: the hold, the freeze, and the way to say "this wasn't me".

-- The hold of an account: withdrawals and selling wait until then (bot/db/holds.py is its only writer).
CREATE TABLE holds (
    account         BIGINT PRIMARY KEY REFERENCES accounts (id),
    chat            BIGINT NOT NULL,         -- where the change was made: told when it ends
    lang            TEXT NOT NULL,
    cause           TEXT NOT NULL,           -- the latest change that began or prolonged it
    since           BIGINT NOT NULL,
    until           BIGINT NOT NULL,         -- never moves back
    ended_at        BIGINT                   -- when its end was told
);
CREATE INDEX holds_due ON holds (until);

-- Withdrawals and selling are stopped until an agent has looked (bot/db/freezes.py is its only writer).
CREATE TABLE freezes (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL REFERENCES accounts (id),
    cause           TEXT NOT NULL,
    since           BIGINT NOT NULL,
    lifted_at       BIGINT,
    lifted_by       TEXT
);
CREATE UNIQUE INDEX freezes_open ON freezes (account) WHERE lifted_at IS NULL;

-- "This wasn't me": one address a notice.
CREATE TABLE disputes (
    id              BIGINT PRIMARY KEY,
    token_hash      BYTEA NOT NULL,          -- (hash)
    token           BYTEA,                   -- (sealed) to show the address again; gone once used
    account         BIGINT NOT NULL,
    what            TEXT NOT NULL,           -- the change that was told
    way             TEXT NOT NULL,           -- sms, email, telegram: how it was told
    chat            BIGINT NOT NULL,         -- 0 unless it was told in a chat
    lang            TEXT NOT NULL,
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE UNIQUE INDEX disputes_token ON disputes (token_hash);
CREATE INDEX disputes_chat ON disputes (chat, id);

-- A ticket may begin on a page, before its person has come to the chat: chat is 0 until then.
ALTER TABLE tickets ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;
DROP INDEX tickets_open;
CREATE UNIQUE INDEX tickets_open ON tickets (chat) WHERE status = 'open' AND chat <> 0;
ALTER TABLE links ADD COLUMN ticket BIGINT;

-- The other protections.
ALTER TABLE accounts ADD COLUMN trading TEXT;              -- argon2id
ALTER TABLE accounts ADD COLUMN trading_at BIGINT;
ALTER TABLE accounts ADD COLUMN phrase BYTEA;              -- (sealed) stands in every SMS and letter
CREATE TABLE recovery_codes (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL REFERENCES accounts (id),
    code_hash       BYTEA NOT NULL,          -- (hash) 120 random bits, so that a keyed hash is enough
    made_at         BIGINT NOT NULL,
    used_at         BIGINT,
    dead_at         BIGINT                   -- newer ones were made, or the authenticator is another one
);
CREATE UNIQUE INDEX recovery_codes_code ON recovery_codes (account, code_hash);

-- What was given in a form and waits for the turn that writes it.
CREATE TABLE secrets (
    id              BIGINT PRIMARY KEY,
    chat            BIGINT NOT NULL,
    account         BIGINT NOT NULL,
    kind            TEXT NOT NULL,           -- trading, phrase
    value           BYTEA,                   -- (sealed) gone once used
    at              BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE INDEX secrets_chat ON secrets (chat, id);
ALTER TABLE forms ADD COLUMN account BIGINT;               -- whom it was opened for, where somebody was signed in
