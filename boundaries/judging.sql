-- name: neighbourhood
WITH place AS (
    SELECT g.geom FROM gis.grid_at(%(edition)s) AS g WHERE g.code = ANY(%(codes)s::text[]) AND g.level = 6
    UNION ALL
    SELECT c.geom FROM boundaries.change AS c WHERE c.draft_id = %(draft)s AND c.geom IS NOT NULL
)
SELECT DISTINCT ON (g.code) g.code::text, ST_AsBinary(g.geom)
FROM place JOIN gis.grid AS g ON g.geom && ST_Expand(place.geom, %(reach)s)
WHERE g.level = 6 AND g.edition_from <= %(edition)s AND (g.edition_to IS NULL OR g.edition_to > %(edition)s)
ORDER BY g.code

-- name: names
SELECT code::text, name FROM gis.grid_at(%(edition)s) WHERE code = ANY(%(codes)s::text[])

-- name: households
SELECT ST_X(h.geom), ST_Y(h.geom), h.grid_code::text, coalesce(a.unit_code::text, '')
FROM gis.household AS h
LEFT JOIN gis.assignment AS a ON a.household_id = h.id AND a.edition_to IS NULL
WHERE h.until IS NULL AND h.grid_code = ANY(%s::text[])
ORDER BY h.id

-- name: units
SELECT code::text, name, ST_AsBinary(geom) FROM gis.unit_at(%(edition)s) WHERE code = ANY(%(codes)s::text[])

-- name: villages
SELECT v.code FROM (SELECT DISTINCT unnest(%(villages)s::text[]) AS code) AS v
WHERE EXISTS (SELECT FROM gis.grid_at(%(edition)s) AS g
              WHERE g.level = 6 AND g.code >= v.code AND g.code < v.code || ':' AND g.code <> ALL(%(codes)s::text[]))
