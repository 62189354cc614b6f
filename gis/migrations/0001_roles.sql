-- Roles, schema and the functions that everything else rests on.
-- Roles belong to the whole cluster and may be there already: another database of this service made them.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['wangge_owner', 'wangge_service', 'wangge_reader', 'wangge_planner', 'wangge_counter'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
END
$$;

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A row policy must not cost the spatial index: && tells nothing of the rows it drops (it cannot raise).
DO $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION public.geometry_overlaps(geometry, geometry) LEAKPROOF;
    END IF;
END
$$;

CREATE SCHEMA gis AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA gis TO wangge_service, wangge_reader, wangge_planner;
ALTER DEFAULT PRIVILEGES FOR ROLE wangge_owner IN SCHEMA gis GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO wangge_service;
ALTER DEFAULT PRIVILEGES FOR ROLE wangge_owner IN SCHEMA gis GRANT USAGE ON SEQUENCES TO wangge_service;

SET LOCAL ROLE wangge_owner;

CREATE DOMAIN gis.grid_code AS text COLLATE "C"
    CONSTRAINT grid_code_digits CHECK (VALUE ~ '^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15}|[0-9]{17})$');
CREATE DOMAIN gis.unit_code AS text COLLATE "C"
    CONSTRAINT unit_code_digits CHECK (VALUE ~ '^[0-9]{20}$');

CREATE FUNCTION gis.level_of(code text) RETURNS smallint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (CASE length(code) WHEN 6 THEN 2 WHEN 9 THEN 3 WHEN 12 THEN 4 WHEN 15 THEN 5 WHEN 17 THEN 6 END)::smallint $$;

CREATE FUNCTION gis.parent_of(code text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE length(code) WHEN 9 THEN left(code, 6) WHEN 12 THEN left(code, 9)
                                   WHEN 15 THEN left(code, 12) WHEN 17 THEN left(code, 15) WHEN 20 THEN left(code, 17) END $$;

-- The caller's jurisdiction as code prefixes, set for each transaction. Missing, empty or malformed is an error:
-- a policy must never fall open.
CREATE FUNCTION gis.scope() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    given text := current_setting('wangge.scope', true);
BEGIN
    IF given IS NULL OR given !~ '^[0-9]{6}([0-9]{3}){0,3}([0-9]{2})?(,[0-9]{6}([0-9]{3}){0,3}([0-9]{2})?)*$' THEN
        RAISE EXCEPTION 'no jurisdiction is set for this transaction' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN string_to_array(given, ',');
END
$$;
