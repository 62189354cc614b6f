"""HTML pages: Chinese and English, self-contained, safe, linked up and down."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.ogc.outline import HEIGHT, WIDTH, outline
from api.ogc.pages import shown
from gis.db import connect_admin
from tests.api.ogc.county import HEIR, RETIRED, people

Headers = dict[str, str]
PAGES = [
    "",
    "/conformance",
    "/openapi",
    "/collections",
    "/collections/grids",
    "/collections/grids/queryables",
    "/collections/grids/schema",
    "/collections/grids/items",
    "/collections/grids/items?edition=1&limit=5",
    "/collections/grids/items?code=none",
    "/collections/grids/items/532322",
    f"/collections/grids/items/{HEIR}",
    f"/collections/units/items/{HEIR}001",
    "/collections/units/items",
    "/collections/centres/items",
    "/collections/centres/items/1",
    "/collections/households/items",
    f"/collections/households/items/{people()[0].id}",
    f"/collections/assignments/items/{people()[0].id}",
    "/collections/disputes/items",
    "/collections/editions/items/1",
    "/collections/lineage/items",
    "/collections/disputes/sortables",
]


class Reader(HTMLParser):
    """Checks that tags close, and collects links and everything a browser would fetch or run."""

    void = frozenset({"meta", "link", "br", "path", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_ = dict(attrs)
        if tag not in self.void:
            self.open.append(tag)
        if tag == "a":
            self.hrefs.append(given_.get("href") or "")
        if tag in {"script", "img", "iframe", "object", "embed"} or any(name.startswith("on") for name in given_):
            self.fetched.append(tag)
        if tag == "link" and given_.get("rel") != "alternate" and not (given_.get("href") or "").startswith("data:"):
            self.fetched.append(given_.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages(client: TestClient, token: Callable[..., Headers], path: str, lang: str) -> None:
    address = f"/ogc{path}{'&' if '?' in path else '?'}lang={lang}&f=html"
    answer = client.get(address, headers=token("operator"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == lang
    reader = read(answer.text)
    assert reader.fetched == []
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    assert "<b>䂖" not in answer.text  # a text with markup is shown, not obeyed
    assert ('lang="zh-CN"' if lang == "zh" else 'html lang="en"') in answer.text
    assert ("合成" if lang == "zh" else "synthetic") in answer.text
    for href in dict.fromkeys(reader.hrefs):
        assert href.startswith("http://testserver/")
        if href != "http://testserver/":
            assert client.get(href, headers=token("operator")).status_code == 200, href


def test_language_and_format_follow_the_browser(client: TestClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = client.get("/ogc", headers={**browser, "Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-language"] == "en"
    assert client.get("/ogc", headers={**browser, "Accept-Language": "zh-CN"}).headers["content-language"] == "zh"
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0, */*", ""):
        assert client.get("/ogc", headers={"Accept": accept}).headers["content-type"] == "application/json"
    plain = client.get("/ogc/collections/grids/items", headers={"Accept": "application/geo+json, text/html;q=0.1"})
    assert plain.headers["content-type"] == "application/geo+json"


def test_the_hierarchy_can_be_walked_down_and_up(client: TestClient) -> None:
    address, seen = "/ogc/collections/grids/items/532322?f=html&lang=en", ["532322"]
    while len(seen[-1]) < 17:
        below = [h for h in read(client.get(address).text).hrefs if re.search(rf"/{seen[-1]}\d+[?]", h)]
        address = below[-1]
        seen.append(re.search(r"/(\d+)[?]", address).group(1))  # type: ignore[union-attr]  # matched above
    assert [len(code) for code in seen] == [6, 9, 12, 15, 17]
    hrefs = read(client.get(address).text).hrefs
    assert any(f"/units/items/{seen[-1]}001" in href for href in hrefs)
    for code in seen[:-1]:
        assert any(f"/grids/items/{code}?" in href for href in hrefs)


def test_past_editions_say_so_and_keep_to_themselves(client: TestClient) -> None:
    text = client.get("/ogc/collections/grids/items/532322102202?f=html&lang=en&edition=1").text
    assert "past edition" in text
    assert "532322102202004?lang=en&amp;edition=1" in text.replace("f=html&amp;", "")
    assert "past edition" not in client.get("/ogc/collections/grids/items?f=html&lang=en").text


@given(st.lists(st.tuples(st.floats(100, 103), st.floats(23, 26)), min_size=1, max_size=5))
def test_the_sketch_map_stays_in_its_frame(places: list[tuple[float, float]]) -> None:
    features = [("p", "#", {"type": "Point", "coordinates": place}) for place in places]
    square = shapely.geometry.mapping(shapely.MultiPolygon([shapely.Point(places[0]).buffer(0.1)]))
    for one in outline([*features, ("q", "#", square)]):
        assert 0 <= one.x <= WIDTH
        assert 0 <= one.y <= HEIGHT
        for x, y in re.findall(r"([\d.]+) ([\d.]+)", one.path):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT


def test_labels_are_short_and_never_lie_on_each_other() -> None:
    def square(lon: float, size: float) -> dict[str, object]:
        return shapely.geometry.mapping(
            shapely.MultiPolygon([shapely.box(lon, 24.25 - size / 2, lon + size, 24.25 + size / 2)])
        )

    drawn = outline(
        [
            ("桂花井村民委员会", "#", square(101, 0.5)),
            ("东城社区居民委员会", "#", square(101.24, 0.01)),
            ("西城社区居民委员会", "#", square(101.6, 0.5)),
        ]
    )
    assert [one.label for one in drawn] == ["桂花井村", "", "西城社区"]


def test_a_map_of_nothing_is_no_map() -> None:
    assert outline([]) == []


def test_points_lie_in_something_and_values_are_told_in_words(
    client: TestClient, token: Callable[..., Headers]
) -> None:
    rated = client.get("/ogc/collections/households/items?risk=red", headers=token("operator")).json()["features"][0]
    for path, behind in (("", 2), (f"/{rated['id']}", 1)):
        text = client.get(f"/ogc/collections/households/items{path}?f=html", headers=token("operator")).text
        assert text.count('class="around"') == behind
        assert "红（高）" in text
        assert "在网格内" in text
    assert f"/grids/items/{rated['properties']['grid_code']}?" in text
    assert f"/units/items/{rated['properties']['unit_code']}?" in text
    assert 'class="around"' not in client.get("/ogc/collections/grids/items?f=html").text


def test_categories_and_sources_of_disputes_are_told_by_name(
    client: TestClient, token: Callable[..., Headers], database_url: str
) -> None:
    with connect_admin(database_url) as connection:
        connection.execute("UPDATE gis.dispute SET source = 'hotline'")
    one = client.get("/ogc/collections/disputes/items?limit=1", headers=token("operator")).json()["features"][0]
    for path in ("", f"/{one['id']}"):
        for lang, words in (("zh", ("邻里纠纷", "热线")), ("en", ("Between neighbours", "Hotline"))):
            address = f"/ogc/collections/disputes/items{path}?f=html&lang={lang}"
            text = client.get(address, headers=token("operator")).text
            assert all(f">{word}<" in text for word in words)


def test_pages_lead_to_files_of_the_same_filter(client: TestClient) -> None:
    text = client.get("/ogc/collections/grids/items?f=html&level=6&limit=2&lang=en").text
    hrefs = [href for href in read(text).hrefs if "f=csv" in href]
    assert [client.get(href).text.count("\r\n") for href in hrefs] == [16]
    assert any("items?f=gpkg" in href for href in read(client.get("/ogc/collections/grids?f=html").text).hrefs)


def test_the_landing_page_tells_the_address_for_qgis(client: TestClient) -> None:
    assert "<code>http://testserver/ogc</code>" in client.get("/ogc?f=html&lang=zh").text


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nope", 404, ("没有这个地址", "no such address")),
        ("/collections/nope", 404, ("没有找到", "no collection")),
        ("/collections/households/items", 401, ("登录", "Sign in")),
        ("/collections/grids/items/999", 400, ("编码", "not a grid code")),
        ("/collections/grids/items?bbox=a", 400, ("bbox", "bbox")),
        ("/collections/grids/items?datetime=1999-01-01", 404, ("版本", "edition")),
    ],
)
def test_a_person_reads_what_went_wrong_on_a_page(
    client: TestClient, path: str, status: int, words: tuple[str, str]
) -> None:
    client.get("/ogc")  # the edition is at hand then
    for lang, word in zip(("zh", "en"), words, strict=True):
        answer = client.get(f"/ogc{path}", headers={**BROWSER, "Accept-Language": lang})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert word in answer.text
        ways = [h for h in read(answer.text).hrefs if "/ogc" in h and "lang=" not in h and "f=json" not in h]
        assert len(ways) >= 3
        assert all(client.get(href).status_code == 200 for href in ways)
        for accept in ("*/*", "application/json", "application/geo+json"):
            told = client.get(f"/ogc{path}", headers={"Accept": accept})
            assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json")
    assert client.get("/grids/999", headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_what_a_request_names_is_no_markup_on_the_page_of_an_error(client: TestClient) -> None:
    text = client.get("/ogc/collections/<b>x", headers=BROWSER).text
    assert "<b>x" not in text
    assert "&lt;b&gt;x" in text


def test_the_page_of_a_retired_grid_leads_to_its_heir(client: TestClient) -> None:
    hrefs = read(client.get(f"/ogc/collections/grids/items/{RETIRED}", headers=BROWSER).text).hrefs
    assert any(href.endswith(f"/grids/items/{HEIR}") for href in hrefs)
    assert not any(f"/grids/items/{RETIRED}" in href and "f=json" not in href and "lang=" not in href for href in hrefs)


def test_values_filters_and_systems_are_told_in_words(client: TestClient) -> None:
    text = client.get("/ogc/collections/grids/items?level=3&f=html&lang=zh").text
    assert "层级 = <b>乡镇</b>" in text
    assert ">乡镇</td>" in text
    assert "层级 = " not in client.get("/ogc/collections/grids/items?f=html&lang=zh").text
    collection = client.get("/ogc/collections/grids?f=html&lang=zh").text
    assert "东经 10" in collection
    assert "CGCS2000（纬度在前）" in collection
    standards = client.get("/ogc/conformance?f=html&lang=zh").text
    assert standards.count("<code") == len(client.get("/ogc/conformance").json()["conformsTo"])
    schema = client.get("/ogc/collections/grids/schema?lang=en").json()["properties"]["level"]
    assert schema["title"] == "Level"
    assert "3 Township" in schema["description"]


@given(st.lists(st.tuples(st.floats(101, 102), st.floats(24, 25), st.floats(0.01, 0.3)), min_size=1, max_size=12))
def test_labels_for_a_small_screen_keep_apart_at_twice_the_size(places: list[tuple[float, float, float]]) -> None:
    squares = [shapely.MultiPolygon([shapely.box(x, y, x + size, y + size)]) for x, y, size in places]
    drawn = [one for one in outline([("网格", "#", shapely.geometry.mapping(one)) for one in squares]) if one.large]
    assert all(
        abs(one.x - two.x) > 52 or abs(one.y - two.y) > 28 for i, one in enumerate(drawn) for two in drawn[i + 1 :]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (True, "✓"), (False, "✗"), (12345.6, "12,346"), (0.25, "0.25"), (7, "7"), ("x", "x")],
)
def test_values_for_reading(value: object, text: str) -> None:
    assert shown(value) == text
