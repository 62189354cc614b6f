-- name: waiting
SELECT id, title, publish_on, publish_by FROM boundaries.draft WHERE state = 'waiting'

-- name: due
SELECT d.id, d.title, d.publish_on, d.publish_by
FROM boundaries.draft AS d LEFT JOIN gis.edition AS e ON e.number = d.published_as
WHERE d.publish_on <= %s AND (d.state = 'waiting' OR e.state = 'prepared')

-- name: wait
UPDATE boundaries.draft SET state = 'waiting', publish_on = %(day)s, publish_by = %(by)s WHERE id = %(draft)s

-- name: release
UPDATE boundaries.draft SET state = 'open' WHERE id = %s AND state = 'waiting' AND publish_on <= %s

-- name: call_off
UPDATE boundaries.draft SET state = 'open', publish_on = NULL, publish_by = NULL
WHERE id = %s AND state = 'waiting' RETURNING id
