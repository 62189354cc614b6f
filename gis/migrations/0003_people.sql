-- Households, units, assignments, ratings, staff, centres. Personal tables are guarded by row policies.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.hamlet (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    village gis.grid_code NOT NULL,
    name text NOT NULL,
    geom geometry(Point, 4490) NOT NULL
);

CREATE TABLE gis.unit (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code gis.unit_code NOT NULL,
    grid_code text COLLATE "C" NOT NULL GENERATED ALWAYS AS (gis.parent_of(code)) STORED,
    name text NOT NULL,
    hamlet_id int REFERENCES gis.hamlet,
    size int NOT NULL CHECK (size > 0),
    geom geometry(MultiPolygon, 4490) NOT NULL,
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition,
    CHECK (edition_to > edition_from),
    CONSTRAINT unit_one_version EXCLUDE USING gist (code WITH =, int4range(edition_from, edition_to) WITH &&)
);
CREATE INDEX unit_geom ON gis.unit USING gist (geom);
CREATE INDEX unit_grid ON gis.unit (grid_code);
COMMENT ON TABLE gis.unit IS 'Neighbour units (十联户); a row stands for editions [edition_from, edition_to); codes are never renumbered';

CREATE FUNCTION gis.unit_at(edition int) RETURNS SETOF gis.unit
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM gis.unit WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;

CREATE TABLE gis.household (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hamlet_id int REFERENCES gis.hamlet,
    head_name text NOT NULL,
    phone text,
    members int NOT NULL DEFAULT 1 CHECK (members > 0),
    address text NOT NULL DEFAULT '',
    geom geometry(Point, 4490) NOT NULL,
    grid_code gis.grid_code NOT NULL,
    since date NOT NULL DEFAULT current_date,
    until date CHECK (until >= since),
    CHECK (ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90)
);
CREATE INDEX household_geom ON gis.household USING gist (geom);
CREATE INDEX household_grid ON gis.household (grid_code);
COMMENT ON COLUMN gis.household.grid_code IS 'basic grid in the current edition: the open assignment, kept here for row policies';

CREATE TABLE gis.assignment (
    household_id uuid NOT NULL REFERENCES gis.household,
    grid_code gis.grid_code NOT NULL,
    unit_code gis.unit_code,
    how text NOT NULL CHECK (how IN ('inside', 'border', 'by hand')),
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition,
    PRIMARY KEY (household_id, edition_from),
    CHECK (edition_to > edition_from)
);
CREATE INDEX assignment_grid ON gis.assignment (grid_code);
CREATE INDEX assignment_unit ON gis.assignment (unit_code);
COMMENT ON TABLE gis.assignment IS 'Household → grid and unit for editions [edition_from, edition_to)';

CREATE FUNCTION gis.assignment_at(edition int) RETURNS SETOF gis.assignment
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM gis.assignment WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;

CREATE TABLE gis.unit_head (
    unit_code gis.unit_code NOT NULL,
    household_id uuid NOT NULL REFERENCES gis.household,
    since date NOT NULL,
    until date CHECK (until >= since),
    PRIMARY KEY (unit_code, since)
);

CREATE TABLE gis.risk_rating (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    household_id uuid NOT NULL REFERENCES gis.household,
    level text NOT NULL CHECK (level IN ('red', 'yellow', 'green')),
    reason text NOT NULL,
    rated_by text NOT NULL,
    rated_at timestamptz NOT NULL,
    review_on date,
    ended_at timestamptz CHECK (ended_at >= rated_at)
);
CREATE UNIQUE INDEX risk_rating_one_open ON gis.risk_rating (household_id) WHERE ended_at IS NULL;
CREATE INDEX risk_rating_household ON gis.risk_rating (household_id);
COMMENT ON TABLE gis.risk_rating IS 'Ratings with history; a household without an open row has no rating, which is not green';

CREATE TABLE gis.staff (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    phone text,
    employment text NOT NULL CHECK (employment IN ('full_time', 'part_time'))
);
CREATE TABLE gis.staff_post (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id int NOT NULL REFERENCES gis.staff,
    grid_code gis.grid_code NOT NULL,
    role text NOT NULL CHECK (role <> ''),
    since date NOT NULL,
    until date CHECK (until >= since)
);
CREATE INDEX staff_post_grid ON gis.staff_post (grid_code);
CREATE INDEX staff_post_staff ON gis.staff_post (staff_id);
COMMENT ON TABLE gis.staff_post IS 'Roster: who serves which grid in which role, with dates';

CREATE TABLE gis.centre (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grid_code gis.grid_code NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    phone text,
    geom geometry(Point, 4490) NOT NULL,
    since date NOT NULL,
    until date CHECK (until >= since)
);
CREATE INDEX centre_geom ON gis.centre USING gist (geom);
CREATE INDEX centre_grid ON gis.centre (grid_code);

ALTER TABLE gis.household ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.household FORCE ROW LEVEL SECURITY;
CREATE POLICY household_scope ON gis.household
    USING (grid_code::text ^@ ANY ((SELECT gis.scope())::text[]));
ALTER TABLE gis.assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY assignment_scope ON gis.assignment
    USING (grid_code::text ^@ ANY ((SELECT gis.scope())::text[]));
ALTER TABLE gis.unit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.unit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_head_scope ON gis.unit_head
    USING (unit_code::text ^@ ANY ((SELECT gis.scope())::text[]));
-- A rating is seen by whoever sees its household: the inner query is itself under the household's policy.
ALTER TABLE gis.risk_rating ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.risk_rating FORCE ROW LEVEL SECURITY;
CREATE POLICY risk_rating_scope ON gis.risk_rating
    USING (EXISTS (SELECT FROM gis.household AS h WHERE h.id = household_id));
