-- name: versions
SELECT g.edition_from, e.valid_from, g.edition_to, r.valid_from AS ended, g.name, g.area_m2,
       lag(g.name) OVER earlier AS name_before,
       CASE WHEN ST_Normalize(g.geom) = ST_Normalize(lag(g.geom) OVER earlier) THEN 0
            ELSE ST_Area(ST_SymDifference(g.geom, lag(g.geom) OVER earlier)::geography) END AS moved_m2
FROM gis.grid AS g
JOIN gis.edition AS e ON e.number = g.edition_from
LEFT JOIN gis.edition AS r ON r.number = g.edition_to AND r.number <= %(edition)s
WHERE g.code = %(code)s AND g.edition_from <= %(edition)s
WINDOW earlier AS (ORDER BY g.edition_from)
ORDER BY g.edition_from

-- name: passages
SELECT l.edition, e.valid_from, left(l.old_code, length(%(code)s)) AS old_code,
       left(l.new_code, length(%(code)s)) AS new_code, l.kind, l.area_share, l.household_share, l.document,
       g.area_m2,
       coalesce((SELECT sum(t.change) FROM gis.assignment_tally AS t
                 WHERE t.grid_code = l.old_code AND t.edition < l.edition), 0)::int AS households
FROM gis.lineage AS l
JOIN gis.edition AS e ON e.number = l.edition
JOIN gis.grid AS g ON g.code = l.old_code AND g.edition_from < l.edition AND (g.edition_to IS NULL OR g.edition_to >= l.edition)
WHERE l.edition <= %(edition)s
  AND (l.old_code >= %(code)s AND l.old_code < %(code)s || ':' OR l.new_code >= %(code)s AND l.new_code < %(code)s || ':')
  AND left(l.old_code, length(%(code)s)) <> left(l.new_code, length(%(code)s))
ORDER BY l.edition, l.old_code, l.new_code

-- name: wholes
SELECT p.old_code, p.new_code, p.edition, o.area_m2,
       coalesce((SELECT sum(t.change) FROM gis.assignment_tally AS t
                 WHERE t.grid_code >= p.old_code AND t.grid_code < p.old_code || ':' AND t.edition < p.edition), 0)::int,
       EXISTS (SELECT FROM gis.grid_at(p.edition) AS g WHERE g.code = p.old_code),
       EXISTS (SELECT FROM gis.grid_at(p.edition - 1) AS g WHERE g.code = p.new_code)
FROM unnest(%(old)s::text[], %(new)s::text[], %(editions)s::int[]) AS p(old_code, new_code, edition)
JOIN LATERAL (SELECT g.area_m2 FROM gis.grid_at(p.edition - 1) AS g WHERE g.code = p.old_code) AS o ON true
