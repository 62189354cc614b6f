-- Figures for the public: counts pass through here, never rows. They are counted by a role of its own, which sees
-- of the personal tables only the columns that are counted, and which nobody can be but this one function.
-- Hiding small counts is the caller's duty: it takes the whole tree of grids to know what gives what away.
GRANT USAGE, CREATE ON SCHEMA gis TO wangge_counter;
SET LOCAL ROLE wangge_owner;

-- Assigned households per basic grid as changes from edition to edition, kept by triggers: adding some thousand
-- numbers up takes a tenth of the time of counting all households.
CREATE TABLE gis.assignment_tally (
    grid_code text COLLATE "C" NOT NULL,
    edition int NOT NULL,
    change int NOT NULL,
    PRIMARY KEY (grid_code, edition)
);
COMMENT ON TABLE gis.assignment_tally IS 'Households assigned to a basic grid in an edition: the sum of changes up to it';

CREATE FUNCTION gis.tally_assignments() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Each event names its own transition table, so the statement differs by event.
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO gis.assignment_tally AS t
            SELECT c.grid_code, c.edition, -sum(c.sign) FROM (
                SELECT grid_code, edition_from AS edition, 1 AS sign FROM gone
                UNION ALL SELECT grid_code, edition_to, -1 FROM gone WHERE edition_to IS NOT NULL) AS c
            GROUP BY c.grid_code, c.edition
            ON CONFLICT (grid_code, edition) DO UPDATE SET change = t.change + EXCLUDED.change;
    END IF;
    IF TG_OP IN ('UPDATE', 'INSERT') THEN
        INSERT INTO gis.assignment_tally AS t
            SELECT c.grid_code, c.edition, sum(c.sign) FROM (
                SELECT grid_code, edition_from AS edition, 1 AS sign FROM come
                UNION ALL SELECT grid_code, edition_to, -1 FROM come WHERE edition_to IS NOT NULL) AS c
            GROUP BY c.grid_code, c.edition
            ON CONFLICT (grid_code, edition) DO UPDATE SET change = t.change + EXCLUDED.change;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER assignment_tally_insert AFTER INSERT ON gis.assignment REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION gis.tally_assignments();
CREATE TRIGGER assignment_tally_update AFTER UPDATE ON gis.assignment REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION gis.tally_assignments();
CREATE TRIGGER assignment_tally_delete AFTER DELETE ON gis.assignment REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gis.tally_assignments();
REVOKE INSERT, UPDATE, DELETE ON gis.assignment_tally FROM wangge_service;

CREATE INDEX household_since ON gis.household (since);
CREATE INDEX household_until ON gis.household (until) WHERE until IS NOT NULL;

GRANT SELECT ON gis.assignment_tally TO wangge_counter;
GRANT SELECT (household_id, grid_code, edition_from, edition_to) ON gis.assignment TO wangge_counter;
GRANT SELECT (id, since, until) ON gis.household TO wangge_counter;
GRANT SELECT (household_id, level, rated_at, ended_at) ON gis.risk_rating TO wangge_counter;
GRANT SELECT (grid_code, accepted_at, deadline, closed_at, mediated, succeeded) ON gis.dispute TO wangge_counter;
CREATE POLICY assignment_counting ON gis.assignment FOR SELECT TO wangge_counter USING (true);
CREATE POLICY household_counting ON gis.household FOR SELECT TO wangge_counter USING (true);
CREATE POLICY risk_rating_counting ON gis.risk_rating FOR SELECT TO wangge_counter USING (true);
CREATE POLICY dispute_counting ON gis.dispute FOR SELECT TO wangge_counter USING (true);

SET LOCAL ROLE wangge_counter;
-- One row for each grid of a level under a grid that has anything to count: disputes accepted in a period by the
-- grid they were accepted in, households and ratings as they stood at the period's end, in the grids of an edition.
CREATE FUNCTION gis.personal_counts(grid text, width int, period_from date, period_to date, on_edition int)
    RETURNS TABLE (code text, accepted bigint, mediated bigint, succeeded bigint, open bigint, overdue bigint,
                   households bigint, red bigint, yellow bigint, green bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan -- a county and a basic grid want different plans
    AS $$
#variable_conflict use_column
DECLARE
    beyond constant text := grid || ':';
    starts constant timestamptz := period_from::timestamp AT TIME ZONE 'Asia/Shanghai';
    ends constant timestamptz := (period_to + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
BEGIN
    RETURN QUERY
    WITH absent AS MATERIALIZED (
        SELECT h.id FROM gis.household AS h WHERE h.since > period_to OR h.until <= period_to
    ), figures AS (
        SELECT left(grid_code, width) AS code, count(*) AS accepted, count(*) FILTER (WHERE d.mediated) AS mediated,
               count(*) FILTER (WHERE d.succeeded) AS succeeded, count(*) FILTER (WHERE closed_at IS NULL) AS open,
               count(*) FILTER (WHERE closed_at IS NULL AND deadline < now()) AS overdue,
               0::bigint AS households, 0::bigint AS red, 0::bigint AS yellow, 0::bigint AS green
        FROM gis.dispute AS d
        WHERE grid_code >= grid AND grid_code < beyond AND accepted_at >= starts AND accepted_at < ends
        GROUP BY 1
        UNION ALL
        SELECT left(grid_code, width), 0, 0, 0, 0, 0, sum(change), 0, 0, 0
        FROM gis.assignment_tally
        WHERE grid_code >= grid AND grid_code < beyond AND edition <= on_edition
        GROUP BY 1
        UNION ALL
        SELECT left(a.grid_code, width), 0, 0, 0, 0, 0, -count(*), 0, 0, 0
        FROM absent JOIN gis.assignment AS a ON a.household_id = absent.id
        WHERE a.edition_from <= on_edition AND (a.edition_to IS NULL OR a.edition_to > on_edition)
          AND a.grid_code >= grid AND a.grid_code < beyond
        GROUP BY 1
        UNION ALL
        SELECT left(a.grid_code, width), 0, 0, 0, 0, 0, 0, count(*) FILTER (WHERE r.level = 'red'),
               count(*) FILTER (WHERE r.level = 'yellow'), count(*) FILTER (WHERE r.level = 'green')
        FROM gis.risk_rating AS r JOIN gis.assignment AS a ON a.household_id = r.household_id
        WHERE r.rated_at < ends AND (r.ended_at IS NULL OR r.ended_at >= ends)
          AND a.edition_from <= on_edition AND (a.edition_to IS NULL OR a.edition_to > on_edition)
          AND a.grid_code >= grid AND a.grid_code < beyond
          AND NOT EXISTS (SELECT FROM absent WHERE absent.id = r.household_id)
        GROUP BY 1
    )
    SELECT f.code, sum(f.accepted)::bigint, sum(f.mediated)::bigint, sum(f.succeeded)::bigint, sum(f.open)::bigint,
           sum(f.overdue)::bigint, sum(f.households)::bigint, sum(f.red)::bigint, sum(f.yellow)::bigint,
           sum(f.green)::bigint
    FROM figures AS f GROUP BY f.code ORDER BY f.code;
END
$$;
REVOKE ALL ON FUNCTION gis.personal_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gis.personal_counts TO wangge_service;
RESET ROLE;
REVOKE CREATE ON SCHEMA gis FROM wangge_counter;
