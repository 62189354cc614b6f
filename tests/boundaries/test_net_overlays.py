"""Departmental nets that are kept: codes look up both ways, planners see what does not fit, the service tells it."""

from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from psycopg import errors

from api.cli.main import run as run_command
from boundaries.drafts import Change, open_draft
from boundaries.net_aliases import Part, lay_over, list_cells, list_nets, read_net, write_net
from boundaries.nets import Net
from gis.db import Connection, Database
from gis.errors import InvalidInput
from gis.grids import aliases_of, by_alias
from gis.scope import Scope
from gis.settings import settings as service_settings
from tests.boundaries.squares import SCOPE, leaf, put, same_place, square

CELLS = np.array([square(0, 1, 1.25), square(0, 0, 2), square(5, 5)], dtype=object)
PARTY = Net("party", ["甲", "乙", "丙"], ["一片", "二片", "别处"], CELLS)


def settled(connection: Connection, *places: tuple[float, float]) -> None:
    """Households at places of the squares."""
    for x, y in places:
        number = 1 + int(x) + (2 if y < 1 else 0)
        connection.execute(
            "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, %s, 4490), %s)",
            [101.5 + x * 0.01, 24.5 + y * 0.01, leaf(number)],
        )


@pytest.fixture
def kept(squares: Database) -> Database:
    """The squares with households and a net of a department, whose cell 甲 reaches a quarter beyond grid 1."""
    with squares.transaction(SCOPE) as connection:
        settled(connection, (0.5, 1.5), (1.1, 1.5), (1.2, 1.5), (1.2, 1.6), (1.8, 1.5))
        write_net(connection, PARTY, lay_over(connection, PARTY), confirmed_by="张伟")
    return squares


def shares(parts: list[Part]) -> dict[tuple[str, str], tuple[float, float | None]]:
    return {(one.cell, one.grid): (round(one.area_share, 4), one.household_share) for one in parts}


def test_a_cell_lies_in_grids_with_shares_of_area_and_households(kept: Database) -> None:
    with kept.transaction(SCOPE) as connection:
        parts = lay_over(connection, PARTY)
        assert shares(parts) == {
            ("甲", leaf(1)): (0.8, 0.25),
            ("甲", leaf(2)): (0.2, 0.75),
            ("乙", leaf(3)): (0.5, None),
            ("乙", leaf(4)): (0.5, None),
        }
        assert same_place(shapely.union_all([one.geometry for one in parts if one.cell == "甲"]), CELLS[0])
        found = [
            (one.code, round(one.area_share, 4), one.household_share) for one in by_alias(connection, "party", "甲", 1)
        ]
        assert found == [(leaf(1), 0.8, 0.25), (leaf(2), 0.2, 0.75)]
        assert [(one.system, one.foreign_code) for one in aliases_of(connection, leaf(2), 1)] == [("party", "甲")]
        write_net(connection, PARTY, parts)
        assert [
            (one.net, one.edition, one.confirmed_by, one.cells, one.parts, one.unconfirmed)
            for one in list_nets(connection)
        ] == [("party", 1, None, 3, 4, 4)]


def test_a_sliver_counts_where_somebody_lives_in_it(squares: Database) -> None:
    cell = Net("party", ["甲"], [""], np.array([square(0, 1, 1.005)], dtype=object))
    with squares.transaction(SCOPE) as connection:
        assert [one.grid for one in lay_over(connection, cell)] == [leaf(1)]
        settled(connection, (1.004, 1.5))
        assert [(one.grid, one.household_share) for one in lay_over(connection, cell)] == [(leaf(1), 0), (leaf(2), 1)]


def test_cells_are_listed_as_far_as_the_jurisdiction_reaches(kept: Database) -> None:
    with kept.transaction() as connection:
        first = list_cells(connection, "party", SCOPE, 1, limit=2)
        rest = list_cells(connection, "party", SCOPE, 1, limit=2, cursor=first.next)
        assert [cell.code for cell in (*first.rows, *rest.rows)] == sorted(PARTY.codes)
        assert (first.total, rest.next) == (3, None)
        near = list_cells(connection, "party", Scope((leaf(4),), "test", "planner"), 1)
        assert [(cell.code, [grid for grid, _, _ in cell.grids]) for cell in near.rows] == [
            ("丙", []),
            ("乙", [leaf(3), leaf(4)]),
        ]
        again = read_net(connection, "party")
        assert (again.codes, again.names) == (PARTY.codes, PARTY.names)
        for work in (lambda: read_net(connection, "urban"), lambda: list_cells(connection, "urban", SCOPE, 1)):
            with pytest.raises(InvalidInput, match="there are: party"):
                work()


def test_planners_see_nets_and_cannot_change_them(
    kept: Database, planner: Connection, sign_in: Callable[..., Connection]
) -> None:
    cells = "SELECT net, code, grids, round(fit::numeric, 4)::float, up_to_date FROM edit.net ORDER BY code"
    assert planner.execute(cells).fetchall() == [
        ("party", "丙", 0, None, True),
        ("party", "乙", 2, 0.5, True),
        ("party", "甲", 2, 0.8, True),
    ]
    parts = "SELECT cell, grid, round(area_share::numeric, 4)::float, household_share FROM edit.net_part WHERE state = "
    assert planner.execute(parts + "'beyond' ORDER BY cell").fetchall() == [
        ("乙", leaf(4), 0.5, None),
        ("甲", leaf(2), 0.2, 0.75),
    ]
    for write in ("DELETE FROM edit.net", "UPDATE edit.net_part SET cell = ''", "DELETE FROM boundaries.net_cell"):
        with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)):
            planner.execute(write)
    other = sign_in("zhang_wei", leaf(4)[:15])
    assert other.execute("SELECT FROM edit.net").fetchall() == []
    with kept.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(3), "put", "改名", square(0, 0))])
        open_draft(connection, title="改动", author="张伟", planner="zhang_wei")
    fresh = "SELECT code, up_to_date FROM edit.net ORDER BY code"
    assert other.execute(fresh).fetchall() == [("丙", True), ("乙", True)]
    assert planner.execute(fresh).fetchall() == [("丙", False), ("乙", False), ("甲", False)]
    assert other.execute("SELECT grid FROM edit.net_part").fetchall() == [(leaf(4),)]


def test_a_net_is_kept_and_laid_over_again_as_it_is_typed(
    squares: Database,
    empty_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "urban.gpkg"
    geopandas.GeoDataFrame({"编码": PARTY.codes, "名称": PARTY.names}, geometry=list(CELLS), crs=4490).to_file(path)
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    service_settings.cache_clear()

    def nets(*words: str) -> tuple[int, str]:
        code = run_command(["nets", *words, "--lang", "en"])
        return code, capsys.readouterr().out

    code, told = nets("alias", f"urban={path}")
    assert (code, "3 cells, 4 aliases; 2 cells lie in several basic grids, 1 in none" in told) == (0, True)
    assert leaf(2) in told
    assert nets("alias", "urban", "--commit")[0] == 3
    assert nets("alias", f"urban={path}", "--commit", "--confirmed-by", "张伟")[0] == 0
    with squares.transaction(SCOPE) as connection:
        put(
            connection,
            [Change(leaf(1), "put", "西", square(0, 1, 1.25)), Change(leaf(2), "put", "东", square(1.25, 1, 0.75))],
        )
    code, told = nets("alias", "urban", "--commit", "--confirmed-by", "李娜")
    assert (code, "3 cells, 3 aliases; 1 cells lie in several" in told) == (0, True)
    assert nets("alias", f"mca={path}")[0] == 7
    service_settings.cache_clear()
    with squares.transaction() as connection:
        assert [(one.net, one.edition, one.confirmed_by) for one in list_nets(connection)] == [("urban", 2, "李娜")]
        assert [one.code for one in by_alias(connection, "urban", "甲", 2)] == [leaf(1)]


def test_the_first_grids_of_a_store_are_needed(empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    service_settings.cache_clear()
    path = tmp_path / "urban.gpkg"
    geopandas.GeoDataFrame({"编码": ["甲"]}, geometry=[square(0, 0)], crs=4490).to_file(path)
    assert run_command(["nets", "alias", f"urban={path}"]) == 6
    service_settings.cache_clear()
