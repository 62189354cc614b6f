"""An edition's look-up index as one file, for whoever looks points up without the database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.coverage import Coverage
from gis.errors import FileUnreadable
from gis.locate import Locator

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index file says of itself.

    Attributes
    ----------
    edition, valid_from, title, synthetic : as of the edition it was made from.
    counties : codes of the counties in it, ascending.
    grids : number of basic grids.
    """

    edition: int
    valid_from: date
    title: str
    synthetic: bool
    counties: tuple[str, ...]
    grids: int

    def as_meta(self) -> dict[str, Any]:
        """The same as plain JSON values, with the number of the format."""
        return {
            "format": FORMAT,
            "edition": self.edition,
            "valid_from": self.valid_from.isoformat(),
            "title": self.title,
            "synthetic": self.synthetic,
            "counties": list(self.counties),
            "grids": self.grids,
        }


@dataclass(frozen=True, slots=True)
class SavedIndex:
    """An opened index file: the look-up, the names of all its grids by code, and what it is.

    Attributes
    ----------
    checksum : SHA-256 of the file: the same index has the same everywhere.
    """

    manifest: Manifest
    names: Mapping[str, str]
    locator: Locator
    checksum: str


def manifest_of(coverage: Coverage) -> Manifest:
    """What an index of an edition in memory says of itself."""
    edition, codes = coverage.edition, coverage.locator.codes
    counties = tuple(sorted({str(code)[:6] for code in codes}))
    return Manifest(edition.number, edition.valid_from, edition.title, edition.synthetic, counties, codes.size)


def save_index(path: Path, manifest: Manifest, names: Mapping[str, str], locator: Locator) -> str:
    """Write an index; it appears under its name when it is whole. Returns its checksum."""
    meta = {**manifest.as_meta(), "names": dict(names)}
    unfinished = path.with_name(f"{path.name}.new")
    _save(locator, unfinished, meta)
    unfinished.replace(path)
    return _checksum(path)


def open_index(path: Path) -> SavedIndex:
    """Open an index; its arrays are mapped, so processes that open the same file share its memory.

    Raises
    ------
    FileUnreadable
        If it is not there, or no index of a known format.
    """
    try:
        locator, meta = _open(path)
        if meta["format"] != FORMAT:
            raise FileUnreadable(
                path=path,
                reason_zh=f"索引格式 {meta['format']} 未知，请重新导出",
                reason_en=f"format {meta['format']} of an index is not known; export it again",
            )
        manifest = Manifest(
            meta["edition"],
            date.fromisoformat(meta["valid_from"]),
            meta["title"],
            meta["synthetic"],
            tuple(meta["counties"]),
            meta["grids"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileUnreadable(
            path=path, reason_zh="不是网格索引（由 wangge export index 生成）", reason_en="it is no index of grids"
        ) from error
    return SavedIndex(manifest, meta["names"], locator, _checksum(path))


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _save(locator: Locator, path: Path, meta: Mapping[str, Any]) -> None:
    edges: Any = locator._edges  # noqa: SLF001
    arrays = {name: getattr(edges, name) for name in ("owner", "ax", "ay", "bx", "by")}
    text = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, codes=locator.codes, meta=text, **arrays)


def _open(path: Path) -> tuple[Locator, dict[str, Any]]:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    start = np.column_stack([arrays["ax"], arrays["ay"]])
    new_ring = np.flatnonzero(
        np.append(True, (start[1:] != np.column_stack([arrays["bx"], arrays["by"]])[:-1]).any(axis=1))
    )
    rings = [shapely.LinearRing(points) for points in np.split(start, new_ring[1:])]
    owner = arrays["owner"][new_ring]
    shapes = [shapely.build_area(shapely.multilinestrings(_of(rings, owner == grid))) for grid in np.unique(owner)]
    return Locator(arrays["codes"].tolist(), shapes), json.loads(arrays["meta"].tobytes())


def _of(rings: Sequence[Any], which: Any) -> list[Any]:
    return [rings[i] for i in np.flatnonzero(which)]
