"""Departmental nets: which are kept, and their cells with the basic grids that each lies in."""

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends

from api.access import Caller, caller
from api.bodies import Cursor, Here, Limit, Word
from api.draft_shapes import collection, feature
from api.params import EditionNumber
from api.shapes import moment, private
from boundaries.net_aliases import Cell, list_cells, list_nets

router = APIRouter(prefix="/nets", tags=["nets"], dependencies=[Depends(private)])
Who = Annotated[Caller, Depends(caller)]


@router.get("")
def nets(here: Here, who: Who) -> dict[str, Any]:
    """The departmental nets that are kept, the edition that each was laid over, and relations that nobody confirmed since."""
    with here.database.transaction(who.scope_for("drafts.read")) as connection:
        found = list_nets(connection)
    return {
        "nets": [
            {
                "net": one.net,
                "edition": one.edition,
                "laid_at": moment(one.laid_at),
                "confirmed_by": one.confirmed_by,
                "cells": one.cells,
                "parts": one.parts,
                "unconfirmed": one.unconfirmed,
            }
            for one in found
        ]
    }


@router.get("/{net}")
def net(net: Word, here: Here, who: Who, edition: EditionNumber, limit: Limit, cursor: Cursor = None) -> dict[str, Any]:
    """The cells of a net in the jurisdiction as GeoJSON, each with the basic grids that it lies in and its shares in them.

    The cells are those of today, their grids those of the edition or day asked for, by default of today.
    ``fit`` is the largest share of area in one grid: 1 fits, 0 lies in none. Cells in no grid are told to everybody.
    """
    scope = who.scope_for("drafts.read")
    with here.database.transaction(scope) as connection:
        page = list_cells(connection, net, scope, edition, limit=limit, cursor=cursor)
    return collection((_cell(who, net, cell) for cell in page.rows), total=page.total, next=page.next)


def _cell(who: Caller, net: str, cell: Cell) -> dict[str, Any]:
    grids = [
        {"code": code, "area_share": area, "household_share": people if who.sees("households.read", code) else None}
        for code, area, people in cell.grids
    ]
    properties = {"net": net, "code": cell.code, "name": cell.name, "fit": max((g[1] for g in cell.grids), default=0.0)}
    return feature(shapely.from_wkb(cell.geometry), {**properties, "grids": grids})
