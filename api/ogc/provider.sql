-- name: grids
SELECT code::text AS id, code::text AS code, name, level, parent, round(area_m2 * 10) / 10 AS area_m2, geom FROM gis.grid_at(%(edition)s)

-- name: units
SELECT code::text AS id, code::text AS code, name, grid_code,
       CASE WHEN size >= %(suppress_below)s THEN size END AS size, geom
FROM gis.unit_at(%(edition)s)

-- name: centres
SELECT id, name, grid_code::text AS grid_code, gis.level_of(grid_code) AS level, phone, geom
FROM gis.centre
WHERE since <= %(day)s AND (until IS NULL OR until > %(day)s)

-- name: lineage
SELECT l.edition || '-' || l.old_code || '-' || l.new_code AS id, l.edition AS edition_number,
       l.old_code::text AS old_code, l.new_code::text AS new_code, l.kind, l.area_share, g.geom
FROM gis.lineage AS l
LEFT JOIN gis.grid AS g
  ON g.code = l.old_code AND g.edition_from < l.edition AND (g.edition_to IS NULL OR g.edition_to >= l.edition)
WHERE l.edition <= %(edition)s

-- name: editions
SELECT e.number AS id, e.number, e.title, e.state, e.valid_from, e.recorded_at, e.synthetic,
       (SELECT ST_Multi(ST_Union(g.geom)) FROM gis.grid_at(e.number) AS g WHERE g.level = 2) AS geom
FROM gis.edition AS e
WHERE e.number <= %(edition)s AND e.state <> 'prepared'

-- name: households
SELECT h.id, h.head_name, h.members, h.address, a.grid_code::text AS grid_code, a.unit_code::text AS unit_code, a.how,
       (SELECT r.level FROM gis.risk_rating AS r
        WHERE r.household_id = h.id
          AND (r.rated_at AT TIME ZONE 'Asia/Shanghai')::date <= %(day)s
          AND (r.ended_at IS NULL OR (r.ended_at AT TIME ZONE 'Asia/Shanghai')::date > %(day)s)
        ORDER BY r.rated_at DESC LIMIT 1) AS risk,
       h.since, h.geom
FROM gis.assignment_at(%(edition)s) AS a
JOIN gis.household AS h ON h.id = a.household_id
WHERE a.grid_code::text ^@ ANY (%(scope)s::text[])
  AND h.since <= %(day)s AND (h.until IS NULL OR h.until > %(day)s)

-- name: households_whole
-- All of them in one go: ratings are read once and joined, which halves the time. For some households at a time they are
-- looked up one by one above: row policies hide from the planner how many rows there are, so that a join may go wrong.
SELECT h.id, h.head_name, h.members, h.address, a.grid_code::text AS grid_code, a.unit_code::text AS unit_code, a.how,
       rated.level AS risk, h.since, h.geom
FROM gis.assignment_at(%(edition)s) AS a
JOIN gis.household AS h ON h.id = a.household_id
LEFT JOIN (SELECT DISTINCT ON (r.household_id) r.household_id, r.level
           FROM gis.risk_rating AS r
           WHERE (r.rated_at AT TIME ZONE 'Asia/Shanghai')::date <= %(day)s
             AND (r.ended_at IS NULL OR (r.ended_at AT TIME ZONE 'Asia/Shanghai')::date > %(day)s)
           ORDER BY r.household_id, r.rated_at DESC) AS rated
  ON rated.household_id = h.id
WHERE a.grid_code::text ^@ ANY (%(scope)s::text[])
  AND h.since <= %(day)s AND (h.until IS NULL OR h.until > %(day)s)

-- name: assignments
SELECT h.id, a.grid_code::text AS grid_code, a.unit_code::text AS unit_code, a.how, a.edition_from, first.valid_from AS since,
       a.edition_to, later.valid_from AS until, h.geom
FROM gis.assignment_at(%(edition)s) AS a
JOIN gis.household AS h ON h.id = a.household_id
JOIN gis.edition AS first ON first.number = a.edition_from
LEFT JOIN gis.edition AS later ON later.number = a.edition_to
WHERE a.grid_code::text ^@ ANY (%(scope)s::text[])
  AND h.since <= %(day)s AND (h.until IS NULL OR h.until > %(day)s)

-- name: disputes
SELECT id, number, title, category, source, urgency, state, accepted_at, deadline, closed_at, mediated, succeeded,
       grid_code::text AS grid_code, unit_code::text AS unit_code, geom
FROM gis.dispute
WHERE grid_code::text ^@ ANY (%(scope)s::text[])
  AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date <= %(day)s

-- name: lonlat
ST_AsGeoJSON(ST_ForcePolygonCCW(f.geom), 9, 0)

-- name: latlon
ST_AsGeoJSON(ST_FlipCoordinates(ST_ForcePolygonCCW(f.geom)), 9, 0)

-- name: east_north
ST_AsGeoJSON(ST_ForcePolygonCCW(ST_Transform(f.geom, %(srid)s)), 4, 0)

-- name: north_east
ST_AsGeoJSON(ST_FlipCoordinates(ST_ForcePolygonCCW(ST_Transform(f.geom, %(srid)s))), 4, 0)

-- name: no_geometry
NULL::text

-- name: in_window
f.geom && ST_GeomFromWKB(%(window)s, 4490) AND ST_Intersects(f.geom, ST_GeomFromWKB(%(window)s, 4490))
