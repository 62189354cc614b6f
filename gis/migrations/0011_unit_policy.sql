-- What each county decided about its neighbour units, and what people did to them.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.unit_policy (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    county gis.grid_code NOT NULL CHECK (gis.level_of(county) = 2),
    target int NOT NULL,
    low int NOT NULL,
    high int NOT NULL,
    hard_low int NOT NULL,
    hard_high int NOT NULL,
    price_m float8 NOT NULL CHECK (price_m >= 0 AND price_m < 'Infinity'),
    far_m float8 NOT NULL CHECK (far_m > 0 AND far_m < 'Infinity'),
    set_by text NOT NULL CHECK (set_by <> ''),
    since timestamptz NOT NULL DEFAULT now(),
    CHECK (1 <= hard_low AND hard_low <= low AND low <= target AND target <= high AND high <= hard_high)
);
CREATE INDEX unit_policy_county ON gis.unit_policy (county, id);
COMMENT ON TABLE gis.unit_policy IS 'Sizes of neighbour units by county: the last row holds, those before it are its history; rows are never changed';
REVOKE UPDATE, DELETE, TRUNCATE ON gis.unit_policy FROM wangge_service;

CREATE TABLE gis.unit_change (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL CHECK (actor <> ''),
    kind text NOT NULL CHECK (kind IN ('repair', 'replan', 'import', 'paint', 'lock', 'unlock', 'barriers')),
    grid_code text COLLATE "C" NOT NULL,
    edition int REFERENCES gis.edition,
    note text NOT NULL DEFAULT '',
    opened text[] NOT NULL DEFAULT '{}',
    closed text[] NOT NULL DEFAULT '{}',
    units jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX unit_change_grid ON gis.unit_change (grid_code, id);
COMMENT ON TABLE gis.unit_change IS 'What was done to units between publications: by whom, when, in which grid (of any level), codes opened and closed; units: names, locks and heads changed by hand; rows are never changed';
REVOKE UPDATE, DELETE, TRUNCATE ON gis.unit_change FROM wangge_service;
ALTER TABLE gis.unit_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.unit_change FORCE ROW LEVEL SECURITY;
-- What was done to a whole county concerns every part of it.
CREATE POLICY unit_change_scope ON gis.unit_change
    USING (EXISTS (SELECT FROM unnest((SELECT gis.scope())::text[]) AS s WHERE grid_code ^@ s OR s ^@ grid_code));

CREATE TABLE gis.unit_change_move (
    change_id int NOT NULL REFERENCES gis.unit_change,
    household_id uuid NOT NULL REFERENCES gis.household,
    old_unit gis.unit_code,
    new_unit gis.unit_code,
    PRIMARY KEY (change_id, household_id),
    CHECK (old_unit IS DISTINCT FROM new_unit)
);
CREATE INDEX unit_change_move_household ON gis.unit_change_move (household_id, change_id);
COMMENT ON TABLE gis.unit_change_move IS 'Households that a change moved within an edition, null is no unit; moves by publications are in the versions of gis.assignment';
REVOKE UPDATE, DELETE, TRUNCATE ON gis.unit_change_move FROM wangge_service;
ALTER TABLE gis.unit_change_move ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.unit_change_move FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_change_move_scope ON gis.unit_change_move
    USING (coalesce(new_unit, old_unit)::text ^@ ANY ((SELECT gis.scope())::text[]));
