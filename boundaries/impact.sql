-- name: homes
SELECT ST_X(h.geom), ST_Y(h.geom), h.grid_code::text, coalesce(a.unit_code::text, ''), coalesce(r.level, 'unrated')
FROM gis.household AS h
LEFT JOIN gis.assignment AS a ON a.household_id = h.id AND a.edition_to IS NULL
LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
WHERE h.until IS NULL AND h.grid_code = ANY(%(codes)s::text[])

-- name: disputes
-- Two halves, each by its own index, as in publish.sql.
SELECT ST_X(d.geom), ST_Y(d.geom), a.grid_code::text
FROM gis.dispute_assignment AS a JOIN gis.dispute AS d ON d.id = a.dispute_id
WHERE a.edition_to IS NULL AND a.grid_code = ANY(%(codes)s::text[]) AND d.closed_at IS NULL
UNION ALL
SELECT ST_X(d.geom), ST_Y(d.geom), d.grid_code::text
FROM gis.dispute AS d
WHERE d.closed_at IS NULL AND d.grid_code = ANY(%(codes)s::text[])
  AND NOT EXISTS (SELECT FROM gis.dispute_assignment AS a WHERE a.dispute_id = d.id AND a.edition_to IS NULL)

-- name: posts
SELECT p.grid_code::text, s.name, p.role
FROM gis.staff_post AS p JOIN gis.staff AS s ON s.id = p.staff_id
WHERE p.until IS NULL AND p.grid_code = ANY(%s::text[])
ORDER BY p.grid_code, p.role, s.name
