-- name: versions
SELECT homes, staff, centres FROM gis.data_version

-- name: homes
-- One row of packed columns: 50,000 rows would take ten times as long to be read.
SELECT string_agg(rpad(a.grid_code::text, 17)::bytea, '' ORDER BY a.grid_code, a.household_id),
       string_agg(rpad(coalesce(a.unit_code::text, ''), 20)::bytea, '' ORDER BY a.grid_code, a.household_id),
       string_agg(float8send(ST_X(h.geom)), '' ORDER BY a.grid_code, a.household_id),
       string_agg(float8send(ST_Y(h.geom)), '' ORDER BY a.grid_code, a.household_id),
       string_agg(uuid_send(a.household_id), '' ORDER BY a.grid_code, a.household_id)
FROM gis.assignment_at(%s) AS a JOIN gis.household AS h ON h.id = a.household_id
WHERE h.until IS NULL

-- name: unit_names
SELECT code::text, name FROM gis.unit_at(%s)

-- name: roster
SELECT p.grid_code::text, s.name, s.phone, p.role
FROM gis.staff_post AS p JOIN gis.staff AS s ON s.id = p.staff_id
WHERE p.since <= %s AND (p.until IS NULL OR p.until > %s)
ORDER BY p.grid_code, p.since, p.id

-- name: label_points
SELECT code::text, ST_X(label_point), ST_Y(label_point) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code
