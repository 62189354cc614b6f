"""The county as an import sees it: the current edition's names, basic grids and look-up index."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, I64, Bools, Geometries
from gis.codes import is_code, level_of
from gis.coverage import current_edition
from gis.crs import geodesic_m
from gis.db import Connection, load_queries
from gis.locate import Locator

_SQL = load_queries(Path(__file__).with_name("importer.sql"))
_VILLAGE = re.compile(r"(社区居民委员会|居民委员会|村民委员会|社区居委会|居委会|村委会|农村社区|社区)$")
_TOWNSHIP = re.compile(r"(街道办事处|街道|镇|乡)$")
FAR_AWAY_M = 100_000


@dataclass(frozen=True)
class County:
    """Everything that placing and naming needs.

    Attributes
    ----------
    edition : number of the current edition.
    names : code to name, all levels.
    leaves : basic grid's code to its polygon, degrees EPSG:4490.
    locator : look-up over the basic grids.
    """

    edition: int
    names: dict[str, str]
    leaves: dict[str, Any]
    locator: Locator

    @cached_property
    def villages(self) -> dict[str, list[str]]:
        """Codes of the villages by the bare name, without what kind of village it is."""
        found: dict[str, list[str]] = defaultdict(list)
        for code, name in self.names.items():
            if level_of(code) == 4:
                found[bare_village(name)].append(code)
        return dict(found)

    @cached_property
    def townships(self) -> dict[str, str]:
        """Codes of the townships by the bare name."""
        return {bare_township(name): code for code, name in self.names.items() if level_of(code) == 3}

    @cached_property
    def _outlines(self) -> Geometries:
        outlines = np.empty(len(self.leaves), dtype=np.object_)
        outlines[:] = [self.leaves[code] for code in self.locator.codes.tolist()]
        return outlines

    @cached_property
    def _even(self) -> tuple[Geometries, float]:
        """The outlines in degrees whose longitudes are as long as their latitudes in the middle, and the factor."""
        south, north = shapely.total_bounds(self._outlines)[1::2]
        factor = float(np.cos(np.radians((south + north) / 2)))
        return shapely.transform(self._outlines, lambda xy: xy * (factor, 1.0)), factor

    def distance_m(self, lon: F64, lat: F64, code: str = "") -> F64:
        """Geodesic metres from points in degrees to about the nearest point of the grid ``code``, of any level, or of all.

        0 inside. Farther away than `FAR_AWAY_M` to the extent of all.
        """
        mine = np.strings.startswith(self.locator.codes, code)
        west, south, east, north = shapely.total_bounds(self._outlines)
        found = geodesic_m(lon, lat, np.clip(lon, west, east), np.clip(lat, south, north))
        near = np.flatnonzero(found < FAR_AWAY_M)
        even, factor = self._even
        points: Any = shapely.points(lon[near] * factor, lat[near])
        outlines = even[mine]
        which, nearest = shapely.STRtree(outlines).query_nearest(points, all_matches=False)
        ends = shapely.get_coordinates(shapely.shortest_line(points[which], outlines[nearest]))[1::2]
        rows = near[which]
        found[rows] = geodesic_m(lon[rows], lat[rows], ends[:, 0] / factor, ends[:, 1])
        found[rows[shapely.covers(outlines[nearest], points[which])]] = 0.0
        return found

    def has(self, code: str) -> bool:
        """Whether the current edition has this grid."""
        return code in self.names

    def located(self, lon: F64, lat: F64) -> I64:
        """Index of each point's basic grid in ``locator.codes``, −1 outside and where a coordinate is NaN."""
        known = np.isfinite(lon) & np.isfinite(lat)
        found = np.full(lon.shape, -1, dtype=np.int64)
        found[known] = self.locator.locate(lon[known], lat[known])
        return found

    def within(self, index: I64, named: Any) -> Bools:
        """Whether the grids of ``index`` lie in the grids ``named`` (n,): true by prefix, false for an empty name."""
        codes = np.append(self.locator.codes, "")[index]
        return np.strings.startswith(codes, named) & (named != "") & (index >= 0)


def load_county(connection: Connection) -> County | None:
    """The current edition; None while nothing is published.

    Whoever writes afterwards holds the publishing lock from before, so that no other edition becomes current.
    """
    number = current_edition(connection)
    return None if number is None else load_edition(connection, number)


def load_edition(connection: Connection, number: int) -> County:
    """A published edition, which must exist."""
    rows = connection.execute(_SQL["leaves"], [number], binary=True).fetchall()
    outlines = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=np.object_))
    leaves: dict[str, Any] = dict(zip([row[0] for row in rows], outlines, strict=True))
    names: dict[str, str] = dict(connection.execute(_SQL["names"], [number]).fetchall())
    return County(number, names, leaves, Locator(list(leaves), list(leaves.values())))


def bare_village(name: str) -> str:
    """A village's name without what kind it is: 柏子村村民委员会, 柏子村村委会 and 柏子 are one."""
    bare = _VILLAGE.sub("", name.strip())
    return bare.removesuffix("村") or bare


def bare_township(name: str) -> str:
    """A township's name without what kind it is."""
    return _TOWNSHIP.sub("", name.strip())


@dataclass(frozen=True, slots=True)
class Named:
    """What a text says of where a record lies: a grid's code, or else why not."""

    code: str = ""
    rule: str = ""


def resolve(county: County, village: str, township: str, grid: str) -> Named:
    """The grid that a record names: by its grid code, else by its village's code or name (and township)."""
    for said in (grid, village):
        if is_code(said):
            return Named(said) if county.has(said) else Named(rule="unknown-village")
    if not village:
        return Named()
    found: Iterable[str] = county.villages.get(bare_village(village), [])
    above = county.townships.get(bare_township(township), "")
    candidates = [code for code in found if code.startswith(above)]
    if len(candidates) == 1:
        return Named(candidates[0])
    return Named(rule="ambiguous-village" if candidates else "unknown-village")
