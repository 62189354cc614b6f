-- name: county
SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
FROM (SELECT ST_Extent(geom) AS e FROM gis.grid_at(%(edition)s) WHERE level = 2) AS counties
