"""Which household stands where a row of a list says: the only one within some metres."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from gis.arrays import F64
from gis.crs import geocentric
from gis.importer.findings import Finding
from gis.importer.places import Placed

NEAR_M = 10.0
"""Metres within which a household is taken for the one meant: what a telephone is off in the open; homes are mostly
farther apart."""


@dataclass(frozen=True)
class Spots:
    """(n,) places of households, degrees EPSG:4490, and where the rows of a list lie (None: it tells no places)."""

    lon: F64
    lat: F64
    placed: Placed | None

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(geocentric(self.lon, self.lat))

    @cached_property
    def _told(self) -> dict[int, Finding]:
        """What is wrong with a row's place."""
        errors = [one for one in self.placed.findings if one.severity == "error"] if self.placed else []
        return {one.position: one for one in errors if one.position is not None}

    def given(self, row: int) -> bool:
        """Whether a row says where it lies, be it wrong."""
        wrong = self._told.get(row)
        return self._at(row) is not None or (wrong is not None and wrong.rule != "no-place")

    def near(self, row: int) -> list[int]:
        """Places of the households within `NEAR_M` of a row, ascending; empty for a row without a place."""
        at = self._at(row)
        return [] if at is None else sorted(self._tree.query_ball_point(at, NEAR_M))

    def finding(self, row: int, fitting: int) -> Finding:
        """Why a row's place leads to no household: it is wrong itself, nobody that fits lives near, or several do."""
        at = self._at(row)
        if at is None or self.placed is None:
            return self._told.get(row) or Finding("nobody", row)
        shape = self.placed.geometry[row]
        if fitting:
            return Finding("several-near", row, values={"count": fitting, "near": NEAR_M}, geometry=shape)
        away = float(self._tree.query(at)[0]) if self.lon.size else np.inf
        return Finding("nobody-near", row, values={"near": NEAR_M}, size=away, geometry=shape)

    def _at(self, row: int) -> F64 | None:
        """Where a row lies, as `geocentric`; None for a row without a place, or with a wrong one."""
        if self.placed is None or row in self._told or not np.isfinite(self.placed.lon[row]):
            return None
        return geocentric(self.placed.lon[row : row + 1], self.placed.lat[row : row + 1])[0]
