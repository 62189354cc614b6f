-- name: grids
SELECT g.code::text, g.level::int, g.name, g.parent, c.fid, ST_X(g.label_point), ST_Y(g.label_point), g.area_m2,
       CASE WHEN g.level = 6 THEN ST_AsBinary(g.geom) END
FROM gis.grid_at(%s) AS g
JOIN gis.code AS c ON c.code = g.code
ORDER BY g.code

-- name: units
SELECT u.code::text, u.name, u.grid_code, u.id, ST_AsBinary(u.geom) FROM gis.unit_at(%s) AS u ORDER BY u.code

-- name: units_near
-- Those near a box, and all that come near these.
WITH reach AS (
    SELECT ST_SetSRID(ST_Extent(u.geom)::geometry, 4490) AS box
    FROM gis.unit_at(%(edition)s) AS u WHERE u.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
)
SELECT u.code::text, u.name, u.grid_code, u.id, ST_AsBinary(u.geom)
FROM reach JOIN gis.unit_at(%(edition)s) AS u ON u.geom && reach.box
ORDER BY u.code

-- name: changed_grids
-- What an edition no longer has of an earlier one, and what it has instead.
SELECT g.code::text, g.level::int, g.name, ST_X(g.label_point), ST_Y(g.label_point), g.area_m2,
       ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)
FROM gis.grid AS g
WHERE (g.edition_from > %(base)s AND g.edition_from <= %(edition)s)
   OR (g.edition_to > %(base)s AND g.edition_to <= %(edition)s)
ORDER BY g.code, g.edition_from

-- name: changed_units
SELECT ST_XMin(u.geom), ST_YMin(u.geom), ST_XMax(u.geom), ST_YMax(u.geom)
FROM gis.unit AS u
WHERE (u.edition_from > %(base)s AND u.edition_from <= %(edition)s)
   OR (u.edition_to > %(base)s AND u.edition_to <= %(edition)s)
