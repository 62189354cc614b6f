-- name: lock
SELECT id FROM boundaries.draft WHERE id = %s FOR UPDATE

-- name: versions
SELECT c.code::text, old.name, new.name, ST_AsBinary(old.geom), ST_AsBinary(new.geom)
FROM boundaries.change AS c
LEFT JOIN gis.grid AS old ON old.code = c.code AND old.edition_from <= %(base)s
    AND (old.edition_to IS NULL OR old.edition_to > %(base)s)
LEFT JOIN gis.grid AS new ON new.code = c.code AND new.edition_from <= %(current)s
    AND (new.edition_to IS NULL OR new.edition_to > %(current)s)
WHERE c.draft_id = %(draft)s AND old.id IS DISTINCT FROM new.id
ORDER BY c.code

-- name: move
UPDATE boundaries.draft
SET base_edition = %(current)s, validated_rev = NULL,
    submitted_rev = NULL, submitted_by = NULL, approved_rev = NULL, approved_by = NULL
WHERE id = %(draft)s

-- name: forget_findings
DELETE FROM boundaries.finding WHERE draft_id = %s

-- name: conflict
INSERT INTO boundaries.conflict (draft_id, code, edition) VALUES (%(draft)s, %(code)s, %(current)s)
ON CONFLICT (draft_id, code) DO UPDATE SET edition = EXCLUDED.edition, resolution = NULL, resolved_by = NULL

-- name: conflicts
SELECT code::text, edition, resolution, resolved_by FROM boundaries.conflict WHERE draft_id = %s ORDER BY code

-- name: resolve
UPDATE boundaries.conflict SET resolution = %(resolution)s, resolved_by = %(by)s
WHERE draft_id = %(draft)s AND code = %(code)s RETURNING code

-- name: unvalidate
UPDATE boundaries.draft SET validated_rev = NULL WHERE id = %s

-- name: take_theirs
DELETE FROM boundaries.change WHERE draft_id = %s AND code = %s
