"""Codes through time over HTTP: one code's history and lineage, many codes at once, in JSON and CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from gis.code_files import ADDED
from gis.settings import Settings
from tests.boundaries.squares import COUNTY, VILLAGE, leaf
from tests.conftest import Templates
from tests.gis.five_editions import five_editions

Token = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def client(templates: Templates) -> Iterator[TestClient]:
    """The application over the county of five editions; no more than 100 codes at once."""
    with five_editions(templates) as url:
        chosen = Settings(data=templates.folder, database_url=SecretStr(url), log_level="error", max_points=100)
        with TestClient(create_app(chosen, url), raise_server_exceptions=False) as client:
            yield client


def grid(client: TestClient, code: str, who: dict[str, str] | None = None, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/grids/{code}", params=query, headers=who or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_history_of_a_code(client: TestClient) -> None:
    five = grid(client, leaf(5))
    assert [(v["edition"], v["valid_from"], v["changes"], v["name"]) for v in five["history"]] == [
        (2, "2021-01-01", ["created"], "第5网格"),
        (3, "2022-01-01", ["geometry"], "第5网格"),
        (5, "2024-01-01", ["name"], "新名字"),
    ]
    assert five["history"][1]["moved_km2"] > 0 == five["history"][2]["moved_km2"]
    then = grid(client, leaf(5), datetime="2021-06-01")
    assert ([v["edition"] for v in then["history"]], then["name"], then["edition"]) == ([2], "第5网格", 2)


def test_lineage_in_both_directions(client: TestClient) -> None:
    five = grid(client, leaf(5))["lineage"]
    (before,), (after,) = five["predecessors"], five["successors"]
    assert (before["code"], before["name"], before["kind"], before["edition"]) == (leaf(1), "第1网格", "split", 2)
    assert before["area_share"] == pytest.approx(0.7, abs=1e-4)
    assert (after["code"], after["kind"], after["valid_from"]) == (leaf(2), "move", "2022-01-01")
    assert grid(client, COUNTY)["lineage"] == {"predecessors": [], "successors": []}


def test_shares_of_few_households_are_for_those_who_may_see_them(client: TestClient, token: Token) -> None:
    """001 had three households: two went to 005, one to 006."""
    for who, shares in ((None, [None, None]), (token("mediator"), [pytest.approx(2 / 3), pytest.approx(1 / 3)]),
                        (token("mediator", "532323"), [None, None])):  # fmt: skip
        one = grid(client, leaf(1), who, edition=2)
        assert [row["household_share"] for row in one["lineage"]["successors"]] == shares
        assert [row["household_share"] for row in one["successors"]] == shares
        assert [row["area_share"] for row in one["successors"]] == pytest.approx([0.7, 0.3], abs=1e-4)


def test_a_code_that_never_was_names_what_there_is(client: TestClient) -> None:
    cases = [
        (f"{VILLAGE}09901", "", f"the nearest grid above it is {VILLAGE} 示例村"),
        (leaf(7), "?edition=3", "it was made on 2023-01-01, in edition 4"),
        (f"{leaf(1)[:15]}02", "", f"the nearest grid above it is {VILLAGE} 示例村"),
        ("532323", "", "edition 5 has no grid above it either"),
    ]
    for code, query, hint in cases:
        answer = client.get(f"/grids/{code}{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert hint in answer.json()["detail_en"]
        assert answer.json()["detail_zh"] != answer.json()["detail_en"]


def post(
    client: TestClient, codes: list[str], who: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = client.post("/grids/recode", json={"codes": codes}, params=query, headers=who or {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["wangge-edition"] == str(answer.json()["edition"])
    return answer.json()


def test_many_codes_as_json(client: TestClient) -> None:
    codes = [leaf(1), leaf(2), "x", leaf(1)]
    found = post(client, codes)
    assert (found["edition"], found["from"]) == (5, None)
    assert found["counts"] == {"unchanged": 1, "split": 2, "unknown": 1}
    assert [row["code"] for row in found["codes"]] == codes
    split, same, unknown, _ = found["codes"]
    assert [heir["code"] for heir in split["to"]] == [leaf(5), leaf(2)]
    assert same == {"code": leaf(2), "kind": "unchanged", "to": [{"code": leaf(2), "name": "第2网格", "weight": 1.0}]}
    assert unknown["to"] == []
    assert unknown["reason_en"] == "it is not a grid code"
    assert post(client, [])["codes"] == []


def test_times_systems_and_weights(client: TestClient, token: Token) -> None:
    assert post(client, [leaf(5)], query={"from": "2021-03-01", "to": "3"})["codes"][0]["kind"] == "moved"
    assert post(client, ["A"], query={"system": "mca"})["codes"][0]["kind"] == "split"
    query = {"to": "2", "weights": "households"}
    public = post(client, [leaf(1)], query=query)["codes"][0]["to"]
    mine = post(client, [leaf(1)], token("leader"), query)["codes"][0]["to"]
    assert [heir["weight"] for heir in public] == pytest.approx([0.7, 0.3], abs=1e-4)
    assert [heir["weight"] for heir in mine] == pytest.approx([2 / 3, 1 / 3])


def test_many_codes_as_csv(client: TestClient) -> None:
    body = f"\ufeff名称,旧编码\r\n甲,{leaf(1)}\r\n\r\n乙,x\r\n丙\r\n".encode()
    headers = {"Content-Type": "text/csv"}
    best = client.post("/grids/recode", content=body, headers=headers)
    assert best.content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(best.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["名称", "旧编码", *ADDED]
    assert [row[:3] for row in rows[1:]] == [["甲", leaf(1), leaf(5)], ["乙", "x", ""], ["丙", "", ""]]
    every = client.post("/grids/recode?explode=true", content=body[3:], headers=headers).text
    rows = list(csv.reader(io.StringIO(every, newline="")))
    assert [row[2] for row in rows[1:]] == [leaf(5), leaf(2), "", ""]
    assert sum(float(row[4]) for row in rows[1:3]) == pytest.approx(1)
    gbk = client.post(
        "/grids/recode?column=旧", content=f"旧,新\n{leaf(4)},1\n".encode("gbk"),
        headers={"Content-Type": "text/csv; charset=gbk"},
    )  # fmt: skip
    assert gbk.text.splitlines()[1] == f"{leaf(4)},1,{leaf(7)},第7网格,1.0,renamed,"


@pytest.mark.parametrize(
    ("query", "kind", "body", "status"),
    [
        ("", "application/json", b"{", 400),
        ("", "application/json", b'{"codes": [1]}', 400),
        ("", "application/json", b'{"codes": [], "x": 1}', 400),
        ("", "application/json", b"[]", 400),
        ("", "text/plain", b"1", 400),
        ("", "text/csv", b"", 400),
        ("", "text/csv", b"a,b\n1,2\n", 400),
        ("?column=x", "text/csv", b"a,b\n1,2\n", 400),
        ("", "text/csv", b"code\n\xff\xfe\n", 400),
        ("", "text/csv; charset=klingon", b"code\n1\n", 400),
        ("?to=9", "application/json", b'{"codes": []}', 404),
        ("?to=2&from=3", "application/json", b'{"codes": []}', 400),
        ("?from=1999-01-01", "application/json", b'{"codes": []}', 404),
        ("?from=x", "application/json", b'{"codes": []}', 400),
        ("?system=klingon", "application/json", b'{"codes": ["1"]}', 400),
        ("?weights=x", "application/json", b'{"codes": []}', 400),
        ("", "application/json", b'{"codes": [' + b'"1",' * 100 + b'"1"]}', 413),
        ("", "application/json", b'{"codes": ["\\u0000", "\\ud800"]}', 400),
        ("?system=mca", "application/json", b'{"codes": ["\\u0000"]}', 200),
    ],
)
def test_nonsense_is_told(client: TestClient, query: str, kind: str, body: bytes, status: int) -> None:
    answer = client.post(f"/grids/recode{query}", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json()["detail_zh"] != answer.json()["detail_en"]
