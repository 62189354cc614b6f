"""``locate`` and ``assign``: points → grids, looked up in the store's edition or in a saved index."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.cli.index_command import IndexSource, county_folder, opened_index
from api.cli.point_options import (
    KEPT_EN,
    KEPT_ZH,
    Border,
    Chain,
    CrsName,
    DatumName,
    Day,
    Edition,
    Encoding,
    IndexFile,
    LatColumn,
    Layer,
    Level,
    LonColumn,
    Names,
    Resume,
    Sheet,
)
from api.cli.usage import WrongUse
from gis.codes import chain, grouped
from gis.crs import to_storage
from gis.datum import Datum, to_cgcs2000
from gis.errors import OutsideCounty

if TYPE_CHECKING:
    from gis.points.job import Located, Question


def locate(
    lon_or_file: Annotated[str, typer.Argument(help="经度（或东坐标），或点文件 · longitude, or a file")],
    latitude: Annotated[str | None, typer.Argument(metavar="LAT", help="纬度（或北坐标） · latitude")] = None,
    target: Annotated[Path | None, typer.Option("--out", help=f"结果文件；{KEPT_ZH} · the result; {KEPT_EN}")] = None,
    level: Level = 6,
    with_chain: Chain = False,
    names: Names = False,
    border: Border = False,
    lon: LonColumn = None,
    lat: LatColumn = None,
    crs: CrsName = None,
    datum: DatumName = "cgcs2000",
    layer: Layer = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    edition: Edition = None,
    datetime: Day = None,
    index: IndexFile = None,
    resume: Resume = False,
) -> None:
    """Find the grids of a point, or of every row of a file."""
    source = IndexSource(edition, datetime, index)
    if latitude is not None:
        if target is not None:
            raise WrongUse(reason_zh="--out 只用于文件", reason_en="--out is for files only")
        _locate_point(_number(lon_or_file, "LON"), _number(latitude, "LAT"), crs, datum, source)
        return
    if target is None:
        if _is_number(lon_or_file):
            raise WrongUse(reason_zh="缺少 LAT", reason_en="LAT is missing")
        raise WrongUse(
            reason_zh="点文件还要 --out 结果文件；查一点请给经度和纬度",
            reason_en="a file also needs --out RESULT; a point is a longitude and a latitude",
        )
    from gis.points.job import Question, Wanted

    wanted = Wanted(level, chain=with_chain, names=names, border=border)
    question = Question(wanted, lon, lat, crs, datum, layer, sheet, encoding)
    _locate_file(Path(lon_or_file), target, question, source, resume=resume)


def assign(
    source: Annotated[Path, typer.Argument(help="点文件 · file of points")],
    target: Annotated[Path, typer.Argument(help=f"结果文件；{KEPT_ZH} · the result; {KEPT_EN}")],
    engine: Annotated[
        Literal["local", "spark"], typer.Option(help="本机，或 Spark（Parquet） · this machine, or Spark for Parquet")
    ] = "local",
    level: Level = 6,
    with_chain: Chain = False,
    names: Names = False,
    border: Border = False,
    lon: LonColumn = None,
    lat: LatColumn = None,
    crs: CrsName = None,
    datum: DatumName = "cgcs2000",
    layer: Layer = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    edition: Edition = None,
    datetime: Day = None,
    index: IndexFile = None,
    resume: Resume = False,
    master: Annotated[str, typer.Option(help="Spark 的地址 · Spark's address")] = "local[*]",
    together: Annotated[
        bool, typer.Option("--together", help="先按县归拢再查（县很多时） · bring rows together by county first")
    ] = False,
) -> None:
    """Give each point of a file its grid: as ``locate FILE --out RESULT``, on the engine of one's choice."""
    from gis.points.job import Question, Wanted

    wanted = Wanted(level, chain=with_chain, names=names, border=border)
    question = Question(wanted, lon, lat, crs, datum, layer, sheet, encoding)
    chosen = IndexSource(edition, datetime, index)
    if engine == "local":
        _locate_file(source, target, question, chosen, resume=resume)
        return
    if resume or layer or sheet or encoding:
        raise WrongUse(
            reason_zh="--resume、--layer、--sheet、--encoding 不用于 Spark（失败的任务由它自己重做）",
            reason_en="--resume, --layer, --sheet and --encoding are not for Spark, which repeats failed tasks by itself",
        )
    _on_spark(str(source), str(target), question, chosen, master, together=together)


def _number(word: str, name: str) -> float:
    if not _is_number(word):
        raise WrongUse(
            reason_zh=f"{name} 应为数字（给出的是“{word}”）", reason_en=f'{name} must be a number (given: "{word}")'
        )
    return float(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _locate_point(x: float, y: float, crs: str | None, datum: Datum, source: IndexSource) -> None:
    lon, lat = (float(value) for value in to_cgcs2000(*to_storage(x, y, crs or "EPSG:4490"), datum))
    with steps() as begin:
        index = opened_index(source, begin)
        place = index.locator.locate_one(lon, lat)
    if place.code is None:
        raise OutsideCounty(lon=x, lat=y)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for code in chain(place.code):
        table.add_row(grouped(code), index.names.get(code, ""))
    out.print(table)
    behind = index.names.get(place.neighbour, "") if place.neighbour else text("县界外", "outside the county")
    say(
        f"距最近边界 {place.border_m:.1f} 米，另一侧：{behind}；版本 {index.edition}",
        f"{place.border_m:.1f} m from the nearest border, behind it: {behind}; edition {index.edition}",
    )


def _locate_file(source: Path, target: Path, question: "Question", chosen: IndexSource, *, resume: bool) -> None:
    from gis.points.job import locate_file

    with steps() as begin:
        index = opened_index(chosen, begin)
        progress = begin("查询网格", "looking up")
        done = locate_file(
            source,
            target,
            index.locator,
            index.names,
            question,
            index=index.name,
            resume=resume,
            progress=progress,
        )
    _tell(done, str(target))


def _on_spark(
    source: str, target: str, question: "Question", chosen: IndexSource, master: str, *, together: bool
) -> None:
    from gis.spark_assign import SparkQuestion, assign_with_spark, require_spark, spark_session

    require_spark()
    asked = SparkQuestion(question.wanted, question.lon, question.lat, question.crs, question.datum, together)
    with steps() as begin, TemporaryDirectory(prefix="wangge-index-") as folder:
        index = county_folder(chosen, Path(folder) / "index", begin)
        begin("启动 Spark", "starting Spark")
        with spark_session(master) as session:
            begin("查询网格", "looking up")
            done = assign_with_spark(session, source, target, index, asked)
    _tell(done, target)


def _tell(done: "Located", target: str) -> None:
    zh = f"（其中 {done.resumed} 部分来自被中断的那次）" if done.resumed else ""
    en = f" ({done.resumed} parts of them kept from the interrupted run)" if done.resumed else ""
    say(
        f"{done.rows} 行{zh}，{done.problems} 行没有可用坐标（见 problem 列），{done.outside} 个点在辖区外；已写入 {target}",
        f"{done.rows} rows{en}, {done.problems} without a usable place (see the column problem), {done.outside} points"
        f" outside; written to {target}",
    )
