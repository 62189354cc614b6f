-- Disputes and the append-only log of the closed loop.
SET LOCAL ROLE wangge_owner;

CREATE TABLE gis.dispute_category (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z_]*$'),
    name_zh text NOT NULL,
    name_en text NOT NULL
);
INSERT INTO gis.dispute_category VALUES
    ('neighbour', '邻里纠纷', 'Between neighbours'),
    ('forest_land', '山林土地纠纷', 'Forest and land'),
    ('family', '婚姻家庭继承纠纷', 'Marriage, family, inheritance'),
    ('compensation', '赔偿纠纷', 'Compensation'),
    ('expropriation', '征地拆迁纠纷', 'Expropriation and demolition'),
    ('housing', '房屋宅基地纠纷', 'Houses and homesteads'),
    ('contract', '合同纠纷', 'Contracts'),
    ('village_affairs', '村务管理纠纷', 'Village affairs'),
    ('traffic', '交通事故纠纷', 'Traffic accidents'),
    ('labour', '劳动纠纷', 'Labour'),
    ('medical', '医患纠纷', 'Medical'),
    ('environment', '环境保护纠纷', 'Environment'),
    ('family_planning', '计划生育纠纷', 'Family planning'),
    ('property_management', '物业纠纷', 'Property management'),
    ('other', '其他纠纷', 'Other');

CREATE TABLE gis.dispute (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number text NOT NULL UNIQUE,
    title text NOT NULL CHECK (title <> ''),
    category text NOT NULL REFERENCES gis.dispute_category,
    source text NOT NULL CHECK (source <> ''),
    urgency text NOT NULL CHECK (urgency IN ('normal', 'urgent')),
    summary text NOT NULL DEFAULT '',
    parties int NOT NULL DEFAULT 2 CHECK (parties > 0),
    geom geometry(Point, 4490) NOT NULL,
    household_id uuid REFERENCES gis.household,
    occurred_at timestamptz NOT NULL,
    accepted_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL CHECK (deadline > accepted_at),
    closed_at timestamptz CHECK (closed_at >= accepted_at),
    mediated boolean NOT NULL DEFAULT false,
    succeeded boolean,
    state text NOT NULL CHECK (state IN ('accept', 'triage', 'handle', 'supervise', 'close', 'archive', 'revisit')),
    grid_code gis.grid_code NOT NULL,
    unit_code gis.unit_code,
    edition int NOT NULL REFERENCES gis.edition,
    border_m double precision NOT NULL,
    sure boolean NOT NULL,
    CHECK (succeeded IS NULL OR mediated),
    CHECK ((state IN ('close', 'archive', 'revisit')) = (closed_at IS NOT NULL))
);
CREATE INDEX dispute_geom ON gis.dispute USING gist (geom);
CREATE INDEX dispute_grid ON gis.dispute (grid_code, accepted_at);
COMMENT ON COLUMN gis.dispute.grid_code IS 'basic grid of the edition valid when it was accepted: later border changes never move it in past figures';
COMMENT ON COLUMN gis.dispute.succeeded IS 'success of the mediation, separate from being closed';

CREATE TABLE gis.dispute_assignment (
    dispute_id uuid NOT NULL REFERENCES gis.dispute,
    grid_code gis.grid_code NOT NULL,
    unit_code gis.unit_code,
    edition_from int NOT NULL REFERENCES gis.edition,
    edition_to int REFERENCES gis.edition,
    PRIMARY KEY (dispute_id, edition_from),
    CHECK (edition_to > edition_from)
);
CREATE INDEX dispute_assignment_grid ON gis.dispute_assignment (grid_code);
COMMENT ON TABLE gis.dispute_assignment IS 'Where an open dispute is dealt with, for editions [edition_from, edition_to)';

CREATE TABLE gis.dispute_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id uuid NOT NULL REFERENCES gis.dispute,
    at timestamptz NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    actor_role text NOT NULL,
    note text NOT NULL DEFAULT ''
);
CREATE INDEX dispute_event_dispute ON gis.dispute_event (dispute_id, id);

CREATE FUNCTION gis.refuse_rewriting_log() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER dispute_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gis.dispute_event
    FOR EACH STATEMENT EXECUTE FUNCTION gis.refuse_rewriting_log();
REVOKE UPDATE, DELETE ON gis.dispute_event FROM wangge_service;

-- Receipt numbers: the year and a running number, never reused.
CREATE SEQUENCE gis.dispute_receipt;
GRANT USAGE ON SEQUENCE gis.dispute_receipt TO wangge_service;

ALTER TABLE gis.dispute ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.dispute FORCE ROW LEVEL SECURITY;
CREATE POLICY dispute_scope ON gis.dispute
    USING (grid_code::text ^@ ANY ((SELECT gis.scope())::text[]));
ALTER TABLE gis.dispute_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.dispute_assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY dispute_assignment_scope ON gis.dispute_assignment
    USING (grid_code::text ^@ ANY ((SELECT gis.scope())::text[]));
ALTER TABLE gis.dispute_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE gis.dispute_event FORCE ROW LEVEL SECURITY;
CREATE POLICY dispute_event_scope ON gis.dispute_event
    USING (EXISTS (SELECT FROM gis.dispute AS d WHERE d.id = dispute_id));
