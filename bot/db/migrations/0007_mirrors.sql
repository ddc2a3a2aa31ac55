-- Tickets in another system (Zendesk, Zammad): the twin of each, and what was said on which side.
ALTER TABLE tickets ADD COLUMN unmirrored BIGINT NOT NULL DEFAULT 1;   -- something of it was written since the mirror looked
CREATE INDEX tickets_unmirrored ON tickets (unmirrored) WHERE unmirrored = 1;

CREATE TABLE mirrors (
    ticket          BIGINT PRIMARY KEY REFERENCES tickets (id),
    twin            TEXT NOT NULL DEFAULT '',    -- the other system's id of it; empty until it is known
    before          TEXT NOT NULL DEFAULT '',    -- the twin before, which was closed for good there
    tries           BIGINT NOT NULL DEFAULT 1,   -- twins that were made or are being made
    seen            TEXT NOT NULL DEFAULT '',    -- how the twin stood when we last knew, in their words
    told            TEXT NOT NULL DEFAULT '',    -- how the ticket stood then, in ours
    priority        TEXT NOT NULL DEFAULT '',    -- as it was told last
    tags            TEXT NOT NULL DEFAULT '',
    assignee        BIGINT,
    hands           BIGINT NOT NULL DEFAULT 0,   -- how often it was told who has the ticket
    refused         TEXT NOT NULL DEFAULT '',    -- why the last try was refused, if it was
    gone            BIGINT NOT NULL DEFAULT 0    -- 1: the twin was deleted there; nothing follows any more
);
CREATE INDEX mirrors_twin ON mirrors (twin);

-- Comments over there, each once: ours that went out, and theirs that came in.
CREATE TABLE mirror_comments (
    mark            TEXT PRIMARY KEY,        -- twin:..., text:<row>, hands:..., word:<post>, unsent:<row>, failed:<row>, theirs:...
    ticket          BIGINT NOT NULL REFERENCES tickets (id),
    comment         TEXT NOT NULL,           -- the other system's id of it
    status          TEXT NOT NULL,           -- trying, sent, refused, taken
    at              BIGINT NOT NULL
);
CREATE INDEX mirror_comments_ticket ON mirror_comments (ticket, comment);
