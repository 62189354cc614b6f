-- name: changed_summary
SELECT
    c.tms::int, c.z::int, min(c.x), min(c.y), max(c.x), max(c.y),
    CASE WHEN count(*) <= %(most)s THEN array_agg(c.x ORDER BY c.x, c.y) END,
    CASE WHEN count(*) <= %(most)s THEN array_agg(c.y ORDER BY c.x, c.y) END
FROM (
    SELECT DISTINCT t.tms, t.z, t.x, t.y FROM tiles.tile AS t
    WHERE (t.edition_from > %(base)s AND t.edition_from <= %(edition)s)
       OR (t.edition_to > %(base)s AND t.edition_to <= %(edition)s)
) AS c
GROUP BY c.tms, c.z ORDER BY c.tms, c.z
