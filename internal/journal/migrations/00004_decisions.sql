-- On which facts an activity was decided, and how long it took: what gates tell. A revision of 0 is none.

-- +goose Up
ALTER TABLE activity ADD COLUMN revision BIGINT NOT NULL DEFAULT 0 CHECK (revision >= 0 AND revision < 9007199254740992);
ALTER TABLE activity ADD COLUMN took BIGINT NOT NULL DEFAULT 0 CHECK (took >= 0 AND took < 253402300800000000);

-- +goose Down
ALTER TABLE activity DROP COLUMN took;
ALTER TABLE activity DROP COLUMN revision;
