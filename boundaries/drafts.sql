-- name: open
INSERT INTO boundaries.draft (base_edition, title, author, scope, planner, synthetic)
VALUES (%(base)s, %(title)s, %(author)s, %(scope)s, %(planner)s,
        %(synthetic)s OR coalesce((SELECT synthetic FROM gis.edition WHERE number = %(base)s), false))
RETURNING id

-- name: planner
SELECT p.scope, d.id FROM boundaries.planner AS p
LEFT JOIN boundaries.draft AS d ON d.planner = p.login AND d.ended_at IS NULL
WHERE p.login = %s

-- name: forget
DELETE FROM boundaries.change WHERE draft_id = %s AND code = ANY(%s::text[]) RETURNING code::text, fid

-- name: draft
SELECT d.id, d.base_edition, d.state, d.title, d.author, d.synthetic, d.opened_at, d.scope, d.rev, d.planner,
       (SELECT count(*) FROM boundaries.change AS c WHERE c.draft_id = d.id), d.publish_on
FROM boundaries.draft AS d WHERE d.id = %s

-- name: drafts
SELECT d.id, d.base_edition, d.state, d.title, d.author, d.synthetic, d.opened_at, d.scope, d.rev, d.planner,
       (SELECT count(*) FROM boundaries.change AS c WHERE c.draft_id = d.id), d.publish_on
FROM boundaries.draft AS d WHERE d.state = %s ORDER BY d.id DESC

-- name: changes
SELECT code::text, operation, name, ST_AsBinary(geom) FROM boundaries.change WHERE draft_id = %s ORDER BY code

-- name: drop
UPDATE boundaries.draft SET state = 'dropped', ended_at = now() WHERE id = %s

-- name: publish
UPDATE boundaries.draft SET state = 'published', ended_at = now(), published_as = %s WHERE id = %s

-- name: lock
SELECT id FROM boundaries.draft WHERE id = %s FOR NO KEY UPDATE

-- name: remove_leaf
SELECT boundaries.remove_leaf(d, %(code)s) FROM boundaries.draft AS d WHERE d.id = %(draft)s

-- name: issue
SELECT boundaries.issue_leaf_code(d, %(parent)s, %(name)s) FROM boundaries.draft AS d WHERE d.id = %(draft)s
