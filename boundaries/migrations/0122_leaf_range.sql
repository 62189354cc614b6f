-- As before (0106), but of the editions only the grids of the draft's scope are looked at, by the index of codes.
SET LOCAL ROLE wangge_owner;

CREATE OR REPLACE VIEW edit.leaf WITH (security_barrier) AS
SELECT k.fid, g.code::text AS code, g.parent, g.name, 'kept' AS state, g.geom
FROM boundaries.draft AS d
JOIN gis.grid AS g ON g.level = 6 AND g.edition_from <= d.base_edition
    AND (g.edition_to IS NULL OR g.edition_to > d.base_edition) AND g.code >= d.scope AND g.code < d.scope || ':'
JOIN gis.code AS k ON k.code = g.code
WHERE d.planner = session_user AND d.ended_at IS NULL
    AND NOT EXISTS (SELECT FROM boundaries.change AS c WHERE c.draft_id = d.id AND c.code = g.code)
UNION ALL
SELECT coalesce(c.fid, k.fid), c.code::text, gis.parent_of(c.code), c.name,
       CASE WHEN g.code IS NULL THEN 'new' ELSE 'changed' END, c.geom
FROM boundaries.draft AS d
JOIN boundaries.change AS c ON c.draft_id = d.id AND c.geom IS NOT NULL
LEFT JOIN gis.code AS k ON k.code = c.code
LEFT JOIN gis.grid AS g ON g.code = c.code AND g.edition_from <= d.base_edition
    AND (g.edition_to IS NULL OR g.edition_to > d.base_edition)
WHERE d.planner = session_user AND d.ended_at IS NULL;
