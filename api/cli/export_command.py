"""``export``: an edition as one file, with a manifest of its checksum."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from api.cli.console import say, steps
from api.store import open_store
from gis.coverage import Edition, current_edition, read_edition
from gis.db import Connection
from gis.errors import InvalidInput, NotReady
from gis.settings import settings

What = Literal["pmtiles", "mbtiles", "geoparquet", "gpkg", "fgb"]


def export(
    what: Annotated[What, typer.Argument(help="导出什么 · what to export")],
    out: Annotated[Path, typer.Option("--out", help="文件 · the file")],
    edition: Annotated[
        int | None, typer.Option("--edition", help="版本号，默认现行 · edition, the current one", min=1)
    ] = None,
) -> None:
    """Write an edition to a file, and its checksum beside it."""
    if not out.absolute().parent.is_dir():
        raise InvalidInput(field="--out", reason_zh="文件夹不存在", reason_en="the folder does not exist")
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        about = chosen_edition(connection, edition)
        begin("写出文件", "writing the file")
        # Beside its place first: whoever reads there meets the old file or the whole new one.
        half = out.with_name(f".{out.name}.half{out.suffix}")
        half.unlink(missing_ok=True)
        try:
            count = _write(connection, about, half, what)
            half.replace(out)
        finally:
            half.unlink(missing_ok=True)
    manifest = write_manifest(out, what, about, count)
    say(f"已写入 {out} 和 {manifest}（{count} 项）", f"written: {out} and {manifest} ({count} entries)")


def chosen_edition(connection: Connection, number: int | None) -> Edition:
    """The edition asked for, the current one by default.

    Raises
    ------
    NotFound, NotReady
        If there is none.
    """
    chosen = current_edition(connection) if number is None else number
    if chosen is None:
        raise NotReady
    return read_edition(connection, chosen)


def _write(connection: Connection, edition: Edition, target: Path, what: What) -> int:
    if what in {"pmtiles", "mbtiles"}:
        from tiles.archive import write_mbtiles, write_pmtiles

        return (write_pmtiles if what == "pmtiles" else write_mbtiles)(connection, edition, target)
    from gis.grid_files import GridFormat, write_grids

    return write_grids(connection, edition.number, target, cast("GridFormat", what))


def write_manifest(file: Path, what: str, edition: Edition, count: int) -> Path:
    """Write ``FILE.manifest.json``: what the file is, its size and its SHA-256."""
    with file.open("rb") as data:
        checksum = hashlib.file_digest(data, "sha256").hexdigest()
    manifest = {
        "file": file.name,
        "format": what,
        "bytes": file.stat().st_size,
        "sha256": checksum,
        "entries": count,
        "edition": edition.number,
        "title": edition.title,
        "valid_from": edition.valid_from.isoformat(),
        "synthetic": edition.synthetic,
    }
    target = file.with_name(f"{file.name}.manifest.json")
    target.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return target
