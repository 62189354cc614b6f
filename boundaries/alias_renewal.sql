-- name: touched_cells
SELECT DISTINCT ON (c.id) c.net, c.code, c.name, ST_AsBinary(c.geom)
FROM unnest(%(boxes)s::text[]) AS b (box) JOIN boundaries.net_cell AS c ON c.geom && b.box::geometry
ORDER BY c.id

-- name: without_cells
SELECT DISTINCT a.code_system, a.foreign_code FROM gis.alias AS a
WHERE a.edition_to IS NULL AND a.code = ANY(%(codes)s::text[])
  AND NOT EXISTS (SELECT FROM boundaries.net_cell AS c WHERE c.net = a.code_system AND c.code = a.foreign_code)

-- name: standing
SELECT a.code_system, a.foreign_code, a.code::text, a.area_share, a.household_share, a.confirmed_by, ST_AsBinary(p.geom)
FROM unnest(%(systems)s::text[], %(codes)s::text[]) AS k (system, code)
JOIN gis.alias AS a ON a.code_system = k.system AND a.foreign_code = k.code AND a.edition_to IS NULL
LEFT JOIN boundaries.net_part AS p
    ON p.net = a.code_system AND p.cell = a.foreign_code AND p.grid = a.code AND p.edition_from = a.edition_from

-- name: end
UPDATE gis.alias AS a SET edition_to = %(edition)s
FROM unnest(%(systems)s::text[], %(foreign)s::text[], %(codes)s::text[]) AS k (system, cell, code)
WHERE a.code_system = k.system AND a.foreign_code = k.cell AND a.code = k.code AND a.edition_to IS NULL
