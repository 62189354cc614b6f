"""The look-up in memory: right first, then points a second, beside all that people would use instead."""

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import shapely

from gis.arrays import F64, I32, Geometries
from gis.locate import Locator
from gis.settings import ROOT
from tests.benchmarks.locate_engines import Engine, rivals
from tests.benchmarks.measure import Figure, check, ratio, side_by_side, timed

POINTS, MANY, HARD, SINGLE = 100_000, 1_000_000, 20_000, 2_000
ROUNDS, OURS = 3, 7
_HOW = {"uniform": ("均匀", "uniform"), "clustered": ("户旁 ±50 米", "households ± 50 m")}


@dataclass(frozen=True)
class Cost:
    """Seconds of a run by the clock and of the processor, for each point."""

    wall: float
    cpu: float


def in_memory(url: str, codes: list[str], shapes: Geometries, points: dict[str, F64]) -> list[Figure]:
    """Check and measure everything on (n, 2) points by how they were drawn.

    Raises
    ------
    WrongAnswer
    """
    locator = Locator(codes, shapes)
    with rivals(url, shapes) as engines:
        figures = _right(locator, engines, hard_points(shapes, np.random.default_rng(2)))
        for name in _HOW:
            figures += _speed(locator, engines, points[name], name)
    figures += _building(codes, shapes) + _updating(locator, codes, shapes)
    return figures + _single(locator, points["clustered"]) + _fresh(locator, points["clustered"])


def hard_points(shapes: Geometries, rng: np.random.Generator) -> F64:
    """(n, 2) vertices, middles of edges, and both moved by 1e-16 to 1e-12 degrees."""
    vertices = shapely.get_coordinates(shapes)
    chosen = rng.integers(0, len(vertices) - 1, HARD)
    exact = np.where(rng.random((HARD, 1)) < 0.5, vertices[chosen], (vertices[chosen] + vertices[chosen + 1]) / 2)
    off = 10.0 ** rng.uniform(-16, -12, (HARD, 1)) * rng.uniform(-1, 1, (HARD, 2))
    return np.concatenate([exact, exact + off])


def _right(locator: Locator, engines: list[Engine], points: F64) -> list[Figure]:
    """Every exact engine gives every hard point the same grid; how many the others get wrong."""
    lon, lat = points.T.copy()
    ours = locator.locate(lon, lat)
    figures: list[Figure] = []
    for engine in engines:
        run = engine.prepare(lon, lat)
        started = time.perf_counter()
        wrong = int((run() != ours).sum())
        seconds = time.perf_counter() - started
        check(not engine.exact or wrong == 0, f"{engine.name}: {wrong} of {lon.size} points on borders differ")
        if not engine.exact:
            zh, en = f"{engine.name}，界线上的点", f"{engine.name}, points on borders"
            figures.append(Figure(zh, en, seconds, lon.size, "points", note=f"✗ {wrong} / {lon.size:,}"))
    return figures


def _speed(locator: Locator, engines: list[Engine], points: F64, name: str) -> list[Figure]:
    every, others = points.T.copy()
    lon, lat = every[:POINTS].copy(), others[:POINTS].copy()
    wanted, out = locator.locate(lon, lat), np.empty(every.size, dtype=np.int32)
    costs: dict[str, list[Cost]] = {}
    runs: dict[str, Callable[[], float]] = {}
    for threads in (1, 2):
        ask = _asking(locator, every, others, out, threads)
        runs[f"Locator × {threads}"] = _costing(
            ask, time.process_time, every.size, costs.setdefault(_ours(threads), []), OURS
        )
    for engine in engines:
        run = engine.prepare(lon, lat)
        check(not engine.exact or bool((run() == wanted).all()), f"{engine.name} differs ({name})")
        runs[engine.name] = _costing(run, engine.cpu, lon.size, costs.setdefault(engine.name, []), 1)
    side_by_side(ROUNDS, **runs)
    return [_figure(title, costs, name, every.size if title.startswith("Locator") else lon.size) for title in costs]


def _ours(threads: int) -> str:
    return f"Locator × {threads}"


def _asking(locator: Locator, lon: F64, lat: F64, out: I32, threads: int) -> Callable[[], object]:
    return lambda: locator.locate_into(lon, lat, out, threads)


def _costing(
    run: Callable[[], object], cpu: Callable[[], float], points: int, costs: list[Cost], times: int
) -> Callable[[], float]:
    """Measure a run several times a round and keep the median: a short run needs it."""

    def measure() -> float:
        found: list[Cost] = []
        for _ in range(times):
            before, started = cpu(), time.perf_counter()
            run()
            found.append(Cost((time.perf_counter() - started) / points, (cpu() - before) / points))
        costs.append(Cost(median(cost.wall for cost in found), median(cost.cpu for cost in found)))
        return costs[-1].wall

    return measure


def _figure(title: str, costs: dict[str, list[Cost]], name: str, points: int) -> Figure:
    zh, en = _HOW[name]
    wall, cpu = (median(getattr(cost, part) for cost in costs[title]) for part in ("wall", "cpu"))
    note = f"CPU {cpu * 1e6:.4f} s / 10⁶"
    times = None
    if not title.startswith("Locator"):
        pairs = list(zip(costs[title], costs[_ours(1)], strict=True))
        times = median(theirs.wall / ours.wall for theirs, ours in pairs)
        note += f", × {median(theirs.cpu / ours.cpu for theirs, ours in pairs):.0f}"
    return Figure(f"{title}，{zh}", f"{title}, {en}", wall * points, points, "points", times, note)


def _building(codes: list[str], shapes: Geometries) -> list[Figure]:
    plain = shapely.to_wkb(shapes)

    def tree() -> None:
        fresh = shapely.from_wkb(plain)
        shapely.STRtree(fresh).query(shapely.points(0, 0))
        shapely.prepare(fresh)

    costs: list[Cost] = []
    ours = _costing(lambda: Locator(codes, shapely.from_wkb(plain)), time.process_time, 1, costs, 1)
    seconds = side_by_side(7, ours=ours, tree=lambda: timed(tree))
    cpu = median(cost.cpu for cost in costs)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        size, peak = pool.submit(footprint, codes, plain.tolist()).result()
    note = f"CPU {cpu:.2f} s; {size / 1e6:.1f} MB; + {peak / 1e6:.0f} MB ↑"
    return [
        Figure("建立 Locator", "building Locator", median(seconds["ours"]), len(codes), "grids", note=note),
        Figure("建立 STRtree", "building STRtree", median(seconds["tree"]), len(codes), "grids"),
    ]


def footprint(codes: list[str], wkb: list[bytes]) -> tuple[int, int]:
    """Bytes of the index, and bytes of memory that building it takes at its peak, in a process of its own."""
    Locator(codes[:1], shapely.from_wkb(wkb[:1]))  # loads the kernels
    shapes = shapely.from_wkb(wkb)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _memory("VmRSS")
    locator = Locator(codes, shapes)
    return locator.index.nbytes, _memory("VmHWM") - before


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _updating(locator: Locator, codes: list[str], shapes: Geometries) -> list[Figure]:
    """Move a border between two grids, as a publication does."""
    one = codes[len(codes) // 2]
    other = locator.neighbours(one)[0]
    a, b = (shapes[codes.index(code)] for code in (one, other))
    shared = shapely.get_coordinates(shapely.intersection(a, b))
    bite = shapely.intersection(shapely.Point(shared[len(shared) // 2]).buffer(0.001), b)
    changed = {one: shapely.union(a, bite), other: shapely.difference(b, bite)}
    after = shapes.copy()
    after[codes.index(one)], after[codes.index(other)] = changed[one], changed[other]
    check(
        locator.updated(changed).index.same_as(Locator(codes, after).index), "an updated index differs from a new one"
    )
    costs: list[Cost] = []
    _costing(lambda: locator.updated(changed), time.process_time, 1, costs, 15)()
    note = f"CPU {costs[0].cpu * 1e3:.1f} ms; ≤ 20 ms"
    return [Figure("一条界线移动后更新", "updated after one border moved", costs[0].wall, note=note)]


def _single(locator: Locator, points: F64) -> list[Figure]:
    pairs = points[:SINGLE].tolist()
    asked: list[tuple[str, str, Callable[[float, float], object], str]] = [
        ("一次一点：编号", "one point a call: index", locator.index_of, "≤ 2 µs"),
        ("一次一点：编码", "one point a call: code", locator.codes_at, ""),
        ("一次一点：编码、边界、邻格", "one point a call: code, border, neighbour", locator.locate_one, "≤ 10 µs"),
    ]
    figures: list[Figure] = []
    for zh, en, look, goal in asked:
        costs: list[Cost] = []
        _costing(lambda look=look: [look(lon, lat) for lon, lat in pairs], time.process_time, SINGLE, costs, 9)()
        note = f"CPU {costs[0].cpu * 1e6:.2f} µs" + (f"; {goal}" if goal else "")
        figures.append(Figure(zh, en, costs[0].wall, 1, "calls", note=note))
    return figures


_FIRST = """\
import sys
from gis.locate import Locator
print(Locator.open(sys.argv[1]).codes_at(float(sys.argv[2]), float(sys.argv[3])))
"""


def _fresh(locator: Locator, points: F64) -> list[Figure]:
    """From starting Python to the answer of the first point, by an index in a file; kernels are compiled already."""
    lon, lat = points[0].tolist()
    with TemporaryDirectory(prefix="wangge-bench-") as folder:
        path = Path(folder) / "index"
        locator.save(path)

        def ask() -> None:
            command = [sys.executable, "-c", _FIRST, str(path), repr(lon), repr(lat)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            check(done.stdout.strip() == str(locator.codes_at(lon, lat)), "a fresh process answers something else")

        seconds = side_by_side(
            7,
            ours=lambda: timed(ask),
            python=lambda: timed(lambda: subprocess.run([sys.executable, "-c", "import numpy, shapely"], check=True)),
        )
    times = ratio(seconds["ours"], seconds["python"])
    return [
        Figure("新进程的第一个答案", "first answer of a fresh process", median(seconds["ours"]), 1, "", times, "≤ 1 s"),
        Figure(
            "下界：新进程载入 numpy 与 shapely", "bound: numpy and shapely imported", median(seconds["python"]), 1, ""
        ),
    ]
