-- name: households_out
COPY (SELECT id, hamlet_id, head_name, phone, members, address, geom, grid_code, since FROM gis.household) TO STDOUT

-- name: grids_out
COPY (SELECT code, level, parent, name, geom, label_point, area_m2, edition_from FROM gis.grid) TO STDOUT

-- name: plain_tables
CREATE SCHEMA plain;
CREATE UNLOGGED TABLE plain.household AS
    SELECT id, hamlet_id, head_name, phone, members, address, geom, grid_code, since FROM gis.household WITH NO DATA;
CREATE UNLOGGED TABLE plain.grid AS
    SELECT code, level, parent, name, geom, label_point, area_m2, edition_from FROM gis.grid WITH NO DATA;
CREATE UNLOGGED TABLE plain.file (
    id uuid, head_name text, phone text, members int, address text, hamlet text, risk text, geom geometry(Point, 4490)
)

-- name: households_in
COPY plain.household FROM STDIN

-- name: grids_in
COPY plain.grid FROM STDIN

-- name: file_in
COPY plain.file FROM STDIN WITH (FORMAT csv)

-- name: empty_plain
TRUNCATE plain.household, plain.grid, plain.file

-- name: loaded
SELECT (SELECT count(*) FROM gis.household), (SELECT count(*) FROM gis.grid_at(1)),
       (SELECT count(*) FROM gis.assignment_at(1) AS a JOIN gis.household AS h ON h.id = a.household_id
        WHERE a.grid_code = h.grid_code AND a.unit_code IS NOT NULL)

-- name: people
SELECT h.id::text, h.head_name, h.phone, h.members, h.address, m.name, r.level, ST_X(h.geom), ST_Y(h.geom)
FROM gis.household AS h
LEFT JOIN gis.hamlet AS m ON m.id = h.hamlet_id
LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
ORDER BY h.id

-- name: without_people
-- A replica's session: the logs of disputes, which go along, refuse to be emptied otherwise.
SET session_replication_role = replica;
TRUNCATE gis.household, gis.unit CASCADE

-- name: assigned
SELECT household_id::text, grid_code::text FROM gis.assignment_at(1) ORDER BY 1

-- name: leaves
SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(1) WHERE level = 6 ORDER BY code

-- name: joined
SELECT (SELECT min(g.code::text COLLATE "C") FROM gis.grid_at(1) AS g
        WHERE g.level = 6 AND ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490)))
FROM unnest(%(lon)s::float8[], %(lat)s::float8[]) WITH ORDINALITY AS p (lon, lat, number)
ORDER BY p.number

-- name: spots
SELECT ST_X(label_point), ST_Y(label_point) FROM gis.grid_at(1)
WHERE level = 6 AND right(code::text, 2) = '01' ORDER BY md5(code::text) LIMIT 9

-- name: plain_tile
SELECT ST_AsMVT(t, 'level6', 4096, 'geom')
FROM (SELECT g.code::text AS code, g.name, g.level::int AS level, g.parent,
             ST_AsMVTGeom(ST_Transform(g.geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64) AS geom
      FROM gis.grid_at(1) AS g
      WHERE g.level = 6 AND g.geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4490)) AS t
WHERE t.geom IS NOT NULL

-- name: one_code
SELECT code::text FROM gis.grid_at(1) WHERE level = 6 ORDER BY md5(code::text) LIMIT 1

-- name: features
SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
           'type', 'Feature', 'id', g.code, 'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(g.geom), 9, 0)::json,
           'properties', json_build_object('code', g.code, 'name', g.name, 'level', g.level, 'parent', g.parent,
                                           'area_m2', round(g.area_m2 * 10) / 10)) ORDER BY g.code), '[]'))::text
FROM (SELECT * FROM gis.grid_at(1)
      WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
        AND ST_Intersects(geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490))
        AND code::text LIKE %(like)s
      ORDER BY code LIMIT %(limit)s) AS g

-- name: households_table
COPY (SELECT h.id, h.head_name, h.members, h.address, a.grid_code, a.unit_code, a.how, r.level, h.since, ST_AsBinary(h.geom)
      FROM gis.assignment_at(1) AS a
      JOIN gis.household AS h ON h.id = a.household_id
      LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL) TO STDOUT

-- name: places
SELECT h.id::text, ST_X(h.geom), ST_Y(h.geom)
FROM gis.assignment_at(1) AS a JOIN gis.household AS h ON h.id = a.household_id ORDER BY h.id::text COLLATE "C"

-- name: rival
SELECT code::text, name FROM gis.grid_at(1)
WHERE level = 6 AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490))
ORDER BY code LIMIT 1

-- name: nearest_unit
SELECT (SELECT a.unit_code::text FROM gis.assignment_at(1) AS a JOIN gis.household AS h ON h.id = a.household_id
        WHERE a.grid_code = p.grid AND a.unit_code IS NOT NULL
        ORDER BY round(ST_Distance(h.geom::geography, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490)::geography)::numeric, 6), a.unit_code
        LIMIT 1)
FROM unnest(%(lon)s::float8[], %(lat)s::float8[], %(grid)s::text[]) WITH ORDINALITY AS p (lon, lat, grid, number)
ORDER BY p.number

-- name: bench_tables
SET max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE bench_grid (number int, geom geometry(Geometry, 4490));
CREATE TEMPORARY TABLE bench_point (id int, geom geometry(Point, 4490))

-- name: bench_grids_in
COPY bench_grid FROM STDIN

-- name: bench_grids_index
CREATE INDEX ON bench_grid USING gist (geom)

-- name: bench_empty
DROP TABLE bench_point;
CREATE TEMPORARY TABLE bench_point (id int, geom geometry(Point, 4490))

-- name: bench_points_in
COPY bench_point FROM STDIN

-- name: bench_points_index
CREATE INDEX ON bench_point USING gist (geom)

-- name: bench_analyze
ANALYZE bench_grid, bench_point

-- name: bench_join
SELECT p.id, min(g.number) FROM bench_point AS p JOIN bench_grid AS g ON ST_Intersects(g.geom, p.geom) GROUP BY p.id

-- name: last_edition
SELECT max(number) FROM gis.edition

-- name: leaves_of_a_county
SELECT k.fid, g.code::text, g.parent, g.name, ST_AsBinary(g.geom) FROM gis.grid_at(gis.current_edition()) AS g
JOIN gis.code AS k USING (code) WHERE g.level = 6 AND g.code::text ^@ %(scope)s

-- name: leaves_of_a_draft
SELECT fid, code, parent, name, ST_AsBinary(geom) FROM edit.leaf

-- name: save_leaf
UPDATE edit.leaf SET geom = %s WHERE code = %s

-- name: prepared_leaves
SELECT g.code::text FROM gis.grid AS g JOIN gis.edition AS e ON e.number = g.edition_from
WHERE e.state = 'prepared' AND g.level = 6

-- name: figures_of_the_first_edition
SELECT grid_code::text, sum(change) FROM gis.assignment_tally WHERE edition <= 1 GROUP BY 1 ORDER BY 1
