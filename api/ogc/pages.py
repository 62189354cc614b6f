"""HTML of the same documents: Chinese and English, self-contained, no script, nothing remote."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import wording
from api.ogc.config import NOTICE
from api.ogc.context import CRS84
from api.ogc.downloads.formats import DOWNLOADS
from api.ogc.frames import Frame
from api.ogc.links import address
from api.ogc.model import Collection, Field, Text
from api.ogc.outline import HEIGHT, WIDTH, outline
from api.ogc.visit import Visit, answer
from gis.codes import grouped, is_code
from gis.errors import Lang

HTML = "text/html; charset=utf-8"
_LEADS = {"parent": "grids", "grid_code": "grids", "unit_code": "units"}  # properties that are ids of other items
_NAMES = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_NAMES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["shown"] = shown
    found.filters["grouped"] = _grouped
    words = {name: getattr(wording, name) for name in ("classes", "system", "extent", "filters")}
    cast("dict[str, object]", found.globals).update(words, kinds=wording.KINDS, size=(WIDTH, HEIGHT), leads=_LEADS)
    return found


class Shown(Protocol):
    """What a page needs to know of the request it answers; without an edition if none can be told."""

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        ...

    @property
    def base(self) -> str:
        """Address of the service."""
        ...

    @property
    def own(self) -> str:
        """Address of the page, without parameters."""
        ...

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters given."""
        ...

    @property
    def frame(self) -> Frame | None:
        """The edition that the page is about."""
        ...


def page(request: Request, seen: Visit, template: str, title: str, **values: Any) -> Response:
    """The answer that is a page; its maps are in degrees."""
    body = render(seen, template, title, **values)
    return answer(request, seen, body, HTML, headers={"Content-Crs": f"<{CRS84.uri}>"})


def render(visit: Shown, template: str, title: str, **values: Any) -> bytes:
    """A page; ``values`` are what its template shows, ``step`` what the way to it calls it if not its title."""
    filters = {
        name: value for name, value in visit.params.items() if name not in {"f", "lang", "limit", "offset", "after"}
    }
    kept = {name: value for name, value in visit.params.items() if name not in {"f", "lang"}}
    lasting = {"lang": visit.params["lang"]} if "lang" in visit.params else {}
    root, frame = f"{visit.base}/ogc", visit.frame
    edition = None if frame is None else frame.edition

    def say(zh: str, en: str) -> str:
        return zh if visit.lang == "zh" else en

    def here(path: str = "", **more: object) -> str:
        return address(root + path, {**lasting, **more})

    def file_href(form: str) -> str:
        return address(visit.own.removesuffix("/items") + "/items", {**filters, "f": form})

    told = {
        "lang": visit.lang,
        "say": say,
        "here": here,
        "title": title,
        "step": title,
        "site": say("网格数据服务", "Grid data") if frame is None else frame.title[visit.lang],
        "root": root,
        "site_url": visit.base + "/",
        "crumbs": [(text, address(href, lasting)) for text, href in _crumbs(visit, root, values.get("chosen"))],
        "notice": NOTICE[visit.lang] if edition is not None and edition.synthetic else "",
        "edition": edition,
        "current": edition is None or edition.state == "current",
        "systems": () if frame is None else frame.crs,
        "given": visit.params,
        "narrowed": bool(filters.keys() - {"edition"}),
        "downloads": DOWNLOADS,
        "file_href": file_href,
        "json_href": address(visit.own, {**kept, **lasting, "f": "json"}),
        "other_href": address(visit.own, {**kept, "lang": say("en", "zh"), "f": "html"}),
    }
    return _environment().get_template(template).render(told | values).encode()


def _crumbs(visit: Shown, root: str, chosen: Collection | None) -> list[tuple[str, str]]:
    """Titles and addresses of the pages above this one, the landing page first."""
    zh = visit.lang == "zh"
    steps = [("OGC API", root), ("数据集" if zh else "Collections", f"{root}/collections")]
    steps += [("矢量瓦片" if zh else "Vector tiles", f"{root}/tiles")]
    steps += [("瓦片矩阵集" if zh else "Tile matrix sets", f"{root}/tileMatrixSets")]
    if chosen is not None:
        steps.append((chosen.title[visit.lang], f"{root}/collections/{chosen.id}"))
        steps.append(("要素" if zh else "Items", f"{root}/collections/{chosen.id}/items"))
        steps.append(("矢量瓦片" if zh else "Vector tiles", f"{root}/collections/{chosen.id}/tiles"))
    return [(text, href) for text, href in steps if visit.own.startswith(href + "/")]


def shown(
    value: Any, field: Field | None = None, lang: Lang = "zh", names: Mapping[str, Mapping[str, Text]] | None = None
) -> str:
    """A property's value for reading: codes in groups of their levels, moments as clocks in China show them.

    ``names`` are words for the values of properties that only the store knows.
    """
    if field is not None:
        words = {**field.meanings, **(names or {}).get(field.name, {})}
        if str(value) in words:
            return words[str(value)][lang]
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:g}"
    text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes") if hasattr(value, "hour") else str(value)
    return _grouped(text) if field is not None and field.name.endswith(("code", "parent")) else text


def _grouped(text: str) -> str:
    return grouped(text) if is_code(text) else text


def title_of(collection: Collection, feature: dict[str, Any], lang: Lang) -> str:
    """What an item is called."""
    properties = feature["properties"]
    for name in ("name", "title", "head_name", "old_code"):
        if properties.get(name):
            return str(properties[name])
    return f"{collection.title[lang]} {str(feature['id'])[:8]}"


def shapes(
    visit: Visit, collection: Collection, features: list[dict[str, Any]], around: Sequence[dict[str, Any]] = ()
) -> list[Any]:
    """The map of some items, each linked to its page; ``around`` are the items in which they lie."""
    kept = {name: visit.params[name] for name in ("lang", "edition", "datetime") if name in visit.params}
    root = f"{visit.url}/collections/{collection.home}/items"
    drawn = (
        (title_of(collection, feature, visit.lang), address(f"{root}/{feature['id']}", kept), feature["geometry"])
        for feature in features
        if feature["geometry"] is not None
    )
    return outline(drawn, [feature["geometry"] for feature in around])
