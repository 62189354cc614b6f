-- name: open_counters
INSERT INTO gis.code_counter (parent, series, last)
SELECT parent, %(series)s, 0 FROM unnest(%(parents)s::text[]) AS parent ORDER BY parent ON CONFLICT DO NOTHING

-- name: lock_counters
SELECT parent, last FROM gis.code_counter WHERE parent = ANY(%s::text[]) AND series = %s ORDER BY parent FOR UPDATE

-- name: issue
INSERT INTO gis.code (code) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING

-- name: raise_counters
INSERT INTO gis.code_counter AS c (parent, series, last) SELECT * FROM unnest(%s::text[], %s::text[], %s::int[])
ON CONFLICT (parent, series) DO UPDATE SET last = greatest(c.last, excluded.last)

-- name: retired
SELECT code FROM gis.code WHERE code = ANY(%s::text[]) AND retired_in IS NOT NULL ORDER BY code

-- name: retire
UPDATE gis.code SET retired_in = %s WHERE code = ANY(%s::text[]) AND retired_in IS NULL
