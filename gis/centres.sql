-- name: list
SELECT id, grid_code::text AS grid, name, phone, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM gis.centre
WHERE since <= %(day)s AND (until IS NULL OR until > %(day)s)
  AND (%(grid)s::text IS NULL OR grid_code ^@ %(grid)s)
ORDER BY grid_code, id

-- name: get
SELECT id, grid_code::text AS grid, name, phone, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM gis.centre WHERE id = %s

-- name: nearest_up
SELECT id, grid_code::text AS grid, name, phone, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM gis.centre
WHERE grid_code = ANY(%(chain)s::text[]) AND since <= %(day)s AND (until IS NULL OR until > %(day)s)
ORDER BY length(grid_code) DESC, id
LIMIT 1

-- name: change
UPDATE gis.centre SET name = coalesce(%(name)s, name), phone = coalesce(%(phone)s, phone) WHERE id = %(id)s
