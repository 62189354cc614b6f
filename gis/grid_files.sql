-- name: grids
SELECT g.code::text, g.name, g.level::int, g.parent, g.area_m2, g.edition_from, ST_AsBinary(g.geom)
FROM gis.grid_at(%s) AS g
ORDER BY g.level, g.code
