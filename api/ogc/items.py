"""Items and pages of items, and what stands around them: read through the provider, told with links."""

from typing import Any

from api.ogc import links
from api.ogc.collections import COLLECTIONS
from api.ogc.config import NOTICE
from api.ogc.context import asking
from api.ogc.model import Collection, Text
from api.ogc.parameters import ItemsQuery
from api.ogc.provider import CountyProvider
from api.ogc.visit import Visit
from api.ogc.window import misses, window
from gis.disputes import category_names
from gis.grids import names_at

_MOST_PARTS = 1000  # grids of one parent on a page
GRIDS = COLLECTIONS["grids"]
Feature = dict[str, Any]
BESIDE = Text(
    "bbox 不在本县范围内；请检查坐标轴顺序（EPSG:4326、4490 纬度在前，3° 带北坐标在前）和 bbox-crs",
    "bbox lies beside the county; check bbox-crs and the order of the axes (latitude first in EPSG:4326 and 4490,"
    " north first in the 3° zones)",
)


def page(seen: Visit, chosen: Collection, query: ItemsQuery) -> Feature:
    """A page of items as a FeatureCollection with its links (part 1, 7.15).

    Raises
    ------
    NotSignedIn, Forbidden, DatabaseUnavailable, TooLong
    """
    found = _read(seen, chosen, query)
    number, features = seen.frame.edition.number, found["features"]
    last = features[-1]["id"] if found.pop("more") else None
    found["links"] = links.of_page(seen.own, seen.params, query, edition=number, last=last, lang=seen.lang)
    found["edition"] = number
    found |= links.told_limit(query)
    if query.box is not None and misses(window(query.box, query.box_crs, seen.frame.county), seen.frame.county):
        found["hint"] = BESIDE[seen.lang]
    if seen.frame.edition.synthetic:
        found["notice"] = NOTICE[seen.lang]
    return found


def item(seen: Visit, chosen: Collection, query: ItemsQuery, identifier: str) -> Feature:
    """One item as a Feature with its links (part 1, 7.16).

    Raises
    ------
    InvalidCode, InvalidInput, NotFound, Retired, NotSignedIn, Forbidden, DatabaseUnavailable
    """
    with asking(seen.asked(chosen, query)):
        found = CountyProvider.of(chosen.id).get(identifier)
    found["links"] = links.of_item(seen.url, chosen, found, seen.params, seen.lang)
    return found


def above(seen: Visit, chosen: Collection, feature: Feature) -> list[tuple[str, str]]:
    """Codes and names of the grids that an item lies in, county first."""
    codes = links.above_of(chosen, feature)
    with seen.service.database.transaction() as connection:
        names = names_at(connection, codes, seen.frame.edition.number)
    return [(code, names[code]) for code in codes]


def parts(seen: Visit, chosen: Collection, feature: Feature) -> tuple[Collection, list[Feature]]:
    """What a grid is made of: the grids below it, or the neighbour units of a basic grid; with their collection."""
    if chosen.identifier != "grid":
        return GRIDS, []
    name, key = links.below_of(feature["id"])
    below = COLLECTIONS[name]
    query = ItemsQuery(limit=_MOST_PARTS, filters=((key, feature["id"]),))
    return below, _read(seen, below, query)["features"]


def around(seen: Visit, chosen: Collection, feature: Feature) -> list[Feature]:
    """The basic grid that a point lies in, to be drawn behind it; nothing for areas."""
    code = feature["properties"].get("grid_code")
    if chosen.geometry != "point" or code is None:
        return []
    return _read(seen, GRIDS, ItemsQuery(limit=1, filters=(("code", code),)))["features"]


def townships(seen: Visit) -> list[Feature]:
    """The townships: what the overview map shows."""
    return _read(seen, GRIDS, ItemsQuery(limit=_MOST_PARTS, filters=(("level", 3),)))["features"]


def names(seen: Visit, chosen: Collection) -> dict[str, dict[str, Text]]:
    """Words for values of properties that only the store knows: by property and value."""
    if chosen.field("category") is None:
        return {}
    with seen.service.database.transaction() as connection:
        return {"category": {key: Text(*both) for key, both in category_names(connection).items()}}


def _read(seen: Visit, chosen: Collection, query: ItemsQuery) -> Feature:
    with asking(seen.asked(chosen, query)):
        return CountyProvider.of(chosen.id).query(
            offset=query.offset,
            limit=query.limit,
            resulttype="hits" if query.hits else "results",
            properties=query.filters,
            sortby=[{"property": name, "order": "+" if ascends else "-"} for name, ascends in query.sort],
            select_properties=query.select or (),
            skip_geometry=query.skip_geometry,
        )
