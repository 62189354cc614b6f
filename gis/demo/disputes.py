"""Disputes of the demo year: the real figures and mix over invented people, each with its way through the closed loop."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.arrays import F64
from gis.demo.course import LIMIT_DAYS, Course
from gis.demo.coverage import Ground, shift
from gis.demo.people import BORDER_M
from gis.demo.regions import shares
from gis.demo.streams import choose, uuids
from gis.demo.worktime import instants
from gis.working_days import read_calendar

ACCEPTED, SUCCEEDED = 1381, 1367

# A real county's cases by category; the demo year has the same proportions.
MIX: Mapping[str, int] = {
    "neighbour": 1670,
    "forest_land": 1408,
    "family": 646,
    "compensation": 446,
    "expropriation": 317,
    "housing": 224,
    "contract": 122,
    "village_affairs": 99,
    "traffic": 48,
    "labour": 45,
    "medical": 28,
    "environment": 18,
    "family_planning": 13,
    "property_management": 2,
    "other": 849,
}
SOURCES = {"visit": 0.34, "window": 0.24, "hotline": 0.14, "app": 0.12, "patrol": 0.12, "transfer": 0.04}
"""Where disputes come from, with the chance of each."""

_OUTDOORS = {"forest_land", "expropriation", "village_affairs", "traffic", "labour", "medical", "environment"}
_TEXTS = Path(__file__).with_name("dispute_texts.csv")
_MARK = "【演示数据，人物和事件均为虚构】"


def make_disputes(
    ground: Ground, households: pd.DataFrame, county: int, course: Course, generator: np.random.Generator
) -> pd.DataFrame:
    """Disputes in the order of their acceptance.

    Columns: ``id, title, category`` (of `MIX`), ``source`` (of `SOURCES`), ``urgency, lon, lat, occurred_at,
    accepted_at, deadline, closed_at, succeeded, parties, summary, household`` (None where none is named), ``code``
    (the basic grid that the point lies in).
    """
    weights = np.array(list(MIX.values()), dtype=np.float64)
    category = np.repeat(list(MIX), shares(weights, ACCEPTED))[np.argsort(generator.random(ACCEPTED))].tolist()
    home = households.iloc[np.argsort(generator.random(len(households)))[:ACCEPTED]]
    outdoors = np.array([name in _OUTDOORS for name in category])
    named = ~outdoors | (generator.random(ACCEPTED) < 0.5)
    spots = home[["lon", "lat"]].to_numpy(copy=True)
    spots[outdoors] = _outdoors(ground, home[outdoors], county, generator)
    texts = _texts(category, generator)
    failed = np.argsort(generator.random(ACCEPTED))[: ACCEPTED - SUCCEEDED]
    return pd.DataFrame(
        {
            "id": uuids(ACCEPTED, generator),
            "title": [f"演示：{title}" for title, _ in texts],
            "category": category,
            "source": choose(ACCEPTED, SOURCES, generator),
            "lon": spots[:, 0],
            "lat": spots[:, 1],
            **_times(course, generator),
            "succeeded": ~np.isin(np.arange(ACCEPTED), failed),
            "parties": 2 + np.minimum(generator.geometric(0.75, ACCEPTED) - 1, 4),
            "summary": [_MARK + summary for _, summary in texts],
            "household": home["id"].astype(object).where(named, None).reset_index(drop=True),
            "code": home["code"].tolist(),
        }
    )


def _times(course: Course, generator: np.random.Generator) -> dict[str, list[str] | pd.DatetimeIndex]:
    """Urgency, when it happened, when it was accepted, had to be closed, and was."""
    accepted = instants(course.steps["accept"])
    urgency = np.where(course.urgent, "urgent", "normal").tolist()
    days = np.minimum(generator.exponential(6.0, ACCEPTED), 60.0)
    before = 3600 + (86400 * days).astype(np.int64)
    calendar = read_calendar()
    deadlines = [
        calendar.deadline(at, LIMIT_DAYS[name]) for at, name in zip(accepted.to_pydatetime(), urgency, strict=True)
    ]
    return {
        "urgency": urgency,
        "occurred_at": accepted - pd.to_timedelta(before, unit="s"),
        "accepted_at": accepted,
        "deadline": pd.DatetimeIndex(deadlines).as_unit("us"),
        "closed_at": instants(course.steps["close"]),
    }


def _outdoors(ground: Ground, home: pd.DataFrame, county: int, generator: np.random.Generator) -> F64:
    """(n, 2) lon, lat: a place somewhere in the basic grid of each household ``home``, well inside."""
    leaf = np.searchsorted(ground.suffixes, home["code"].str[6:].tolist())
    first = np.searchsorted(ground.cell_leaf, leaf)
    count = np.searchsorted(ground.cell_leaf, leaf, side="right") - first
    spots = ground.cells[first + (generator.random(leaf.size) * count).astype(np.int64)]
    polygons = ground.leaves()[leaf]
    points = shapely.points(spots)
    inside = shapely.contains(polygons, points) & (shapely.distance(shapely.boundary(polygons), points) > BORDER_M)
    at_home = home[["lon", "lat"]].to_numpy()
    return np.where(inside[:, None], ground.placement.degrees(spots, shift(county)), at_home)


def _texts(category: list[str], generator: np.random.Generator) -> list[tuple[str, str]]:
    """Title and summary of each dispute."""
    known: dict[str, list[tuple[str, str]]] = {}
    with _TEXTS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            known.setdefault(row["category"], []).append((row["title"], row["summary"]))
    luck = generator.random(len(category)).tolist()
    return [known[name][int(at * len(known[name]))] for name, at in zip(category, luck, strict=True)]
