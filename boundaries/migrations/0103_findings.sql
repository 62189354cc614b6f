-- What is wrong with a draft, as rows, so that whoever edits it sees it; and which save it was that was judged.
SET LOCAL ROLE wangge_owner;

ALTER TABLE boundaries.draft ADD COLUMN validated_rev int CHECK (validated_rev <= rev);
COMMENT ON COLUMN boundaries.draft.validated_rev IS 'the save that was judged last; older than rev: judge again';

CREATE TABLE boundaries.finding (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    rev int NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('error', 'warning')),
    codes text[] NOT NULL,
    size double precision CHECK (size >= 0),
    unit text CHECK (unit IN ('m2', 'm')),
    message_zh text NOT NULL,
    message_en text NOT NULL,
    action_zh text NOT NULL,
    action_en text NOT NULL,
    geom geometry(Geometry, 4490)
);
CREATE INDEX finding_draft ON boundaries.finding (draft_id);
COMMENT ON TABLE boundaries.finding IS 'Findings of the last judgement of each draft: errors forbid publishing, warnings do not';
GRANT SELECT, INSERT, UPDATE, DELETE ON boundaries.finding TO wangge_service;
