"""The index as a thing: coverages that do not match, updates, files, threads, laziness."""

import pickle
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import F64
from gis.errors import InvalidCode, InvalidInput, NotFound
from gis.index import jit, layout, lookup, nearest, raster
from gis.index.grid_index import prepare
from gis.kept_code import sources
from gis.locate import Locator
from tests.gis.meshes import (
    BORDER,
    STYLES,
    dissolve,
    first_exact,
    hard_points,
    lattice,
    leaf_codes,
    relation_exact,
    rings_of,
)

seeds = st.integers(0, 2**32 - 1)


def _array(polygons: list[Any]) -> Any:
    found = np.empty(len(polygons), dtype=object)
    found[:] = polygons
    return found


def _tangle(rng: np.random.Generator, count: int, unit: float) -> list[Any]:
    """Boxes and triangles with corners on a coarse lattice, some with holes or two parts: all edges meet all others."""
    found: list[Any] = []
    while len(found) < count:
        corners = rng.integers(0, 9, (3, 2))
        if rng.random() < 0.5:
            (west, south), (east, north) = corners[:2]
            shape = shapely.box(min(west, east), min(south, north), max(west, east), max(south, north))
        else:
            shape = shapely.Polygon(corners)
        if found and rng.random() < 0.4:
            shape = shapely.symmetric_difference(shape, shapely.union_all([]) if rng.random() < 0.3 else found[-1])
        parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon" and part.area > 0]
        if parts and shape.is_valid:
            found.append(
                shapely.transform(shapely.multipolygons(parts), lambda xy: np.array([101.0, 24.0]) + xy * unit)
            )
    return [shape for shape in found if shape.is_valid and shape.area > 0]


@settings(max_examples=60)
@given(seeds, st.integers(1, 8), st.sampled_from([1 / 8, 1 / 3, 1e-3, 1e-12]))
def test_gaps_overlaps_and_edges_on_edges_are_answered_exactly(seed: int, count: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    polygons = _tangle(rng, count, unit)
    lon, lat = hard_points(_array(polygons), rng, limit=25)
    locator = Locator(leaf_codes(len(polygons)), polygons)
    expected = first_exact(polygons, lon, lat)
    assert locator.locate(lon, lat).tolist() == expected
    on_border = [
        k >= 0 and relation_exact(rings_of(polygons[k]), x, y) == BORDER
        for k, x, y in zip(expected, lon.tolist(), lat.tolist(), strict=True)
    ]
    assert locator.on_border(lon, lat, np.array(expected)).tolist() == on_border


@settings(max_examples=40)
@given(st.sampled_from(STYLES), seeds, st.sampled_from([1e-16, 1e-15, 1e-14, 1e-13, 1e-12]))
def test_points_a_hair_off_the_border(style: str, seed: int, off: float) -> None:
    rng = np.random.default_rng(seed)
    polygons = dissolve(lattice(style, 3, rng), rng.integers(0, 7, 18))
    vertices = shapely.get_coordinates(polygons)
    share = rng.choice([0, 0.5, rng.random()], (len(vertices) - 1, 1))
    points = vertices[:-1] + share * np.diff(vertices, axis=0)
    points = points[rng.permutation(len(points))[:60]]
    lon, lat = (points + rng.uniform(-off, off, points.shape)).T
    assert Locator(leaf_codes(len(polygons)), polygons).locate(lon, lat).tolist() == first_exact(polygons, lon, lat)


def test_a_cell_with_very_many_edges_and_grids() -> None:
    # A wheel of 90 sectors: they meet in one point, and cells around it have edges of all of them.
    angle = np.linspace(0, 2 * np.pi, 91)
    rim = np.array([101.5, 24.5]) + np.column_stack([np.cos(angle), np.sin(angle)]) * 0.25
    rim[-1] = rim[0]
    sectors = [shapely.Polygon([(101.5, 24.5), a, b]) for a, b in pairwise(rim)]
    rng = np.random.default_rng(0)
    near = np.array([101.5, 24.5]) + rng.uniform(-1e-12, 1e-12, (100, 2))
    lon, lat = np.concatenate([near, [[101.5, 24.5]], (rim[:-1] + near[:1]) / 2]).T
    assert Locator(leaf_codes(90), sectors).locate(lon, lat).tolist() == first_exact(sectors, lon, lat)


def test_grids_inside_one_another_are_known_where_no_edge_is_near() -> None:
    boxes = [shapely.box(101 - k / 9, 24 - k / 9, 102 + k / 9, 25 + k / 9) for k in (0, 3, 1, 2)]
    codes = leaf_codes(4)
    locator = Locator(codes, boxes)
    assert locator.locate([101.5, 100.95, 100.85, 100.7], 24.5).tolist() == [0, 1, 1, 1]
    # Behind the border of the third lie the second and the fourth.
    assert locator.border([101.5], [24.5], np.array([2]))[1].tolist() == [1]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_way_of_asking_answers_alike(threads: int) -> None:
    rng = np.random.default_rng(5)
    polygons = dissolve(lattice("jitter", 6, rng), rng.integers(-1, 9, 72))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    lon, lat = rng.uniform(101.19, 101.27, 300_000), rng.uniform(24.39, 24.47, 300_000)
    index = locator.locate(lon, lat, threads)
    out = np.empty(lon.size, dtype=np.int32)
    locator.locate_into(lon, lat, out, threads)
    assert np.array_equal(out, index)
    assert [locator.index_of(x, y) for x, y in zip(lon[:500].tolist(), lat[:500].tolist(), strict=True)] == index[
        :500
    ].tolist()
    assert np.array_equal(locator.locate(lon[::3], lat[::3]), index[::3])
    assert np.array_equal(locator.locate(lon.reshape(3, -1), lat.reshape(3, -1)), index.reshape(3, -1))
    for level in (4, 5, 6):
        table, codes = locator.ancestors(level)
        assert (
            np.append(codes, "")[table[index[:500]]].tolist() == locator.codes_at(lon[:500], lat[:500], level).tolist()
        )
    with pytest.raises(InvalidInput, match="299999"):
        locator.locate(np.append(lon[1:-1], np.nan), lat[1:], threads)


def test_arrays_that_do_not_fit_are_refused() -> None:
    locator = Locator(leaf_codes(1), [shapely.box(101, 24, 102, 25)])
    fits, out = np.zeros(3), np.empty(3, dtype=np.int32)
    bad: list[tuple[Any, Any]] = [
        (fits, out[:2]),
        (fits[::-1], out),
        (np.zeros(3, dtype=np.float32), out),
        (fits, fits),
    ]
    for lon, answers in bad:
        with pytest.raises(InvalidInput):
            locator.locate_into(lon, fits, answers)
    packed = np.zeros(3, dtype=[("", "u1"), ("lon", "f8"), ("lat", ">f8")])
    assert locator.locate(packed["lon"], packed["lat"]).tolist() == [-1, -1, -1]
    fits.flags.writeable = False
    locator.locate_into(fits, fits, out)
    assert out.tolist() == locator.locate(fits, fits).tolist() == [-1, -1, -1]
    assert np.isnan(locator.border(fits, fits, out)[0]).all()
    for lon, lat in ((24.5, 101.5), (float("nan"), 24.5), (101.5, float("inf"))):
        with pytest.raises(InvalidInput):
            locator.index_of(lon, lat)


@settings(max_examples=60)
@given(st.sampled_from(STYLES), seeds)
def test_an_update_is_the_same_as_building_anew(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = lattice(style, 6, rng)
    labels = rng.integers(0, 12, 72)
    before = dict(zip(leaf_codes(20)[4:], dissolve(vertices, labels), strict=False))
    # Some triangles change hands; some grids go, others come, with codes before, between and after the others.
    near = rng.integers(0, 72)
    labels[near : near + rng.integers(1, 12)] = rng.integers(0, 12)
    after = dict(zip(leaf_codes(20)[4:], dissolve(vertices, labels), strict=False))
    changed: dict[str, Any] = {
        code: after.get(code) for code in before if code not in after or not after[code].equals_exact(before[code])
    }
    for code in rng.choice(leaf_codes(20), 2).tolist():
        changed[code] = (
            None if code in before and rng.random() < 0.5 else after.get(code, shapely.Point(101.3, 24.5).buffer(0.02))
        )
    result = {code: shape for code, shape in {**before, **changed}.items() if shape is not None}
    old = Locator(list(before), list(before.values()))
    updated = old.updated(changed)
    assert updated.index.same_as(Locator(list(result), list(result.values())).index)
    assert old.index.same_as(Locator(list(before), list(before.values())).index)
    back = {code: before.get(code) for code in changed if code in before or code in result}
    assert updated.updated(back).index.same_as(old.index)


def test_an_update_may_begin_or_end_without_grids_and_checks_what_it_is_given() -> None:
    one, two, three = leaf_codes(3)
    west, east = shapely.box(101, 24, 102, 25), shapely.box(102, 24, 103, 25)
    both = Locator([one, two], [west, east])
    assert Locator([], []).updated({two: east, one: west}).index.same_as(both.index)
    assert both.updated({one: None, two: None}).locate([101.5], [24.5]).tolist() == [-1]
    assert both.updated({}).index.same_as(both.index)
    with pytest.raises(NotFound):
        both.updated({three: None})
    with pytest.raises(InvalidInput):
        both.updated({"532322101202001": west})
    with pytest.raises(InvalidCode):
        both.updated({"5323": west})
    with pytest.raises(InvalidInput):
        both.updated({one: shapely.LineString([(101, 24), (102, 25)])})


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Locator, Path]:
    rng = np.random.default_rng(8)
    polygons = dissolve(lattice("jitter", 4, rng), rng.integers(-1, 7, 32))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    path = tmp_path / "county.index"
    locator.save(path, {"edition": 3, "names": {"532322": "双柏县"}})
    return locator, path


def _points() -> tuple[F64, F64]:
    rng = np.random.default_rng(9)
    return rng.uniform(101.19, 101.25, 2000), rng.uniform(24.39, 24.45, 2000)


def test_a_saved_index_answers_alike_from_shared_read_only_memory(saved: tuple[Locator, Path], tmp_path: Path) -> None:
    locator, path = saved
    opened = Locator.open(path)
    assert opened.meta == {"edition": 3, "names": {"532322": "双柏县"}}
    assert locator.meta == {}
    assert (opened.level, opened.codes.tolist()) == (locator.level, locator.codes.tolist())
    assert np.array_equal(opened.locate(*_points()), locator.locate(*_points()))
    for lon, lat in zip(*(values[:50].tolist() for values in _points()), strict=True):
        assert opened.locate_one(lon, lat) == locator.locate_one(lon, lat)
    assert isinstance(opened.index.buffer, np.memmap)
    assert not opened.index.buffer.flags.writeable
    opened.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    changed = {opened.codes[0]: None}
    assert opened.updated(changed).index.same_as(locator.updated(changed).index)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again", "county.index"]


def test_an_index_travels_to_other_processes(saved: tuple[Locator, Path]) -> None:
    for locator in (saved[0], Locator.open(saved[1])):
        other = pickle.loads(pickle.dumps(locator))  # noqa: S301 (our own)
        assert np.array_equal(other.locate(*_points()), locator.locate(*_points()))
        assert other.meta == locator.meta


def test_a_damaged_or_foreign_file_is_refused(saved: tuple[Locator, Path], tmp_path: Path) -> None:
    whole = saved[1].read_bytes()
    rng = np.random.default_rng(3)
    places = {*range(0, 8 * layout.HEAD, 8), *rng.integers(8 * layout.HEAD, len(whole), 40).tolist(), len(whole) - 1}
    bad = tmp_path / "bad.index"
    for place in places:
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with pytest.raises(InvalidInput, match=r"bad\.index"):
            Locator.open(bad)
    for content in (b"", b"PK", whole[:511], whole[:-1], whole + b" ", b"x" * 4096):
        bad.write_bytes(content)
        with pytest.raises(InvalidInput):
            Locator.open(bad)
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InvalidInput):
            Locator.open(path)


def test_a_failed_save_leaves_what_was_there(saved: tuple[Locator, Path]) -> None:
    locator, path = saved
    before = path.read_bytes()
    with pytest.raises(TypeError):
        locator.save(path, {"day": object()})
    with pytest.raises(OSError, match="missing"):
        locator.save(path.parent / "missing" / "file")
    assert path.read_bytes() == before


def _python(code: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_importing_compiles_nothing() -> None:
    path = ":".join(filter(None, sys.path))
    assert _python("import gis.locate, sys; print('numba' in sys.modules)", PYTHONPATH=path).strip() == "False"


def test_after_preparing_a_fresh_process_compiles_nothing() -> None:
    prepare()
    code = (
        "from gis.index.grid_index import prepare; prepare()\n"
        "from gis.index import lookup, match, nearest, raster, splice\n"
        "kernels = lookup.locate, lookup.locate_one, nearest.place, match.match, raster.build, splice.splice\n"
        "print([sum(kernel.stats.cache_misses.values()) for kernel in kernels])\n"
    )
    said = _python(code, PYTHONPATH=":".join(filter(None, sys.path)), HOME=str(Path.home()))
    assert said.strip() == "[0, 0, 0, 0, 0, 0]"


def test_compiled_code_of_other_sources_is_not_used() -> None:
    for kernel in (lookup.locate, nearest.place, raster.build):
        assert kernel._cache._cache_file._source_stamp == sources(Path(jit.__file__).parent)  # type: ignore[attr-defined]  # numba's


def test_without_a_folder_for_compiled_code_it_is_compiled_and_said(tmp_path: Path) -> None:
    code = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from gis.index.jit import kernel\n"
        "double = kernel('int64(int64)')(lambda number: 2 * number)\n"
        "print(double(21))\n"
    )
    said = _python(code, PYTHONPATH=":".join(filter(None, sys.path)), HOME=str(tmp_path))
    assert "42" in said
    assert "NUMBA_CACHE_DIR" in said
