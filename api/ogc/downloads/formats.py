"""Which formats there are."""

from dataclasses import dataclass
from typing import Literal

from api.ogc.model import Text
from gis.errors import NotFound


@dataclass(frozen=True, slots=True)
class Format:
    """A format that items are downloaded in.

    Attributes
    ----------
    media : media type, without parameters.
    suffix : of the file's name and of the address, without its first dot.
    geometry : what geometries are written as: in the two texts the axes are in the official order of the answer's CRS,
        in the other formats x (longitude, easting) comes first, as their standards have it.
    """

    title: Text
    media: str
    suffix: str
    geometry: Literal["geojson", "wkt", "wkb"]


DOWNLOADS: dict[str, Format] = {
    "geojson": Format(Text("GeoJSON 文件", "GeoJSON file"), "application/geo+json", "geojson", "geojson"),
    "csv": Format(Text("CSV 表格", "CSV table"), "text/csv", "csv", "wkt"),
    "gpkg": Format(Text("GeoPackage", "GeoPackage"), "application/geopackage+sqlite3", "gpkg", "wkb"),
    "fgb": Format(Text("FlatGeobuf", "FlatGeobuf"), "application/vnd.flatgeobuf", "fgb", "wkb"),
    "parquet": Format(Text("GeoParquet", "GeoParquet"), "application/vnd.apache.parquet", "parquet", "wkb"),
    "shp": Format(Text("Shapefile（压缩）", "Shapefile (zipped)"), "application/zip", "shp.zip", "wkb"),
}
"""By the value of ``f``."""


def format_named(suffix: str) -> str:
    """The value of ``f`` that the end of an address stands for.

    Raises
    ------
    NotFound
        If no format has that suffix.
    """
    if suffix in {"json", "html"}:
        return suffix
    for name, form in DOWNLOADS.items():
        if form.suffix == suffix:
            return name
    raise NotFound(what_zh="格式", what_en="format", value=suffix)
