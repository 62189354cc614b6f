-- name: change
INSERT INTO gis.unit_change (actor, kind, grid_code, edition, note)
VALUES (%(by)s, %(kind)s, %(grid)s, %(edition)s, %(note)s) RETURNING id

-- name: changes
SELECT c.id, c.at, c.actor, c.kind, c.grid_code, c.edition, c.note,
       (SELECT count(*) FROM gis.unit_change_move AS m WHERE m.change_id = c.id)
FROM gis.unit_change AS c WHERE c.grid_code ^@ %(grid)s OR %(grid)s ^@ c.grid_code
ORDER BY c.id DESC LIMIT %(limit)s
