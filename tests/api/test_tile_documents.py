"""The documents about tiles: TileJSON and the style, for our page and for foreign clients."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.tiles.decoded import decode, tile_at
from tiles.layers import LAYERS
from tiles.matrix import CGCS2000

Headers = Callable[..., dict[str, str]]
PLACE = "/".join(map(str, tile_at(101.5213, 24.5371, 9)))
PLACE_4490 = "/".join(map(str, tile_at(101.5213, 24.5371, 8, CGCS2000)))
LOCAL = {"Host": "127.0.0.1:8000"}


def test_tilejson(client: TestClient) -> None:
    document = client.get("/tiles/level4,borders,labels.json", headers=LOCAL).json()
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://127.0.0.1:8000/tiles/level4,borders,labels/{z}/{x}/{y}.mvt"]
    west, south, east, north = document["bounds"]
    assert 101 < west < document["center"][0] < east < 102.2
    assert 24 < south < document["center"][1] < north < 25
    assert "Synthetic" in document["attribution"]
    assert "合成" in document["attribution"]
    assert [layer["id"] for layer in document["vector_layers"]] == ["level4", "borders", "labels"]


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/editions/1/tiles/level4.json", "/editions/1/tiles/level4/{z}/{x}/{y}.mvt"),
        ("/tiles/level4.json?edition=1", "/editions/1/tiles/level4/{z}/{x}/{y}.mvt"),
        ("/tiles/level4.json?datetime=2024-06-01", "/editions/1/tiles/level4/{z}/{x}/{y}.mvt"),
        (f"/tiles/{CGCS2000}/level4.json", f"/tiles/{CGCS2000}/level4/{{z}}/{{x}}/{{y}}.mvt"),
        (f"/editions/1/tiles/{CGCS2000}/level4.json", f"/editions/1/tiles/{CGCS2000}/level4/{{z}}/{{x}}/{{y}}.mvt"),
    ],
)
def test_tilejson_leads_to_tiles_of_its_own_edition(client: TestClient, path: str, template: str) -> None:
    assert client.get(path, headers=LOCAL).json()["tiles"] == [f"http://127.0.0.1:8000{template}"]
    filled = template.replace("{z}/{x}/{y}", PLACE_4490 if CGCS2000 in template else PLACE)
    assert client.get(filled).status_code == 200


def test_a_foreign_host_never_gets_into_the_documents(client: TestClient) -> None:
    for path in ("/tiles/level4.json", "/tiles/style.json"):
        text = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}).text
        assert "evil.example" not in text


def test_features_carry_what_tilejson_promises(client: TestClient, token: Headers) -> None:
    for name in LAYERS:
        z = 9 if name != "units" else 14
        place = "/".join(map(str, tile_at(101.5213, 24.5371, z)))
        tile = client.get(f"/tiles/{name}/{place}.mvt", headers=token("operator"))
        described = client.get(f"/tiles/{name}.json", headers=token("operator")).json()["vector_layers"][0]["fields"]
        for feature in decode(tile.content)[name]:
            assert set(feature.properties) <= set(described)


def test_style(client: TestClient) -> None:
    day, night = (client.get(f"/tiles/style.json?theme={theme}", headers=LOCAL).json() for theme in ("day", "night"))
    assert day["version"] == 8
    assert day["layers"] != night["layers"]
    assert day["sources"]["wangge"]["url"].startswith("http://127.0.0.1:8000/tiles/level2")
    fixed = client.get("/editions/1/tiles/style.json", headers=LOCAL).json()
    assert fixed["sources"]["wangge"]["url"].startswith("http://127.0.0.1:8000/editions/1/tiles/level2")
