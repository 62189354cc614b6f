-- name: last_version
SELECT code::text, level::int, name, ST_X(label_point) AS lon, ST_Y(label_point) AS lat, ST_XMin(geom) AS west,
       ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north, area_m2,
       CASE WHEN edition_to <= %(edition)s THEN edition_to END AS retired_in
FROM gis.grid
WHERE code = %(code)s AND edition_from <= %(edition)s
ORDER BY edition_from DESC
LIMIT 1

-- name: born
SELECT g.edition_from, e.valid_from
FROM gis.grid AS g JOIN gis.edition AS e ON e.number = g.edition_from
WHERE g.code = %(code)s AND e.state <> 'prepared'
ORDER BY g.edition_from
LIMIT 1

-- name: nearest
SELECT code::text, name FROM gis.grid_at(%(edition)s) WHERE code = ANY(%(above)s::text[]) ORDER BY level DESC LIMIT 1

-- name: children
SELECT code::text, name FROM gis.grid_at(%(edition)s) WHERE parent = %(code)s ORDER BY code

-- name: names
SELECT DISTINCT ON (code) code::text, name
FROM gis.grid
WHERE code = ANY(%(codes)s::text[])
ORDER BY code, edition_from > %(edition)s, CASE WHEN edition_from > %(edition)s THEN edition_from ELSE -edition_from END

-- name: by_code
SELECT code::text, level::int, name, ST_X(label_point) AS lon, ST_Y(label_point) AS lat, ST_XMin(geom) AS west,
       ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north, area_m2, NULL::int AS retired_in
FROM gis.grid_at(%(edition)s)
WHERE code >= %(digits)s AND code < %(digits)s || ':'
ORDER BY level, code
LIMIT %(limit)s

-- name: by_name
SELECT code::text, level::int, name, ST_X(label_point) AS lon, ST_Y(label_point) AS lat, ST_XMin(geom) AS west,
       ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north, area_m2, NULL::int AS retired_in
FROM gis.grid_at(%(edition)s)
WHERE name ILIKE ANY(%(anywhere)s::text[])
ORDER BY lower(name) <> ALL(%(exact)s::text[]), NOT name ILIKE ANY(%(begins)s::text[]), level, length(name), code
LIMIT %(limit)s

-- name: by_alias
SELECT code_system, foreign_code, code::text, area_share, household_share FROM gis.alias_at(%(edition)s)
WHERE code_system = %(system)s AND foreign_code = %(foreign_code)s
ORDER BY area_share DESC, code

-- name: aliases_of
SELECT code_system, foreign_code, code::text, area_share, household_share FROM gis.alias_at(%(edition)s)
WHERE code = %(code)s
ORDER BY code_system, area_share DESC, foreign_code

-- name: systems
SELECT id FROM gis.code_system ORDER BY id

-- name: leaves
SELECT g.code::text, g.area_m2, coalesce(t.households, 0)
FROM gis.grid_at(%(edition)s) AS g
LEFT JOIN (
    SELECT grid_code, sum(change)::int AS households FROM gis.assignment_tally
    WHERE grid_code ^@ %(code)s AND edition <= %(edition)s GROUP BY grid_code
) AS t ON t.grid_code = g.code
WHERE g.level = 6 AND g.code ^@ %(code)s
ORDER BY g.code

-- name: passages
WITH RECURSIVE reached AS (
    SELECT unnest(%(codes)s::text[]) COLLATE "C" AS code
    UNION
    SELECT l.new_code::text FROM gis.lineage AS l JOIN reached AS r ON l.old_code = r.code
    WHERE l.edition BETWEEN %(first)s AND %(last)s
)
SELECT l.edition, l.old_code::text, l.new_code::text, l.area_share, l.household_share, c.retired_in = l.edition
FROM gis.lineage AS l
JOIN reached AS r ON l.old_code = r.code
JOIN gis.code AS c ON c.code = l.old_code
WHERE l.edition BETWEEN %(first)s AND %(last)s
ORDER BY l.edition, l.old_code, l.new_code
