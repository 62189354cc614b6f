"""Grids over HTTP: one, found by name, by a foreign code, retired; units."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gis.db import Database, load_queries
from gis.scope import Scope

Token = Callable[..., dict[str, str]]
SQL = load_queries(Path(__file__).parents[1] / "gis" / "records_oracle.sql")
COUNTY, BASIC = "532322", "53232210120200701"


def test_a_township(client: TestClient) -> None:
    answer = client.get("/grids/532322101")
    assert answer.headers["cache-control"] == "public, max-age=60"
    grid = answer.json()
    assert grid.keys() == {
        "code", "level", "name", "parent", "ancestors", "children_count", "children", "neighbours", "bbox", "centre",
        "area_km2", "edition", "state", "successors", "history", "lineage", "aliases", "staff", "centre_office",
    }  # fmt: skip
    assert (grid["level"], grid["name"], grid["state"], grid["edition"]) == (3, "妥甸镇", "current", 1)
    assert grid["parent"] == {"code": "532322", "name": "双柏县"}
    assert grid["ancestors"] == [{"code": "532322", "name": "双柏县", "level": 2}]
    assert grid["children_count"] == len(grid["children"]) == 19
    west, south, east, north = grid["bbox"]
    assert west < grid["centre"][0] < east
    assert south < grid["centre"][1] < north
    assert all(len(other["code"]) == 9 and other["name"] for other in grid["neighbours"])


def test_the_county_and_a_basic_grid(client: TestClient) -> None:
    county = client.get("/grids/532322").json()
    assert (county["parent"], county["ancestors"], county["neighbours"]) == (None, [], [])
    areas = [client.get(f"/grids/{child['code']}").json()["area_km2"] for child in county["children"]]
    assert county["area_km2"] == pytest.approx(sum(areas), rel=1e-6)
    basic = client.get("/grids/532322%20101%20202%20007%2001").json()
    assert basic["code"] == BASIC
    assert [link["level"] for link in basic["ancestors"]] == [2, 3, 4, 5]
    assert BASIC not in {other["code"] for other in basic["neighbours"]}


def test_neighbours_know_each_other(client: TestClient) -> None:
    for other in client.get(f"/grids/{BASIC}").json()["neighbours"][:3]:
        back = client.get(f"/grids/{other['code']}").json()["neighbours"]
        assert BASIC in {grid["code"] for grid in back}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/grids/12", 400, "invalid-code"),
        ("/grids/532322000", 400, "invalid-code"),
        ("/grids/%00", 400, "invalid-input"),
        ("/grids/532322199", 404, "not-found"),
        ("/grids/532322101?edition=7", 404, "not-found"),
        ("/grids/532322101?datetime=x", 400, "invalid-input"),
        ("/grids/532322101?system=klingon", 400, "invalid-input"),
        ("/grids/000?system=mca", 404, "not-found"),
        ("/grids/%00?system=mca", 400, "invalid-input"),
        ("/grids", 400, "invalid-input"),
        ("/grids?q=", 400, "invalid-input"),
        ("/grids?q=%00", 400, "invalid-input"),
        ("/grids?q=x&limit=101", 400, "invalid-input"),
        ("/grids?q=" + "x" * 101, 400, "invalid-input"),
    ],
)
def test_nonsense_is_told(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]


def test_search(client: TestClient) -> None:
    first = client.get("/grids", params={"q": "箐口"}).json()["grids"][0]
    assert first.keys() == {"code", "level", "name", "path", "centre", "bbox"}
    assert (first["code"], first["path"]) == ("532322101202", "妥甸镇")
    basic = client.get("/grids", params={"q": BASIC}).json()["grids"]
    assert [grid["code"] for grid in basic] == [BASIC]
    assert basic[0]["path"].startswith("妥甸镇 / 箐口")
    assert len(client.get("/grids", params={"q": "5323", "limit": 3}).json()["grids"]) == 3


@pytest.fixture
def aliases(database: Database) -> Iterator[None]:
    with database.transaction() as connection:
        connection.execute(SQL["alias"], ["one", "532322101", 1])
        connection.execute(SQL["alias"], ["two", "532322101", 0.7])
        connection.execute(SQL["alias"], ["two", "532322102", 0.3])
    yield
    with database.transaction() as connection:
        connection.execute(SQL["no_alias"])


@pytest.mark.usefixtures("aliases")
def test_foreign_codes(client: TestClient) -> None:
    assert client.get("/grids/one", params={"system": "mca"}).json()["code"] == "532322101"
    assert client.get("/grids/two", params={"system": "mca"}).json() == {
        "system": "mca",
        "code": "two",
        "grids": [
            {"code": "532322101", "name": "妥甸镇", "area_share": 0.7, "household_share": None},
            {"code": "532322102", "name": "大庄镇", "area_share": 0.3, "household_share": None},
        ],
    }


def test_a_retired_grid_names_its_heirs(client: TestClient, database: Database) -> None:
    """Seen from edition 2, which is past here so that the running service loads it when asked."""
    heirs = ["53232210120200801", "53232210120200901"]
    with database.transaction(Scope((COUNTY,), "test", "operator")) as connection:
        connection.execute(SQL["editions"])
        connection.execute(SQL["retire"], {"edition": 2, "code": BASIC})
        connection.execute(SQL["retire_code"], {"edition": 2, "code": BASIC})
        for heir in heirs:
            connection.execute(SQL["pass_on"], [2, BASIC, heir, 0.5, 0.5])
    grid = client.get(f"/grids/{BASIC}", params={"edition": 2}).json()
    assert (grid["state"], grid["edition"], grid["neighbours"]) == ("retired", 2, [])
    assert [heir["code"] for heir in grid["successors"]] == heirs
    assert all(heir["name"] and heir["area_share"] == heir["household_share"] == 0.5 for heir in grid["successors"])
    assert grid["parent"]["code"] == BASIC[:15]
    assert client.get(f"/grids/{BASIC}").json()["state"] == "current"
    hits = client.get("/grids", params={"q": BASIC[:12], "limit": 100, "edition": 2}).json()["grids"]
    assert BASIC not in {hit["code"] for hit in hits}


def test_units(client: TestClient, token: Token) -> None:
    query = {"grid": "532322101202", "limit": 20}
    page = client.get("/units", params=query).json()
    assert page["total"] > len(page["units"]) == 20
    assert all(unit["code"].startswith(unit["grid"]) for unit in page["units"])
    assert all(unit["size"] is None or unit["size"] >= 3 for unit in page["units"])
    after = client.get("/units", params={**query, "cursor": page["next"]}).json()
    assert after["units"][0]["code"] > page["units"][-1]["code"]
    mine = client.get("/units", params=query, headers=token("leader")).json()["units"]
    assert all(unit["size"] for unit in mine)
    assert client.get("/units").status_code == 400
