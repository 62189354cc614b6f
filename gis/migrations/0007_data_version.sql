-- Which state of the data a worker's memory holds: counters that grow with every commit that changes what workers keep.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.data_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    homes bigint NOT NULL DEFAULT 0,
    staff bigint NOT NULL DEFAULT 0,
    centres bigint NOT NULL DEFAULT 0
);
INSERT INTO gis.data_version DEFAULT VALUES;
COMMENT ON TABLE gis.data_version IS 'Commits so far that changed positions, grids and units of households; the roster; the centres';

CREATE UNLOGGED TABLE gis.data_touched (
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL CHECK (topic IN ('homes', 'staff', 'centres')),
    PRIMARY KEY (xact, topic)
);
COMMENT ON TABLE gis.data_touched IS 'What the running transactions have changed so far; empty between them';

CREATE FUNCTION gis.touch_data() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO gis.data_touched (topic) VALUES (TG_ARGV[0]) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Deferred: the one counting row is locked only while a transaction commits, never while an import runs, and as there
-- is only one, nobody can wait in a circle for it. A counter that is seen is therefore that of data that are seen.
CREATE FUNCTION gis.count_data_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM gis.data_touched WHERE xact = NEW.xact AND topic = NEW.topic;
    UPDATE gis.data_version SET homes = homes + (NEW.topic = 'homes')::int, staff = staff + (NEW.topic = 'staff')::int,
                                centres = centres + (NEW.topic = 'centres')::int;
    PERFORM pg_notify('wangge_data', NEW.topic);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER data_version_counts AFTER INSERT ON gis.data_touched DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION gis.count_data_version();

CREATE TRIGGER household_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF geom, until ON gis.household
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('homes');
CREATE TRIGGER assignment_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON gis.assignment
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('homes');
CREATE TRIGGER unit_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF code, name, edition_from, edition_to ON gis.unit
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('homes');
CREATE TRIGGER staff_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON gis.staff
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('staff');
CREATE TRIGGER staff_post_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON gis.staff_post
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('staff');
CREATE TRIGGER centre_version AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON gis.centre
    FOR EACH STATEMENT EXECUTE FUNCTION gis.touch_data('centres');

REVOKE INSERT, UPDATE, DELETE ON gis.data_version FROM wangge_service;
REVOKE ALL ON gis.data_touched FROM wangge_service;
