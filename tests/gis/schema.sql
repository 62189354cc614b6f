-- name: column
SELECT format('%s.%s.%s %s%s%s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
              coalesce(' = ' || pg_get_expr(d.adbin, d.adrelid), ''))
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('gis', 'boundaries', 'edit', 'tiles', 'api')
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum

-- name: constraint
SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace::regnamespace::text IN ('gis', 'boundaries', 'edit', 'tiles', 'api') AND conrelid <> 0 AND contype <> 'n'
ORDER BY (conrelid::regclass)::text COLLATE "C", conname COLLATE "C"

-- name: index
SELECT indexdef FROM pg_indexes WHERE schemaname IN ('gis', 'boundaries', 'edit', 'tiles', 'api') ORDER BY indexdef COLLATE "C"

-- name: function
SELECT format('%s owner=%s definer=%s volatile=%s md5=%s', p.oid::regprocedure, pg_get_userbyid(p.proowner), p.prosecdef,
              p.provolatile, md5(p.prosrc))
FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text IN ('gis', 'boundaries', 'edit', 'tiles', 'api')
ORDER BY (p.oid::regprocedure)::text COLLATE "C"

-- name: policy
SELECT format('%s.%s %s %s using %s check %s', schemaname, tablename, policyname, cmd, qual, with_check)
FROM pg_policies ORDER BY schemaname COLLATE "C", tablename COLLATE "C", policyname COLLATE "C"

-- name: guarded
SELECT format('%s forced=%s', oid::regclass, relforcerowsecurity)
FROM pg_class WHERE relrowsecurity ORDER BY (oid::regclass)::text COLLATE "C"

-- name: trigger
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY pg_get_triggerdef(oid) COLLATE "C"

-- name: grant
SELECT format('%s.%s %s %s', table_schema, table_name, grantee, string_agg(privilege_type, ',' ORDER BY privilege_type))
FROM information_schema.role_table_grants
WHERE table_schema IN ('gis', 'boundaries', 'edit', 'tiles', 'api') AND grantee LIKE 'wangge\_%' AND grantee <> 'wangge_owner'
GROUP BY table_schema, table_name, grantee
ORDER BY table_schema COLLATE "C", table_name COLLATE "C", grantee COLLATE "C"
