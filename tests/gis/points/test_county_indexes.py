"""One index per county: every point is brought to its county exactly, and the workers of Spark answer as one index."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from gis.arrays import F64
from gis.county_indexes import CountyIndexes, save_county_indexes
from gis.errors import FileUnreadable, InvalidInput
from gis.index_file import Manifest
from gis.locate import Locator
from gis.points.answers import Answers, Wanted, answer
from gis.points.places import Places, find_places
from gis.spark_workers import Router, Worker
from tests.gis.points.squares import CODES, NAMES

COUNTIES = ("532322", "532323", "532324")
MANIFEST = Manifest(1, date(2023, 1, 1), "三县", synthetic=True, counties=COUNTIES, grids=24)


def _bent(west: float, south: float) -> Any:
    """A grid whose sides are not straight, so that its county shares no straight border with the next."""
    corners = [(0, 0), (0.05, -0.012), (0.1, 0), (0.113, 0.05), (0.1, 0.1), (0.05, 0.088), (0, 0.1), (0.013, 0.05)]
    return shapely.Polygon([(round(west + x, 9), round(south + y, 9)) for x, y in corners])


def _grids() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in range(6):
        for row in range(4):
            county = COUNTIES[(column + row) // 3]
            number = sum(code.startswith(county) for code in found) + 1
            found[f"{county}101202{number:03d}01"] = _bent(101 + column / 10, 24 + row / 10)
    return dict(sorted(found.items()))


GRIDS = _grids()
NAMES_OF = {**NAMES, **{code: f"网格{code[-5:]}" for code in GRIDS}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("indexes") / "index"
    shapes = np.array(list(GRIDS.values()), dtype=np.object_)
    assert save_county_indexes(path, MANIFEST, NAMES_OF, list(GRIDS), shapes) == list(COUNTIES)
    return path


@pytest.fixture(scope="module")
def whole() -> Locator:
    return Locator(list(GRIDS), list(GRIDS.values()))


def points() -> tuple[F64, F64]:
    """Points all over and beyond, on every vertex, on edges, and a hair off the borders between counties."""
    rng = np.random.default_rng(5)
    spread = rng.uniform((100.9, 23.9), (101.8, 24.5), (4_000, 2))
    vertices = shapely.get_coordinates(list(GRIDS.values()))
    middles = (vertices[1:] + vertices[:-1]) / 2
    off = np.concatenate([vertices + rng.choice([-1e-13, 0, 1e-13], vertices.shape) for _ in range(20)])
    lon, lat = np.concatenate([spread, vertices, middles, off]).T
    return lon.copy(), lat.copy()


def table() -> Any:
    lon, lat = points()
    lon[::501] = 200.0
    return pa.table({"id": np.arange(lon.size), "lon": lon, "lat": lat})


def places() -> Places:
    return find_places(["id", "lon", "lat"], None)


def test_a_point_is_routed_to_the_county_that_has_it(folder: Path, whole: Locator) -> None:
    lon, lat = points()
    indexes = CountyIndexes(folder)
    route = indexes.route(lon, lat)
    codes = whole.codes_at(lon, lat)
    wanted = np.array([indexes.counties.index(code[:6]) if code else -1 for code in codes.tolist()])
    inside = wanted >= 0
    assert inside.sum() > 1_000
    assert (route[inside] == wanted[inside]).all()
    # Outside all, a point may be routed to a county; that county has no answer either.
    for county in range(len(COUNTIES)):
        mine = ~inside & (route == county)
        assert (indexes.index(county).locator.locate(lon[mine], lat[mine]) == -1).all()


def test_an_index_holds_its_county_and_what_touches_it(folder: Path) -> None:
    indexes = CountyIndexes(folder)
    for place, county in enumerate(COUNTIES):
        codes = indexes.index(place).locator.codes.tolist()
        own = [code for code in GRIDS if code.startswith(county)]
        around = shapely.union_all([GRIDS[code] for code in own])
        assert codes == [code for code, shape in GRIDS.items() if shape.intersects(around)]
        assert set(own) < set(codes)


@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(4, chain=True, names=True), Wanted(6, chain=True, names=True, border=True)]
)
def test_workers_answer_as_one_index_does(folder: Path, whole: Locator, wanted: Wanted) -> None:
    rows = table()
    worker = Worker(str(folder), places(), wanted, ("id", "lon", "lat"))
    found = pa.Table.from_batches(list(worker(iter(rows.to_batches(max_chunksize=700)))))
    expected = answer(rows, places(), Answers(whole, NAMES_OF, wanted), wanted)
    assert found.column_names == expected.column_names
    for name in found.column_names:
        assert found.column(name).to_pylist() == expected.column(name).to_pylist(), name


def test_rows_are_given_their_county_for_the_shuffle(folder: Path) -> None:
    rows = table()
    routed = pa.Table.from_batches(list(Router(str(folder), places())(iter(rows.to_batches(max_chunksize=700)))))
    assert routed.column("id").to_pylist() == rows.column("id").to_pylist()
    assert set(routed.column("wangge_county").to_pylist()) == {-1, 0, 1, 2}


def test_few_indexes_stay_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.county_indexes.OPEN_AT_ONCE", 1)
    indexes = CountyIndexes(folder)
    assert [indexes.index(county).manifest.counties[0] for county in (0, 1, 0, 2)] == [
        "532322",
        "532323",
        "532322",
        "532324",
    ]


def test_a_folder_that_is_none_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileUnreadable):
        CountyIndexes(tmp_path)
    with pytest.raises(InvalidInput):
        save_county_indexes(folder, MANIFEST, NAMES_OF, list(CODES), np.array(list(CODES.values())))
