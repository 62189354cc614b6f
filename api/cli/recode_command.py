"""``recode``: a file of old codes into one with what they have become."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.params import parse_day
from api.store import open_store
from gis.code_files import Reading, RecodedFile, recode_file
from gis.coverage import current_edition, edition_on, read_edition
from gis.db import Connection
from gis.errors import NotReady
from gis.recode import KINDS, Question, Weights
from gis.settings import settings


def recode(
    file: Annotated[Path, typer.Argument(help="CSV、XLSX、Parquet、GeoPackage 等 · the table of codes")],
    out_: Annotated[Path, typer.Option("--out", help="结果文件 · file to write: csv, xlsx, parquet, gpkg")],
    column: Annotated[str | None, typer.Option(help="编码所在的列，默认按列名识别 · column of the codes")] = None,
    system: Annotated[str | None, typer.Option(help="编码体系，如 mca、nbs2023 · code system of the codes")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="编码所属的日期或版本号 · date or edition the codes are of")
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="目标日期或版本号，默认现行 · date or edition wanted, the current by default")
    ] = None,
    weights: Annotated[Weights, typer.Option(help="权重：面积或户数 · weights by area or households")] = "area",
    explode: Annotated[
        bool, typer.Option("--explode/--best", help="拆成多行，默认只取最大的后继 · a row for each heir")
    ] = False,
    layer: Annotated[str | None, typer.Option(help="图层 · layer")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表 · sheet")] = None,
    encoding: Annotated[str | None, typer.Option(help="文字编码，默认自动识别 · encoding, detected by default")] = None,
) -> None:
    """Turn the old codes of a file into new ones, with weights where they were divided."""
    reading = Reading(column=column, layer=layer, sheet=sheet, encoding=encoding)
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        begin("转换编码", "recoding")
        current = current_edition(connection)
        if current is None:
            raise NotReady
        question = Question(
            system=system,
            first=None if first is None else _edition(connection, first, "--from"),
            last=current if to is None else _edition(connection, to, "--to"),
            weights=weights,
        )
        done = recode_file(connection, file, out_, question, reading, explode=explode)
    _tell(done, question, out_)


def _edition(connection: Connection, given: str, option: str) -> int:
    if given.isascii() and given.isdigit():
        return read_edition(connection, min(int(given), 2**31 - 1)).number
    return edition_on(connection, parse_day(given, option))


def _tell(done: RecodedFile, question: Question, target: Path) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2))
    for kind, count in done.kinds.items():
        zh, en = KINDS[kind]
        table.add_row(kind, f"{count}", text(zh, en))
    out.print(table)
    say(
        f"“{done.column}”列 {done.rows} 行，换成版本 {question.last} 的编码；{done.written} 行已写入 {target}",
        f'{done.rows} rows of the column "{done.column}" as of edition {question.last}; {done.written} rows in {target}',
    )
