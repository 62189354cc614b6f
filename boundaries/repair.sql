-- name: repaired
SELECT r.code::text
FROM boundaries.repaired AS r
JOIN boundaries.change AS c USING (draft_id, code)
WHERE r.draft_id = %s AND r.digest = md5(ST_AsBinary(c.geom))

-- name: remember
INSERT INTO boundaries.repaired (draft_id, code, digest)
SELECT draft_id, code, md5(ST_AsBinary(geom))
FROM boundaries.change
WHERE draft_id = %(draft)s AND code = ANY(%(codes)s::text[]) AND geom IS NOT NULL
ON CONFLICT (draft_id, code) DO UPDATE SET digest = EXCLUDED.digest

-- name: finding
SELECT codes, ST_AsBinary(geom) FROM boundaries.finding WHERE id = %(finding)s AND draft_id = %(draft)s AND rev = %(rev)s
