"""Neighbour units of a basic grid changed by hand: seen, tried out, suggested and saved in one step."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import Field, StringConstraints

from api.access import Caller, caller, signed_in
from api.bodies import Body, Day, GridCode, Here, Line
from api.service import Service
from api.shapes import by_caller, private
from api.unit_answers import board_answer, change_answer, measured_answer, outline_answer
from boundaries.editions import lock_publishing
from gis.clock import local_today
from gis.codes import check_code
from gis.coverage import current_edition
from gis.db import Connection
from gis.errors import InvalidInput, NotReady, PreconditionFailed
from gis.grids import names_at
from gis.listing import part_of
from gis.scope import Scope
from gis.unit_board import Board, read_board
from gis.unit_heads import NewHead, UnitChange
from gis.unit_journal import read_changes, read_moves
from gis.unit_painting import Painted, divided, save
from gis.unit_proposals import judge, suggest
from tiles.redraw import redraw_units

router = APIRouter(prefix="/grids/{code}/units", tags=["units"])
Who = Annotated[Caller, Depends(caller)]
Reader = Annotated[Scope, Depends(signed_in("households.read"))]
Writer = Annotated[Scope, Depends(signed_in("units.write"))]
PRIVATE = [Depends(private)]
MOST = 5000
"""Households or units that one request may name."""


def basic_grid(code: Annotated[GridCode, Path(description="17-digit code of a basic grid")]) -> str:
    """FastAPI dependency: the basic grid of the address.

    Raises
    ------
    InvalidCode
        If it is a code of another level.
    """
    return check_code(code, 6)


Grid = Annotated[str, Depends(basic_grid)]
UnitKey = Annotated[str, StringConstraints(pattern=r"^([0-9]{20}|new:[1-9][0-9]{0,2})$")]
"""The code of a unit, or ``new:1``, ``new:2`` … for one that is to be opened: its code is given by the service."""


class Move(Body):
    """A household's new unit; null is none."""

    household: UUID
    unit: UnitKey | None


class HeadChange(Body):
    """Who heads a unit from a day on (today if not given); null is nobody."""

    household: UUID | None
    since: Day | None = None


class OneUnit(Body):
    """What is to be changed of a unit besides its members; what is left out stays."""

    unit: UnitKey
    name: Line | None = None
    locked: bool | None = None
    head: HeadChange | None = None


class Moves(Body):
    """Households that move from unit to unit; all others stay."""

    moves: Annotated[list[Move], Field(max_length=MOST, default_factory=list[Move])]


class Wish(Moves):
    """Moves made so far, and the units that a proposal must leave as they are besides locked ones."""

    fixed: Annotated[list[UnitKey], Field(max_length=MOST, default_factory=list[str])]


class Change(Moves):
    """A change of a grid's units with its reason."""

    units: Annotated[list[OneUnit], Field(max_length=MOST, default_factory=list[OneUnit])]
    reason: Line


@router.get("")
def units_of(code: Grid, here: Here, who: Who, response: Response) -> dict[str, Any]:
    """The units of a basic grid now, with households, heads and locks for those whose jurisdiction it is in.

    The ETag names what was seen; it goes with a change as If-Match. Everybody else gets outlines, small sizes hidden.
    """
    by_caller(response, who)
    if not who.sees("households.read", code):
        with here.database.transaction() as connection:
            board = read_board(connection, current_number(connection), code, people=False)
            name = names_at(connection, [code], board.edition)[code]
        return outline_answer(board, name, board.policy, here.settings.suppress_below)
    with here.database.transaction(who.scope) as connection:
        return _answer(connection, code, response, writes=who.sees("units.write", code))


@router.patch("", dependencies=PRIVATE)
def change_units(
    code: Grid,
    given: Change,
    here: Here,
    scope: Writer,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag of the units that the change was made from")] = None,
) -> dict[str, Any]:
    """Change members, names, locks and heads of a grid's units, all in one step, and tell how they are now.

    ``new:1`` … open units, whose codes are in ``opened``; units left without households end. What somebody else changed
    since is not overwritten: 412. A locked unit keeps its members: 409.
    """
    painted = _painted(given)
    with here.database.transaction(scope) as connection:
        lock_publishing(connection)
        edition = current_number(connection)
        saved = save(connection, scope, edition, code, painted, seen=_seen(code, if_match))
        if saved.box is not None:
            redraw_units(connection, edition, saved.box)
        told = _answer(connection, code, response, writes=True)
    return {**told, "opened": saved.issued, "closed": saved.closed}


@router.post("/preview", dependencies=PRIVATE)
def preview(code: Grid, given: Moves, here: Here, scope: Reader) -> dict[str, Any]:
    """Size, diameter and remarks of the units as moves would leave them; nothing is written."""
    board = _board(here, scope, code)
    division = divided(board, _moves(given))
    return {
        "measured": measured_answer(judge(board, division, board.policy)),
        "unassigned": [one for one, unit in division.items() if unit is None],
    }


@router.post("/suggestion", dependencies=PRIVATE)
def suggestion(code: Grid, given: Wish, here: Here, scope: Writer) -> dict[str, Any]:
    """A proposal for the households that have no unit after some moves; nothing is written.

    Locked units and those in ``fixed`` keep their members and get no others; units to be opened are ``new:…``.
    """
    board = _board(here, scope, code)
    division = divided(board, _moves(given))
    locked = {one.code for one in board.units.values() if one.locked_by is not None}
    found = suggest(board, division, locked | set(given.fixed), board.policy)
    return {
        "moves": [{"household": one, "unit": unit} for one, unit in found.items() if division[one] != unit],
        "measured": measured_answer(judge(board, found, board.policy)),
    }


@router.get("/history", dependencies=PRIVATE)
def history(
    code: Grid,
    here: Here,
    scope: Reader,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="id of a save: those before it")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Who changed the units of a grid, by hand or by a command, when, why and what, the latest first."""
    check_scope(scope, code)
    with here.database.transaction(scope) as connection:
        found = read_changes(connection, code, before=before, limit=limit + 1)
        moves = read_moves(connection, found[:limit], code)
    following = found[limit - 1].id if len(found) > limit else None
    return {"edits": [change_answer(one, code, moves.get(one.id, [])) for one in found[:limit]], "next": following}


def check_scope(scope: Scope, code: str) -> None:
    """Refuse a grid outside the jurisdiction.

    Raises
    ------
    Forbidden
    """
    part_of(scope, code)


def _board(here: Service, scope: Scope, code: str) -> Board:
    check_scope(scope, code)
    with here.database.transaction(scope) as connection:
        return read_board(connection, current_number(connection), code)


def _answer(connection: Connection, code: str, response: Response, *, writes: bool) -> dict[str, Any]:
    board = read_board(connection, current_number(connection), code)
    response.headers["ETag"] = f'"{board.tag}"'
    return board_answer(board, names_at(connection, [code], board.edition)[code], board.policy, writes=writes)


def current_number(connection: Connection) -> int:
    """The current edition as the database has it now: a worker may learn of it a moment later."""
    number = current_edition(connection)
    if number is None:
        raise NotReady
    return number


def _seen(code: str, if_match: str | None) -> str:
    if if_match is None:
        raise InvalidInput(
            field="If-Match",
            reason_zh="缺少所依据的 ETag，无法判断他人是否已改动",
            reason_en="the ETag of what was seen is needed, so that nobody's change is overwritten",
        )
    if "," in if_match or if_match.strip() == "*":
        raise PreconditionFailed(value=code)
    return if_match.strip().removeprefix("W/").strip('"')


def _moves(given: Moves) -> dict[UUID, str | None]:
    found = {one.household: one.unit for one in given.moves}
    if len(found) < len(given.moves):
        raise InvalidInput(field="moves", reason_zh="有重复的户", reason_en="a household is named twice")
    return found


def _painted(given: Change) -> Painted:
    units = {
        one.unit: UnitChange(
            one.name,
            one.locked,
            None if one.head is None else NewHead(one.head.household, one.head.since or local_today()),
        )
        for one in given.units
    }
    if len(units) < len(given.units):
        raise InvalidInput(field="units", reason_zh="有重复的单元", reason_en="a unit is named twice")
    if not units and not given.moves:
        raise InvalidInput(field="moves", reason_zh="没有任何改动", reason_en="nothing is changed")
    return Painted(_moves(given), units, given.reason)
