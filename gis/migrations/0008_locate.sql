-- Look-ups for analysts: by date instead of by the number of an edition, inlined where they stand in FROM.
SET LOCAL ROLE wangge_owner;

-- The lowest code of all basic grids that touch a point, and upper levels as its prefix, so that the levels agree on
-- shared borders: the contract of the look-up index. ST_Intersects takes a short cut for points whose rounding differs
-- from it near borders; ST_Disjoint goes through GEOS, whose orientation test is robust. && finds the candidates by index.
-- One row for every point, of nulls outside all grids and before the first edition; a row's day null: as of now.
DROP FUNCTION gis.locate(double precision, double precision, int, int);
CREATE FUNCTION gis.locate_chain(lon double precision, lat double precision, day date DEFAULT NULL)
    RETURNS TABLE (edition int, level2 text, level3 text, level4 text, level5 text, level6 text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT e.number, left(c.code, 6), left(c.code, 9), left(c.code, 12), left(c.code, 15), c.code
    FROM (SELECT CASE WHEN day IS NULL THEN (SELECT gis.current_edition())
                      ELSE (SELECT gis.edition_on(day)) END AS number) AS e,
         LATERAL (
             SELECT min(g.code::text COLLATE "C") AS code
             FROM gis.grid AS g, ST_SetSRID(ST_MakePoint(lon, lat), 4490) AS p
             WHERE g.level = 6 AND g.edition_from <= e.number AND (g.edition_to IS NULL OR g.edition_to > e.number)
               AND g.geom && p AND NOT ST_Disjoint(g.geom, p)
         ) AS c
    $$;
COMMENT ON FUNCTION gis.locate_chain IS
    'Codes of all levels at a point (degrees EPSG:4490) in the edition valid on a day, null: the current one';

CREATE FUNCTION gis.locate(lon double precision, lat double precision, level int DEFAULT 6, day date DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT CASE level WHEN 2 THEN level2 WHEN 3 THEN level3 WHEN 4 THEN level4 WHEN 5 THEN level5 WHEN 6 THEN level6 END
    FROM gis.locate_chain(lon, lat, day)
    $$;
COMMENT ON FUNCTION gis.locate IS
    'Code of the grid of a level (2 to 6) at a point (degrees EPSG:4490) in the edition valid on a day, null: the current one';

-- What is public for people who work in SQL: boundaries, codes and where they came from; no names of authors, and no
-- shares of households, which tell small counts.
GRANT SELECT (number, state, valid_from, recorded_at, activated_at, title, synthetic) ON gis.edition TO wangge_reader;
GRANT SELECT ON gis.grid, gis.code, gis.code_system TO wangge_reader;
GRANT SELECT (edition, old_code, new_code, kind, area_share, document) ON gis.lineage TO wangge_reader;
GRANT SELECT (code_system, foreign_code, code, area_share) ON gis.alias TO wangge_reader;
