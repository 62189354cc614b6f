-- name: personal
SELECT code, accepted, mediated, succeeded, open, overdue, households, red, yellow, green
FROM gis.personal_counts(%(grid)s, %(width)s, %(first)s, %(last)s, %(edition)s)

-- name: public
SELECT code, sum(full_time)::int, sum(part_time)::int, sum(units)::int, sum(centres)::int
FROM (
    SELECT left(p.grid_code, %(width)s) AS code,
           count(DISTINCT s.id) FILTER (WHERE s.employment = 'full_time') AS full_time,
           count(DISTINCT s.id) FILTER (WHERE s.employment = 'part_time') AS part_time, 0 AS units, 0 AS centres
    FROM gis.staff_post AS p JOIN gis.staff AS s ON s.id = p.staff_id
    WHERE p.grid_code >= %(grid)s AND p.grid_code < %(grid)s || ':'
      AND p.since <= %(last)s AND (p.until IS NULL OR p.until > %(last)s)
    GROUP BY 1
    UNION ALL
    SELECT left(grid_code, %(width)s), 0, 0, count(*), 0 FROM gis.unit_at(%(edition)s)
    WHERE grid_code >= %(grid)s AND grid_code < %(grid)s || ':'
    GROUP BY 1
    UNION ALL
    SELECT left(grid_code, %(width)s), 0, 0, 0, count(*) FROM gis.centre
    WHERE grid_code >= %(grid)s AND grid_code < %(grid)s || ':'
      AND since <= %(last)s AND (until IS NULL OR until > %(last)s)
    GROUP BY 1
) AS counted
WHERE length(code) = %(width)s
GROUP BY code
ORDER BY code

-- name: grids
SELECT code::text FROM gis.grid_at(%(edition)s)
WHERE level = %(level)s AND code >= %(grid)s AND code < %(grid)s || ':'
ORDER BY code
