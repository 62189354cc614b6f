-- name: homes
SELECT h.id, h.head_name, h.phone, h.address, a.grid_code::text, a.unit_code::text,
       ST_X(h.geom), ST_Y(h.geom)
FROM gis.assignment_at(%s) AS a JOIN gis.household AS h ON h.id = a.household_id
WHERE h.until IS NULL AND a.unit_code IS NOT NULL
ORDER BY h.id
