"""Saves neighbour units that people changed by hand: members, names, locks, heads, in one step with its history."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from gis.allocator import allocate
from gis.arrays import F64
from gis.assign import main_hamlets, polygonal, unit_name
from gis.codes import Kind
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import Conflict, Forbidden, InvalidInput, PreconditionFailed
from gis.scope import Scope
from gis.unit_board import Board, BoardUnit, numbered, read_board
from gis.unit_heads import UnitChange, write_heads
from gis.unit_journal import Move, write_change
from gis.unit_locks import put_locks
from gis.unit_proposals import NEW
from gis.unit_shapes import unit_polygons

_SQL = load_queries(Path(__file__).with_name("unit_painting.sql"))
_NEW_KEY = re.compile(rf"{NEW}[1-9][0-9]{{0,2}}")


@dataclass(frozen=True)
class Painted:
    """A change of the units of a grid: the new unit of households that move, by code, as ``new:1`` …, or None for none."""

    moves: Mapping[UUID, str | None]
    units: Mapping[str, UnitChange]
    reason: str


@dataclass(frozen=True)
class Saved:
    """What a save did.

    Attributes
    ----------
    issued : the code that each new unit got, by its key. closed : units without members, which ended.
    box : west, south, east, north around the outlines that changed, degrees EPSG:4490; None if none did.
    """

    issued: dict[str, str]
    closed: list[str]
    box: F64 | None


def divided(board: Board, moves: Mapping[UUID, str | None]) -> dict[UUID, str | None]:
    """The unit of each household of a board after moves.

    Raises
    ------
    InvalidInput
        If a household does not live in the grid, or a unit is not one of it: units never straddle a grid.
    """
    for household, unit in moves.items():
        if household not in board.households:
            raise InvalidInput(
                field="moves",
                reason_zh=f"户 {household} 不在网格 {board.grid} 内，联户单元不能跨网格",
                reason_en=f"household {household} does not live in grid {board.grid}; a unit never straddles a grid",
            )
        _check_key(board, unit)
    return board.assigned() | dict(moves)


def save(connection: Connection, scope: Scope, edition: int, grid: str, painted: Painted, *, seen: str) -> Saved:
    """Write a change of the units of a basic grid in the current edition; all of it, or nothing.

    Parameters
    ----------
    seen : the `Board.tag` that the change was made from.

    Raises
    ------
    Forbidden
        If the grid lies outside the scope.
    NotFound
        If there is no such basic grid.
    PreconditionFailed
        If somebody changed these units since.
    Conflict
        If a locked unit would gain or lose members, or an edition is being published.
    InvalidInput
        If a household or unit is not of this grid, or a head is not a member of the unit.
    """
    if not scope.covers(grid):
        raise Forbidden(reason_zh=f"网格 {grid} 不在您的辖区内", reason_en=f"grid {grid} is outside your jurisdiction")
    connection.execute(_SQL["lock"], [grid])
    if connection.execute(_SQL["publishing"]).fetchone() is not None:
        raise Conflict(
            reason_zh="新版本正在发布，请稍后再保存", reason_en="an edition is being published; save again in a moment"
        )
    before = read_board(connection, edition, grid)
    if before.tag != seen:
        raise PreconditionFailed(value=grid)
    after = divided(before, painted.moves)
    _check_locks(before, after, painted.units)
    issued = _open(connection, before, after, painted.units)
    after = {one: issued.get(unit or "", unit) for one, unit in after.items()}
    changes = {issued.get(key, key): change for key, change in painted.units.items()}
    moved = {one: unit for one, unit in after.items() if unit != before.households[one].unit}
    _write_moves(connection, edition, moved)
    closed = sorted(before.units.keys() - set(after.values()))
    box = _write_units(connection, before, after, changes)
    _write_locks(connection, scope, changes, closed)
    told = write_heads(connection, before, after, changes, closed)
    write_change(
        connection,
        "paint",
        grid,
        edition,
        by=scope.actor,
        note=painted.reason,
        moves=(Move(str(one), before.households[one].unit, unit) for one, unit in moved.items()),
        opened=issued.values(),
        closed=closed,
        units=[*_told(before, changes), *told],
    )
    return Saved(issued, closed, box)


def _check_key(board: Board, unit: str | None) -> None:
    if unit is None or unit in board.units or _NEW_KEY.fullmatch(unit):
        return
    raise InvalidInput(
        field="unit",
        reason_zh=f"网格 {board.grid} 没有联户单元“{unit[:40]}”",
        reason_en=f'grid {board.grid} has no neighbour unit "{unit[:40]}"',
    )


def _check_locks(before: Board, after: Mapping[UUID, str | None], changes: Mapping[str, UnitChange]) -> None:
    moved = ((before.households[one].unit, unit) for one, unit in after.items())
    touched = {unit for old, new in moved if old != new for unit in (old, new)}
    for code in sorted(before.units.keys() & touched):
        unit, change = before.units[code], changes.get(code)
        if unit.locked_by is not None and (change is None or change.locked is not False):
            raise Conflict(
                reason_zh=f"联户单元 {unit.name} 已由 {unit.locked_by} 锁定",
                reason_en=f"neighbour unit {unit.name} is locked by {unit.locked_by}",
            )


def _open(
    connection: Connection, before: Board, after: Mapping[UUID, str | None], changes: Mapping[str, UnitChange]
) -> dict[str, str]:
    """Codes for the new units, in the order of their keys; a change of a unit without members is refused."""
    used = {unit for unit in after.values() if unit is not None}
    for key in changes:
        _check_key(before, key)
        if key not in used:
            raise InvalidInput(
                field="units", reason_zh=f"联户单元 {key} 没有户", reason_en=f"neighbour unit {key} has no household"
            )
    keys = sorted((key for key in used if key not in before.units), key=lambda key: int(key.removeprefix(NEW)))
    codes = allocate(connection, Kind.UNIT, {before.grid: len(keys)})[before.grid] if keys else []
    return dict(zip(keys, codes, strict=True))


def _write_moves(connection: Connection, edition: int, moved: Mapping[UUID, str | None]) -> None:
    given = {"edition": edition, "ids": list(moved), "units": list(moved.values())}
    for query in ("move_now", "close_earlier"):
        connection.execute(_SQL[query], given)


def _write_units(
    connection: Connection, before: Board, after: Mapping[UUID, str | None], changes: Mapping[str, UnitChange]
) -> F64 | None:
    """Write the rows of units that differ, and end those without members; returns the box around changed outlines."""
    sizes = Counter(unit for unit in after.values() if unit is not None)
    shapes = _shapes(before, after)
    hamlets = _hamlets(before, after)
    rows: list[tuple[Any, ...]] = []
    drawn: list[Any] = [one.geom for code, one in before.units.items() if code not in sizes]
    for code, shape in shapes.items():
        old = before.units.get(code)
        name = _name(code, old, changes.get(code))
        # Bit by bit: neighbours of a renewed outline that differ by rounding only would leave slivers.
        same = old is not None and bool(shapely.equals_exact(shapely.normalize(old.geom), shapely.normalize(shape), 0))
        if old is None or not same or old.size != sizes[code] or old.name != name:
            rows.append((code, name, hamlets.get(code), sizes[code], to_ewkb([shape])[0], before.edition))
            drawn += [shape] if old is None else [] if same and old.name == name else [shape, old.geom]
    gone = {"codes": [code for code in before.units if code not in sizes], "edition": before.edition}
    for query in ("drop_units", "close_units"):
        connection.execute(_SQL[query], gone)
    _put_units(connection, before.edition, rows)
    return shapely.total_bounds(drawn) if drawn else None


def _put_units(connection: Connection, edition: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Change the rows that began in this edition, close earlier ones and begin others."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    names = ("codes", "names", "hamlets", "sizes", "geoms")
    given = dict(zip(names, columns, strict=False)) | {"edition": edition}
    changed = {row[0] for row in connection.execute(_SQL["change_units"], given)}
    left = [row for row in rows if row[0] not in changed]
    connection.execute(_SQL["close_units"], {"codes": [row[0] for row in left], "edition": edition})
    bulk_insert(connection, ("gis", "unit"), ("code", "name", "hamlet_id", "size", "geom", "edition_from"), left)


def _name(code: str, old: BoardUnit | None, change: UnitChange | None) -> str:
    if change is not None and change.name is not None:
        return change.name
    return unit_name(code) if old is None else old.name


def _shapes(before: Board, after: Mapping[UUID, str | None]) -> dict[str, Any]:
    """The outline of each unit: they tile the grid, whatever households have no unit."""
    names, unit = numbered(after[one] for one in before.households)
    inside = unit >= 0
    if not names:
        return {}
    lon, lat = before.lonlat
    found = unit_polygons(before.outline, lon[inside], lat[inside], unit[inside])
    return dict(zip(names, as_multi(polygonal(found)), strict=True))


def _hamlets(before: Board, after: Mapping[UUID, str | None]) -> dict[str, int]:
    units = np.array([after[one] or "" for one in before.households])
    return main_hamlets(units[units != ""], before.hamlets[units != ""])


def _write_locks(
    connection: Connection, scope: Scope, changes: Mapping[str, UnitChange], closed: Sequence[str]
) -> None:
    freed = [*closed, *(code for code, one in changes.items() if one.locked is False)]
    put_locks(connection, "unlock", freed, by=scope.actor)
    put_locks(connection, "lock", [code for code, one in changes.items() if one.locked], by=scope.actor)


def _told(before: Board, changes: Mapping[str, UnitChange]) -> list[dict[str, Any]]:
    """The changes of units as the history keeps them: the name before, and what was said."""
    found: list[dict[str, Any]] = []
    for code, one in changes.items():
        row: dict[str, Any] = {"unit": code}
        if one.name is not None:
            old = before.units.get(code)
            row |= {"name": one.name, "name_before": old.name if old else None}
        if one.locked is not None:
            row["locked"] = one.locked
        if one.head is not None:
            household = one.head.household
            row |= {"head": str(household) if household else None, "since": str(one.head.since)}
        found.append(row)
    return found
