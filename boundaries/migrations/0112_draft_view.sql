-- Which draft a planner is editing, for the commands and pages that go by its number.
SET LOCAL ROLE wangge_owner;

CREATE VIEW edit.draft WITH (security_barrier) AS
SELECT d.id, d.title, d.scope, d.base_edition, d.base_edition = (SELECT number FROM gis.edition WHERE state = 'current') AS up_to_date, d.opened_at, d.rev,
       (SELECT count(*) FROM boundaries.change AS c WHERE c.draft_id = d.id AND c.geom IS NOT NULL)::int AS drawn,
       (SELECT count(*) FROM boundaries.change AS c WHERE c.draft_id = d.id AND c.operation = 'retire')::int AS retired
FROM boundaries.draft AS d
WHERE d.planner = session_user AND d.ended_at IS NULL;
COMMENT ON VIEW edit.draft IS 'The open draft of this login; not up to date: another edition was published since, rebase it';
GRANT SELECT ON edit.draft TO wangge_planner;
