-- name: changes
WITH change AS (
    SELECT g.code, g.name, g.edition_from AS edition,
           CASE WHEN EXISTS (SELECT FROM gis.grid AS p WHERE p.code = g.code AND p.edition_to = g.edition_from)
                THEN 'changed' ELSE 'created' END AS kind
    FROM gis.grid AS g
    WHERE g.edition_from >= %(edition)s
    UNION ALL
    SELECT g.code, g.name, g.edition_to, 'retired'
    FROM gis.grid AS g
    WHERE g.edition_to >= %(edition)s
      AND NOT EXISTS (SELECT FROM gis.grid AS n WHERE n.code = g.code AND n.edition_from = g.edition_to)
)
SELECT c.edition, c.code::text, c.kind, c.name, e.valid_from, e.activated_at,
       (SELECT coalesce(array_agg(l.new_code::text ORDER BY l.new_code), '{}')
        FROM gis.lineage AS l WHERE l.edition = c.edition AND l.old_code = c.code),
       (SELECT coalesce(array_agg(l.area_share ORDER BY l.new_code), '{}')
        FROM gis.lineage AS l WHERE l.edition = c.edition AND l.old_code = c.code)
FROM change AS c JOIN gis.edition AS e ON e.number = c.edition
WHERE e.state <> 'prepared' AND (c.edition, c.code::text COLLATE "C") > (%(edition)s, %(code)s)
ORDER BY c.edition, c.code::text COLLATE "C"
LIMIT %(limit)s
