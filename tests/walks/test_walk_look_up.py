"""Another system: one point, many points, with and without a token."""

import json

from tests.walks.conftest import Running


def _household(server: Running) -> tuple[float, float, str]:
    listed = server.json("/ogc/collections/households/items?limit=1&f=json", server.token("leader"))
    lon, lat = listed["features"][0]["geometry"]["coordinates"]
    return lon, lat, listed["features"][0]["properties"]["grid_code"]


def test_one_point_with_and_without_token(server: Running) -> None:
    lon, lat, grid = _household(server)
    public = server.json(f"/locate?lon={lon!r}&lat={lat!r}")
    assert public["codes"]["6"] == grid
    assert public["codes"]["3"] == grid[:9]
    assert [step["level"] for step in public["chain"]] == [2, 3, 4, 5, 6]
    assert public["unit"] is None
    assert public["border_m"] > 0
    private = server.json(f"/locate?lon={lon!r}&lat={lat!r}", server.token("grid_staff"))
    assert private["unit"]["code"].startswith(grid)
    assert server.command("locate", repr(lon), repr(lat)).replace(" ", "").count(grid) == 1


def test_many_points_keep_their_order(server: Running) -> None:
    lon, lat, grid = _household(server)
    body = {"lon": [lon, 0.0, lon], "lat": [lat, 0.0, lat], "level": 6}
    status, _, answer = server.send("POST", "/locate", body)
    assert status == 200
    assert json.loads(answer)["codes"] == [grid, None, grid]


def test_outside_and_nonsense_are_told_apart(server: Running) -> None:
    status, headers, body = server.get("/locate?lon=0&lat=0", Accept_Language="en")
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert "outside" in json.loads(body)["detail"]
    for query in ("lon=nan&lat=24.5", "lon=101.5", "lon=101.5&lat=inf", "lon=24.5&lat=101.5", "lon=x&lat=1"):
        assert server.get(f"/locate?{query}")[0] == 400
