"""TileJSON 3.0.0: what a map client needs to know of a set of layers."""

from typing import Any

from gis.coverage import Edition
from tiles.layers import LAYERS
from tiles.matrix import MAX_ZOOM, WEB_MERCATOR

SYNTHETIC = (
    "合成示范数据：边界、户与人员均非真实 · Synthetic demonstration: borders, households and people are not real"
)
_FIRST_VIEW = 8


def tilejson(
    layers: tuple[str, ...],
    *,
    template: str,
    edition: Edition,
    bounds: tuple[float, float, float, float],
    tms: str = WEB_MERCATOR,
) -> dict[str, Any]:
    """The TileJSON document of some layers.

    Parameters
    ----------
    template
        Address of the tiles with ``{z}``, ``{x}``, ``{y}``.
    bounds
        West, south, east, north in degrees EPSG:4490 (which WGS 84 equals at this precision).
    tms
        Tile matrix set. TileJSON knows only Web Mercator, so ``tms`` is told as a key of our own.
    """
    chosen = [LAYERS[name] for name in layers]
    west, south, east, north = (round(value, 6) for value in bounds)
    return {
        "tilejson": "3.0.0",
        "name": "网格 wangge",
        "description": f"{edition.title} ({edition.valid_from})",
        "version": f"{edition.number}.0.0",
        "attribution": SYNTHETIC if edition.synthetic else "",
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": min(layer.minzoom for layer in chosen),
        "maxzoom": MAX_ZOOM,
        "bounds": [west, south, east, north],
        "center": [round((west + east) / 2, 6), round((south + north) / 2, 6), _FIRST_VIEW],
        "vector_layers": [
            {
                "id": layer.name,
                "description": layer.title,
                "fields": layer.fields,
                "minzoom": layer.minzoom,
                "maxzoom": MAX_ZOOM,
            }
            for layer in chosen
        ],
        "tms": tms,
        "edition": edition.number,
    }
