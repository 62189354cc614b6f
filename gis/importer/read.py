"""Reads a file of any known format into a `Table`."""

from gis.importer.files import Format, Source
from gis.importer.sheets import read_csv, read_xlsx
from gis.importer.table import Table


def read(source: Source, *, layer: str | None = None, sheet: str | None = None, encoding: str | None = None) -> Table:
    """All rows of a file.

    Parameters
    ----------
    source : as `files.opened` gives it.
    layer, sheet : which layer or sheet; needed where several hold something.
    encoding : of the text of a CSV or Shapefile, found out where not given.

    Raises
    ------
    FileUnreadable, InvalidInput, TooLarge
        See `sheets.read_csv`, `sheets.read_xlsx` and `vector.read_vector`.
    """
    if source.format is Format.CSV:
        return read_csv(source, encoding)
    if source.format is Format.XLSX:
        return read_xlsx(source, sheet)
    from gis.importer.vector import read_vector  # GDAL and Arrow take longer to load than a small table to read

    return read_vector(source, layer, encoding)
