-- Several groups of agents: topics and messages are numbered within each, so what is kept of them names the group.
-- A group is named by its configured id; 0 where nothing is there yet.
ALTER TABLE tickets ADD COLUMN forum BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN lobby BIGINT NOT NULL DEFAULT 0;            -- 1: listed in the lobby, no topic of its own
ALTER TABLE ticket_messages ADD COLUMN forum BIGINT NOT NULL DEFAULT 0;    -- where desk_message is
ALTER TABLE forums ADD COLUMN full_since BIGINT;                           -- new topics go to the next group
DROP INDEX tickets_thread;
CREATE INDEX tickets_thread ON tickets (forum, thread);
CREATE INDEX tickets_lobby ON tickets (id) WHERE lobby = 1;
CREATE INDEX ticket_messages_group ON ticket_messages (forum, desk_message);

-- The lobby: where its topic is, and the message that lists who waits. One row at most.
CREATE TABLE lobby (
    id              BIGINT PRIMARY KEY,
    forum           BIGINT NOT NULL,
    thread          BIGINT,
    message         BIGINT
);

-- What waits until a ticket of the lobby has a topic has the status 'held'.
CREATE INDEX outbox_held ON outbox (lane, id) WHERE status = 'held';
