"""Departmental nets over HTTP: for those who see drafts, as far as their jurisdiction reaches, codes both ways."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from boundaries.net_aliases import lay_over, write_net
from gis.db import Database
from gis.settings import Settings
from tests.boundaries.squares import SCOPE, first_changes, leaf, put
from tests.boundaries.test_net_overlays import PARTY, settled
from tests.conftest import Templates

Token = Callable[..., dict[str, str]]


@pytest.fixture
def client(templates: Templates, empty_url: str) -> Iterator[TestClient]:
    with Database(empty_url, size=2) as database, database.transaction(SCOPE) as connection:
        put(connection, first_changes())
        settled(connection, (0.5, 1.5), (1.1, 1.5))
        write_net(connection, PARTY, lay_over(connection, PARTY), confirmed_by="张伟")
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error")
    with TestClient(create_app(using, empty_url), raise_server_exceptions=False) as client:
        yield client


def test_a_net_is_told_with_the_grids_of_each_cell(client: TestClient, token: Token) -> None:
    who = token("planner")
    (net,) = client.get("/nets", headers=who).json()["nets"]
    assert (net["net"], net["edition"], net["confirmed_by"], net["cells"], net["parts"]) == ("party", 1, "张伟", 3, 4)
    first = client.get("/nets/party", params={"limit": 2}, headers=who).json()
    assert (first["type"], first["total"], len(first["features"])) == ("FeatureCollection", 3, 2)
    (last,) = client.get("/nets/party", params={"cursor": first["next"]}, headers=who).json()["features"]
    told = last["properties"]
    assert (told["code"], told["name"], told["fit"]) == ("甲", "一片", pytest.approx(0.8, abs=1e-6))
    assert [(one["code"], one["household_share"]) for one in told["grids"]] == [(leaf(1), 0.5), (leaf(2), 0.5)]
    assert last["geometry"]["type"] == "MultiPolygon"
    assert first["features"][0]["properties"] == {"net": "party", "code": "丙", "name": "别处", "fit": 0.0, "grids": []}


def test_nets_are_for_those_who_see_drafts_and_for_their_grids(client: TestClient, token: Token) -> None:
    assert client.get("/nets").status_code == 401
    assert client.get("/nets/party", headers=token("mediator")).status_code == 403
    near = client.get("/nets/party", headers=token("planner", leaf(4))).json()["features"]
    assert [one["properties"]["code"] for one in near] == ["丙", "乙"]
    part = client.get("/nets/party", headers=token("planner", leaf(2))).json()["features"][1]["properties"]
    assert [(one["code"], one["household_share"]) for one in part["grids"]] == [(leaf(1), None), (leaf(2), 0.5)]
    assert client.get("/nets/urban", headers=token("planner")).status_code == 400


def test_codes_are_looked_up_both_ways(client: TestClient, token: Token) -> None:
    there = client.get("/grids/甲", params={"system": "party"}).json()["grids"]
    assert [(one["code"], one["household_share"]) for one in there] == [(leaf(1), None), (leaf(2), None)]
    for headers, share in (({}, None), (token("planner"), 0.5)):
        (back,) = client.get(f"/grids/{leaf(2)}", headers=headers).json()["aliases"]
        assert (back["system"], back["code"], back["household_share"]) == ("party", "甲", share)
        assert back["area_share"] == pytest.approx(0.2, abs=1e-6)
