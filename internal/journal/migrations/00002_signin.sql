-- What sign-in keeps beside history: none of it decides anything by itself. The organization is in every primary key; a
-- secret is looked for before its organization is known, so hashes are unique everywhere.

-- +goose Up
CREATE TABLE session (
    organization TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    previous     TEXT   NOT NULL,
    given        BIGINT NOT NULL CHECK (given >= 0 AND given < 253402300800000000),
    rights       TEXT   NOT NULL,
    started      BIGINT NOT NULL CHECK (started >= 0 AND started < 253402300800000000),
    seen         BIGINT NOT NULL CHECK (seen >= 0 AND seen < 253402300800000000),
    until        BIGINT NOT NULL CHECK (until >= 0 AND until < 253402300800000000),
    parent       TEXT   NOT NULL,
    audience     TEXT   NOT NULL,
    method       TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    agent        TEXT   NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX session_hash ON session (hash);
CREATE INDEX session_previous ON session (previous) WHERE previous <> '';
CREATE INDEX session_person ON session (organization, person);
CREATE INDEX session_until ON session (until);

CREATE TABLE secret (
    organization TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    value        BYTEA  NOT NULL,
    PRIMARY KEY (organization, id)
);

CREATE TABLE ticket (
    organization TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    until        BIGINT NOT NULL CHECK (until >= 0 AND until < 253402300800000000),
    body         BYTEA  NOT NULL,
    PRIMARY KEY (organization, hash)
);
CREATE UNIQUE INDEX ticket_hash ON ticket (hash);

CREATE TABLE outbox (
    organization TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    body         BYTEA  NOT NULL,
    due          BIGINT NOT NULL CHECK (due >= 0 AND due < 253402300800000000),
    attempts     BIGINT NOT NULL CHECK (attempts >= 0 AND attempts < 2147483648),
    last_error   TEXT   NOT NULL,
    dead         BIGINT NOT NULL CHECK (dead >= 0 AND dead < 253402300800000000),
    PRIMARY KEY (organization, id)
);
CREATE INDEX outbox_due ON outbox (due) WHERE dead = 0;

-- +goose Down
DROP TABLE outbox;
DROP TABLE ticket;
DROP TABLE secret;
DROP TABLE session;
