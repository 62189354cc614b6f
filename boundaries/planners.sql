-- name: may_make_roles
SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user

-- name: role
SELECT FROM pg_roles WHERE rolname = %s

-- name: planner
SELECT login, person, scope, added_at FROM boundaries.planner WHERE login = %s

-- name: add
INSERT INTO boundaries.planner (login, person, scope) VALUES (%(login)s, %(person)s, %(scope)s)
ON CONFLICT (login) DO UPDATE SET person = excluded.person, scope = excluded.scope

-- name: planners
SELECT p.login, p.person, p.scope, p.added_at, r.rolname IS NOT NULL AS can_sign_in, d.id AS draft
FROM boundaries.planner AS p
LEFT JOIN pg_roles AS r ON r.rolname = p.login AND r.rolcanlogin
LEFT JOIN boundaries.draft AS d ON d.planner = p.login AND d.ended_at IS NULL
ORDER BY p.login

-- name: remove
DELETE FROM boundaries.planner WHERE login = %s

-- name: end_sessions
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s
