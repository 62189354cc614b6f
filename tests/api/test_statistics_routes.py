"""Figures over HTTP: shape, rates, hidden counts, periods, editions."""

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from api.statistics_routes import rate

Token = Callable[..., dict[str, str]]
YEAR = {"from": "2023-01-01", "to": "2023-12-31"}


def figures(client: TestClient, who: dict[str, str] | None = None, **query: Any) -> dict[str, Any]:
    answer = client.get("/statistics", params={**YEAR, **query}, headers=who or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_demo_year(client: TestClient) -> None:
    year = figures(client, grid="532322")
    assert year["edition"] == 1
    assert year["period"] == {**YEAR, "field": "accepted_at"}
    disputes = year["disputes"]
    assert disputes["mediated_rate"] == {"numerator": 1381, "denominator": 1381, "percent": 100}
    assert disputes["success_rate"] == {"numerator": 1367, "denominator": 1381, "percent": 98.99}
    assert (year["staff"], year["centres"]) == ({"full_time": 9, "part_time": 1563}, 94)
    households = year["households"]
    assert households["total"] == sum(households[name] for name in ("red", "yellow", "green", "unrated"))
    assert year["suppressed"] == []


def test_hidden_counts_have_names_and_no_rates(client: TestClient, token: Token) -> None:
    rows = figures(client, grid="532322101", level=6)["rows"]
    hidden = [row for row in rows if "disputes.accepted" in row["suppressed"]]
    assert hidden
    for row in hidden:
        assert row["disputes"]["accepted"] is None
        assert row["disputes"]["success_rate"] == {"numerator": None, "denominator": None, "percent": None}
        assert row["name"]
    mine = figures(client, token("leader", "532322101"), grid="532322101", level=6)["rows"]
    assert [row["code"] for row in mine] == [row["code"] for row in rows]
    assert not any(row["suppressed"] for row in mine)
    neighbour = figures(client, token("leader", "532322203"), grid="532322101", level=6)["rows"]
    assert neighbour == rows


def test_caches_keep_only_what_everybody_sees(client: TestClient, token: Token) -> None:
    query = {**YEAR, "grid": "532322101202"}
    public = client.get("/statistics", params=query)
    private = client.get("/statistics", params=query, headers=token("leader"))
    assert public.headers["cache-control"] == "public, max-age=60"
    assert private.headers["cache-control"] == "private, no-store"
    assert "Authorization" in public.headers["vary"]
    assert "Authorization" in private.headers["vary"]


def test_the_period_is_this_year_by_default(client: TestClient) -> None:
    period = client.get("/statistics", params={"grid": "532322"}).json()["period"]
    assert period["from"].endswith("-01-01")
    assert period["to"] == f"{period['from'][:4]}-12-31"
    only_last = client.get("/statistics", params={"grid": "532322", "to": "2023-06-30"}).json()["period"]
    assert (only_last["from"], only_last["to"]) == ("2023-01-01", "2023-06-30")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("grid=12", 400),
        ("grid=532322199", 404),
        ("grid=532322&from=2023-12-31&to=2023-01-01", 400),
        ("grid=532322&from=x", 400),
        ("grid=532322101&level=2", 400),
        ("grid=532322&level=7", 400),
        ("grid=532322&edition=99", 404),
        ("grid=532322&datetime=1900-01-01", 404),
        ("grid=532322&from=1900-01-01&to=1900-12-31", 404),
        ("grid=532322&datetime=2023-06-01", 200),
        ("grid=532322&edition=1", 200),
        ("grid=53232210120200701&from=2023-01-01&to=2023-02-01", 403),
    ],
)
def test_queries(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/statistics?{query}")
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(1367, 1381, 98.99), (0, 5, 0.0), (1, 3, 33.33), (1, 8, 12.5), (1, 800, 0.13), (0, 0, None), (None, 4, None)],
)
def test_rates_round_half_up(part: int | None, whole: int, percent: float | None) -> None:
    assert rate(part, whole) == {"numerator": part, "denominator": whole, "percent": percent}


FLAT = {"accepted": "disputes", "mediated": "disputes", "succeeded": "disputes", "open": "disputes", "overdue": "disputes",
        "households": "households", "red": "households", "yellow": "households", "green": "households",
        "unrated": "households", "full_time": "staff", "part_time": "staff"}  # fmt: skip


def flattened(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The rows of nested JSON in the order of the flat forms."""
    return [
        [row["code"], row["name"],
         *(row[block]["total" if name == "households" else name] for name, block in FLAT.items()),
         row["units"], row["centres"]]
        for row in rows
    ]  # fmt: skip


def cell(text: str) -> int | None:
    return int(text) if text else None


@pytest.mark.parametrize("level", [4, 6])
def test_every_form_hides_the_same_cells(client: TestClient, token: Token, level: int) -> None:
    for who in ({}, token("leader", "532322101202")):
        query = {**YEAR, "grid": "532322101", "level": level}
        wanted = flattened(figures(client, who, **query)["rows"])
        compact = client.get("/statistics", params={**query, "f": "compact"}, headers=who).json()
        assert (compact["level"], compact["edition"]) == (level, 1)
        assert compact["columns"] == ["code", "name", *FLAT, "units", "centres"]
        assert compact["rows"] == wanted
        text = client.get("/statistics", params={**query, "f": "csv"}, headers=who).content.decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        assert header == compact["columns"]
        assert [[*row[:2], *map(cell, row[2:])] for row in rows] == wanted
        book = client.get("/statistics", params={**query, "f": "xlsx", "lang": "zh"}, headers=who).content
        sheet = openpyxl.load_workbook(io.BytesIO(book)).active
        assert sheet is not None
        labels, *cells = sheet.iter_rows(values_only=True)
        assert labels[:3] == ("网格编码", "网格名称", "受理纠纷")
        assert [list(row) for row in cells] == wanted
        assert any(None in row for row in wanted) or level == 4


def test_one_grid_is_one_row(client: TestClient) -> None:
    compact = client.get("/statistics", params={**YEAR, "grid": "532322", "f": "compact"}).json()
    assert compact["level"] == 2
    assert [row[:5] for row in compact["rows"]] == [["532322", "双柏县", 1381, 1381, 1367]]


def test_spreadsheets_get_a_mark_and_programs_none(client: TestClient) -> None:
    query = {**YEAR, "grid": "532322", "level": 3}
    link = client.get("/statistics", params={**query, "f": "csv"})
    assert link.content.startswith(b"\xef\xbb\xbf")
    assert link.headers["content-type"] == "text/csv; charset=utf-8"
    assert link.headers["content-disposition"].endswith('statistics-532322-2023-01-01-2023-12-31.csv"')
    program = client.get("/statistics", params=query, headers={"Accept": "text/csv"})
    assert b"\xef\xbb\xbf" + program.content == link.content
    assert "Accept" in program.headers["vary"]
    browser = client.get("/statistics", params=query, headers={"Accept": "text/html,application/json;q=0.9,*/*"})
    assert browser.headers["content-type"] == "application/json"
    english = client.get("/statistics", params={**query, "f": "xlsx", "lang": "en"}).content
    sheet = openpyxl.load_workbook(io.BytesIO(english)).active
    assert sheet is not None
    assert sheet["A1"].value == "code"
    assert sheet["A2"].data_type == "s"
    assert client.get("/statistics", params={**query, "f": "pdf"}).status_code == 400


@pytest.mark.parametrize("f", ["json", "compact", "csv"])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, token: Token, f: str) -> None:
    query = {**YEAR, "grid": "532322", "level": 3, "f": f}
    first = client.get("/statistics", params=query)
    again = client.get("/statistics", params=query, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get("/statistics", params={**query, "level": 4}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    mine = client.get("/statistics", params=query, headers=token("leader") | {"If-None-Match": first.headers["etag"]})
    assert (mine.status_code, mine.headers["cache-control"], "etag" in mine.headers) == (
        200,
        "private, no-store",
        False,
    )
