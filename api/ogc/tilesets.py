"""The documents of OGC API Tiles: which tilesets there are, what is in them, and the tile matrix sets they follow."""

from functools import lru_cache
from typing import Any

import numpy as np

from api.ogc.collections import COLLECTIONS
from api.ogc.config import Box
from api.ogc.links import Link
from api.ogc.model import Text
from api.ogc.visit import Visit
from gis.errors import Lang, NotFound
from tiles.layers import LAYERS, STORED, Layer
from tiles.matrix import BUFFER, CGCS2000, EXTENT, MAX_ZOOM, WEB_MERCATOR, ground_zoom, matrix_sets, to_units
from tiles.tilejson import SYNTHETIC

MVT = "application/vnd.mapbox-vector-tile"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_JSON = "application/json"
_GRIDS = tuple(name for name in LAYERS if name.startswith("level"))
LAYERS_OF: dict[str, tuple[str, ...]] = {
    name: _GRIDS if one.query == "grids" and one.level is None else (f"level{one.level}",) if one.level else (name,)
    for name, one in COLLECTIONS.items()
    if one.tiled
}
"""The layers in the tiles of each public collection; tiles of people's records are not served here."""
_MATRIX_SETS: dict[str, Text] = {
    WEB_MERCATOR: Text("网络墨卡托（EPSG:3857）", "Web Mercator (EPSG:3857)"),
    CGCS2000: Text("国家大地坐标系经纬度（EPSG:4490）", "CGCS2000, longitude and latitude (EPSG:4490)"),
}
_DIMENSIONS = {"borders": 1, "labels": 0, "centres": 0}
_TITLES: dict[str, Text] = {
    "self": Text("本文档", "This document"),
    "alternate": Text("网页", "Web page"),
    "tiling-scheme": Text("瓦片矩阵集", "Tile matrix set"),
    "tiling-schemes": Text("瓦片矩阵集", "Tile matrix sets"),
    "tilesets-vector": Text("矢量瓦片", "Vector tiles"),
    "item": Text("瓦片", "Tiles"),
    "describedby": Text("TileJSON", "TileJSON"),
}
Document = dict[str, Any]


def layers_of(collection: str | None) -> tuple[str, ...]:
    """The layers in a collection's tiles; without a collection those of the dataset.

    Raises
    ------
    NotFound
        If the collection has no tiles.
    """
    if collection is None:
        return STORED
    if collection not in LAYERS_OF:
        raise NotFound(what_zh="该数据集的瓦片", what_en="tileset of the collection", value=collection)
    return LAYERS_OF[collection]


def tile_links(seen: Visit, collection: str | None = None) -> list[Link]:
    """Links from the landing page, or from a collection's description, to its tilesets."""
    if collection is None:
        return [
            _link("tilesets-vector", f"{seen.url}/tiles", seen.lang),
            _link("tiling-schemes", f"{seen.url}/tileMatrixSets", seen.lang),
        ]
    if collection not in LAYERS_OF:
        return []
    return [_link("tilesets-vector", f"{seen.url}/collections/{collection}/tiles", seen.lang)]


def tilesets(seen: Visit, collection: str | None) -> Document:
    """The tilesets of a collection or of the dataset (20-057, requirements class tilesets list)."""
    layers_of(collection)
    return {"links": _own(seen), "tilesets": [_tileset(seen, collection, tms) for tms in matrix_sets()]}


def tileset(seen: Visit, collection: str | None, tms: str) -> Document:
    """One tileset (17-083r4, clause 8): its layers, where its tiles are and how far they reach."""
    box = seen.frame.county
    found = _tileset(seen, collection, tms)
    names = layers_of(collection)
    middle = [round((box[0] + box[2]) / 2, 6), round((box[1] + box[3]) / 2, 6)]
    found |= {
        "attribution": SYNTHETIC if seen.frame.edition.synthetic else "",
        "layers": [_layer(LAYERS[name], tms, seen.lang) for name in names],
        "boundingBox": {"lowerLeft": list(box[:2]), "upperRight": list(box[2:]), "crs": _CRS84},
        "centerPoint": {"coordinates": middle, "crs": _CRS84, "tileMatrix": "9"},
        "tileMatrixSetLimits": limits(tms, box),
    }
    root = _root(seen, collection, tms)
    tile = _link("item", f"{root}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", seen.lang, MVT) | {"templated": True}
    inner = "" if tms == WEB_MERCATOR else f"{tms}/"
    described = _link("describedby", f"{seen.base}/tiles/{inner}{','.join(names)}.json", seen.lang)
    found["links"] = [*_own(seen), found["links"][1], tile, described]
    return found


def matrix_set_list(seen: Visit) -> Document:
    """The tile matrix sets (20-057, clause 7.4)."""
    found = []
    for name, title in _MATRIX_SETS.items():
        entry: Document = {"id": name, "title": title[seen.lang], "uri": _uri(seen, name), "crs": _crs(name)}
        here = f"{seen.url}/tileMatrixSets/{name}"
        # Clients and OGC's test suite look for either relation.
        links = [_link("self", here, seen.lang), _link("item", here, seen.lang) | {"title": entry["title"]}]
        found.append(entry | {"links": links})
    return {"links": _own(seen), "tileMatrixSets": found}


def matrix_set(seen: Visit, tms: str) -> Document:
    """The definition of a tile matrix set (17-083r4, clause 6), of all its zooms; corners in the system's own axis order."""
    made: Document = matrix_sets()[tms].model_dump(mode="json", exclude_none=True, by_alias=True)
    if tms == CGCS2000:
        made["orderedAxes"] = ["Lat", "Lon"]
    return made | {"title": _MATRIX_SETS[tms][seen.lang], "uri": _uri(seen, tms), "links": _own(seen)}


def limits(tms: str, box: Box) -> list[Document]:
    """The tiles of each zoom that what lies in a box may reach, as tileMatrixSetLimits.

    Parameters
    ----------
    box : west, south, east, north in degrees EPSG:4490.
    """
    found: list[Document] = []
    for zoom in range(MAX_ZOOM + 1):
        west, north, east, south = reach(tms, box, zoom)
        entry = {"tileMatrix": str(zoom), "minTileRow": north, "maxTileRow": south}
        found.append(entry | {"minTileCol": west, "maxTileCol": east})
    return found


def within(tms: str, box: Box, where: tuple[int, int, int]) -> bool:
    """Whether a tile (zoom, column, row) lies within the limits of a tileset."""
    zoom, col, row = where
    west, north, east, south = reach(tms, box, zoom)
    return west <= col <= east and north <= row <= south


@lru_cache(maxsize=4 * (MAX_ZOOM + 1))
def reach(tms: str, box: Box, zoom: int) -> tuple[int, int, int, int]:
    """First column and row, last column and row of the tiles that what lies in a box may reach."""
    matrix = matrix_sets()[tms].matrix(zoom)
    corners = np.array([[box[0], box[3]], [box[2], box[1]]])
    reached = np.floor((to_units(tms, zoom, corners) + np.array([[-BUFFER], [BUFFER]])) / EXTENT).astype(int)
    (west, north), (east, south) = np.clip(reached, 0, [matrix.matrixWidth - 1, matrix.matrixHeight - 1]).tolist()
    return west, north, east, south


_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def _tileset(seen: Visit, collection: str | None, tms: str) -> Document:
    title = seen.frame.title if collection is None else COLLECTIONS[collection].title
    return {
        "title": f"{title[seen.lang]} · {_MATRIX_SETS[tms][seen.lang]}",
        "dataType": "vector",
        "crs": _crs(tms),
        "tileMatrixSetId": tms,
        "tileMatrixSetURI": _uri(seen, tms),
        "links": [
            _link("self", _root(seen, collection, tms), seen.lang),
            _link("tiling-scheme", f"{seen.url}/tileMatrixSets/{tms}", seen.lang),
        ],
    }


def _root(seen: Visit, collection: str | None, tms: str) -> str:
    return f"{seen.url}{'' if collection is None else f'/collections/{collection}'}/tiles/{tms}"


def _layer(layer: Layer, tms: str, lang: Lang) -> Document:
    first = next(z for z in range(MAX_ZOOM + 1) if ground_zoom(tms, z) >= layer.minzoom)
    kinds = {"level": "integer", "rank": "integer"}
    properties = {
        name: {"type": kinds.get(name, "string"), "title": _side(t, lang)} for name, t in layer.fields.items()
    }
    return {
        "id": layer.name,
        "title": _side(layer.title, lang),
        "dataType": "vector",
        "geometryDimension": _DIMENSIONS.get(layer.name, 2),
        "minTileMatrix": str(first),
        "maxTileMatrix": str(MAX_ZOOM),
        "propertiesSchema": {"type": "object", "properties": properties},
    }


def _side(text: str, lang: Lang) -> str:
    """One language of a text that says both, Chinese first."""
    zh, _, en = text.partition(" · ")
    return zh if lang == "zh" or not en else en


def _crs(tms: str) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{4490 if tms == CGCS2000 else 3857}"


def _uri(seen: Visit, tms: str) -> str:
    """The registered name of a tile matrix set; of one that is not registered the address of its definition."""
    return str(matrix_sets()[tms].uri or f"{seen.url}/tileMatrixSets/{tms}")


def _own(seen: Visit) -> list[Link]:
    here = [_link("self", f"{seen.own}?f=json", seen.lang)]
    return [*here, _link("alternate", f"{seen.own}?f=html", seen.lang, "text/html")]


def _link(rel: str, href: str, lang: Lang, media: str = _JSON) -> Link:
    plain = rel in {"self", "alternate", "item", "describedby"}
    return {"href": href, "rel": rel if plain else REL + rel, "type": media, "title": _TITLES[rel][lang]}
