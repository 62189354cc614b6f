-- name: versions_of
SELECT code::text, edition_from, edition_to, name FROM gis.grid
WHERE code = ANY(%(codes)s::text[]) AND edition_from <= %(last)s
ORDER BY code, edition_from

-- name: aliases_of
SELECT foreign_code, code::text, area_share FROM gis.alias_at(%(edition)s)
WHERE code_system = %(system)s AND foreign_code = ANY(%(codes)s::text[])
ORDER BY foreign_code, area_share DESC, code

-- name: passages_between
SELECT l.edition, l.old_code::text, l.new_code::text, l.area_share, l.household_share, c.retired_in = l.edition
FROM gis.lineage AS l JOIN gis.code AS c ON c.code = l.old_code
WHERE l.edition > %(first)s AND l.edition <= %(last)s
ORDER BY l.edition, l.old_code, l.new_code

-- name: leaves_of
SELECT r.code, g.code::text, g.area_m2,
       coalesce((SELECT sum(t.change) FROM gis.assignment_tally AS t
                 WHERE t.grid_code = g.code AND t.edition <= r.edition), 0)::int
FROM unnest(%(codes)s::text[], %(editions)s::int[]) AS r(code, edition)
JOIN gis.grid AS g ON g.code >= r.code AND g.code < r.code || ':'
  AND g.edition_from <= r.edition AND (g.edition_to IS NULL OR g.edition_to > r.edition)
WHERE g.level = 6
ORDER BY r.code, g.code
