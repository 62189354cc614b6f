-- name: lock
SELECT id FROM boundaries.draft WHERE id = %s FOR NO KEY UPDATE

-- name: last_done
SELECT max(s.id) FROM boundaries.save AS s JOIN boundaries.draft AS d ON d.id = s.draft_id
WHERE d.id = %(draft)s AND s.kind = 'edit' AND s.undone_by IS NULL AND s.id > coalesce(d.rebased_after, 0)

-- name: first_undone
SELECT min(s.id) FROM boundaries.save AS s JOIN boundaries.draft AS d ON d.id = s.draft_id
WHERE d.id = %(draft)s AND s.undone_by IS NOT NULL AND s.id > coalesce(d.rebased_after, 0)
  AND NOT EXISTS (SELECT FROM boundaries.save AS l WHERE l.draft_id = s.draft_id AND l.kind = 'edit' AND l.id > s.undone_by)

-- name: begin
INSERT INTO boundaries.save (draft_id, kind) VALUES (%s, %s) RETURNING id

-- name: clear
DELETE FROM boundaries.change
WHERE draft_id = %(draft)s AND code IN (SELECT code FROM boundaries.journal WHERE save_id = %(save)s)

-- name: put_before
INSERT INTO boundaries.change (draft_id, code, operation, name, geom, fid)
SELECT %(draft)s, f.code, f.old_operation, f.old_name, f.old_geom, f.old_fid
FROM (SELECT DISTINCT ON (code) * FROM boundaries.journal WHERE save_id = %(save)s ORDER BY code, id) AS f
WHERE f.old_operation IS NOT NULL

-- name: put_after
INSERT INTO boundaries.change (draft_id, code, operation, name, geom, fid)
SELECT %(draft)s, l.code, l.new_operation, l.new_name, l.new_geom, l.new_fid
FROM (SELECT DISTINCT ON (code) * FROM boundaries.journal WHERE save_id = %(save)s ORDER BY code, id DESC) AS l
WHERE l.new_operation IS NOT NULL

-- name: mark
UPDATE boundaries.save SET undone_by = %(undone_by)s WHERE id = %(save)s

-- name: saves
SELECT s.id, s.saved_at, s.saved_by, s.kind, s.undone_by IS NOT NULL AS undone,
       (SELECT array_agg(DISTINCT j.code::text ORDER BY j.code::text) FROM boundaries.journal AS j WHERE j.save_id = s.id) AS codes
FROM boundaries.save AS s WHERE s.draft_id = %(draft)s ORDER BY s.id DESC LIMIT %(limit)s

-- name: save
SELECT s.id, s.saved_at, s.saved_by, s.kind, s.undone_by IS NOT NULL AS undone,
       (SELECT array_agg(DISTINCT j.code::text ORDER BY j.code::text) FROM boundaries.journal AS j WHERE j.save_id = s.id) AS codes
FROM boundaries.save AS s WHERE s.id = %s
