-- name: leaves
SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(gis.current_edition()) WHERE level = 6 ORDER BY code

-- name: system
INSERT INTO gis.code_system (id, name_zh, name_en) VALUES (%(id)s, %(id)s, %(id)s) ON CONFLICT DO NOTHING

-- name: forget
DELETE FROM gis.alias WHERE code_system = %(system)s

-- name: write
INSERT INTO gis.alias (code_system, foreign_code, code, area_share, confirmed_by)
SELECT %(system)s, *, %(by)s FROM unnest(%(foreign)s::text[], %(codes)s::text[], %(shares)s::float8[])
