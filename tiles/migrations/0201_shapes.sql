-- Generalised shapes: what tiles are cut from, made once per edition and zoom so that neighbours share their borders.
CREATE SCHEMA tiles AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA tiles TO wangge_service;
SET LOCAL ROLE wangge_owner;

CREATE TABLE tiles.shape (
    zoom smallint NOT NULL CHECK (zoom BETWEEN 0 AND 16),
    level smallint NOT NULL CHECK (level BETWEEN 2 AND 6),
    code text COLLATE "C" NOT NULL,
    geom geometry(MultiPolygon, 3857) NOT NULL,
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition
);
CREATE INDEX shape_geom ON tiles.shape USING gist (zoom, level, geom);

CREATE TABLE tiles.border (
    zoom smallint NOT NULL CHECK (zoom BETWEEN 0 AND 16),
    level smallint NOT NULL CHECK (level BETWEEN 2 AND 6),
    left_code text COLLATE "C",
    right_code text COLLATE "C",
    geom geometry(MultiLineString, 3857) NOT NULL,
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition
);
CREATE INDEX border_geom ON tiles.border USING gist (zoom, geom);
COMMENT ON TABLE tiles.border IS 'Each border once; level is the highest (smallest number) it bounds; a code is null at the county edge';

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiles TO wangge_service;
