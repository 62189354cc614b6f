-- name: review
SELECT d.validated_rev, d.submitted_rev, d.submitted_by, d.approved_rev, d.approved_by, gis.current_edition(),
       (SELECT count(*) FROM boundaries.finding AS f WHERE f.draft_id = d.id AND f.severity = 'error'),
       (SELECT count(*) FROM boundaries.finding AS f WHERE f.draft_id = d.id AND f.severity = 'warning'),
       (SELECT count(*) FROM boundaries.conflict AS c WHERE c.draft_id = d.id AND c.resolution IS NULL)
FROM boundaries.draft AS d WHERE d.id = %s

-- name: submit
UPDATE boundaries.draft SET submitted_rev = %(rev)s, submitted_by = %(by)s, approved_rev = NULL, approved_by = NULL
WHERE id = %(draft)s AND rev = %(rev)s RETURNING id

-- name: approve
UPDATE boundaries.draft SET approved_rev = %(rev)s, approved_by = %(by)s
WHERE id = %(draft)s AND rev = %(rev)s AND submitted_rev = %(rev)s RETURNING id

-- name: send_back
UPDATE boundaries.draft
SET submitted_rev = NULL, submitted_by = NULL, approved_rev = NULL, approved_by = NULL
WHERE id = %(draft)s

-- name: comment
INSERT INTO boundaries.draft_comment (draft_id, rev, author, body, code, geom)
VALUES (%(draft)s, %(rev)s, %(author)s, %(body)s, %(code)s, ST_Point(%(lon)s, %(lat)s, 4490))
RETURNING id, rev, author, written_at, body, code::text, ST_X(geom), ST_Y(geom)

-- name: comments
SELECT id, rev, author, written_at, body, code::text, ST_X(geom), ST_Y(geom)
FROM boundaries.draft_comment WHERE draft_id = %s ORDER BY id
