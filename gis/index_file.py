"""An edition's look-up index as one file, for whoever looks points up without the database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gis.coverage import Coverage
from gis.errors import FileUnreadable, InvalidInput
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
    """An opened index file: the look-up, the names of all its grids by code, and what it says of itself."""

    path: Path
    manifest: Manifest
    names: Mapping[str, str]
    locator: Locator

    def checksum(self) -> str:
        """SHA-256 of the file: the same index has the same everywhere."""
        return _checksum(self.path)


def manifest_of(coverage: Coverage) -> Manifest:
    """What an index of an edition in memory says of itself."""
    edition, codes = coverage.edition, coverage.locator.codes
    counties = tuple(sorted({str(code)[:6] for code in codes}))
    return Manifest(edition.number, edition.valid_from, edition.title, edition.synthetic, counties, codes.size)


def save_index(path: Path, manifest: Manifest, names: Mapping[str, str], locator: Locator) -> str:
    """Write an index, whole or not at all, and return its checksum."""
    locator.save(path, {**manifest.as_meta(), "names": dict(names)})
    return _checksum(path)


def open_index(path: str | Path) -> SavedIndex:
    """Open an index; its arrays are mapped, so processes that open the same file share its memory.

    Raises
    ------
    FileUnreadable
        If it is not there, damaged, or no index of a known format.
    """
    try:
        locator = Locator.open(path)
        return SavedIndex(Path(path), _manifest(locator.meta), locator.meta["names"], locator)
    except InvalidInput as error:
        zh, en = error.fields.get("reason_zh"), error.fields.get("reason_en")
        raise FileUnreadable(path=path, reason_zh=zh, reason_en=en) from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileUnreadable(
            path=path,
            reason_zh="不是 wangge export index 写的索引",
            reason_en="it was not written by wangge export index",
        ) from error


def _manifest(meta: Mapping[str, Any]) -> Manifest:
    if meta["format"] != FORMAT:
        raise InvalidInput(
            field="format",
            reason_zh=f"索引格式 {meta['format']} 未知，请重新导出",
            reason_en=f"format {meta['format']} of an index is not known; export it again",
        )
    return Manifest(
        meta["edition"],
        date.fromisoformat(meta["valid_from"]),
        meta["title"],
        meta["synthetic"],
        tuple(meta["counties"]),
        meta["grids"],
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
