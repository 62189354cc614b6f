-- name: locked
SELECT l.unit_code::text, u.name, u.size, l.locked_by, l.since
FROM gis.unit_lock AS l LEFT JOIN gis.unit AS u ON u.code = l.unit_code AND u.edition_to IS NULL
WHERE l.unit_code ^@ %(grid)s AND l.unit_code ^@ ANY ((SELECT gis.scope())::text[])
ORDER BY l.unit_code

-- name: standing
SELECT code::text FROM gis.unit_at(%s) WHERE code = ANY(%s::text[])

-- name: lock
INSERT INTO gis.unit_lock (unit_code, locked_by) SELECT code, %(by)s FROM unnest(%(codes)s::text[]) AS code
ON CONFLICT DO NOTHING RETURNING unit_code::text

-- name: unlock
DELETE FROM gis.unit_lock WHERE unit_code = ANY(%(codes)s::text[]) RETURNING unit_code::text
