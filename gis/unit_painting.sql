-- name: lock
SELECT pg_advisory_xact_lock(532322003, hashtext(%s))

-- name: publishing
SELECT number FROM gis.edition WHERE state = 'prepared'

-- name: move_now
UPDATE gis.assignment AS a SET unit_code = m.unit
FROM unnest(%(ids)s::uuid[], %(units)s::text[]) AS m (id, unit)
WHERE a.household_id = m.id AND a.edition_from = %(edition)s AND a.edition_to IS NULL

-- name: close_earlier
WITH closed AS (
    UPDATE gis.assignment SET edition_to = %(edition)s
    WHERE household_id = ANY(%(ids)s::uuid[]) AND edition_from < %(edition)s AND edition_to IS NULL
    RETURNING household_id, grid_code, how
)
INSERT INTO gis.assignment (household_id, grid_code, unit_code, how, edition_from)
SELECT c.household_id, c.grid_code, m.unit, c.how, %(edition)s
FROM closed AS c JOIN unnest(%(ids)s::uuid[], %(units)s::text[]) AS m (id, unit) ON m.id = c.household_id

-- name: drop_units
DELETE FROM gis.unit WHERE code = ANY(%(codes)s::text[]) AND edition_from = %(edition)s

-- name: change_units
UPDATE gis.unit AS u SET name = m.name, hamlet_id = m.hamlet, size = m.size, geom = m.geom::geometry
FROM unnest(%(codes)s::text[], %(names)s::text[], %(hamlets)s::int[], %(sizes)s::int[], %(geoms)s::text[])
     AS m (code, name, hamlet, size, geom)
WHERE u.code = m.code AND u.edition_from = %(edition)s AND u.edition_to IS NULL
RETURNING u.code::text

-- name: close_units
UPDATE gis.unit SET edition_to = %(edition)s
WHERE code = ANY(%(codes)s::text[]) AND edition_from < %(edition)s AND edition_to IS NULL
