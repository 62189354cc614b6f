-- Generalised shapes: what tiles are cut from, made once per edition and zoom so that neighbours share their borders.
CREATE SCHEMA tiles AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA tiles TO wangge_service;
SET LOCAL ROLE wangge_owner;

-- No spatial index: a shape lies in the box of the grid it generalises (tile units aside), and gis.grid has that index.
-- No reference to gis.edition: it would cost a third of a build, and whoever drops an edition drops its products first.
CREATE TABLE tiles.shape (
    zoom smallint NOT NULL CHECK (zoom BETWEEN 0 AND 16),
    code text COLLATE "C" NOT NULL,
    same_as text COLLATE "C",
    geom geometry(MultiPolygon, 3857),
    edition_from int NOT NULL,
    edition_to int,
    PRIMARY KEY (zoom, code, edition_from),
    CHECK ((same_as IS NULL) = (geom IS NOT NULL)),
    CHECK (edition_to > edition_from)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE tiles.shape IS
    'A grid as drawn at a zoom, vertices on that zoom''s grid of tile units; a row stands for editions [edition_from, edition_to); a grid with one basic grid in it is drawn as that (same_as)';

CREATE TABLE tiles.border (
    zoom smallint NOT NULL CHECK (zoom BETWEEN 0 AND 16),
    left_code text COLLATE "C" NOT NULL,
    right_code text COLLATE "C",
    geom geometry(MultiLineString, 3857) NOT NULL,
    edition_from int NOT NULL,
    edition_to int,
    UNIQUE NULLS NOT DISTINCT (zoom, left_code, right_code, edition_from),
    CHECK (left_code < right_code AND length(left_code) = length(right_code)),
    CHECK (edition_to > edition_from)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE tiles.border IS
    'Each border once, between the two grids of the highest level it bounds, the lower code on the left; right_code is null at the edge of the coverage';

-- Doubles hardly shrink, and reading them must be quick.
ALTER TABLE tiles.shape ALTER COLUMN geom SET STORAGE EXTERNAL;
ALTER TABLE tiles.border ALTER COLUMN geom SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiles TO wangge_service;

-- Inlined by the planner, so indexes keep working.
CREATE FUNCTION tiles.shape_at(edition int) RETURNS TABLE (zoom smallint, code text, geom geometry)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT s.zoom, s.code, drawn.geom
    FROM tiles.shape AS s
    JOIN tiles.shape AS drawn ON drawn.zoom = s.zoom AND drawn.code = coalesce(s.same_as, s.code)
    WHERE s.edition_from <= edition AND (s.edition_to IS NULL OR s.edition_to > edition)
      AND drawn.edition_from <= edition AND (drawn.edition_to IS NULL OR drawn.edition_to > edition)
    $$;
CREATE FUNCTION tiles.border_at(edition int) RETURNS SETOF tiles.border
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM tiles.border WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;

-- Geometry in tile units (x right, y down) cut to a tile of 4096 units with a buffer of 64, as whole numbers; null if
-- nothing is left. Vertices are rounded one by one, so that neighbours keep theirs in common; what that folds is mended
-- by itself (never in WebMercatorQuad, on whose whole numbers the shapes are stored). ST_AsMVTGeom is not used, because
-- it simplifies each area by itself and so opens gaps between neighbours.
-- The box is larger by an odd fraction, so that no border crosses it exactly between two whole numbers, where neighbours,
-- who run along it in opposite directions, could be rounded apart.
-- ``sound`` says that the geometry is valid on whole numbers already, so that it needs no check unless it is cut.
-- Not parallel safe on purpose: a tile is done before a parallel worker has started.
CREATE FUNCTION tiles.cut_area(geom geometry, sound boolean) RETURNS geometry
    LANGUAGE plpgsql IMMUTABLE STRICT
    AS $$
DECLARE
    box CONSTANT geometry := ST_MakeEnvelope(-64.123456789, -64.123456789, 4160.123456789, 4160.123456789, ST_SRID(geom));
    cut geometry;
    whole geometry;
BEGIN
    IF NOT geom && box THEN
        RETURN NULL;
    END IF;
    cut := ST_SnapToGrid(geom, 1);
    IF NOT geom @ box THEN
        cut := ST_SnapToGrid(ST_CollectionExtract(ST_ClipByBox2D(cut, box), 3), 1);
        sound := false;
    END IF;
    IF NOT sound AND NOT ST_IsValid(cut) THEN
        whole := ST_CollectionExtract(ST_MakeValid(cut), 3);
        cut := ST_SnapToGrid(whole, 1);
        IF NOT ST_IsValid(cut) THEN
            cut := ST_CollectionExtract(ST_ReducePrecision(whole, 1), 3);
        END IF;
    END IF;
    RETURN CASE WHEN NOT ST_IsEmpty(cut) THEN ST_ForcePolygonCCW(cut) END;
END
$$;

CREATE FUNCTION tiles.cut_line(geom geometry) RETURNS geometry
    LANGUAGE plpgsql IMMUTABLE STRICT
    AS $$
DECLARE
    box CONSTANT geometry := ST_MakeEnvelope(-64.123456789, -64.123456789, 4160.123456789, 4160.123456789, ST_SRID(geom));
    cut geometry := ST_SnapToGrid(geom, 1);
BEGIN
    IF NOT geom @ box THEN
        cut := ST_SnapToGrid(ST_CollectionExtract(ST_ClipByBox2D(cut, box), 2), 1);
    END IF;
    RETURN CASE WHEN NOT ST_IsEmpty(cut) THEN cut END;
END
$$;

-- A point as the unit that it lies in, if that is less than ``reach`` units outside the tile: with a reach of 0 every
-- point is in exactly one tile of a zoom.
CREATE FUNCTION tiles.cut_point(geom geometry, reach int) RETURNS geometry
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    SELECT CASE WHEN ST_X(geom) >= -reach AND ST_X(geom) < 4096 + reach AND ST_Y(geom) >= -reach AND ST_Y(geom) < 4096 + reach
                THEN ST_MakePoint(floor(ST_X(geom)), floor(ST_Y(geom))) END
    $$;
