-- name: keep_index_under_policies
-- As in the first migration; a backup holds nothing of functions that belong to extensions.
DO $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION public.geometry_overlaps(geometry, geometry) LEAKPROOF;
    END IF;
END
$$
