"""Figures of grids in tiles: those of the statistics, small ones hidden, and nothing more by putting tiles together."""

from collections.abc import Iterator
from datetime import date

import pytest

from gis.clock import local_today
from gis.codes import WIDTHS
from gis.db import Connection, Database
from gis.errors import Forbidden
from gis.statistics import Access, Figures, Period, figures_of
from tests.tiles.decoded import Feature, decode, tile_at
from tiles.figures import COUNTS, PublicFigures
from tiles.matrix import CGCS2000, WEB_MERCATOR
from tiles.serve import bounds, tile

YEAR = Period(date(2023, 1, 1), date(2023, 12, 31))
K = 3
LEVEL_AT = {7: 3, 10: 4, 11: 5, 12: 6}


@pytest.fixture
def public(database: Database) -> Iterator[Connection]:
    """A transaction of nobody, as the public routes have it."""
    with database.transaction() as connection:
        yield connection


def _features(connection: Connection, z: int, tms: str = WEB_MERCATOR, period: Period = YEAR) -> list[Feature]:
    """The features of all tiles of a zoom."""
    known = PublicFigures(K).of(1, period)
    west, south, east, north = bounds(connection, 1)
    _, left, top = tile_at(west, north, z, tms)
    _, right, bottom = tile_at(east, south, z, tms)
    found: list[Feature] = []
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            made = tile(connection, ["figures"], z, x, y, 1, tms=tms, figures=known)
            found += decode(made.packed.plain()).get("figures", [])
    return found


def _table(connection: Connection, level: int, *, everything: bool = False) -> dict[str, Figures]:
    access = Access(lambda _: everything, lambda _: everything, K)
    return {row.code: row for row in figures_of(connection, "532322", YEAR, edition=1, access=access, level=level)}


@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
@pytest.mark.parametrize("z", LEVEL_AT)
def test_tiles_tell_what_the_statistics_tell_everybody(public: Connection, z: int, tms: str) -> None:
    level = LEVEL_AT[z]
    found = _features(public, z if tms == WEB_MERCATOR else z - 1, tms)
    table = _table(public, level)
    assert {feature.properties["code"] for feature in found} == set(table)
    for feature in found:
        row = table[feature.properties["code"]]
        told = {name: feature.properties.get(name) for name in COUNTS}
        assert told == {name: getattr(row.personal, name) for name in COUNTS}
        hidden = [name for name in COUNTS if told[name] is None]
        assert feature.properties.get("hidden", "") == ",".join(hidden)
        assert feature.properties["level"] == level
        assert len(feature.properties["code"]) == WIDTHS[level]


@pytest.mark.parametrize("z", LEVEL_AT)
def test_no_small_count_is_shown(public: Connection, z: int) -> None:
    shown = [
        feature.properties[name] for feature in _features(public, z) for name in COUNTS if name in feature.properties
    ]
    assert shown
    assert not {count for count in shown if 0 < count < K}


@pytest.mark.parametrize(("above", "below"), [(7, 10), (10, 11), (11, 12)])
def test_a_hidden_count_is_not_what_the_zooms_differ_by(public: Connection, above: int, below: int) -> None:
    """A parent less the children that are shown is never the count of a single hidden child, nor small."""
    parents = {feature.properties["code"]: feature.properties for feature in _features(public, above)}
    children: dict[str, dict[str, dict[str, int]]] = {}
    for feature in _features(public, below):
        code = feature.properties["code"]
        children.setdefault(code[: WIDTHS[LEVEL_AT[above]]], {})[code] = feature.properties
    checked = 0
    for code, parent in parents.items():
        for name in COUNTS:
            hidden = [child for child, counts in children.get(code, {}).items() if name not in counts]
            if name in parent and hidden:
                rest = parent[name] - sum(counts.get(name, 0) for counts in children[code].values())
                assert len(hidden) > 1
                assert rest == 0 or rest >= K
                checked += 1
    if above < 11:  # nearly every grid has exactly one basic grid: both are hidden, or none
        assert checked


def test_figures_are_of_the_boundaries_and_periods_that_everybody_may_ask_for(public: Connection) -> None:
    known = PublicFigures(K)
    half = Period(date(2023, 1, 1), date(2023, 6, 30))
    tile(public, ["figures"], 7, *tile_at(101.52, 24.54, 7)[1:], 1, figures=known.of(1, half))
    with pytest.raises(Forbidden, match="whole years"):
        tile(public, ["figures"], 11, *tile_at(101.52, 24.54, 11)[1:], 1, figures=known.of(1, half))
    with pytest.raises(Forbidden, match="boundaries"):
        tile(public, ["figures"], 7, *tile_at(101.52, 24.54, 7)[1:], 1, figures=known.of(2, YEAR))


def test_a_look_at_the_map_counts_once(public: Connection) -> None:
    known = PublicFigures(K)
    year = local_today().year
    period = Period(date(year, 1, 1), date(year, 12, 31))
    first, again = (known.of(1, period)(public, 4) for _ in range(2))
    assert first is again
    assert known.of(1, YEAR)(public, 4) is not first
