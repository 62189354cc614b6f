-- name: leaves
SELECT code, ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE level = 6 ORDER BY code

-- name: names
SELECT code::text, name FROM gis.grid_at(%s)

-- name: any_household
SELECT 1 FROM gis.household LIMIT 1

-- name: stored_by_id
SELECT g.row FROM unnest(%(row)s::int[], %(id)s::uuid[]) AS g (row, id) JOIN gis.household AS h ON h.id = g.id

-- name: stored_by_content
SELECT DISTINCT g.row
FROM unnest(%(row)s::int[], %(head_name)s::text[], %(phone)s::text[], %(address)s::text[], %(lon)s::float8[],
            %(lat)s::float8[]) AS g (row, head_name, phone, address, lon, lat)
JOIN gis.household AS h ON h.head_name = g.head_name AND h.address = g.address AND ST_X(h.geom) = g.lon
    AND ST_Y(h.geom) = g.lat
WHERE h.until IS NULL AND h.phone IS NOT DISTINCT FROM g.phone

-- name: hamlets
SELECT h.id, h.village::text, h.name FROM gis.hamlet AS h
JOIN unnest(%s::text[], %s::text[]) AS g (village, name) ON h.village = g.village AND h.name = g.name

-- name: categories
SELECT id, name_zh, name_en FROM gis.dispute_category ORDER BY id

-- name: editions_on
SELECT g.day, gis.edition_on(g.day), (SELECT min(number) FROM gis.edition WHERE state <> 'prepared')
FROM unnest(%s::date[]) AS g (day)

-- name: stored_disputes
SELECT g.row FROM unnest(%(row)s::int[], %(number)s::text[]) AS g (row, number)
JOIN gis.dispute AS d ON d.number = g.number
UNION
SELECT g.row
FROM unnest(%(row)s::int[], %(title)s::text[], %(accepted_at)s::timestamptz[], %(lon)s::float8[], %(lat)s::float8[])
         AS g (row, title, accepted_at, lon, lat)
JOIN gis.dispute AS d ON d.accepted_at = g.accepted_at AND d.title = g.title AND ST_X(d.geom) = g.lon
    AND ST_Y(d.geom) = g.lat

-- name: receipts
SELECT nextval('gis.dispute_receipt') FROM generate_series(1, %s)

-- name: stored_staff
SELECT g.row FROM unnest(%(row)s::int[], %(name)s::text[], %(phone)s::text[], %(grid)s::text[], %(role)s::text[])
                  AS g (row, name, phone, grid, role)
WHERE EXISTS (SELECT FROM gis.staff AS s JOIN gis.staff_post AS p ON p.staff_id = s.id
              WHERE s.name = g.name AND s.phone IS NOT DISTINCT FROM g.phone AND p.grid_code = g.grid
                AND p.role = g.role AND p.until IS NULL)

-- name: known_staff
SELECT DISTINCT ON (s.name, s.phone) s.id, s.name, s.phone
FROM gis.staff AS s JOIN unnest(%s::text[], %s::text[]) AS g (name, phone) ON s.name = g.name AND s.phone = g.phone
ORDER BY s.name, s.phone, s.id

-- name: add_staff
INSERT INTO gis.staff (name, phone, employment) VALUES (%s, %s, %s) RETURNING id
