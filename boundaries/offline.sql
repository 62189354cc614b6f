-- name: recorded
SELECT to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') FROM gis.edition WHERE number = %s

-- name: forget_what_never_stood
DELETE FROM boundaries.change AS c USING boundaries.draft AS d
WHERE d.id = %(draft)s AND c.draft_id = d.id AND c.code = ANY(%(codes)s::text[])
  AND NOT EXISTS (SELECT FROM gis.grid_at(d.base_edition) AS g WHERE g.code = c.code)

-- name: parent_names
SELECT DISTINCT ON (p.code) p.code, p.name
FROM (SELECT c.code::text AS code, c.name, 1 AS rank FROM boundaries.change AS c
      WHERE c.draft_id = %(draft)s AND c.operation = 'put' AND c.code = ANY(%(codes)s::text[])
      UNION ALL
      SELECT g.code::text, g.name, 2 FROM boundaries.draft AS d, gis.grid_at(d.base_edition) AS g
      WHERE d.id = %(draft)s AND g.code = ANY(%(codes)s::text[])) AS p
ORDER BY p.code, p.rank
