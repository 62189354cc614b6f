"""A planner and a reviewer take a draft from an overlap to an edition, on the drafts page in a real browser."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from api.demo_accounts import kept_passwords
from tests.conftest import Templates
from tests.walks.borders import leaves_of, moved_border
from tests.walks.browsing import Watched
from tests.walks.conftest import Running

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, server: Running) -> Iterator[Page]:
    """The drafts page at desktop size with nothing wrong in it at the end."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    watched = Watched(page, server.url)
    page.goto(f"{server.url}/drafts")
    yield page
    assert (watched.foreign, watched.errors) == ([], [])
    page.close()


def sign_in(page: Page, templates: Templates, name: str) -> None:
    expect(page.locator("#account")).to_have_text(re.compile(r"\S"))  # it has its text when it works
    page.locator("#account").click()
    panel = page.locator("#account-panel")
    if panel.get_by_role("button", name="退出登录").is_visible():
        panel.get_by_role("button", name="退出登录").click()
        page.locator("#account").click()
    panel.locator("[name=username]").fill(name)
    panel.locator("[name=password]").fill(kept_passwords(templates.folder)[name])
    panel.locator("[type=submit]").click()
    expect(panel).to_be_hidden(timeout=10_000)


def overlapping(server: Running) -> tuple[dict[str, Any], Any]:
    """A grid that grew over its neighbour, as a change; and a point of what both now claim."""
    grown, point = moved_border(leaves_of(server, "532322101204"))
    winner = grown.iloc[0]
    shape = shapely.geometry.mapping(winner.geometry)
    properties = {"code": winner["code"], "name": winner["name"], "operation": "put"}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    return {"type": "FeatureCollection", "features": [feature]}, point


def test_from_an_overlap_to_an_edition(page: Page, server: Running, templates: Templates) -> None:
    changes, point = overlapping(server)
    winner = changes["features"][0]["properties"]["code"]
    locate = f"/locate?lon={point.x!r}&lat={point.y!r}"
    assert server.json(locate)["code"] != winner
    edition = server.json("/site")["edition"]
    work = page.locator("#work")
    expect(work).to_contain_text("请先登录")
    sign_in(page, templates, "guihuayuan")
    expect(work.locator(".tabs")).to_be_visible(timeout=10_000)
    work.get_by_role("button", name="新建草稿").first.click()
    work.get_by_label("标题").fill("箐口村界线")
    work.locator(".form").get_by_role("button", name="新建草稿").click()
    expect(page).to_have_url(re.compile(r"/drafts/\d+$"), timeout=10_000)
    expect(work).to_contain_text("还没有改动")
    number = int(page.url.rpartition("/")[2])

    status, _, told = server.send("POST", f"/drafts/{number}/changes", changes, server.token("planner"))
    assert status == 200, told
    expect(work.locator(".next")).to_contain_text(
        "还没有检查", timeout=20_000
    )  # somebody saved elsewhere: it shows here
    work.locator(".next").get_by_role("button", name="检查").click()
    finding = work.locator(".finding.error").first
    expect(finding).to_contain_text("重叠", timeout=20_000)
    finding.locator(".row").click()
    expect(finding).to_have_class(re.compile(r"\bon\b"))
    finding.get_by_role("button", name="修复建议", exact=True).click()
    work.locator(".proposal").get_by_role("button", name="接受修复").click()
    expect(work.locator(".next")).to_contain_text("可以发布", timeout=20_000)
    expect(work.locator("tfoot")).to_contain_text("合计", timeout=10_000)

    page.keyboard.press("Control+z")
    expect(work.locator(".next")).to_contain_text("还没有检查", timeout=10_000)
    work.get_by_role("button", name="重做").click()
    expect(page.locator("#toast")).to_contain_text("已重做")
    work.locator(".next").get_by_role("button", name="检查").click()
    work.locator(".next").get_by_role("button", name="提交审核").click()
    expect(work.locator(".next")).to_contain_text("等待另一人审核", timeout=10_000)
    sign_in(page, templates, "shenheyuan")
    work.get_by_label("写评论").fill("界线沿山脊，同意。")
    work.get_by_role("button", name="写评论").click()
    expect(work.locator(".remarks")).to_contain_text("同意", timeout=10_000)
    work.locator(".next").get_by_role("button", name="审核通过").click()
    expect(work.locator(".next")).to_contain_text("审核通过，可以发布", timeout=10_000)
    work.get_by_role("button", name="发布…").click()
    work.get_by_role("button", name="正式发布").click()
    expect(page.locator("#toast")).to_contain_text(f"第 {edition + 1} 版", timeout=30_000)
    expect(work.locator(".next")).to_contain_text("已发布", timeout=10_000)
    until = time.monotonic() + 20
    while {server.json(locate)["edition"] for _ in range(16)} != {edition + 1}:
        assert time.monotonic() < until, "a worker still serves the old edition"
    assert server.json(locate)["code"] == winner


@pytest.mark.long  # the routes' tests decide conflicts always
def test_conflicts_are_decided_grid_by_grid(page: Page, server: Running, templates: Templates) -> None:
    one = leaves_of(server, "532322101204").iloc[0]
    shape = shapely.geometry.mapping(one.geometry)
    planner = server.token("planner")
    first, second = (_opened(server, title, planner) for title in ("先", "后"))
    for number, name in ((first, "甲"), (second, "乙")):
        feature = {"type": "Feature", "properties": {"code": one["code"], "name": name}, "geometry": shape}
        body = {"type": "FeatureCollection", "features": [feature]}
        assert server.send("POST", f"/drafts/{number}/changes", body, planner)[0] == 200
    rev = server.json(f"/drafts/{first}", planner)["rev"]
    assert server.send("POST", f"/drafts/{first}/publish", {"rev": rev, "commit": True}, planner)[0] == 200

    sign_in(page, templates, "guihuayuan")
    page.locator(".draft-card", has_text="后").click()
    work = page.locator("#work")
    expect(work.locator(".next")).to_contain_text("已有新版本发布", timeout=10_000)
    work.locator(".next").get_by_role("button", name="移到现行版本").click()
    conflict = work.locator(".conflict")
    expect(conflict).to_have_count(1, timeout=10_000)
    conflict.get_by_role("button", name="用已发布的").click()
    expect(conflict).to_contain_text("已定：用已发布的", timeout=10_000)
    work.get_by_role("button", name="放弃草稿").click()
    work.get_by_role("button", name="确定放弃").click()
    expect(work.locator(".next")).to_contain_text("已放弃", timeout=10_000)
    page.get_by_role("button", name="返回列表").click()
    expect(page).to_have_url(f"{server.url}/drafts")
    expect(work).not_to_contain_text("#")


def _opened(server: Running, title: str, token: str) -> int:
    status, _, told = server.send("POST", "/drafts", {"title": title}, token)
    assert status == 201, told
    return json.loads(told)["id"]


def test_a_browser_gets_the_page_and_a_program_the_data(server: Running) -> None:
    for path in ("/drafts", "/drafts/1"):
        status, headers, _ = server.get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        assert (status, headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert "Accept" in headers["vary"].split(", ")
        status, headers, _ = server.get(path)
        assert (status, headers["content-type"]) == (401, "application/problem+json")


def test_who_may_not_and_what_is_not_there_say_so_in_english_too(
    page: Page, server: Running, templates: Templates
) -> None:
    page.locator("#language").get_by_text("English").click()  # it has its text when it works
    expect(page.locator("#work")).to_contain_text("Please sign in")
    page.locator("#language").click()
    sign_in(page, templates, "wanggeyuan")
    expect(page.locator("#work")).to_contain_text("您的角色看不到草稿", timeout=10_000)
    sign_in(page, templates, "lingdao")
    expect(page.locator("#work .tabs")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="新建草稿")).to_have_count(0)
