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
-- Two halves, each by its own index: disputes that another grid deals with since, and those of their first grid.
SELECT d.id, ST_X(d.geom), ST_Y(d.geom), a.grid_code::text
FROM gis.dispute_assignment AS a JOIN gis.dispute AS d ON d.id = a.dispute_id
WHERE a.edition_to IS NULL AND a.grid_code = ANY(%(codes)s::text[]) AND d.closed_at IS NULL
UNION ALL
SELECT d.id, ST_X(d.geom), ST_Y(d.geom), d.grid_code::text
FROM gis.dispute AS d
WHERE d.closed_at IS NULL AND d.grid_code = ANY(%(codes)s::text[])
  AND NOT EXISTS (SELECT FROM gis.dispute_assignment AS a WHERE a.dispute_id = d.id AND a.edition_to IS NULL)

-- name: close_dispute_assignments
UPDATE gis.dispute_assignment SET edition_to = %(edition)s WHERE dispute_id = ANY(%(ids)s::uuid[]) AND edition_to IS NULL

-- name: household_moves
SELECT h.grid_code::text, a.grid_code::text, count(*)
FROM gis.household AS h
JOIN gis.assignment AS a ON a.household_id = h.id AND a.edition_to IS NULL
WHERE h.grid_code = ANY(%s::text[])
GROUP BY 1, 2
