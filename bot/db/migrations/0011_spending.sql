-- What text messages cost, a row a UTC day and country and one a day for all of them together (region ''). Money in
-- ten-thousandths of the currency (bot/domain/spending.py). bot/db/spending.py is the only writer.
CREATE TABLE sms_days (
    day             BIGINT NOT NULL,         -- days since 1970
    region          TEXT NOT NULL,
    sent            BIGINT NOT NULL,         -- counted before they are sent
    spent           BIGINT NOT NULL,
    told_at         BIGINT,                  -- when the operators were told that the day bears no more
    PRIMARY KEY (day, region)
);

-- How many of the codes to neighbouring numbers are entered tells a pump from people.
ALTER TABLE codes ADD COLUMN prefix_hash BYTEA;            -- (hash) of the number less its last digits; SMS only
CREATE INDEX codes_prefix ON codes (prefix_hash, made_at);
