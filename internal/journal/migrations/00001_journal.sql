-- One text for SQLite and PostgreSQL. Times are microseconds of UTC. A number has both bounds in a CHECK: SQLite would
-- otherwise take text into a BIGINT. The organization is in every key.

-- +goose Up
CREATE TABLE journal (
    organization  TEXT   NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1 AND revision < 9007199254740992),
    epoch         BIGINT NOT NULL CHECK (epoch >= 0 AND epoch < 9007199254740992),
    change        TEXT   NOT NULL,
    part          BIGINT NOT NULL CHECK (part >= 0 AND part < 9007199254740992),
    actor         TEXT   NOT NULL,
    via           TEXT   NOT NULL,
    request       TEXT   NOT NULL,
    at            BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    type          TEXT   NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 0 AND version < 2147483648),
    facts         BYTEA  NOT NULL,
    person        TEXT   NOT NULL,
    personal      BYTEA,
    salt          BYTEA,
    personal_hash BYTEA  NOT NULL,
    hash          BYTEA  NOT NULL,
    PRIMARY KEY (organization, revision)
);
CREATE UNIQUE INDEX journal_change ON journal (organization, change, part);
CREATE INDEX journal_person ON journal (organization, person) WHERE person <> '';

CREATE TABLE head (
    organization TEXT   NOT NULL PRIMARY KEY,
    revision     BIGINT NOT NULL CHECK (revision >= 0 AND revision < 9007199254740992),
    epoch        BIGINT NOT NULL CHECK (epoch >= 0 AND epoch < 9007199254740992),
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    hash         BYTEA  NOT NULL
);

CREATE TABLE snapshot (
    organization TEXT   NOT NULL,
    revision     BIGINT NOT NULL CHECK (revision >= 1 AND revision < 9007199254740992),
    epoch        BIGINT NOT NULL CHECK (epoch >= 0 AND epoch < 9007199254740992),
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    hash         BYTEA  NOT NULL,
    format       BIGINT NOT NULL CHECK (format >= 0 AND format < 2147483648),
    body         BYTEA  NOT NULL,
    PRIMARY KEY (organization, revision)
);

CREATE TABLE checkpoint (
    organization   TEXT   NOT NULL,
    epoch          BIGINT NOT NULL CHECK (epoch >= 0 AND epoch < 9007199254740992),
    revision       BIGINT NOT NULL CHECK (revision >= 0 AND revision < 9007199254740992),
    hash           BYTEA  NOT NULL,
    at             BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    activity_after BIGINT NOT NULL CHECK (activity_after >= 0 AND activity_after < 9007199254740992),
    activity_until BIGINT NOT NULL CHECK (activity_until >= 0 AND activity_until < 9007199254740992),
    activity_hash  BYTEA  NOT NULL,
    signer         BYTEA  NOT NULL,
    signature      BYTEA  NOT NULL,
    PRIMARY KEY (organization, revision, activity_until)
);

CREATE TABLE erased (
    organization TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    PRIMARY KEY (organization, person)
);

CREATE TABLE last_used (
    organization TEXT   NOT NULL,
    token        TEXT   NOT NULL,
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    PRIMARY KEY (organization, token)
);

CREATE TABLE activity_batch (
    organization TEXT   NOT NULL,
    batch        BIGINT NOT NULL CHECK (batch >= 1 AND batch < 9007199254740992),
    hash         BYTEA  NOT NULL,
    PRIMARY KEY (organization, batch)
);

CREATE TABLE activity (
    organization TEXT   NOT NULL,
    batch        BIGINT NOT NULL CHECK (batch >= 1 AND batch < 9007199254740992),
    part         BIGINT NOT NULL CHECK (part >= 0 AND part < 9007199254740992),
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    subject      TEXT   NOT NULL,
    operation    TEXT   NOT NULL,
    resource     TEXT   NOT NULL,
    result       TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    times        BIGINT NOT NULL CHECK (times >= 1 AND times < 9007199254740992),
    via          TEXT   NOT NULL,
    request      TEXT   NOT NULL,
    PRIMARY KEY (organization, batch, part)
);
CREATE INDEX activity_at ON activity (organization, at, batch, part);

-- +goose Down
DROP TABLE activity;
DROP TABLE activity_batch;
DROP TABLE last_used;
DROP TABLE erased;
DROP TABLE checkpoint;
DROP TABLE snapshot;
DROP TABLE head;
DROP TABLE journal;
