"""Drafts taken along: what was done in the file comes back, nothing else, and conflicts are told."""

from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.draft_leaves import read_draft_leaves
from boundaries.drafts import Change, drop_draft, open_draft, put_changes, read_changes
from boundaries.editions import activate
from boundaries.journal import list_saves, undo
from boundaries.offline import CheckedIn, checkin, checkout
from boundaries.offline_file import BASE, EDITED, ORIGIN
from boundaries.publish import prepare
from boundaries.rebase import rebase
from gis.db import Database
from gis.errors import Conflict, FileUnreadable, InvalidInput, NotFound
from tests.boundaries.squares import DAY, SCOPE, VILLAGE, leaf, same_place, square
from tests.examples import examples


def opened(squares: Database, *changes: Change, scope: str = "") -> int:
    with squares.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="改动", author="test", scope=scope)
        put_changes(connection, draft, changes)
        return draft


def taken(squares: Database, draft: int, file: Path) -> Any:
    """Check a draft out; its edited layer."""
    with squares.transaction() as connection:
        checkout(connection, draft, file)
    return pyogrio.read_dataframe(file, layer=EDITED)


def edit(file: Path, frame: Any) -> None:
    """Write the edited layer back, its rows in order."""
    pyogrio.write_dataframe(
        frame, file, layer=EDITED, driver="GPKG", geometry_type="MultiPolygon", promote_to_multi=True
    )


def reshape(frame: Any, code: str, shape: Any) -> None:
    frame.loc[frame["code"] == code, "geometry"] = geopandas.GeoSeries([shape], crs=4490).to_numpy()


def row(code: str | None, shape: Any, parent: str = "") -> Any:
    values = {"code": [code], "parent": [parent], "name": ["新"]}
    return geopandas.GeoDataFrame(values, geometry=[shape], crs=4490)


def back(squares: Database, file: Path, **options: Any) -> CheckedIn:
    with squares.transaction(SCOPE) as connection:
        return checkin(connection, file, **options)


def changed(squares: Database, draft: int) -> dict[str, Change]:
    with squares.transaction() as connection:
        return {change.code: change for change in read_changes(connection, draft)}


def test_a_file_that_nobody_edited_changes_nothing(squares: Database, tmp_path: Path) -> None:
    file = tmp_path / "draft.gpkg"
    draft = opened(squares, Change(leaf(1), "put", "一", square(0, 1, 0.9)))
    frame = taken(squares, draft, file)
    assert frame["code"].tolist() == [leaf(n) for n in (1, 2, 3, 4)]
    assert frame.crs.to_epsg() == 4490
    before = changed(squares, draft)
    assert back(squares, file) == CheckedIn(draft, [], [], [], [])
    assert changed(squares, draft) == before
    assert [path.name for path in tmp_path.iterdir()] == ["draft.gpkg"]


def test_borders_splits_merges_and_moves_come_back_as_one_save(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    reshape(frame, leaf(1), square(0, 1, 0.5))
    reshape(frame, leaf(4), square(0, 0, 2))
    frame.loc[frame["code"] == leaf(2), "parent"] = VILLAGE
    parts = [frame[frame["code"] != leaf(3)], row(leaf(1), square(0.5, 1, 0.5), leaf(1)[:15])]
    edit(file, pd.concat(parts, ignore_index=True))
    done = back(squares, file)
    part, moved = leaf(1)[:15] + "02", leaf(5)
    assert done == CheckedIn(draft, [leaf(1), leaf(4)], [leaf(2), leaf(3)], [moved, part], [])
    found = changed(squares, draft)
    assert {code: change.operation for code, change in found.items() if len(code) == 17} == {
        leaf(1): "put", leaf(2): "retire", leaf(3): "retire", leaf(4): "put", moved: "put", part: "put",
    }  # fmt: skip
    assert same_place(found[part].geometry, square(0.5, 1, 0.5))
    with squares.transaction(SCOPE) as connection:
        assert len(list_saves(connection, draft)) == 1
        activate(connection, prepare(connection, draft, valid_from=DAY).edition)


def test_a_row_without_code_and_parent_belongs_where_it_lies(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    edit(file, pd.concat([frame, row(None, square(0.4, 0.1, 0.8, 0.5))], ignore_index=True))
    assert back(squares, file).issued == [leaf(3)[:15] + "02"]


def test_what_others_changed_meanwhile_stays_or_is_a_conflict(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    with squares.transaction() as connection:
        theirs = [Change(leaf(n), "put", "别人", square(*place, 0.8)) for n, place in ((1, (0, 1)), (3, (0, 0)))]
        put_changes(connection, draft, theirs)
    reshape(frame, leaf(2), square(1, 1, 0.7))
    edit(file, frame)
    assert back(squares, file).conflicts == []
    found = changed(squares, draft)
    assert (found[leaf(1)].name, found[leaf(2)].name) == ("别人", "第2网格")
    reshape(frame, leaf(1), square(0, 1, 0.6))
    frame = frame[frame["code"] != leaf(3)]
    edit(file, frame)
    assert back(squares, file).conflicts == [leaf(1), leaf(3)]
    assert changed(squares, draft) == found
    done = back(squares, file, overwrite=True)
    assert (done.conflicts, done.retired) == ([leaf(1), leaf(3)], [leaf(3)])
    assert same_place(changed(squares, draft)[leaf(1)].geometry, square(0, 1, 0.6))


def test_a_second_check_in_of_a_file_is_no_conflict(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    reshape(frame, leaf(1), square(0, 1, 0.6))
    edit(file, frame)
    assert back(squares, file, commit=False).put == [leaf(1)]
    assert changed(squares, draft) == {}
    assert back(squares, file).conflicts == []
    assert back(squares, file).conflicts == []


def test_a_grid_new_in_the_draft_that_is_deleted_in_the_file_leaves_no_trace(squares: Database, tmp_path: Path) -> None:
    file, part = tmp_path / "draft.gpkg", leaf(1)[:15] + "02"
    draft = opened(squares, Change(part, "put", "二", square(0, 1, 0.2)))
    frame = taken(squares, draft, file)
    edit(file, frame[frame["code"] != part])
    assert back(squares, file).retired == [part]
    assert changed(squares, draft) == {}


def test_a_level_5_grid_is_renamed_with_its_only_basic_grid(squares: Database, tmp_path: Path) -> None:
    file, part = tmp_path / "draft.gpkg", leaf(2)[:15] + "02"
    draft = opened(squares, Change(part, "put", "第2网格", square(1, 1, 0.2)))
    frame = taken(squares, draft, file)
    edit(file, frame.assign(name=["新一", "新二", "新二", "第3网格", "第4网格"]))
    assert back(squares, file).put == [leaf(1), leaf(2), part]
    names = {code: change.name for code, change in changed(squares, draft).items()}
    assert names == {leaf(1): "新一", leaf(1)[:15]: "新一", leaf(2): "新二", part: "新二"}


def test_a_file_of_an_earlier_edition_is_laid_over_the_present_one(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    reshape(frame, leaf(1), square(0, 1, 0.6))
    edit(file, frame)
    other = opened(squares, Change(leaf(3), "put", "别人", square(0, 0)))
    with squares.transaction(SCOPE) as connection:
        activate(connection, prepare(connection, other, valid_from=DAY).edition)
        rebase(connection, draft)
    assert back(squares, file) == CheckedIn(draft, [leaf(1)], [], [], [])
    with squares.transaction() as connection:
        assert read_draft_leaves(connection, draft)[leaf(3)].name == "别人"
        drop_draft(connection, draft)
    with pytest.raises(Conflict, match="name it with --draft"):
        back(squares, file)
    fresh = opened(squares)
    assert back(squares, file, draft=fresh).put == [leaf(1)]
    with squares.transaction() as connection:
        undo(connection, fresh)
    with pytest.raises(NotFound):
        back(squares, file, draft=fresh + 1)


def test_a_file_of_another_store_or_no_file_of_ours_is_refused(squares: Database, tmp_path: Path) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    pyogrio.write_dataframe(frame, tmp_path / "plain.gpkg", layer=EDITED, driver="GPKG")
    with squares.transaction() as connection, pytest.raises(InvalidInput, match="folder"):
        checkout(connection, draft, tmp_path / "absent" / "draft.gpkg")
    for name in ("plain.gpkg", "absent.gpkg"):
        with pytest.raises(FileUnreadable):
            back(squares, tmp_path / name)
    with squares.transaction() as connection:
        connection.execute("UPDATE gis.edition SET recorded_at = recorded_at + interval '1 us'")
    with pytest.raises(Conflict, match="another store"):
        back(squares, file)


@pytest.mark.parametrize("layer", [BASE, ORIGIN, EDITED])
def test_a_damaged_file_is_refused(squares: Database, tmp_path: Path, layer: str) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    if layer == EDITED:
        edit(file, frame.to_crs(4326))
    elif layer == BASE:
        pyogrio.write_dataframe(frame.iloc[1:], file, layer=BASE, driver="GPKG")
    else:
        table: Any = pyogrio.read_dataframe(file, layer=ORIGIN)
        pyogrio.write_dataframe(table.assign(digest=""), file, layer=ORIGIN, driver="GPKG")
    with pytest.raises(FileUnreadable):
        back(squares, file)


@pytest.mark.parametrize("parent", ["abc", "532322", leaf(2)[:15]])
def test_a_parent_out_of_scope_is_refused_whole(squares: Database, tmp_path: Path, parent: str) -> None:
    file, draft = tmp_path / "draft.gpkg", opened(squares, scope=leaf(1)[:15])
    frame = taken(squares, draft, file)
    assert frame["code"].tolist() == [leaf(1)]
    edit(file, pd.concat([frame.assign(name="改名"), row(None, square(0, 1, 0.5), parent)], ignore_index=True))
    with pytest.raises(InvalidInput):
        back(squares, file)
    assert changed(squares, draft) == {}


widths = st.sampled_from([0.3, 0.5, 1.0])


@given(theirs=st.dictionaries(st.integers(1, 4), widths), mine=st.dictionaries(st.integers(1, 4), widths | st.none()))
@settings(max_examples=examples(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_three_ways_agree_with_a_slow_merge(
    squares: Database, tmp_path: Path, theirs: dict[int, float], mine: dict[int, float | None]
) -> None:
    places = {1: (0, 1), 2: (1, 1), 3: (0, 0), 4: (1, 0)}
    file, draft = tmp_path / "draft.gpkg", opened(squares)
    frame = taken(squares, draft, file)
    with squares.transaction() as connection:
        put_changes(
            connection,
            draft,
            [Change(leaf(n), "put", f"第{n}网格", square(*places[n], width)) for n, width in theirs.items()],
        )
    for n, width in mine.items():
        if width is None:
            frame = frame[frame["code"] != leaf(n)]
        else:
            reshape(frame, leaf(n), square(*places[n], width))
    edit(file, frame)
    done = back(squares, file)
    base: dict[int, float | None] = dict.fromkeys(places, 1.0)
    their, my = base | theirs, base | mine
    clashes = [n for n in places if my[n] != 1.0 and their[n] != 1.0 and my[n] != their[n]]
    assert done.conflicts == [leaf(n) for n in clashes]
    with squares.transaction() as connection:
        found = read_draft_leaves(connection, draft)
        drop_draft(connection, draft)
    wanted = their if clashes else {n: my[n] if my[n] != 1.0 else their[n] for n in places}
    assert set(found) == {leaf(n) for n, width in wanted.items() if width is not None}
    for n, width in wanted.items():
        if width is not None:
            assert shapely.equals(found[leaf(n)].geometry, square(*places[n], width))
