-- Accounts that are kept by the exchange's own system are mirrored here.
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;  -- grows with every change; the mirror never goes back

-- What the account system of these tables has answered over HTTP, so that a request that is repeated is carried out once.
CREATE TABLE answers (
    idempotency_key TEXT PRIMARY KEY,
    request         BYTEA NOT NULL,          -- (hash)
    account         BIGINT,                  -- whose profile was the answer
    reason          TEXT NOT NULL,           -- why it was refused, if it was
    at              BIGINT NOT NULL
);
