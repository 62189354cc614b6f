-- Editions, grids as edition-versioned rows, codes and where they came from.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.edition (
    number int PRIMARY KEY CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('prepared', 'current', 'past')),
    valid_from date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz,
    title text NOT NULL CHECK (title <> ''),
    author text NOT NULL CHECK (author <> ''),
    synthetic boolean NOT NULL,
    CHECK ((state = 'prepared') = (activated_at IS NULL))
);
CREATE UNIQUE INDEX edition_one_current ON gis.edition (state) WHERE state = 'current';
CREATE UNIQUE INDEX edition_one_prepared ON gis.edition (state) WHERE state = 'prepared';
COMMENT ON TABLE gis.edition IS 'Published states of all boundaries: prepared → current → past; valid_from is the legal date';

CREATE FUNCTION gis.current_edition() RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT number FROM gis.edition WHERE state = 'current' $$;

-- The edition whose boundaries were the law on a day; null before the first.
CREATE FUNCTION gis.edition_on(day date) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT number FROM gis.edition WHERE state <> 'prepared' AND valid_from <= day
          ORDER BY valid_from DESC, number DESC LIMIT 1 $$;

CREATE TABLE gis.code (
    code gis.grid_code PRIMARY KEY,
    fid int GENERATED ALWAYS AS IDENTITY UNIQUE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    retired_in int REFERENCES gis.edition
);
COMMENT ON TABLE gis.code IS 'Every grid code ever issued; a row is never deleted, so no code is ever reused; fid is the feature id in tiles';

CREATE TABLE gis.code_counter (
    parent text COLLATE "C" NOT NULL,
    series text NOT NULL,
    last int NOT NULL CHECK (last >= 0),
    PRIMARY KEY (parent, series)
);
COMMENT ON TABLE gis.code_counter IS 'Highest number ever issued under a parent in a series; only grows';

CREATE FUNCTION gis.refuse_shrinking_counter() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last < OLD.last THEN
        RAISE EXCEPTION 'a code counter only grows: codes are never reused' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER code_counter_only_grows BEFORE UPDATE OR DELETE ON gis.code_counter
    FOR EACH ROW EXECUTE FUNCTION gis.refuse_shrinking_counter();

CREATE TABLE gis.grid (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code gis.grid_code NOT NULL REFERENCES gis.code,
    level smallint NOT NULL GENERATED ALWAYS AS (gis.level_of(code)) STORED,
    parent text COLLATE "C" GENERATED ALWAYS AS (gis.parent_of(code)) STORED,
    name text NOT NULL CHECK (name <> ''),
    geom geometry(MultiPolygon, 4490) NOT NULL CHECK (NOT ST_IsEmpty(geom)),
    label_point geometry(Point, 4490) NOT NULL,
    area_m2 double precision NOT NULL CHECK (area_m2 > 0),
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition,
    CHECK (edition_to > edition_from),
    CONSTRAINT grid_one_version EXCLUDE USING gist (code WITH =, int4range(edition_from, edition_to) WITH &&)
);
CREATE INDEX grid_geom ON gis.grid USING gist (geom);
CREATE INDEX grid_code_edition ON gis.grid (code, edition_from);
CREATE INDEX grid_parent ON gis.grid (parent);
CREATE INDEX grid_level ON gis.grid (level, code);
CREATE INDEX grid_name ON gis.grid USING gin (name gin_trgm_ops);
COMMENT ON TABLE gis.grid IS 'Grids of all five levels; a row stands for editions [edition_from, edition_to)';

-- Inlined by the planner, so indexes keep working.
CREATE FUNCTION gis.grid_at(edition int) RETURNS SETOF gis.grid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM gis.grid WHERE edition_from <= edition AND (edition_to IS NULL OR edition_to > edition) $$;

CREATE TABLE gis.lineage (
    edition int NOT NULL REFERENCES gis.edition,
    old_code gis.grid_code NOT NULL REFERENCES gis.code,
    new_code gis.grid_code NOT NULL REFERENCES gis.code,
    kind text NOT NULL CHECK (kind IN ('split', 'merge', 'move', 'replace')),
    area_share double precision NOT NULL CHECK (area_share BETWEEN 0 AND 1),
    household_share double precision CHECK (household_share BETWEEN 0 AND 1),
    document text,
    PRIMARY KEY (edition, old_code, new_code)
);
COMMENT ON TABLE gis.lineage IS 'Shares of the old grid that went to the new one: by area, and by households where it had any';

CREATE TABLE gis.code_system (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_]*$'),
    name_zh text NOT NULL,
    name_en text NOT NULL
);
INSERT INTO gis.code_system VALUES
    ('nbs2023', '国家统计局统计用区划代码（2023）', 'National Bureau of Statistics area codes (2023)'),
    ('mca', '民政部行政区划代码', 'Ministry of Civil Affairs division codes');

CREATE TABLE gis.alias (
    code_system text NOT NULL REFERENCES gis.code_system,
    foreign_code text NOT NULL CHECK (foreign_code <> ''),
    code gis.grid_code NOT NULL REFERENCES gis.code,
    area_share double precision NOT NULL DEFAULT 1 CHECK (area_share > 0 AND area_share <= 1),
    confirmed_by text,
    PRIMARY KEY (code_system, foreign_code, code)
);
COMMENT ON TABLE gis.alias IS 'Foreign codes, n:m, always with their code system: official lists disagree on the same digits';

-- Ad-hoc SQL gives the answers of the look-up index: the lowest code of all basic grids that touch the point, and
-- upper levels as its prefix, so that the levels agree on shared borders too.
CREATE FUNCTION gis.locate(lon double precision, lat double precision, level int DEFAULT 6, edition int DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT left(min(g.code::text COLLATE "C"), CASE locate.level WHEN 6 THEN 17 ELSE 3 * locate.level END)
    FROM gis.grid_at(coalesce(locate.edition, gis.current_edition())) AS g
    WHERE g.level = 6 AND ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(locate.lon, locate.lat), 4490))
    $$;
