"""What memory knows of people: counters that tell when it is out of date, and who and what is nearest to a place."""

from collections.abc import Callable

import numpy as np
import pytest
from psycopg import Rollback
from starlette.testclient import TestClient

from api.direct import Application
from api.service import Service
from gis.crs import geodesic_m
from gis.db import Database, connect_admin
from gis.scope import Scope as Jurisdiction

Token = Callable[..., dict[str, str]]
COUNTY, VILLAGE, TOWNSHIP = "532322", "532322101202", "532322203"


@pytest.fixture(scope="module")
def here(client: TestClient) -> Service:
    assert isinstance(client.app, Application)
    return client.app.state.service


def test_versions_count_commits_and_nothing_else(database: Database, here: Service) -> None:
    scope = Jurisdiction((COUNTY,), "test", "operator")
    before = here.people.follow()
    with database.transaction(scope) as connection:
        connection.execute("UPDATE gis.household SET head_name = head_name WHERE grid_code ^@ %s", [VILLAGE])
    assert here.people.follow() == before
    with database.transaction(scope) as connection:
        connection.execute("UPDATE gis.centre SET name = name")
        raise Rollback
    assert here.people.follow() == before
    with database.transaction(scope) as connection:
        connection.execute("UPDATE gis.centre SET name = name")
        connection.execute("UPDATE gis.centre SET phone = phone")
        connection.execute("UPDATE gis.staff SET name = name WHERE id = -1")
    after = here.people.follow()
    assert (after.homes, after.staff, after.centres) == (before.homes, before.staff + 1, before.centres + 1)


def test_a_long_transaction_holds_up_no_other(database: Database) -> None:
    """The counters are locked only while a transaction commits."""
    scope = Jurisdiction((COUNTY,), "test", "operator")
    with database.transaction(scope) as long:
        long.execute("UPDATE gis.staff SET name = name")
        with database.transaction(scope) as short:
            short.execute("SET LOCAL statement_timeout = '2s'")
            short.execute("UPDATE gis.centre SET name = name")


def test_the_nearest_of_every_kind(client: TestClient, here: Service, token: Token) -> None:
    kept = here.people.homes(1).homes
    random = np.random.default_rng(11)
    who = token("leader")
    for place in random.integers(0, kept.lon.size, 10).tolist():
        lon, lat = float(kept.lon[place]) + 0.0007, float(kept.lat[place]) + 0.0003
        query = {"lon": lon, "lat": lat, "nearest": "household,unit,centre,staff"}
        answer = client.get("/locate", params=query, headers=who)
        if answer.status_code == 404:
            continue
        found = answer.json()["nearest"]
        metres = geodesic_m(lon, lat, kept.lon, kept.lat)
        assert found["household"]["distance_m"] == pytest.approx(metres.min(), abs=6e-4)
        nearest = int(metres.argmin())
        assert found["household"]["grid"] == kept.grids[nearest]
        assert found["unit"]["code"] == found["household"]["unit"]
        centres = client.get("/centres").json()["centres"]
        ways = geodesic_m(lon, lat, [one["lon"] for one in centres], [one["lat"] for one in centres])
        assert found["centre"]["distance_m"] == pytest.approx(ways.min(), abs=6e-4)
        assert found["centre"]["id"] == centres[int(ways.argmin())]["id"]
        assert (found["staff"]["code"], found["staff"]["distance_m"]) == (answer.json()["code"], 0)
        assert found["staff"]["staff"] == answer.json()["staff"]


def test_where_nobody_serves_the_nearest_post_is_told(
    client: TestClient, here: Service, database_url: str, token: Token
) -> None:
    kept = here.people.homes(1).homes
    place = np.flatnonzero(np.char.startswith(kept.grids, TOWNSHIP))[-1]
    grid, lon, lat = str(kept.grids[place]), float(kept.lon[place]), float(kept.lat[place])
    with connect_admin(database_url) as connection:
        connection.execute("UPDATE gis.staff_post SET until = since WHERE grid_code = %s", [grid])
    here.people.follow()
    query = {"lon": lon, "lat": lat, "nearest": "staff"}
    found = client.get("/locate", params=query, headers=token("leader")).json()["nearest"]["staff"]
    assert found["code"] != grid
    assert found["distance_m"] > 0
    assert found["staff"]


def test_a_kind_that_there_is_not_is_told(client: TestClient) -> None:
    answer = client.get("/locate?lon=101.64&lat=24.69&nearest=moon")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")
