"""Items: counts, paging, filters, sorting, selection, time."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from shapely.geometry import shape
from starlette.testclient import TestClient

from tests.api.ogc.county import COUNTY, EDITIONS, HEIR, RETIRED, TEXT, grids, leaves, people

Headers = dict[str, str]
GRIDS = "/ogc/collections/grids/items"


def read(client: TestClient, address: str, headers: Headers | None = None) -> dict[str, Any]:
    answer = client.get(address, headers=headers or {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return answer.json()


def ids(page: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def link(page: dict[str, Any], rel: str) -> str | None:
    return next((one["href"] for one in page["links"] if one["rel"] == rel), None)


def every_page(client: TestClient, address: str, headers: Headers | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = address
    while following:
        found.append(read(client, following, headers))
        following = link(found[-1], "next")
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", set(grids())),
        ("?level=6", set(leaves())),
        ("?level=3", {"532322101", "532322102"}),
        ("?parent=532322101201", {c for c in grids() if len(c) == 15 and c.startswith("532322101201")}),
        (f"?code={HEIR}", {HEIR}),
        ("?level=6&parent=532322", set[str]()),
        ("?edition=1", set(grids(1))),
        ("?datetime=2023-06-01", set(grids(1))),
        ("?datetime=2024-06-01T00:00:00%2B08:00", set(grids())),
        ("?datetime=2023-06-01/2024-12-31", set(grids())),
        ("?datetime=../2023-12-31", set(grids(1))),
        ("?datetime=2023-01-01/..", set(grids())),
    ],
)
def test_answers_exactly_what_is_asked(client: TestClient, query: str, expected: set[str]) -> None:
    page = read(client, f"{GRIDS}{query}")
    assert set(ids(page)) == expected
    assert page["numberMatched"] == page["numberReturned"] == len(expected)


def test_a_collection_for_each_level(client: TestClient) -> None:
    for level, width in ((2, 6), (3, 9), (4, 12), (5, 15), (6, 17)):
        page = read(client, f"/ogc/collections/grids-level{level}/items")
        assert set(ids(page)) == {code for code in grids() if len(code) == width}
        assert {feature["properties"]["level"] for feature in page["features"]} == {level}


@pytest.mark.parametrize("limit", [1, 5, 36, 37, 38])
@pytest.mark.parametrize("sort", ["", "&sortby=name", "&sortby=-level,name"])
def test_pages_are_complete_and_never_overlap(client: TestClient, limit: int, sort: str) -> None:
    pages = every_page(client, f"{GRIDS}?limit={limit}{sort}")
    told = [code for page in pages for code in ids(page)]
    assert sorted(told) == sorted(grids())
    assert len(pages) == -(-len(grids()) // limit)  # a last page that is full has no next link
    assert {page["numberMatched"] for page in pages} == {len(grids())}
    assert all(page["numberReturned"] == len(page["features"]) for page in pages)
    if sort == "":
        assert told == sorted(told)


def test_a_chain_of_pages_stays_in_its_edition(client: TestClient) -> None:
    first = read(client, f"{GRIDS}?limit=10")
    assert "edition=2" in (link(first, "next") or "")
    past = every_page(client, f"{GRIDS}?datetime=2023-06-01&limit=10")
    assert {page["edition"] for page in past} == {1}
    assert {code for page in past for code in ids(page)} == set(grids(1))


def test_previous_page_leads_back(client: TestClient) -> None:
    second = read(client, f"{GRIDS}?limit=10&offset=10")
    assert ids(read(client, link(second, "prev") or "")) == ids(read(client, f"{GRIDS}?limit=10"))


def test_beyond_the_end_is_an_empty_page_with_the_right_count(client: TestClient) -> None:
    page = read(client, f"{GRIDS}?offset=1000")
    assert (page["features"], page["numberMatched"], page["numberReturned"]) == ([], len(grids()), 0)


def test_hits_count_without_items(client: TestClient) -> None:
    page = read(client, f"{GRIDS}?resulttype=hits&level=6&limit=1")
    assert (page["features"], page["numberMatched"], page["numberReturned"]) == ([], len(leaves()), 0)


def test_sorting(client: TestClient) -> None:
    page = read(client, f"{GRIDS}?sortby=-level,%2Barea_m2")
    keys = [(-f["properties"]["level"], f["properties"]["area_m2"]) for f in page["features"]]
    assert keys == sorted(keys)


def test_selected_properties_and_no_geometry(client: TestClient) -> None:
    page = read(client, f"{GRIDS}?properties=name,level&skipGeometry=true&limit=3")
    assert all(feature["geometry"] is None for feature in page["features"])
    assert all(set(feature["properties"]) == {"name", "level"} for feature in page["features"])


def test_texts_come_out_as_they_went_in(client: TestClient, token: Callable[..., Headers]) -> None:
    page = read(client, "/ogc/collections/households/items", token("grid_staff"))
    assert {feature["properties"]["address"] for feature in page["features"]} == {TEXT}
    filtered = client.get("/ogc/collections/households/items", params={"address": TEXT}, headers=token("grid_staff"))
    assert filtered.json()["numberMatched"] == len(people())
    other = client.get("/ogc/collections/households/items", params={"address": TEXT + "'"}, headers=token("grid_staff"))
    assert other.json()["numberMatched"] == 0


def test_an_item_and_the_way_up(client: TestClient) -> None:
    code: str | None = HEIR
    climbed: list[str] = []
    address: str | None = f"{GRIDS}/{code}"
    while address:
        item = read(client, address)
        climbed.append(item["id"])
        address = link(item, "up")
    assert climbed == [HEIR, HEIR[:15], HEIR[:12], HEIR[:9], HEIR[:6]]


def test_a_retired_grid_names_its_successors(client: TestClient) -> None:
    answer = client.get(f"{GRIDS}/{RETIRED}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "retired"
    assert HEIR in answer.json()["detail_zh"]
    assert "(100%)" in answer.json()["detail_en"]
    assert read(client, f"{GRIDS}/{RETIRED}?edition=1")["id"] == RETIRED


def test_small_units_do_not_tell_their_size(client: TestClient) -> None:
    page = read(client, "/ogc/collections/units/items")
    assert {feature["properties"]["size"] for feature in page["features"]} == {10, None}
    assert read(client, "/ogc/collections/units/items?size=2")["numberMatched"] == 0


def test_records_stand_on_the_day_asked_for(client: TestClient, token: Callable[..., Headers]) -> None:
    page = "/ogc/collections/households/items?risk=red"
    assert read(client, page, token("leader"))["numberMatched"] > 0
    assert read(client, f"{page}&datetime=2023-04-01", token("leader"))["numberMatched"] == 0  # rated in May
    disputes = read(client, "/ogc/collections/disputes/items?datetime=2023-03-01", token("leader"))
    assert ids(disputes) == ["00000000-0000-0000-0000-000000001388"]


def test_lineage_tells_what_became_of_the_ground(client: TestClient) -> None:
    page = read(client, f"/ogc/collections/lineage/items?filter=area_share=1&old_code={RETIRED}")
    (passage,) = page["features"]
    assert passage["id"] == f"2-{RETIRED}-{HEIR}"
    told = {"edition_number": 2, "old_code": RETIRED, "new_code": HEIR, "kind": "merge", "area_share": 1.0}
    assert passage["properties"] == told
    assert shape(passage["geometry"]).normalize().equals_exact(grids(1)[RETIRED].normalize(), 1e-8)
    item = read(client, f"/ogc/collections/lineage/items/{passage['id']}")
    assert item["properties"] == told
    assert read(client, "/ogc/collections/lineage/items?edition=1")["numberMatched"] == 0
    assert client.get("/ogc/collections/lineage/items/1-2").status_code == 400
    assert client.get(f"/ogc/collections/lineage/items/1-{RETIRED}-{HEIR}").status_code == 404


def test_editions_are_those_published_so_far(client: TestClient) -> None:
    page = read(client, "/ogc/collections/editions/items?sortby=-number")
    assert [(e["id"], e["properties"]["state"], e["properties"]["valid_from"]) for e in page["features"]] == [
        (2, "current", EDITIONS[1]),
        (1, "past", EDITIONS[0]),
    ]
    outline = shape(page["features"][0]["geometry"])
    assert outline.symmetric_difference(grids()[COUNTY]).area < 1e-9
    assert ids(read(client, "/ogc/collections/editions/items?edition=1")) == [1]
    assert read(client, "/ogc/collections/editions/items/2")["properties"]["number"] == 2
    for address in ("editions/items", "editions/items/2", "lineage/items", f"lineage/items/2-{RETIRED}-{HEIR}"):
        assert client.get(f"/ogc/collections/{address}?f=html").status_code == 200


def test_synthetic_data_say_so(client: TestClient) -> None:
    assert "合成" in read(client, f"{GRIDS}?limit=1&lang=zh")["notice"]
    assert "synthetic" in read(client, f"{GRIDS}?limit=1&lang=en")["notice"]
    assert "synthetic" in client.get("/ogc?lang=en").json()["description"]
    collections = client.get("/ogc/collections?lang=en").json()["collections"]
    assert all("synthetic" in one["description"] for one in collections)


def test_links_go_to_this_service(client: TestClient) -> None:
    for path in (
        "",
        "/collections",
        "/collections/grids",
        "/collections/grids/items?limit=2",
        f"/collections/grids/items/{HEIR}",
    ):
        text = client.get(f"/ogc{path}").text
        hrefs = re.findall(r'"href":"([^"]+)"', text)
        assert hrefs
        assert all(href.startswith("http://testserver/ogc") for href in hrefs)
        for href in hrefs:
            assert client.get(href).status_code == 200, href
