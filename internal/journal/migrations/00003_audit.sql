-- What the audit log asks, and how far each webhook has got. The organization is in every primary key.

-- +goose Up
CREATE INDEX activity_subject ON activity (organization, subject, at, batch, part);

CREATE TABLE webhook (
    organization TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    epoch        BIGINT NOT NULL CHECK (epoch >= 0 AND epoch < 9007199254740992),
    revision     BIGINT NOT NULL CHECK (revision >= 0 AND revision < 9007199254740992),
    delivered    BIGINT NOT NULL CHECK (delivered >= 0 AND delivered < 9007199254740992),
    failures     BIGINT NOT NULL CHECK (failures >= 0 AND failures < 2147483648),
    failing      BIGINT NOT NULL CHECK (failing >= 0 AND failing < 253402300800000000),
    due          BIGINT NOT NULL CHECK (due >= 0 AND due < 253402300800000000),
    PRIMARY KEY (organization, id)
);

CREATE TABLE webhook_delivery (
    organization TEXT   NOT NULL,
    webhook      TEXT   NOT NULL,
    at           BIGINT NOT NULL CHECK (at >= 0 AND at < 253402300800000000),
    message      TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    attempt      BIGINT NOT NULL CHECK (attempt >= 0 AND attempt < 2147483648),
    status       BIGINT NOT NULL CHECK (status >= 0 AND status < 2147483648),
    error        TEXT   NOT NULL,
    took         BIGINT NOT NULL CHECK (took >= 0 AND took < 253402300800000000),
    PRIMARY KEY (organization, webhook, at, message)
);

-- +goose Down
DROP TABLE webhook_delivery;
DROP TABLE webhook;
DROP INDEX activity_subject;
