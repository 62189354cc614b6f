-- name: drop_heads
DELETE FROM gis.unit_head WHERE unit_code = %(unit)s AND since >= %(since)s

-- name: end_head
UPDATE gis.unit_head SET until = %(since)s WHERE unit_code = %(unit)s AND (until IS NULL OR until > %(since)s)

-- name: set_head
INSERT INTO gis.unit_head (unit_code, household_id, since) VALUES (%(unit)s, %(household)s, %(since)s)
