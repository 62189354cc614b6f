"""Tiles over HTTP: caching, compression, refusals, and nothing personal for anybody without the right."""

import gzip
import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.tile_answers import accepted, matches
from tests.tiles.decoded import decode, tile_at
from tiles.matrix import CGCS2000

Headers = Callable[..., dict[str, str]]
MVT = "application/vnd.mapbox-vector-tile"
PLACE = "/".join(map(str, tile_at(101.5213, 24.5371, 9)))
PLACE_4490 = "/".join(map(str, tile_at(101.5213, 24.5371, 8, CGCS2000)))
PUBLIC = f"/tiles/level4,borders,labels/{PLACE}.mvt"
FIXED = f"/editions/1/tiles/level4,borders,labels/{PLACE}.mvt"


def test_a_tile_comes_compressed_and_is_the_same_plain(client: TestClient) -> None:
    zipped = client.get(PUBLIC, headers={"Accept-Encoding": "gzip"})
    plain = client.get(PUBLIC, headers={"Accept-Encoding": "identity"})
    assert (zipped.status_code, zipped.headers["content-type"]) == (200, MVT)
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content  # the client has decompressed it
    assert int(zipped.headers["content-length"]) < len(plain.content) == int(plain.headers["content-length"])
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in zipped.headers["vary"]
    assert set(decode(plain.content)) == {"level4", "borders", "labels"}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("path", [PUBLIC, FIXED])
def test_what_the_client_has_is_not_sent_again(client: TestClient, path: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    first = client.get(path, headers=headers)
    again = client.get(path, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert client.get(path, headers=headers | {"If-None-Match": '"other"'}).status_code == 200


def test_head_tells_what_get_would(client: TestClient) -> None:
    for path in (
        PUBLIC,
        FIXED,
        f"/tiles/{CGCS2000}/level4/{PLACE_4490}.mvt",
        f"/editions/1/tiles/{CGCS2000}/level4/{PLACE_4490}.mvt",
    ):
        got, told = client.get(path), client.head(path)
        assert (told.status_code, told.content) == (got.status_code, b"")
        for name in ("etag", "content-length", "content-type", "cache-control", "vary"):
            assert told.headers[name] == got.headers[name]


def test_how_long_a_tile_may_be_kept(client: TestClient) -> None:
    assert client.get(FIXED).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get(PUBLIC).headers["cache-control"] == "public, max-age=15"
    centres = client.get(f"/editions/1/tiles/centres/{PLACE}.mvt")
    assert centres.headers["cache-control"] == "public, max-age=15"  # centres open and close within an edition


def test_equal_tiles_have_equal_etags_by_every_address(client: TestClient) -> None:
    paths = [
        PUBLIC,
        FIXED,
        f"/tiles/labels,level4,borders/{PLACE}.mvt",
        f"{PUBLIC}?edition=1",
        f"{PUBLIC}?datetime=2024-06-01",
    ]
    assert len({client.get(path).headers["etag"] for path in paths}) == 1


def test_nothing_is_204(client: TestClient) -> None:
    empty = client.get("/tiles/level4/9/0/0.mvt")
    assert (empty.status_code, empty.content) == (204, b"")
    assert client.head("/tiles/level4/9/0/0.mvt").status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/tiles/level4/17/0/0.mvt", 400, "z"),
        ("/tiles/level4/-1/0/0.mvt", 400, "z"),
        ("/tiles/level4/3/8/0.mvt", 400, "x"),
        ("/tiles/level4/3/0/8.mvt", 400, "y"),
        ("/tiles/level4/3/0/99999999999999999999999.mvt", 400, "y"),
        ("/tiles/level4/3/0/a.mvt", 400, "y"),
        ("/tiles/level4/3/0/1.5.mvt", 400, "y"),
        ("/tiles/level4/NaN/0/0.mvt", 400, "z"),
        (f"/tiles/{CGCS2000}/level4/0/2/0.mvt", 400, "x"),
        ("/tiles/level7/3/0/0.mvt", 404, "level2"),
        ("/tiles/level4,level4/3/0/0.mvt", 400, "layers"),
        (f"/tiles/{','.join(['level6'] * 1000)}/3/0/0.mvt", 400, "layers"),
        ("/tiles/Nonsense/level4/3/0/0.mvt", 404, "WebMercatorQuad"),
        ("/editions/99/tiles/level4/3/6/3.mvt", 404, "99"),
        ("/editions/0/tiles/level4/3/6/3.mvt", 400, "number"),
        ("/editions/99999999999999999999/tiles/level4/3/6/3.mvt", 404, "9999"),
        ("/tiles/level4/3/6/3.mvt?edition=99", 404, "99"),
        ("/tiles/level4/3/6/3.mvt?datetime=yesterday", 400, "datetime"),
        ("/tiles/level4/3/6/3.mvt?datetime=1900-01-01", 404, "1900"),
        ("/tiles/level7.json", 404, "level2"),
        ("/tiles/Nonsense/level4.json", 404, "WebMercatorQuad"),
        ("/editions/99/tiles/level4.json", 404, "99"),
        ("/editions/99/tiles/style.json", 404, "99"),
        ("/tiles/style.json?theme=pink", 400, "theme"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(client: TestClient, path: str, status: int, word: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail_en"]
    assert answer.json()["detail_zh"]


PERSONAL_LAYERS = ["households", "level4,disputes", "households,disputes"]
FORMS = [
    "/tiles/{layers}/{place}.mvt",
    "/tiles/WebMercatorQuad/{layers}/{place}.mvt",
    "/tiles/CGCS2000Quad/{layers}/{place}.mvt",
    "/editions/1/tiles/{layers}/{place}.mvt",
    "/editions/1/tiles/CGCS2000Quad/{layers}/{place}.mvt",
    "/tiles/{layers}/{place}.mvt?edition=1",
    "/tiles/{layers}.json",
    "/tiles/CGCS2000Quad/{layers}.json",
    "/editions/1/tiles/{layers}.json",
    "/editions/1/tiles/CGCS2000Quad/{layers}.json",
]


@pytest.mark.parametrize("layers", PERSONAL_LAYERS)
@pytest.mark.parametrize("form", FORMS)
def test_without_a_token_nothing_personal_is_given(client: TestClient, token: Headers, form: str, layers: str) -> None:
    for z in (9, 16):
        place = "/".join(map(str, tile_at(101.5213, 24.5371, z, CGCS2000 if CGCS2000 in form else "WebMercatorQuad")))
        path = form.format(layers=layers, place=place)
        assert client.get(path, headers=token("operator")).status_code in {200, 204}
        refused = client.get(path)
        assert refused.status_code == 401
        assert refused.headers["cache-control"] == "no-store"
        for header in ("Bearer nonsense", "Basic b3BlcmF0b3I6", "Bearer "):
            assert client.get(path, headers={"Authorization": header}).status_code == 401
        etag = client.get(path, headers=token("operator")).headers.get("etag", '"x"')
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 401
        if path.endswith(".mvt"):
            assert client.head(path).status_code == 401


@pytest.mark.parametrize("form", FORMS)
def test_a_role_without_the_right_is_refused(client: TestClient, token: Headers, form: str) -> None:
    place = PLACE_4490 if CGCS2000 in form else PLACE
    planner = token("planner")
    assert client.get(form.format(layers="disputes", place=place), headers=planner).status_code == 403
    assert client.get(form.format(layers="households,disputes", place=place), headers=planner).status_code == 403
    assert client.get(form.format(layers="households", place=place), headers=planner).status_code == 200


def test_personal_tiles_are_for_one_reader(client: TestClient, token: Headers) -> None:
    path = f"/tiles/households/{PLACE}.mvt"
    county, village = (
        client.get(path, headers=token("leader")),
        client.get(path, headers=token("leader", "532322101202")),
    )
    for answer in (county, village):
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in answer.headers["vary"]
    assert len(decode(county.content)["households"]) > 1
    only = [feature.properties["code"] for feature in decode(village.content).get("households", [])]
    assert only in ([], ["532322101202"])
    etag = county.headers["etag"]
    assert client.get(path, headers=token("leader") | {"If-None-Match": etag}).status_code == 304
    assert client.get(path, headers=token("leader", "532322101202") | {"If-None-Match": etag}).status_code != 304


def test_figures_are_the_same_for_everybody_and_hide_what_is_small(client: TestClient, token: Headers) -> None:
    place = "/".join(map(str, tile_at(101.5213, 24.5371, 11)))
    path = f"/tiles/figures/{place}.mvt?from=2023-01-01&to=2023-12-31"
    answer = client.get(path)
    assert answer.headers["cache-control"] == "public, max-age=15"
    assert client.get(path, headers=token("operator")).content == answer.content
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    found = [feature.properties for feature in decode(answer.content)["figures"]]
    rows = client.get("/statistics?grid=532322&level=5&from=2023-01-01&to=2023-12-31").json()["rows"]
    table = {row["code"]: row for row in rows}
    assert any("hidden" in counts for counts in found)
    for counts in found:
        row = table[counts["code"]]
        assert counts.get("households") == row["households"]["total"]
        assert counts.get("red") == row["households"]["red"]
        assert counts.get("accepted") == row["disputes"]["accepted"]


@pytest.mark.parametrize("period", ["from=2023-01-01&to=2023-03-31", "from=2019-01-01&to=2019-12-31"])
def test_figures_that_would_tell_more_by_difference_are_refused(client: TestClient, period: str) -> None:
    place = "/".join(map(str, tile_at(101.5213, 24.5371, 11)))
    answer = client.get(f"/editions/1/tiles/figures/{place}.mvt?{period}")
    assert answer.status_code in {403, 404}


@pytest.mark.parametrize("code", ["532322101", "532322101202"])
def test_a_tile_may_be_cut_down_to_a_grid(client: TestClient, code: str) -> None:
    layers = "level2,level4,labels"
    whole = decode(client.get(f"/tiles/{layers}/{PLACE}.mvt").content)
    for start, life in (("", "public, max-age=15"), ("/editions/1", "public, max-age=31536000, immutable")):
        path = f"{start}/tiles/{layers}/{PLACE}.mvt?within={code}"
        answer = client.get(path)
        assert answer.headers["cache-control"] == life
        part = decode(answer.content)
        assert "level2" not in part
        for name in ("level4", "labels"):
            inside = {f.properties["code"] for f in whole[name] if f.properties["code"].startswith(code)}
            assert {f.properties["code"] for f in part.get(name, [])} == inside
        assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("layers", "query", "status", "word"),
    [
        ("level4", "within=532322999", 404, "532322999"),
        ("level4", "within=nonsense", 400, "nonsense"),
        ("units", "within=532322101", 400, "level2"),
        ("centres", "within=532322101", 400, "level2"),
        ("level4", "within=532322101&edition=99", 404, "99"),
    ],
)
def test_a_part_that_there_is_not(client: TestClient, layers: str, query: str, status: int, word: str) -> None:
    answer = client.get(f"/tiles/{layers}/{PLACE}.mvt?{query}")
    assert answer.status_code == status
    assert word in answer.json()["detail_en"]


def test_personal_layers_are_not_cut_down_and_stay_refused(client: TestClient, token: Headers) -> None:
    path = f"/tiles/households/{PLACE}.mvt?within=532322101"
    assert client.get(path).status_code == 401
    assert client.get(path, headers=token("operator")).status_code == 400


def test_personal_tiles_never_enter_the_shared_memory(client: TestClient, token: Headers) -> None:
    state = client.app.state  # type: ignore[attr-defined]  # the test client types its app as any ASGI callable
    until = time.monotonic() + 30
    while state.tile_direct.size == 0:
        assert time.monotonic() < until, "public tiles do not enter it either"
        client.get(PUBLIC)
        time.sleep(0.05)

    def sizes() -> tuple[int, int]:
        return state.tile_direct.size, state.tile_cache.size if hasattr(state, "tile_cache") else 0

    before = sizes()
    assert client.get(f"/tiles/level4,households/{PLACE}.mvt", headers=token("operator")).status_code == 200
    assert client.get(f"/editions/1/tiles/disputes/{PLACE}.mvt", headers=token("operator")).status_code < 300
    assert sizes() == before


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0", False),
        ("identity, *;q=0", False),
        ("GZIP", True),
        ("gzip;q=nonsense", False),
        ("gzip;q=0, *", False),
        ("br", False),
    ],
)
def test_gzip_only_where_it_is_accepted(header: str, taken: bool) -> None:
    assert accepted(header).gzip is taken


@pytest.mark.parametrize(
    ("header", "same"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_if_none_match(header: str, same: bool) -> None:
    assert matches(header, '"a"') is same


def test_stored_bytes_are_gzip(client: TestClient) -> None:
    with client.stream("GET", PUBLIC, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert decode(gzip.decompress(raw))["level4"]
