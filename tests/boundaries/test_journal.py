"""The journal: saves are taken back and done again exactly, whatever they wrote."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.drafts import Change, drop_draft, list_drafts, open_draft, put_changes, read_draft
from boundaries.journal import list_saves, redo, undo
from gis.db import Connection, Database
from gis.errors import Conflict, NotFound
from tests.boundaries.squares import SCOPE, leaf, square
from tests.boundaries.test_editing_views import add, move


def state(squares: Database, draft: int) -> list[tuple[Any, ...]]:
    with squares.transaction() as connection:
        return connection.execute(
            "SELECT code::text, operation, name, ST_AsBinary(geom), fid FROM boundaries.change WHERE draft_id = %s ORDER BY 1",
            [draft],
        ).fetchall()


def opened(squares: Database) -> int:
    with squares.transaction(SCOPE) as connection:
        return open_draft(connection, title="改动", author="test")


def put(squares: Database, draft: int, *changes: Change) -> None:
    with squares.transaction() as connection:
        put_changes(connection, draft, changes)


def _put(number: int, name: str, width: float) -> Change:
    return Change(leaf(number), "put", name, square(0, 1, width))


def _retire(number: int) -> Change:
    return Change(leaf(number), "retire")


puts = st.builds(_put, st.integers(1, 5), st.sampled_from(["甲", "乙"]), st.sampled_from([0.5, 1.0]))
retires = st.builds(_retire, st.integers(1, 4))
saves = st.lists(st.lists(puts | retires, min_size=1, max_size=3, unique_by=lambda c: c.code), min_size=1, max_size=5)


@given(saves=saves, back=st.integers(1, 5))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undo_and_redo_are_exact(squares: Database, saves: list[list[Change]], back: int) -> None:
    draft = opened(squares)
    states = [state(squares, draft)]
    for changes in saves:
        put(squares, draft, *changes)
        states.append(state(squares, draft))
    back = min(back, len(saves))
    for step in range(back):
        with squares.transaction() as connection:
            before = read_draft(connection, draft).rev
            assert undo(connection, draft).undone
            assert read_draft(connection, draft).rev > before
        assert state(squares, draft) == states[-2 - step]
    for step in range(back):
        with squares.transaction() as connection:
            assert not redo(connection, draft).undone
        assert state(squares, draft) == states[len(saves) - back + step + 1]
    with squares.transaction() as connection, pytest.raises(Conflict, match="no save to redo"):
        redo(connection, draft)
    with squares.transaction() as connection:
        drop_draft(connection, draft)


def test_after_a_new_save_nothing_is_redone(squares: Database) -> None:
    draft = opened(squares)
    put(squares, draft, Change(leaf(1), "retire"))
    with squares.transaction() as connection:
        undo(connection, draft)
        with pytest.raises(Conflict, match="no save to undo"):
            undo(connection, draft)
    put(squares, draft, Change(leaf(2), "retire"))
    with squares.transaction() as connection, pytest.raises(Conflict):
        redo(connection, draft)
    with squares.transaction() as connection:
        assert undo(connection, draft).codes == [leaf(2)]
        assert redo(connection, draft).codes == [leaf(2)]
        assert [(s.kind, s.undone) for s in list_saves(connection, draft)] == [
            ("redo", False), ("undo", False), ("edit", False), ("undo", False), ("edit", True),
        ]  # fmt: skip


def test_the_several_transactions_of_one_save_of_qgis_are_one(squares: Database, planner: Connection) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    planner.execute("UPDATE edit.leaf SET name = '西段' WHERE code = %s", [leaf(1)])
    planner.execute("DELETE FROM edit.leaf WHERE code = %s", [leaf(2)])
    add(planner, leaf(2), square(0.5, 1, 1.5), parent=leaf(2)[:15])
    with squares.transaction() as connection:
        draft = list_drafts(connection)[0].id
        (save,) = list_saves(connection, draft)
        assert save.codes == [leaf(1)[:15], leaf(1), leaf(2)]
        assert save.saved_by == "li_na"
        undo(connection, draft)
    assert state(squares, draft) == []
    move(planner, leaf(1), square(0, 1, 0.5))
    with squares.transaction() as connection:
        assert len(list_saves(connection, draft)) == 3


def test_a_moved_leaf_comes_back_under_its_code_and_key(squares: Database, planner: Connection) -> None:
    before = planner.execute("SELECT * FROM edit.leaf ORDER BY code").fetchall()
    planner.execute("UPDATE edit.leaf SET parent = %s WHERE code = %s", [leaf(2)[:15], leaf(1)])
    after = planner.execute("SELECT * FROM edit.leaf ORDER BY code").fetchall()
    with squares.transaction() as connection:
        draft = list_drafts(connection)[0].id
        undo(connection, draft)
    assert planner.execute("SELECT * FROM edit.leaf ORDER BY code").fetchall() == before
    with squares.transaction() as connection:
        redo(connection, draft)
    assert planner.execute("SELECT * FROM edit.leaf ORDER BY code").fetchall() == after


def test_ended_and_unknown_drafts_are_refused(squares: Database) -> None:
    draft = opened(squares)
    put(squares, draft, Change(leaf(1), "retire"))
    with squares.transaction() as connection:
        drop_draft(connection, draft)
        for step in (undo, redo):
            with pytest.raises(Conflict, match="no longer open"):
                step(connection, draft)
            with pytest.raises(NotFound):
                step(connection, draft + 1)
