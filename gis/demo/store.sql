-- name: receipts
SELECT nextval('gis.dispute_receipt') FROM generate_series(1, %s)

-- name: hamlets
SELECT key, id FROM gis.hamlet WHERE key = ANY(%s::text[])

-- name: staff_numbers
SELECT nextval('gis.staff_id_seq')::int FROM generate_series(1, %s)
