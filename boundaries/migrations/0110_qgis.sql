-- What QGIS shows of a draft beside its grids: findings by shape, and the project that brings all layers.
SET LOCAL ROLE wangge_owner;

CREATE VIEW edit.finding WITH (security_barrier) AS
SELECT f.id, f.severity, f.rule, array_to_string(f.codes, '、') AS codes, f.size, f.unit, f.message_zh, f.message_en,
       f.action_zh, f.action_en, f.rev = d.rev AS up_to_date, f.geom
FROM boundaries.draft AS d
JOIN boundaries.finding AS f ON f.draft_id = d.id
WHERE d.planner = session_user AND d.ended_at IS NULL;
COMMENT ON VIEW edit.finding IS 'Findings of the last judgement of the open draft; not up to date: something was saved since';

CREATE VIEW edit.finding_point WITH (security_barrier) AS
SELECT id, severity, rule, codes, size, unit, message_zh, message_en, action_zh, action_en, up_to_date,
       public.ST_Multi(public.ST_CollectionExtract(geom, 1))::public.geometry(MultiPoint, 4490) AS geom
FROM edit.finding WHERE NOT public.ST_IsEmpty(public.ST_CollectionExtract(geom, 1));
CREATE VIEW edit.finding_line WITH (security_barrier) AS
SELECT id, severity, rule, codes, size, unit, message_zh, message_en, action_zh, action_en, up_to_date,
       public.ST_Multi(public.ST_CollectionExtract(geom, 2))::public.geometry(MultiLineString, 4490) AS geom
FROM edit.finding WHERE NOT public.ST_IsEmpty(public.ST_CollectionExtract(geom, 2));
CREATE VIEW edit.finding_polygon WITH (security_barrier) AS
SELECT id, severity, rule, codes, size, unit, message_zh, message_en, action_zh, action_en, up_to_date,
       public.ST_Multi(public.ST_CollectionExtract(geom, 3))::public.geometry(MultiPolygon, 4490) AS geom
FROM edit.finding WHERE NOT public.ST_IsEmpty(public.ST_CollectionExtract(geom, 3));

-- The table of QGIS's own name and shape from which it opens projects.
CREATE TABLE edit.qgis_projects (
    name text PRIMARY KEY,
    metadata jsonb NOT NULL,
    content bytea NOT NULL
);

GRANT SELECT ON edit.finding, edit.finding_point, edit.finding_line, edit.finding_polygon, edit.qgis_projects TO wangge_planner;
