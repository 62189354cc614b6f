-- name: extent
SELECT min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom)) FROM gis.grid_at(%s) WHERE level = 2

-- name: store
INSERT INTO edit.qgis_projects (name, metadata, content) VALUES (%(name)s, %(metadata)s, %(content)s)
ON CONFLICT (name) DO UPDATE SET metadata = excluded.metadata, content = excluded.content
