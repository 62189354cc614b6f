-- Planners: people who edit drafts in PostgreSQL under a login role of their own.
SET LOCAL ROLE wangge_owner;

CREATE TABLE boundaries.planner (
    login text COLLATE "C" PRIMARY KEY CHECK (login ~ '^[a-z][a-z0-9_]{1,30}$'),
    person text NOT NULL CHECK (person <> ''),
    scope text COLLATE "C" NOT NULL CHECK (scope ~ '^[0-9]{6}([0-9]{3}){0,3}([0-9]{2})?$'),
    added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE boundaries.planner IS 'Login role → person, and the code prefix below which the person may draw';
GRANT SELECT ON boundaries.planner TO wangge_service;

ALTER TABLE boundaries.draft
    ADD COLUMN planner text COLLATE "C" REFERENCES boundaries.planner ON DELETE SET NULL;
COMMENT ON COLUMN boundaries.draft.planner IS 'login role that sees and edits the draft through the views; null: files and HTTP only';
CREATE UNIQUE INDEX draft_one_per_planner ON boundaries.draft (planner) WHERE ended_at IS NULL;
