"""``GET /locate`` from memory: the framework's bytes, nothing outside a jurisdiction, and never out of date."""

import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api import access
from api.access import ROLES, caller_of
from api.direct import Application
from api.locate_direct import LocateDirect, Options, read_query
from api.service import Service
from api.tokens import make_token
from gis.db import Database, connect_admin
from gis.errors import NotSignedIn
from gis.scope import Scope as Jurisdiction
from gis.staff import add_person, change_person, relieve
from tests.examples import examples

Token = Callable[..., dict[str, str]]
COUNTY, TOWN, VILLAGE, OTHER = "532322", "532322101", "532322101202", "532322203"
PATIENCE_S = 20


@pytest.fixture(scope="module")
def app(client: TestClient) -> Application:
    found = client.app
    assert isinstance(found, Application)
    return found


@pytest.fixture(scope="module")
def here(app: Application) -> Service:
    return app.state.service


@pytest.fixture(scope="module")
def framework(app: Application) -> TestClient:
    """The same application without what stands ahead of it."""

    async def only(scope: Scope, receive: Receive, send: Send) -> None:
        await FastAPI.__call__(app, scope, receive, send)

    return TestClient(only, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def homes(here: Service) -> list[tuple[str, float, float, str]]:
    """Grid, position and unit of the households of a village and of another township."""
    kept = here.people.homes(1).homes
    rows = zip(kept.grids.tolist(), kept.lon.tolist(), kept.lat.tolist(), kept.units.tolist(), strict=True)
    return [row for row in rows if row[0].startswith((VILLAGE, OTHER))]


def direct(here: Service, app: Application, query: str, headers: dict[str, str] | None = None) -> Any:
    """The reply from memory alone, once memory is up to date."""
    answer = LocateDirect(here, app.state.token_key)
    until = time.monotonic() + PATIENCE_S
    scope = {"path": "/locate", "query_string": query.encode()}
    raw = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
    while (reply := answer(scope, raw)) is None and time.monotonic() < until:
        time.sleep(0.02)
    return reply


def warm(here: Service) -> None:
    here.people.follow()
    here.people.homes(here.current())
    here.people.roster()


# --- the same as the framework -------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(101.0, 102.1).map(str),
    st.floats(24.2, 24.95).map(str),
    st.sampled_from(["0", "-0", "101.64", "24.69", "181", "-181", "91", "nan", "inf", "1e2", " 24", "24.", ".5", "٢٤",
                     "+24.6", "1_0", "", "x", "101.64000000000000000000000000001", "024.6", "%31%30%31.6"]),
)  # fmt: skip
OTHERS = st.one_of(
    st.tuples(st.just("level"), st.sampled_from(["2", "3", "4", "5", "6", "06", "7", "x", "", "6.0"])),
    st.tuples(st.just("datum"), st.sampled_from(["gcj02", "bd09", "wgs84", "cgcs2000", "mars", ""])),
    st.tuples(st.just("crs"), st.sampled_from(["EPSG:4490", "EPSG:4543", "CRS84", "EPSG:1", ""])),
    st.tuples(st.just("edition"), st.sampled_from(["1", "01", "2", "0", "-1", "x", ""])),
    st.tuples(
        st.just("datetime"),
        st.sampled_from(["2023-12-31", "2024-01-01T08:00:00Z", "2024-01-01T08:00:00+08:00", "1900-01-01", "soon", ""]),
    ),
    st.tuples(st.just("nearest"), st.sampled_from(["centre", "household,unit", "staff", "moon", ""])),
    st.tuples(st.sampled_from(["lang", "q", "", "LON"]), st.sampled_from(["en", "zh", ""])),
)
PARAMETERS = st.lists(
    st.tuples(st.just("lon"), NUMBERS) | st.tuples(st.just("lat"), NUMBERS) | OTHERS, min_size=1, max_size=6
)
USUAL = st.tuples(st.floats(101.05, 102.05), st.floats(24.2, 24.9), st.lists(OTHERS, max_size=2)).map(
    lambda found: [("lon", str(found[0])), ("lat", str(found[1])), *found[2]]
)
WHO = st.sampled_from([
    None, *[(role, scope) for role in ROLES for scope in (COUNTY, TOWN, VILLAGE, OTHER, VILLAGE + "001")],
    ("stranger", COUNTY), "Bearer x.y.z", "Basic abc", "bearer", "",
])  # fmt: skip


def header(token: Token, who: Any) -> dict[str, str]:
    if who is None:
        return {}
    return {"Authorization": who} if isinstance(who, str) else token(*who)


@settings(max_examples=examples(100, 300), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(USUAL | USUAL | PARAMETERS, WHO, st.sampled_from(["GET", "HEAD"]), st.randoms())
def test_both_ways_give_the_same_bytes(
    client: TestClient, framework: TestClient, here: Service, token: Token,
    parameters: list[tuple[str, str]], who: Any, method: str, random: Any,
) -> None:  # fmt: skip
    warm(here)
    random.shuffle(parameters)
    address = "/locate?" + "&".join(f"{name}={value}" for name, value in parameters)
    ahead, behind = (one.request(method, address, headers=header(token, who)) for one in (client, framework))
    assert (ahead.status_code, ahead.content) == (behind.status_code, behind.content)
    assert sorted(ahead.headers.items()) == sorted(behind.headers.items())


@pytest.mark.parametrize("rest", ["", "&level=4", "&datum=wgs84", "&edition=1", "&datetime=2024-06-30", "&datum=gcj02"])
@pytest.mark.parametrize("who", [None, ("grid_staff", VILLAGE), ("leader", COUNTY), ("operator", OTHER)])
def test_the_usual_forms_are_answered_from_memory(
    here: Service, app: Application, framework: TestClient, token: Token, homes: list[Any], rest: str, who: Any
) -> None:
    warm(here)
    for _, lon, lat, _ in homes[:: len(homes) // 12]:
        for query in (f"lon={lon}&lat={lat}{rest}", f"lat={lat}{rest}&lon={lon}"):
            reply = direct(here, app, query, header(token, who))
            wanted = framework.get(f"/locate?{query}", headers=header(token, who))
            assert reply is not None
            assert (reply.status, reply.body) == (wanted.status_code, wanted.content)


def test_border_points_too(here: Service, app: Application, framework: TestClient) -> None:
    with here.database.transaction() as connection:
        rows = connection.execute(
            "SELECT ST_X(p.geom), ST_Y(p.geom) FROM (SELECT (ST_DumpPoints(geom)).geom FROM gis.grid_at(1)"
            " WHERE code ^@ '53232210120200' AND level = 6) AS p LIMIT 30"
        ).fetchall()
    hows = set[str]()
    for lon, lat in rows:
        wanted = framework.get(f"/locate?lon={lon}&lat={lat}")
        reply = direct(here, app, f"lon={lon}&lat={lat}")
        assert reply is not None
        assert reply.body == wanted.content
        hows.add(wanted.json()["how"])
    assert "border" in hows


def test_what_is_read_of_a_query() -> None:
    assert read_query(b"lon=1.5&lat=-2") == (1.5, -2.0, Options())
    assert read_query(b"level=3&lat=2&datetime=2023-12-31&lon=1") == (1.0, 2.0, Options(3, day=date(2023, 12, 31)))
    assert read_query(b"lon=1&lat=2&edition=7&datum=bd09") == (1.0, 2.0, Options(6, "bd09", 7))
    for odd in (b"", b"lon=1", b"lon=1&lat=2&lat=3", b"lon=1&lat=2&crs=CRS84", b"lon=1&lat=2&level=9", b"lon=1&lat=2&",
                b"lon=1&lat=2&level=%34", b"lon=1&lat=2&datetime=soon", b"lon=1&lat=2&nearest=unit", b"lon=1;lat=2"):  # fmt: skip
        assert read_query(odd) is None


# --- who sees what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("scope", [TOWN, VILLAGE, VILLAGE + "001", OTHER])
def test_nothing_leaks_outside_a_jurisdiction(
    here: Service, app: Application, client: TestClient, token: Token, homes: list[Any], role: str, scope: str
) -> None:
    """No row policy stands behind memory: the server's own check must hold for every role and every grid."""
    warm(here)
    inside = 0
    for grid, lon, lat, _ in homes[:: len(homes) // 60]:
        reply = direct(here, app, f"lon={lon}&lat={lat}", token(role, scope))
        assert reply is not None
        answer = client.get(f"/locate?lon={lon}&lat={lat}", headers=token(role, scope))
        told = answer.json()
        assert reply.body.endswith(answer.content[-40:])
        if grid.startswith(scope):
            inside += 1
            assert told["unit"]["code"].startswith(grid)
            assert told["staff"] != []
        else:
            assert (told["unit"], told["staff"]) == (None, [])
            assert b'"unit":null,"staff":[]}' in reply.body
    assert inside > 0


def test_nobody_sees_people_without_a_token(here: Service, app: Application, homes: list[Any]) -> None:
    warm(here)
    for _, lon, lat, _ in homes[:: len(homes) // 60]:
        assert direct(here, app, f"lon={lon}&lat={lat}").body.endswith(b'"unit":null,"staff":[]}')


@pytest.mark.parametrize("kind", ["household", "unit", "staff"])
@pytest.mark.parametrize("scope", [VILLAGE, OTHER])
def test_the_nearest_stays_inside_the_jurisdiction(
    client: TestClient, token: Token, homes: list[Any], kind: str, scope: str
) -> None:
    for _, lon, lat, _ in homes[:: len(homes) // 12]:
        query = {"lon": lon, "lat": lat, "nearest": kind}
        found = client.get("/locate", params=query, headers=token("operator", scope)).json()["nearest"][kind]
        assert found.get("grid", found.get("code")).startswith(scope)
        assert client.get("/locate", params=query).status_code == 401


def test_expired_tokens_are_refused_also_when_they_were_good(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = Jurisdiction((COUNTY,), "a", "leader")
    text, expires = make_token(app.state.token_key, scope, name="a", hours=1)
    assert caller_of(app.state.token_key, f"Bearer {text}").scope == scope
    monkeypatch.setattr(access.time, "time", lambda: expires.timestamp() - 1.5)
    assert caller_of(app.state.token_key, f"Bearer {text}").scope == scope
    monkeypatch.setattr(access.time, "time", expires.timestamp)
    with pytest.raises(NotSignedIn):
        caller_of(app.state.token_key, f"Bearer {text}")
    with pytest.raises(NotSignedIn):
        caller_of("another key " * 4, f"Bearer {text}")


# --- never out of date ---------------------------------------------------------------------------------------


def eventually(read: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What is read once it is as wanted: as soon as the notification has arrived."""
    until = time.monotonic() + PATIENCE_S
    while not wanted(found := read()) and time.monotonic() < until:
        time.sleep(0.02)
    assert wanted(found), found
    return found


def test_a_new_household_and_a_moved_assignment_are_seen(
    client: TestClient, here: Service, app: Application, database_url: str, token: Token, homes: list[Any]
) -> None:
    warm(here)
    grid, lon, lat, unit = homes[0]
    x, y = lon + 0.00002, lat + 0.00002
    who = token("operator")
    query = f"lon={x}&lat={y}"
    before = here.people.versions
    other = next(one[3] for one in homes if one[0] == grid and one[3] != unit)
    with connect_admin(database_url) as connection:
        connection.execute(
            "WITH h AS (INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('新',"
            " ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4490), %(grid)s) RETURNING id)"
            " INSERT INTO gis.assignment (household_id, grid_code, unit_code, how, edition_from)"
            " SELECT id, %(grid)s, %(unit)s, 'inside', 1 FROM h",
            {"x": x, "y": y, "grid": grid, "unit": other},
        )
    eventually(lambda: here.people.versions, lambda found: found != before)
    told = client.get(f"/locate?{query}", headers=who).json()
    assert told["unit"]["code"] == other
    assert f'"unit":{{"code":"{other}"'.encode() in direct(here, app, query, who).body
    near = client.get(f"/locate?{query}&nearest=household", headers=who).json()["nearest"]["household"]
    assert (near["unit"], near["distance_m"]) == (other, 0.0)
    assert client.get(f"/households/{near['id']}", headers=who).json()["head_name"] == "新"
    before = here.people.versions
    with connect_admin(database_url) as connection:
        connection.execute("UPDATE gis.assignment SET unit_code = %s WHERE household_id = %s", [unit, near["id"]])
    eventually(lambda: here.people.versions, lambda found: found != before)
    assert client.get(f"/locate?{query}", headers=who).json()["unit"]["code"] == unit
    assert f'"unit":{{"code":"{unit}"'.encode() in direct(here, app, query, who).body


def test_changed_staff_are_seen(
    framework: TestClient, here: Service, app: Application, database: Database, token: Token, homes: list[Any]
) -> None:
    grid, lon, lat, _ = homes[0]
    query, who = f"lon={lon}&lat={lat}", token("operator")
    scope = Jurisdiction((COUNTY,), "test", "operator")

    def told() -> list[str]:
        """Who serves there by memory, whether or not the notification has arrived yet."""
        return [person["name"] for person in json.loads(direct(here, app, query, who).body)["staff"]]

    warm(here)
    with database.transaction(scope) as connection:
        person = add_person(connection, scope, name="新人", phone="100", employment="part_time", grid=grid, role="辅警")
    eventually(told, lambda names: "新人" in names)
    with database.transaction(scope) as connection:
        change_person(connection, scope, person, name="改名")
    eventually(told, lambda names: "改名" in names and "新人" not in names)
    with database.transaction(scope) as connection:
        post = connection.execute("SELECT id FROM gis.staff_post WHERE staff_id = %s", [person]).fetchone()
        assert post is not None
        relieve(connection, scope, person, post[0])
    eventually(told, lambda names: "改名" not in names)
    assert direct(here, app, query, who).body == framework.get(f"/locate?{query}", headers=who).content
