-- Rivers, roads and the like that no neighbour unit crosses.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.barrier (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL CHECK (source <> ''),
    kind text NOT NULL CHECK (kind IN ('river', 'road', 'other')),
    name text NOT NULL DEFAULT '',
    geom geometry(MultiLineString, 4490) NOT NULL
);
CREATE INDEX barrier_geom ON gis.barrier USING gist (geom);
CREATE INDEX barrier_source ON gis.barrier (source);
COMMENT ON TABLE gis.barrier IS 'Lines that units do not cross, by the file they came from; read when units are made or repaired';
GRANT SELECT ON gis.barrier TO wangge_reader;
