"""``export``, and where ``locate`` and ``assign`` get their index from: the store, or a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.console import say, steps
from api.cli.point_options import Day, Edition
from api.cli.usage import WrongUse
from api.params import parse_day
from api.store import Begin, open_store
from gis.coverage import Coverage, edition_on, load_coverage, read_leaves
from gis.errors import InvalidInput
from gis.locate import Locator
from gis.settings import settings


@dataclass(frozen=True, slots=True)
class IndexSource:
    """Where the index comes from: an edition of the store by number or day, or a file."""

    edition: int | None
    day: str | None
    file: Path | None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.edition, self.day, self.file)) > 1:
            raise WrongUse(
                reason_zh="--edition、--datetime、--index 只能给一个",
                reason_en="give one of --edition, --datetime, --index",
            )


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """What points are looked up in: ``edition`` is its number, ``name`` tells it from every other."""

    locator: Locator
    names: Mapping[str, str]
    edition: int
    name: str


def export(
    what: Annotated[Literal["index"], typer.Argument(help="导出什么 · what to export")],  # noqa: ARG001 - one so far
    target: Annotated[Path, typer.Option("--out", help="文件；分县时为文件夹 · the file, or folder by county")],
    edition: Edition = None,
    datetime: Day = None,
    by_county: Annotated[
        bool, typer.Option("--by-county", help="每县一个索引，供 Spark · an index per county, for Spark")
    ] = False,
) -> None:
    """Write the look-up index of an edition to a file that needs no database."""
    if not target.absolute().parent.is_dir():
        raise InvalidInput(field="--out", reason_zh="文件夹不存在", reason_en="the folder does not exist")
    source = IndexSource(edition, datetime, None)
    with steps() as begin:
        if by_county:
            county_folder(source, target, begin)
            told = ""
        else:
            told = _export_file(source, target, begin)
    say(f"索引已写入 {target}{told}", f"index written to {target}{told}")


def _export_file(source: IndexSource, target: Path, begin: Begin) -> str:
    from gis.index_file import manifest_of, save_index

    coverage = _coverage(source, begin)
    begin("写出索引", "writing the index")
    checksum = save_index(target, manifest_of(coverage), coverage.names, coverage.locator)
    return f" ({coverage.edition.number}, {target.stat().st_size / 2**20:.1f} MB, SHA-256 {checksum})"


def opened_index(source: IndexSource, begin: Begin) -> OpenedIndex:
    """The index asked for.

    Raises
    ------
    FileUnreadable, NotFound, NotReady
        If there is no such file or edition.
    """
    if source.file is not None:
        from gis.index_file import open_index

        begin("打开索引", "opening the index")
        saved = open_index(source.file)
        return OpenedIndex(saved.locator, saved.names, saved.manifest.edition, saved.checksum())
    coverage = _coverage(source, begin)
    about = coverage.edition
    name = f"{about.number} {about.valid_from} {about.title} {coverage.locator.codes.size}"
    return OpenedIndex(coverage.locator, coverage.names, about.number, name)


def county_folder(source: IndexSource, folder: Path, begin: Begin) -> Path:
    """The folder of indexes by county: the one given, else ``folder``, which is written from the store.

    Raises
    ------
    InvalidInput, NotFound, NotReady
        If ``folder`` exists already, or there is no such edition.
    """
    if source.file is not None:
        return source.file
    from gis.county_indexes import save_county_indexes
    from gis.index_file import manifest_of

    coverage = _coverage(source, begin)
    with open_store(settings(), begin) as database, database.transaction() as connection:
        codes, shapes = read_leaves(connection, coverage.edition.number)
    begin("写出分县索引", "writing an index per county")
    save_county_indexes(folder, manifest_of(coverage), coverage.names, codes, shapes)
    return folder


def _coverage(source: IndexSource, begin: Begin) -> Coverage:
    with open_store(settings(), begin) as database, database.transaction() as connection:
        begin("读取网格", "reading the grids")
        day = source.day
        number = edition_on(connection, parse_day(day, "--datetime")) if day else source.edition
        return load_coverage(connection, number)
