-- Aliases go by editions as grids do: a publication that moves ground closes those it touches and writes new ones.
SET LOCAL ROLE wangge_owner;

ALTER TABLE boundaries.net_part
    DROP CONSTRAINT net_part_net_cell_grid_fkey,
    DROP CONSTRAINT net_part_net_cell_grid_key,
    ADD COLUMN edition_from int;

ALTER TABLE gis.alias
    ADD COLUMN edition_from int NOT NULL DEFAULT 1 REFERENCES gis.edition,
    ADD COLUMN edition_to int REFERENCES gis.edition,
    ADD CHECK (edition_to > edition_from),
    DROP CONSTRAINT alias_pkey,
    ADD PRIMARY KEY (code_system, foreign_code, code, edition_from);
UPDATE gis.alias AS a SET edition_from = n.edition FROM boundaries.net AS n WHERE n.id = a.code_system;
CREATE UNIQUE INDEX alias_standing ON gis.alias (code_system, foreign_code, code) WHERE edition_to IS NULL;
CREATE INDEX alias_edition_from ON gis.alias (edition_from);
CREATE INDEX alias_edition_to ON gis.alias (edition_to) WHERE edition_to IS NOT NULL;
COMMENT ON COLUMN gis.alias.edition_from IS 'for editions [edition_from, edition_to); one that nobody dated holds from the first on';
COMMENT ON COLUMN gis.alias.confirmed_by IS 'who looked at this relation; NULL: it was computed, by the publication of edition_from or otherwise';
GRANT SELECT (edition_from, edition_to) ON gis.alias TO wangge_reader;

CREATE FUNCTION gis.alias_at(edition int) RETURNS SETOF gis.alias
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM gis.alias WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;

UPDATE boundaries.net_part AS p SET edition_from = n.edition FROM boundaries.net AS n WHERE n.id = p.net;
ALTER TABLE boundaries.net_part
    ALTER COLUMN edition_from SET NOT NULL,
    ADD UNIQUE (net, cell, grid, edition_from),
    ADD FOREIGN KEY (net, cell, grid, edition_from)
        REFERENCES gis.alias (code_system, foreign_code, code, edition_from) ON DELETE CASCADE;

-- As before (0119), with the relations of the current edition; planners may not call what reads tables for them.
CREATE OR REPLACE VIEW edit.net WITH (security_barrier) AS
WITH now AS (SELECT number FROM gis.edition WHERE state = 'current')
SELECT c.id, c.net, c.code, c.name, count(a.code)::int AS grids, max(a.area_share) AS fit,
       now.number = d.base_edition AS up_to_date, c.geom
FROM boundaries.draft AS d
CROSS JOIN now
CROSS JOIN boundaries.net AS n
JOIN boundaries.net_cell AS c ON c.net = n.id
LEFT JOIN gis.alias AS a ON a.code_system = c.net AND a.foreign_code = c.code
    AND a.edition_from <= now.number AND (a.edition_to IS NULL OR a.edition_to > now.number)
WHERE d.planner = session_user AND d.ended_at IS NULL
GROUP BY c.id, n.id, d.id, now.number
HAVING count(a.code) = 0 OR bool_or(a.code::text ^@ d.scope);

CREATE OR REPLACE VIEW edit.net_part WITH (security_barrier) AS
WITH now AS (SELECT number FROM gis.edition WHERE state = 'current'),
standing AS (
    SELECT a.* FROM now JOIN gis.alias AS a
        ON a.edition_from <= now.number AND (a.edition_to IS NULL OR a.edition_to > now.number)
)
SELECT p.id, p.net, p.cell, c.name, p.grid::text AS grid, a.area_share, a.household_share,
       CASE WHEN EXISTS (SELECT FROM gis.alias AS o WHERE o.code_system = p.net AND o.foreign_code = p.cell
                         AND o.edition_from <= now.number AND (o.edition_to IS NULL OR o.edition_to > now.number)
                         AND (-o.area_share, o.code::text) < (-a.area_share, a.code::text)) THEN 'beyond' ELSE 'main' END AS state,
       now.number = d.base_edition AS up_to_date, p.geom
FROM boundaries.draft AS d
CROSS JOIN now
JOIN boundaries.net_part AS p ON p.grid::text ^@ d.scope
JOIN boundaries.net_cell AS c ON c.net = p.net AND c.code = p.cell
JOIN standing AS a ON a.code_system = p.net AND a.foreign_code = p.cell AND a.code = p.grid AND a.edition_from = p.edition_from
WHERE d.planner = session_user AND d.ended_at IS NULL;
