-- Repairs, review and rebase of drafts.
SET LOCAL ROLE wangge_owner;

-- Outlines that a repair wrote: as long as they stand as they were written, they are nobody's edit.
CREATE TABLE boundaries.repaired (
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    code gis.grid_code NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (draft_id, code)
);
COMMENT ON TABLE boundaries.repaired IS 'Grids of a draft whose outline a repair wrote, with the MD5 of its WKB';

-- A save moves rev on, and with it ends what was submitted or approved before: the columns name the save they were about.
ALTER TABLE boundaries.draft
    ADD COLUMN submitted_rev int CHECK (submitted_rev <= rev),
    ADD COLUMN submitted_by text,
    ADD COLUMN approved_rev int CHECK (approved_rev <= rev),
    ADD COLUMN approved_by text,
    ADD CHECK ((submitted_rev IS NULL) = (submitted_by IS NULL)),
    ADD CHECK ((approved_rev IS NULL) = (approved_by IS NULL));

CREATE TABLE boundaries.draft_comment (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    rev int NOT NULL,
    author text NOT NULL CHECK (author <> ''),
    written_at timestamptz NOT NULL DEFAULT now(),
    body text NOT NULL CHECK (body <> ''),
    code gis.grid_code,
    geom geometry(Point, 4490)
);
CREATE INDEX draft_comment_draft ON boundaries.draft_comment (draft_id);

-- Grids that both a draft and an edition published since it was opened have changed.
CREATE TABLE boundaries.conflict (
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    code gis.grid_code NOT NULL,
    edition int NOT NULL REFERENCES gis.edition,
    resolution text CHECK (resolution IN ('mine', 'theirs')),
    resolved_by text,
    PRIMARY KEY (draft_id, code),
    CHECK ((resolution IS NULL) = (resolved_by IS NULL))
);
COMMENT ON TABLE boundaries.conflict IS 'Found by rebase; one that is not resolved blocks publishing';

GRANT SELECT, INSERT, UPDATE, DELETE
    ON boundaries.repaired, boundaries.draft_comment, boundaries.conflict TO wangge_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA boundaries TO wangge_service;
