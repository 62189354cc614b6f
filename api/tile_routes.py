"""Vector tiles, their TileJSON and the map style: of the current edition, and of each edition for ever."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import caller
from api.addresses import base_url
from api.bodies import GridCode, period_of
from api.params import EditionNumber
from api.problems import language
from api.service import service
from api.tile_answers import FOR_EVER, PERSONAL, SHORT, answer
from gis.coverage import Edition, read_edition
from gis.errors import InvalidInput
from gis.scope import Scope
from gis.statistics import Period
from tiles.cache import TileCache
from tiles.features import read_grids
from tiles.layers import is_fixed, is_lasting, parse_layers, permissions
from tiles.matrix import WEB_MERCATOR, check_matrix_set, frame
from tiles.parts import Packed, packed, part
from tiles.serve import Tile, bounds, tile
from tiles.sheet import DRAWN, Sheet
from tiles.style import style
from tiles.tilejson import tilejson

router = APIRouter(tags=["tiles"])

Layers = Annotated[str, Path(description="comma list of layers, such as level4,borders,labels")]
Matrices = Annotated[str, Path(description="tile matrix set: WebMercatorQuad or CGCS2000Quad")]
Number = Annotated[int, Path(ge=1, description="number of an edition")]
Theme = Annotated[Literal["day", "night"], Query(description="colours by day or by night")]
GATHERED = "Wangge-Gathered"
"""Header: layers that would have held too many points, or too many bytes of them, and have clusters instead."""
TILE: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"content": {"application/vnd.mapbox-vector-tile": {}}, "description": "the tile"},
        204: {"description": "nothing is there"},
        304: {"description": "what the client has is still right"},
    },
}
"""What routes of tiles say of their answers."""


def tile_place(
    z: Annotated[int, Path(description="zoom, 0 to 16")],
    x: Annotated[int, Path(description="column from the west")],
    y: Annotated[int, Path(description="row from the north")],
) -> tuple[int, int, int]:
    """FastAPI dependency: the place of a tile; whether it is in range depends on the tile matrix set."""
    return z, x, y


Place = Annotated[tuple[int, int, int], Depends(tile_place)]


@dataclass(frozen=True)
class Asked:
    """What a tile's address may ask for besides its edition.

    Attributes
    ----------
    period : the period of the layer of figures.
    within : grid to which the tile is cut down, with those below it.
    rev : how newly drawn its units must be at least.
    """

    period: Period
    within: str | None = None
    rev: int = 0


def asked_for(
    period: Annotated[Period, Depends(period_of)],
    within: Annotated[GridCode | None, Query(description="only this grid and those below it")] = None,
    rev: Annotated[
        int, Query(ge=0, lt=2**63, description="units at least as newly drawn as an event `units` told")
    ] = 0,
) -> Asked:
    """FastAPI dependency: what the query asks for."""
    return Asked(period, within, rev)


More = Annotated[Asked, Depends(asked_for)]


@router.head("/tiles/{layers}/{z}/{x}/{y}.mvt", include_in_schema=False)
@router.get("/tiles/{layers}/{z}/{x}/{y}.mvt", **TILE)
def current_tile(request: Request, layers: Layers, place: Place, edition: EditionNumber, asked: More) -> Response:
    """A tile of the current edition, or of that of a date, in WebMercatorQuad."""
    return _tile(request, layers, WEB_MERCATOR, place, edition, SHORT, asked)


@router.head("/tiles/{tms}/{layers}/{z}/{x}/{y}.mvt", include_in_schema=False)
@router.get("/tiles/{tms}/{layers}/{z}/{x}/{y}.mvt", **TILE)
def current_tile_in(
    request: Request, tms: Matrices, layers: Layers, place: Place, edition: EditionNumber, asked: More
) -> Response:
    """A tile of the current edition, or of that of a date, in a tile matrix set."""
    return _tile(request, layers, tms, place, edition, SHORT, asked)


@router.head("/editions/{number}/tiles/{layers}/{z}/{x}/{y}.mvt", include_in_schema=False)
@router.get("/editions/{number}/tiles/{layers}/{z}/{x}/{y}.mvt", **TILE)
def edition_tile(request: Request, number: Number, layers: Layers, place: Place, asked: More) -> Response:
    """A tile of one edition in WebMercatorQuad; it never changes, but for units, which people change by hand."""
    return _tile(request, layers, WEB_MERCATOR, place, number, FOR_EVER, asked)


@router.head("/editions/{number}/tiles/{tms}/{layers}/{z}/{x}/{y}.mvt", include_in_schema=False)
@router.get("/editions/{number}/tiles/{tms}/{layers}/{z}/{x}/{y}.mvt", **TILE)
def edition_tile_in(
    request: Request, number: Number, tms: Matrices, layers: Layers, place: Place, asked: More
) -> Response:
    """A tile of one edition in a tile matrix set; it never changes, but for units, which people change by hand."""
    return _tile(request, layers, tms, place, number, FOR_EVER, asked)


@router.get("/tiles/style.json")
def current_style(request: Request, edition: EditionNumber, theme: Theme = "day") -> JSONResponse:
    """The map style (MapLibre) of the current edition, or of that of a date."""
    return _style(request, edition, _names_edition(request), theme)


@router.get("/editions/{number}/tiles/style.json")
def edition_style(request: Request, number: Number, theme: Theme = "day") -> JSONResponse:
    """The map style (MapLibre) of one edition."""
    return _style(request, number, True, theme)


@router.get("/tiles/{layers}.json")
def current_tilejson(request: Request, layers: Layers, edition: EditionNumber) -> JSONResponse:
    """TileJSON of layers of the current edition, or of that of a date, in WebMercatorQuad."""
    return _tilejson(request, layers, WEB_MERCATOR, edition, _names_edition(request))


@router.get("/tiles/{tms}/{layers}.json")
def current_tilejson_in(request: Request, tms: Matrices, layers: Layers, edition: EditionNumber) -> JSONResponse:
    """TileJSON of layers of the current edition, or of that of a date, in a tile matrix set."""
    return _tilejson(request, layers, tms, edition, _names_edition(request))


@router.get("/editions/{number}/tiles/{layers}.json")
def edition_tilejson(request: Request, number: Number, layers: Layers) -> JSONResponse:
    """TileJSON of layers of one edition in WebMercatorQuad."""
    return _tilejson(request, layers, WEB_MERCATOR, number, True)


@router.get("/editions/{number}/tiles/{tms}/{layers}.json")
def edition_tilejson_in(request: Request, number: Number, tms: Matrices, layers: Layers) -> JSONResponse:
    """TileJSON of layers of one edition in a tile matrix set."""
    return _tilejson(request, layers, tms, number, True)


def _names_edition(request: Request) -> bool:
    """Whether the query asks for an edition of its own: then all that it leads to must be of that one."""
    return bool({"datetime", "edition"} & request.query_params.keys())


def _tile(
    request: Request, layers: str, tms: str, place: tuple[int, int, int], edition: int, life: str, asked: Asked
) -> Response:
    names = parse_layers(layers)
    frame(tms, *place)
    scope = _scope(request, names)
    life = life if is_lasting(names) else SHORT
    if asked.within is not None:
        return answer(request, _part(request, names, tms, place, edition, asked.within), life)
    if scope is not None:
        made = _made(request, names, tms, place, edition, scope, asked.period)
        response = answer(request, made.packed, PERSONAL)
        if made.gathered:
            response.headers[GATHERED] = ", ".join(made.gathered)
        return response
    if not is_fixed(names):
        return answer(request, _made(request, names, tms, place, edition, None, asked.period).packed, SHORT)
    at_hand = service(request).tiles.now_tile(edition, tms, names, place, asked.rev)
    if at_hand is not None:
        return answer(request, at_hand, life)
    cache, key = _cache(request), (service(request).tile_version(), edition, tms, names, place, asked.rev)
    packed = cache.get(key)
    if packed is None:
        packed = _made(request, names, tms, place, edition, None, asked.period).packed
        cache.put(key, packed)
    return answer(request, packed, life)


def _made(
    request: Request,
    names: tuple[str, ...],
    tms: str,
    place: tuple[int, int, int],
    edition: int,
    scope: Scope | None,
    period: Period,
) -> Tile:
    here = service(request)
    with here.database.transaction(scope) as connection:
        number = read_edition(connection, edition).number
        figures = here.figures.of(number, period)
        return tile(connection, names, *place, number, tms=tms, scope=scope, figures=figures)


def _part(
    request: Request, names: tuple[str, ...], tms: str, place: tuple[int, int, int], edition: int, code: str
) -> Packed:
    """A tile of one grid and those below it, encoded now."""
    if not set(names) <= set(DRAWN):
        known = ", ".join(DRAWN)
        raise InvalidInput(field="within", reason_zh=f"只用于图层 {known}", reason_en=f"is for the layers {known} only")
    here = service(request)

    def make() -> Sheet:
        with here.database.transaction() as connection:
            return Sheet(read_grids(connection, read_edition(connection, edition).number))

    data = here.sheets.get(("edition", edition), make).within(code).tile(tms, names, *place)
    return packed([part([data], once=True)])


def _scope(request: Request, names: tuple[str, ...]) -> Scope | None:
    """The caller's scope if a layer is personal, None if all are public.

    Raises
    ------
    NotSignedIn, Forbidden
        If the caller may not see one of the layers.
    """
    scope = None
    for needed in permissions(names):
        scope = caller(request).scope_for(needed)
    return scope


def _cache(request: Request) -> TileCache:
    """The worker's memory of tiles."""
    state = request.app.state
    if not hasattr(state, "tile_cache"):
        state.tile_cache = TileCache(service(request).settings.tile_cache_bytes)
    return state.tile_cache


def _tilejson(request: Request, layers: str, tms: str, number: int, named: bool) -> JSONResponse:
    names = parse_layers(layers)
    check_matrix_set(tms)
    personal = _scope(request, names) is not None
    edition, box = _edition(request, number)
    root = base_url(request) + (f"/editions/{number}" if named else "")
    inner = "" if tms == WEB_MERCATOR else f"{tms}/"
    template = f"{root}/tiles/{inner}{','.join(names)}/{{z}}/{{x}}/{{y}}.mvt"
    document = tilejson(names, template=template, edition=edition, bounds=box, tms=tms)
    return JSONResponse(document, headers={"Cache-Control": PERSONAL if personal else SHORT})


def _style(request: Request, number: int, named: bool, theme: Literal["day", "night"]) -> JSONResponse:
    _, (west, south, east, north) = _edition(request, number)
    root = base_url(request) + (f"/editions/{number}" if named else "")
    centre = (round((west + east) / 2, 6), round((south + north) / 2, 6))
    document = style(root, theme, language(request), centre=centre)
    return JSONResponse(document, headers={"Cache-Control": SHORT, "Vary": "Accept-Language"})


def _edition(request: Request, number: int) -> tuple[Edition, tuple[float, float, float, float]]:
    with service(request).database.transaction() as connection:
        return read_edition(connection, number), bounds(connection, number)
