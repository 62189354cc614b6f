"""A county of sixteen grids in two editions, small enough to be checked by hand: with a merge, and texts that hurt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast
from uuid import UUID

import numpy as np
import shapely

from gis.codes import ancestor
from gis.db import Connection

COUNTY = "532322"
TOWNSHIPS = ("532322101", "532322102")
RETIRED, HEIR = "53232210220200401", "53232210220200301"
EDITIONS = ("2023-01-01", "2024-06-01")
TEXT = "<b>䂖嘉</b> & \"'%s"
WEST, SOUTH, STEP = 101.2, 24.3, 0.05


@dataclass(frozen=True)
class Point:
    """A household or dispute: id, place and grid."""

    id: str
    lon: float
    lat: float
    grid: str


@cache
def leaves(edition: int = 2) -> dict[str, shapely.Polygon]:
    """Basic grids by code: a mesh of four by four with crooked, shared corners; edition 2 merges two."""
    rng = np.random.default_rng(7)
    jitter = rng.uniform(-0.01, 0.01, (5, 5, 2))
    nodes = {
        (i, j): (WEST + i * STEP + jitter[i, j, 0], SOUTH + j * STEP + jitter[i, j, 1])
        for i in range(5)
        for j in range(5)
    }
    found: dict[str, shapely.Polygon] = {}
    for i in range(4):
        for j in range(4):
            township, village, number = TOWNSHIPS[i // 2], 201 + j // 2, 1 + i % 2 + 2 * (j % 2)
            ring = [nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]]
            found[f"{township}{village}{number:03}01"] = shapely.Polygon(ring)
    if edition == 2:
        found[HEIR] = cast("shapely.Polygon", shapely.union(found[HEIR], found.pop(RETIRED)))
    return found


@cache
def grids(edition: int = 2) -> dict[str, shapely.MultiPolygon]:
    """All grids by code, parents as unions of their basic grids."""
    found: dict[str, shapely.MultiPolygon] = {}
    for level in range(2, 7):
        groups: dict[str, list[shapely.Polygon]] = {}
        for code, polygon in leaves(edition).items():
            groups.setdefault(ancestor(code, level), []).append(polygon)
        for code, members in groups.items():
            whole = shapely.union_all(members)
            parts = [whole] if isinstance(whole, shapely.Polygon) else list(shapely.get_parts(whole))
            found[code] = shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)])
    return found


@cache
def people() -> list[Point]:
    """Six households in each basic grid of edition 2."""
    rng = np.random.default_rng(11)
    found: list[Point] = []
    for code, polygon in sorted(leaves().items()):
        west, south, east, north = polygon.bounds
        inside = 0
        while inside < 6:
            lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
            if polygon.contains(shapely.Point(lon, lat)):
                found.append(Point(str(UUID(int=1000 + len(found))), lon, lat, code))
                inside += 1
    return found


def fill(connection: Connection) -> None:
    """Write it all; the connection may pass row policies."""
    for number, (day, state) in enumerate(zip(EDITIONS, ("past", "current"), strict=True), start=1):
        connection.execute(
            "INSERT INTO gis.edition (number, state, valid_from, activated_at, title, author, synthetic)"
            " VALUES (%s, %s, %s, now(), %s, 'test', true)",
            [number, state, day, f"第{number}版"],
        )
    before, after = grids(1), grids(2)
    for code in sorted(before.keys() | after.keys()):
        gone = 2 if code not in after else None
        connection.execute("INSERT INTO gis.code (code, retired_in) VALUES (%s, %s)", [code, gone])
        if code in after and before[code].equals(after[code]):
            _grid(connection, code, after[code], 1, None)
            continue
        _grid(connection, code, before[code], 1, 2)
        if code in after:
            _grid(connection, code, after[code], 2, None)
    connection.execute(
        "INSERT INTO gis.lineage (edition, old_code, new_code, kind, area_share) VALUES (2, %s, %s, 'merge', 1)",
        [RETIRED, HEIR],
    )
    _records(connection)
    connection.execute("ANALYZE")


def _grid(connection: Connection, code: str, shape: shapely.MultiPolygon, first: int, last: int | None) -> None:
    clockwise = shapely.orient_polygons(shape, exterior_cw=True)  # the other way round than GeoJSON wants
    connection.execute(
        "INSERT INTO gis.grid (code, name, geom, label_point, area_m2, edition_from, edition_to)"
        " VALUES (%s, %s, ST_GeomFromWKB(%s, 4490), ST_PointOnSurface(ST_GeomFromWKB(%s, 4490)), %s, %s, %s)",
        [
            code,
            "测试县" if code == COUNTY else f"网格{code[-3:]}",
            shapely.to_wkb(clockwise),
            shapely.to_wkb(shape),
            shape.area * 1e10,
            first,
            last,
        ],
    )


def _records(connection: Connection) -> None:
    for code, polygon in leaves().items():
        for number, size in ((1, 10), (2, 2)):
            half = shapely.box(*polygon.bounds) if number == 1 else polygon.buffer(-0.001)
            shape = shapely.MultiPolygon([cast("shapely.Polygon", shapely.intersection(polygon, half))])
            connection.execute(
                "INSERT INTO gis.unit (code, name, size, geom, edition_from)"
                " VALUES (%s, %s, %s, ST_GeomFromWKB(%s, 4490), 1)",
                [f"{code}{number:03}", f"第{number}联户", size, shapely.to_wkb(shape)],
            )
    for code, shape in grids().items():
        if len(code) <= 9:
            point = shape.representative_point()
            connection.execute(
                "INSERT INTO gis.centre (grid_code, name, phone, geom, since)"
                " VALUES (%s, %s, '000-0000', ST_SetSRID(ST_MakePoint(%s, %s), 4490), '2020-01-01')",
                [code, f"综治中心{TEXT}", point.x, point.y],
            )
    for number, one in enumerate(people()):
        _household(connection, number, one)
        if number % 5 == 0:
            _dispute(connection, number, one)


def _household(connection: Connection, number: int, one: Point) -> None:
    connection.execute(
        "INSERT INTO gis.household (id, head_name, phone, members, address, geom, grid_code, since)"
        " VALUES (%s, %s, '13000000000', %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s, '2022-01-01')",
        [one.id, f"测试户{number}", number % 5 + 1, TEXT, one.lon, one.lat, one.grid],
    )
    connection.execute(
        "INSERT INTO gis.assignment (household_id, grid_code, unit_code, how, edition_from)"
        " VALUES (%s, %s, %s, 'inside', 1)",
        [one.id, one.grid, f"{one.grid}001"],
    )
    if number % 3 == 0:
        connection.execute(
            "INSERT INTO gis.risk_rating (household_id, level, reason, rated_by, rated_at)"
            " VALUES (%s, %s, 'test', 'test', '2023-05-01T08:00+08')",
            [one.id, ("red", "yellow", "green")[number % 9 // 3]],
        )


def _dispute(connection: Connection, number: int, one: Point) -> None:
    accepted = datetime(2023, 3, 1, tzinfo=UTC) + timedelta(days=number)
    connection.execute(
        "INSERT INTO gis.dispute (id, number, title, category, source, urgency, geom, occurred_at, accepted_at,"
        " deadline, state, grid_code, edition, border_m, sure)"
        " VALUES (%s, %s, %s, 'neighbour', 'test', 'normal', ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s, %s, %s,"
        " 'accept', %s, 2, 100, true)",
        [
            str(UUID(int=5000 + number)),
            f"T2023-{number:04}",
            f"纠纷{TEXT}",
            one.lon,
            one.lat,
            accepted,
            accepted,
            accepted + timedelta(days=30),
            one.grid,
        ],
    )
