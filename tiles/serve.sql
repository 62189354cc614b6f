-- name: centres
WITH found AS MATERIALIZED (
    SELECT c.grid_code::text AS code, c.name, gis.level_of(c.grid_code)::int AS level, c.id,
           tiles.cut_point(ST_TransScale(ST_Transform(c.geom, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM gis.centre AS c
    WHERE (c.until IS NULL OR c.until > current_date)
      AND c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom', 'id')
FROM (SELECT * FROM found WHERE geom IS NOT NULL ORDER BY code, id) AS t

-- name: figures
WITH known AS (
    SELECT * FROM unnest(%(codes)s::text[], %(households)s::int[], %(red)s::int[], %(yellow)s::int[], %(green)s::int[],
                         %(accepted)s::int[], %(open)s::int[], %(hidden)s::text[])
           AS k (code, households, red, yellow, green, accepted, open, hidden)
), found AS MATERIALIZED (
    SELECT g.code::text AS code, g.name, g.level::int AS level, c.fid, k.households, k.red, k.yellow, k.green, k.accepted,
           k.open, k.hidden,
           tiles.cut_point(ST_TransScale(ST_Transform(g.label_point, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM gis.grid_at(%(edition)s) AS g
    JOIN gis.code AS c ON c.code = g.code
    JOIN known AS k ON k.code = g.code
    WHERE g.level = %(level)s AND g.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom', 'fid') FROM (SELECT * FROM found WHERE geom IS NOT NULL ORDER BY code) AS t

-- name: households_number
SELECT count(*) FROM (
    SELECT FROM gis.household AS h
    WHERE h.until IS NULL AND h.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND h.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
    LIMIT %(limit)s + 1
) AS few

-- name: households
WITH found AS MATERIALIZED (
    SELECT h.id::text AS id, coalesce(r.level, 'none') AS risk,
           tiles.cut_point(ST_TransScale(ST_Transform(h.geom, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM gis.household AS h
    LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
    WHERE h.until IS NULL AND h.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND h.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom')
FROM (SELECT * FROM found WHERE geom IS NOT NULL ORDER BY id) AS t

-- name: households_clustered
WITH found AS MATERIALIZED (
    SELECT h.id::text AS id, coalesce(r.level, 'none') AS risk,
           tiles.cut_point(ST_TransScale(ST_Transform(h.geom, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 0) AS geom
    FROM gis.household AS h
    LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
    WHERE h.until IS NULL AND h.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND h.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
), clusters AS (
    SELECT count(*)::int AS count, min(id) AS id, min(risk) AS risk, count(*) FILTER (WHERE risk = 'red')::int AS red,
           count(*) FILTER (WHERE risk = 'yellow')::int AS yellow, count(*) FILTER (WHERE risk = 'green')::int AS green,
           ST_SnapToGrid(ST_Centroid(ST_Collect(geom)), 1) AS geom
    FROM found WHERE geom IS NOT NULL
    GROUP BY div(ST_Y(geom)::int, %(cell)s), div(ST_X(geom)::int, %(cell)s)
    ORDER BY div(ST_Y(geom)::int, %(cell)s), div(ST_X(geom)::int, %(cell)s)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom')
FROM (SELECT id, risk, NULL::int AS count, NULL::int AS red, NULL::int AS yellow, NULL::int AS green, geom
      FROM clusters WHERE count = 1
      UNION ALL SELECT NULL, NULL, count, red, yellow, green, geom FROM clusters WHERE count > 1) AS t

-- name: households_counted
WITH grids AS MATERIALIZED (
    SELECT g.code::text AS code, g.name, g.level::int AS level, c.fid,
           tiles.cut_point(ST_TransScale(ST_Transform(g.label_point, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM gis.grid_at(%(edition)s) AS g
    JOIN gis.code AS c ON c.code = g.code
    WHERE g.level = %(level)s AND g.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
), counted AS MATERIALIZED (
    SELECT left(a.grid_code, %(width)s) AS code, count(*)::int AS count, count(*) FILTER (WHERE r.level = 'red')::int AS red,
           count(*) FILTER (WHERE r.level = 'yellow')::int AS yellow, count(*) FILTER (WHERE r.level = 'green')::int AS green
    FROM gis.assignment_at(%(edition)s) AS a
    JOIN gis.household AS h ON h.id = a.household_id AND h.until IS NULL
    LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
    -- An array, not a join: it leaves the planner nothing but the index, whatever it thinks of the row policies.
    WHERE a.grid_code = ANY ((SELECT array_agg(leaf.code::text) FROM gis.grid_at(%(edition)s) AS leaf
                              WHERE leaf.level = 6 AND leaf.code::text ^@ ANY (%(prefixes)s::text[])
                                AND left(leaf.code, %(width)s) IN (SELECT code FROM grids WHERE geom IS NOT NULL))::text[])
      AND a.grid_code::text ^@ ANY (%(prefixes)s::text[])
    GROUP BY 1
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom', 'fid')
FROM (SELECT g.code, g.name, g.level, g.fid, g.geom, n.count, n.red, n.yellow, n.green
      FROM counted AS n JOIN grids AS g ON g.code = n.code ORDER BY g.code) AS t

-- name: disputes_number
SELECT count(*) FROM (
    SELECT FROM gis.dispute AS d
    WHERE d.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND d.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
    LIMIT %(limit)s + 1
) AS few

-- name: disputes
WITH found AS MATERIALIZED (
    SELECT d.id::text AS id, d.category, d.state, d.urgency,
           tiles.cut_point(ST_TransScale(ST_Transform(d.geom, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM gis.dispute AS d
    WHERE d.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND d.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom')
FROM (SELECT * FROM found WHERE geom IS NOT NULL ORDER BY id) AS t

-- name: disputes_clustered
WITH found AS MATERIALIZED (
    SELECT d.id::text AS id, d.category, d.state, d.urgency, d.closed_at IS NULL AS open,
           tiles.cut_point(ST_TransScale(ST_Transform(d.geom, %(srid)s), %(dx)s, %(dy)s, %(fx)s, %(fy)s), 0) AS geom
    FROM gis.dispute AS d
    WHERE d.grid_code::text ^@ ANY (%(prefixes)s::text[])
      AND d.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
), clusters AS (
    SELECT count(*)::int AS count, min(id) AS id, min(category) AS category, min(state) AS state, min(urgency) AS urgency,
           count(*) FILTER (WHERE open)::int AS open, count(*) FILTER (WHERE urgency = 'urgent')::int AS urgent,
           ST_SnapToGrid(ST_Centroid(ST_Collect(geom)), 1) AS geom
    FROM found WHERE geom IS NOT NULL
    GROUP BY div(ST_Y(geom)::int, %(cell)s), div(ST_X(geom)::int, %(cell)s)
    ORDER BY div(ST_Y(geom)::int, %(cell)s), div(ST_X(geom)::int, %(cell)s)
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom')
FROM (SELECT id, category, state, urgency, NULL::int AS count, NULL::int AS open, NULL::int AS urgent, geom
      FROM clusters WHERE count = 1
      UNION ALL SELECT NULL, NULL, NULL, NULL, count, open, urgent, geom FROM clusters WHERE count > 1) AS t

-- name: disputes_counted
-- A dispute keeps the code of the day it was accepted: where that grid is gone, its disputes stand at their middle.
WITH counted AS MATERIALIZED (
    SELECT left(d.grid_code, %(width)s) AS code, count(*)::int AS count, count(*) FILTER (WHERE d.closed_at IS NULL)::int AS open,
           count(*) FILTER (WHERE d.urgency = 'urgent')::int AS urgent, ST_Centroid(ST_Collect(d.geom)) AS middle
    FROM gis.dispute AS d
    WHERE d.grid_code::text ^@ ANY (%(prefixes)s::text[])
    GROUP BY 1
), found AS MATERIALIZED (
    SELECT n.code, coalesce(g.name, n.code) AS name, %(level)s AS level, c.fid, n.count, n.open, n.urgent,
           tiles.cut_point(ST_TransScale(ST_Transform(coalesce(g.label_point, n.middle), %(srid)s),
                                         %(dx)s, %(dy)s, %(fx)s, %(fy)s), 64) AS geom
    FROM counted AS n
    JOIN gis.code AS c ON c.code = n.code
    LEFT JOIN gis.grid_at(%(edition)s) AS g ON g.code = n.code
)
SELECT ST_AsMVT(t, %(layer)s, 4096, 'geom', 'fid') FROM (SELECT * FROM found WHERE geom IS NOT NULL ORDER BY code) AS t
