-- name: built
SELECT edition, rows_changed, took_s FROM tiles.built WHERE edition = ANY (%s)

-- name: last_before
SELECT max(edition) FROM tiles.built WHERE edition < %s

-- name: all_tiles
SELECT count(*)::int,
       coalesce(string_agg(int8send(((t.tms * 32 + t.z)::bigint << 36) + (t.x::bigint << 18) + t.y), ''), ''),
       coalesce(string_agg(array_send(t.parts), ''), '')
FROM tiles.tile_at(%s) AS t

-- name: changed_tiles
SELECT count(*)::int,
       coalesce(string_agg(int8send(((t.tms * 32 + t.z)::bigint << 36) + (t.x::bigint << 18) + t.y), ''), ''),
       coalesce(string_agg(array_send(t.parts), ''), '')
FROM tiles.tile AS t
WHERE t.edition_from > %(base)s AND t.edition_from <= %(edition)s
  AND (t.edition_to IS NULL OR t.edition_to > %(edition)s)

-- name: ended_tiles
SELECT coalesce(string_agg(int8send(((t.tms * 32 + t.z)::bigint << 36) + (t.x::bigint << 18) + t.y), ''), '')
FROM tiles.tile AS t
WHERE t.edition_to > %(base)s AND t.edition_to <= %(edition)s AND t.edition_from <= %(base)s

-- name: parts
SELECT count(*)::int,
       coalesce(string_agg(int4send(q.number), '' ORDER BY q.number), ''),
       coalesce(string_agg(int8send(q.crc), '' ORDER BY q.number), ''),
       coalesce(string_agg(int4send(length(q.deflated)), '' ORDER BY q.number), ''),
       coalesce(string_agg(array_send(q.sizes), '' ORDER BY q.number), ''),
       coalesce(string_agg(q.digest, '' ORDER BY q.number), ''),
       coalesce(string_agg(q.deflated, '' ORDER BY q.number), '')
FROM tiles.part AS q WHERE q.number = ANY (%s)
