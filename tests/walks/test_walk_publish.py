"""A planner: takes the grids out, moves a border, imports, publishes; every worker serves the new edition."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from tests.walks.borders import leaves_of, moved_border
from tests.walks.conftest import Running

WORKERS = 2


def test_border_move_reaches_every_worker(server: Running, tmp_path: Path) -> None:
    before = server.json("/site")["edition"]  # other walks over this server may have published
    changed, point = moved_border(leaves_of(server, "532322101202"))
    winner, loser = changed["code"].tolist()
    address = f"/locate?lon={point.x!r}&lat={point.y!r}"
    assert server.json(address)["code"] == loser
    before_tile = server.get(_tile_of(point))
    changed[["code", "name", "geometry"]].to_file(tmp_path / "moved.gpkg", layer="grids")

    rehearsal = server.command("import", "grids", str(tmp_path / "moved.gpkg"))
    assert server.json(address)["edition"] == before, rehearsal
    server.command("import", "grids", str(tmp_path / "moved.gpkg"), "--commit")
    server.command("publish")
    assert server.json(address)["edition"] == before
    server.command("publish", "--commit")

    until = time.monotonic() + 20
    while {server.json(address)["edition"] for _ in range(8 * WORKERS)} != {before + 1}:
        assert time.monotonic() < until, "a worker still serves the old edition"
        time.sleep(0.1)
    assert {server.json(address)["code"] for _ in range(8)} == {winner}
    assert server.json(f"{address}&edition={before}")["code"] == loser
    assert server.json("/editions")["editions"][0]["number"] == before + 1
    site = server.json("/site")  # its figures stay those of the demonstration's year, and its days those since then
    assert (site["edition"], site["since"] < site["valid_from"]) == (before + 1, True)
    after_tile = server.get(_tile_of(point))
    assert before_tile[1]["etag"] != after_tile[1]["etag"]
    tiles = [server.get(_tile_of(point), Accept_Encoding="gzip")[1:] for _ in range(8 * WORKERS)]
    assert {(headers["etag"], body) for headers, body in tiles} == {(tiles[0][0]["etag"], tiles[0][1])}
    assert tiles[0][0]["etag"] == after_tile[1]["etag"][:-1] + '-gzip"'
    assert gzip.decompress(tiles[0][1]) == after_tile[2]
    files = [path.name.partition("-")[0] for path in (server.folder / "tiles").glob("*.tiles")]
    assert {str(before), str(before + 1)} <= set(files)
    pinned = server.get(f"/editions/{before}" + _tile_of(point))
    assert pinned[2] == before_tile[2]
    assert "immutable" in pinned[1]["cache-control"]
    assert server.command("doctor").count("✗") == 0


def test_overlapping_grids_are_refused_with_a_reason(server: Running, tmp_path: Path) -> None:
    edition = server.json("/site")["edition"]
    leaves = leaves_of(server, "532322101203").iloc[[0]].copy()
    leaves.geometry = shapely.buffer(np.asarray(leaves.geometry), 0.0005)
    leaves[["code", "name", "geometry"]].to_file(tmp_path / "wrong.gpkg", layer="grids")
    told = server.command("import", "grids", str(tmp_path / "wrong.gpkg"), "--commit", code=8)
    assert "overlap" in told
    assert server.json("/site")["edition"] == edition


def _tile_of(point: Any) -> str:
    """The address of the z14 tile of a point (WebMercatorQuad)."""
    n = 2**14
    x = int((point.x + 180) / 360 * n)
    y = int((1 - np.arcsinh(np.tan(np.radians(point.y))) / np.pi) / 2 * n)
    return f"/tiles/level6,borders/14/{x}/{y}.mvt"


def test_events_of_the_walk_are_logged_without_secrets(server: Running) -> None:
    lines = (server.folder / "server.log").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(record["message"] == "serving edition" for record in records)
    assert not any("Bearer" in line or "password" in line for line in lines)
