-- How a person found the help that they got; asked once, after a human has solved the ticket.
ALTER TABLE tickets ADD COLUMN rating BIGINT;              -- 1 to 5
ALTER TABLE tickets ADD COLUMN rating_message BIGINT;      -- the message that asked
ALTER TABLE tickets ADD COLUMN comment BYTEA;              -- (sealed)
