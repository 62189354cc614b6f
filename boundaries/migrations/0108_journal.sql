-- The journal of a draft: what every save found and left, so that saves can be taken back one by one.
SET LOCAL ROLE wangge_owner;

CREATE TABLE boundaries.save (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    kind text NOT NULL DEFAULT 'edit' CHECK (kind IN ('edit', 'undo', 'redo')),
    undone_by int REFERENCES boundaries.save,
    saved_by text NOT NULL DEFAULT session_user,
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    backend int NOT NULL DEFAULT pg_backend_pid(),
    CHECK (kind = 'edit' OR undone_by IS NULL)
);
CREATE INDEX save_draft ON boundaries.save (draft_id, id);
COMMENT ON TABLE boundaries.save IS 'Saves of a draft: a transaction each, but QGIS''s several transactions of one save are one';

CREATE TABLE boundaries.journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    save_id int NOT NULL REFERENCES boundaries.save ON DELETE CASCADE,
    code gis.grid_code NOT NULL,
    old_operation text,
    old_name text,
    old_geom geometry(MultiPolygon, 4490),
    old_fid int,
    new_operation text,
    new_name text,
    new_geom geometry(MultiPolygon, 4490),
    new_fid int
);
CREATE INDEX journal_save ON boundaries.journal (save_id, id);
COMMENT ON TABLE boundaries.journal IS 'A change before and after one statement of a save; without operation: no change of that code';
GRANT SELECT, INSERT, UPDATE ON boundaries.save TO wangge_service;
GRANT SELECT, INSERT ON boundaries.journal TO wangge_service;

-- The save that this statement belongs to: that of the transaction. What a planner's connection writes within two seconds
-- of its last statement is the same save too, as QGIS saves shapes, attributes, deletions and additions one after another.
CREATE FUNCTION boundaries.save_of(draft int) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    last boundaries.save;
BEGIN
    SELECT * INTO last FROM boundaries.save WHERE draft_id = draft ORDER BY id DESC LIMIT 1;
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

-- The first edition of a store is loaded, not drawn; nobody takes it back save by save.
CREATE FUNCTION boundaries.write_journal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    draft int;
    save int;
BEGIN
    FOR draft IN
        SELECT id FROM boundaries.draft WHERE base_edition IS NOT NULL AND id IN (SELECT draft_id FROM written)
    LOOP
        save := boundaries.save_of(draft);
        IF TG_OP = 'INSERT' THEN
            INSERT INTO boundaries.journal (save_id, code, new_operation, new_name, new_geom, new_fid)
            SELECT save, code, operation, name, geom, fid FROM written WHERE draft_id = draft;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO boundaries.journal (save_id, code, old_operation, old_name, old_geom, old_fid)
            SELECT save, code, operation, name, geom, fid FROM written WHERE draft_id = draft;
        ELSE
            INSERT INTO boundaries.journal
                (save_id, code, old_operation, old_name, old_geom, old_fid, new_operation, new_name, new_geom, new_fid)
            SELECT save, n.code, o.operation, o.name, o.geom, o.fid, n.operation, n.name, n.geom, n.fid
            FROM written AS n JOIN overwritten AS o USING (draft_id, code) WHERE n.draft_id = draft;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER journal_inserted AFTER INSERT ON boundaries.change REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.write_journal();
CREATE TRIGGER journal_updated AFTER UPDATE ON boundaries.change REFERENCING NEW TABLE AS written OLD TABLE AS overwritten
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.write_journal();
CREATE TRIGGER journal_deleted AFTER DELETE ON boundaries.change REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.write_journal();
