"""Formats that GDAL writes: they need a file that is whole before it is sent."""

import shutil
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyogrio

from api.ogc.downloads.arrow import GEOMETRY, KINDS, batches, schema
from api.ogc.downloads.reading import Row, Table
from gis.clock import CHINA
from gis.errors import StorageFull, WanggeError

_PIECE = 1 << 20
_PREFIX, _OLD_S = "download-", 86_400
_NAME_BYTES, _TEXT_BYTES = 10, 254  # what a dBASE file can hold


def geopackage(table: Table, blocks: Iterable[list[Row]], folder: Path) -> Iterator[bytes]:
    """A GeoPackage with one layer, named after the collection; 1.2, which every reader knows."""
    name, title = _layer(table), table.collection.title
    with _place(folder) as place:
        path = Path(place, f"{name}.gpkg")
        options = {"IDENTIFIER": name, "DESCRIPTION": f"{title.zh} {title.en}. {table.notice}".strip()}
        _write(table, schema(table), blocks, path, "GPKG", dataset_options={"VERSION": "1.2"}, layer_options=options)
        yield from _pieces(path)


def flatgeobuf(table: Table, blocks: Iterable[list[Row]], folder: Path) -> Iterator[bytes]:
    """A FlatGeobuf without an index: that would have to hold every box in memory."""
    title = table.collection.title
    with _place(folder) as place:
        path = Path(place, f"{_layer(table)}.fgb")
        options = {"SPATIAL_INDEX": "NO", "TITLE": f"{title.zh} {title.en}", "DESCRIPTION": table.notice}
        _write(table, schema(table), blocks, path, "FlatGeobuf", layer_options=options)
        yield from _pieces(path)


def shapefile(table: Table, blocks: Iterable[list[Row]], folder: Path) -> Iterator[bytes]:
    """A zipped Shapefile: short names of its columns, moments as texts, and a note that says what they are."""
    name = _layer(table)
    with _place(folder) as place:
        names = short_names(table.names)
        full = schema(table)
        fields = [pa.field(names.get(f.name, f.name), _told(f.type)) for f in full]
        moments = table.places("date-time")
        rows = ([_texts(row, moments) for row in block] for block in blocks)
        _write(table, pa.schema(fields), rows, Path(place, f"{name}.shp"), "ESRI Shapefile", encoding="UTF-8")
        Path(place, "README.txt").write_text(_note(table, names), encoding="utf-8-sig")
        packed = Path(place, "packed")
        with ZipFile(packed, "w", ZIP_DEFLATED) as file:
            for part in sorted(Path(place).iterdir()):
                if part != packed:
                    file.write(part, part.name)
        yield from _pieces(packed)


@contextmanager
def _place(folder: Path) -> Generator[str]:
    """A folder for one file; those that a killed process left behind go first."""
    for old in folder.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - _OLD_S:
                shutil.rmtree(old, ignore_errors=True)
    with TemporaryDirectory(prefix=_PREFIX, dir=folder) as place:
        yield place


def short_names(names: list[str]) -> dict[str, str]:
    """Names that a dBASE file can hold, all different: without underscores and then cut, where they are too long."""
    found: dict[str, str] = {}
    for name in names:
        short = name if len(name) <= _NAME_BYTES else name.replace("_", "")[:_NAME_BYTES]
        number = 2
        while short in found.values():
            short = f"{short[: _NAME_BYTES - 1]}{number}"
            number += 1
        found[name] = short
    return found


def _layer(table: Table) -> str:
    """The layer's name, which SQL takes without quotation marks."""
    return table.collection.id.replace("-", "_")


def _told(kind: Any) -> Any:
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _texts(row: Row, moments: list[int]) -> Row:
    cells = list(row)
    for place in moments:
        if cells[place] is not None:
            cells[place] = cells[place].astimezone(CHINA).isoformat()
    return tuple(cells)


def _note(table: Table, names: dict[str, str]) -> str:
    title = table.collection.title
    lines = [f"{title.zh} {title.en}", f"版本 edition {table.edition}", *([table.notice] if table.notice else []), ""]
    lines += [
        f"编码 UTF-8（见 .cpg）；列名至多 {_NAME_BYTES} 字节，文本至多 {_TEXT_BYTES} 字节，更长的被截断，请改用 GeoPackage。",
        f"UTF-8, see .cpg; names of columns hold {_NAME_BYTES} bytes, texts {_TEXT_BYTES}: longer ones are cut, not in GeoPackage.",
        "",
    ]
    fields = {field.name: f"{field.title.zh} {field.title.en}" for field in table.fields}
    lines += [f"{short}\t{name}\t{fields.get(name, '标识 Id')}" for name, short in names.items()]
    return "\r\n".join([*lines, ""])


def _write(table: Table, columns: Any, blocks: Iterable[list[Row]], path: Path, driver: str, **options: Any) -> None:
    """Have GDAL write the rows.

    Raises
    ------
    StorageFull
        If GDAL cannot write the file.
    """
    kind = KINDS[table.collection.geometry] if table.shapes else None
    placed = {"geometry_name": GEOMETRY, "geometry_type": kind, "crs": f"EPSG:{table.crs.srid}"} if table.shapes else {}
    source = _Source(blocks)
    reader = pa.RecordBatchReader.from_batches(columns, batches(columns, source))
    try:
        pyogrio.write_arrow(reader, path, driver=driver, layer=_layer(table), **placed, **options)
    except (RuntimeError, OSError, pa.ArrowException) as error:  # all of pyogrio's errors are RuntimeErrors
        raise source.error or StorageFull(detail=str(error)) from error


class _Source:
    """Blocks of rows on their way through Arrow and GDAL, which make an error of their own of any error in them."""

    def __init__(self, blocks: Iterable[list[Row]]) -> None:
        self._blocks = blocks
        self.error: WanggeError | None = None

    def __iter__(self) -> Iterator[list[Row]]:
        try:
            yield from self._blocks
        except WanggeError as error:
            self.error = error
            raise


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
