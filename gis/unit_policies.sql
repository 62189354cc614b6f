-- name: current
SELECT DISTINCT ON (county) county::text, target, low, high, hard_low, hard_high, price_m, far_m, set_by, since
FROM gis.unit_policy ORDER BY county, id DESC

-- name: add
INSERT INTO gis.unit_policy (county, target, low, high, hard_low, hard_high, price_m, far_m, set_by)
VALUES (%(county)s, %(target)s, %(low)s, %(high)s, %(hard_low)s, %(hard_high)s, %(price_m)s, %(far_m)s, %(set_by)s)

-- name: history
SELECT target, low, high, hard_low, hard_high, price_m, far_m, set_by, since
FROM gis.unit_policy WHERE county = %s ORDER BY id DESC
