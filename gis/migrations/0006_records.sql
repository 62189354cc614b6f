-- What reading and changing records needs: masking, the order of lists, and outcomes in the log.
SET LOCAL ROLE wangge_owner;

-- Phone numbers leave the database like this: 100****0001; short ones show two digits, very short ones none.
CREATE FUNCTION gis.masked_phone(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    SELECT CASE WHEN length(phone) >= 11 THEN left(phone, 3) || repeat('*', length(phone) - 7) || right(phone, 4)
                WHEN length(phone) >= 6 THEN repeat('*', length(phone) - 2) || right(phone, 2)
                ELSE repeat('*', length(phone)) END
    $$;

-- Lists go by these orders, page by page.
DROP INDEX gis.household_grid;
CREATE INDEX household_grid ON gis.household (grid_code, id);
CREATE INDEX household_present ON gis.household (grid_code, id) WHERE until IS NULL;
CREATE INDEX dispute_accepted ON gis.dispute (accepted_at, id);

ALTER TABLE gis.dispute_event ADD COLUMN succeeded boolean CHECK (succeeded IS NULL OR to_state = 'close');
COMMENT ON COLUMN gis.dispute_event.succeeded IS 'outcome of the mediation, said at each closing; a dispute may be closed again';

CREATE UNIQUE INDEX staff_post_one_open ON gis.staff_post (staff_id, grid_code, role) WHERE until IS NULL;
