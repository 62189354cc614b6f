-- A draft's jurisdiction, and a number that moves on with every save, so that a judgement tells what it judged.
SET LOCAL ROLE wangge_owner;

ALTER TABLE boundaries.draft
    ADD COLUMN scope text COLLATE "C" NOT NULL DEFAULT '' CHECK (scope ~ '^([0-9]{6}([0-9]{3}){0,3}([0-9]{2})?)?$'),
    ADD COLUMN rev int NOT NULL DEFAULT 0;
COMMENT ON COLUMN boundaries.draft.scope IS 'code prefix that the draft is about; empty: the whole store';
COMMENT ON COLUMN boundaries.draft.rev IS 'moves on with every statement that writes changes of the draft';

CREATE FUNCTION boundaries.move_rev_on() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE boundaries.draft SET rev = rev + 1 WHERE id IN (SELECT draft_id FROM written);
    RETURN NULL;
END
$$;
CREATE TRIGGER change_inserted AFTER INSERT ON boundaries.change REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.move_rev_on();
CREATE TRIGGER change_updated AFTER UPDATE ON boundaries.change REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.move_rev_on();
CREATE TRIGGER change_deleted AFTER DELETE ON boundaries.change REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.move_rev_on();
