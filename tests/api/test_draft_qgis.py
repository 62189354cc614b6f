"""A real QGIS of 3.32 or later edits a draft over the web, and the service judges what it saved."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import shapely

from tests.boundaries.qgis_process import Call, calling, python_with
from tests.boundaries.squares import leaf, same_place, square

CLIENT = Path(__file__).with_name("draft_qgis_client.py")
pytestmark = pytest.mark.long


@pytest.fixture
def client(live: str, token: Callable[..., dict[str, str]]) -> Iterator[httpx.Client]:
    """A signed-in client of a draft."""
    with httpx.Client(base_url=live, headers=token("planner")) as client:
        number = client.post("/drafts", json={"title": "界线"}).json()["id"]
        client.base_url = f"{live}/drafts/{number}/"
        yield client


@pytest.fixture
def qgis(client: httpx.Client) -> Iterator[Call]:
    """QGIS with the draft as a layer."""
    python = python_with(33200)
    if python is None:
        pytest.skip("needs a QGIS of 3.32 or later: python3-qgis of the system, or in the root folder WANGGE_QGIS_ROOT")
    with calling(python, CLIENT) as call:
        told = call("open_draft", f"{client.base_url}ogc", client.headers["Authorization"].removeprefix("Bearer "))
        assert told == {
            **told,
            "valid": True,
            "crs": "EPSG:4490",
            "type": "MultiPolygon",
            "fields": ["id", "code", "parent", "name"],
            "editing": ["AddFeatures", "DeleteFeatures", "ChangeAttributeValues", "ChangeGeometries"],
        }
        yield call


def errors(client: httpx.Client) -> list[str]:
    assert client.post("validate").status_code == 200
    found = [one["properties"] for one in client.get("findings").json()["features"]]
    return [one["rule"] for one in found if one["severity"] == "error"]


def stored(client: httpx.Client) -> dict[str, tuple[str, Any]]:
    """Name and outline by code, as the service has them."""
    found = client.get("ogc/collections/leaf/items").json()["features"]
    return {f["id"]: (f["properties"]["name"], shapely.geometry.shape(f["geometry"])) for f in found}


def test_a_planners_day_over_the_web(client: httpx.Client, qgis: Call) -> None:
    moved = qgis("move_vertex", 101.51, 24.51, 101.512, 24.511)
    assert (moved["moved"], moved["saved"]) == (4, True), moved["errors"]
    assert errors(client) == []
    renamed = qgis("set_value", leaf(2), "name", "新名字")
    assert renamed["saved"], renamed["errors"]
    assert stored(client)[leaf(2)][0] == "新名字"
    split = qgis("split", [[101.505, 24.505], [101.505, 24.53]])
    assert split["saved"], split["errors"]
    part = leaf(1)[:15] + "02"
    assert part in stored(client)
    assert [code for code, _, _ in qgis("rows")].count(part) == 1
    assert errors(client) == []
    merged = qgis("merge", [leaf(3), leaf(4)], leaf(4))
    assert merged["saved"], merged["errors"]
    assert leaf(3) not in stored(client)
    assert errors(client) == []
    seen = {code: (name, shapely.from_wkt(wkt)) for code, name, wkt in qgis("rows", True)}
    assert {code: name for code, (name, _) in seen.items()} == {c: name for c, (name, _) in stored(client).items()}
    assert all(
        shapely.equals_exact(seen[code][1], shape, 1e-12, normalize=True) for code, (_, shape) in stored(client).items()
    )


def test_sloppy_edits_are_taken_and_found(client: httpx.Client, qgis: Call) -> None:
    assert qgis("shift", leaf(1), 0.001)["saved"]
    assert {"gap", "overlap"} <= set(errors(client))
    assert qgis("delete", leaf(1))["saved"]
    drawn = {"name": "新网格", "parent": leaf(1)[:12]}
    added = qgis("add", shapely.to_wkt(shapely.multipolygons([square(0, 1)])), drawn)
    assert added["saved"], added["errors"]
    (made,) = stored(client).keys() - {leaf(n) for n in (2, 3, 4)}
    assert made == leaf(5)  # under a parent of its own, with the next number
    assert [row[:2] for row in qgis("rows", True) if row[0] == made] == [[made, "新网格"]]
    assert same_place(stored(client)[made][1], square(0, 1))
    assert errors(client) == []


def test_what_cannot_be_saved_is_told(client: httpx.Client, qgis: Call) -> None:
    assert not qgis("set_value", leaf(2), "parent", leaf(1)[:15])["saved"]
    assert len(qgis("rows")) == 4
    assert client.delete(f"ogc/collections/leaf/items/{leaf(1)}").status_code == 204
    assert not qgis("shift", leaf(1), 0.001)["saved"]
    assert client.delete(str(client.base_url).rstrip("/")).status_code < 300
    assert not qgis("shift", leaf(2), 0.001)["saved"]
