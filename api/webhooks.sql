-- name: add
INSERT INTO api.webhook (url, secret, added_by, told) VALUES (%s, %s, %s, %s)
ON CONFLICT (url) DO NOTHING RETURNING id

-- name: list
SELECT id, url, added_by, added_at, told, tries, next_try, last_error FROM api.webhook ORDER BY id

-- name: remove
DELETE FROM api.webhook WHERE id = %s RETURNING id

-- name: claim
UPDATE api.webhook SET next_try = now() + make_interval(secs => %(lease)s)
WHERE id = (SELECT id FROM api.webhook WHERE told < %(current)s AND next_try <= now()
            ORDER BY next_try LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, url, secret, told + 1

-- name: confirm
UPDATE api.webhook SET told = %(edition)s, tries = 0, next_try = now(), last_error = NULL
WHERE id = %(id)s AND told < %(edition)s

-- name: put_off
UPDATE api.webhook
SET tries = tries + 1, last_error = %(why)s,
    next_try = now() + make_interval(secs => least(%(most)s::float8, %(first)s * 2.0 ^ least(tries, 30)))
WHERE id = %(id)s
