"""``units export`` and ``units import``: lists of neighbour units, out and in."""

import getpass
from pathlib import Path
from typing import Annotated, cast

import typer

from api.cli.console import say, steps
from api.cli.import_command import Wish, run_import, target
from api.store import open_store
from gis.coverage import county_codes, current_edition
from gis.datum import Datum
from gis.errors import InvalidInput, NotReady
from gis.formulas import guarded
from gis.importer.fields import Kind
from gis.importer.job import Options
from gis.importer.mapping import parse_pairs
from gis.importer.unit_lists import read_list
from gis.importer.write import Columns, check_target, write_table
from gis.scope import everything
from gis.settings import settings

SUFFIXES = (".csv", ".xlsx", ".gpkg")
_PRIVATE = 0o600  # the rows may name people


def export_(
    file: Annotated[Path, typer.Argument(help=".csv、.xlsx 或 .gpkg · the file to write")],
    grid: Annotated[str, typer.Option("--grid", help="只导出此编码以下 · code below which units are written")] = "",
    people: Annotated[
        bool,
        typer.Option(
            "--people", help="含户主、电话（遮蔽）、地址、位置 · with names, masked phones, addresses, places"
        ),
    ] = False,
) -> None:
    """Write the list of units with their members: a row for each household."""
    check_target(file)
    if file.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise InvalidInput(field=file.name, reason_zh=f"可写的格式：{known}", reason_en=f"can write {known}")
    with steps() as begin, open_store(settings(), begin) as database:
        with database.transaction() as connection:
            edition, counties = current_edition(connection), county_codes(connection)
        if edition is None:
            raise NotReady
        begin("写出文件", "writing the file")
        with database.transaction(everything(counties, getpass.getuser())) as connection:
            found = read_list(connection, edition, grid, people=people)
    write_table(without_formulas(found) if file.suffix.lower() == ".csv" else found, file, layer="units", mode=_PRIVATE)
    say(
        f"已写入 {file}（{len(found.values['户编号'])} 户）",
        f"written: {file} ({len(found.values['户编号'])} households)",
    )


def without_formulas(table: Columns) -> Columns:
    """A table whose texts no spreadsheet takes for formulas; a list that is imported again has them as they were."""
    values = {
        name: [guarded(one) if isinstance(one, str) else one for one in column] for name, column in table.values.items()
    }
    return Columns(values, table.geometry, table.crs)


def import_(
    file: Annotated[
        Path, typer.Argument(help="每行一户的清单：CSV、XLSX、GeoPackage · a list, a row for each household")
    ],
    commit: Annotated[
        bool, typer.Option("--commit/--dry-run", help="真正写入，默认只预演 · really write; a rehearsal by default")
    ] = False,
    crs: Annotated[str | None, typer.Option(help="坐标系，默认按文件 · CRS, by default the file's")] = None,
    datum: Annotated[str, typer.Option(help="大地基准 · datum: cgcs2000 | wgs84 | gcj02 | bd09")] = "cgcs2000",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="列名=字段，可多次；字段写 - 则忽略该列 · column=field, repeatable"),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="图层 · layer")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表 · sheet")] = None,
    encoding: Annotated[str | None, typer.Option(help="文字编码，默认自动识别 · encoding, detected by default")] = None,
    accept_valid: Annotated[
        bool, typer.Option("--accept-valid", help="只写入没有问题的行 · write the valid rows only")
    ] = False,
    findings: Annotated[Path | None, typer.Option(help="问题清单（GeoPackage）· write findings")] = None,
    rejects: Annotated[Path | None, typer.Option(help="退回的行，改好后可再导入 · write rejected rows")] = None,
    author: Annotated[str, typer.Option(help="经办人 · who does this")] = "",
) -> None:
    """Read a list of units, compare it with the computed ones, and write it on request."""
    options = Options(
        kind=Kind.UNITS,
        path=file,
        crs=crs,
        datum=cast("Datum", datum),  # checked by read_file, in both languages
        columns=parse_pairs(columns or []),
        layer=layer,
        sheet=sheet,
        encoding=encoding,
    )
    wish = Wish(
        commit=commit,
        accept_valid=accept_valid,
        author=author or getpass.getuser(),
        title="",
        findings=target(findings, ".gpkg", file, "--findings"),
        rejects=target(rejects, None, file, "--rejects"),
    )
    run_import(options, wish, settings())
