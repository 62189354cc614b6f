"""How neighbour units of a grid are told over HTTP: outlines to everybody, households to those whose grid it is."""

from collections.abc import Sequence
from typing import Any

import shapely

from api.shapes import moment
from gis.partition import UnitPolicy
from gis.partition.remarks import Remark
from gis.unit_board import Board, BoardUnit, Head, Member
from gis.unit_journal import Entry, Move
from gis.unit_proposals import Measured, judge, neighbourhood

DIGITS = 7  # of a degree: a centimetre


def board_answer(board: Board, name: str, policy: UnitPolicy, *, writes: bool) -> dict[str, Any]:
    """A board with all its people, what is unusual about its units, and the graph by which units hang together."""
    near = neighbourhood(board)
    return {
        **_frame(board, name, policy, writes=writes),
        "units": [_unit(one) for one in board.units.values()],
        "households": [
            _household(one, place) for one, place in zip(board.households.values(), near.place.tolist(), strict=True)
        ],
        "edges": near.edges.tolist(),
        "measured": measured_answer(judge(board, board.assigned(), policy)),
    }


def outline_answer(board: Board, name: str, policy: UnitPolicy, k: int) -> dict[str, Any]:
    """A board as everybody may see it: no people, and no sizes below ``k``."""
    units = [
        {"code": one.code, "name": one.name, "size": one.size if one.size >= k else None, "geometry": _geometry(one)}
        for one in board.units.values()
    ]
    none = {"households": None, "edges": None, "measured": None}
    return {**_frame(board, name, policy, writes=False), "units": units, **none}


def measured_answer(found: list[Measured]) -> list[dict[str, Any]]:
    """Size, diameter and remarks of units by key."""
    return [
        {
            "unit": one.key,
            "size": one.size,
            "diameter_m": round(one.diameter_m, 1),
            "remarks": [_remark(remark) for remark in one.remarks],
        }
        for one in found
    ]


def change_answer(change: Entry, grid: str, moves: Sequence[Move]) -> dict[str, Any]:
    """One change of the history of a basic grid, which may have been made to a larger one."""
    return {
        "id": change.id,
        "edition": change.edition,
        "actor": change.actor,
        "at": moment(change.at),
        "kind": change.kind,
        "reason": change.note,
        "opened": [code for code in change.opened if code.startswith(grid)],
        "closed": [code for code in change.closed if code.startswith(grid)],
        "units": change.units,
        "moves": [{"household": one.household, "from": one.old, "to": one.new} for one in moves],
    }


def _frame(board: Board, name: str, policy: UnitPolicy, *, writes: bool) -> dict[str, Any]:
    return {
        "grid": {"code": board.grid, "name": name, "bbox": list(board.outline.bounds)},
        "edition": board.edition,
        "writes": writes,
        "policy": {
            "target": policy.target,
            "low": policy.low,
            "high": policy.high,
            "hard_low": policy.hard_low,
            "hard_high": policy.hard_high,
        },
    }


def _unit(one: BoardUnit) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "size": one.size,
        "locked": None if one.locked_by is None else {"by": one.locked_by, "since": moment(one.locked_since)},
        "heads": [_head(head) for head in one.heads],
        "geometry": _geometry(one),
    }


def _head(head: Head) -> dict[str, Any]:
    return {"household": head.household, "since": head.since, "until": head.until}


def _geometry(one: BoardUnit) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.set_precision(one.geom, 10**-DIGITS, mode="pointwise"))


def _household(one: Member, place: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "unit": one.unit,
        "lon": round(one.lon, DIGITS),
        "lat": round(one.lat, DIGITS),
        "hamlet": None if one.hamlet_name is None else {"id": one.hamlet, "name": one.hamlet_name},
        "place": place,
        "head_name": one.head_name,
        "phone": one.phone,
        "members": one.members,
        "address": one.address,
    }


def _remark(one: Remark) -> dict[str, Any]:
    return {"rule": one.rule, "value": round(one.value, 1)}
