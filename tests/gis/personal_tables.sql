-- name: household
SELECT count(*) FROM gis.household

-- name: assignment
SELECT count(*) FROM gis.assignment

-- name: unit_head
SELECT count(*) FROM gis.unit_head

-- name: unit_change
SELECT count(*) FROM gis.unit_change

-- name: risk_rating
SELECT count(*) FROM gis.risk_rating

-- name: dispute
SELECT count(*) FROM gis.dispute

-- name: dispute_assignment
SELECT count(*) FROM gis.dispute_assignment

-- name: dispute_event
SELECT count(*) FROM gis.dispute_event

-- name: unit_change_move
SELECT count(*) FROM gis.unit_change_move
