-- name: leaves
SELECT g.code::text AS code, g.name, g.geom
FROM boundaries.draft AS d, gis.grid_at(d.base_edition) AS g
WHERE d.id = %(draft)s AND g.level = 6 AND g.code::text ^@ d.scope AND (%(code)s::text IS NULL OR g.code = %(code)s::text)
  AND NOT EXISTS (SELECT FROM boundaries.change AS c WHERE c.draft_id = d.id AND c.code = g.code)
UNION ALL
SELECT c.code::text, c.name, c.geom FROM boundaries.change AS c
WHERE c.draft_id = %(draft)s AND c.geom IS NOT NULL AND (%(code)s::text IS NULL OR c.code = %(code)s::text)

-- name: in_window
WHERE ST_Intersects(f.geom, ST_GeomFromWKB(%(window)s, 4490))
