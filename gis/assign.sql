-- name: households
SELECT h.id, ST_X(h.geom), ST_Y(h.geom), coalesce(h.hamlet_id, -1), coalesce(a.grid_code::text, ''), coalesce(a.unit_code::text, '')
FROM gis.household AS h
LEFT JOIN gis.assignment AS a ON a.household_id = h.id AND a.edition_to IS NULL
WHERE h.until IS NULL AND (%(left)s::text[] IS NULL OR h.grid_code = ANY(%(left)s::text[]))
ORDER BY h.id

-- name: drop_assignments
DELETE FROM gis.assignment WHERE household_id = ANY(%(ids)s::uuid[]) AND edition_from = %(edition)s

-- name: close_assignments
UPDATE gis.assignment SET edition_to = %(edition)s WHERE household_id = ANY(%(ids)s::uuid[]) AND edition_to IS NULL

-- name: standing_units
SELECT code::text, name FROM gis.unit WHERE grid_code = ANY(%s::text[]) AND edition_to IS NULL

-- name: drop_units
DELETE FROM gis.unit WHERE grid_code = ANY(%(grids)s::text[]) AND edition_from = %(edition)s

-- name: close_units
UPDATE gis.unit SET edition_to = %(edition)s WHERE grid_code = ANY(%(grids)s::text[]) AND edition_to IS NULL

-- name: locked_units
SELECT unit_code::text FROM gis.unit_lock WHERE left(unit_code, 17) = ANY(%s::text[])
