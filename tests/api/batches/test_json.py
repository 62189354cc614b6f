"""JSON, GeoJSON and NDJSON."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InvalidInput, TooLarge
from tests.api.batches.conftest import SOUTH, STEP, WEST, Answer, code_of

Ask = Callable[..., Answer]
JSON, GEO, LINES = "application/json", "application/geo+json", "application/x-ndjson"
LON, LAT = WEST + 1.5 * STEP, SOUTH + 2.5 * STEP
CODE = code_of(LON, LAT) or ""
ODD: list[Any] = [None, True, "x", [], {}, [1], [LON, LAT, 5, 6], {"lon": LON}, {"lon": LON, "lat": {}}, 10**400, -1.5]
PAIRS = st.tuples(st.floats(WEST - STEP, WEST + 8 * STEP), st.floats(SOUTH - STEP, SOUTH + 8 * STEP))


def lines_of(answer: Answer) -> list[Any]:
    return [json.loads(line) for line in answer.body.splitlines()]


@settings(max_examples=100, deadline=None)
@given(st.lists(PAIRS | st.sampled_from(ODD), max_size=20), st.integers(1, 300))
def test_forms_of_pairs_agree(ask: Ask, rows: list[Any], block: int) -> None:
    wanted = [code_of(*row) if isinstance(row, tuple) else None for row in rows]
    columns = [row if isinstance(row, tuple) else (None, row) for row in rows]
    body = json.dumps(rows).encode()
    assert json.loads(ask(body, JSON, block=block).body)["codes"] == wanted
    assert json.loads(ask(b'{"points": %b}' % body, JSON, block=block).body)["codes"] == wanted
    given_columns = {"lon": [row[0] for row in columns], "lat": [row[1] for row in columns]}
    assert json.loads(ask(json.dumps(given_columns).encode(), JSON).body)["codes"] == wanted
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    assert [line["code"] for line in lines_of(ask(lines, LINES, block=block))] == wanted


def test_numbers_as_texts_count_and_truth_does_not(ask: Ask) -> None:
    body = {"lon": [str(LON), True, LON], "lat": [f" {LAT}", True, LAT]}
    assert json.loads(ask(json.dumps(body).encode(), JSON).body)["codes"] == [CODE, None, CODE]


def test_errors_are_counted_and_the_first_told(ask: Ask) -> None:
    answer = json.loads(ask(json.dumps([[LON, LAT], *[[None, 1]] * 3000]).encode(), JSON).body)
    assert answer["errors_count"] == 3000
    assert [error["row"] for error in answer["errors"]] == list(range(1, 1001))


def test_all_columns(ask: Ask) -> None:
    body = {"lon": [LON, WEST + STEP, 0, None], "lat": [LAT, LAT, 0, 1], "chain": True, "detail": "border", "level": 3}
    answer = json.loads(ask(json.dumps(body).encode(), JSON).body)
    assert answer["codes"] == answer["level3"] == ["532322101"] * 2 + [None] * 2
    assert list(answer) == [
        "edition",
        "codes",
        "level2",
        "level3",
        "how",
        "border_m",
        "neighbour",
        "errors_count",
        "errors",
    ]
    assert answer["how"] == ["inside", "border", "outside", None]
    assert answer["border_m"][1:] == [0.0, None, None]
    assert answer["neighbour"][1] == code_of(WEST + 1.5 * STEP, LAT)
    row = lines_of(ask(orjson.dumps([LON, LAT]), LINES, chain=True, level=2, detail="border"))[0]
    assert list(row) == ["code", "level2", "how", "border_m", "neighbour"]


@pytest.mark.parametrize("option", [{"chain": 1}, {"detail": "all"}, {"level": True}, {"level": []}, {"datum": 5}])
def test_options_that_are_none(ask: Ask, option: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ask(json.dumps({"lon": [1], "lat": [1], **option}).encode(), JSON)


def collection(*features: Any, **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": features}).encode()


def feature(coordinates: Any, kind: str = "Point", **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, **members}


def test_features_come_back_with_their_codes(ask: Ask) -> None:
    features: list[Any] = [
        feature([LON, LAT], properties={"name": "镇", "grid_code": "old"}, id=5),
        feature([LON, LAT, 1900.5], properties=None, bbox=[1, 2]),
        feature([[LON, LAT]], "LineString", properties={"a": [1, {"b": None}]}),
        {"type": "Feature", "geometry": None, "properties": {}},
        feature(["x", LAT]),
        "no feature",
        feature([0, 0]),
    ]
    for kind in (GEO, JSON):
        answer = ask(collection(*features, name="名", crs={"x": 1}), kind, block=50, level=4)
        found = json.loads(answer.body)
        assert answer.headers["content-type"] == GEO
        assert (found["name"], found["crs"]) == ("名", {"x": 1})
        rows = found["features"]
        assert rows[0] == {**features[0], "properties": {"name": "镇", "grid_code": CODE[:12]}}
        assert rows[1] == {**features[1], "properties": {"grid_code": CODE[:12]}}
        assert rows[2]["geometry"] == features[2]["geometry"]
        assert [row["properties"]["grid_code"] for row in rows[2:]] == [None] * 5
        assert [row["properties"].get("reason_en") is None for row in rows] == [True, True, *[False] * 4, True]
    assert json.loads(ask(collection(), GEO).body) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"type": "FeatureCollection"}', b'{"type": "FeatureCollection", "features": {}}', b"",
     json.dumps(feature([LON, LAT])).encode(), b'{"lon": [1], "lat": [1]}'],
)  # fmt: skip
def test_geojson_that_is_none(ask: Ask, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        ask(body, GEO)


def test_lines_that_are_none_spoil_no_others(ask: Ask) -> None:
    good = json.dumps({"id": "é", "lon": LON, "lat": LAT})
    bad = ["{", "[1", "2]", "[1, 2], [3, 4]", "nul", "\x00", "{]}", "[" * 5000, '{"a": \ud800}', "1" * 5000]
    text = "\r\n".join(["\ufeff" + good, *(line for one in bad for line in (one, good, "", "  "))])
    for block in (1 << 20, 3):
        found = lines_of(ask(text.encode("utf-8", "surrogatepass"), LINES, block=block))
        assert [row["code"] for row in found[0::2]] == [CODE] * (len(bad) + 1)
        assert found[2] == {"id": "é", "code": CODE}
        assert [row["code"] for row in found[1::2]] == [None] * len(bad)
        assert all(row["reason_zh"] for row in found[1::2])


def test_ids_come_back(ask: Ask) -> None:
    ids: list[Any] = ["a", 5, 1.5, True, "\ud800", 2**70, None, [1], {"x": 1}]
    body = "".join(json.dumps({"lon": LON, "id": one, "lat": LAT}) + "\n" for one in ids).encode()
    assert [row.get("id") for row in lines_of(ask(body, LINES))] == [*ids[:6], None, None, None]


def test_a_line_that_is_too_long_is_a_row_with_a_reason(ask: Ask) -> None:
    good = orjson.dumps([LON, LAT])
    long = b'{"lon": 1, "lat": 1, "id": "%b"}' % (b"x" * (3 << 20))
    found = lines_of(ask(b"\n".join([good, long, good]), LINES, block=1 << 18))
    assert [row["code"] for row in found] == [CODE, None, CODE]
    assert found[1]["reason_en"]


def test_limits(ask: Ask) -> None:
    body = json.dumps([[LON, LAT]] * 11).encode()
    lines = orjson.dumps([LON, LAT]) + b"\n"
    for kind, whole in ((JSON, body), (LINES, lines * 11), ("text/csv", b"lon,lat\n" + b"1,2\n" * 11)):
        with pytest.raises(TooLarge, match="points"):
            ask(whole, kind, block=16, limits={"max_points": 10})
        assert ask(whole, kind, block=16, limits={"max_points": 11}).body
    with pytest.raises(TooLarge, match="body"):
        ask(json.dumps([[LON, LAT]] * 200).encode(), JSON, block=16, limits={"max_body_bytes": 1024})
    with pytest.raises(TooLarge, match="body"):
        ask(b"\n" * 200_000, LINES, limits={"max_body_bytes": 1024, "max_points": 10})
    with pytest.raises(TooLarge, match="JSON"):
        ask(lines * 100, LINES, block=64, accept=JSON, limits={"max_body_bytes": 1024})
    assert (
        len(json.loads(ask(lines * 64, LINES, block=64, accept=JSON, limits={"max_body_bytes": 1024}).body)["codes"])
        == 64
    )
