"""pygeoapi in front of the store: its documents, made right for us. Imported on first use: it costs 1.5 s and 78 MB."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson
from pygeoapi import api as pygeoapi_core
from pygeoapi.api import API, APIRequest, itemtypes

from api.ogc.collections import COLLECTIONS
from gis.errors import Lang, WanggeError

_KEPT = 16
_DIALECT = "https://json-schema.org/draft/2020-12/schema"  # parts 3 and 5 take no other address than with https
_FOREIGN_RELS = ("processes", "tiling-schemes", "job-list")
_TYPES = ("text/html", "application/json", "application/geo+json", "application/schema+json", "application/vnd.oai")
_RELS: dict[str, tuple[str, str]] = {
    "self": ("本文档", "This document"),
    "alternate": ("本文档的其他格式", "This document in another format"),
    "root": ("首页", "Landing page"),
    "about": ("关于本服务", "About this service"),
    "service-desc": ("接口描述（OpenAPI）", "API definition (OpenAPI)"),
    "service-doc": ("接口说明", "API documentation"),
    "conformance": ("遵循的标准", "Standards that are met"),
    "data": ("数据集", "Collections"),
    "items": ("要素", "Items"),
    "schema": ("属性结构", "Schema"),
    "queryables": ("可筛选的属性", "Queryable properties"),
}
"""Titles of links in both languages: pygeoapi has no Chinese."""


@dataclass(frozen=True, slots=True)
class Front:
    """pygeoapi for one set of collections at one address."""

    api: API

    def landing(self, lang: Lang) -> dict[str, Any]:
        """The landing page (part 1, 7.2)."""
        return self._document(pygeoapi_core.landing_page, lang)

    def collections(self, lang: Lang) -> dict[str, Any]:
        """All collections (part 1, 7.13)."""
        return self._document(pygeoapi_core.describe_collections, lang)

    def collection(self, name: str, lang: Lang) -> dict[str, Any]:
        """One collection (part 1, 7.14)."""
        return self._document(pygeoapi_core.describe_collections, lang, name)

    def schema(self, name: str, lang: Lang) -> dict[str, Any]:
        """The schema of a collection's items (part 5)."""
        return _titled(self._document(pygeoapi_core.get_collection_schema, lang, name), name, lang)

    def queryables(self, name: str, lang: Lang) -> dict[str, Any]:
        """The properties that can be filtered by (part 3, 6.2)."""
        found = _titled(self._document(itemtypes.get_collection_queryables, lang, name), name, lang)
        found["additionalProperties"] = False
        return found

    def sortables(self, name: str, lang: Lang) -> dict[str, Any]:
        """The properties that can be sorted by (part 5): all but the geometry."""
        found = self.queryables(name, lang)
        found["$id"] = str(found["$id"]).replace("/queryables", "/sortables")
        del found["properties"]["geometry"]
        return found

    def _document(self, make: Callable[..., Any], lang: Lang, *names: str) -> dict[str, Any]:
        """Have pygeoapi make a document, and take out what this service does not offer.

        Raises
        ------
        WanggeError
            If pygeoapi fails: the collections and formats asked for were checked before.
        """
        request = APIRequest(_Asked({"f": "json", "lang": lang}), self.api.locales)
        _, status, content = make(self.api, request, *names)
        if status != 200:
            raise WanggeError(detail=f"pygeoapi answered {int(status)}")
        return _tidied(orjson.loads(content), lang)


class _Asked:
    """The little of a web request that pygeoapi reads."""

    def __init__(self, params: dict[str, str]) -> None:
        self.query_params = params
        self.headers: dict[str, str] = {}
        self.scope = {"path": "/ogc"}


class Fronts:
    """The front for each set of collections, address and edition; the latest few are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Front] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object, configure: Callable[[], dict[str, Any]]) -> Front:
        """The front of that key, configured on first use."""
        with self._lock:
            front = self._kept.get(key)
            if front is None:
                with _logging_untouched():
                    front = Front(API(configure(), {}))
                self._kept[key] = front
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return front


@contextmanager
def _logging_untouched() -> Generator[None]:
    """Pygeoapi gives the root logger a handler of its own if it finds none; take it away again."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _tidied(document: Any, lang: Lang) -> Any:
    """Without links to formats and services that are not here (JSON-LD, CSV, processes); titles in ``lang``."""
    if isinstance(document, list):
        return [_tidied(part, lang) for part in document]
    if not isinstance(document, dict):
        return document
    found = {name: _tidied(part, lang) for name, part in document.items()}
    if isinstance(found.get("links"), list):
        found["links"] = [_named(link, lang) for link in found["links"] if _ours(link)]
    return found


def _ours(link: dict[str, Any]) -> bool:
    return str(link["type"]).startswith(_TYPES) and not str(link["rel"]).endswith(_FOREIGN_RELS)


def _named(link: dict[str, Any], lang: Lang) -> dict[str, Any]:
    rel = str(link["rel"]).rpartition("/")[2]
    if rel in _RELS:
        link["title"] = _RELS[rel][0 if lang == "zh" else 1]
    return link


def _titled(document: dict[str, Any], name: str, lang: Lang) -> dict[str, Any]:
    collection = COLLECTIONS[name]
    document["$schema"] = _DIALECT
    document["$id"] = str(document["$id"]).partition("?")[0]
    document["description"] = collection.description[lang]
    for field in collection.fields:
        document["properties"][field.name] |= field.described(lang)
    document["properties"]["geometry"]["format"] = f"geometry-{collection.geometry}"
    return document
