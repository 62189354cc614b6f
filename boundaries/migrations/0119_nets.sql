-- Departmental nets as overlays: their cells, and how each lies in the basic grids that stood when it was laid over them.
SET LOCAL ROLE wangge_owner;

ALTER TABLE gis.alias ADD COLUMN household_share double precision CHECK (household_share BETWEEN 0 AND 1);
COMMENT ON COLUMN gis.alias.household_share IS 'share of the foreign cell''s households that live in the grid; NULL: it has none, or nobody counted';
CREATE INDEX alias_code ON gis.alias (code);

CREATE TABLE boundaries.net (
    id text PRIMARY KEY REFERENCES gis.code_system,
    edition int NOT NULL REFERENCES gis.edition,
    laid_at timestamptz NOT NULL DEFAULT now(),
    confirmed_by text
);
COMMENT ON TABLE boundaries.net IS 'Nets of departments, the edition that each was laid over, and who looked at the outcome';

CREATE TABLE boundaries.net_cell (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    net text NOT NULL REFERENCES boundaries.net ON DELETE CASCADE,
    code text NOT NULL CHECK (code <> ''),
    name text NOT NULL,
    geom geometry(MultiPolygon, 4490) NOT NULL,
    UNIQUE (net, code)
);
CREATE INDEX net_cell_geom ON boundaries.net_cell USING gist (geom);

CREATE TABLE boundaries.net_part (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    net text NOT NULL,
    cell text NOT NULL,
    grid gis.grid_code NOT NULL,
    geom geometry(MultiPolygon, 4490) NOT NULL,
    UNIQUE (net, cell, grid),
    FOREIGN KEY (net, cell) REFERENCES boundaries.net_cell (net, code) ON DELETE CASCADE,
    FOREIGN KEY (net, cell, grid) REFERENCES gis.alias (code_system, foreign_code, code) ON DELETE CASCADE
);
CREATE INDEX net_part_geom ON boundaries.net_part USING gist (geom);
COMMENT ON TABLE boundaries.net_part IS 'The ground of each alias: where a cell of a net lies in a basic grid';

GRANT SELECT, INSERT, UPDATE, DELETE ON boundaries.net, boundaries.net_cell, boundaries.net_part TO wangge_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA boundaries TO wangge_service;

-- A cell is shown to whoever edits a grid that it lies in; one that lies in none, to everybody.
CREATE VIEW edit.net WITH (security_barrier) AS
SELECT c.id, c.net, c.code, c.name, count(a.code)::int AS grids, max(a.area_share) AS fit,
       n.edition = d.base_edition AS up_to_date, c.geom
FROM boundaries.draft AS d
CROSS JOIN boundaries.net AS n
JOIN boundaries.net_cell AS c ON c.net = n.id
LEFT JOIN gis.alias AS a ON a.code_system = c.net AND a.foreign_code = c.code
WHERE d.planner = session_user AND d.ended_at IS NULL
GROUP BY c.id, n.id, d.id
HAVING count(a.code) = 0 OR bool_or(a.code::text ^@ d.scope);
COMMENT ON VIEW edit.net IS 'Cells of departmental nets, read-only: in how many basic grids each lies, and the largest share of its area in one';

CREATE VIEW edit.net_part WITH (security_barrier) AS
SELECT p.id, p.net, p.cell, c.name, p.grid::text AS grid, a.area_share, a.household_share,
       CASE WHEN EXISTS (SELECT FROM gis.alias AS o WHERE o.code_system = p.net AND o.foreign_code = p.cell
                         AND (-o.area_share, o.code::text) < (-a.area_share, a.code::text)) THEN 'beyond' ELSE 'main' END AS state,
       n.edition = d.base_edition AS up_to_date, p.geom
FROM boundaries.draft AS d
JOIN boundaries.net_part AS p ON p.grid::text ^@ d.scope
JOIN boundaries.net AS n ON n.id = p.net
JOIN boundaries.net_cell AS c ON c.net = p.net AND c.code = p.cell
JOIN gis.alias AS a ON a.code_system = p.net AND a.foreign_code = p.cell AND a.code = p.grid
WHERE d.planner = session_user AND d.ended_at IS NULL;
COMMENT ON VIEW edit.net_part IS 'Cells of departmental nets cut by basic grids, n:m: the part in the grid that has most of a cell is main, others do not fit';
GRANT SELECT ON edit.net, edit.net_part TO wangge_planner;
