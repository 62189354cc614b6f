-- name: households
SELECT h.id, a.unit_code::text AS unit, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat, coalesce(h.hamlet_id, -1) AS hamlet,
       m.name AS hamlet_name, h.head_name, gis.masked_phone(h.phone) AS phone, h.members, h.address
FROM gis.household AS h
LEFT JOIN gis.assignment_at(%(edition)s) AS a ON a.household_id = h.id
LEFT JOIN gis.hamlet AS m ON m.id = h.hamlet_id
WHERE h.until IS NULL AND h.grid_code = %(grid)s
ORDER BY h.id

-- name: units
SELECT u.code::text, u.name, u.size, ST_AsBinary(u.geom), u.edition_from, l.locked_by, l.since
FROM gis.unit_at(%(edition)s) AS u
LEFT JOIN gis.unit_lock AS l ON l.unit_code = u.code
WHERE u.grid_code = %(grid)s
ORDER BY u.code

-- name: outlines
SELECT u.code::text, u.name, u.size, ST_AsBinary(u.geom), u.edition_from, NULL, NULL
FROM gis.unit_at(%(edition)s) AS u
WHERE u.grid_code = %(grid)s
ORDER BY u.code

-- name: heads
SELECT unit_code::text, household_id, since, until FROM gis.unit_head
WHERE unit_code >= %(grid)s AND unit_code < %(grid)s || ':'
ORDER BY unit_code, since DESC

-- name: outline
SELECT ST_AsBinary(geom) FROM gis.grid_at(%(edition)s) WHERE code = %(grid)s AND level = 6
