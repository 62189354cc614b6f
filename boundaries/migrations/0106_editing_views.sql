-- Editing views: what a planner's login sees of the one draft that is open for it, and writes into it.
-- The views and their trigger functions act as the owner with a fixed search path; the login has no other right.
-- QGIS saves in several transactions, so saves are accepted whatever they draw, and judged later.
CREATE SCHEMA edit AUTHORIZATION wangge_owner;
GRANT USAGE ON SCHEMA edit TO wangge_planner;
SET LOCAL ROLE wangge_owner;

-- Rows of the views are known by int4 keys of one sequence, that of codes. A row keeps its key when it gets another code.
ALTER TABLE boundaries.change ADD COLUMN fid int;
COMMENT ON COLUMN boundaries.change.fid IS 'key of the row in the editing views where it is not that of its code';
CREATE UNIQUE INDEX change_fid ON boundaries.change (draft_id, fid);

-- Codes that files bring into a planner's draft are issued when it is published; until then their rows need keys too.
CREATE FUNCTION boundaries.give_fid() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NEW.fid IS NULL AND NOT EXISTS (SELECT FROM gis.code WHERE code = NEW.code)
       AND EXISTS (SELECT FROM boundaries.draft WHERE id = NEW.draft_id AND planner IS NOT NULL) THEN
        NEW.fid := nextval('gis.code_fid_seq');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER change_fid BEFORE INSERT ON boundaries.change FOR EACH ROW EXECUTE FUNCTION boundaries.give_fid();

CREATE VIEW edit.leaf WITH (security_barrier) AS
SELECT k.fid, g.code::text AS code, g.parent, g.name, 'kept' AS state, g.geom
FROM boundaries.draft AS d
JOIN gis.grid AS g ON g.level = 6 AND g.edition_from <= d.base_edition
    AND (g.edition_to IS NULL OR g.edition_to > d.base_edition) AND g.code::text ^@ d.scope
JOIN gis.code AS k ON k.code = g.code
WHERE d.planner = session_user AND d.ended_at IS NULL
    AND NOT EXISTS (SELECT FROM boundaries.change AS c WHERE c.draft_id = d.id AND c.code = g.code)
UNION ALL
SELECT coalesce(c.fid, k.fid), c.code::text, gis.parent_of(c.code), c.name,
       CASE WHEN g.code IS NULL THEN 'new' ELSE 'changed' END, c.geom
FROM boundaries.draft AS d
JOIN boundaries.change AS c ON c.draft_id = d.id AND c.geom IS NOT NULL
LEFT JOIN gis.code AS k ON k.code = c.code
LEFT JOIN gis.grid AS g ON g.code = c.code AND g.edition_from <= d.base_edition
    AND (g.edition_to IS NULL OR g.edition_to > d.base_edition)
WHERE d.planner = session_user AND d.ended_at IS NULL;
ALTER VIEW edit.leaf ALTER COLUMN fid SET DEFAULT nextval('gis.code_fid_seq');
COMMENT ON VIEW edit.leaf IS 'Basic grids of the open draft: those of its base edition that it does not change, and its changes';

-- The session's draft, held until the end of the transaction so that no publication overtakes a save.
CREATE FUNCTION boundaries.draft_being_edited() RETURNS boundaries.draft
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    mine boundaries.draft;
BEGIN
    SELECT * INTO mine FROM boundaries.draft WHERE planner = session_user AND ended_at IS NULL FOR NO KEY UPDATE;
    IF mine.id IS NULL THEN
        RAISE EXCEPTION '没有打开的草稿：它已发布或作废，什么也没有保存 · no draft is open: it was published or dropped; nothing is saved'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = '请打开新草稿，再刷新图层重做 · open a draft, refresh the layers and draw again';
    ELSIF mine.state NOT IN ('open', 'validated') THEN
        RAISE EXCEPTION '草稿 % 正在审核，什么也没有保存 · draft % is in review; nothing is saved', mine.id, mine.id
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = '请审核人退回后再改 · ask the reviewer to hand it back first';
    END IF;
    RETURN mine;
END
$$;

-- Rows that are gone make UPDATE and DELETE succeed with nothing done, and QGIS reports success: count what is met.
CREATE FUNCTION boundaries.begin_edit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM boundaries.draft_being_edited();
    PERFORM set_config('wangge.rows_met', '', true);
    RETURN NULL;
END
$$;
CREATE FUNCTION boundaries.end_edit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF current_setting('wangge.rows_met', true) = '' THEN
        RAISE EXCEPTION '要修改的网格已不在草稿中，什么也没有保存 · the grid is no longer in the draft; nothing is saved'
            USING ERRCODE = 'no_data_found',
                  HINT = '它已被删除、合并或撤销；请刷新图层后重做 · it was deleted, merged or undone; refresh the layer and draw again';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER leaf_begin BEFORE INSERT OR UPDATE OR DELETE ON edit.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries.begin_edit();
CREATE TRIGGER leaf_end AFTER UPDATE OR DELETE ON edit.leaf FOR EACH STATEMENT EXECUTE FUNCTION boundaries.end_edit();

-- The next basic grid's code under a level-5 grid (15 digits), or under a village (12) with a level-5 grid of its own.
-- The counters are those of gis.allocator: codes are never used again.
CREATE FUNCTION boundaries.issue_leaf_code(draft boundaries.draft, parent text, name text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    series_of text := CASE length(parent) WHEN 15 THEN 'basic' WHEN 12 THEN 'grid' END;
    highest int := CASE length(parent) WHEN 15 THEN 99 ELSE 799 END;
    number int;
    issued text;
BEGIN
    IF series_of IS NULL OR parent !~ '^[1-9][0-9]+$' THEN
        RAISE EXCEPTION '上级编码“%”应为 15 位（网格）或 12 位（村、社区） · the parent must be a code of 15 or 12 digits', parent
            USING ERRCODE = 'check_violation', HINT = '在“上级”栏选择 · choose it in the field "parent"';
    ELSIF NOT parent ^@ draft.scope AND NOT draft.scope ^@ parent THEN
        RAISE EXCEPTION '上级 % 不在草稿的范围 % 之内 · the parent is outside the draft''s scope', parent, draft.scope
            USING ERRCODE = 'insufficient_privilege',
                  HINT = '请有该辖区权限的人来改 · somebody with that jurisdiction has to do it';
    END IF;
    INSERT INTO gis.code_counter AS c (parent, series, last) VALUES (parent, series_of, 0) ON CONFLICT DO NOTHING;
    LOOP
        UPDATE gis.code_counter AS c SET last = last + 1
        WHERE c.parent = issue_leaf_code.parent AND c.series = series_of AND c.last < highest
        RETURNING last INTO number;
        IF number IS NULL THEN
            RAISE EXCEPTION '% 之下的编码已用尽 · the codes under % are used up', parent, parent
                USING ERRCODE = 'program_limit_exceeded', HINT = '编码从不复用，请换一个上级 · choose another parent';
        END IF;
        issued := parent || CASE series_of WHEN 'basic' THEN lpad(number::text, 2, '0') ELSE lpad(number::text, 3, '0') END;
        INSERT INTO gis.code (code) VALUES (issued) ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND AND NOT EXISTS (SELECT FROM boundaries.change AS c WHERE c.code = issued);
        number := NULL;
    END LOOP;
    IF series_of = 'grid' THEN
        INSERT INTO boundaries.change (draft_id, code, operation, name) VALUES (draft.id, issued, 'put', name);
        issued := issued || '01';
        INSERT INTO gis.code (code) VALUES (issued);
    END IF;
    RETURN issued;
END
$$;

CREATE FUNCTION boundaries.put_leaf(draft int, leaf text, name text, geom public.geometry, fid int) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF geom IS NULL OR public.ST_IsEmpty(geom) THEN
        RAISE EXCEPTION '网格 % 的图形为空，没有保存 · the geometry is empty; nothing is saved', leaf
            USING ERRCODE = 'check_violation', HINT = '要撤销网格请删除要素 · delete the feature to retire a grid';
    END IF;
    INSERT INTO boundaries.change AS c (draft_id, code, operation, name, geom, fid)
    VALUES (draft, leaf, 'put', coalesce(name, ''), geom, fid)
    ON CONFLICT (draft_id, code) DO UPDATE
    SET operation = 'put', name = excluded.name, geom = excluded.geom, fid = coalesce(excluded.fid, c.fid);
END
$$;

CREATE FUNCTION boundaries.remove_leaf(draft boundaries.draft, leaf text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    DELETE FROM boundaries.change WHERE draft_id = draft.id AND code = leaf;
    INSERT INTO boundaries.change (draft_id, code, operation)
    SELECT draft.id, g.code, 'retire' FROM gis.grid_at(draft.base_edition) AS g WHERE g.code = leaf;
END
$$;

-- A new row: a part that was split off, a merged grid that QGIS deleted and adds again, or a new drawing.
CREATE FUNCTION boundaries.insert_leaf() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    mine boundaries.draft := boundaries.draft_being_edited();
BEGIN
    IF EXISTS (SELECT FROM gis.code WHERE fid = NEW.fid)
       OR EXISTS (SELECT FROM boundaries.change WHERE draft_id = mine.id AND fid = NEW.fid) THEN
        NEW.fid := NULL;
    END IF;
    -- The absorbing grid of a merge keeps its code; every other new row gets one that was never issued.
    IF NOT EXISTS (SELECT FROM boundaries.change WHERE draft_id = mine.id AND code = NEW.code AND operation = 'retire') THEN
        IF coalesce(NEW.parent, '') = '' THEN
            SELECT l.parent INTO NEW.parent FROM edit.leaf AS l
            ORDER BY public.ST_Distance(l.geom, public.ST_Centroid(NEW.geom)), l.code LIMIT 1;
        END IF;
        NEW.code := boundaries.issue_leaf_code(mine, coalesce(NEW.parent, ''), coalesce(NEW.name, ''));
    END IF;
    NEW.fid := coalesce(NEW.fid, nextval('gis.code_fid_seq'));
    PERFORM boundaries.put_leaf(mine.id, NEW.code, NEW.name, NEW.geom, NEW.fid);
    RETURN NEW;
END
$$;

CREATE FUNCTION boundaries.update_leaf() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    mine boundaries.draft := boundaries.draft_being_edited();
    moved boolean := NEW.parent IS DISTINCT FROM OLD.parent AND coalesce(NEW.parent, '') <> '';
BEGIN
    PERFORM set_config('wangge.rows_met', 'yes', true);
    NEW.fid := OLD.fid;
    NEW.code := OLD.code;
    IF moved THEN
        NEW.code := boundaries.issue_leaf_code(mine, NEW.parent, coalesce(NEW.name, ''));
        PERFORM boundaries.remove_leaf(mine, OLD.code);
    ELSIF NEW.name IS DISTINCT FROM OLD.name THEN
        PERFORM boundaries.rename_only_child(mine, OLD.code, OLD.name, NEW.name);
    END IF;
    PERFORM boundaries.put_leaf(mine.id, NEW.code, NEW.name, NEW.geom, CASE WHEN moved THEN OLD.fid END);
    RETURN NEW;
END
$$;

-- A level-5 grid with one basic grid is the same place under the same name; it is renamed with it.
CREATE FUNCTION boundaries.rename_only_child(draft boundaries.draft, leaf text, old text, name text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $$
    INSERT INTO boundaries.change AS c (draft_id, code, operation, name)
    SELECT draft.id, gis.parent_of(leaf), 'put', coalesce(name, '')
    WHERE NOT EXISTS (SELECT FROM edit.leaf AS l WHERE l.parent = gis.parent_of(leaf) AND l.code <> leaf)
      AND old = coalesce((SELECT c.name FROM boundaries.change AS c WHERE c.draft_id = draft.id AND c.code = gis.parent_of(leaf)),
                         (SELECT g.name FROM gis.grid_at(draft.base_edition) AS g WHERE g.code = gis.parent_of(leaf)))
    ON CONFLICT (draft_id, code) DO UPDATE SET name = excluded.name
    $$;

CREATE FUNCTION boundaries.delete_leaf() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM set_config('wangge.rows_met', 'yes', true);
    PERFORM boundaries.remove_leaf(boundaries.draft_being_edited(), OLD.code);
    RETURN OLD;
END
$$;
CREATE TRIGGER leaf_insert INSTEAD OF INSERT ON edit.leaf FOR EACH ROW EXECUTE FUNCTION boundaries.insert_leaf();
CREATE TRIGGER leaf_update INSTEAD OF UPDATE ON edit.leaf FOR EACH ROW EXECUTE FUNCTION boundaries.update_leaf();
CREATE TRIGGER leaf_delete INSTEAD OF DELETE ON edit.leaf FOR EACH ROW EXECUTE FUNCTION boundaries.delete_leaf();

-- Upper grids as the draft would make them: what its basic grids leave of the old outline, and what they add.
CREATE VIEW edit.parent WITH (security_barrier) AS
WITH mine AS (SELECT * FROM boundaries.draft WHERE planner = session_user AND ended_at IS NULL),
standing AS (
    SELECT g.* FROM mine AS d
    JOIN gis.grid AS g ON g.edition_from <= d.base_edition AND (g.edition_to IS NULL OR g.edition_to > d.base_edition)
),
touched AS (
    SELECT left(c.code, width) AS code, public.ST_Union(public.ST_MakeValid(g.geom)) AS lost,
           public.ST_Union(public.ST_MakeValid(c.geom)) AS won
    FROM mine AS d
    JOIN boundaries.change AS c ON c.draft_id = d.id AND gis.level_of(c.code) = 6
    LEFT JOIN standing AS g ON g.code = c.code,
    unnest(ARRAY[6, 9, 12, 15]) AS width
    GROUP BY 1
),
named AS (SELECT c.code::text AS code, c.name, c.fid FROM mine AS d
          JOIN boundaries.change AS c ON c.draft_id = d.id AND c.geom IS NULL AND c.operation = 'put'),
drawn AS (
    SELECT coalesce(g.code::text, t.code) AS code, g.name,
           CASE WHEN t.code IS NULL THEN g.geom
                WHEN g.code IS NULL THEN t.won
                WHEN t.lost IS NULL THEN public.ST_Union(g.geom, t.won)
                WHEN t.won IS NULL THEN public.ST_Difference(g.geom, t.lost)
                ELSE public.ST_Union(public.ST_Difference(g.geom, t.lost), t.won) END AS geom
    FROM (SELECT * FROM standing WHERE level < 6) AS g
    FULL JOIN touched AS t ON t.code = g.code
)
SELECT coalesce(k.fid, n.fid) AS fid, p.code, gis.level_of(p.code)::int AS level, coalesce(n.name, p.name) AS name,
       public.ST_Multi(public.ST_CollectionExtract(p.geom, 3))::public.geometry(MultiPolygon, 4490) AS geom
FROM drawn AS p
CROSS JOIN mine AS d
LEFT JOIN gis.code AS k ON k.code = p.code
LEFT JOIN named AS n ON n.code = p.code
WHERE (p.code ^@ d.scope OR d.scope ^@ p.code) AND NOT public.ST_IsEmpty(p.geom);
COMMENT ON VIEW edit.parent IS 'Upper grids of the open draft, read-only: unions of its basic grids';

-- Households below the draft's scope, without names, telephone numbers and addresses. Their policy goes by the scope that is
-- set here; the login may set what it likes, as the rows are chosen by the draft.
CREATE FUNCTION edit.households() RETURNS TABLE
    (id uuid, grid text, unit text, members int, risk text, geom public.geometry(Point, 4490))
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    mine boundaries.draft;
BEGIN
    SELECT * INTO mine FROM boundaries.draft AS d WHERE d.planner = session_user AND d.ended_at IS NULL;
    IF mine.id IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('wangge.scope', mine.scope, true);
    RETURN QUERY
        SELECT h.id, h.grid_code::text, a.unit_code::text, h.members, r.level, h.geom
        FROM gis.household AS h
        LEFT JOIN gis.assignment_at(mine.base_edition) AS a ON a.household_id = h.id
        LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
        WHERE h.until IS NULL AND h.grid_code::text ^@ mine.scope;
END
$$;
REVOKE ALL ON FUNCTION edit.households() FROM PUBLIC;
CREATE VIEW edit.household AS SELECT * FROM edit.households();
COMMENT ON VIEW edit.household IS 'Households below the scope of the open draft: place, size and rating only; no rating is not green';

GRANT SELECT, INSERT, UPDATE, DELETE ON edit.leaf TO wangge_planner;
GRANT SELECT ON edit.parent, edit.household TO wangge_planner;
GRANT EXECUTE ON FUNCTION edit.households() TO wangge_planner;
GRANT USAGE ON SEQUENCE gis.code_fid_seq TO wangge_planner;
