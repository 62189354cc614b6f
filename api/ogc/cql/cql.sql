-- name: and
({a} AND {b})

-- name: not
(NOT {a})

-- name: is_null
({a} IS NULL)

-- name: equal
({a} = {b})

-- name: unequal
({a} <> {b})

-- name: less
({a} < {b})

-- name: less_equal
({a} <= {b})

-- name: greater
({a} > {b})

-- name: greater_equal
({a} >= {b})

-- name: like
({a} LIKE {b})

-- name: in
({a} IN ({b}))

-- name: by_code_point
({a} COLLATE "C")

-- name: casei
lower(upper({a} COLLATE "und-x-icu"))

-- name: accenti
normalize(regexp_replace(normalize({a}, NFD), '[\u0300-\u036f]', '', 'g'), NFC)

-- name: double
({a})::double precision

-- name: add
({a} + {b})

-- name: subtract
({a} - {b})

-- name: multiply
({a} * {b})

-- name: divide
({a} / NULLIF({b}, 0))

-- name: whole_divide
trunc({a} / NULLIF({b}, 0))

-- name: remainder
mod({a}::numeric, NULLIF({b}::numeric, 0))::double precision

-- name: power
power({a}, {b})

-- name: geometry
ST_GeomFromWKB({a}, {b})

-- name: s_intersects
ST_Intersects({a}, {b})

-- name: s_disjoint
(NOT ST_Intersects({a}, {b}))

-- name: s_equals
ST_Equals({a}, {b})

-- name: s_touches
ST_Touches({a}, {b})

-- name: s_crosses
ST_Crosses({a}, {b})

-- name: s_within
ST_Within({a}, {b})

-- name: s_contains
ST_Contains({a}, {b})

-- name: s_overlaps
ST_Overlaps({a}, {b})

-- name: always_date
'-infinity'::date

-- name: ever_date
'infinity'::date

-- name: always_timestamp
'-infinity'::timestamptz

-- name: ever_timestamp
'infinity'::timestamptz

-- name: day_begins
({a}::timestamp AT TIME ZONE 'Asia/Shanghai')

-- name: day_ends
(({a} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '1 microsecond')

-- name: t_after
({a0} > {b1})

-- name: t_before
({a1} < {b0})

-- name: t_contains
({a0} < {b0} AND {a1} > {b1})

-- name: t_disjoint
({a1} < {b0} OR {a0} > {b1})

-- name: t_during
({a0} > {b0} AND {a1} < {b1})

-- name: t_equals
({a0} = {b0} AND {a1} = {b1})

-- name: t_finishedby
({a0} < {b0} AND {a1} = {b1})

-- name: t_finishes
({a0} > {b0} AND {a1} = {b1})

-- name: t_intersects
({a0} <= {b1} AND {a1} >= {b0})

-- name: t_meets
({a1} = {b0})

-- name: t_metby
({a0} = {b1})

-- name: t_overlappedby
({a0} > {b0} AND {a0} < {b1} AND {a1} > {b1})

-- name: t_overlaps
({a0} < {b0} AND {a1} > {b0} AND {a1} < {b1})

-- name: t_startedby
({a0} = {b0} AND {a1} > {b1})

-- name: t_starts
({a0} = {b0} AND {a1} < {b1})
