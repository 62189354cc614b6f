-- name: kept
SELECT grid_code::text, digest, units, metres FROM gis.unit_fresh WHERE grid_code = ANY(%s)

-- name: keep
INSERT INTO gis.unit_fresh (grid_code, digest, units, metres)
SELECT * FROM unnest(%(grids)s::text[], %(keys)s::bytea[], %(units)s::int[], %(metres)s::float8[]) AS g (g, d, u, m)
ORDER BY 1
ON CONFLICT (grid_code) DO UPDATE SET digest = excluded.digest, units = excluded.units, metres = excluded.metres
