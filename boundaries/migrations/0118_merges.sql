-- A rebase merges two edits of one grid field by field: a conflict names what both changed. And it ends the way back:
-- what an earlier save found was over another edition, so putting it back would undo what others published since.
SET LOCAL ROLE wangge_owner;

ALTER TABLE boundaries.conflict ADD COLUMN fields text[] NOT NULL DEFAULT '{name,outline}'
    CHECK (fields <> '{}' AND fields <@ '{existence,name,outline}');
ALTER TABLE boundaries.conflict ALTER COLUMN fields DROP DEFAULT;
COMMENT ON COLUMN boundaries.conflict.fields IS 'what both changed in different ways; the rest is merged';

ALTER TABLE boundaries.draft ADD COLUMN rebased_after int;
COMMENT ON COLUMN boundaries.draft.rebased_after IS 'the last save before the last rebase: it and earlier ones cannot be undone';

-- As before (0108), but no save goes on over a rebase.
CREATE OR REPLACE FUNCTION boundaries.save_of(draft int) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    last boundaries.save;
BEGIN
    SELECT s.* INTO last FROM boundaries.save AS s JOIN boundaries.draft AS d ON d.id = s.draft_id
    WHERE s.draft_id = draft AND s.id > coalesce(d.rebased_after, 0) ORDER BY s.id DESC LIMIT 1;
    IF last.xact = pg_current_xact_id() OR (
        last.kind = 'edit' AND last.undone_by IS NULL AND last.backend = pg_backend_pid() AND last.saved_by = session_user
        AND last.saved_at > clock_timestamp() - interval '2 seconds'
        AND EXISTS (SELECT FROM boundaries.draft AS d WHERE d.id = save_of.draft AND d.planner = session_user)
    ) THEN
        UPDATE boundaries.save SET saved_at = clock_timestamp() WHERE id = last.id;
        RETURN last.id;
    END IF;
    INSERT INTO boundaries.save (draft_id) VALUES (draft) RETURNING id INTO last.id;
    RETURN last.id;
END
$$;
