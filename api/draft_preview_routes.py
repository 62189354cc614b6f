"""What a draft would make of the map: its tiles as they would stand, for those who see the draft."""

from typing import Annotated

import numpy as np
import shapely
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import Here
from api.draft_access import DraftId, Reader, on_draft
from api.service import Service
from api.tile_answers import PERSONAL, answer
from api.tile_routes import TILE, Layers, Matrices, Place
from boundaries.coverage_change import CoverageChange, apply
from boundaries.drafts import Draft, read_changes, read_draft
from gis.arrays import Geometries
from gis.db import Connection
from gis.errors import InvalidInput
from gis.scope import Scope
from tiles.drawn import drawn_rows
from tiles.features import Row, grids_of, read_rows
from tiles.layers import parse_layers
from tiles.matrix import WEB_MERCATOR
from tiles.parts import packed, part
from tiles.sheet import DRAWN, Sheet

router = APIRouter(prefix="/drafts/{draft_id}", tags=["drafts"])
Save = Annotated[
    int | None,
    Query(alias="rev", description="number of the save, so that a map fetches tiles anew"),
]


@router.get("/tiles/{layers}/{z}/{x}/{y}.mvt", **TILE)
def preview_tile(
    request: Request, draft_id: DraftId, layers: Layers, place: Place, here: Here, scope: Reader, _rev: Save = None
) -> Response:
    """A tile of the coverage as the draft would leave it, in WebMercatorQuad; layers of grids, borders and labels."""
    return _tile(request, here, scope, draft_id, WEB_MERCATOR, layers, place)


@router.get("/tiles/{tms}/{layers}/{z}/{x}/{y}.mvt", **TILE)
def preview_tile_in(
    request: Request,
    draft_id: DraftId,
    tms: Matrices,
    layers: Layers,
    place: Place,
    here: Here,
    scope: Reader,
    _rev: Save = None,
) -> Response:
    """The same in a tile matrix set."""
    return _tile(request, here, scope, draft_id, tms, layers, place)


def _tile(
    request: Request,
    here: Service,
    scope: Scope,
    number: int,
    tms: str,
    layers: str,
    place: tuple[int, int, int],
) -> Response:
    names = parse_layers(layers)
    if not set(names) <= set(DRAWN):
        known = ", ".join(DRAWN)
        raise InvalidInput(
            field="layers", reason_zh=f"草稿只有图层 {known}", reason_en=f"a draft has the layers {known} only"
        )
    with on_draft(here, scope, number) as connection:
        draft = read_draft(connection, number)

    def make() -> Sheet:
        with on_draft(here, scope, number) as connection:
            change, known = _applied(connection, draft)
        return Sheet(grids_of(drawn_rows(change.after, change.names, known)))

    # Outside of the transaction: a map asks for a dozen tiles at once, and those that wait must not hold connections.
    sheet = here.sheets.get(("draft", draft.id, draft.rev, draft.base_edition), make)
    data = sheet.tile(tms, names, *place)
    return answer(request, packed([part([data], once=True)]), PERSONAL)


def _applied(connection: Connection, draft: Draft) -> tuple[CoverageChange, list[Row]]:
    """A draft's changes laid over its edition, and that edition's rows."""
    known = [] if draft.base_edition is None else read_rows(connection, draft.base_edition)
    leaves = [row for row in known if row[8] is not None]
    shapes: Geometries = shapely.from_wkb(np.array([bytes(row[8]) for row in leaves], dtype=np.object_))
    before = dict(zip([row[0] for row in leaves], shapes, strict=True))
    return apply(before, {row[0]: row[2] for row in known}, read_changes(connection, draft.id)), known
