"""Grids as records: one by its code, below it, by a foreign code, by a piece of its name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from psycopg.rows import class_row

from gis.db import Connection, load_queries
from gis.errors import InvalidInput, NotFound

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
    NotFound
        If there was no such grid up to that edition.
    """
    with connection.cursor(row_factory=class_row(Grid)) as cursor:
        found = cursor.execute(_SQL["last_version"], {"code": code, "edition": edition}).fetchone()
    if found is None:
        raise NotFound(what_zh="网格", what_en="grid", value=code)
    return found


def children(connection: Connection, code: str, edition: int) -> list[tuple[str, str]]:
    """Codes and names of the grids one level below, in an edition."""
    return connection.execute(_SQL["children"], {"code": code, "edition": edition}).fetchall()


def names_at(connection: Connection, codes: Iterable[str], edition: int) -> dict[str, str]:
    """Names by code as of an edition; a grid that does not stand in it has its nearest earlier (else later) name."""
    given = {"codes": sorted(set(codes)), "edition": edition}
    return dict(connection.execute(_SQL["names"], given).fetchall())


def by_alias(connection: Connection, system: str, foreign_code: str) -> list[tuple[str, float]]:
    """Codes that a foreign code stands for, with the share of its area that lies in each, the largest first.

    Raises
    ------
    InvalidInput
        If there is no such code system.
    NotFound
        If the code is unknown in it.
    """
    known = [row[0] for row in connection.execute(_SQL["systems"])]
    if system not in known:
        raise InvalidInput(
            field="system", reason_zh=f"应为 {'、'.join(known)} 之一", reason_en=f"one of {', '.join(known)}"
        )
    found = connection.execute(_SQL["aliases"], {"system": system, "foreign_code": foreign_code}).fetchall()
    if not found:
        raise NotFound(
            what_zh=f"编码体系 {system} 中的编码", what_en=f"code of the system {system}", value=foreign_code
        )
    return found


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
