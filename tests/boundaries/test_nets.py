"""One net from several, against a vote pixel by pixel."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli.main import run as run_command
from boundaries.net_files import read_net, write_proposal
from boundaries.nets import Net, merge
from gis.coverage_check import area_m2
from gis.errors import InvalidInput
from tests.boundaries.squares import square

SIDE = 4
PLACES = [(x, y) for y in range(SIDE) for x in range(SIDE)]
PIXELS = [square(0.1 * x, 0.1 * y, 0.1, 0.1) for x, y in PLACES]
AREAS = [area_m2(pixel) for pixel in PIXELS]


def net(name: str, labels: list[int]) -> Net:
    """A net of pixels: each belongs to a cell by its number; none where it is negative."""
    cells = sorted(set(labels) - {-1})
    shapes = [shapely.union_all([p for p, label in zip(PIXELS, labels, strict=True) if label == c]) for c in cells]
    return Net(name, [f"{name}{c}" for c in cells], [f"第{c}" for c in cells], np.array(shapes, dtype=object))


def voted(nets: list[list[int]]) -> list[int]:
    """Which leading cell each pixel goes to, by a slow vote."""
    homes: list[dict[int, int]] = []
    for labels in nets:
        shared: dict[int, dict[int, float]] = {}
        for cell, lead, area in zip(labels, nets[0], AREAS, strict=True):
            if -1 not in {cell, lead}:
                shared.setdefault(cell, defaultdict[int, float](float))[lead] += area
        homes.append({c: max(s, key=lambda lead: (round(s[lead], 2), -lead)) for c, s in shared.items()})
    owners: list[int] = []
    for pixel in range(len(PIXELS)):
        votes = [homes[n].get(labels[pixel], -1) for n, labels in enumerate(nets)]
        counted = Counter(vote for vote in votes if vote != -1)
        owners.append(max(counted, key=lambda c: (counted[c], c == votes[0], -c), default=-1))
    return owners


labels = st.lists(st.integers(-1, 4), min_size=len(PIXELS), max_size=len(PIXELS))


@given(nets=st.lists(labels.filter(lambda found: max(found) >= 0), min_size=2, max_size=4))
@settings(max_examples=150, deadline=None)
def test_every_piece_goes_where_most_nets_put_it(nets: list[list[int]]) -> None:
    merged = merge([net("abcd"[n], found) for n, found in enumerate(nets)])
    owners = voted(nets)
    wanted = {cell: [p for p, owner in zip(PIXELS, owners, strict=True) if owner == cell] for cell in {*owners} - {-1}}
    found = {int(one.code[1:]): one for one in merged.proposals}
    assert set(found) == set(wanted)
    for cell, pixels in wanted.items():
        assert shapely.symmetric_difference(found[cell].outline, shapely.union_all(pixels)).area < 1e-15
        assert found[cell].area_m2 == pytest.approx(sum(area_m2(pixel) for pixel in pixels))
    total = defaultdict[tuple[str, str], float](float)
    for one in merged.proposals:
        assert 0 <= one.agreement <= 1 + 1e-12
        for member in one.members:
            total[member.net, member.code] += member.share
    assert all(share <= 1 + 1e-9 for share in total.values())


def test_nets_that_agree_fit_whole() -> None:
    halves = [0 if x < SIDE / 2 else 1 for x, _ in PLACES]
    merged = merge([net("a", halves), net("b", halves)])
    assert merged.misfits == []
    assert [one.agreement for one in merged.proposals] == pytest.approx([1, 1])
    assert [[(m.net, m.code, m.share) for m in one.members] for one in merged.proposals] == [
        [("a", "a0", pytest.approx(1)), ("b", "b0", pytest.approx(1))],
        [("a", "a1", pytest.approx(1)), ("b", "b1", pytest.approx(1))],
    ]


def test_a_cell_that_is_cut_is_told_with_its_share() -> None:
    halves = [0 if x < SIDE / 2 else 1 for x, _ in PLACES]
    moved = [0 if x < SIDE / 2 + 1 else 1 for x, _ in PLACES]
    merged = merge([net("a", halves), net("b", halves), net("c", moved)])
    (cut,) = merged.misfits
    assert (cut.kind, cut.net, cut.codes) == ("cut", "c", ("c0",))
    assert cut.share == pytest.approx(1 / 3, abs=1e-4)
    assert shapely.equals(cut.geometry, square(0.2, 0, 0.1, 0.4))
    two = merge([net("a", moved), net("b", halves), net("c", halves)])
    assert [m.net for m in two.misfits] == ["a"]


def test_doubled_and_uncovered_ground_is_told() -> None:
    whole = [0] * len(PIXELS)
    hole = [-1 if place == (1, 1) else 0 for place in PLACES]
    twice = Net("b", ["x", "y"], ["", ""], np.array([square(0, 0, 0.4, 0.4), square(0.1, 0.1, 0.1, 0.1)], dtype=object))
    merged = merge([net("a", whole), twice])
    assert [(m.kind, m.codes) for m in merged.misfits] == [("doubled", ("x", "y"))]
    merged = merge([net("a", hole), net("b", hole)])
    assert [m.kind for m in merged.misfits] == ["uncovered"]
    assert merged.misfits[0].area_m2 == pytest.approx(AREAS[SIDE + 1])


def test_one_net_and_invalid_shapes_are_refused() -> None:
    one = net("a", [0] * len(PIXELS))
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for given_nets in ([one], [one, one], [one, Net("b", ["x"], [""], np.array([bow], dtype=object))]):
        with pytest.raises(InvalidInput):
            merge(given_nets)


def written(folder: Path, name: str, found: Net, crs: int = 4490) -> Path:
    frame = geopandas.GeoDataFrame({"编码": found.codes, "名称": found.names}, geometry=list(found.polygons), crs=4490)
    path = folder / f"{name}.gpkg"
    frame.to_crs(crs).to_file(path, driver="GPKG")
    return path


def test_files_in_metres_become_a_proposal_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    halves = [0 if x < SIDE / 2 else 1 for x, _ in PLACES]
    given_nets = [
        written(tmp_path, name, net(name, halves), crs) for name, crs in (("zongzhi", 4490), ("minzheng", 4543))
    ]
    assert read_net("b", given_nets[1]).codes == ["minzheng0", "minzheng1"]
    out = tmp_path / "proposal.gpkg"
    words = [f"{path.stem}={path}" for path in given_nets]
    assert run_command(["nets", "merge", *words, "--out", str(out), "--lang", "en"]) == 0
    assert "4 cells of 2 nets become 2 grids" in capsys.readouterr().out
    frame: Any = pyogrio.read_dataframe(out, layer="grids")
    assert frame["source"].tolist() == ["zongzhi0", "zongzhi1"]
    assert len(pyogrio.read_dataframe(out, layer="members")) >= 4
    assert {str(name) for name, _ in pyogrio.list_layers(out)} == {"grids", "misfits", "members"}
    for wrong in (["nets", "merge", "a"], ["nets", "alias", *words], ["nets", "merge", f"Ü={given_nets[0]}"]):
        assert run_command(wrong) == 2
    assert run_command(["nets", "merge", words[0], words[0]]) == 3


def test_a_code_twice_and_a_row_without_polygon_are_refused(tmp_path: Path) -> None:
    found = Net("a", ["x", "x"], ["", ""], np.array([square(0, 0), square(1, 0)], dtype=object))
    with pytest.raises(InvalidInput, match="twice"):
        read_net("a", written(tmp_path, "a", found))
    point = Net("b", ["x"], [""], np.array([shapely.Point(101.5, 24.5)], dtype=object))
    with pytest.raises(InvalidInput, match="no polygon"):
        read_net("b", written(tmp_path, "b", point))
    with pytest.raises(InvalidInput, match="folder"):
        write_proposal(tmp_path / "absent" / "x.gpkg", merge([net("a", [0] * 16), net("b", [0] * 16)]))
