"""Whether coordinates are what they are said to be: reference system, order of the axes, datum."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from gis.arrays import F64, Bools, Texts
from gis.crs import KNOWN, Crs, readable, to_storage
from gis.datum import Datum, in_china, to_cgcs2000
from gis.errors import CoordinatesMisread
from gis.importer.county import County

_SAMPLE = 2_000  # points on which readings are compared: a share needs no more
_MISREAD_BELOW, _FITS_FROM = 0.5, 0.8  # shares of points in the county
_SURE = 4.0  # standard deviations of the sign test: chance alone passes once in 30,000 files
_RIVALS: tuple[Datum, ...] = ("cgcs2000", "gcj02", "bd09")


@dataclass(frozen=True, slots=True)
class Reading:
    """A way to read coordinates: reference system, datum, and whether the axes are exchanged first."""

    crs: Crs
    datum: Datum = "cgcs2000"
    swapped: bool = False

    def degrees(self, x: F64, y: F64) -> tuple[F64, F64]:
        """Coordinates as longitude and latitude in EPSG:4490, NaN where they cannot be read."""
        east, north = (y, x) if self.swapped else (x, y)
        good = readable(east, north, self.crs)
        lon, lat = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        lon[good], lat[good] = to_cgcs2000(*to_storage(east[good], north[good], self.crs), self.datum)
        return lon, lat


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the reading taken.

    Attributes
    ----------
    inside : share of the points that lie in the county (in China, while there is no county), None without points.
    named : number of points that name a village or grid.
    shares : for each datum, the share of those that lie in it.
    """

    inside: float | None
    named: int
    shares: dict[str, float]


def weigh(x: F64, y: F64, named: Texts, reading: Reading, county: County | None) -> Evidence:
    """Compare a reading with its rivals.

    Parameters
    ----------
    x, y : (n,) coordinates as in the file, NaN where there is none.
    named : (n,) code of the village or grid that each row names, empty where it names none.
    county : None while nothing is published; then only the order of degrees can be checked.

    Raises
    ------
    CoordinatesMisread
        If another reference system, the other order of axes, or another datum clearly fits better; it says which.
    """
    there = np.isfinite(x) & np.isfinite(y)
    x, y, named = x[there], y[there], named[there]
    if not x.size:
        return Evidence(None, 0, {})
    step = -(-x.size // _SAMPLE)
    inside = _check_reading(x[::step], y[::step], reading, county)
    mine = np.flatnonzero(named != "")
    if county is None or not mine.size:
        return Evidence(inside, int(mine.size), {})
    hits: dict[Datum, Bools] = {
        datum: county.within(county.located(*replace(reading, datum=datum).degrees(x[mine], y[mine])), named[mine])
        for datum in _RIVALS
    }
    _check_datum(hits, reading.datum)
    return Evidence(inside, int(mine.size), {datum: float(hit.mean()) for datum, hit in hits.items()})


def inside(lon: F64, lat: F64, county: County | None) -> Bools:
    """Which points lie in the county, or in China while there is no county."""
    if county is not None:
        return county.located(lon, lat) >= 0
    with np.errstate(invalid="ignore"):
        return in_china(lon, lat)


def _check_reading(x: F64, y: F64, reading: Reading, county: County | None) -> float:
    """The share of points inside; refuses if it is small and another reading brings nearly all of them in."""
    share = float(inside(*reading.degrees(x, y), county).mean())
    if share >= _MISREAD_BELOW:
        return share
    others = [replace(reading, swapped=not reading.swapped)]
    if county is not None:  # without one, any zone brings points somewhere into China
        systems = [crs for crs in KNOWN.values() if crs.srid not in {4326, reading.crs.srid}]
        others += [replace(reading, crs=crs, swapped=flip) for flip in (False, True) for crs in systems]
    shares = [float(inside(*other.degrees(x, y), county).mean()) for other in others]
    best = int(np.argmax(shares))
    if shares[best] < _FITS_FROM:
        return share
    raise _misread(reading, others[best], share, shares[best])


def _misread(said: Reading, fits: Reading, share: float, better: float) -> CoordinatesMisread:
    zh: list[str] = []
    en: list[str] = []
    if fits.crs != said.crs:
        zh.append(f"请加 --crs {fits.crs.name}")
        en.append(f"give --crs {fits.crs.name}")
    if fits.swapped and not said.swapped:
        zh.append("坐标轴顺序写反了，请加 --swap-axes（或用 --map 指定经纬度列）")
        en.append("the axes are flipped, give --swap-axes (or name the columns with --map)")
    elif said.swapped and not fits.swapped:
        zh.append("坐标轴没有写反，请去掉 --swap-axes")
        en.append("the axes are not flipped, leave --swap-axes out")
    return CoordinatesMisread(
        count=1,
        reason_zh=f"照所给读法只有 {share:.1%} 的位置在辖区内，改正后有 {better:.1%}；{'，'.join(zh)}",
        reason_en=f"read as said only {share:.1%} of the places lie inside, corrected {better:.1%}; {', '.join(en)}",
    )


def _check_datum(hits: dict[Datum, Bools], said: str) -> None:
    """Sign test over the points that only one of two datums brings into the village they name (McNemar 1947)."""
    declared = hits[cast("Datum", "cgcs2000" if said == "wgs84" else said)]
    best = max(hits, key=lambda datum: float(hits[datum].mean()))
    gained, lost = int((hits[best] & ~declared).sum()), int((declared & ~hits[best]).sum())
    if gained - lost <= _SURE * (gained + lost) ** 0.5:
        return
    share, better = float(declared.mean()), float(hits[best].mean())
    raise CoordinatesMisread(
        count=1,
        reason_zh=f"基准像 {best}，不是 {said}：按 {best} 有 {better:.1%} 的点落在所写的村里，按 {said} 只有 {share:.1%}；"
        f"请改用 --datum {best}",
        reason_en=f"the datum looks like {best}, not {said}: with {best} {better:.1%} of the points lie in the village "
        f"they name, with {said} only {share:.1%}; give --datum {best}",
    )
