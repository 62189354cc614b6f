"""The file of rejected rows: the input's own columns and a reason, to be mended and imported again."""

from collections.abc import Sequence
from pathlib import Path

from gis.errors import InvalidInput
from gis.importer.fields import IGNORED, REASON, ROW
from gis.importer.files import Format
from gis.importer.findings import Finding
from gis.importer.table import Table
from gis.importer.write import Columns, write_table

_PRIVATE = 0o600  # the rows may name people


def suffix_for(form: Format) -> str:
    """The suffix of the file of rejected rows for an input of some format."""
    return {Format.CSV: ".csv", Format.XLSX: ".xlsx"}.get(form, ".gpkg")


def check_suffix(path: Path, form: Format) -> None:
    """Refuse a path whose suffix is not that of the kind that will be written.

    Raises
    ------
    InvalidInput
    """
    wanted = suffix_for(form)
    if path.suffix.lower() != wanted:
        raise InvalidInput(
            field="--rejects",
            reason_zh=f"{form} 的退回行写成 {wanted} 文件",
            reason_en=f"rejected rows of {form} are written as a {wanted} file",
        )


def write_rejects(table: Table, rows: Sequence[int], findings: Sequence[Finding], path: Path) -> None:
    """Write some rows as they were read, with the number of the row and why it was rejected.

    CSV in UTF-8 with a byte order mark (Excel opens it rightly), XLSX with codes and phones as text, everything else
    as a GeoPackage in the file's own coordinates. The file is replaced as a whole and readable by its owner only.

    Parameters
    ----------
    rows : positions in ``table``.
    """
    reasons: dict[int, list[str]] = {i: [] for i in rows}
    for finding in findings:
        if finding.position in reasons and finding.severity == "error":
            reasons[finding.position].append(f"{finding.reason('zh')} / {finding.reason('en')}")
    columns = {name: [values[i] for i in rows] for name, values in table.columns.items() if name not in IGNORED}
    columns[REASON] = ["；".join(reasons[i]) for i in rows]
    columns[ROW] = [table.rows[i] for i in rows]
    shapes = None if table.geometry is None else table.geometry[list(rows)]
    write_table(Columns(columns, shapes, table.crs), path, layer="rejected", mode=_PRIVATE)
