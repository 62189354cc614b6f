"""OGC API Tiles under ``/ogc``: tilesets of the dataset and of each public collection, and the tiles themselves.

A tile is answered by the same function as at its plain address, with the same bytes and tags; only its parts are
named in this standard's order, tile matrix, row, column, and a tile beyond the limits of its tileset is not found.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from api import tile_routes as plain
from api.access import caller
from api.bodies import period_of
from api.ogc import pages, tilesets
from api.ogc.collections import collection_for
from api.ogc.parameters import ITEM, single
from api.ogc.visit import Visit, answer, dumped, frames_of, visit
from api.params import EditionNumber
from gis.errors import InvalidInput, NotFound
from tiles.matrix import check_matrix_set

router = APIRouter(prefix="/ogc", include_in_schema=False)
METHODS = ["GET", "HEAD"]
JSON = "application/json"
_KNOWN = tuple(name for name in ITEM if name != "crs")


def place(
    z: Annotated[int, Path(description="tile matrix")],
    row: Annotated[int, Path(description="row from the north")],
    col: Annotated[int, Path(description="column from the west")],
) -> tuple[int, int, int]:
    """FastAPI dependency: a tile's place as plain addresses name it: zoom, column, row."""
    return z, col, row


Place = Annotated[tuple[int, int, int], Depends(place)]


@router.api_route("/tileMatrixSets", methods=METHODS)
def matrix_sets(request: Request) -> Response:
    """The tile matrix sets that tiles come in."""
    seen = visit(request)
    title = "瓦片矩阵集" if seen.lang == "zh" else "Tile matrix sets"
    return _answer(request, seen, "matrix-sets.html", title, tilesets.matrix_set_list(seen))


@router.api_route("/tileMatrixSets/{tms}", methods=METHODS)
def matrix_set(request: Request, tms: str) -> Response:
    """The definition of a tile matrix set."""
    seen = visit(request)
    return _answer(request, seen, "matrix-set.html", tms, tilesets.matrix_set(seen, check_matrix_set(tms)))


@router.api_route("/tiles", methods=METHODS)
def dataset_tilesets(request: Request) -> Response:
    """The tilesets of the whole dataset."""
    return _tilesets(request, None)


@router.api_route("/tiles/{tms}", methods=METHODS)
def dataset_tileset(request: Request, tms: str) -> Response:
    """One tileset of the whole dataset."""
    return _tileset(request, None, tms)


@router.api_route("/tiles/{tms}/{z}/{row}/{col}", methods=METHODS)
def dataset_tile(request: Request, tms: str, where: Place, edition: EditionNumber) -> Response:
    """A tile with every stored layer."""
    return _tile(request, None, tms, where, edition)


@router.api_route("/collections/{name}/tiles", methods=METHODS)
def collection_tilesets(request: Request, name: str) -> Response:
    """The tilesets of a collection."""
    return _tilesets(request, name)


@router.api_route("/collections/{name}/tiles/{tms}", methods=METHODS)
def collection_tileset(request: Request, name: str, tms: str) -> Response:
    """One tileset of a collection."""
    return _tileset(request, name, tms)


@router.api_route("/collections/{name}/tiles/{tms}/{z}/{row}/{col}", methods=METHODS)
def collection_tile(request: Request, name: str, tms: str, where: Place, edition: EditionNumber) -> Response:
    """A tile of a collection."""
    return _tile(request, name, tms, where, edition)


def _tilesets(request: Request, name: str | None) -> Response:
    seen = visit(request)
    values = {} if name is None else {"chosen": collection_for(name, seen.caller)}
    title = "矢量瓦片" if seen.lang == "zh" else "Vector tiles"
    return _answer(request, seen, "tilesets.html", title, tilesets.tilesets(seen, name), **values)


def _tileset(request: Request, name: str | None, tms: str) -> Response:
    seen = visit(request)
    values = {} if name is None else {"chosen": collection_for(name, seen.caller)}
    made = tilesets.tileset(seen, name, check_matrix_set(tms))
    return _answer(request, seen, "tileset.html", tms, made, **values)


def _tile(request: Request, name: str | None, tms: str, where: tuple[int, int, int], edition: int) -> Response:
    params = single(request.query_params, _KNOWN)
    if params.get("f", "mvt") != "mvt":
        raise InvalidInput(field="f", reason_zh="没有此格式；可用：mvt", reason_en="one of mvt")
    if name is not None:
        collection_for(name, caller(request))
    layers = ",".join(tilesets.layers_of(name))
    if "edition" in params:
        found = plain.edition_tile_in(request, edition, tms, layers, where, plain.Asked(period_of()))
    else:
        found = plain.current_tile_in(request, tms, layers, where, edition, plain.Asked(period_of()))
    if found.status_code == 204 and not tilesets.within(tms, frames_of(request).get(edition).county, where):
        zoom, col, row = where
        raise NotFound(what_zh="瓦片", what_en="tile", value=f"{zoom}/{row}/{col}")
    return found


def _answer(request: Request, seen: Visit, template: str, title: str, made: Any, **values: Any) -> Response:
    if not seen.html:
        return answer(request, seen, dumped(made), JSON)
    return pages.page(request, seen, template, title, document=made, **values)
