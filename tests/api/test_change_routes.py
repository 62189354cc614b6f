"""The feed of changes over HTTP."""

from starlette.testclient import TestClient


def test_pages_lead_to_the_end_and_stay_there(client: TestClient) -> None:
    first = client.get("/changes", params={"limit": 5})
    assert first.headers["cache-control"] == "no-cache"
    page = first.json()
    event = page["events"][0]
    assert (event["type"], event["specversion"], event["subject"]) == ("wangge.grid.created", "1.0", "532322")
    assert event["data"]["edition"] == 1
    assert event["time"].endswith("+08:00")
    following = client.get("/changes", params={"limit": 5, "since": page["next"]}).json()
    assert following["events"][0]["id"] > page["events"][-1]["id"]
    end = client.get("/changes", params={"since": "1"}).json()
    assert end == {"events": [], "next": "1"}


def test_a_wrong_cursor_is_told(client: TestClient) -> None:
    for wrong in ("x", "1:", "1:abc", "-1"):
        assert client.get("/changes", params={"since": wrong}).status_code == 400
