-- name: page
SELECT h.id
FROM gis.household AS h
WHERE h.until IS NULL AND h.grid_code >= %(low)s AND h.grid_code < %(high)s AND h.grid_code ^@ ANY(%(prefixes)s)
  AND (%(after_grid)s::text IS NULL OR (h.grid_code, h.id) > (%(after_grid)s::text, %(after_id)s::uuid))
ORDER BY h.grid_code, h.id
LIMIT %(limit)s

-- name: page_rated
SELECT h.id
FROM gis.household AS h
JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL AND r.level = %(risk)s
WHERE h.until IS NULL AND h.grid_code >= %(low)s AND h.grid_code < %(high)s AND h.grid_code ^@ ANY(%(prefixes)s)
  AND (%(after_grid)s::text IS NULL OR (h.grid_code, h.id) > (%(after_grid)s::text, %(after_id)s::uuid))
ORDER BY h.grid_code, h.id
LIMIT %(limit)s

-- name: page_unrated
SELECT h.id
FROM gis.household AS h
LEFT JOIN LATERAL (
    SELECT id FROM gis.risk_rating WHERE household_id = h.id AND ended_at IS NULL LIMIT 1
) AS r ON true
WHERE h.until IS NULL AND h.grid_code >= %(low)s AND h.grid_code < %(high)s AND h.grid_code ^@ ANY(%(prefixes)s)
  AND r.id IS NULL
  AND (%(after_grid)s::text IS NULL OR (h.grid_code, h.id) > (%(after_grid)s::text, %(after_id)s::uuid))
ORDER BY h.grid_code, h.id
LIMIT %(limit)s

-- name: count
SELECT count(*)
FROM gis.household AS h
WHERE h.until IS NULL AND h.grid_code >= %(low)s AND h.grid_code < %(high)s AND h.grid_code ^@ ANY(%(prefixes)s)

-- name: count_rated
SELECT count(*)
FROM gis.household AS h
JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
WHERE h.until IS NULL AND h.grid_code >= %(low)s AND h.grid_code < %(high)s AND h.grid_code ^@ ANY(%(prefixes)s)
  AND (%(risk)s = 'none' OR r.level = %(risk)s)

-- name: records
SELECT h.id, h.head_name, gis.masked_phone(h.phone) AS phone, h.members, h.address, ST_X(h.geom) AS lon,
       ST_Y(h.geom) AS lat, h.grid_code::text AS grid, a.unit_code::text AS unit, u.name AS unit_name, a.how,
       m.name AS hamlet, h.since, r.level, r.reason, r.rated_by, r.rated_at, r.review_on
FROM gis.household AS h
LEFT JOIN gis.assignment_at(%(edition)s) AS a ON a.household_id = h.id
LEFT JOIN gis.unit_at(%(edition)s) AS u ON u.code = a.unit_code
LEFT JOIN gis.hamlet AS m ON m.id = h.hamlet_id
LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
WHERE h.id = ANY(%(ids)s) AND h.until IS NULL AND h.grid_code ^@ ANY(%(prefixes)s)
ORDER BY h.grid_code, h.id

-- name: change
UPDATE gis.household
SET head_name = coalesce(%(head_name)s, head_name), phone = coalesce(%(phone)s, phone),
    members = coalesce(%(members)s, members), address = coalesce(%(address)s, address)
WHERE id = %(id)s AND until IS NULL AND grid_code ^@ ANY(%(prefixes)s)
RETURNING id

-- name: lock
SELECT id FROM gis.household WHERE id = %(id)s AND until IS NULL AND grid_code ^@ ANY(%(prefixes)s) FOR UPDATE

-- name: end_rating
UPDATE gis.risk_rating SET ended_at = greatest(now(), rated_at) WHERE household_id = %(id)s AND ended_at IS NULL
RETURNING id

-- name: rate
INSERT INTO gis.risk_rating (household_id, level, reason, rated_by, rated_at, review_on)
VALUES (%(id)s, %(level)s, %(reason)s, %(actor)s, now(), %(review_on)s)

-- name: ratings
SELECT level, reason, rated_by, rated_at, review_on, ended_at
FROM gis.risk_rating WHERE household_id = %(id)s ORDER BY rated_at DESC, id DESC
