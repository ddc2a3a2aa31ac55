-- Whether the live screen shows an authenticator's key: then it leaves the chat once another takes its place.
ALTER TABLE conversations ADD COLUMN secret BIGINT NOT NULL DEFAULT 0;
