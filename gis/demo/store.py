"""Writes a demo county's people, and once its grids stand, its disputes."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import F64
from gis.db import Connection, bulk_insert, load_queries, to_ewkb
from gis.demo.county import DemoCounty
from gis.locate import Locator
from gis.units import load_units

_SQL = load_queries(Path(__file__).with_name("store.sql"))
FIRST_DAY = date(2023, 1, 1)
NEAR_BORDER_M = 15.0
_CLOSED = ("close", "archive", "revisit")


def write_people(connection: Connection, county: DemoCounty) -> None:
    """Write hamlets, households, ratings, staff and centres; the transaction's scope must cover the county."""
    homes = county.households
    hamlets = _write_hamlets(connection, county)
    bulk_insert(
        connection,
        ("gis", "household"),
        ("id", "hamlet_id", "head_name", "phone", "members", "address", "geom", "grid_code", "since"),
        zip(
            homes["id"].tolist(),
            [hamlets[number] for number in homes["hamlet"].tolist()],
            *(homes[column].tolist() for column in ("head_name", "phone", "members", "address")),
            _points(homes),
            homes["code"].tolist(),
            homes["since"].tolist(),
            strict=True,
        ),
    )
    _write_ratings(connection, county.risk)
    _write_staff(connection, county.staff)
    centres = county.centres
    bulk_insert(
        connection,
        ("gis", "centre"),
        ("grid_code", "name", "phone", "geom", "since"),
        zip(centres["code"], centres["name"], centres["phone"], _points(centres), centres["since"], strict=True),
    )


def write_disputes(connection: Connection, county: DemoCounty, *, edition: int) -> None:
    """Write the disputes with their timelines, located under the boundaries of ``edition``."""
    disputes = county.disputes.sort_values("accepted_at", kind="stable").reset_index(drop=True)
    lon, lat = _floats(disputes, "lon"), _floats(disputes, "lat")
    locator = Locator(county.leaves["code"].tolist(), np.asarray(county.leaves.geometry, dtype=np.object_))
    index = locator.locate(lon, lat)
    grids = locator.codes[index]
    border_m = locator.border(lon, lat, index)[0]
    units, _ = load_units(connection, edition, county.code).nearest(grids, lon, lat)
    receipts = [row[0] for row in connection.execute(_SQL["receipts"], [len(disputes)])]
    states = county.events.groupby("dispute", sort=False)["state"].last()
    rows = zip(
        disputes["id"],
        [f"{at.year}-{receipt:06d}" for at, receipt in zip(disputes["accepted_at"], receipts, strict=True)],
        *(disputes[column] for column in ("title", "category", "source", "urgency", "summary")),
        disputes["parties"].tolist(),
        _points(disputes),
        *(_plain(disputes[column]) for column in ("household", "occurred_at", "accepted_at", "deadline", "closed_at")),
        [state in _CLOSED for state in states[disputes["id"]]],
        disputes["succeeded"].tolist(),
        states[disputes["id"]],
        grids.tolist(),
        units,
        [edition] * len(disputes),
        border_m.tolist(),
        (border_m >= NEAR_BORDER_M).tolist(),
        strict=True,
    )
    bulk_insert(connection, ("gis", "dispute"), _DISPUTE_COLUMNS, rows)
    assigned = zip(disputes["id"], grids.tolist(), units, [edition] * len(disputes), strict=True)
    columns = ("dispute_id", "grid_code", "unit_code", "edition_from")
    bulk_insert(connection, ("gis", "dispute_assignment"), columns, assigned)
    _write_events(connection, county)


_DISPUTE_COLUMNS = (
    "id", "number", "title", "category", "source", "urgency", "summary", "parties", "geom", "household_id",
    "occurred_at", "accepted_at", "deadline", "closed_at", "mediated", "succeeded", "state", "grid_code", "unit_code",
    "edition", "border_m", "sure",
)  # fmt: skip


def _write_hamlets(connection: Connection, county: DemoCounty) -> dict[int, int]:
    """Write hamlets and return their numbers in the store by their numbers in the demo."""
    hamlets = county.hamlets
    keys = [f"{county.code}-{number}" for number in hamlets["id"].tolist()]
    rows = zip(keys, hamlets["code"].str[:12], hamlets["name"], _points(hamlets), strict=True)
    bulk_insert(connection, ("gis", "hamlet"), ("key", "village", "name", "geom"), rows)
    stored: dict[str, int] = dict(connection.execute(_SQL["hamlets"], [keys]).fetchall())
    return {number: stored[key] for number, key in zip(hamlets["id"].tolist(), keys, strict=True)}


def _write_ratings(connection: Connection, risk: pd.DataFrame) -> None:
    columns = ("household", "level", "reason", "rated_by", "rated_at", "review_on", "ended_at")
    bulk_insert(
        connection,
        ("gis", "risk_rating"),
        ("household_id", *columns[1:]),
        zip(*(_plain(risk[column]) for column in columns), strict=True),
    )


def _write_staff(connection: Connection, staff: pd.DataFrame) -> None:
    numbers = [row[0] for row in connection.execute(_SQL["staff_numbers"], [len(staff)])]
    people = zip(numbers, staff["name"], staff["phone"], staff["kind"], strict=True)
    bulk_insert(connection, ("gis", "staff"), ("id", "name", "phone", "employment"), people)
    posts = zip(numbers, staff["code"], staff["role"], staff["since"], strict=True)
    bulk_insert(connection, ("gis", "staff_post"), ("staff_id", "grid_code", "role", "since"), posts)


def _write_events(connection: Connection, county: DemoCounty) -> None:
    events = county.events
    before = events.groupby("dispute", sort=False)["state"].shift()
    outcome = county.disputes.set_index("id")["succeeded"]
    rows = zip(
        events["dispute"],
        _plain(events["at"]),
        _plain(before),
        events["state"],
        events["actor_name"],
        events["actor_role"],
        events["note"],
        [bool(outcome[d]) if s == "close" else None for d, s in zip(events["dispute"], events["state"], strict=True)],
        strict=True,
    )
    columns = ("dispute_id", "at", "from_state", "to_state", "actor", "actor_role", "note", "succeeded")
    bulk_insert(connection, ("gis", "dispute_event"), columns, rows)


def _points(frame: pd.DataFrame) -> list[str]:
    return to_ewkb(np.asarray(shapely.points(_floats(frame, "lon"), _floats(frame, "lat")), dtype=np.object_))


def _floats(frame: pd.DataFrame, column: str) -> F64:
    return frame[column].to_numpy(dtype=np.float64)


def _plain(values: "pd.Series[Any]") -> Iterable[Any]:
    """Values as the database takes them: None instead of pandas' own missing values."""
    return [None if missing else value for value, missing in zip(values.tolist(), values.isna(), strict=True)]
