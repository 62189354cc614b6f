-- Costs follow what an edition changes, not the store: rows of one edition are found by indexes.
SET LOCAL ROLE wangge_owner;

CREATE INDEX grid_edition_from ON gis.grid (edition_from);
CREATE INDEX grid_edition_to ON gis.grid (edition_to) WHERE edition_to IS NOT NULL;
CREATE INDEX unit_edition_from ON gis.unit (edition_from);
CREATE INDEX unit_edition_to ON gis.unit (edition_to) WHERE edition_to IS NOT NULL;
CREATE INDEX assignment_edition_from ON gis.assignment (edition_from);
CREATE INDEX assignment_edition_to ON gis.assignment (edition_to) WHERE edition_to IS NOT NULL;
CREATE INDEX dispute_assignment_edition_from ON gis.dispute_assignment (edition_from);
CREATE INDEX dispute_assignment_edition_to ON gis.dispute_assignment (edition_to) WHERE edition_to IS NOT NULL;
CREATE INDEX lineage_edition ON gis.lineage (edition);
CREATE INDEX code_retired_in ON gis.code (retired_in) WHERE retired_in IS NOT NULL;

-- As before (0106), but of the editions only the grids of the draft's scope, and those above it, are looked at.
CREATE OR REPLACE VIEW edit.parent WITH (security_barrier) AS
WITH mine AS (SELECT * FROM boundaries.draft WHERE planner = session_user AND ended_at IS NULL),
standing AS (
    SELECT g.* FROM mine AS d
    JOIN gis.grid AS g ON g.edition_from <= d.base_edition AND (g.edition_to IS NULL OR g.edition_to > d.base_edition)
        AND ((g.code >= d.scope AND g.code < d.scope || ':')
             OR g.code IN (left(d.scope, 6), left(d.scope, 9), left(d.scope, 12), left(d.scope, 15)))
),
touched AS (
    SELECT left(c.code, width) AS code, public.ST_Union(public.ST_MakeValid(g.geom)) AS lost,
           public.ST_Union(public.ST_MakeValid(c.geom)) AS won
    FROM mine AS d
    JOIN boundaries.change AS c ON c.draft_id = d.id AND gis.level_of(c.code) = 6
    LEFT JOIN standing AS g ON g.code = c.code,
    unnest(ARRAY[6, 9, 12, 15]) AS width
    GROUP BY 1
),
named AS (SELECT c.code::text AS code, c.name, c.fid FROM mine AS d
          JOIN boundaries.change AS c ON c.draft_id = d.id AND c.geom IS NULL AND c.operation = 'put'),
drawn AS (
    SELECT coalesce(g.code::text, t.code) AS code, g.name,
           CASE WHEN t.code IS NULL THEN g.geom
                WHEN g.code IS NULL THEN t.won
                WHEN t.lost IS NULL THEN public.ST_Union(g.geom, t.won)
                WHEN t.won IS NULL THEN public.ST_Difference(g.geom, t.lost)
                ELSE public.ST_Union(public.ST_Difference(g.geom, t.lost), t.won) END AS geom
    FROM (SELECT * FROM standing WHERE level < 6) AS g
    FULL JOIN touched AS t ON t.code = g.code
)
SELECT coalesce(k.fid, n.fid) AS fid, p.code, gis.level_of(p.code)::int AS level, coalesce(n.name, p.name) AS name,
       public.ST_Multi(public.ST_CollectionExtract(p.geom, 3))::public.geometry(MultiPolygon, 4490) AS geom
FROM drawn AS p
CROSS JOIN mine AS d
LEFT JOIN gis.code AS k ON k.code = p.code
LEFT JOIN named AS n ON n.code = p.code
WHERE (p.code ^@ d.scope OR d.scope ^@ p.code) AND NOT public.ST_IsEmpty(p.geom);
