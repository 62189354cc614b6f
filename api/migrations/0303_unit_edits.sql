-- Who changed the neighbour units of a grid by hand, when and why: one row a save, and one for each household that it moved.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.unit_edit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grid_code gis.grid_code NOT NULL,
    edition int NOT NULL REFERENCES gis.edition,
    actor text NOT NULL CHECK (actor <> ''),
    at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL,
    opened text[] NOT NULL DEFAULT '{}',
    closed text[] NOT NULL DEFAULT '{}',
    units jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX unit_edit_grid ON gis.unit_edit (grid_code, id);
COMMENT ON TABLE gis.unit_edit IS 'Saves of neighbour units made by hand; rows are only added. units: names, locks and heads that were changed';

CREATE TABLE gis.unit_move (
    edit_id bigint NOT NULL REFERENCES gis.unit_edit,
    household_id uuid NOT NULL REFERENCES gis.household,
    old_unit gis.unit_code,
    new_unit gis.unit_code,
    PRIMARY KEY (edit_id, household_id),
    CHECK (old_unit IS DISTINCT FROM new_unit)
);
CREATE INDEX unit_move_household ON gis.unit_move (household_id);
COMMENT ON TABLE gis.unit_move IS 'Households that a save moved from unit to unit; null is no unit';

ALTER TABLE gis.unit_edit ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.unit_edit FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_edit_scope ON gis.unit_edit
    USING (grid_code::text ^@ ANY ((SELECT gis.scope())::text[]));
-- A move is seen by whoever sees its save: the inner query is itself under that table's policy.
ALTER TABLE gis.unit_move ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.unit_move FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_move_scope ON gis.unit_move
    USING (EXISTS (SELECT FROM gis.unit_edit AS e WHERE e.id = edit_id));

REVOKE UPDATE, DELETE ON gis.unit_edit, gis.unit_move FROM wangge_service;
