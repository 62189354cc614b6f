-- Local accounts for a single machine.
CREATE SCHEMA api AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA api TO wangge_service;
SET LOCAL ROLE wangge_owner;

CREATE TABLE api.account (
    username text PRIMARY KEY CHECK (username ~ '^[a-z][a-z0-9._-]{1,63}$'),
    password_hash text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    scope text[] NOT NULL CHECK (cardinality(scope) > 0),
    enabled boolean NOT NULL DEFAULT true,
    demo boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT, UPDATE, DELETE ON api.account TO wangge_service;
