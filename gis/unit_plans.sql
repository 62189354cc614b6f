-- name: homes
SELECT h.id::text, ST_X(h.geom), ST_Y(h.geom), coalesce(h.hamlet_id, -1), a.grid_code::text, a.unit_code::text
FROM gis.assignment_at(%(edition)s) AS a JOIN gis.household AS h ON h.id = a.household_id
WHERE a.unit_code IS NOT NULL AND h.until IS NULL
  AND a.grid_code >= %(grid)s AND a.grid_code < %(grid)s || ':' AND a.grid_code ^@ %(grid)s
ORDER BY a.grid_code, h.id
