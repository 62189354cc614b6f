"""``python -m tests.benchmarks [WHAT] [--json FILE]``, see `BENCHMARKS` and `HEAVY`; a wrong answer ends with code 8."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from api.cli.console import err, out, say, take_language, text
from tests.benchmarks import (
    demo,
    drafts,
    files,
    importing,
    items,
    locate,
    median,
    publishing,
    soak,
    spark,
    tiles,
    units,
)
from tests.benchmarks.measure import Report, WrongAnswer, as_json, show
from tests.benchmarks.peers import read_peer
from tests.benchmarks.store import throw_away
from tests.conftest import Templates

Benchmark = Callable[[Templates], Report]
BENCHMARKS: dict[str, Benchmark] = {
    "demo": demo.run,
    "import": importing.run,
    "locate": locate.run,
    "tiles": tiles.run,
    "items": items.run,
    "publish": publishing.run,
    "drafts": drafts.run,
}
HEAVY: dict[str, Callable[[], Report]] = {"files": files.run, "spark": spark.run, "units": units.run}
"""Only on request, and without a database."""
WRONG = 8


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks asked for, all by default; returns the exit code."""
    parser = argparse.ArgumentParser(prog="wangge bench")
    parser.add_argument("what", nargs="?", choices=[*BENCHMARKS, *HEAVY])
    parser.add_argument("--json", type=Path, help="写入 JSON 文件 · write the figures to a file")
    parser.add_argument(
        "--peer",
        type=read_peer,
        action="append",
        default=[],
        metavar="NAME=URL",
        help="同样的问题也问这个服务器 · ask this server the same: tiles martin=http://…/grids/{z}/{x}/{y}, items tipg=http://…/items",
    )
    parser.add_argument(
        "--counties",
        type=int,
        help="publish：库中演示县的数目，默认 1；drafts：与 1 县并测的数目，默认 10 · demonstration counties in the store",
    )
    parser.add_argument(
        "--soak",
        type=int,
        metavar="N",
        help="drafts：不测速，而跑 N 轮编辑、修复、发布、恢复 · instead N cycles of edits, repairs, editions and back",
    )
    parser.add_argument(
        "--instance",
        type=Path,
        help="units：有容量的 p-中位问题文件 · a file of a capacitated p-median problem instead",
    )
    asked = parser.parse_args(take_language(arguments))
    known = _known(asked)
    cores, busy = os.cpu_count() or 1, os.getloadavg()[0]
    say(f"{cores} 核，开始时负载 {busy:.1f}", f"{cores} cores, load at the start {busy:.1f}")
    try:
        if asked.what in HEAVY:
            instance = asked.instance if asked.what == "units" else None
            reports = [_shown(asked.what, partial(median.run_instance, instance) if instance else HEAVY[asked.what])]
        else:
            with throw_away() as templates:
                names = ["drafts"] if asked.soak else [asked.what] if asked.what else list(known)
                reports = [_shown(name, partial(known[name], templates)) for name in names]
    except WrongAnswer as wrong:
        err.print(f"✗ {text('答案不对', 'wrong answer')}: {wrong}", style="red", markup=False)
        return WRONG
    if asked.json is not None:
        found = {"cores": cores, "load": busy, "reports": [as_json(report) for report in reports]}
        asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _known(asked: argparse.Namespace) -> dict[str, Benchmark]:
    """The benchmarks as the options want them."""
    known = dict(BENCHMARKS)
    if asked.peer:
        known["tiles"] = partial(tiles.run, peers=[peer for peer in asked.peer if peer.tiled])
        known["items"] = partial(items.run, peers=[peer for peer in asked.peer if not peer.tiled])
    if asked.counties:
        known["publish"] = partial(publishing.run, counties=asked.counties)
        known["drafts"] = partial(drafts.run, counties=asked.counties)
    if asked.soak:
        known["drafts"] = partial(soak.run, cycles=asked.soak)
    return known


def _shown(name: str, measure: Callable[[], Report]) -> Report:
    err.print(f"· {name}")
    report = measure()
    out.print(show(report))
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
