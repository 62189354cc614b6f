-- name: leaves
SELECT DISTINCT ON (g.code) g.code::text, ST_AsBinary(g.geom)
FROM unnest(%(shapes)s::text[]) AS c (shape) JOIN gis.grid_at(%(edition)s) AS g ON g.geom && c.shape::geometry
WHERE g.level = 6 ORDER BY g.code

-- name: households
SELECT c.code, coalesce(a.grid_code, h.grid_code)::text, count(*)
FROM (SELECT code, shape::geometry AS geom FROM unnest(%(codes)s::text[], %(shapes)s::text[]) AS c (code, shape)) AS c
JOIN gis.household AS h ON ST_Intersects(c.geom, h.geom)
LEFT JOIN gis.assignment_at(%(edition)s) AS a ON a.household_id = h.id
WHERE h.until IS NULL GROUP BY 1, 2

-- name: system
INSERT INTO gis.code_system (id, name_zh, name_en) VALUES (%(net)s, %(net)s, %(net)s) ON CONFLICT DO NOTHING

-- name: forget_aliases
DELETE FROM gis.alias WHERE code_system = %(net)s AND edition_from = %(edition)s

-- name: end_aliases
UPDATE gis.alias SET edition_to = %(edition)s WHERE code_system = %(net)s AND edition_to IS NULL

-- name: forget_net
DELETE FROM boundaries.net WHERE id = %(net)s

-- name: net
INSERT INTO boundaries.net (id, edition, confirmed_by) VALUES (%(net)s, %(edition)s, %(by)s)

-- name: nets
SELECT n.id, n.edition, n.laid_at, n.confirmed_by, (SELECT count(*) FROM boundaries.net_cell AS c WHERE c.net = n.id),
       count(a.code), count(a.code) FILTER (WHERE a.confirmed_by IS NULL)
FROM boundaries.net AS n LEFT JOIN gis.alias_at(gis.current_edition()) AS a ON a.code_system = n.id
GROUP BY n.id ORDER BY n.id

-- name: cells
SELECT code, name, ST_AsBinary(geom) FROM boundaries.net_cell WHERE net = %(net)s ORDER BY id

-- name: page
SELECT c.code, c.name, ST_AsBinary(c.geom), a.grids
FROM boundaries.net_cell AS c
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_array(a.code, a.area_share, a.household_share) ORDER BY a.area_share DESC, a.code), '[]') AS grids,
           count(*) AS parts, count(*) FILTER (WHERE a.code::text ^@ ANY(%(prefixes)s::text[])) AS mine
    FROM gis.alias_at(%(edition)s) AS a WHERE a.code_system = c.net AND a.foreign_code = c.code
) AS a
WHERE c.net = %(net)s AND (a.parts = 0 OR a.mine > 0) AND (%(after)s::text IS NULL OR c.code > %(after)s)
ORDER BY c.code LIMIT %(limit)s

-- name: count
SELECT count(*) FROM boundaries.net_cell AS c
WHERE c.net = %(net)s AND (
    NOT EXISTS (SELECT FROM gis.alias_at(%(edition)s) AS a WHERE a.code_system = c.net AND a.foreign_code = c.code)
    OR EXISTS (SELECT FROM gis.alias_at(%(edition)s) AS a WHERE a.code_system = c.net AND a.foreign_code = c.code
               AND a.code::text ^@ ANY(%(prefixes)s::text[])))
