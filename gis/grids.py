"""Grids as records: one by its code, below it, by a foreign code, by a piece of its name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from psycopg.rows import class_row

from gis.codes import ancestors
from gis.db import Connection, load_queries
from gis.errors import InvalidInput, NotFound, UnknownGrid

_SQL = load_queries(Path(__file__).with_name("grids.sql"))
_VARIANTS = (("䂖", "鄂"),)
"""Characters of names that many lists replace, because GBK does not hold them: 䂖嘉镇 is also written 鄂嘉镇."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid in an edition; ``lon, lat`` is its label point, all degrees EPSG:4490.

    ``retired_in`` is the edition that retired it, ``None`` while it stands; it is then told as it last stood.
    """

    code: str
    level: int
    name: str
    lon: float
    lat: float
    west: float
    south: float
    east: float
    north: float
    area_m2: float
    retired_in: int | None


def read_grid(connection: Connection, code: str, edition: int) -> Grid:
    """A grid as it stands in an edition, or as it last stood before.

    Raises
    ------
    UnknownGrid
        If there was no such grid up to that edition; it says what there is: the nearest grid above, a later edition.
    """
    with connection.cursor(row_factory=class_row(Grid)) as cursor:
        found = cursor.execute(_SQL["last_version"], {"code": code, "edition": edition}).fetchone()
    if found is None:
        raise _unknown(connection, code, edition)
    return found


def _unknown(connection: Connection, code: str, edition: int) -> UnknownGrid:
    born = connection.execute(_SQL["born"], {"code": code}).fetchone()
    if born is not None:
        number, day = born
        hint = (f"它自 {day} 起设立（版本 {number}）", f"it was made on {day}, in edition {number}")
    else:
        above = connection.execute(_SQL["nearest"], {"above": ancestors(code), "edition": edition}).fetchone()
        if above is None:
            hint = (f"版本 {edition} 中没有它的任何上级", f"edition {edition} has no grid above it either")
        else:
            hint = ("存在的最近上级是 {} {}".format(*above), "the nearest grid above it is {} {}".format(*above))
    return UnknownGrid(value=code, hint_zh=hint[0], hint_en=hint[1])


def children(connection: Connection, code: str, edition: int) -> list[tuple[str, str]]:
    """Codes and names of the grids one level below, in an edition."""
    return connection.execute(_SQL["children"], {"code": code, "edition": edition}).fetchall()


def names_at(connection: Connection, codes: Iterable[str], edition: int) -> dict[str, str]:
    """Names by code as of an edition; a grid that does not stand in it has its nearest earlier (else later) name."""
    given = {"codes": sorted(set(codes)), "edition": edition}
    return dict(connection.execute(_SQL["names"], given).fetchall())


@dataclass(frozen=True, slots=True)
class Alias:
    """A foreign code and a code of ours, with the shares of the foreign cell's area and households that lie in our grid.

    ``household_share`` is None where nobody lives in the cell, or nobody counted.
    """

    system: str
    foreign_code: str
    code: str
    area_share: float
    household_share: float | None


def by_alias(connection: Connection, system: str, foreign_code: str, edition: int) -> list[Alias]:
    """The grids that a foreign code stands for in an edition, the largest share of its area first.

    Raises
    ------
    InvalidInput
        If there is no such code system.
    NotFound
        If the code is unknown in it, or was then.
    """
    check_system(connection, system)
    given = {"system": system, "foreign_code": foreign_code, "edition": edition}
    found = connection.execute(_SQL["by_alias"], given).fetchall()
    if not found:
        raise NotFound(
            what_zh=f"编码体系 {system} 中的编码", what_en=f"code of the system {system}", value=foreign_code
        )
    return [Alias(*row) for row in found]


def aliases_of(connection: Connection, code: str, edition: int) -> list[Alias]:
    """The foreign codes whose cells lie in a grid in an edition, by system; in each the one that has most of its area here first."""
    return [Alias(*row) for row in connection.execute(_SQL["aliases_of"], {"code": code, "edition": edition})]


def check_system(connection: Connection, system: str) -> None:
    """Refuse a code system that there is not.

    Raises
    ------
    InvalidInput
    """
    known = [row[0] for row in connection.execute(_SQL["systems"])]
    if system not in known:
        raise InvalidInput(
            field="system", reason_zh=f"应为 {'、'.join(known)} 之一", reason_en=f"one of {', '.join(known)}"
        )


def search(connection: Connection, text: str, edition: int, limit: int) -> list[Grid]:
    """Grids whose code begins with ``text`` (digits, blanks apart) or whose name holds it.

    Higher levels come first; among names, equal ones before those that begin with the text, before the others.
    """
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit():
        query, given = "by_code", {"digits": digits}
    else:
        words = _spellings(text.strip())
        query = "by_name"
        given = {
            "exact": [word.lower() for word in words],
            "begins": [f"{_literal(word)}%" for word in words],
            "anywhere": [f"%{_literal(word)}%" for word in words],
        }
    with connection.cursor(row_factory=class_row(Grid)) as cursor:
        return cursor.execute(_SQL[query], {**given, "edition": edition, "limit": limit}).fetchall()


def _spellings(text: str) -> list[str]:
    found = [text]
    for proper, common in _VARIANTS:
        found += [text.replace(common, proper), text.replace(proper, common)]
    return sorted(set(found))


def _literal(text: str) -> str:
    """The text as a LIKE pattern that matches only itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
