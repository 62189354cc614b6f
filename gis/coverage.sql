-- name: current_edition
SELECT number FROM gis.edition WHERE state = 'current'

-- name: counties
SELECT DISTINCT code::text FROM gis.grid WHERE level = 2 ORDER BY 1

-- name: edition
SELECT number, state, valid_from, title, author, synthetic FROM gis.edition WHERE number = %s AND state <> 'prepared'

-- name: editions
SELECT number, state, valid_from, title, author, synthetic FROM gis.edition WHERE state <> 'prepared' ORDER BY number DESC

-- name: edition_on
SELECT gis.edition_on(%s)

-- name: names
SELECT code, name FROM gis.grid_at(%s) ORDER BY code

-- name: leaves
SELECT code, ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code
