-- Tiles themselves take the place of the shapes that they were cut from.
SET LOCAL ROLE wangge_owner;

DROP FUNCTION tiles.shape_at(int), tiles.border_at(int), tiles.cut_area(geometry, boolean), tiles.cut_line(geometry);
DROP TABLE tiles.shape, tiles.border;

CREATE TABLE tiles.part (
    number int PRIMARY KEY,
    digest bytea NOT NULL UNIQUE CHECK (length(digest) = 16),
    deflated bytea NOT NULL,
    crc bigint NOT NULL,
    size int NOT NULL CHECK (size > 0),
    edition_from int NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE tiles.part ALTER COLUMN deflated SET STORAGE EXTERNAL;
COMMENT ON TABLE tiles.part IS
    'A layer of a tile as an open deflate stream, once for all tiles and editions that have these bytes; edition_from is the first that had them';

-- No references: they would cost a third of a build, and whoever drops an edition drops its products first.
CREATE TABLE tiles.tile (
    tms smallint NOT NULL CHECK (tms IN (0, 1)),
    z smallint NOT NULL CHECK (z BETWEEN 0 AND 16),
    x int NOT NULL,
    y int NOT NULL,
    parts int[] NOT NULL,
    edition_from int NOT NULL,
    edition_to int,
    PRIMARY KEY (tms, z, x, y, edition_from),
    CHECK (edition_to > edition_from)
);
COMMENT ON TABLE tiles.tile IS
    'Which parts a tile has, 0 for a layer without any: level2 … level6, units, borders, labels; tms 0 WebMercatorQuad, 1 CGCS2000Quad; a row stands for editions [edition_from, edition_to)';

CREATE TABLE tiles.built (
    edition int PRIMARY KEY,
    rows_changed int NOT NULL,
    took_s double precision NOT NULL
);
COMMENT ON TABLE tiles.built IS 'Editions all of whose tiles are written';

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiles TO wangge_service;

-- Inlined by the planner, so indexes keep working.
CREATE FUNCTION tiles.tile_at(edition int) RETURNS SETOF tiles.tile
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM tiles.tile WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;
