"""What editions changed, grid by grid, in the order of publication: for systems that follow the boundaries."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("changes.sql"))


@dataclass(frozen=True, slots=True)
class GridChanged:
    """A grid of any level that an edition created, changed or retired.

    ``went_to`` are the codes that got ground of it, with their shares of its area (0 to 1).
    """

    edition: int
    code: str
    kind: Literal["created", "changed", "retired"]
    name: str
    valid_from: date
    activated_at: datetime
    went_to: dict[str, float]


def changes_since(connection: Connection, edition: int, code: str, *, limit: int) -> list[GridChanged]:
    """The changes after that of ``code`` in ``edition``, at most ``limit``, by edition and code.

    An empty code stands before all changes of its edition, ``~`` after them.
    """
    rows = connection.execute(_SQL["changes"], {"edition": edition, "code": code, "limit": limit})
    return [GridChanged(*row[:6], went_to=dict(zip(row[6], row[7], strict=True))) for row in rows]
