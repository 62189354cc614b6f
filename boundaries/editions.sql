-- name: lock
SELECT pg_advisory_xact_lock(%s)

-- name: prepared
SELECT number FROM gis.edition WHERE state = 'prepared'

-- name: retire_current
UPDATE gis.edition SET state = 'past' WHERE state = 'current'

-- name: make_current
UPDATE gis.edition SET state = 'current', activated_at = now() WHERE number = %s

-- name: move_households
UPDATE gis.household AS h SET grid_code = a.grid_code
FROM gis.assignment AS a
WHERE a.household_id = h.id AND a.edition_from = %s AND h.grid_code <> a.grid_code

-- name: settle_households
UPDATE gis.household AS h SET grid_code = a.grid_code
FROM gis.assignment_at(%s) AS a
WHERE a.household_id = h.id AND h.grid_code <> a.grid_code

-- name: notify
SELECT pg_notify(%s, %s)

-- name: drop_grid
DELETE FROM gis.grid WHERE edition_from = %s

-- name: reopen_grid
UPDATE gis.grid SET edition_to = NULL WHERE edition_to = %s

-- name: drop_unit
DELETE FROM gis.unit WHERE edition_from = %s

-- name: reopen_unit
UPDATE gis.unit SET edition_to = NULL WHERE edition_to = %s

-- name: drop_assignment
DELETE FROM gis.assignment WHERE edition_from = %s

-- name: reopen_assignment
UPDATE gis.assignment SET edition_to = NULL WHERE edition_to = %s

-- name: drop_dispute_assignment
DELETE FROM gis.dispute_assignment WHERE edition_from = %s

-- name: reopen_dispute_assignment
UPDATE gis.dispute_assignment SET edition_to = NULL WHERE edition_to = %s

-- name: drop_alias
DELETE FROM gis.alias WHERE edition_from = %s

-- name: reopen_alias
UPDATE gis.alias SET edition_to = NULL WHERE edition_to = %s

-- name: drop_lineage
DELETE FROM gis.lineage WHERE edition = %s

-- name: drop_extents
DELETE FROM boundaries.changed_extent WHERE edition = %s

-- name: unretire
UPDATE gis.code SET retired_in = NULL WHERE retired_in = %s

-- name: reopen_draft
UPDATE boundaries.draft AS d
SET state = CASE WHEN publish_on IS NULL THEN 'open' ELSE 'waiting' END, ended_at = NULL, published_as = NULL,
    planner = CASE WHEN EXISTS (SELECT FROM boundaries.draft AS o WHERE o.planner = d.planner AND o.ended_at IS NULL)
                   THEN NULL ELSE planner END
WHERE published_as = %s

-- name: drop_edition
DELETE FROM gis.edition WHERE number = %s
