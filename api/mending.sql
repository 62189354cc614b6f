-- name: astray
SELECT h.grid_code::text, a.grid_code::text, ST_X(h.geom), ST_Y(h.geom)
FROM gis.household AS h
LEFT JOIN gis.assignment_at(%s) AS a ON a.household_id = h.id
WHERE h.until IS NULL AND (a.household_id IS NULL OR a.grid_code <> h.grid_code)

-- name: leaves
SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code
