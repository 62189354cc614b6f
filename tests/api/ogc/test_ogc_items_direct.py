"""Items from memory: the framework's answers, byte for byte, whatever is asked."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.direct import Application, Reply
from api.items_direct import KEPT, ItemsDirect
from gis.settings import Settings
from tests.api.ogc.county import HEIR, RETIRED, grids
from tests.examples import examples

Token = Callable[..., dict[str, str]]
Seen = tuple[int, list[tuple[str, str]], bytes]
RELAXED = settings(
    max_examples=examples(80, 300), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
ROOT = "/ogc/collections"


@pytest.fixture(scope="module")
def app(app_settings: Settings, database_url: str) -> Iterator[Application]:
    """The whole application over the small county, the public items of both editions in memory."""
    found = create_app(app_settings, database_url)
    with TestClient(found):
        here, frames, memory = found.state.service, found.state.ogc_frames, found.state.ogc_memory
        for number in (1, 2):
            here.coverage(number)
            frames.get(number)
            for collection in KEPT.values():
                memory.wait(collection, number)
        yield found


@pytest.fixture(scope="module")
def direct(app: Application) -> TestClient:
    """A client of the whole application."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def framework(app: Application) -> TestClient:
    """The same application without what stands ahead of it."""

    async def only(scope: Scope, receive: Receive, send: Send) -> None:
        await FastAPI.__call__(app, scope, receive, send)

    return TestClient(only, raise_server_exceptions=False)


def asked_directly(app: Application, address: str, headers: dict[str, str] | None = None) -> Reply | None:
    """What `ItemsDirect` itself says."""
    path, _, query = address.partition("?")
    raw = {name.lower().encode(): value.encode() for name, value in {"Host": "localhost", **(headers or {})}.items()}
    state = app.state
    answer = ItemsDirect(state.service, state.ogc_frames, state.ogc_memory, state.token_key)
    return answer({"path": path, "query_string": query.encode(), "scheme": "http"}, raw)


def ask(client: TestClient, method: str, address: str, headers: dict[str, str]) -> Seen:
    with client.stream(method, address, headers=headers) as answer:
        return answer.status_code, sorted(answer.headers.items()), b"".join(answer.iter_raw())


CODES = [*grids(1), f"{HEIR}001", f"{HEIR}002", RETIRED + "001"]
LON, LAT = st.floats(101.15, 101.45).map(lambda x: round(x, 4)), st.floats(24.25, 24.55).map(lambda y: round(y, 4))
BOXES = st.tuples(LON, LAT, st.sampled_from([0, 0.001, 0.03, 0.3]), st.sampled_from([0, 0.002, 0.05, -0.1])).map(
    lambda box: f"bbox={box[0]},{box[1]},{box[0] + box[2]},{box[1] + box[3]}"
)
CRS = "http://www.opengis.net/def/crs/"
LIMITS = st.sampled_from(
    ["limit=1", "limit=7", "limit=100", "limit=1000", "limit=1001", "limit=0", "limit=x", "limit="]
)
PLAIN = st.one_of(
    LIMITS,
    LIMITS,
    BOXES,
    st.sampled_from(["offset=0", "offset=1", "offset=20", "offset=36", "offset=99999", "offset=-1", "offset=x"]),
    st.sampled_from(["after=532322101", "after=53232210120100201", f"after={HEIR}001", "after=532399", "after=x", "limit=99999999999"]),
    st.sampled_from(["level=6", "level=5", "level=2", "level=7", "level=x", "level=06", "name=%E5%8E%BF", "area_m2=1"]),
    st.sampled_from(["f=json", "f=html", "f=csv", "f=x", "lang=zh", "lang=en", "lang=fr", "lang=", "edition=1", "edition=2"]),
    st.sampled_from(["datetime=2023-12-31", "datetime=1900-01-01", "datetime=../2024-01-01", "datetime=soon", "edition=x"]),
    st.sampled_from([
        "bbox=24.3,101.2,24.35,101.3&bbox-crs=" + CRS + "EPSG/0/4490", "bbox-crs=" + CRS + "EPSG/0/4490", "bbox=1,2,3",
        "bbox=11270000,2780000,11280000,2795000&bbox-crs=" + CRS + "EPSG/0/3857", "crs=" + CRS + "OGC/1.3/CRS84",
        "crs=" + CRS + "EPSG/0/4490", "bbox=101.2,24.3,0,101.3,24.4,9", "bbox=170,24,-170,25",
    ]),
    st.sampled_from([
        "sortby=name", "properties=name", "skipGeometry=true", "skipGeometry=false", "resulttype=hits", "resulttype=results",
        "filter=level=6", "filter-lang=cql2-text", "filter-lang=cql2-json", "%00=1", "unknown=1",
        "filter=S_INTERSECTS(geometry,POINT(101.2713%2024.3371))",
        "filter=S_INTERSECTS(geometry,POINT(1%2024))", "filter=S_INTERSECTS(geometry,%20POINT(101.31%2024.42))", "limit=%31",
    ]),
)  # fmt: skip
QUERIES = st.lists(PLAIN, max_size=4).map("&".join)
OTHERS = st.sampled_from([
    {}, {}, {}, {"Origin": "https://a.example"}, {"Authorization": "Bearer x.y.z"}, {"Accept": "text/html"},
    {"Accept": "application/geo+json"}, {"Accept": "text/csv, application/json;q=0.5"}, {"Accept-Language": "en-GB,zh;q=0.5"},
    {"Accept-Language": "fr"}, {"Host": "evil.example"}, {"Host": "localhost:80"}, {"X-Forwarded-Proto": "https"}, {"Range": "bytes=0-9"},
])  # fmt: skip


@RELAXED
@given(
    st.sampled_from([*KEPT, "grids", "grids", "centres", "households", "nothing"]), QUERIES, OTHERS,
    st.sampled_from([None, None, "same", "weak", "*", '"other"', "list"]), st.sampled_from(["GET", "GET", "HEAD", "POST"]), st.data(),
)  # fmt: skip
def test_both_ways_give_the_same(
    direct: TestClient, framework: TestClient, token: Token, name: str, query: str,
    others: dict[str, str], known: str | None, method: str, data: st.DataObject,
) -> None:  # fmt: skip
    identifier = data.draw(st.sampled_from(["", "", *CODES, "532399", "x"]))
    more = data.draw(
        st.sampled_from(["", f"&code={identifier}", f"&parent={identifier[:-2]}", f"&grid_code={identifier[:17]}"])
    )
    path = data.draw(st.sampled_from([f"{ROOT}/{name}/items", f"{ROOT}/{name}/items/{identifier}".rstrip("/")]))
    address = f"{path}?{(query + more).removeprefix('&')}".rstrip("?")
    headers = others | (token("leader", "532322101") if data.draw(st.integers(0, 5)) == 0 else {})
    tag = dict(ask(framework, "GET", address, headers)[1]).get("etag", '"none"')
    told = {"same": tag, "weak": f"W/{tag}", "list": f'"a", {tag}'}
    headers = headers if known is None else headers | {"If-None-Match": told.get(known, known)}
    for _ in range(2):  # made, then kept
        assert ask(direct, method, address, headers) == ask(framework, method, address, headers)


USUAL = [
    "", "?limit=1", "?f=json", "?lang=en", "?level=6", f"?code={HEIR}", "?parent=532322101", "?edition=1", "?datetime=2023-06-01",
    "?bbox=101.2,24.3,101.3,24.4", "?bbox=24.3,101.2,24.4,101.3&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4490",
    "?offset=10&limit=5", "?filter-lang=cql2-text&filter=S_INTERSECTS(geometry,POINT(101.2713%2024.3371))", f"/{HEIR}", f"/{HEIR}?lang=en",
    f"/{RETIRED}?edition=1",
]  # fmt: skip


@pytest.mark.parametrize("query", USUAL)
@pytest.mark.parametrize("signed", [False, True])
def test_usual_questions_are_answered_from_memory(app: Application, token: Token, query: str, signed: bool) -> None:
    reply = asked_directly(app, f"{ROOT}/grids/items{query}", token("leader") if signed else {})
    assert reply is not None
    assert reply.status == 200


def test_usual_questions_ask_no_database(app: Application, direct: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(app.state.service.database, "transaction", asked)
    for query in USUAL:
        answer = direct.get(f"{ROOT}/grids/items{query}", headers={"Host": "localhost"})
        assert answer.status_code == 200
        assert answer.json().get("numberMatched", 1) > 0
