"""Coordinate reference systems: which ones are understood, and the way into and out of storage.

Storage is EPSG:4490 (CGCS2000). In Python, as in PostGIS, GeoJSON and MVT, **x is always longitude or
easting and comes first**; the official axis order of a system (`Crs.north_first`: latitude first for
EPSG:4490 and 4326, north first for the Gauss–Krüger zones) matters only where a standard asks for it.

WGS 84 and CGCS2000 coordinates are taken as equal: the two frames agree within centimetres at the epoch
of CGCS2000, EPSG holds no better transformation, and PROJ's and PostGIS's own answer is the same.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from pyproj import CRS, Geod, Transformer

from gis.arrays import F64, Bools, Numbers, coordinates, lonlat, refuse
from gis.errors import InvalidCrs, InvalidInput

ELLIPSOID = Geod(a=6_378_137.0, rf=298.257_222_101)
"""The ellipsoid of CGCS2000 (GB 22021), the same as GRS 80."""

_MERCATOR_EDGE = 20_037_508.342_789_25  # π · 6378137 m, the edge of EPSG:3857
_ZONE_REACH = 3.0  # degrees from its central meridian at which a 3° zone is still used: twice its half width
_FIRST_PREFIXED, _FIRST_PLAIN, _FIRST_ZONE, _LAST_ZONE = 4513, 4534, 25, 45

_FORMS = re.compile(
    r"(?:https?://www\.opengis\.net/def/crs/(?P<uri>EPSG|OGC)/[0-9.]+/|urn:ogc:def:crs:(?P<urn>EPSG|OGC):[0-9.]*:"
    r"|(?P<short>EPSG|OGC):)?(?P<code>[0-9]{4,5}|CRS84)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Crs:
    """One known system.

    Attributes
    ----------
    name
        ``EPSG:4490``, ``OGC:CRS84`` …
    srid
        Number for PostGIS, whose axis order is always x, y: 4326 for CRS84.
    kind
        ``geographic`` (degrees), ``zone`` (Gauss–Krüger, metres) or ``mercator`` (EPSG:3857).
    north_first
        The *official* axis order: true if latitude or northing is the first coordinate.
    central_meridian
        Degrees east of a zone, else ``None``.
    """

    name: str
    srid: int
    kind: Literal["geographic", "zone", "mercator"]
    north_first: bool
    central_meridian: int | None = None

    @property
    def uri(self) -> str:
        """The address by which the OGC API standards name the system."""
        authority, code = self.name.split(":")
        version = "1.3" if authority == "OGC" else "0"
        return f"http://www.opengis.net/def/crs/{authority}/{version}/{code}"


def _known() -> dict[str, Crs]:
    systems = [
        Crs("EPSG:4490", 4490, "geographic", north_first=True),
        Crs("EPSG:4326", 4326, "geographic", north_first=True),
        Crs("OGC:CRS84", 4326, "geographic", north_first=False),
        Crs("EPSG:3857", 3857, "mercator", north_first=False),
    ]
    for zone in range(_FIRST_ZONE, _LAST_ZONE + 1):
        for first in (_FIRST_PREFIXED, _FIRST_PLAIN):
            srid = first + zone - _FIRST_ZONE
            systems.append(Crs(f"EPSG:{srid}", srid, "zone", north_first=True, central_meridian=3 * zone))
    return {crs.name: crs for crs in systems}


KNOWN = _known()
"""Every system by name: 4490, 4326, CRS84, 3857, the zones 4513–4533 (zone number before the easting) and
4534–4554 (by central meridian)."""

STORAGE = KNOWN["EPSG:4490"]


def parse_crs(value: str | int | Crs) -> Crs:
    """The system that a text or number names.

    Understood are ``4490``, ``EPSG:4490``, ``CRS84``, ``OGC:CRS84``, the OGC addresses
    (``http://www.opengis.net/def/crs/EPSG/0/4490``), URNs (``urn:ogc:def:crs:EPSG::4490``) and, as in the
    OGC API parameters ``crs`` and ``bbox-crs``, a name in square brackets.

    Raises
    ------
    InvalidCrs
        If the form is not understood or the system is not one of `KNOWN`.
    """
    if isinstance(value, Crs):
        return value
    text = str(value).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    match = _FORMS.fullmatch(text)
    if match is not None:
        code = match["code"].upper()
        authority = match["uri"] or match["urn"] or match["short"] or ("OGC" if code == "CRS84" else "EPSG")
        crs = KNOWN.get(f"{authority.upper()}:{code}")
        if crs is not None:
            return crs
    raise InvalidCrs(value=value, known="EPSG:4490, 4326, 3857, 4513–4554, OGC:CRS84")


def to_storage(x: Numbers, y: Numbers, crs: str | int | Crs = STORAGE) -> tuple[F64, F64]:
    """Coordinates of ``crs`` as longitude and latitude in EPSG:4490.

    Parameters
    ----------
    x, y
        Longitude / easting and latitude / northing (never the official order), any one shape.
    crs
        As for `parse_crs`.

    Returns
    -------
    lon, lat
        float64 degrees of the same shape.

    Raises
    ------
    InvalidCrs
        See `parse_crs`.
    InvalidInput
        For NaN and infinity, degrees beyond ±180 / ±90, metres beyond the edge of EPSG:3857, and metres
        that lie more than 3° from the central meridian of a zone: those were written in another zone,
        or with their axes flipped.
    """
    system = parse_crs(crs)
    if system.kind == "geographic":
        return lonlat(x, y)
    east, north = coordinates(x, y)
    if system.kind == "mercator":
        for name, values in (("x", east), ("y", north)):
            refuse(name, values, np.abs(values) > _MERCATOR_EDGE, "超出 EPSG:3857 的范围", "is beyond EPSG:3857")
    lon, lat = _transformer(system.srid).transform(east, north)
    degrees = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    _check_reach(system, east, *degrees)
    return degrees


def readable(x: Numbers, y: Numbers, crs: str | int | Crs = STORAGE) -> Bools:
    """Which coordinates `to_storage` would take, for whoever reports the others one by one.

    Parameters as for `to_storage`, but NaN and infinity are allowed. Returns booleans of the same shape.

    Raises
    ------
    InvalidCrs
        See `parse_crs`.
    """
    system = parse_crs(crs)
    east, north = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    if system.kind == "geographic":
        return (np.abs(east) <= 180) & (np.abs(north) <= 90)
    if system.central_meridian is None:
        return (np.abs(east) <= _MERCATOR_EDGE) & (np.abs(north) <= _MERCATOR_EDGE)
    lon, lat = _transformer(system.srid).transform(east, north)
    with np.errstate(invalid="ignore"):
        near = np.abs(np.asarray(lon) - system.central_meridian) <= _ZONE_REACH
    return near & np.isfinite(np.asarray(lat)) & np.isfinite(east) & np.isfinite(north)


def from_storage(lon: Numbers, lat: Numbers, crs: str | int | Crs) -> tuple[F64, F64]:
    """Longitude and latitude in EPSG:4490 as coordinates of ``crs``; the inverse of `to_storage`.

    Returns
    -------
    x, y
        float64 longitude / easting and latitude / northing (never the official order), degrees or metres.

    Raises
    ------
    InvalidCrs, InvalidInput
        As for `to_storage`; also latitudes that EPSG:3857 does not reach (beyond ±85.06°).
    """
    system = parse_crs(crs)
    lons, lats = lonlat(lon, lat)
    if system.kind == "geographic":
        return lons, lats
    _check_reach(system, lons, lons, lats)
    if system.kind == "mercator":
        refuse("lat", lats, np.abs(lats) > 85.06, "超出 EPSG:3857 的范围", "is beyond EPSG:3857")
    x, y = _transformer(system.srid).transform(lons, lats, direction="INVERSE")
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def metric_crs(lon: float, *, zone_prefix: bool = False) -> Crs:
    """The 3° Gauss–Krüger zone around a longitude (GB/T 17278): metres for areas, distances and partitions.

    Parameters
    ----------
    lon
        Degrees east; a line between two zones belongs to the eastern one.
    zone_prefix
        Whether eastings carry the zone's number (EPSG:4513–4533) or not (EPSG:4534–4554).

    Raises
    ------
    InvalidInput
        Outside 73.5–136.5° E, where CGCS2000 has no zone.
    """
    zone = int(np.floor(lon / 3 + 0.5)) if np.isfinite(lon) else 0
    if not _FIRST_ZONE <= zone <= _LAST_ZONE:
        raise InvalidInput(
            field="lon",
            reason_zh=f"{lon}° 不在 CGCS2000 三度带范围（73.5–136.5° E）内",
            reason_en=f"{lon}° is outside the 3° zones of CGCS2000 (73.5–136.5° E)",
        )
    return KNOWN[f"EPSG:{(_FIRST_PREFIXED if zone_prefix else _FIRST_PLAIN) + zone - _FIRST_ZONE}"]


def geodesic_m(lon1: Numbers, lat1: Numbers, lon2: Numbers, lat2: Numbers) -> F64:
    """Lengths in metres of the geodesics between points in degrees (Karney 2013, on the CGCS2000 ellipsoid).

    Raises
    ------
    InvalidInput
        For NaN, infinity and degrees beyond ±180 / ±90.
    """
    start, end = lonlat(lon1, lat1), lonlat(lon2, lat2)
    lons1, lats1, lons2, lats2 = np.broadcast_arrays(*start, *end)
    return np.asarray(ELLIPSOID.inv(lons1, lats1, lons2, lats2)[2], dtype=np.float64)


def geocentric(lon: Numbers, lat: Numbers) -> F64:
    """Points in degrees as metres from the earth's centre: (…, 3), to 0° E, 90° E and the north pole.

    Raises
    ------
    InvalidInput
        As for `geodesic_m`.
    """
    lons, lats = (np.radians(values) for values in lonlat(lon, lat))
    prime_m = ELLIPSOID.a / np.sqrt(1 - ELLIPSOID.es * np.sin(lats) ** 2)
    axis_m = prime_m * np.cos(lats)
    height_m = prime_m * (1 - ELLIPSOID.es) * np.sin(lats)
    return np.stack([axis_m * np.cos(lons), axis_m * np.sin(lons), height_m], axis=-1)


@cache
def _transformer(srid: int) -> Transformer:
    """From ``srid`` to storage, x first on both sides; cached, since making one costs milliseconds."""
    return Transformer.from_crs(CRS.from_epsg(srid), CRS.from_epsg(STORAGE.srid), always_xy=True)


def _check_reach(system: Crs, given: F64, lon: F64, lat: F64) -> None:
    """Refuse what a zone does not reach; the projection itself answers far-off metres with nonsense."""
    if system.central_meridian is None:
        return
    with np.errstate(invalid="ignore"):  # PROJ answers what it cannot convert with infinity
        far = ~(np.abs(lon - system.central_meridian) <= _ZONE_REACH) | ~np.isfinite(lat)
    refuse(
        "x",
        given,
        far,
        f"不在 {system.name}（中央经线 {system.central_meridian}°）三度带附近，请检查带号和坐标轴顺序",
        f"is not near the zone of {system.name} (central meridian {system.central_meridian}°): "
        "check the zone and the order of the axes",
    )
