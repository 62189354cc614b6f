"""Sheets of neighbour units: what is on paper is what is stored, in Chinese and English, for those who may see it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from starlette.testclient import TestClient

from api.unit_pdf import fonts
from api.unit_pdf.plan import widest_place
from api.unit_pdf.sheet import marks_of
from gis.db import Database
from gis.scope import Scope
from tests.conftest import COUNTY

Token = Callable[..., dict[str, str]]
GRID, VILLAGE, OTHER = "53232210120200701", "532322101202", "532322203"


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    fonts.fonts.cache_clear()
    yield
    fonts.fonts.cache_clear()


def pages(data: bytes) -> list[str]:
    """The text of each page as browsers read it, without blanks: how characters are spaced is the reader's affair."""
    with PdfDocument(data) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def board(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    return client.get(f"/grids/{GRID}/units", headers=headers).json()


def test_the_sheet_of_a_unit(client: TestClient, token: Token) -> None:
    headers = token("grid_staff", VILLAGE)
    found = board(client, headers)
    unit = found["units"][0]
    answer = client.get(f"/units/{unit['code']}/sheet.pdf", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert "private" in answer.headers["cache-control"]
    (text,) = pages(answer.content)
    assert unit["name"] in text
    assert unit["code"] in text
    members = [one for one in found["households"] if one["unit"] == unit["code"]]
    for one in members:
        assert one["head_name"] in text
        assert one["phone"] is None or one["phone"] in text
    others = [one["head_name"] for one in found["households"] if one["unit"] != unit["code"]]
    assert not any(name in text for name in others)
    first = max(members, key=lambda one: one["lat"])
    assert f"1{first['head_name']}" in text  # numbered from north to south
    assert "箐口" in text
    (english,) = pages(client.get(f"/units/{unit['code']}/sheet.pdf?lang=en", headers=headers).content)
    assert f"{len(members)}households" in english
    assert b"/FontFile" in answer.content  # the characters are in the file, whatever the reader has


def test_all_units_of_a_grid_with_heads_and_those_left_over(client: TestClient, token: Token) -> None:
    headers = token("dispatcher", VILLAGE)
    seen = client.get(f"/grids/{GRID}/units", headers=headers)
    homes = seen.json()["households"]
    head, left = homes[0], homes[1]
    change = {
        "reason": "测试",
        "moves": [{"household": left["id"], "unit": None}],
        "units": [{"unit": head["unit"], "head": {"household": head["id"]}}],
    }
    changed = client.patch(f"/grids/{GRID}/units", json=change, headers=headers | {"If-Match": seen.headers["etag"]})
    assert changed.status_code == 200, changed.text
    texts = pages(client.get(f"/grids/{GRID}/units.pdf", headers=headers).content)
    units = changed.json()["units"]
    assert len(texts) == len(units) + 2
    assert all(unit["name"] in texts[0] for unit in units)
    assert head["head_name"] in texts[0]
    assert sum(f"★{head['head_name']}" in text for text in texts) == 1
    assert left["head_name"] in texts[-1]
    assert not any(left["head_name"] in text for text in texts[:-1])


def test_paper_is_for_those_whose_grid_it_is(client: TestClient, token: Token) -> None:
    unit = client.get(f"/grids/{GRID}/units").json()["units"][0]["code"]
    for path in (f"/grids/{GRID}/units.pdf", f"/units/{unit}/sheet.pdf"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=token("operator", OTHER)).status_code == 403
    assert client.get(f"/units/{GRID}999/sheet.pdf", headers=token("leader")).status_code == 404
    assert client.get("/units/12/sheet.pdf", headers=token("leader")).status_code == 400


def test_a_machine_without_a_font_says_what_to_install(
    client: TestClient, token: Token, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path))
    answer = client.get(f"/grids/{GRID}/units.pdf", headers=token("leader"))
    assert (answer.status_code, answer.json()["code"]) == (503, "font-missing")
    assert "fonts-noto-cjk" in answer.json()["detail_zh"]


def test_the_best_font_comes_first_and_others_help_it(tmp_path: Path) -> None:
    folder = tmp_path / "fonts" / "truetype"
    folder.mkdir(parents=True)
    for name in ("DroidSansFallbackFull.ttf", "wqy-microhei.ttc", "unknown.ttf"):
        (folder / name).touch()
    assert [path.name for path in fonts.font_files(str(tmp_path))] == ["wqy-microhei.ttc", "DroidSansFallbackFull.ttf"]


def test_a_grid_where_nobody_lives_has_a_sheet(client: TestClient, token: Token, database: Database) -> None:
    with database.transaction(Scope((COUNTY,), "test", "operator")) as connection:
        row = connection.execute(
            "SELECT code::text FROM gis.grid_at(1) WHERE level = 6 AND code NOT IN"
            " (SELECT grid_code FROM gis.household) ORDER BY code LIMIT 1"
        ).fetchone()
    if row is None:
        with database.transaction(Scope((COUNTY,), "test", "operator")) as connection:
            row = connection.execute("SELECT max(grid_code) FROM gis.household").fetchone()
            connection.execute("UPDATE gis.household SET until = current_date WHERE grid_code = %s", row)
            connection.execute("DELETE FROM gis.unit WHERE grid_code = %s", row)
    assert row is not None
    (text,) = pages(client.get(f"/grids/{row[0]}/units.pdf?lang=zh", headers=token("leader")).content)
    assert "没有联户单元" in text


def test_fonts_are_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, told = list[list[str]](), list[str]()

    def refuse(command: list[str]) -> str:
        asked.append(command)
        return "no network"

    monkeypatch.setattr(fonts, "font_files", list)
    monkeypatch.setattr(fonts, "apt", refuse)
    monkeypatch.setattr(fonts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(fonts.shutil, "which", str)
    for _ in range(2):
        fonts.install_fonts(tmp_path, lambda zh, _en: told.append(zh))
    assert [command[1] for command in asked] == ["install", "update"]
    assert len(told) == 2


def test_flats_share_a_mark_that_tells_all_their_numbers() -> None:
    assert marks_of([(0, 9), (0, 5), (0, 5), (0, 5), (1, 2)]) == [("1", (0, 9)), ("2–4", (0, 5)), ("5", (1, 2))]


INSIDE = st.floats(0.0, 100.0)


@given(st.lists(st.tuples(INSIDE, INSIDE), max_size=12))
def test_a_number_stands_clear_of_borders_and_households(places: list[tuple[float, float]]) -> None:
    area = shapely.box(0, 0, 100, 100)
    point, room = widest_place(area, [(str(k), place) for k, place in enumerate(places)], 5.0)
    assert area.contains(point)
    assert room > 5
    assert point.distance(area.exterior) >= room - 0.5
    assert all(point.distance(shapely.Point(place)) >= 5 + room - 0.5 for place in places)


def test_where_there_is_no_room_the_number_stands_in_the_middle() -> None:
    point, room = widest_place(shapely.box(0, 0, 10, 10), [("1", (5, 5))], 8.0)
    assert (round(point.x, 1), round(point.y, 1), round(room, 1)) == (5.0, 5.0, 5.0)
