-- How often a check was closed for a day or longer since the last success: the next wrong guess closes it for longer.
ALTER TABLE locks ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;

-- How much is guessed at over all accounts is looked at every minute.
CREATE INDEX hits_scope ON hits (scope, at);
