-- name: categories
SELECT id FROM gis.dispute_category ORDER BY id

-- name: category_names
SELECT id, name_zh, name_en FROM gis.dispute_category

-- name: household_seen
SELECT id FROM gis.household WHERE id = %s AND until IS NULL

-- name: receipt
SELECT nextval('gis.dispute_receipt')

-- name: accept
INSERT INTO gis.dispute (number, title, category, source, urgency, summary, parties, geom, household_id, occurred_at,
                         accepted_at, deadline, state, grid_code, unit_code, edition, border_m, sure)
VALUES (%(number)s, %(title)s, %(category)s, %(source)s, %(urgency)s, %(summary)s, %(parties)s,
        ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), %(household_id)s, %(occurred_at)s, %(accepted_at)s,
        %(deadline)s, 'accept', %(grid)s, %(unit)s, %(edition)s, %(border_m)s, %(sure)s)
RETURNING id

-- name: assign
INSERT INTO gis.dispute_assignment (dispute_id, grid_code, unit_code, edition_from)
VALUES (%(id)s, %(grid)s, %(unit)s, %(edition)s)

-- name: log
INSERT INTO gis.dispute_event (dispute_id, at, from_state, to_state, actor, actor_role, note, succeeded)
VALUES (%(id)s, %(at)s, %(from_state)s, %(to)s, %(actor)s, %(role)s, %(note)s, %(succeeded)s)

-- name: page
SELECT id FROM gis.dispute
WHERE grid_code >= %(low)s AND grid_code < %(high)s AND grid_code ^@ ANY(%(prefixes)s)
  AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s::text[]))
  AND (NOT %(overdue)s OR (closed_at IS NULL AND deadline < now()))
  AND (%(starts)s::timestamptz IS NULL OR accepted_at >= %(starts)s::timestamptz)
  AND (%(ends)s::timestamptz IS NULL OR accepted_at < %(ends)s::timestamptz)
  AND (%(after_at)s::timestamptz IS NULL OR (accepted_at, id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
ORDER BY accepted_at DESC, id DESC
LIMIT %(limit)s

-- name: count
SELECT count(*) FROM gis.dispute
WHERE grid_code >= %(low)s AND grid_code < %(high)s AND grid_code ^@ ANY(%(prefixes)s)
  AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s::text[]))
  AND (NOT %(overdue)s OR (closed_at IS NULL AND deadline < now()))
  AND (%(starts)s::timestamptz IS NULL OR accepted_at >= %(starts)s::timestamptz)
  AND (%(ends)s::timestamptz IS NULL OR accepted_at < %(ends)s::timestamptz)

-- name: records
SELECT d.id, d.number, d.title, d.category, d.source, d.urgency, d.summary, d.parties, ST_X(d.geom) AS lon,
       ST_Y(d.geom) AS lat, d.household_id, d.occurred_at, d.accepted_at, d.deadline, d.closed_at, d.mediated,
       d.succeeded, d.state, d.grid_code::text AS grid, coalesce(a.grid_code, d.grid_code)::text AS dealt_in,
       d.unit_code::text AS unit, d.edition, d.border_m, d.sure
FROM gis.dispute AS d
LEFT JOIN gis.dispute_assignment AS a ON a.dispute_id = d.id
    AND a.edition_from <= %(edition)s AND (a.edition_to IS NULL OR a.edition_to > %(edition)s)
WHERE d.id = ANY(%(ids)s) AND d.grid_code ^@ ANY(%(prefixes)s)
ORDER BY d.accepted_at DESC, d.id DESC

-- name: events
SELECT at, from_state, to_state, actor, actor_role, note, succeeded
FROM gis.dispute_event WHERE dispute_id = %s ORDER BY id

-- name: standing
SELECT state, closed_at, succeeded, deadline FROM gis.dispute WHERE id = %(id)s AND grid_code ^@ ANY(%(prefixes)s)

-- name: advance
UPDATE gis.dispute
SET state = %(to)s, closed_at = %(closed_at)s, mediated = %(mediated)s, succeeded = %(succeeded)s,
    deadline = %(deadline)s
WHERE id = %(id)s AND state = %(from_state)s
RETURNING id
