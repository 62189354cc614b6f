"""The options that ``locate``, ``assign`` and ``export`` share."""

from pathlib import Path
from typing import Annotated

import typer

from gis.datum import Datum

KEPT_ZH = "中断时已完成的部分留在 RESULT.parts，--resume 接着做；结果写完整后才以其名称出现"
KEPT_EN = "interrupted, it leaves its parts in RESULT.parts, from which --resume goes on; a result has its name only when whole"

Level = Annotated[int, typer.Option(min=2, max=6, help="网格级别 · level of the grids wanted")]
Chain = Annotated[bool, typer.Option("--chain", help="加上各级编码 · the codes of all levels too")]
Names = Annotated[bool, typer.Option("--names", help="加上名称 · names too")]
Border = Annotated[
    bool,
    typer.Option("--border", help="加上距最近界线的米数和界线另一侧 · metres to the border, and what is behind it"),
]
LonColumn = Annotated[str | None, typer.Option("--lon", help="经度列，默认按列名 · column of longitudes, by name")]
LatColumn = Annotated[str | None, typer.Option("--lat", help="纬度列，默认按列名 · column of latitudes, by name")]
CrsName = Annotated[str | None, typer.Option(help="坐标系，默认按文件 · CRS of the points, by default the file's")]
DatumName = Annotated[Datum, typer.Option(help="大地基准 · datum")]
Layer = Annotated[str | None, typer.Option(help="图层 · layer")]
Sheet = Annotated[str | None, typer.Option(help="工作表 · sheet of a workbook")]
Encoding = Annotated[str | None, typer.Option(help="文字编码，默认自动识别 · encoding, detected by default")]
Edition = Annotated[int | None, typer.Option(min=1, help="版本号，默认现行 · edition, the current one by default")]
Day = Annotated[str | None, typer.Option("--datetime", help="用那一天生效的界线 · the boundaries valid on a date")]
IndexFile = Annotated[
    Path | None, typer.Option(help="用导出的索引，不需要数据库 · a saved index instead of the database")
]
Resume = Annotated[bool, typer.Option("--resume", help="接着被中断的那次做 · go on where a run was interrupted")]
