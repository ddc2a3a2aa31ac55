-- Wishes of agents that the closed checks of an account be opened again: each waits for a second agent.
CREATE TABLE new_tries (
    account         BIGINT PRIMARY KEY REFERENCES accounts (id),
    ticket          BIGINT NOT NULL,
    agent           BIGINT NOT NULL,
    at              BIGINT NOT NULL
);
