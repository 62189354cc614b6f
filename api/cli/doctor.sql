-- name: versions
SELECT current_setting('server_version'), postgis_lib_version()

-- name: levels
SELECT level, count(*) FROM gis.grid_at(%s) GROUP BY level

-- name: leaves
SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code

-- name: uneven_parents
SELECT p.code::text
FROM gis.grid_at(%(edition)s) AS p
LEFT JOIN (
    SELECT g.parent, sum(g.area_m2) AS area_m2 FROM gis.grid_at(%(edition)s) AS g GROUP BY g.parent
) AS c ON c.parent = p.code
WHERE p.level < 6 AND (c.parent IS NULL OR abs(p.area_m2 - c.area_m2) > 0.01)

-- name: assignments
SELECT count(*), count(*) FILTER (WHERE a.household_id IS NULL), count(*) FILTER (WHERE a.grid_code <> h.grid_code)
FROM gis.household AS h
LEFT JOIN gis.assignment_at(%(edition)s) AS a ON a.household_id = h.id
WHERE h.until IS NULL

-- name: tiles
SELECT (SELECT count(*) FROM gis.edition AS e WHERE e.state <> 'prepared' AND NOT EXISTS (SELECT FROM tiles.built AS b WHERE b.edition = e.number)),
       count(*) FILTER (WHERE EXISTS (SELECT FROM tiles.built AS b WHERE b.edition = %(edition)s)),
       (SELECT count(*) FROM (SELECT DISTINCT unnest(u.parts) AS number FROM tiles.tile_at(%(edition)s) AS u) AS named
        WHERE named.number > 0 AND NOT EXISTS (SELECT FROM tiles.part AS p WHERE p.number = named.number))
FROM tiles.tile_at(%(edition)s) AS t
