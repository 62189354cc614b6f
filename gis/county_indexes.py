"""One index per county in a folder: each point is brought to its county first, exactly, and looked up there.

A single raster for a nation would be far too large, and no point needs more than the index of its own county, which also
holds the grids of other counties that touch it: so the neighbour behind a border is known there too.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, I32, I64, Geometries
from gis.errors import FileUnreadable, InvalidInput
from gis.index_file import Manifest, SavedIndex, open_index, save_index
from gis.locate import Locator

_MANIFEST, _STARTS, _COUNTIES = "manifest.json", "route_starts.npy", "route_counties.npy"
_CELL_DEG = 0.02
_MOST_CELLS = 4096  # on a side of the raster of routes
OPEN_AT_ONCE = 256
"""Indexes a process keeps open; they are mapped, so what they cost is addresses more than memory."""


def save_county_indexes(
    folder: Path, manifest: Manifest, names: Mapping[str, str], codes: Sequence[str], shapes: Geometries
) -> list[str]:
    """Write the index of each county of an edition, and the raster that routes points to them; returns the counties.

    Parameters
    ----------
    manifest : of the whole edition.
    codes, shapes : (N,) basic grids and their polygons, degrees EPSG:4490.

    Raises
    ------
    InvalidInput
        If something stands under that name already.
    """
    if folder.exists():
        raise InvalidInput(field=folder.name, reason_zh="已经存在，请换一个名称", reason_en="exists already")
    unfinished = folder.with_name(f"{folder.name}.new")
    unfinished.mkdir(exist_ok=True)
    county = np.array([code[:6] for code in codes])
    found = sorted(set(county.tolist()))
    files: list[dict[str, object]] = []
    tree = shapely.STRtree(shapes)
    for code in found:
        mine = np.flatnonzero(county == code)
        held = np.union1d(mine, tree.query(shapes[mine], predicate="intersects")[1])
        locator = Locator([codes[int(place)] for place in held], shapes[held])
        about = Manifest(
            manifest.edition, manifest.valid_from, manifest.title, manifest.synthetic, (code,), int(mine.size)
        )
        own = {grid: name for grid, name in names.items() if grid[:6] == code}
        checksum = save_index(unfinished / f"{code}.index", about, own, locator)
        files.append({"county": code, "grids": int(mine.size), "checksum": checksum})
    raster = _save_routes(unfinished, shapes, np.searchsorted(found, county))
    text = json.dumps({**manifest.as_meta(), "files": files, "raster": raster}, ensure_ascii=False, indent=1)
    (unfinished / _MANIFEST).write_text(text, encoding="utf-8")
    unfinished.replace(folder)
    return found


def _save_routes(folder: Path, shapes: Geometries, county: I64) -> dict[str, float]:
    """For each cell of a raster the counties that a point in it may belong to: those with a grid whose box meets it."""
    boxes = shapely.bounds(shapes)
    west, south, east, north = *boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)
    width = max(_CELL_DEG, (east - west) / _MOST_CELLS, (north - south) / _MOST_CELLS)
    columns = int((east - west) / width) + 1
    rows = int((north - south) / width) + 1
    raster = {"west": float(west), "south": float(south), "width": float(width), "columns": columns, "rows": rows}
    first = _cell_of(boxes[:, 0], boxes[:, 1], raster)
    last = _cell_of(boxes[:, 2], boxes[:, 3], raster)
    pairs: list[I64] = []
    for (low_row, low_column), (high_row, high_column), owner in zip(
        np.transpose(np.divmod(first, columns)), np.transpose(np.divmod(last, columns)), county.tolist(), strict=True
    ):
        row, column = np.mgrid[low_row : high_row + 1, low_column : high_column + 1]
        pairs.append(np.unique((row * columns + column).ravel() * 10_000 + owner))
    every = np.unique(np.concatenate(pairs))
    np.save(folder / _STARTS, np.searchsorted(every, np.arange(rows * columns + 1) * 10_000).astype(np.int64))
    np.save(folder / _COUNTIES, (every % 10_000).astype(np.int16))
    return raster


def _cell_of(lon: F64, lat: F64, raster: Mapping[str, float]) -> I64:
    """The cell of each point, −1 beyond the raster. Every step rounds monotonely, so no box misses a point in it."""
    column = np.floor((lon - raster["west"]) / raster["width"])
    row = np.floor((lat - raster["south"]) / raster["width"])
    inside = (column >= 0) & (column < raster["columns"]) & (row >= 0) & (row < raster["rows"])
    return np.where(inside, row * raster["columns"] + column, -1).astype(np.int64)


class CountyIndexes:
    """The opened folder. Indexes are mapped when they are first needed, and the longest unused are closed.

    Attributes
    ----------
    manifest : what the folder says of itself.
    counties : (C,) codes, ascending.
    """

    def __init__(self, folder: Path) -> None:
        """Open a folder that `save_county_indexes` wrote.

        Raises
        ------
        FileUnreadable
            If it is none.
        """
        try:
            self.manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            self.counties: list[str] = [file["county"] for file in self.manifest["files"]]
            self._raster: dict[str, float] = self.manifest["raster"]
            self._starts: I64 = np.load(folder / _STARTS, mmap_mode="r")
            self._listed = np.load(folder / _COUNTIES, mmap_mode="r")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileUnreadable(
                path=folder,
                reason_zh="不是分县索引（由 wangge export index --by-county 生成）",
                reason_en="it is no folder of indexes (wangge export index --by-county)",
            ) from error
        self._folder = folder
        self._open: OrderedDict[int, SavedIndex] = OrderedDict()

    def index(self, county: int) -> SavedIndex:
        """The index of a county by its place in `counties`."""
        if county in self._open:
            self._open.move_to_end(county)
            return self._open[county]
        if len(self._open) >= OPEN_AT_ONCE:
            self._open.popitem(last=False)
        self._open[county] = open_index(self._folder / f"{self.counties[county]}.index")
        return self._open[county]

    def near(self, lon: F64, lat: F64) -> I32:
        """The first county that comes into question for each point, −1 where none does; opens no index.

        Parameters as for `route`, which decides; this is to bring rows together that need the same index.
        """
        cell = _cell_of(lon, lat, self._raster)
        found = np.full(lon.size, -1, dtype=np.int32)
        known = np.flatnonzero(cell >= 0)
        place = self._starts[cell[known]]
        listed = self._starts[cell[known] + 1] > place
        found[known[listed]] = self._listed[place[listed]]
        return found

    def route(self, lon: F64, lat: F64) -> I32:
        """The county to look each point up in: the lowest that has it, −1 where none has.

        Where only one county comes into question it is named without a look, so a point beyond its border is routed to
        it as well; wherever two do, the exact look-up decides. The lowest county that has a point has its lowest code.

        Parameters
        ----------
        lon, lat : (n,) degrees EPSG:4490; NaN is nowhere.
        """
        cell = _cell_of(lon, lat, self._raster)
        known = np.flatnonzero(cell >= 0)
        place, end = self._starts[cell[known]], self._starts[cell[known] + 1]
        found = np.full(lon.size, -1, dtype=np.int32)
        alone = end - place == 1
        found[known[alone]] = self._listed[place[alone]]
        several = end - place > 1
        point, place, end = known[several], place[several], end[several]
        while point.size:  # one candidate of every open point a round, ascending
            candidate = np.asarray(self._listed[place], dtype=np.int32)
            hit = self._has(candidate, lon[point], lat[point])
            found[point[hit]] = candidate[hit]
            place = place + 1
            going = ~hit & (place < end)
            point, place, end = point[going], place[going], end[going]
        return found

    def _has(self, county: I32, lon: F64, lat: F64) -> Any:
        hit = np.zeros(county.size, dtype=np.bool_)
        for one in np.unique(county).tolist():
            mine = np.flatnonzero(county == one)
            locator = self.index(one).locator
            first, beyond = np.searchsorted(locator.codes, [self.counties[one], f"{self.counties[one]}:"])
            grid = locator.locate(lon[mine], lat[mine])
            hit[mine] = (grid >= first) & (grid < beyond)
        return hit
