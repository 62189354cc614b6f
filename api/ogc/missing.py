"""Why an item is not there."""

from typing import Any

from api.ogc.model import Collection
from gis.db import Connection
from gis.errors import NotFound, Retired
from gis.grids import names_at, read_grid
from gis.successors import successors


def missing(connection: Connection, collection: Collection, value: Any, edition: int) -> NotFound:
    """Why an edition has no item of that id: a retired grid tells who took its ground."""
    if collection.identifier == "grid":
        return _retired(connection, value, edition)
    return NotFound(what_zh=collection.title.zh, what_en=f"item of {collection.id}", value=value)


def _retired(connection: Connection, code: str, edition: int) -> NotFound:
    """The error that names the successors of a retired grid; the plain one if there never was such a grid."""
    try:
        gone = read_grid(connection, code, edition).retired_in
    except NotFound as error:
        return error
    heirs = [] if gone is None else successors(connection, code, gone, edition)
    names = names_at(connection, [heir.code for heir in heirs], edition)
    told = [(heir.code, names[heir.code], heir.area_share) for heir in heirs]
    zh = "、".join(f"{code} {name}（{share:.0%}）" for code, name, share in told)
    en = ", ".join(f"{code} {name} ({share:.0%})" for code, name, share in told)
    return Retired(value=code, successors_zh=zh or "无", successors_en=en or "none")
