-- name: leaves
SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code

-- name: standing_shapes
SELECT zoom, code, coalesce(same_as, ''), sha256(ST_AsEWKB(geom)) FROM tiles.shape WHERE edition_to IS NULL

-- name: standing_borders
SELECT zoom, left_code, coalesce(right_code, ''), sha256(ST_AsEWKB(geom)) FROM tiles.border WHERE edition_to IS NULL

-- name: copy_shapes
COPY tiles.shape (zoom, code, same_as, geom, edition_from) FROM STDIN

-- name: copy_borders
COPY tiles.border (zoom, left_code, right_code, geom, edition_from) FROM STDIN

-- name: end_shapes
UPDATE tiles.shape AS s SET edition_to = %(edition)s
FROM unnest(%(zooms)s::int[], %(codes)s::text[], %(others)s::text[]) AS gone (zoom, code, other)
WHERE s.zoom = gone.zoom AND s.code = gone.code AND s.same_as IS NOT DISTINCT FROM nullif(gone.other, '')
  AND s.edition_to IS NULL AND s.edition_from < %(edition)s

-- name: end_borders
UPDATE tiles.border AS b SET edition_to = %(edition)s
FROM unnest(%(zooms)s::int[], %(codes)s::text[], %(others)s::text[]) AS gone (zoom, code, other)
WHERE b.zoom = gone.zoom AND b.left_code = gone.code AND b.right_code IS NOT DISTINCT FROM nullif(gone.other, '')
  AND b.edition_to IS NULL AND b.edition_from < %(edition)s

-- name: discard_shapes
DELETE FROM tiles.shape WHERE edition_from = %s

-- name: discard_borders
DELETE FROM tiles.border WHERE edition_from = %s

-- name: revive_shapes
UPDATE tiles.shape SET edition_to = NULL WHERE edition_to = %s

-- name: revive_borders
UPDATE tiles.border SET edition_to = NULL WHERE edition_to = %s
