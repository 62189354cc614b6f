"""Files as people have them, and the shortest way to read one."""

from pathlib import Path
from typing import Any

import geopandas as gpd
from openpyxl import Workbook

from gis.importer.files import opened
from gis.importer.read import read
from gis.importer.table import Table, text

TOWN = "䂖嘉镇"  # 䂖 is not in GBK


def load(path: Path, **options: Any) -> Table:
    with opened(path, options.get("layer")) as source:
        return read(source, **options)


def texts(table: Table, column: str) -> list[str]:
    return [text(value) for value in table.columns[column]]


def write_shapefile(path: Path, columns: dict[str, list[str]], encoding: str) -> None:
    """A Shapefile whose .dbf is written byte by byte, as programs other than GDAL do."""
    count = len(next(iter(columns.values())))
    frame = gpd.GeoDataFrame(
        {"x": range(count)}, geometry=gpd.points_from_xy([101.5] * count, [24.5] * count), crs=4490
    )
    frame.to_file(path, encoding="utf-8")
    width = 40
    names = [column.encode(encoding)[:10] for column in columns]
    header = bytearray(b"\x03\x7a\x01\x01") + count.to_bytes(4, "little")
    header += (32 + 32 * len(names) + 1).to_bytes(2, "little") + (1 + width * len(names)).to_bytes(2, "little")
    header += bytes(20)
    for name in names:
        header += name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    rows = b"".join(
        b" " + b"".join(values[i].encode(encoding)[:width].ljust(width) for values in columns.values())
        for i in range(count)
    )
    path.with_suffix(".dbf").write_bytes(bytes(header) + b"\r" + rows + b"\x1a")
    path.with_suffix(".cpg").write_text({"gb18030": "GB18030", "gbk": "GBK"}.get(encoding, "UTF-8"))


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
