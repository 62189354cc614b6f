-- name: degrees
ST_ForcePolygonCCW(f.geom)

-- name: metres
ST_ForcePolygonCCW(ST_Transform(f.geom, %(srid)s))

-- name: official
ST_FlipCoordinates({shape})

-- name: geojson
ST_AsGeoJSON({shape}, {digits}, 0)

-- name: wkt
ST_AsText({shape}, {digits})

-- name: wkb
ST_AsBinary({shape})

-- name: longest
SELECT set_config('statement_timeout', %s, true)

-- name: no_probing
SET LOCAL enable_nestloop = off
