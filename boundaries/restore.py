"""Going back: a draft that restores the boundaries of an earlier edition. Nothing that was published is changed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely

from boundaries.drafts import Change, open_draft, put_changes
from gis.allocator import allocate, retired
from gis.codes import chain, kind_of, level_of, parent
from gis.coverage import current_edition, read_edition
from gis.db import Connection, load_queries
from gis.errors import Conflict

_SQL = load_queries(Path(__file__).with_name("restore.sql"))


def open_restoring(connection: Connection, edition: int, *, title: str, author: str, scope: str = "") -> int:
    """Open a draft that puts the grids under the code ``scope`` (all by default) back as they were; its number.

    A grid that was retired since comes back under a new code, since no code is used twice; so do those above it.

    Raises
    ------
    NotFound
        If there is no such edition.
    Conflict
        If nothing differs from it.
    CodesExhausted, InvalidCode
    """
    read_edition(connection, edition)
    draft = open_draft(connection, title=title, author=author, scope=scope)
    if not put_changes(connection, draft, _changes(connection, edition, scope)):
        raise Conflict(
            reason_zh=f"现行界线与版本 {edition} 没有差别", reason_en=f"nothing differs from edition {edition}"
        )
    return draft


def _changes(connection: Connection, edition: int, scope: str) -> list[Change]:
    values = {"edition": edition, "current": current_edition(connection), "scope": scope}
    rows = connection.execute(_SQL["ended"], values)
    then: dict[str, tuple[str, Any]] = {code: (name, wkb) for code, name, wkb in rows}
    now: dict[str, str] = dict(connection.execute(_SQL["begun"], values).fetchall())
    renewed = _renewed(connection, then)
    found = [Change(code, "retire") for code in now if code not in then and level_of(code) == 6]
    for code, (name, wkb) in then.items():
        if level_of(code) == 6:
            found.append(Change(renewed.get(code, code), "put", name, shapely.from_wkb(bytes(wkb))))
        elif code in renewed or now.get(code, name) != name:
            found.append(Change(renewed.get(code, code), "put", name))
    return found


def _renewed(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """New codes for those that were retired, from above to below, each under the new code of its parent."""
    named = sorted({link for code in codes for link in chain(code)}, key=lambda code: (len(code), code))
    gone = set(retired(connection, named))
    found: dict[str, str] = {}
    for code in named:
        above, kind = parent(code), kind_of(code)
        if above is None or (code not in gone and above not in found):
            continue
        if kind is None:
            raise Conflict(reason_zh=f"无法为 {code} 分配新编码", reason_en=f"there is no new code for {code}")
        under = found.get(above, above)
        found[code] = allocate(connection, kind, {under: 1})[under][0]
    return found
