-- name: members
SELECT a.grid_code::text, ST_X(h.geom), ST_Y(h.geom), a.unit_code::text
FROM gis.assignment_at(%(edition)s) AS a JOIN gis.household AS h ON h.id = a.household_id
WHERE a.unit_code IS NOT NULL AND h.until IS NULL
  AND a.grid_code >= %(grid)s AND a.grid_code < %(grid)s || ':' AND a.grid_code ^@ %(grid)s
ORDER BY a.unit_code

-- name: names
SELECT code::text, name FROM gis.unit_at(%(edition)s) WHERE code = ANY(%(codes)s::text[])

-- name: page
SELECT code::text, name, grid_code AS grid, size
FROM gis.unit_at(%(edition)s)
WHERE grid_code >= %(grid)s AND grid_code < %(grid)s || ':' AND (%(after)s::text IS NULL OR code > %(after)s::text)
ORDER BY code
LIMIT %(limit)s

-- name: count
SELECT count(*) FROM gis.unit_at(%(edition)s) WHERE grid_code >= %(grid)s AND grid_code < %(grid)s || ':'
