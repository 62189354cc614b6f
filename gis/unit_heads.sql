-- name: drop_heads
DELETE FROM gis.unit_head WHERE unit_code = %(unit)s AND since >= %(since)s

-- name: end_head
UPDATE gis.unit_head SET until = %(since)s WHERE unit_code = %(unit)s AND (until IS NULL OR until > %(since)s)

-- name: end_moved
UPDATE gis.unit_head AS h SET until = greatest(%(today)s, h.since)
FROM gis.assignment AS a
WHERE h.until IS NULL AND a.household_id = h.household_id AND a.edition_from = %(edition)s AND a.edition_to IS NULL
  AND a.unit_code IS DISTINCT FROM h.unit_code

-- name: set_head
INSERT INTO gis.unit_head (unit_code, household_id, since) VALUES (%(unit)s, %(household)s, %(since)s)
