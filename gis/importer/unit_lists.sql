-- name: close_other_heads
UPDATE gis.unit_head AS h SET until = greatest(current_date, h.since)
FROM unnest(%(unit)s::text[], %(household)s::uuid[]) AS g (unit, household)
WHERE h.unit_code = g.unit AND h.until IS NULL AND h.household_id <> g.household AND h.since < current_date

-- name: add_heads
INSERT INTO gis.unit_head (unit_code, household_id, since)
SELECT g.unit, g.household, current_date FROM unnest(%(unit)s::text[], %(household)s::uuid[]) AS g (unit, household)
WHERE NOT EXISTS (SELECT FROM gis.unit_head AS h
                  WHERE h.unit_code = g.unit AND h.household_id = g.household AND h.until IS NULL)
ON CONFLICT (unit_code, since) DO UPDATE SET household_id = excluded.household_id, until = NULL

-- name: list
SELECT a.unit_code::text, u.name, a.grid_code::text, coalesce(m.name, ''), w.unit_code IS NOT NULL, h.id::text,
       h.head_name, gis.masked_phone(h.phone), h.address, ST_X(h.geom), ST_Y(h.geom)
FROM gis.assignment_at(%(edition)s) AS a
JOIN gis.household AS h ON h.id = a.household_id AND h.until IS NULL
JOIN gis.unit_at(%(edition)s) AS u ON u.code = a.unit_code
LEFT JOIN gis.hamlet AS m ON m.id = h.hamlet_id
LEFT JOIN gis.unit_head AS w ON w.unit_code = a.unit_code AND w.household_id = h.id AND w.until IS NULL
WHERE a.grid_code >= %(grid)s AND a.grid_code < %(grid)s || ':' AND a.grid_code ^@ %(grid)s
ORDER BY a.unit_code, h.id
