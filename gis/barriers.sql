-- name: near
SELECT ST_AsBinary(geom) FROM gis.barrier WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490) ORDER BY id

-- name: sources
SELECT source, kind, count(*), sum(ST_Length(geom::geography)) FROM gis.barrier GROUP BY 1, 2 ORDER BY 1, 2

-- name: drop
DELETE FROM gis.barrier WHERE source = %s
