-- A publication whose legal date lies ahead: its draft waits, and nobody changes it meanwhile.
SET LOCAL ROLE wangge_owner;

ALTER TABLE boundaries.draft
    DROP CONSTRAINT draft_state_check,
    DROP CONSTRAINT draft_check1,
    ADD COLUMN publish_on date,
    ADD COLUMN publish_by text,
    ADD CONSTRAINT draft_state_check CHECK (state IN ('open', 'waiting', 'published', 'dropped')),
    ADD CONSTRAINT draft_ended CHECK ((state IN ('open', 'waiting')) = (ended_at IS NULL)),
    ADD CONSTRAINT draft_publish_by CHECK ((publish_on IS NULL) = (publish_by IS NULL)),
    ADD CONSTRAINT draft_waiting CHECK (state <> 'waiting' OR publish_on IS NOT NULL);
CREATE UNIQUE INDEX draft_one_waiting ON boundaries.draft (state) WHERE state = 'waiting';
COMMENT ON COLUMN boundaries.draft.publish_on IS 'legal date on which it is published by itself';
COMMENT ON COLUMN boundaries.draft.publish_by IS 'who had it published on that day';
