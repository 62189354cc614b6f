"""Where the rows lie: geometries from shapes, columns or WKT, brought to EPSG:4490, with what is wrong by row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gis.arrays import F64, Bools, Geometries, Texts
from gis.crs import KNOWN, STORAGE, Crs, parse_crs
from gis.errors import InvalidCrs
from gis.importer.county import County, Named
from gis.importer.evidence import Evidence, Reading, inside, weigh
from gis.importer.fields import Kind
from gis.importer.findings import Finding
from gis.importer.mapping import Mapped
from gis.importer.values import number

FAR_M = 500.0
"""Metres outside the village it names from which a point is taken for wrong: beyond the shift of any Chinese map
(342–377 m) and what a pin set by hand is off at a border."""

_SRID = re.compile(r"^\s*SRID\s*=\s*[0-9]+\s*;", re.IGNORECASE)
_POINTS = (int(shapely.GeometryType.POINT),)
_LINES = (int(shapely.GeometryType.LINESTRING), int(shapely.GeometryType.MULTILINESTRING))
_AREAS = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))


@dataclass(frozen=True)
class Placed:
    """Rows with their places.

    Attributes
    ----------
    geometry : (n,) degrees EPSG:4490, None for rows without a usable place.
    lon, lat : (n,) degrees of the point, or of a point in the polygon; NaN where there is none.
    reading, evidence : how the coordinates were read, and what speaks for it.
    """

    geometry: Geometries
    lon: F64
    lat: F64
    reading: Reading
    evidence: Evidence
    findings: list[Finding]


def reference_system(given: str | None, stated: str | None) -> Crs:
    """The reference system of a file: as given, else as the file states, else EPSG:4490.

    Raises
    ------
    InvalidCrs
        If it is not one of those that are understood.
    """
    if given:
        return parse_crs(given)
    if not stated:
        return STORAGE
    try:
        crs = pyproj.CRS.from_user_input(stated)
    except CRSError as error:
        raise InvalidCrs(value=stated[:80], known=", ".join(KNOWN)) from error
    authority = crs.to_authority(min_confidence=25)
    return parse_crs(":".join(authority) if authority else crs.name)


_WANTED = {Kind.GRIDS: (_AREAS, "面", "a polygon"), Kind.BARRIERS: (_LINES, "线", "a line")}


def place(mapped: Mapped, named: Sequence[Named], reading: Reading, county: County | None) -> Placed:
    """Place every row.

    Parameters
    ----------
    named : (n,) which grid each row names.
    county : None while nothing is published.

    Raises
    ------
    CoordinatesMisread
        If the coordinates as a whole are clearly not what they are said to be.
    """
    given, findings = _given(mapped)
    findings += _drop_wrong(given, mapped.kind, {finding.position for finding in findings})
    x, y = _points(given)
    codes = np.array([name.code for name in named], dtype="U20")
    evidence = weigh(x, y, codes, reading, county)
    geometry = _converted(given, reading)
    lon, lat = reading.degrees(x, y)
    findings += _misplaced(x, y, reading, county, geometry)
    lon[shapely.is_missing(geometry)] = np.nan
    lat[shapely.is_missing(geometry)] = np.nan
    if county is not None and mapped.kind not in _WANTED:
        findings += _outside(lon, lat, geometry, county) + _elsewhere(lon, lat, geometry, codes, county)
    return Placed(geometry, lon, lat, reading, evidence, findings)


def _given(mapped: Mapped) -> tuple[Geometries, list[Finding]]:
    """Geometries in the file's own coordinates."""
    if mapped.has("wkt"):
        return _from_wkt(mapped)
    if mapped.has("lon") and mapped.has("lat"):
        return _from_columns(mapped)
    shapes = mapped.table.geometry
    given = np.full(len(mapped.table), None, dtype=np.object_) if shapes is None else np.array(shapes)
    return given, []


def _from_wkt(mapped: Mapped) -> tuple[Geometries, list[Finding]]:
    texts = [_SRID.sub("", text) for text in mapped.texts("wkt")]
    values = np.array([text or None for text in texts], dtype=np.object_)
    given = shapely.force_2d(shapely.from_wkt(values, on_invalid="ignore"))
    bad = np.flatnonzero(shapely.is_missing(given) & (values != None)).tolist()  # noqa: E711 (elementwise on an array)
    column = mapped.columns["wkt"]
    return given, [Finding("bad-wkt", i, values={"column": column}) for i in bad]


def _from_columns(mapped: Mapped) -> tuple[Geometries, list[Finding]]:
    findings: list[Finding] = []
    axes: list[F64] = []
    for field in ("lon", "lat"):
        texts = mapped.texts(field)
        found = [number(text) for text in texts]
        axes.append(np.array([np.nan if value is None else value for value in found], dtype=np.float64))
        findings += [
            Finding("bad-number", i, values={"column": mapped.columns[field], "value": text[:40]})
            for i, (text, value) in enumerate(zip(texts, found, strict=True))
            if text and value is None
        ]
    given = np.array(shapely.points(np.column_stack(axes)), dtype=np.object_)
    return given, findings


def _drop_wrong(given: Geometries, kind: Kind, told: set[int | None]) -> list[Finding]:
    """Take out what is missing, empty, infinite or of the wrong type; a multipoint of one point is a point."""
    wanted, zh, en = _WANTED.get(kind, (_POINTS, "点", "a point"))
    single = (shapely.get_type_id(given) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(given) == 1)
    given[single] = shapely.get_geometry(given[single], 0)
    nowhere = ~np.isfinite(shapely.bounds(given)).all(axis=1)
    wrong = ~nowhere & ~np.isin(shapely.get_type_id(given), wanted)
    findings = [Finding("no-place", i) for i in np.flatnonzero(nowhere).tolist() if i not in told]
    findings += [
        Finding("wrong-geometry", i, values={"found": given[i].geom_type, "wanted_zh": zh, "wanted_en": en})
        for i in np.flatnonzero(wrong).tolist()
    ]
    given[nowhere | wrong] = None
    return findings


def _points(given: Geometries) -> tuple[F64, F64]:
    """One point of each geometry in the file's coordinates, NaN where there is none."""
    solid = ~shapely.is_missing(given) & shapely.is_valid(given)
    points = np.full(given.shape, None, dtype=np.object_)
    points[solid] = shapely.point_on_surface(given[solid])
    broken = ~shapely.is_missing(given) & ~solid
    points[broken] = shapely.centroid(given[broken])
    return shapely.get_x(points), shapely.get_y(points)


def _converted(given: Geometries, reading: Reading) -> Geometries:
    """Geometries in EPSG:4490, None where a vertex cannot be read.

    A vertex is converted by its own coordinates alone, so borders that are shared stay shared.
    """

    def convert(xy: F64) -> F64:
        return np.column_stack(reading.degrees(xy[:, 0], xy[:, 1]))

    converted: Geometries = shapely.transform(given, convert)
    coordinates, owner = shapely.get_coordinates(converted, return_index=True)
    converted[owner[np.isnan(coordinates).any(axis=1)]] = None
    return converted


def _misplaced(x: F64, y: F64, reading: Reading, county: County | None, geometry: Geometries) -> list[Finding]:
    """Rows that are no places in the system, or become places of the county when their axes are exchanged."""
    lon, lat = reading.degrees(x, y)
    there = np.isfinite(x) & np.isfinite(y)
    wrong = there & ~inside(lon, lat, county)
    unread = there & shapely.is_missing(geometry)
    flipped = np.zeros(x.shape, dtype=np.bool_)
    if wrong.any():
        other = replace(reading, swapped=not reading.swapped)
        flipped[wrong] = inside(*other.degrees(x[wrong], y[wrong]), county)
    bad = flipped | unread
    findings = [
        Finding(
            "axes-flipped" if flipped[i] else "bad-coordinates",
            i,
            values={"x": float(x[i]), "y": float(y[i]), "crs": reading.crs.name},
        )
        for i in np.flatnonzero(bad).tolist()
    ]
    geometry[bad] = None
    return findings


def _outside(lon: F64, lat: F64, geometry: Geometries, county: County) -> list[Finding]:
    there = np.isfinite(lon)
    return _distant(there & (county.located(lon, lat) < 0), lon, lat, geometry, county)


def _distant(rows: Bools, lon: F64, lat: F64, geometry: Geometries, county: County) -> list[Finding]:
    positions = np.flatnonzero(rows)
    if not positions.size:
        return []
    distance = county.distance_m(lon[positions], lat[positions])
    return [
        Finding("outside", i, size=float(d), geometry=geometry[i])
        for i, d in zip(positions.tolist(), distance.tolist(), strict=True)
    ]


def _elsewhere(lon: F64, lat: F64, geometry: Geometries, named: Texts, county: County) -> list[Finding]:
    """Points of the county that do not lie in the grid they name."""
    index = county.located(lon, lat)
    off = (index >= 0) & (named != "") & ~county.within(index, named)
    findings: list[Finding] = []
    for code in np.unique(named[off]).tolist():
        rows = np.flatnonzero(off & (named == code))
        for i, d in zip(rows.tolist(), county.distance_m(lon[rows], lat[rows], code).tolist(), strict=True):
            values: dict[str, Any] = {"name": county.names[code]}
            rule = "far-from-village" if d > FAR_M else "near-village"
            findings.append(Finding(rule, i, (code,), values, float(d), geometry[i]))
    return findings
