"""``tiles``: what the stored tiles of an edition amount to, and whether they are right."""

from collections.abc import Callable
from typing import Annotated, Literal

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.cli.export_command import chosen_edition
from api.store import open_store
from gis.db import Connection
from gis.errors import CheckFailed
from gis.settings import settings
from tiles import store
from tiles.matrix import check_matrix_set
from tiles.verify import Problem, statistics, verify

_SHOWN = 20
CHECK_FAILED = CheckFailed.exit_code


def tiles(
    action: Annotated[Literal["stats", "verify"], typer.Argument(help="统计或核验 · count or check")],
    edition: Annotated[
        int | None, typer.Option("--edition", help="版本号，默认现行 · edition, the current one", min=1)
    ] = None,
    tms: Annotated[
        str | None, typer.Option("--tms", help="瓦片矩阵集，默认全部 · tile matrix set, all by default")
    ] = None,
) -> int:
    """Count the stored tiles, or decode every one and look for gaps and overlaps."""
    sets = store.SETS if tms is None else (check_matrix_set(tms),)
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        number = chosen_edition(connection, edition).number
        if action == "stats":
            table = _statistics(connection, number, sets)
        else:
            return _verify(connection, number, sets, begin("逐块解码核验", "decoding every tile"))
    out.print(table)
    return 0


def _statistics(connection: Connection, edition: int, sets: tuple[str, ...]) -> Table:
    table = Table(box=None, padding=(0, 2))
    headings = (("矩阵集", "set"), ("级", "z"), ("块", "tiles"), ("KiB", "KiB"), ("最大的块", "heaviest"))
    for heading in headings:
        table.add_column(text(*heading))
    total = [0, 0]
    for (tms, z), zoom in statistics(connection, edition).items():
        if tms in sets:
            heaviest = ", ".join(f"{z}/{x}/{y} {size:,} B" for size, x, y in zoom.heaviest)
            table.add_row(tms, str(z), f"{zoom.tiles:,}", f"{zoom.size / 1024:,.0f}", heaviest)
            total = [total[0] + zoom.tiles, total[1] + zoom.size]
    table.add_row(text("合计", "all"), "", f"{total[0]:,}", f"{total[1] / 1024:,.0f}", "")
    return table


def _verify(connection: Connection, edition: int, sets: tuple[str, ...], share: Callable[[float], None]) -> int:
    total = sum(1 for place, _ in store.read_all_tiles(connection, edition) if store.SETS[place[0]] in sets)
    found: list[Problem] = []
    for done, problems in verify(connection, edition, sets):
        found += problems
        if done % 500 == 0:
            share(done / total)
    for problem in found[:_SHOWN]:
        address = f"{problem.tms}/{'/'.join(map(str, problem.tile))}"
        out.print(f"[red]✗[/red] {address} {problem.layer} {problem.what} {problem.amount:g}")
    if found or not total:
        say(f"{total:,} 块瓦片中有 {len(found)} 处问题", f"{len(found)} problems in {total:,} tiles")
        return CHECK_FAILED
    say(f"{total:,} 块瓦片：缝隙 0，重叠 0", f"{total:,} tiles: 0 gaps, 0 overlaps")
    return 0
