"""Figures over HTTP: shape, rates, hidden counts, periods, editions."""

from collections.abc import Callable
from typing import Any

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
