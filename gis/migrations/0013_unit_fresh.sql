-- How short units could be: of each basic grid the metres of a fresh division, kept until what it follows from changes.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.unit_fresh (
    grid_code gis.grid_code PRIMARY KEY,
    digest bytea NOT NULL,
    units int NOT NULL CHECK (units > 0),
    metres float8 NOT NULL CHECK (metres >= 0)
);
COMMENT ON TABLE gis.unit_fresh IS 'Units and metres of a fresh division of a basic grid, with a digest of all that it follows from; a cache that may be emptied at any time';
