"""Sheets of neighbour units to print: a map and a list of one, or of all of a basic grid."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import StringConstraints
from starlette.requests import Request

from api.access import caller, signed_in
from api.bodies import Here
from api.problems import language
from api.service import Service
from api.shapes import chain_of
from api.unit_routes import Grid, check_scope, current_number
from gis.codes import parent
from gis.errors import NotFound
from gis.grids import names_at
from gis.scope import Scope
from gis.unit_board import Board, read_board

router = APIRouter(tags=["units"])
Reader = Annotated[Scope, Depends(signed_in("households.read"))]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$"), Path(description="20-digit code of a unit")]
PDF: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"application/pdf": {}}, "description": "the sheet"}},
}


@router.get("/units/{unit}/sheet.pdf", **PDF)
def unit_sheet(unit: UnitCode, request: Request, here: Here, scope: Reader) -> Response:
    """The sheet of one unit: its place among its neighbours, head and households, numbered as on the map."""
    from api.unit_pdf.sheet import unit_sheet as make  # heavy: fonts

    board, path = _board(here, scope, unit[:17])
    if unit not in board.units:
        raise NotFound(what_zh="联户单元", what_en="neighbour unit", value=unit)
    return _answer(make(board, unit, _print(request, here, path)), f"{unit}.pdf")


@router.get("/grids/{code}/units.pdf", **PDF)
def grid_sheets(code: Grid, request: Request, here: Here, scope: Reader) -> Response:
    """An overview of the units of a basic grid, a sheet of each, and the households without one."""
    from api.unit_pdf.sheet import grid_sheets as make  # heavy: fonts

    board, path = _board(here, scope, code)
    return _answer(make(board, _print(request, here, path)), f"{code}-units.pdf")


def _board(here: Service, scope: Scope, grid: str) -> tuple[Board, str]:
    """What is printed, and the names of the grids from the county down."""
    check_scope(scope, grid)
    with here.database.transaction(scope) as connection:
        board = read_board(connection, current_number(connection), grid)
        codes = [link["code"] for link in chain_of(grid, {})]
        names = names_at(connection, codes, board.edition)
    # Most level-5 grids have one basic grid of the same name.
    told = [code for code in codes if len(code) < 17 or names.get(code) != names.get(parent(code) or "")]
    return board, " › ".join(names[code] for code in told if code in names)


def _print(request: Request, here: Service, path: str) -> Any:
    from api.unit_pdf.sheet import Print

    edition = here.edition(here.current())
    return Print(language(request), caller(request).name, path, edition.synthetic)


def _answer(data: bytes, name: str) -> Response:
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{name}"',
        "Vary": "Accept-Language, Authorization",
    }
    return Response(data, headers=headers, media_type="application/pdf")
