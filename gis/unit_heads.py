"""Heads of neighbour units (联户长): who is one follows whom, and leaves with their household."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from gis.clock import local_today
from gis.db import Connection, load_queries
from gis.errors import InvalidInput
from gis.unit_board import Board, BoardUnit

_SQL = load_queries(Path(__file__).with_name("unit_heads.sql"))


@dataclass(frozen=True, slots=True)
class NewHead:
    """Who heads a unit from a day on; None for nobody."""

    household: UUID | None
    since: date


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What is changed of a unit besides its members; what is None stays."""

    name: str | None = None
    locked: bool | None = None
    head: NewHead | None = None


def write_heads(
    connection: Connection,
    before: Board,
    after: Mapping[UUID, str | None],
    changes: Mapping[str, UnitChange],
    closed: Sequence[str],
) -> list[dict[str, Any]]:
    """Write the heads that are named, and end those who left their unit; tells the latter.

    Raises
    ------
    InvalidInput
        If a head is no household of the unit, or would begin before the one that is there did.
    """
    today, ended = local_today(), list[dict[str, Any]]()
    for code, unit in before.units.items():
        named = code in changes and changes[code].head is not None
        head = unit.head(today) or next((one for one in unit.heads if one.until is None), None)
        if head is not None and not named and after.get(head.household) != code:
            connection.execute(_SQL["drop_heads"], {"unit": code, "since": today})
            connection.execute(_SQL["end_head"], {"unit": code, "since": today})
            ended.append({"unit": code, "head": None, "since": str(today)})
    for code, change in changes.items():
        if change.head is None or code in closed:
            continue
        given = {"unit": code, "household": change.head.household, "since": change.head.since}
        members = {one for one, unit in after.items() if unit == code}
        _check_head(before.units.get(code), change.head, members)
        connection.execute(_SQL["drop_heads"], given)
        connection.execute(_SQL["end_head"], given)
        if change.head.household is not None:
            connection.execute(_SQL["set_head"], given)
    return ended


def end_heads(connection: Connection, edition: int) -> int:
    """End the heads whose households moved to another unit in an edition, from today on; returns how many.

    Part of whatever moves households in the current edition, and of making an edition current.
    """
    return connection.execute(_SQL["end_moved"], {"edition": edition, "today": local_today()}).rowcount


def _check_head(unit: BoardUnit | None, head: NewHead, members: set[UUID]) -> None:
    if head.household is not None and head.household not in members:
        raise InvalidInput(
            field="head", reason_zh="联户长应是本单元的户", reason_en="the head must be a household of the unit"
        )
    begun = [one.since for one in (unit.heads if unit else ()) if head.since < one.since <= local_today()]
    if begun:
        raise InvalidInput(
            field="since",
            reason_zh=f"早于现任联户长的任职日期 {begun[0]}",
            reason_en=f"lies before the day on which the present head began, {begun[0]}",
        )
