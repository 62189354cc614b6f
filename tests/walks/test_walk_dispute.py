"""A dispute: reported, located, dealt with through the whole loop, counted."""

import json

from tests.walks.conftest import Running

LOOP = ("triage", "handle", "supervise", "close", "archive", "revisit")
REPORT = {
    "lon": 101.55,
    "lat": 24.55,
    "title": "示例：田埂争执",
    "category": "neighbour",
    "source": "visit",
    "summary": "测试用，非真实事件",
}


def test_dispute_walks_through_the_closed_loop(server: Running) -> None:
    desk = server.token("dispatcher")
    status, headers, body = server.send("POST", "/disputes", REPORT, desk)
    assert status == 201, body
    made = json.loads(body)
    address = headers["location"].replace(server.url, "")
    located = server.json("/locate?lon=101.55&lat=24.55", desk)
    assert made["grid"] == located["code"]
    assert made["unit"] == located["unit"]
    assert made["state"] == "accept"
    assert server.get(address)[0] == 401
    assert server.get(address, server.token("mediator", "532322203"))[0] == 404
    for state in LOOP:
        step = {"to": state, "note": "测试", **({"succeeded": True} if state == "close" else {})}
        status, _, body = server.send("POST", f"{address}/events", step, desk)
        assert status in {200, 201}, body
    done = server.json(address, desk)
    assert [event["to"] for event in done["events"]] == ["accept", *LOOP]
    assert done["succeeded"] is True
    year = made["accepted_at"][:4] if "accepted_at" in made else done["accepted_at"][:4]
    counted = server.json(f"/statistics?grid=532322&from={year}-01-01&to={year}-12-31", desk)
    assert counted["disputes"]["accepted"] == 1
    assert counted["disputes"]["success_rate"]["percent"] == 100


def test_states_cannot_be_skipped(server: Running) -> None:
    desk = server.token("dispatcher")
    body = server.send("POST", "/disputes", REPORT, desk)[2]
    number = json.loads(body)["id"]
    status, headers, answer = server.send("POST", f"/disputes/{number}/events", {"to": "archive", "note": ""}, desk)
    assert status == 409, answer
    assert headers["content-type"] == "application/problem+json"


def test_the_demo_year_prints_its_figures(server: Running) -> None:
    year = server.json("/statistics?grid=532322&from=2023-01-01&to=2023-12-31")
    disputes = year["disputes"]
    assert (disputes["accepted"], disputes["mediated"], disputes["succeeded"]) == (1381, 1381, 1367)
    assert disputes["mediated_rate"] == {"numerator": 1381, "denominator": 1381, "percent": 100}
    assert disputes["success_rate"] == {"numerator": 1367, "denominator": 1381, "percent": 98.99}
    assert (year["staff"]["full_time"], year["staff"]["part_time"], year["centres"]) == (9, 1563, 94)
