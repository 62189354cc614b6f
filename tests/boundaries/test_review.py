"""A draft's way: validated, reviewed by a second person, published; and over a newer edition."""

import pytest
import shapely

from boundaries.drafts import Change, drop_draft, put_changes, read_changes, read_draft
from boundaries.judging import validate
from boundaries.publish import prepare
from boundaries.rebase import Rebased, clashes, rebase, resolve
from boundaries.review import approve, comment, comments, read_review, send_back, submit
from gis.db import Connection, Database
from gis.errors import CheckFailed, Conflict, Forbidden, NotFound
from tests.boundaries.edits import saved
from tests.boundaries.squares import DAY, SCOPE, leaf, put, square


def one(number: int, shape: object, name: str = "") -> Change:
    return Change(leaf(number), "put", name or f"第{number}网格", shape)


def border(cut: float) -> list[Change]:
    """The border between grids 1 and 2 somewhere else."""
    return [one(1, square(0, 1, cut)), one(2, square(cut, 1, 2 - cut))]


def stage(connection: Connection, draft: int) -> str:
    return read_review(connection, draft).stage


def test_each_save_begins_the_way_anew(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, border(1.2))
        rev = read_draft(connection, draft).rev
        assert stage(connection, draft) == "open"
        with pytest.raises(Conflict):
            submit(connection, draft, rev=rev, by="test")
        validate(connection, draft)
        assert stage(connection, draft) == "validated"
        with pytest.raises(Conflict):
            approve(connection, draft, rev=rev, by="second")
        assert submit(connection, draft, rev=rev, by="helper").stage == "review"
        for same in ("test", "helper"):
            with pytest.raises(Forbidden):
                approve(connection, draft, rev=rev, by=same)
        with pytest.raises(Conflict):
            prepare(connection, draft, valid_from=DAY, needs_review=True)
        assert approve(connection, draft, rev=rev, by="second").stage == "approved"
        put_changes(connection, draft, border(1.3))
        assert stage(connection, draft) == "open"
        assert read_review(connection, draft).approved_by is None
        with pytest.raises(Conflict):
            prepare(connection, draft, valid_from=DAY, rev=rev)
        validate(connection, draft)
        rev = read_draft(connection, draft).rev
        submit(connection, draft, rev=rev, by="helper")
        approve(connection, draft, rev=rev, by="second")
        prepare(connection, draft, valid_from=DAY, rev=rev, needs_review=True)
        assert stage(connection, draft) == "published"


def test_errors_keep_a_draft_from_review(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, [one(1, square(0, 1, 1.2))])
        validate(connection, draft)
        assert (stage(connection, draft), read_review(connection, draft).errors) == ("open", 1)
        with pytest.raises(CheckFailed):
            submit(connection, draft, rev=read_draft(connection, draft).rev, by="test")
        drop_draft(connection, draft)
        assert stage(connection, draft) == "dropped"


def test_comments_stay_with_the_save_they_are_about(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, border(1.2))
        first = comment(connection, draft, author="甲", body="请看", code=leaf(1), lon=101.5, lat=24.5)
        put_changes(connection, draft, border(1.3))
        validate(connection, draft)
        submit(connection, draft, rev=read_draft(connection, draft).rev, by="helper")
        assert send_back(connection, draft, by="乙", why="再改").stage == "validated"
        found = comments(connection, draft)
        assert [(one.author, one.body, one.code, one.lon) for one in found] == [
            ("甲", "请看", leaf(1), 101.5),
            ("乙", "再改", None, None),
        ]
        assert found[1].rev > first.rev
        with pytest.raises(NotFound):
            comment(connection, draft + 99, author="甲", body="无")


def test_a_stale_draft_goes_along_where_nobody_else_changed(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, border(1.2))
        validate(connection, draft)
        put(connection, [one(3, square(0, 0), "改名")])
        assert read_review(connection, draft).stale
        with pytest.raises(Conflict):
            prepare(connection, draft, valid_from=DAY)
        assert rebase(connection, draft) == Rebased([], [])
        assert (read_review(connection, draft).stale, stage(connection, draft)) == (False, "open")
        assert prepare(connection, draft, valid_from=DAY).edition == 3


@pytest.mark.parametrize(("resolution", "cut"), [("mine", 1.2), ("theirs", 0.7)])
def test_what_both_changed_is_decided_by_a_person(squares: Database, resolution: str, cut: float) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, border(1.2))
        put(connection, border(0.7))
        assert [clash.code for clash in rebase(connection, draft).clashes] == [leaf(1), leaf(2)]
        with pytest.raises(Conflict):
            prepare(connection, draft, valid_from=DAY)
        for code in (leaf(1), leaf(2)):
            resolve(connection, draft, code, "mine" if resolution == "mine" else "theirs", by="test")
        assert {clash.resolution for clash in clashes(connection, draft)} == {resolution}
        kept = read_changes(connection, draft)
        assert len(kept) == (2 if resolution == "mine" else 0)
        if resolution == "theirs":
            with pytest.raises(Conflict):
                resolve(connection, draft, leaf(1), "mine", by="test")
            put_changes(connection, draft, [one(4, square(1, 0), "改名")])
        edition = prepare(connection, draft, valid_from=DAY).edition
        (row,) = connection.execute(
            "SELECT ST_AsBinary(geom) FROM gis.grid_at(%s) WHERE code = %s", [edition, leaf(1)]
        ).fetchall()
        assert shapely.symmetric_difference(shapely.from_wkb(bytes(row[0])), square(0, 1, cut)).area < 1e-15


def test_equal_changes_and_new_vertices_are_no_conflict(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        same = saved(connection, border(1.2))
        beside = saved(connection, [one(3, square(0, 0), "改名"), one(4, square(1, 0), "改名")])
        gone = saved(connection, [Change(leaf(1), "retire"), one(2, square(0, 1, 2))])
        put(connection, border(1.2))  # which gives grid 4 a vertex
        assert rebase(connection, same).clashes == []
        assert rebase(connection, beside) == Rebased([], [])
        assert [clash.code for clash in rebase(connection, gone).clashes] == [leaf(1), leaf(2)]
        with pytest.raises(NotFound):
            resolve(connection, gone, leaf(4), "mine", by="test")
