-- name: base
SELECT max(edition) FROM tiles.built WHERE edition < %s

-- name: is_built
SELECT FROM tiles.built WHERE edition = %s

-- name: mark_built
INSERT INTO tiles.built (edition, rows_changed, took_s) VALUES (%s, %s, %s)

-- name: standing
SELECT t.tms::int, t.z::int, t.x, t.y, t.parts FROM tiles.tile AS t WHERE t.edition_to IS NULL

-- name: standing_among
SELECT t.tms::int, t.z::int, t.x, t.y, t.parts
FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS asked (tms, z, x, y)
JOIN tiles.tile AS t ON t.tms = asked.tms AND t.z = asked.z AND t.x = asked.x AND t.y = asked.y
WHERE t.edition_to IS NULL

-- name: last_part
SELECT coalesce(max(number), 0) FROM tiles.part

-- name: known_parts
SELECT number, digest FROM tiles.part WHERE digest = ANY (%s)

-- name: copy_parts
COPY tiles.part (number, digest, deflated, crc, edition_from, sizes) FROM STDIN (FORMAT BINARY)

-- name: copy_tiles
COPY tiles.tile (tms, z, x, y, parts, edition_from) FROM STDIN (FORMAT BINARY)

-- name: end_tiles
UPDATE tiles.tile AS t SET edition_to = %s
FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS gone (tms, z, x, y)
WHERE t.tms = gone.tms AND t.z = gone.z AND t.x = gone.x AND t.y = gone.y AND t.edition_to IS NULL

-- name: drop_tiles
DELETE FROM tiles.tile AS t
USING unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS gone (tms, z, x, y)
WHERE t.tms = gone.tms AND t.z = gone.z AND t.x = gone.x AND t.y = gone.y AND t.edition_from = %s

-- name: count_redrawn
UPDATE tiles.built SET rows_changed = rows_changed + %s WHERE edition = %s

-- name: discard_tiles
DELETE FROM tiles.tile WHERE edition_from = %s

-- name: discard_parts
DELETE FROM tiles.part WHERE edition_from = %s

-- name: discard_built
DELETE FROM tiles.built WHERE edition = %s

-- name: revive_tiles
UPDATE tiles.tile SET edition_to = NULL WHERE edition_to = %s

-- name: read_tiles
SELECT asked.z, asked.x, asked.y, p.layers::int, q.digest, q.deflated, q.crc, q.sizes
FROM unnest(%(z)s::int[], %(x)s::int[], %(y)s::int[]) AS asked (z, x, y)
JOIN tiles.tile_at(%(edition)s) AS t ON t.tms = %(tms)s AND t.z = asked.z AND t.x = asked.x AND t.y = asked.y
CROSS JOIN unnest(t.parts) WITH ORDINALITY AS p (number, layers)
JOIN tiles.part AS q ON q.number = p.number
WHERE p.layers = ANY (%(groups)s)
ORDER BY p.layers

-- name: read_all_tiles
SELECT t.tms::int, t.z::int, t.x, t.y, t.parts FROM tiles.tile_at(%s) AS t ORDER BY t.tms, t.z, t.x, t.y

-- name: read_all_parts
SELECT q.number, q.digest, q.deflated, q.crc, q.sizes FROM (SELECT DISTINCT unnest(t.parts) AS number FROM tiles.tile_at(%s) AS t) AS named
JOIN tiles.part AS q ON q.number = named.number

-- name: part_sizes
SELECT q.number, length(q.deflated), q.sizes FROM tiles.part AS q WHERE q.edition_from <= %s

-- name: changed_tiles
SELECT t.tms::int, t.z::int, t.x, t.y FROM tiles.tile AS t
WHERE (t.edition_from > %(base)s AND t.edition_from <= %(edition)s)
   OR (t.edition_to > %(base)s AND t.edition_to <= %(edition)s)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4

-- name: bounds
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Extent(geom) AS b FROM gis.grid_at(%s) WHERE level = 2) AS county
