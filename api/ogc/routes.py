"""Addresses under ``/ogc``. Endpoints are plain functions: they run in the thread pool, off the event loop.

They are described in their own OpenAPI document, ``/ogc/openapi``, as the standard asks. What needs pygeoapi is imported
on first use: it costs 1.5 s and 78 MB, and the start of the service need not wait for it.
"""

from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import caller
from api.ogc import geojson, pages, tile_routes
from api.ogc.collections import COLLECTIONS, collection_for
from api.ogc.downloads.formats import DOWNLOADS, format_named
from api.ogc.links import GEOJSON, of_collection
from api.ogc.model import Collection
from api.ogc.openapi import MEDIA, document
from api.ogc.parameters import ITEM, ITEMS, ITEMS_FORMATS, ItemsQuery, parse_item, parse_items
from api.ogc.tilesets import tile_links
from api.ogc.visit import Visit, answer, dumped, visit

if TYPE_CHECKING:
    from api.ogc.front import Front

router = APIRouter(prefix="/ogc", include_in_schema=False)
router.routes.extend(tile_routes.router.routes)
METHODS = ["GET", "HEAD"]
JSON, SCHEMA = "application/json", "application/schema+json"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/html",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-common-1/1.0/conf/landing-page",
        "ogcapi-common-1/1.0/conf/oas30",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/html",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
        "cql2/1.0/conf/accent-insensitive-comparison",
        "cql2/1.0/conf/advanced-comparison-operators",
        "cql2/1.0/conf/arithmetic",
        "cql2/1.0/conf/basic-cql2",
        "cql2/1.0/conf/basic-spatial-functions",
        "cql2/1.0/conf/basic-spatial-functions-plus",
        "cql2/1.0/conf/case-insensitive-comparison",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/property-property",
        "cql2/1.0/conf/spatial-functions",
        "cql2/1.0/conf/temporal-functions",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/queryables-query-parameters",
        "ogcapi-features-5/1.0/conf/schemas",
        "ogcapi-features-5/1.0/conf/core-roles-features",
        "ogcapi-features-5/1.0/conf/returnables-and-receivables",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/dataset-tilesets",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
        "ogcapi-tiles-1/1.0/conf/oas30",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
    )
)
"""What is met; of CQL2 all but arrays, which no property is, and functions of our own."""
_FIRST = Lock()


@router.api_route("", methods=METHODS)
@router.api_route("/", methods=METHODS)
def landing(request: Request) -> Response:
    """Landing page."""
    seen = visit(request)
    made = _front(request, seen).landing(seen.lang)
    made["links"] += tile_links(seen)
    if not seen.html:
        return answer(request, seen, dumped(made), JSON)
    from api.ogc import items

    listed = _front(request, seen).collections(seen.lang)["collections"]
    drawn = pages.shapes(seen, items.GRIDS, items.townships(seen))
    return pages.page(request, seen, "landing.html", made["title"], document=made, listed=listed, shapes=drawn)


@router.api_route("/conformance", methods=METHODS)
def conformance(request: Request) -> Response:
    """The conformance classes met."""
    seen = visit(request)
    made = {"conformsTo": CONFORMANCE}
    if not seen.html:
        return answer(request, seen, dumped(made), JSON)
    title = "遵循的标准" if seen.lang == "zh" else "Standards that are met"
    return pages.page(request, seen, "conformance.html", title, document=made)


@router.api_route("/openapi", methods=METHODS)
def openapi(request: Request) -> Response:
    """The description of these addresses, with what this caller may read."""
    seen = visit(request)
    made = document(
        url=seen.url,
        title=seen.frame.title,
        description=seen.summary,
        ids=seen.ids,
        crs=seen.frame.crs,
        max_page=seen.service.settings.max_page,
        lang=seen.lang,
    )
    if not seen.html:
        return answer(request, seen, dumped(made), MEDIA)
    title = "接口说明" if seen.lang == "zh" else "API documentation"
    return pages.page(request, seen, "openapi.html", title, document=made)


@router.api_route("/collections", methods=METHODS)
def collections(request: Request) -> Response:
    """The collections this caller may read."""
    seen = visit(request)
    made = _front(request, seen).collections(seen.lang)
    for one in made["collections"]:
        one["links"] += tile_links(seen, one["id"]) + of_collection(seen.url, COLLECTIONS[one["id"]], seen.lang)
    if not seen.html:
        return answer(request, seen, dumped(made), JSON)
    title = "数据集" if seen.lang == "zh" else "Collections"
    return pages.page(request, seen, "collections.html", title, listed=made["collections"])


@router.api_route("/collections/{name}", methods=METHODS)
def collection(request: Request, name: str) -> Response:
    """One collection."""
    seen = visit(request)
    chosen = collection_for(name, seen.caller)
    made = _front(request, seen).collection(name, seen.lang)
    made["links"] += tile_links(seen, name) + of_collection(seen.url, chosen, seen.lang)
    if not seen.html:
        return answer(request, seen, dumped(made), JSON)
    from api.ogc import items

    drawn = pages.shapes(seen, items.GRIDS, items.townships(seen))
    return pages.page(request, seen, "collection.html", made["title"], chosen=chosen, document=made, shapes=drawn)


@router.api_route("/collections/{name}/queryables", methods=METHODS)
def queryables(request: Request, name: str) -> Response:
    """The properties that items can be filtered by."""
    seen = visit(request)
    chosen = collection_for(name, seen.caller)
    made = _front(request, seen).queryables(name, seen.lang)
    title = "可筛选的属性" if seen.lang == "zh" else "Queryable properties"
    return _properties(request, seen, chosen, made, title)


@router.api_route("/collections/{name}/sortables", methods=METHODS)
def sortables(request: Request, name: str) -> Response:
    """The properties that items can be sorted by."""
    seen = visit(request)
    chosen = collection_for(name, seen.caller)
    made = _front(request, seen).sortables(name, seen.lang)
    return _properties(request, seen, chosen, made, "可排序的属性" if seen.lang == "zh" else "Sortable properties")


@router.api_route("/collections/{name}/schema", methods=METHODS)
def schema(request: Request, name: str) -> Response:
    """The schema of the items."""
    seen = visit(request)
    chosen = collection_for(name, seen.caller)
    made = _front(request, seen).schema(name, seen.lang)
    return _properties(request, seen, chosen, made, "属性结构" if seen.lang == "zh" else "Schema")


@router.api_route("/collections/{name}/items.{suffix}", methods=METHODS)
@router.api_route("/collections/{name}/items", methods=METHODS)
def items_page(request: Request, name: str, suffix: str | None = None) -> Response:
    """A page of items, or all of them as a file."""
    from api.ogc import items

    chosen = collection_for(name, caller(request))
    known = (*ITEMS, *(field.name for field in chosen.fields))
    seen = visit(request, known, ITEMS_FORMATS, None if suffix is None else format_named(suffix))
    query = parse_items(seen.params, chosen, max_page=seen.service.settings.max_page, crs_list=seen.frame.crs)
    seen = seen.at(query)
    if seen.format in DOWNLOADS:
        from api.ogc.downloads.download import download

        return download(request, seen, chosen, query)
    found = items.page(seen, chosen, query)
    lasting = chosen.lasting and "edition" in seen.params
    if not seen.html:
        pieces, rest = [geojson.written(feature) for feature in found["features"]], geojson.page_rest(found)
        body, tag = geojson.page((body for body, _ in pieces), rest), geojson.tag(b"".join(d for _, d in pieces), rest)
        return answer(request, seen, body, GEOJSON, lasting=lasting, tag=tag, headers=_content_crs(query))
    around = items.townships(seen) if chosen.geometry == "point" else []
    drawn = pages.shapes(seen, chosen, found["features"], around)
    title = chosen.title[seen.lang] + (" · 要素" if seen.lang == "zh" else " · items")
    values = {"found": found, "query": query, "shapes": drawn, "names": items.names(seen, chosen)}
    step = "要素" if seen.lang == "zh" else "Items"
    return pages.page(request, seen, "items.html", title, chosen=chosen, step=step, **values)


@router.api_route("/collections/{name}/items/{identifier}", methods=METHODS)
def one_item(request: Request, name: str, identifier: str) -> Response:
    """One item."""
    from api.ogc import items

    chosen = collection_for(name, caller(request))
    seen = visit(request, ITEM)
    query = parse_item(seen.params, crs_list=seen.frame.crs)
    seen = seen.at(query)
    found = items.item(seen, chosen, query, identifier)
    lasting = chosen.lasting and "edition" in seen.params
    if not seen.html:
        rest = geojson.item_rest(found.pop("links"))
        body, digest = geojson.written(found)
        body, tag = geojson.item(body, rest), geojson.tag(digest, rest)
        return answer(request, seen, body, GEOJSON, lasting=lasting, tag=tag, headers=_content_crs(query))
    below, parts = items.parts(seen, chosen, found)
    drawn = (
        pages.shapes(seen, below, parts)
        if parts
        else pages.shapes(seen, chosen, [found], items.around(seen, chosen, found))
    )
    values = {"above": items.above(seen, chosen, found), "below": below, "parts": parts, "shapes": drawn}
    values |= {"names": items.names(seen, chosen)}
    return pages.page(
        request, seen, "item.html", pages.title_of(chosen, found, seen.lang), chosen=chosen, found=found, **values
    )


def _content_crs(query: ItemsQuery) -> Mapping[str, str]:
    return {"Content-Crs": f"<{query.crs.uri}>"}  # part 2, requirement crs/ogc-crs-header


def _properties(request: Request, seen: Visit, chosen: Collection, made: dict[str, Any], title: str) -> Response:
    if not seen.html:
        return answer(request, seen, dumped(made), SCHEMA)
    return pages.page(request, seen, "properties.html", title, chosen=chosen, document=made)


def _front(request: Request, seen: Visit) -> "Front":
    """The front for what this caller may read: another configuration, so that nothing else exists for it."""
    from api.ogc.front import Fronts

    state = request.app.state
    with _FIRST:
        if getattr(state, "ogc_fronts", None) is None:
            state.ogc_fronts = Fronts()
    key = (seen.ids, seen.url, seen.frame.edition.number)
    return state.ogc_fronts.get(key, seen.configuration)
