-- Neighbour units that people have locked: no repair gives them members or takes any.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.unit_lock (
    unit_code gis.unit_code PRIMARY KEY,
    locked_by text NOT NULL CHECK (locked_by <> ''),
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE gis.unit_lock IS 'Units that keep their members whatever a repair would do';
