-- The spine. One text for SQLite and PostgreSQL: BIGINT, TEXT and BYTEA only; times are UTC epoch milliseconds; ids are made
-- by bot/db/ids.py. Columns marked (sealed) hold AES-256-GCM ciphertext, those marked (hash) a keyed HMAC-SHA-256
-- (bot/domain/vault.py).

CREATE TABLE accounts (
    id              BIGINT PRIMARY KEY,
    created_at      BIGINT NOT NULL,
    person_key      BYTEA NOT NULL,          -- (sealed) the account's own data key: destroying it destroys what it sealed
    email           BYTEA NOT NULL,          -- (sealed)
    email_hash      BYTEA NOT NULL,          -- (hash)
    email_at        BIGINT NOT NULL,
    password        TEXT NOT NULL,           -- argon2id
    password_at     BIGINT NOT NULL,
    phone           BYTEA,                   -- (sealed)
    phone_hash      BYTEA,                   -- (hash)
    phone_at        BIGINT,
    totp            BYTEA,                   -- (sealed)
    totp_at         BIGINT,
    totp_step       BIGINT NOT NULL DEFAULT 0,  -- the last accepted time step (RFC 6238 section 5.2: never twice)
    new_totp        BYTEA,                   -- (sealed) a key that waits for its first code
    new_totp_at     BIGINT,
    new_totp_step   BIGINT                   -- the step of its accepted first code
);
CREATE UNIQUE INDEX accounts_email ON accounts (email_hash);
CREATE UNIQUE INDEX accounts_phone ON accounts (phone_hash);

CREATE TABLE people (
    chat            BIGINT PRIMARY KEY,      -- the Telegram user, whose private chat has the same id
    lang            TEXT NOT NULL,
    name            BYTEA,                   -- (sealed) as Telegram tells it, for the agents' card
    blocked_at      BIGINT,
    seen_at         BIGINT NOT NULL
);

CREATE TABLE sessions (
    chat            BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL REFERENCES accounts (id),
    since           BIGINT NOT NULL,
    via             TEXT NOT NULL
);

CREATE TABLE conversations (
    chat            BIGINT PRIMARY KEY,
    snapshot        BYTEA NOT NULL,          -- (sealed)
    due_at          BIGINT,                  -- when Idle falls due
    turn            BIGINT NOT NULL,
    last_tap        TEXT NOT NULL DEFAULT '',  -- callback data of the tap that led to the live screen
    screen          BIGINT,                  -- message id of the live screen, once Telegram has told it
    keyboard        BIGINT NOT NULL DEFAULT 0  -- 1 while a reply keyboard stands in the chat
);
CREATE INDEX conversations_due ON conversations (due_at);

-- What came in. A row is taken once: the turn that handles it sets done_at in the same transaction.
CREATE TABLE inbox (
    id              BIGINT PRIMARY KEY,
    source          TEXT NOT NULL,           -- telegram, form, timer, courier, desk
    source_key      TEXT NOT NULL,           -- update id, form id, ...: the same thing never enters twice
    lane            BIGINT NOT NULL,         -- the chat whose turn it is
    payload         BYTEA,                   -- (sealed) gone once done
    received_at     BIGINT NOT NULL,
    tries           BIGINT NOT NULL DEFAULT 0,
    done_at         BIGINT,
    aside_at        BIGINT,                  -- put aside after too many tries
    error           TEXT
);
CREATE UNIQUE INDEX inbox_source ON inbox (source, source_key);
CREATE INDEX inbox_waiting ON inbox (lane, id) WHERE done_at IS NULL AND aside_at IS NULL;

-- What goes out. Rows of one lane leave in order of id; status: waiting, sent, failed, dropped.
CREATE TABLE outbox (
    id              BIGINT PRIMARY KEY,
    channel         TEXT NOT NULL,           -- telegram, sms, email
    lane            TEXT NOT NULL,
    chat            BIGINT,                  -- the Telegram chat, or the person an SMS or email is for
    kind            TEXT NOT NULL,           -- screen, notice, toast, delete, copy, card, ... (bot/outbox.py)
    priority        BIGINT NOT NULL DEFAULT 0,
    body            BYTEA,                   -- (sealed) gone once done
    keys            TEXT NOT NULL DEFAULT '',  -- templates shown, for tests and the journal
    merge           TEXT NOT NULL DEFAULT '',  -- of several waiting rows with the same mark only the last is sent
    ref             BIGINT,                  -- the code, ticket message or ticket that the answer belongs to
    status          TEXT NOT NULL DEFAULT 'waiting',
    tries           BIGINT NOT NULL DEFAULT 0,
    due_at          BIGINT NOT NULL,
    made_at         BIGINT NOT NULL,
    done_at         BIGINT,
    answer          BIGINT,                  -- message id that Telegram gave
    error           TEXT
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE status = 'waiting';
CREATE INDEX outbox_chat ON outbox (chat, id);

-- One-time codes. subject is an account or a sign-up. Status: live, accepted, used, dead, superseded.
CREATE TABLE codes (
    id              BIGINT PRIMARY KEY,
    subject         BIGINT NOT NULL,
    purpose         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    chat            BIGINT NOT NULL,
    destination     BYTEA NOT NULL,          -- (sealed) exactly the number or address the code went to
    destination_hash BYTEA NOT NULL,         -- (hash)
    code_hash       BYTEA NOT NULL,          -- (hash) over challenge, subject, purpose, destination and code
    status          TEXT NOT NULL,
    tries           BIGINT NOT NULL DEFAULT 0,
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    accepted_at     BIGINT,
    used_at         BIGINT
);
CREATE UNIQUE INDEX codes_live ON codes (subject, purpose) WHERE status = 'live';
CREATE INDEX codes_subject ON codes (subject, made_at);

-- A factor that was proved, for one purpose, once.
CREATE TABLE proofs (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL,
    chat            BIGINT NOT NULL,
    purpose         TEXT NOT NULL,
    factor          TEXT NOT NULL,           -- email, sms, totp
    at              BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE INDEX proofs_account ON proofs (account, purpose, at);

-- The limiter's memory (bot/db/limits.py is its only writer).
CREATE TABLE hits (
    id              BIGINT PRIMARY KEY,
    scope           TEXT NOT NULL,
    key             BYTEA NOT NULL,          -- (hash)
    at              BIGINT NOT NULL
);
CREATE INDEX hits_key ON hits (scope, key, at);
CREATE TABLE locks (
    scope           TEXT NOT NULL,
    key             BYTEA NOT NULL,          -- (hash)
    failures        BIGINT NOT NULL,         -- consecutive, across codes
    until           BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);

-- One-time forms, deep links, and what was given in the form until the second check is passed.
CREATE TABLE forms (
    id              BIGINT PRIMARY KEY,
    token_hash      BYTEA NOT NULL,          -- (hash)
    token           BYTEA,                   -- (sealed) to show the address again; gone once used
    kind            TEXT NOT NULL,           -- signin, signup
    chat            BIGINT NOT NULL,
    lang            TEXT NOT NULL,
    browser_hash    BYTEA,                   -- (hash) the browser that opened it first
    tries           BIGINT NOT NULL DEFAULT 0,
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE UNIQUE INDEX forms_token ON forms (token_hash);
CREATE INDEX forms_chat ON forms (chat);
CREATE TABLE logins (
    id              BIGINT PRIMARY KEY,
    chat            BIGINT NOT NULL,
    account         BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE INDEX logins_chat ON logins (chat, id);
CREATE TABLE signups (
    id              BIGINT PRIMARY KEY,
    chat            BIGINT NOT NULL,
    email           BYTEA NOT NULL,          -- (sealed)
    email_hash      BYTEA NOT NULL,          -- (hash)
    password        TEXT NOT NULL,
    at              BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    proved_at       BIGINT,
    used_at         BIGINT
);
CREATE INDEX signups_chat ON signups (chat, id);
CREATE TABLE links (
    id              BIGINT PRIMARY KEY,
    payload_hash    BYTEA NOT NULL,          -- (hash)
    account         BIGINT NOT NULL,
    made_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    opened_at       BIGINT,
    opened_by       BIGINT,
    used_at         BIGINT
);
CREATE UNIQUE INDEX links_payload ON links (payload_hash);

-- The desk. A forum is named by the id in the settings; Telegram may give it another one.
CREATE TABLE forums (
    configured      BIGINT PRIMARY KEY,
    current         BIGINT NOT NULL,
    flat_since      BIGINT                   -- topics were switched off: post without a thread
);
CREATE TABLE tickets (
    id              BIGINT PRIMARY KEY,
    number          BIGINT NOT NULL,
    chat            BIGINT NOT NULL,
    account         BIGINT,
    reason          TEXT NOT NULL,
    place           TEXT NOT NULL,           -- flow/state the person came from
    lang            TEXT NOT NULL,
    facts           BYTEA NOT NULL,          -- (sealed) what the card shows
    status          TEXT NOT NULL,           -- open, closed
    thread          BIGINT,                  -- the topic, once Telegram has made it
    card            BIGINT,                  -- message id of the card
    opened_at       BIGINT NOT NULL,
    closed_at       BIGINT,
    closed_by       TEXT
);
CREATE UNIQUE INDEX tickets_number ON tickets (number);
CREATE UNIQUE INDEX tickets_open ON tickets (chat) WHERE status = 'open';
CREATE INDEX tickets_thread ON tickets (thread);
CREATE TABLE ticket_messages (
    id              BIGINT PRIMARY KEY,
    ticket          BIGINT NOT NULL REFERENCES tickets (id),
    side            TEXT NOT NULL,           -- user, agent
    author          BIGINT NOT NULL,
    user_message    BIGINT,                  -- message id in the person's chat
    desk_message    BIGINT,                  -- message id in the topic
    status          TEXT NOT NULL,           -- waiting, delivered, failed
    at              BIGINT NOT NULL
);
CREATE INDEX ticket_messages_user ON ticket_messages (ticket, user_message);
CREATE INDEX ticket_messages_desk ON ticket_messages (ticket, desk_message);

-- What happened, edge by edge; no personal data in clear.
CREATE TABLE audit (
    id              BIGINT PRIMARY KEY,
    at              BIGINT NOT NULL,
    chat            BIGINT,
    account         BIGINT,
    actor           TEXT NOT NULL,           -- person, agent:<id>, system
    action          TEXT NOT NULL,
    detail          TEXT NOT NULL
);
CREATE INDEX audit_chat ON audit (chat, id);
