-- name: account
SELECT password_hash, name, role, scope FROM api.account WHERE username = %s AND enabled

-- name: save
INSERT INTO api.account (username, password_hash, name, role, scope, demo) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash, name = excluded.name,
    role = excluded.role, scope = excluded.scope, demo = excluded.demo, enabled = true

-- name: demo
SELECT username, name, role, scope FROM api.account WHERE demo AND enabled ORDER BY username
