-- name: change
INSERT INTO gis.unit_change (actor, kind, grid_code, edition, note, opened, closed, units)
VALUES (%(by)s, %(kind)s, %(grid)s, %(edition)s, %(note)s, %(opened)s, %(closed)s, %(units)s) RETURNING id

-- name: changes
SELECT c.id, c.at, c.actor, c.kind, c.grid_code, c.edition, c.note, c.opened, c.closed, c.units,
       (SELECT count(*) FROM gis.unit_change_move AS m WHERE m.change_id = c.id)
FROM gis.unit_change AS c
WHERE (c.grid_code ^@ %(grid)s OR %(grid)s ^@ c.grid_code) AND (%(before)s::int IS NULL OR c.id < %(before)s::int)
ORDER BY c.id DESC LIMIT %(limit)s

-- name: moves
SELECT change_id, household_id::text, old_unit::text, new_unit::text FROM gis.unit_change_move
WHERE change_id = ANY(%(changes)s) AND coalesce(new_unit, old_unit) ^@ %(grid)s
ORDER BY change_id, household_id
