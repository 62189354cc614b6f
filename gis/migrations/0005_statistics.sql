-- Figures for the public: counts pass through here, never rows. The function runs with its owner's eyes on all
-- counties it is asked for, so it returns counts and nothing else; suppression of small ones is the caller's duty.
SET LOCAL ROLE wangge_owner;

CREATE FUNCTION gis.personal_counts(grid text, period_from date, period_to date, on_edition int, suppress_below int)
    RETURNS TABLE (figure text, value bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, gis, pg_temp
    AS $$
DECLARE
    before text := current_setting('wangge.scope', true);
BEGIN
    IF grid !~ '^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15}|[0-9]{17})$' THEN
        RAISE EXCEPTION 'not a grid code: %', grid USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM set_config('wangge.scope', grid, true);
    RETURN QUERY
        WITH counts AS MATERIALIZED (
            SELECT 'disputes.accepted' AS f, count(*) AS n FROM gis.dispute
                WHERE grid_code ^@ grid AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN period_from AND period_to
            UNION ALL
            SELECT 'disputes.mediated', count(*) FROM gis.dispute
                WHERE grid_code ^@ grid AND mediated AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN period_from AND period_to
            UNION ALL
            SELECT 'disputes.succeeded', count(*) FROM gis.dispute
                WHERE grid_code ^@ grid AND succeeded AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN period_from AND period_to
            UNION ALL
            SELECT 'disputes.open', count(*) FROM gis.dispute
                WHERE grid_code ^@ grid AND closed_at IS NULL
                  AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN period_from AND period_to
            UNION ALL
            SELECT 'disputes.overdue', count(*) FROM gis.dispute
                WHERE grid_code ^@ grid AND closed_at IS NULL AND deadline < now()
                  AND (accepted_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN period_from AND period_to
            UNION ALL
            SELECT 'households.total', count(*)
                FROM gis.assignment_at(on_edition) AS a JOIN gis.household AS h ON h.id = a.household_id
                WHERE a.grid_code ^@ grid AND h.since <= period_to AND (h.until IS NULL OR h.until > period_to)
            UNION ALL
            SELECT 'households.' || r.level, count(*)
                FROM gis.assignment_at(on_edition) AS a JOIN gis.risk_rating AS r ON r.household_id = a.household_id
                WHERE a.grid_code ^@ grid
                  AND (r.rated_at AT TIME ZONE 'Asia/Shanghai')::date <= period_to
                  AND (r.ended_at IS NULL OR (r.ended_at AT TIME ZONE 'Asia/Shanghai')::date > period_to)
                GROUP BY r.level
        )
        SELECT f, CASE WHEN n > 0 AND n < suppress_below THEN NULL ELSE n END FROM counts;
    PERFORM set_config('wangge.scope', coalesce(before, ''), true);
END
$$;
REVOKE ALL ON FUNCTION gis.personal_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gis.personal_counts TO wangge_service;
