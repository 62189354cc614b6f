-- name: page
SELECT DISTINCT s.id
FROM gis.staff AS s
JOIN gis.staff_post AS p ON p.staff_id = s.id
WHERE p.grid_code >= %(low)s AND p.grid_code < %(high)s AND p.grid_code ^@ ANY(%(prefixes)s)
  AND p.since <= %(day)s AND (p.until IS NULL OR p.until > %(day)s)
  AND (%(employment)s::text IS NULL OR s.employment = %(employment)s)
  AND (%(after)s::int IS NULL OR s.id > %(after)s::int)
ORDER BY s.id
LIMIT %(limit)s

-- name: count
SELECT count(DISTINCT s.id)
FROM gis.staff AS s
JOIN gis.staff_post AS p ON p.staff_id = s.id
WHERE p.grid_code >= %(low)s AND p.grid_code < %(high)s AND p.grid_code ^@ ANY(%(prefixes)s)
  AND p.since <= %(day)s AND (p.until IS NULL OR p.until > %(day)s)
  AND (%(employment)s::text IS NULL OR s.employment = %(employment)s)

-- name: people
SELECT id, name, phone, employment FROM gis.staff WHERE id = ANY(%s) ORDER BY id

-- name: posts
SELECT id, staff_id, grid_code::text AS grid, role, since, until
FROM gis.staff_post
WHERE staff_id = ANY(%(ids)s) AND grid_code ^@ ANY(%(prefixes)s)
ORDER BY staff_id, until IS NOT NULL, since DESC, id

-- name: serving
SELECT s.name, s.phone, p.role
FROM gis.staff_post AS p JOIN gis.staff AS s ON s.id = p.staff_id
WHERE p.grid_code = %(grid)s AND p.since <= %(day)s AND (p.until IS NULL OR p.until > %(day)s)
ORDER BY p.since, p.id

-- name: add
INSERT INTO gis.staff (name, phone, employment) VALUES (%(name)s, %(phone)s, %(employment)s) RETURNING id

-- name: change
UPDATE gis.staff
SET name = coalesce(%(name)s, name), phone = coalesce(%(phone)s, phone), employment = coalesce(%(employment)s, employment)
WHERE id = %(id)s

-- name: seen
SELECT s.id FROM gis.staff AS s
WHERE s.id = %(id)s
  AND EXISTS (SELECT FROM gis.staff_post AS p WHERE p.staff_id = s.id AND p.grid_code ^@ ANY(%(prefixes)s))
FOR UPDATE

-- name: grid_stands
SELECT code::text FROM gis.grid_at(gis.current_edition()) WHERE code = %s

-- name: open_post
SELECT id FROM gis.staff_post WHERE staff_id = %(id)s AND grid_code = %(grid)s AND role = %(role)s AND until IS NULL

-- name: assign
INSERT INTO gis.staff_post (staff_id, grid_code, role, since) VALUES (%(id)s, %(grid)s, %(role)s, %(since)s) RETURNING id

-- name: post
SELECT since, until FROM gis.staff_post
WHERE id = %(post)s AND staff_id = %(id)s AND grid_code ^@ ANY(%(prefixes)s)
FOR UPDATE

-- name: relieve
UPDATE gis.staff_post SET until = %(until)s WHERE id = %(post)s
