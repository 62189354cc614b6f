"""Rounds side by side, medians, ratios, tables, and the check that stands before every figure."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.table import Table

from api.cli.console import text

Seconds = dict[str, list[float]]


class WrongAnswer(Exception):
    """What was measured does not give the right answer: its speed counts for nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table.

    Attributes
    ----------
    zh, en : what was measured.
    seconds : median of the rounds, for ``amount`` of ``unit`` (a text in English).
    ratio : median over the rounds of these seconds by those of what stands beside it: a lower bound, or
        what other tools need; None for these themselves.
    note : further figures.
    """

    zh: str
    en: str
    seconds: float
    amount: float = 1
    unit: str = ""
    ratio: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one benchmark."""

    zh: str
    en: str
    figures: list[Figure]


def check(right: bool, what: str) -> None:
    """Stop unless an answer is right.

    Raises
    ------
    WrongAnswer
    """
    if not right:
        raise WrongAnswer(what)


def check_same(got: Sequence[Any], wanted: Sequence[Any], what: str) -> None:
    """Stop unless two sequences are equal; names the first difference.

    Raises
    ------
    WrongAnswer
    """
    check(len(got) == len(wanted), f"{what}: {len(got)} instead of {len(wanted)}")
    for number, (one, other) in enumerate(zip(got, wanted, strict=True)):
        check(one == other, f"{what}: number {number} is {one!r} instead of {other!r}")


def timed(run: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def side_by_side(rounds: int, **runs: Callable[[], float]) -> Seconds:
    """Let each run measure itself once a round, forwards and backwards in turn, so that all meet the same machine."""
    found: Seconds = {name: [] for name in runs}
    for number in range(rounds):
        names = list(runs) if number % 2 == 0 else list(reversed(runs))
        for name in names:
            found[name].append(runs[name]())
    return found


def ratio(ours: Sequence[float], bound: Sequence[float]) -> float:
    """Median over the rounds of how many times longer ours took than the lower bound."""
    return median(a / b for a, b in zip(ours, bound, strict=True))


def show(report: Report) -> Table:
    """The table of a report, in the language of this run."""
    table = Table(title=text(report.zh, report.en), title_justify="left")
    table.add_column(text("测量", "measured"))
    for zh, en in (("中位时间", "median"), ("每秒", "per second"), ("为对照的倍数", "× beside")):
        table.add_column(text(zh, en), justify="right")
    table.add_column(text("说明", "note"))
    for figure in report.figures:
        times = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        rate = f"{figure.amount / figure.seconds:,.0f} {figure.unit}" if figure.unit else ""
        table.add_row(text(figure.zh, figure.en), duration(figure.seconds), rate, times, figure.note)
    return table


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.2f} s"


def as_json(report: Report) -> dict[str, Any]:
    """The report for a file."""
    return asdict(report)
