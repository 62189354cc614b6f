"""HTML of the same documents: Chinese and English, self-contained, no script, nothing remote."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.config import NOTICE
from api.ogc.context import CRS84
from api.ogc.downloads.formats import DOWNLOADS
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
    cast("dict[str, object]", found.globals).update(size=(WIDTH, HEIGHT), leads=_LEADS)
    return found


def page(request: Request, seen: Visit, template: str, title: str, **values: Any) -> Response:
    """The answer that is a page; its maps are in degrees."""
    body = render(seen, template, title, **values)
    return answer(request, seen, body, HTML, headers={"Content-Crs": f"<{CRS84.uri}>"})


def render(visit: Visit, template: str, title: str, **values: Any) -> bytes:
    """A page; ``values`` are what its template shows."""
    filters = {
        name: value for name, value in visit.params.items() if name not in {"f", "lang", "limit", "offset", "after"}
    }
    other = "en" if visit.lang == "zh" else "zh"
    kept = {name: value for name, value in visit.params.items() if name not in {"f", "lang"}}
    lasting = {"lang": visit.params["lang"]} if "lang" in visit.params else {}

    def say(zh: str, en: str) -> str:
        return zh if visit.lang == "zh" else en

    def here(path: str = "", **more: object) -> str:
        return address(visit.url + path, {**lasting, **more})

    def file_href(form: str) -> str:
        return address(visit.own.removesuffix("/items") + "/items", {**filters, "f": form})

    text = (
        _environment()
        .get_template(template)
        .render(
            lang=visit.lang,
            say=say,
            here=here,
            title=title,
            site=visit.frame.title[visit.lang],
            root=visit.url,
            site_url=visit.base + "/",
            crumbs=[(text, address(href, lasting)) for text, href in _crumbs(visit, values.get("chosen"))],
            notice=NOTICE[visit.lang] if visit.frame.edition.synthetic else "",
            edition=visit.frame.edition,
            current=visit.frame.edition.state == "current",
            downloads=DOWNLOADS,
            file_href=file_href,
            json_href=address(visit.own, {**kept, **lasting, "f": "json"}),
            other_href=address(visit.own, {**kept, "lang": other, "f": "html"}),
            **values,
        )
    )
    return text.encode()


def _crumbs(visit: Visit, chosen: Collection | None) -> list[tuple[str, str]]:
    """Titles and addresses of the pages above this one, the landing page first."""
    zh = visit.lang == "zh"
    steps = [("OGC API", visit.url), ("数据集" if zh else "Collections", f"{visit.url}/collections")]
    steps += [("矢量瓦片" if zh else "Vector tiles", f"{visit.url}/tiles")]
    steps += [("瓦片矩阵集" if zh else "Tile matrix sets", f"{visit.url}/tileMatrixSets")]
    if chosen is not None:
        steps.append((chosen.title[visit.lang], f"{visit.url}/collections/{chosen.id}"))
        steps.append(("要素" if zh else "Items", f"{visit.url}/collections/{chosen.id}/items"))
        steps.append(("矢量瓦片" if zh else "Vector tiles", f"{visit.url}/collections/{chosen.id}/tiles"))
    return [(text, href) for text, href in steps if visit.own.startswith(href + "/")]


def shown(
    value: Any, field: Field | None = None, lang: Lang = "zh", names: Mapping[str, Mapping[str, Text]] | None = None
) -> str:
    """A property's value for reading: codes in groups of their levels, moments as clocks in China show them.

    ``names`` are words for the values of properties that only the store knows.
    """
    if field is not None:
        words = {**field.words, **field.values, **(names or {}).get(field.name, {})}
        if value in words:
            return words[value][lang]
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:g}"
    text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes") if hasattr(value, "hour") else str(value)
    return grouped(text) if field is not None and field.name.endswith(("code", "parent")) and is_code(text) else text


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
