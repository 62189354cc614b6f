-- name: forget
DELETE FROM boundaries.finding WHERE draft_id = %s

-- name: validated
UPDATE boundaries.draft SET validated_rev = %(rev)s WHERE id = %(draft)s AND rev = %(rev)s RETURNING id

-- name: findings
SELECT id, rev, rule, severity, codes, size, unit, message_zh, message_en, action_zh, action_en, ST_AsBinary(geom)
FROM boundaries.finding
WHERE draft_id = %s
ORDER BY severity, size DESC NULLS LAST, id
