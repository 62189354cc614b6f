"""The nearest of many points, against measuring every way with PROJ's geodesics."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gis.crs import geodesic_m
from gis.db import Connection
from gis.errors import InvalidInput
from gis.nearest import Nearest
from gis.settings import ROOT

GEOD = Geod(a=6_378_137.0, rf=298.257_222_101)
TIE_M = 1e-6
STEPS = st.integers(-400, 400).map(lambda n: n * 1e-5)
DEGREES = st.floats(-1, 1)


def by_all_ways(lons: list[float], lats: list[float], lon: float, lat: float) -> tuple[int, float]:
    """The first of those at the least distance, to a micrometre."""
    if not lons:
        return -1, float("nan")
    metres = np.array([GEOD.inv(lon, lat, x, y)[2] for x, y in zip(lons, lats, strict=True)])
    return int(np.flatnonzero(metres <= metres.min() + TIE_M)[0]), float(metres.min())


def check(index: Nearest, lons: list[float], lats: list[float], lon: float, lat: float, group: int = 0) -> None:
    """Both ways of asking agree with the oracle, up to ties that fall within the noise of either."""
    (many,), (metres,) = index.nearest([lon], [lat], np.array([group]))
    one, one_metres = index.nearest_one(lon, lat, group)
    wanted, least = by_all_ways(lons, lats, lon, lat)
    assert (one, one_metres) == pytest.approx((many, metres), nan_ok=True)
    assert metres == pytest.approx(least, abs=2e-7, rel=1e-11, nan_ok=True)
    if many != wanted:
        assert GEOD.inv(lon, lat, lons[many], lats[many])[2] == pytest.approx(least + TIE_M, abs=4e-7)


@given(st.lists(st.tuples(STEPS, STEPS), max_size=60), STEPS, STEPS)
def test_nearest_is_that_of_measuring_every_way(points: list[tuple[float, float]], x: float, y: float) -> None:
    lons, lats = [101.6 + a for a, _ in points], [24.6 + b for _, b in points]
    check(Nearest(lons, lats), lons, lats, 101.6 + x, 24.6 + y)


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30),
    st.floats(-180, 180),
    st.floats(-90, 90),
)
def test_anywhere_on_earth(points: list[tuple[float, float]], x: float, y: float) -> None:
    """Also across the date line, at the poles and from the other side of the earth."""
    lons, lats = [a for a, _ in points], [b for _, b in points]
    check(Nearest(lons, lats), lons, lats, x, y)


@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.sampled_from([1e-6, 1e-3, 0.3]))
def test_clusters_lines_and_one_place(seed: int, count: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    lons = 101.6 + random.normal(0, spread, count) * random.integers(0, 2)
    lats = 24.6 + random.normal(0, spread, count) * random.integers(0, 2)
    index = Nearest(lons, lats)
    for x, y in random.normal(0, 2 * spread, (5, 2)).tolist():
        check(index, lons.tolist(), lats.tolist(), 101.6 + x, 24.6 + y)


@given(st.lists(st.tuples(st.integers(0, 4), STEPS, STEPS), max_size=60), st.integers(-1, 4), STEPS, STEPS)
def test_a_group_answers_for_itself(points: list[tuple[int, float, float]], group: int, x: float, y: float) -> None:
    lons, lats = np.array([101.6 + a for _, a, _ in points]), np.array([24.6 + b for _, _, b in points])
    groups = np.array([g for g, _, _ in points], dtype=np.int64)
    index = Nearest(lons, lats, groups, groups=5)
    (found,), (metres,) = index.nearest([101.6 + x], [24.6 + y], np.array([group]))
    mine = np.flatnonzero(groups == group)
    wanted, least = by_all_ways(lons[mine].tolist(), lats[mine].tolist(), 101.6 + x, 24.6 + y)
    assert metres == pytest.approx(least, abs=2e-7, nan_ok=True)
    assert found == (-1 if wanted < 0 else mine[wanted]) or abs(
        geodesic_m(101.6 + x, 24.6 + y, lons[found], lats[found]) - least
    ) == pytest.approx(TIE_M, abs=4e-7)


@given(DEGREES, DEGREES, st.floats(-8, 8), st.floats(-8, 8), st.sampled_from([1.0, 1e-3, 1e-6, 1e-9]))
def test_geodesics_are_those_of_proj(lon: float, lat: float, dx: float, dy: float, scale: float) -> None:
    ends = (101.6 + lon, 24.6 + lat, 101.6 + lon + dx * scale, 24.6 + lat + dy * scale)
    found, metres = Nearest(ends[:1], ends[1:2]).nearest_one(*ends[2:])
    assert found == 0
    assert metres == pytest.approx(GEOD.inv(*ends)[2], rel=1e-11, abs=2e-7)


def test_degrees_would_choose_another_household(connection: Connection) -> None:
    """Ordered by degrees, as ``ORDER BY geom <-> point`` does, some points of the county get the wrong household."""
    rows = connection.execute(
        "SELECT ST_X(geom), ST_Y(geom) FROM gis.household WHERE until IS NULL ORDER BY id"
    ).fetchall()
    homes = np.array(rows)
    points = np.random.default_rng(3).uniform(homes.min(axis=0), homes.max(axis=0), (300, 2))
    found, metres = Nearest(homes[:, 0], homes[:, 1]).nearest(points[:, 0], points[:, 1])
    nearest_in_degrees = connection.execute(
        "SELECT ST_X(n.geom), ST_Y(n.geom) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p (x, y, n)"
        " CROSS JOIN LATERAL (SELECT geom FROM gis.household WHERE until IS NULL"
        " ORDER BY geom <-> ST_SetSRID(ST_MakePoint(p.x, p.y), 4490) LIMIT 1) AS n ORDER BY p.n",
        [points[:, 0].tolist(), points[:, 1].tolist()],
    ).fetchall()
    degrees = np.array(nearest_in_degrees)
    theirs = geodesic_m(points[:, 0], points[:, 1], degrees[:, 0], degrees[:, 1])
    assert (metres <= theirs + TIE_M).all()
    assert 0.01 < (theirs > metres + TIE_M).mean() < 0.2
    for number in range(0, 300, 30):
        all_ways = geodesic_m(points[number, 0], points[number, 1], homes[:, 0], homes[:, 1])
        assert (found[number], metres[number]) == (all_ways.argmin(), pytest.approx(all_ways.min(), abs=4e-7))


def test_threads_may_share_it() -> None:
    random = np.random.default_rng(5)
    index = Nearest(random.uniform(101, 102, 5000), random.uniform(24, 25, 5000))
    lon, lat = random.uniform(101, 102, 20_000), random.uniform(24, 25, 20_000)
    wanted = index.nearest(lon, lat)[0]
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(bool((index.nearest(lon, lat)[0] == wanted).all())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_nonsense_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Nearest([float("nan")], [24.6])
    with pytest.raises(InvalidInput):
        Nearest([101.6], [24.6], np.array([1]))
    with pytest.raises(InvalidInput):
        Nearest([101.6], [24.6]).nearest([24.6], [101.6])
    with pytest.raises(InvalidInput):
        Nearest([101.6], [24.6]).nearest([101.6], [24.6], np.array([1]))


def test_nothing_is_compiled_before_it_is_asked() -> None:
    told = "import sys, gis.nearest, gis.units; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
