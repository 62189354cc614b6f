"""The demo county: its figures, its coverage, its people, and that it is the same everywhere."""

import hashlib
import re
from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from gis.arrays import Geometries
from gis.codes import ancestor, is_code
from gis.demo import DemoCounty
from gis.demo.compiled import cycles, reached
from gis.demo.hexes import Honeycomb
from gis.demo.naming import gazetteer, numeral, phones
from gis.demo.people import BORDER_M
from gis.demo.regions import shares
from gis.demo.risk import RATED, REASONS
from gis.demo.shape import faulty, polygons
from gis.demo.streams import stream
from gis.demo.worktime import DAY_S, instants, year_s
from gis.errors import InvalidInput

DIGEST = "d8bc0ca28dd017f9785da5ce76c8bb3991cd0d16a3dc0c08ca86d12cb153909e"
METRES = np.array([101_319.0, 110_770.0])  # per degree east and north, at the county's middle


def geometries(county: DemoCounty) -> Geometries:
    return county.leaves.geometry.to_numpy()


def in_metres(shapes: Geometries) -> Geometries:
    return shapely.transform(shapes, lambda lonlat: lonlat * METRES)


def parents(county: DemoCounty, level: int) -> list[str]:
    return [ancestor(code, level) for code in county.leaves["code"]]


def test_grids_are_1_8_85_1550_1563(county: DemoCounty):
    assert len(county.leaves) == 1563
    assert [len(set(parents(county, level))) for level in (2, 3, 4, 5)] == [1, 8, 85, 1550]
    assert sorted(Counter(parents(county, 5)).values())[-13:] == [1] + [2] * 11 + [3]
    assert all(is_code(code) for code in county.names)
    lengths = Counter(map(len, county.names))
    assert lengths == {6: 1, 9: 8, 12: 85, 15: 1550, 17: 1563}
    assert county.leaves["code"].is_monotonic_increasing
    assert [county.names[code] for code in county.leaves["code"]] == county.leaves["name"].tolist()


def test_codes_and_names_of_levels_2_to_4_are_the_real_ones(county: DemoCounty):
    known = {code: name for code, name in county.names.items() if len(code) <= 12}
    assert known["532322"] == "双柏县"
    assert known["532322104"] == "鄂嘉镇"
    assert known["532322101201"] == "桂花井村民委员会"
    assert set(parents(county, 4)) == {code for code in known if len(code) == 12}
    assert county.names["532322101201003"] == "桂花井第3网格"


def test_numbers_under_a_parent_begin_at_one_without_gaps(county: DemoCounty):
    for level, first in ((5, 12), (6, 15)):
        codes = sorted(code for code in county.names if len(code) == (15, 17)[level - 5])
        numbers: dict[str, list[int]] = {}
        for code in codes:
            numbers.setdefault(code[:first], []).append(int(code[first:]))
        assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_numbers_run_from_north_to_south(county: DemoCounty):
    leaves = county.leaves.assign(village=parents(county, 4), lat=shapely.get_y(shapely.centroid(geometries(county))))
    for _, members in leaves.groupby("village"):
        third = len(members) // 3
        assert members["lat"].iloc[:third].mean() > members["lat"].iloc[-third:].mean()


def test_leaves_are_a_valid_coverage(county: DemoCounty):
    leaves = geometries(county)
    assert set(shapely.get_type_id(leaves)) == {shapely.GeometryType.POLYGON}
    assert shapely.is_valid(leaves).all()
    assert shapely.coverage_is_valid(leaves)
    assert shapely.is_empty(shapely.coverage_invalid_edges(leaves)).all()
    assert 170_000 < shapely.get_num_coordinates(leaves).sum() < 190_000
    assert county.leaves.crs == "EPSG:4490"


def test_every_parent_is_one_piece_without_holes(county: DemoCounty):
    leaves = geometries(county)
    for level in (2, 3, 4, 5):
        _, group = np.unique(parents(county, level), return_inverse=True)
        for number in range(group.max() + 1):
            union = shapely.coverage_union_all(leaves[group == number])
            assert union.geom_type == "Polygon"
            assert shapely.get_num_interior_rings(union) == 0


def test_county_has_its_place_and_size(county: DemoCounty):
    west, south, east, north = shapely.total_bounds(geometries(county))
    assert 101.07 <= west < east <= 102.03
    assert 24.22 <= south < north <= 24.90
    area = county.leaves.to_crs(6933).area.groupby(np.array(parents(county, 3))).sum() / 1e6
    assert area.sum() == pytest.approx(3885, abs=5)
    assert area.min() > 100
    assert area.max() < 1000


def test_borders_wind(county: DemoCounty):
    """Neighbouring leaves share many-vertex borders much longer than the straight line between their ends."""
    leaves = in_metres(geometries(county)[:500])
    left, right = shapely.STRtree(leaves).query(leaves, predicate="touches")
    shared = shapely.line_merge(shapely.intersection(leaves[left], leaves[right]))
    long = shared[(shapely.length(shared) > 1500) & (shapely.get_type_id(shared) == shapely.GeometryType.LINESTRING)]
    straight = shapely.distance(shapely.get_point(long, 0), shapely.get_point(long, -1))
    assert len(long) > 300
    assert np.median(shapely.length(long) / straight) > 1.1
    assert np.median(shapely.get_num_points(long)) > 20


def test_households_stand_inside_their_grids(county: DemoCounty):
    homes = county.households
    assert 48_500 <= len(homes) <= 49_900
    position = np.searchsorted(county.leaves["code"], homes["code"])
    leaves = geometries(county)[position]
    assert shapely.contains_xy(leaves, homes["lon"], homes["lat"]).all()
    metric = in_metres(geometries(county))
    away = shapely.distance(
        shapely.boundary(metric)[position], shapely.points(homes[["lon", "lat"]].to_numpy() * METRES)
    )
    assert away.min() >= 0.99 * BORDER_M
    assert homes["code"].nunique() == 1563


def test_households_belong_to_hamlets(county: DemoCounty):
    homes, hamlets = county.households, county.hamlets
    assert 1500 <= len(hamlets) <= 2500
    joined = homes.merge(hamlets, left_on="hamlet", right_on="id", suffixes=("", "_hamlet"))
    assert (joined["code"] == joined["code_hamlet"]).all()
    offset = (joined[["lon", "lat"]].to_numpy() - joined[["lon_hamlet", "lat_hamlet"]].to_numpy()) * METRES
    away = np.hypot(*offset.T)
    assert np.median(away) < 150
    assert (away > 400).sum() > 200  # farms on their own
    assert not homes.duplicated(["lon", "lat"]).any()


def test_ids_carry_no_meaning(county: DemoCounty, other: DemoCounty):
    version4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    ids = [*county.households["id"], *county.disputes["id"], *other.households["id"], *other.disputes["id"]]
    assert len(set(ids)) == len(ids)
    assert all(version4.fullmatch(value) for value in ids)


def test_nobody_can_have_these_names_and_phones(county: DemoCounty):
    names = [*county.households["head_name"], *county.staff["name"]]
    numbers = [*county.households["phone"], *county.staff["phone"], *county.centres["phone"]]
    assert all(re.fullmatch("(示例|演示|样例)·[一-龥]{2,4}", name) for name in names)
    assert all(re.fullmatch("000[0-9]{8}", number) for number in numbers)
    assert county.disputes["title"].str.startswith("演示：").all()
    assert county.disputes["summary"].str.contains("演示数据").all()


def test_ratings_have_a_history_and_each_household_at_most_one_open(county: DemoCounty):
    risk = county.risk
    still = risk[risk["ended_at"].isna()]
    assert still["level"].value_counts().to_dict() == RATED == {"red": 90, "yellow": 320, "green": 800}
    assert still["household"].is_unique
    assert set(risk["household"]) <= set(county.households["id"])
    assert set(risk["reason"]) == set(REASONS)
    following = risk.groupby("household")["rated_at"].shift(-1)
    assert (following.isna() | (risk["ended_at"] <= following)).all()
    assert (risk["ended_at"].isna() | (risk["ended_at"] > risk["rated_at"])).all()
    assert (pd.to_datetime(risk["review_on"]).dt.date > risk["rated_at"].dt.date).all()
    assert len(risk) > len(still) + 500


def test_staff_and_centres(county: DemoCounty):
    staff = county.staff
    assert staff["kind"].value_counts().to_dict() == {"part_time": 1563, "full_time": 9}
    assert staff["id"].is_unique
    part_time = staff[staff["kind"] == "part_time"]
    assert part_time["code"].tolist() == county.leaves["code"].tolist()
    assert [len(code) for code in staff["code"][:9]] == [6] + [9] * 8
    centres = county.centres
    assert centres["code"].tolist() == [code for code in county.names if len(code) <= 12]
    assert centres["name"].iloc[[0, 1, 12]].tolist() == ["双柏县综治中心", "妥甸镇综治中心", "桂花井村综治中心"]
    leaf = shapely.STRtree(geometries(county)).query(shapely.points(centres[["lon", "lat"]]), predicate="within")
    found = county.leaves["code"].to_numpy()[leaf[1]]
    assert leaf[0].tolist() == list(range(94))
    assert all(code.startswith(own) for code, own in zip(found, centres["code"], strict=True))


def test_another_county_has_other_codes_people_and_place(county: DemoCounty, other: DemoCounty):
    assert (other.code, other.name) == ("990031", "演示县三十二")
    assert all(code.startswith("990031") and is_code(code) for code in other.names)
    assert [code[6:] for code in other.names] == [code[6:] for code in county.names]
    assert not set(other.names.values()) & set(county.names.values())
    assert shapely.coverage_is_valid(geometries(other))
    home, away = shapely.total_bounds(geometries(county)), shapely.total_bounds(geometries(other))
    assert not shapely.intersects(shapely.box(*home), shapely.box(*away))
    position = np.searchsorted(other.leaves["code"], other.households["code"])
    inside = shapely.contains_xy(geometries(other)[position], other.households["lon"], other.households["lat"])
    assert inside.all()


@pytest.mark.parametrize("number", [-1, 10_000])
def test_there_are_no_more_than_ten_thousand_counties(number: int):
    with pytest.raises(InvalidInput):
        gazetteer(number)


def test_the_county_is_the_same_everywhere(county: DemoCounty):
    """A frozen digest, with coordinates to 1e-6°: the last bit may differ between processors, nothing else may."""
    digest = hashlib.sha256("".join(f"{code}{name}" for code, name in county.names.items()).encode())
    digest.update(np.rint(shapely.get_coordinates(geometries(county)) * 1e6).astype("<i8").tobytes())
    tables = (county.hamlets, county.households, county.risk, county.staff, county.centres, county.disputes)
    for table in (*tables, county.events):
        places = [column for column in ("lon", "lat") if column in table]
        digest.update(np.rint(table[places].to_numpy() * 1e6).astype("<i8").tobytes())
        digest.update(table.drop(columns=places).to_csv(index=False, lineterminator="\n").encode())
    assert digest.hexdigest() == DIGEST


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=40), st.integers(0, 3), st.integers(0, 5000))
def test_shares_are_fair(weights: list[float], least: int, spare: int):
    values = np.array(weights)
    found = shares(values, least * values.size + spare, least)
    assert found.sum() == least * values.size + spare
    assert (np.abs(found - least - spare * values / values.sum()) < 1 + 1e-9).all()


@given(st.integers(1, 9999))
def test_numerals_can_be_read_back(number: int):
    read, digit = 0, 0
    for sign in numeral(number):
        if sign in "十百千":
            read += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            digit = 0
        else:
            digit = "零一二三四五六七八九".index(sign)
    assert read + digit == number


def test_phones_differ():
    assert len(set(phones(60_000, stream(1)))) == 60_000


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 14), st.integers(3, 14), st.integers(1, 8), st.integers(0, 2**32))
def test_grown_regions_are_an_edge_matched_coverage(rows: int, columns: int, count: int, seed: int):
    generator = stream(seed)
    comb = Honeycomb(rows=rows + 2, columns=columns + 2, spacing=100.0)
    inner = np.setdiff1d(np.arange(comb.rows * comb.columns), comb.frame())
    seeds = np.concatenate([generator.permutation(inner)[:count], comb.frame()])
    effort = generator.integers(1, 1000, size=comb.rows * comb.columns)
    grown = reached(*comb.pairs[:2], effort, seeds)
    label = np.where(grown < min(count, inner.size), grown, -1)
    network = comb.network(label)
    rings = network.rings()
    regions = polygons(network.nodes, rings)
    assert faulty(regions).size == 0
    assert network.ring_counts().tolist() == np.bincount(rings[2]).tolist()
    cells = np.bincount(label[label >= 0])
    assert shapely.area(regions) == pytest.approx(cells * 100.0**2 * 0.75**0.5)
    x, y = comb.centres()
    assert shapely.contains_xy(regions[label[label >= 0]], x[label >= 0], y[label >= 0]).all()


@given(st.integers(2, 60), st.integers(0, 150), st.integers(1, 8), st.integers(1, 40), st.integers(0, 2**32))
def test_cells_are_reached_with_the_least_effort_as_by_dijkstra(
    cells: int, pairs: int, count: int, most: int, seed: int
):
    generator = stream(seed)
    one, other = generator.integers(0, cells, (2, pairs))
    effort = generator.integers(1, most + 1, cells)
    seeds = generator.permutation(cells)[:count]
    dense = np.full((cells, cells), np.inf)
    np.minimum.at(dense, (one, other), effort[one] + effort[other])
    away = dijkstra(np.where(np.isinf(dense), 0, dense), directed=False, indices=seeds)
    grown = reached(one, other, effort, seeds)
    assert grown.tolist() == np.where(np.isinf(away).all(axis=0), -1, away.argmin(axis=0)).tolist()


@given(st.permutations(range(12)))
def test_cycles_of_a_permutation(following: list[int]):
    visit, cycle = cycles(np.array(following))
    assert sorted(visit.tolist()) == list(range(12))
    rings = [visit[cycle == number].tolist() for number in range(int(cycle.max()) + 1)]
    assert [min(ring) for ring in rings] == sorted(min(ring) for ring in rings)
    for ring in rings:
        assert ring[0] == min(ring)
        assert [following[at] for at in ring] == [*ring[1:], ring[0]]


@given(st.integers(0, 2**31), st.integers(1, 10 * DAY_S))
def test_working_time_runs_forward(start: int, later: int):
    first, second = instants(np.array([start % year_s(), start % year_s() + later]))
    assert first.year == 2023
    assert timedelta(seconds=later) <= second - first
