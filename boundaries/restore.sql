-- name: ended
SELECT code::text, name, ST_AsBinary(geom) FROM gis.grid_at(%(edition)s)
WHERE edition_to <= %(current)s AND code ^@ %(scope)s ORDER BY code

-- name: begun
SELECT code::text, name FROM gis.grid_at(%(current)s)
WHERE edition_from > %(edition)s AND code ^@ %(scope)s ORDER BY code
