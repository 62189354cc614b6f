"""The benchmarks' own checks: a wrong answer stops them, and every name is known."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely

from api.cli import console
from gis.locate import Locator
from tests.benchmarks import __main__ as program
from tests.benchmarks.items import check_features
from tests.benchmarks.locate import check_answers
from tests.benchmarks.measure import Figure, Report, WrongAnswer, check_same, duration, ratio, show, side_by_side
from tests.benchmarks.peers import read_peer
from tests.benchmarks.tile_peers import Seen, check_plausible

WEST, EAST = "53232210120200101", "53232210120200102"


@pytest.fixture(autouse=True)
def _own_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test says in English leaves the others' language as it was."""
    monkeypatch.setenv("WANGGE_LANG", "zh")
    yield
    console.take_language(["--lang", "zh"])


def test_a_wrong_grid_stops_the_benchmark() -> None:
    locator = Locator([WEST, EAST], [shapely.box(101, 24, 102, 25), shapely.box(102, 24, 103, 25)])
    points = np.array([[101.5, 24.5], [102.0, 24.5], [102.5, 24.5], [104.0, 24.5]])
    check_answers(locator, points, [WEST, WEST, EAST, None], "two squares")
    with pytest.raises(WrongAnswer, match="number 1 is"):
        check_answers(locator, points, [WEST, EAST, EAST, None], "the border's point in the higher code")


@pytest.mark.parametrize("part", ["id", "geometry", "properties"])
def test_a_wrong_feature_stops_the_benchmark(part: str) -> None:
    feature = {"id": WEST, "geometry": {"type": "Point", "coordinates": [101.5, 24.5]}, "properties": {"name": "示"}}
    right = orjson.dumps({"features": [feature]})
    assert check_features(right, right) == (1, len(right))
    with pytest.raises(WrongAnswer, match=part):
        check_features(orjson.dumps({"features": [feature | {part: None}]}), right)


def test_a_missing_answer_is_a_wrong_one() -> None:
    with pytest.raises(WrongAnswer, match="1 instead of 2"):
        check_same([1], [1, 2], "numbers")


def test_a_wrong_answer_ends_with_code_8(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def wrong(_templates: object) -> Report:
        raise WrongAnswer("[1] instead of 2")

    monkeypatch.setitem(program.BENCHMARKS, "demo", wrong)
    monkeypatch.setattr(program, "throw_away", _Nothing)
    assert program.main(["demo", "--lang", "en"]) == program.WRONG
    assert "wrong answer: [1] instead of 2" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["demo", "import", "locate", "tiles", "items", "drafts"])
def test_every_name_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(program.BENCHMARKS, name, lambda _templates: Report("零", "none", []))
    monkeypatch.setattr(program, "throw_away", _Nothing)
    assert program.main([name]) == 0


def test_a_soak_takes_the_place_of_the_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def run(_templates: object, cycles: int) -> Report:
        asked.append(cycles)
        return Report("零", "none", [])

    monkeypatch.setattr(program.soak, "run", run)
    monkeypatch.setattr(program, "throw_away", _Nothing)
    assert program.main(["drafts", "--soak", "3"]) == 0
    assert asked == [3]


def test_the_heavy_one_runs_by_its_name_only_and_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def measure(name: str) -> Report:
        begun.append(name)
        return Report("零", "none", [])

    for name in program.BENCHMARKS:
        monkeypatch.setitem(program.BENCHMARKS, name, lambda _templates, name=name: measure(name))
    monkeypatch.setitem(program.HEAVY, "spark", lambda: measure("spark"))
    with monkeypatch.context() as patch:
        patch.setattr(program, "throw_away", None)
        assert program.main(["spark"]) == 0
    monkeypatch.setattr(program, "throw_away", _Nothing)
    assert program.main([]) == 0
    assert begun == ["spark", *program.BENCHMARKS]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SystemExit, match="2"):
        program.main(["speed"])


def test_rounds_are_interleaved_and_ratios_taken_round_by_round() -> None:
    order: list[str] = []

    def run(name: str) -> Callable[[], float]:
        def measure() -> float:
            order.append(name)
            return float(len(order))

        return measure

    seconds = side_by_side(2, ours=run("ours"), bound=run("bound"))
    assert order == ["ours", "bound", "bound", "ours"]
    assert seconds == {"ours": [1, 4], "bound": [2, 3]}
    assert ratio([1, 4, 9], [1, 2, 3]) == 2


def test_tables_show_every_figure() -> None:
    table = show(Report("零", "none", [Figure("一", "one", 0.002, 10, "points", 1.5), Figure("二", "two", 3)]))
    assert table.row_count == 2
    assert [duration(s) for s in (5e-6, 0.0205, 3)] == ["5 µs", "20.5 ms", "3.00 s"]


class _Nothing:
    """A context instead of a database."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_a_peer_is_a_name_and_a_template() -> None:
    peer = read_peer("martin=http://127.0.0.1:3000/grids/{z}/{x}/{y}?key=a=b")
    assert (peer.name, peer.host, peer.port) == ("martin", "127.0.0.1", 3000)
    assert peer.tile((8, 200, 109)) == "/grids/8/200/109?key=a=b"
    assert peer.tiled
    peer = read_peer("tipg=http://127.0.0.1:8001/collections/peer.grids/items")
    assert (peer.items("?limit=1"), peer.tiled) == ("/collections/peer.grids/items?limit=1", False)
    for wrong in ("martin", "=http://a/{z}/{x}/{y}", "martin=http://a/{z}/{x}", "martin=ftp://a/{z}/{x}/{y}"):
        with pytest.raises(ValueError, match="^" + re.escape(wrong)):
            read_peer(wrong)


def test_a_peer_without_the_features_stops_the_benchmark() -> None:
    peer, place = read_peer("other=http://127.0.0.1/{z}/{x}/{y}"), (8, 200, 109)
    ours = Seen({place: 10}, {place: {"level6": 100, "labels": 7}})
    for found in ({"level6": 100}, {"grids": 60, "borders": 1}, {"level6": 199, "labels": 1000}):
        check_plausible(peer, Seen({place: 10}, {place: found}), ours, "level6")
    for found in ({}, {"level6": 49}, {"grids": 201}, {"level6": 3, "labels": 100}):
        with pytest.raises(WrongAnswer, match="other"):
            check_plausible(peer, Seen({place: 10}, {place: found}), ours, "level6")


def test_an_instance_of_the_capacitated_median_is_solved_within_its_capacity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two streets of four houses, each with just the capacity of one median: 2 × (1 + 0 + 1 + 2)."""
    places = [(0, 3), (1, 2), (2, 2), (3, 2), (100, 2), (101, 2), (102, 2), (103, 1)]
    lines = ["8 2", *(f"{x} 0 9 {demand}" for x, demand in places)]
    (tmp_path / "one.txt").write_text("\n".join(lines), encoding="utf-8")
    assert program.main(["units", "--instance", str(tmp_path / "one.txt"), "--lang", "en"]) == 0
    assert "8.00" in capsys.readouterr().out
