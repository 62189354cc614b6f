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
    rebased_after = (SELECT max(s.id) FROM boundaries.save AS s WHERE s.draft_id = %(draft)s),
    submitted_rev = NULL, submitted_by = NULL, approved_rev = NULL, approved_by = NULL
WHERE id = %(draft)s

-- name: forget_findings
DELETE FROM boundaries.finding WHERE draft_id = %s

-- name: conflict
INSERT INTO boundaries.conflict AS c (draft_id, code, edition, fields) VALUES (%(draft)s, %(code)s, %(current)s, %(fields)s)
ON CONFLICT (draft_id, code) DO UPDATE
SET edition = EXCLUDED.edition, resolution = NULL, resolved_by = NULL,
    fields = EXCLUDED.fields || CASE WHEN c.resolution IS NULL
             THEN ARRAY(SELECT unnest(c.fields) EXCEPT SELECT unnest(EXCLUDED.fields) ORDER BY 1) ELSE '{}' END

-- name: conflicts
SELECT code::text, edition, fields, resolution, resolved_by FROM boundaries.conflict WHERE draft_id = %s ORDER BY code

-- name: resolve
UPDATE boundaries.conflict SET resolution = %(resolution)s, resolved_by = %(by)s
WHERE draft_id = %(draft)s AND code = %(code)s RETURNING code

-- name: unvalidate
UPDATE boundaries.draft SET validated_rev = NULL WHERE id = %s

-- name: take_theirs
UPDATE boundaries.change AS c
SET name = CASE WHEN 'name' = ANY(f.fields) THEN g.name ELSE c.name END,
    geom = CASE WHEN 'outline' = ANY(f.fields) THEN g.geom ELSE c.geom END
FROM boundaries.conflict AS f, gis.grid_at(gis.current_edition()) AS g
WHERE c.draft_id = %(draft)s AND c.code = %(code)s AND f.draft_id = c.draft_id AND f.code = c.code
  AND g.code = c.code AND c.operation = 'put'

-- name: drop_equal
DELETE FROM boundaries.change AS c
WHERE c.draft_id = %(draft)s AND c.code = %(code)s
  AND (EXISTS (SELECT FROM boundaries.conflict AS f WHERE f.draft_id = c.draft_id AND f.code = c.code AND 'existence' = ANY(f.fields))
       OR EXISTS (SELECT FROM gis.grid_at(gis.current_edition()) AS g
                  WHERE g.code = c.code AND g.name = c.name AND (c.geom IS NULL OR ST_AsBinary(c.geom) = ST_AsBinary(g.geom))))
