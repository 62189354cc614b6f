"""GIS files by GDAL (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, KML) and GeoParquet by Arrow."""

import json
import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import parquet

from gis.arrays import Geometries
from gis.errors import InvalidInput, TooLarge
from gis.importer.encodings import canonical, decode_cell, detect
from gis.importer.files import MAX_BYTES, Format, Source, unreadable
from gis.importer.gdal import read_arrow
from gis.importer.table import Table

_KML_OWN = {
    "id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon",
    "snippet",
}  # fmt: skip
_BYTES = "ISO-8859-1"  # one character per byte: text is taken as it lies in the file and decoded here


def read_vector(source: Source, layer: str | None, encoding: str | None) -> Table:
    """All rows of a layer of a GIS file.

    Raises
    ------
    FileUnreadable
        If it is damaged, has no such layer, or its text is not in that encoding.
    InvalidInput, TooLarge
        For an unknown encoding; if a Parquet file would unpack to more than `files.MAX_BYTES`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on details; what matters is checked row by row
            return _parquet(source) if source.format is Format.PARQUET else _vector(source, layer, encoding)
    except (RuntimeError, NameError, ValueError, OSError, pa.ArrowException) as error:
        # All of pyogrio's errors are RuntimeErrors; NameError is how it answers to an empty .prj.
        detail = str(error).replace(str(source.path), source.name)[:200].splitlines()[0]
        raise unreadable(
            source.name,
            f"文件已损坏或不是有效的 {source.format}（{detail}）",
            f"it is damaged or no valid {source.format} ({detail})",
        ) from error


def _vector(source: Source, layer: str | None, encoding: str | None) -> Table:
    names = [str(name) for name, _ in pyogrio.list_layers(source.path)]
    spatial = [str(name) for name, kind in pyogrio.list_layers(source.path) if kind is not None]
    # Folders of a KML are layers of one shape: without a name all of them are meant.
    wanted = names if source.format is Format.KML and layer is None else [_layer(names, spatial, layer, source)]
    as_bytes = _BYTES if source.format is Format.SHAPEFILE else None
    parts = [read_arrow(source.path, layer=name, encoding=as_bytes, return_fids=True) for name in wanted]
    meta = parts[0][0]
    content: Any = pa.concat_tables([part for _, part in parts], promote_options="permissive")
    columns: dict[str, list[Any]] = {name: content.column(name).to_pylist() for name in content.column_names}
    fids = columns.pop(meta["fid_column"] or "OGC_FID", None)
    shapes = columns.pop(meta["geometry_name"] or "wkb_geometry", None)
    geometry = None if shapes is None or meta["geometry_type"] is None else _geometries(shapes)
    used: str | None = "utf-8"
    if source.format is Format.SHAPEFILE:
        columns, used = _decoded(columns, source, encoding)
    elif source.format is Format.KML:
        empty = {name for name in ("Name", "description") if not any(columns.get(name, []))}
        columns = {name: values for name, values in columns.items() if name not in _KML_OWN | empty}
    rows = fids if source.format is Format.GPKG and fids is not None else list(range(1, content.num_rows + 1))
    shown = ", ".join(wanted) if source.format in {Format.GPKG, Format.KML} else None  # elsewhere there is but one
    return Table(columns, rows, geometry, meta["crs"], source.format, used, shown)


def _layer(names: list[str], spatial: list[str], wanted: str | None, source: Source) -> str:
    if not names:
        raise unreadable(source.name, "里面没有图层", "there is no layer in it")
    if len(names) == 1 and source.format is not Format.GPKG:
        return names[0]
    if wanted in names:
        return str(wanted)
    candidates = spatial or names
    if wanted is None and len(candidates) == 1:
        return candidates[0]
    listed = ", ".join(names)
    if wanted is None:
        raise unreadable(
            source.name,
            f"有多个图层，请用 --layer 指定一个：{listed}",
            f"there are several layers, name one with --layer: {listed}",
        )
    raise unreadable(source.name, f"没有图层“{wanted}”，有：{listed}", f'there is no layer "{wanted}", only: {listed}')


def _geometries(wkb: list[bytes | None]) -> Geometries:
    """Two-dimensional geometries; None also for what GEOS cannot read."""
    return shapely.force_2d(shapely.from_wkb(np.array(wkb, dtype=np.object_), on_invalid="ignore"))


def _decoded(columns: dict[str, list[Any]], source: Source, encoding: str | None) -> tuple[dict[str, list[Any]], str]:
    """Names and texts of a Shapefile, decoded as given, as its .cpg says, else as they fit."""
    said = encoding or _code_page(source)
    texts = [text for values in columns.values() for text in values if _is_foreign(text)]
    used = canonical(said) if said else detect([text.encode(_BYTES) for text in (*columns, *texts)], source.name)
    try:
        return {
            decode_cell(name.encode(_BYTES), used): [
                decode_cell(value.encode(_BYTES), used) if _is_foreign(value) else value for value in values
            ]
            for name, values in columns.items()
        }, used
    except UnicodeDecodeError as error:
        raise unreadable(
            source.name,
            f"文字不是所说的 {said} 编码，请用 --encoding 指定（常见 gbk、utf-8）",
            f"its text is not in {said} as it says: give --encoding (usual are gbk and utf-8)",
        ) from error


def _is_foreign(value: Any) -> bool:
    return isinstance(value, str) and not value.isascii()


def _code_page(source: Source) -> str | None:
    """What a .cpg file, or else the language byte of the .dbf (0x4D: Chinese GBK), says, if it can hold Chinese."""
    companions = {file.suffix.lower(): file for file in source.path.parent.iterdir() if file.stem == source.path.stem}
    if ".cpg" in companions:
        said = companions[".cpg"].read_text(encoding=_BYTES).strip()
        try:
            return said if canonical(said) in {"utf-8", "gb18030"} else None
        except InvalidInput:
            return None
    with companions[".dbf"].open("rb") as file:
        head = file.read(32)
    return "gbk" if head[29:30] == b"\x4d" else None


def _parquet(source: Source) -> Table:
    with parquet.ParquetFile(source.path) as file:
        meta: Any = file.metadata
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if unpacked > MAX_BYTES:
            raise TooLarge(what=source.name, limit=f"{MAX_BYTES // 2**20} MiB")
        geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        shapes = set(geo.get("columns", {}))
        plain = [f.name for f in file.schema_arrow if f.name not in shapes and not pa.types.is_nested(f.type)]
        content: Any = file.read(columns=plain)
    columns = {name: content.column(name).to_pylist() for name in plain}
    rows = list(range(1, meta.num_rows + 1))
    if not shapes:
        return Table(columns, rows, None, None, Format.PARQUET)
    import geopandas as gpd  # heavy, and needed for nothing else here

    frame = gpd.read_parquet(source.path, columns=[geo["primary_column"]])
    geometry = shapely.force_2d(np.asarray(frame.geometry.array, dtype=np.object_))
    crs = None if frame.crs is None else frame.crs.to_wkt()
    return Table(columns, rows, geometry, crs, Format.PARQUET)
