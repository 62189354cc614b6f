-- Drafts: changesets over a base edition.
CREATE SCHEMA boundaries AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA boundaries TO wangge_service;
SET LOCAL ROLE wangge_owner;

CREATE TABLE boundaries.draft (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    base_edition int REFERENCES gis.edition,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'published', 'dropped')),
    title text NOT NULL CHECK (title <> ''),
    author text NOT NULL CHECK (author <> ''),
    synthetic boolean NOT NULL DEFAULT false,
    opened_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    published_as int REFERENCES gis.edition,
    CHECK ((state = 'published') = (published_as IS NOT NULL)),
    CHECK ((state = 'open') = (ended_at IS NULL))
);

CREATE TABLE boundaries.change (
    draft_id int NOT NULL REFERENCES boundaries.draft ON DELETE CASCADE,
    code gis.grid_code NOT NULL,
    operation text NOT NULL CHECK (operation IN ('put', 'retire')),
    name text,
    geom geometry(MultiPolygon, 4490),
    PRIMARY KEY (draft_id, code),
    CHECK (operation = 'retire' OR name IS NOT NULL),
    CHECK ((geom IS NOT NULL) = (operation = 'put' AND gis.level_of(code) = 6))
);
COMMENT ON TABLE boundaries.change IS 'What a draft puts or retires: basic grids with geometry, parents by name only (their outline is derived)';

-- Extents that an edition changed, for whoever keeps products of it.
CREATE TABLE boundaries.changed_extent (
    edition int NOT NULL REFERENCES gis.edition,
    geom geometry(Polygon, 4490) NOT NULL
);
CREATE INDEX changed_extent_edition ON boundaries.changed_extent (edition);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA boundaries TO wangge_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA boundaries TO wangge_service;
