"""Links of items and pages of items."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from api.ogc.downloads.formats import DOWNLOADS
from api.ogc.model import Collection
from api.ogc.parameters import ItemsQuery
from gis.codes import UNIT_LEVEL, ancestors, level_of
from gis.errors import Lang

GEOJSON = "application/geo+json"
SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
Link = dict[str, Any]
_TITLES: dict[str, tuple[str, str]] = {
    "self": ("本文档", "This document"),
    "alternate": ("网页", "Web page"),
    "collection": ("所属数据集", "Its collection"),
    "next": ("下一页", "Next page"),
    "prev": ("上一页", "Previous page"),
    "up": ("上级网格", "The grid above"),
    "related": ("下级", "What is in it"),
}


def address(root: str, params: Mapping[str, object]) -> str:
    """An address with its parameters; commas, colons and slashes stay readable."""
    return f"{root}?{urlencode(params, quote_via=quote, safe=',:/')}" if params else root


def of_page(
    root: str, given: Mapping[str, str], query: ItemsQuery, *, edition: int, last: str | int | None, lang: Lang
) -> list[Link]:
    """Links of a page of items; the next and previous page stay in this page's edition, whatever is published since.

    Parameters
    ----------
    root : address of the items without parameters.
    given : the parameters of this request.
    last : id of the page's last item if there are more after it. In the order of ids the next page follows that item,
        so that it stays right while items come and go; in any other it skips as many as came before.
    """
    kept = {name: value for name, value in given.items() if name not in {"f", "offset"}}
    here = kept if query.offset == 0 else {**kept, "offset": query.offset}
    links = [
        _link("self", address(root, {"f": "json", **here}), GEOJSON, lang),
        _link("alternate", address(root, {"f": "html", **here}), "text/html", lang),
        _link("collection", root.removesuffix("/items"), "application/json", lang),
    ]
    chain = {**kept, "edition": edition, **({"f": given["f"]} if "f" in given else {})}
    chain |= {"limit": query.limit} if query.cut else {}
    chain.pop("after", None)
    if last is not None:
        following = {"offset": query.offset + query.limit, **({} if query.sort else {"after": last})}
        links.append(_link("next", address(root, chain | following), GEOJSON, lang))
    if query.offset > 0:
        before = max(0, query.offset - query.limit)
        links.append(_link("prev", address(root, {**chain, "offset": before}), GEOJSON, lang))
    return links


def told_limit(query: ItemsQuery) -> dict[str, Any]:
    """The member of a page that tells that its limit was cut: what was asked for, and the largest page."""
    return {"limit": {"asked": query.cut, "maximum": query.limit}} if query.cut else {}


def of_item(
    url: str, collection: Collection, feature: Mapping[str, Any], given: Mapping[str, str], lang: Lang
) -> list[Link]:
    """Links of one item, with the grid above it and, of a grid, what it is made of.

    Parameters
    ----------
    url : address of the landing page.
    """
    items = f"{url}/collections/{collection.id}/items"
    kept = {name: value for name, value in given.items() if name != "f"}
    here = f"{items}/{feature['id']}"
    links = [
        _link("self", address(here, {"f": "json", **kept}), GEOJSON, lang),
        _link("alternate", address(here, {"f": "html", **kept}), "text/html", lang),
        _link("collection", items.removesuffix("/items"), "application/json", lang),
    ]
    above = above_of(collection, feature)
    when = {name: value for name, value in kept.items() if name in {"datetime", "edition", "lang"}}
    if above:
        links.append(_link("up", address(f"{url}/collections/grids/items/{above[-1]}", when), GEOJSON, lang))
    if collection.identifier == "grid":
        below, key = below_of(str(feature["id"]))
        within = address(f"{url}/collections/{below}/items", {key: feature["id"], **when})
        links.append(_link("related", within, GEOJSON, lang))
    return links


def of_collection(url: str, collection: Collection, lang: Lang) -> list[Link]:
    """Links of a collection that pygeoapi does not make: its sortables, and all items as a file in each format.

    Parameters
    ----------
    url : address of the landing page.
    """
    here = f"{url}/collections/{collection.id}"
    sortables = {"href": f"{here}/sortables", "rel": SORTABLES, "type": "application/schema+json"}
    files = [
        {"href": f"{here}/items.{form.suffix}", "rel": "enclosure", "type": form.media, "title": form.title[lang]}
        for form in DOWNLOADS.values()
    ]
    return [{**sortables, "title": "可排序的属性" if lang == "zh" else "Sortable properties"}, *files]


def below_of(code: str) -> tuple[str, str]:
    """The collection of what a grid is made of, and its property that holds the grid's code."""
    level = level_of(code) + 1
    return ("units", "grid_code") if level == UNIT_LEVEL else (f"grids-level{level}", "parent")


def above_of(collection: Collection, feature: Mapping[str, Any]) -> list[str]:
    """Codes of the grids that an item lies in, county first."""
    if collection.identifier in {"grid", "unit"}:
        return ancestors(str(feature["id"]))
    code = feature["properties"].get("grid_code")
    return [*ancestors(code), code] if code else []


def _link(rel: str, href: str, media: str, lang: Lang) -> Link:
    return {"href": href, "rel": rel, "type": media, "title": _TITLES[rel][0 if lang == "zh" else 1]}
