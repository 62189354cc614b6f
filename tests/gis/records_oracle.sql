-- name: a_household
SELECT id, grid_code::text, ST_X(geom), ST_Y(geom), phone FROM gis.household WHERE grid_code ^@ %s ORDER BY id LIMIT 1

-- name: stored
SELECT state, closed_at, succeeded, mediated, deadline FROM gis.dispute WHERE id = %s

-- name: assignment
SELECT grid_code::text, unit_code::text, edition_from, edition_to FROM gis.dispute_assignment WHERE dispute_id = %s

-- name: rewrite_log
UPDATE gis.dispute_event SET note = 'x' WHERE dispute_id = %s

-- name: open_ratings
SELECT count(*) FROM gis.risk_rating WHERE household_id = %s AND ended_at IS NULL

-- name: masked
SELECT gis.masked_phone(%s::text)

-- name: editions
INSERT INTO gis.edition (number, state, valid_from, activated_at, title, author, synthetic)
SELECT n, 'past', '2023-01-01', now(), 'x', 'x', true FROM generate_series(2, 4) AS n

-- name: retire
UPDATE gis.grid SET edition_to = %(edition)s WHERE code = %(code)s AND edition_to IS NULL

-- name: retire_code
UPDATE gis.code SET retired_in = %(edition)s WHERE code = %(code)s

-- name: pass_on
INSERT INTO gis.lineage (edition, old_code, new_code, kind, area_share, household_share)
VALUES (%s, %s, %s, 'split', %s, %s)

-- name: alias
INSERT INTO gis.alias (code_system, foreign_code, code, area_share) VALUES ('mca', %s, %s, %s)

-- name: leaves_of
SELECT code::text, area_m2 FROM gis.grid_at(1) WHERE level = 6 AND code ^@ %s ORDER BY code

-- name: touching
SELECT DISTINCT left(b.code::text, length(%(code)s))
FROM gis.grid_at(1) AS a JOIN gis.grid_at(1) AS b ON a.geom && b.geom
WHERE a.level = 6 AND b.level = 6 AND a.code ^@ %(code)s AND NOT b.code ^@ %(code)s
  AND ST_Relate(a.geom, b.geom, '****1****')
ORDER BY 1

-- name: waiting
SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE NOT l.granted AND a.datname = current_database()

-- name: no_alias
DELETE FROM gis.alias WHERE foreign_code IN ('one', 'two')
