-- name: children
SELECT code::text, ST_AsBinary(geom), area_m2 FROM gis.grid_at(%(edition)s)
WHERE parent = ANY(%(parents)s::text[]) AND code <> ALL(%(codes)s::text[])
ORDER BY code

-- name: standing
SELECT code::text, ST_AsBinary(geom), area_m2 FROM gis.grid_at(%(edition)s) WHERE code = ANY(%(codes)s::text[])

-- name: new_edition
INSERT INTO gis.edition (number, state, valid_from, title, author, synthetic) VALUES (%s, 'prepared', %s, %s, %s, %s)

-- name: close_grids
UPDATE gis.grid SET edition_to = %(edition)s WHERE code = ANY(%(codes)s::text[]) AND edition_to IS NULL

-- name: open_disputes
SELECT d.id, ST_X(d.geom), ST_Y(d.geom), coalesce(a.grid_code, d.grid_code)::text
FROM gis.dispute AS d
LEFT JOIN gis.dispute_assignment AS a ON a.dispute_id = d.id AND a.edition_to IS NULL
WHERE d.closed_at IS NULL AND coalesce(a.grid_code, d.grid_code) = ANY(%s::text[])

-- name: close_dispute_assignments
UPDATE gis.dispute_assignment SET edition_to = %(edition)s WHERE dispute_id = ANY(%(ids)s::uuid[]) AND edition_to IS NULL

-- name: household_moves
SELECT h.grid_code::text, a.grid_code::text, count(*)
FROM gis.household AS h
JOIN gis.assignment AS a ON a.household_id = h.id AND a.edition_to IS NULL
WHERE h.grid_code = ANY(%s::text[])
GROUP BY 1, 2
