-- name: county
SELECT code::text, name, ARRAY[ST_X(label_point), ST_Y(label_point)],
       ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)]
FROM gis.grid_at(%s) WHERE level = 2 ORDER BY code LIMIT 1
