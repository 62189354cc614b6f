-- name: recorded
SELECT extract(epoch FROM recorded_at)::text, author, title FROM gis.edition WHERE number = %s

-- name: changed_leaves
-- Basic grids with a version that begins or ends in the edition; without a polygon those that are no more.
SELECT changed.code, ST_AsBinary(now.geom)
FROM (SELECT DISTINCT code FROM gis.grid
      WHERE level = 6 AND (edition_from = %(edition)s OR edition_to = %(edition)s)) AS changed
LEFT JOIN gis.grid_at(%(edition)s) AS now USING (code)
ORDER BY 1
