"""A map client: from the description to the tile to what is drawn."""

import gzip
import json

import mapbox_vector_tile

from gis.codes import is_code, parent
from tests.walks.conftest import Running


def _decoded(body: bytes, headers: dict[str, str]) -> dict[str, list[dict[str, object]]]:
    data = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    layers = mapbox_vector_tile.decode(data)
    return {name: layer["features"] for name, layer in layers.items()}


def test_map_client_finds_tiles_and_keeps_them(server: Running) -> None:
    description = server.json("/tiles/level4,borders,labels.json")
    assert description["tilejson"].startswith("3.")
    west, south, east, north = description["bounds"]
    assert 101 < west < east < 102.1
    assert 24.2 < south < north < 25
    address = description["tiles"][0].replace(server.url, "").format(z=9, x=400, y=220)
    status, headers, body = server.get(address, Accept_Encoding="gzip")
    assert status == 200
    assert headers["content-type"].startswith("application/vnd.mapbox-vector-tile")
    layers = _decoded(body, headers)
    assert set(layers) == {"level4", "borders", "labels"}
    for feature in layers["level4"]:
        properties = feature["properties"]
        assert isinstance(properties, dict)
        assert is_code(properties["code"])
        assert properties["parent"] == parent(properties["code"])
    again, kept, nothing = server.get(address, Accept_Encoding="gzip", If_None_Match=headers["etag"])
    assert (again, nothing) == (304, b"")
    assert kept["etag"] == headers["etag"]


def test_style_names_only_addresses_of_the_service(server: Running) -> None:
    style = server.json("/tiles/style.json")
    text = json.dumps(style).replace(server.url, "")
    assert style["version"] == 8
    assert "http://" not in text
    assert "https://" not in text


def test_every_level_is_served_and_far_away_is_empty(server: Running) -> None:
    for level in range(2, 7):
        status, headers, body = server.get(f"/tiles/level{level}/12/3203/1759.mvt", Accept_Encoding="gzip")
        assert status == 200
        assert _decoded(body, headers)[f"level{level}"]
    assert server.get("/tiles/level6/12/0/0.mvt")[0] == 204
