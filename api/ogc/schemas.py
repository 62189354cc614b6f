"""JSON Schemas (OpenAPI 3.0 dialect) of what ``/ogc`` answers."""

from typing import Any

from api.ogc.model import Collection
from gis.codes import WIDTHS
from gis.errors import Lang

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_LINKS: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_ID_PATTERNS = {
    "grid": "^[1-9][0-9]{5}([0-9]{3}){0,3}([0-9]{2})?$",
    "unit": "^[1-9][0-9]{19}$",
    "uuid": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    "passage": "^[0-9]{1,9}(-[0-9]{6,17}){2}$",
    "integer": "^[0-9]{1,9}$",
}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", **({"required": required} if required else {}), "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def documents() -> Schema:
    """Schemas that every collection shares."""
    link = _object(["href", "rel"], href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT, hreflang=_TEXT)
    interval: Schema = _array(_array({"type": "string", "nullable": True}))
    extent = _object(
        [],
        spatial=_object(["bbox"], bbox=_array(_array({"type": "number"})), crs=_TEXT),
        temporal=_object(["interval"], interval=interval),
    )
    collection = _object(
        ["id", "title", "links", "extent", "crs", "storageCrs"],
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        keywords=_array(_TEXT),
        links=_LINKS,
        extent=extent,
        itemType=_TEXT,
        crs=_array(_TEXT),
        storageCrs=_TEXT,
    )
    return {
        "link": link,
        "landingPage": _object(["links", "title"], title=_TEXT, description=_TEXT, links=_LINKS),
        "conformance": _object(["conformsTo"], conformsTo=_array(_TEXT)),
        "collection": collection,
        "collections": _object(
            ["links", "collections"], links=_LINKS, collections=_array({"$ref": "#/components/schemas/collection"})
        ),
        "multipolygon": _geometry("MultiPolygon", 4),
        "point": _geometry("Point", 1),
        "problem": _object(
            ["type", "title", "status", "detail"],
            type=_TEXT,
            title=_TEXT,
            status={"type": "integer"},
            code=_TEXT,
            detail=_TEXT,
            detail_zh=_TEXT,
            detail_en=_TEXT,
        ),
    }


def _geometry(kind: str, depth: int) -> Schema:
    coordinates: Schema = {"type": "number"}
    for _ in range(depth):
        coordinates = _array(coordinates)
    return {
        **_object(["type", "coordinates"], type={"type": "string", "enum": [kind]}, coordinates=coordinates),
        "nullable": True,
    }


def feature(collection: Collection, lang: Lang) -> Schema:
    """An item of a collection; any property may be empty."""
    properties: Schema = {
        f.name: {**f.described(lang), "nullable": True} | ({"enum": [*f.values, None]} if f.values else {})
        for f in collection.fields
    }
    number = collection.identifier == "integer"
    return _object(
        ["type", "id", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id={"type": "integer"} if number else _TEXT,
        geometry={"$ref": f"#/components/schemas/{collection.geometry}"},
        properties={"type": "object", "properties": properties},
        links=_LINKS,
    )


def features(name: str) -> Schema:
    """A page of items of the collection ``name``."""
    return _object(
        ["type", "features"],  # a file has no links, and counts at its end
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_array({"$ref": f"#/components/schemas/{name}Feature"}),
        links=_LINKS,
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
        edition={"type": "integer"},
        limit={"type": "object", "properties": {"asked": {"type": "integer"}, "maximum": {"type": "integer"}}},
        hint=_TEXT,
        notice=_TEXT,
    )


def identifier(collection: Collection) -> Schema:
    """The form of an item's id in an address."""
    pattern = _ID_PATTERNS[collection.identifier]
    if collection.level is not None:
        pattern = f"^[1-9][0-9]{{{WIDTHS[collection.level] - 1}}}$"
    return {"type": "string", "pattern": pattern}
