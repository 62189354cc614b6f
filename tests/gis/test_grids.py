"""Grids as records: by code, name and foreign code; neighbours; the heirs of retired ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage import Coverage, load_coverage
from gis.db import Connection, Database, load_queries
from gis.errors import InvalidInput, NotFound
from gis.grids import Alias, aliases_of, by_alias, children, names_at, read_grid, search
from gis.successors import Heir, Passing, follow, successors

SQL = load_queries(Path(__file__).with_name("records_oracle.sql"))
BASIC = "53232210120200701"


@pytest.fixture(scope="module")
def coverage(database: Database) -> Coverage:
    with database.transaction() as connection:
        return load_coverage(connection)


def test_a_grid_and_what_is_below(connection: Connection) -> None:
    grid = read_grid(connection, "532322101", 1)
    assert (grid.level, grid.name, grid.retired_in) == (3, "妥甸镇", None)
    assert grid.west < grid.lon < grid.east
    assert grid.south < grid.lat < grid.north
    below = children(connection, "532322101", 1)
    assert len(below) == 19
    assert names_at(connection, [code for code, _ in below], 1) == dict(below)
    assert children(connection, BASIC, 1) == []
    with pytest.raises(NotFound):
        read_grid(connection, "532322199", 1)


@pytest.mark.parametrize("code", ["532322", "532322101", "532322101202", "532322101202007", BASIC])
def test_neighbours_share_a_line(connection: Connection, coverage: Coverage, code: str) -> None:
    expected = [row[0] for row in connection.execute(SQL["touching"], {"code": code})]
    assert coverage.locator.neighbours(code) == expected


def test_neighbours_of_nothing(coverage: Coverage) -> None:
    with pytest.raises(NotFound):
        coverage.locator.neighbours("532322199")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("532322101", "532322101"),
        ("532322 101 202", "532322101202"),
        ("妥甸镇", "532322101"),
        ("妥甸", "532322101"),
        ("鄂嘉镇", "532322104"),
        ("䂖嘉镇", "532322104"),
        ("箐口", "532322101202"),
    ],
)
def test_search(connection: Connection, text: str, first: str) -> None:
    found = search(connection, text, 1, 10)
    assert found[0].code == first
    assert 1 <= len(found) <= 10


@pytest.mark.parametrize("text", ["%", "_", "\\", "%' OR true --", "999999", "不存在的地方"])
def test_search_takes_nothing_for_a_pattern(connection: Connection, text: str) -> None:
    assert search(connection, text, 1, 10) == []


def test_aliases(connection: Connection) -> None:
    connection.execute(SQL["alias"], ["532322990", "532322101", 0.7])
    connection.execute(SQL["alias"], ["532322990", "532322102", 0.3])
    both = [Alias("mca", "532322990", code, share, None) for code, share in (("532322101", 0.7), ("532322102", 0.3))]
    assert by_alias(connection, "mca", "532322990", 1) == both
    assert aliases_of(connection, "532322102", 1) == both[1:]
    with pytest.raises(NotFound):
        by_alias(connection, "mca", "nothing", 1)
    with pytest.raises(InvalidInput):
        by_alias(connection, "klingon", "532322990", 1)


def passing(edition: int, old: str, new: str, share: float, *, gone: bool = False) -> tuple[Passing, float]:
    return Passing(edition, old, new, share, share, gone), share


def test_weights_follow_split_and_merge() -> None:
    steps = [
        passing(2, "a", "b", 0.25, gone=True),
        passing(2, "a", "c", 0.75, gone=True),
        passing(3, "c", "d", 0.4),  # c lives on with the rest
        passing(4, "b", "c", 1, gone=True),
    ]
    assert follow({"a": 8.0}, steps) == pytest.approx({"c": 0.75 * 8 * 0.6 + 2, "d": 0.75 * 8 * 0.4})


def test_slivers_go_along() -> None:
    found = follow({"a": 1.0}, [passing(2, "a", "b", 0.3, gone=True), passing(2, "a", "c", 0.699, gone=True)])
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == {"b", "c"}


SHARES = st.lists(st.floats(0.05, 1), min_size=1, max_size=4)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), SHARES, st.booleans()), max_size=6),
    st.dictionaries(st.sampled_from("abcd"), st.floats(0.1, 1e6), min_size=1),
)
def test_no_weight_is_lost(history: list[tuple[str, list[float], bool]], weights: dict[str, float]) -> None:
    steps = [
        passing(edition, old, f"{new}", share / sum(shares), gone=gone)
        for edition, (old, shares, gone) in enumerate(history)
        for new, share in zip("efgh", shares, strict=False)
    ]
    assert sum(follow(weights, steps).values()) == pytest.approx(sum(weights.values()))


def test_heirs_of_retired_grids(connection: Connection) -> None:
    """A basic grid is split in edition 2, and one heir is merged in edition 3."""
    first, second, third = "53232210120200801", "53232210120200901", "53232210120300101"
    connection.execute(SQL["editions"])
    connection.execute(SQL["retire"], {"edition": 2, "code": BASIC})
    connection.execute(SQL["retire_code"], {"edition": 2, "code": BASIC})
    connection.execute(SQL["pass_on"], [2, BASIC, first, 0.25, 0.5])
    connection.execute(SQL["pass_on"], [2, BASIC, second, 0.75, 0.5])
    connection.execute(SQL["retire"], {"edition": 3, "code": second})
    connection.execute(SQL["retire_code"], {"edition": 3, "code": second})
    connection.execute(SQL["pass_on"], [3, second, third, 1, 1])
    assert read_grid(connection, BASIC, 1).retired_in is None
    assert read_grid(connection, BASIC, 3).retired_in == 2
    assert successors(connection, BASIC, 2, 2) == [Heir(second, 0.75, 0.5), Heir(first, 0.25, 0.5)]
    assert successors(connection, BASIC, 2, 3) == [Heir(third, 0.75, 0.5), Heir(first, 0.25, 0.5)]


def test_heirs_of_a_retired_village(connection: Connection) -> None:
    village, heirs = "532322101202", ("53232210120300101", "53232210120400101")
    leaves = connection.execute(SQL["leaves_of"], [village]).fetchall()
    connection.execute(SQL["editions"])
    for number, (code, _) in enumerate(leaves):
        connection.execute(SQL["retire"], {"edition": 2, "code": code})
        connection.execute(SQL["retire_code"], {"edition": 2, "code": code})
        connection.execute(SQL["pass_on"], [2, code, heirs[number % 2], 1, 1])
    connection.execute(SQL["retire"], {"edition": 2, "code": village})
    found = {heir.code: heir for heir in successors(connection, village, 2, 2)}
    assert set(found) == {code[:12] for code in heirs}
    even = sum(area for _, area in leaves[::2]) / sum(area for _, area in leaves)
    assert found[heirs[0][:12]].area_share == pytest.approx(even)
    assert sum(heir.household_share or 0 for heir in found.values()) == pytest.approx(1)
