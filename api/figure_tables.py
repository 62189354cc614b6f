"""Figures as tables: rows of counts for map joins, CSV and workbooks. All of them show the same cells."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from gis.formulas import guarded
from gis.importer.write import Columns, write_xlsx
from gis.statistics import Figures, Personal

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LABELS: dict[str, str] = {
    "code": "网格编码",
    "name": "网格名称",
    "accepted": "受理纠纷",
    "mediated": "调处",
    "succeeded": "调解成功",
    "open": "在办",
    "overdue": "超期在办",
    "households": "户数",
    "red": "红色风险户",
    "yellow": "黄色风险户",
    "green": "绿色风险户",
    "unrated": "未评级户",
    "full_time": "专职网格员",
    "part_time": "兼职网格员",
    "units": "联户单元",
    "centres": "综治中心",
}
"""Every column, in order, and what it is called in a Chinese workbook."""
_PERSONAL = tuple(field.name for field in fields(Personal))
_BOM = "\ufeff"


def rows_of(figures: Sequence[Figures], names: Mapping[str, str]) -> list[list[Any]]:
    """A row for each grid in the order of `LABELS`; None where a count is hidden."""
    return [
        [
            row.code,
            names.get(row.code, ""),
            *(getattr(row.personal, name) for name in _PERSONAL),
            row.full_time,
            row.part_time,
            row.units,
            row.centres,
        ]
        for row in figures
    ]


def as_csv(rows: Sequence[Sequence[Any]], *, mark: bool) -> bytes:
    """CSV in UTF-8, with a byte order mark for spreadsheets; a hidden count is an empty cell, zero is 0; no formulas."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(LABELS)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return ((_BOM if mark else "") + text.getvalue()).encode()


def as_xlsx(rows: Sequence[Sequence[Any]], *, chinese: bool) -> bytes:
    """A workbook in which codes are texts: a spreadsheet that opens CSV takes 17 digits for a number and loses two."""
    columns = {
        label if chinese else name: [row[place] for row in rows] for place, (name, label) in enumerate(LABELS.items())
    }
    file = io.BytesIO()
    write_xlsx(Columns(columns), file, "statistics")
    return file.getvalue()
