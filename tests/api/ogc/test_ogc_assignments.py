"""Which grid and unit each household belongs to in an edition, inside the caller's scope; and the links of a hierarchy."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from gis.db import connect_admin
from tests.api.ogc.county import EDITIONS, HEIR, RETIRED, TOWNSHIPS, grids, people

Headers = dict[str, str]
ASSIGNMENTS = "/ogc/collections/assignments/items"


@pytest.fixture(scope="module")
def moved(database_url: str) -> str:
    """A household that was in the grid that edition 2 merged away."""
    one = next(one for one in people() if one.grid == HEIR)
    with connect_admin(database_url) as admin:
        admin.execute(
            "UPDATE gis.assignment SET grid_code = %s, unit_code = NULL, edition_to = 2 WHERE household_id = %s",
            [RETIRED, one.id],
        )
        admin.execute(
            "INSERT INTO gis.assignment (household_id, grid_code, unit_code, how, edition_from) VALUES (%s, %s, %s, 'border', 2)",
            [one.id, HEIR, f"{HEIR}001"],
        )
    return one.id


def test_an_assignment_has_its_dates_in_each_edition(
    client: TestClient, token: Callable[..., Headers], moved: str
) -> None:
    found = [
        client.get(f"{ASSIGNMENTS}/{moved}", params=params, headers=token("grid_staff")).json()["properties"]
        for params in ({"datetime": "2023-06-30"}, {})
    ]
    assert found == [
        {
            "grid_code": RETIRED,
            "unit_code": None,
            "how": "inside",
            "edition_from": 1,
            "since": EDITIONS[0],
            "edition_to": 2,
            "until": EDITIONS[1],
        },
        {
            "grid_code": HEIR,
            "unit_code": f"{HEIR}001",
            "how": "border",
            "edition_from": 2,
            "since": EDITIONS[1],
            "edition_to": None,
            "until": None,
        },
    ]


def test_assignments_are_read_in_scope_and_filtered(
    client: TestClient, token: Callable[..., Headers], moved: str
) -> None:
    headers = token("grid_staff", TOWNSHIPS[1])
    page = client.get(ASSIGNMENTS, params={"limit": 1000}, headers=headers).json()
    assert {f["id"] for f in page["features"]} == {one.id for one in people() if one.grid.startswith(TOWNSHIPS[1])}
    newer = client.get(ASSIGNMENTS, params={"filter": "edition_from = 2"}, headers=headers).json()
    assert [f["id"] for f in newer["features"]] == [moved]
    assert client.get(f"{ASSIGNMENTS}/{moved}", headers=token("grid_staff", TOWNSHIPS[0])).status_code == 404


@pytest.mark.parametrize("code", [code for code in grids() if len(code) in {6, 9, 12, 15, 17}][::3])
def test_links_lead_up_and_down_the_hierarchy(client: TestClient, code: str) -> None:
    links = {link["rel"]: link["href"] for link in client.get(f"/ogc/collections/grids/items/{code}").json()["links"]}
    below = client.get(links["related"]).json()
    assert below["numberMatched"] == len(below["features"]) > 0
    for one in below["features"]:
        assert str(one["id"]).startswith(code)
        lead = {link["rel"]: link["href"] for link in client.get(f"{_own(below)}/{one['id']}").json()["links"]}
        assert lead["up"].endswith(f"/grids/items/{code}")
    if len(code) > 6:
        assert code.startswith(links["up"].rpartition("/")[2])


def _own(page: dict[str, list[dict[str, str]]]) -> str:
    return next(link["href"] for link in page["links"] if link["rel"] == "self").partition("?")[0]


@pytest.mark.parametrize("name", ["grids", "units", "lineage", "editions"])
def test_sortables_can_be_sorted_by(client: TestClient, name: str) -> None:
    properties = client.get(f"/ogc/collections/{name}/sortables").json()["properties"]
    for one in properties:
        assert client.get(f"/ogc/collections/{name}/items", params={"sortby": f"-{one}"}).status_code == 200
    page = client.get(f"/ogc/collections/{name}/sortables?f=html&lang=zh").text
    assert "可排序的属性" in page
