-- name: disputes
SELECT grid_code::text AS grid, accepted_at, mediated, succeeded, closed_at, deadline FROM gis.dispute

-- name: households
SELECT h.id, a.grid_code::text AS grid, h.since, h.until
FROM gis.household AS h JOIN gis.assignment_at(1) AS a ON a.household_id = h.id

-- name: ratings
SELECT household_id AS id, level, rated_at, ended_at FROM gis.risk_rating

-- name: posts
SELECT p.grid_code::text AS grid, p.staff_id, s.employment, p.since, p.until
FROM gis.staff_post AS p JOIN gis.staff AS s ON s.id = p.staff_id

-- name: units
SELECT grid_code AS grid FROM gis.unit_at(1)

-- name: centres
SELECT grid_code::text AS grid FROM gis.centre

-- name: second_edition
INSERT INTO gis.edition (number, state, valid_from, title, author, synthetic)
VALUES (2, 'prepared', '2024-01-01', 'x', 'x', true)

-- name: publish_second
UPDATE gis.edition SET state = 'past', activated_at = now() WHERE number = 2

-- name: change_1_close_some
UPDATE gis.assignment SET edition_to = 2
WHERE edition_to IS NULL AND household_id IN (
    SELECT household_id FROM gis.assignment WHERE grid_code ^@ '532322101202007' ORDER BY 1 LIMIT 20)

-- name: change_2_open_elsewhere
INSERT INTO gis.assignment (household_id, grid_code, how, edition_from)
SELECT household_id, '53232210120200801', 'by hand', 2 FROM gis.assignment WHERE edition_to = 2

-- name: change_3_drop_some
DELETE FROM gis.assignment
WHERE edition_from = 2 AND household_id IN (SELECT household_id FROM gis.assignment WHERE edition_from = 2 LIMIT 5)

-- name: change_4_move_again
UPDATE gis.assignment SET grid_code = '53232210120200901' WHERE edition_from = 2

-- name: change_5_drop_a_township
DELETE FROM gis.assignment WHERE edition_from = 1 AND grid_code ^@ '532322203'

-- name: counted
SELECT grid_code::text, count(*)::int FROM gis.assignment_at(%s) GROUP BY 1

-- name: tallied
SELECT grid_code, sum(change)::int FROM gis.assignment_tally WHERE edition <= %s GROUP BY 1 HAVING sum(change) <> 0

-- name: close_all
UPDATE gis.assignment SET edition_to = 2 WHERE grid_code = %s

-- name: move_all
INSERT INTO gis.assignment (household_id, grid_code, how, edition_from)
SELECT household_id, %s, 'inside', 2 FROM gis.assignment WHERE grid_code = %s
