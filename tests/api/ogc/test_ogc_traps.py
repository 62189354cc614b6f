"""Known traps of OGC API services, each closed, each with a test named after it; some have theirs in other modules."""

from collections.abc import Callable, Iterator

import pytest
import shapely
from psycopg import sql
from pydantic import SecretStr
from shapely.geometry import shape
from starlette.testclient import TestClient

from api.app import create_app
from api.direct import Application
from api.items_direct import KEPT
from gis.db import connect_admin
from gis.settings import Settings
from tests.api.ogc.county import HEIR, grids
from tests.api.ogc.view import links

ITEMS = "/ogc/collections/grids/items"
Token = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def whole(app_settings: Settings, database_url: str) -> Iterator[Application]:
    """The whole application: what is hot is answered ahead of the framework."""
    app = create_app(app_settings, database_url)
    with TestClient(app):
        app.state.service.coverage()
        for collection in KEPT.values():
            app.state.ogc_memory.wait(collection, 2)
        yield app


@pytest.fixture(scope="module")
def hot(whole: Application) -> TestClient:
    return TestClient(whole, base_url="http://localhost:8000", raise_server_exceptions=False)


@pytest.mark.parametrize("filtered", ["", "&filter=level%3E1"])  # from memory, by the framework
def test_limit_above_the_maximum_is_cut_and_not_in_silence(
    app_settings: Settings, database_url: str, filtered: str
) -> None:
    settings = app_settings.model_copy(update={"max_page": 7, "database_url": SecretStr(database_url)})
    app = create_app(settings, database_url)
    with TestClient(app) as client:
        client.get(ITEMS)
        for collection in KEPT.values():
            app.state.ogc_memory.wait(collection, 2)
        assert "limit" not in client.get(f"{ITEMS}?limit=7{filtered}").json()
        page, seen = client.get(f"{ITEMS}?limit=8{filtered}").json(), list[str]()
        assert page["limit"] == {"asked": 8, "maximum": 7}
        while True:
            seen += [feature["id"] for feature in page["features"]]
            if not (onward := links(page, "next")):
                break
            page = client.get(onward[0]["href"]).json()
            assert page["numberReturned"] <= 7
        assert seen == sorted(grids())
        assert len(client.get(f"{ITEMS}.geojson?limit=8{filtered}").json()["features"]) == 8  # a file has no pages


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("grids", "x"), ("grids", "1"), ("units", HEIR), ("centres", "x"), ("editions", "1.5"), ("lineage", "x"), ("centres", "9" * 30)],
)  # fmt: skip
def test_id_of_the_wrong_type_is_400_and_never_500(hot: TestClient, name: str, wrong: str) -> None:
    answer = hot.get(f"/ogc/collections/{name}/items/{wrong}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_id_of_the_wrong_type_in_a_personal_collection(hot: TestClient, token: Token) -> None:
    answer = hot.get("/ogc/collections/households/items/12", headers=token("leader"))
    assert answer.status_code == 400


@pytest.mark.parametrize("public", ["https://grid.example", "https://example.cn/county/grid/"])
def test_links_behind_a_proxy_and_a_mount(app_settings: Settings, database_url: str, public: str) -> None:
    settings = app_settings.model_copy(update={"public_url": public})
    app = create_app(settings, database_url)
    with TestClient(app) as client:
        client.get(ITEMS)
        for collection in KEPT.values():
            app.state.ogc_memory.wait(collection, 2)
        for path in ("/ogc", "/ogc/collections", f"{ITEMS}?limit=2", f"{ITEMS}/{HEIR}"):
            for _ in range(2):  # the second may come from memory
                told = client.get(path, headers={"Host": "inner:9", "X-Forwarded-Proto": "http"}).json()["links"]
                assert told
                assert all(link["href"].startswith(f"{public.rstrip('/')}/ogc") for link in told)


def test_links_do_not_follow_a_made_up_host(hot: TestClient) -> None:
    for _ in range(2):
        told = hot.get(f"{ITEMS}?limit=1", headers={"Host": "evil.example"}).json()["links"]
        assert not [link for link in told if "evil" in link["href"]]


def test_exterior_rings_turn_counter_clockwise_in_hot_answers(hot: TestClient) -> None:
    features = hot.get(f"{ITEMS}?limit=1000").json()["features"]
    assert len(features) == len(grids())
    for feature in features:
        assert all(part.exterior.is_ccw for part in shapely.get_parts(shape(feature["geometry"])))


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections", ITEMS, f"{ITEMS}/{HEIR}", f"{ITEMS}?f=html"])
def test_vary_names_accept_language(hot: TestClient, path: str) -> None:
    zh, en = (hot.get(path, headers={"Accept-Language": lang}) for lang in ("zh-CN", "en-GB"))
    assert (zh.headers["content-language"], en.headers["content-language"]) == ("zh", "en")
    for answer in (zh, en):
        assert "Accept-Language" in answer.headers["vary"]
    assert zh.headers["etag"] != en.headers["etag"]


def test_a_changed_table_shows_without_a_restart(hot: TestClient, database_url: str) -> None:
    title = sql.SQL("UPDATE gis.edition SET title = {} WHERE number = 1")
    with connect_admin(database_url) as connection:
        for text in ("第一版（改）", "第1版"):
            connection.execute(title.format(sql.Literal(text)))
            assert hot.get("/ogc/collections/editions/items/1").json()["properties"]["title"] == text


def test_changed_settings_show_in_the_documents_of_a_new_application(app_settings: Settings, database_url: str) -> None:
    settings = app_settings.model_copy(update={"max_page": 7, "database_url": SecretStr(database_url)})
    with TestClient(create_app(settings, database_url)) as client:
        parameters = client.get("/ogc/openapi").json()["components"]["parameters"]
        assert parameters["limit"]["schema"]["maximum"] == 7
        assert client.get(f"{ITEMS}?limit=8").json()["numberReturned"] == 7


def test_a_page_chain_stays_in_its_edition_while_another_is_published(
    whole: Application, hot: TestClient, database_url: str
) -> None:
    """The chain begins while edition 1 is current, the next edition comes in between."""
    with connect_admin(database_url) as connection:
        connection.execute("UPDATE gis.edition SET state = 'prepared', activated_at = NULL WHERE number = 2")
        connection.execute("UPDATE gis.edition SET state = 'current' WHERE number = 1")
        whole.state.service.refresh()
        page = hot.get(f"{ITEMS}?limit=10").json()
        assert page["edition"] == 1
        seen = [feature["id"] for feature in page["features"]]
        connection.execute("UPDATE gis.edition SET state = 'past' WHERE number = 1")
        connection.execute("UPDATE gis.edition SET state = 'current', activated_at = now() WHERE number = 2")
        whole.state.service.refresh()
    assert hot.get(f"{ITEMS}?limit=10").json()["edition"] == 2
    while onward := links(page, "next"):
        page = hot.get(onward[0]["href"]).json()
        seen += [feature["id"] for feature in page["features"]]
        assert page["edition"] == 1
    assert seen == sorted(grids(1))
