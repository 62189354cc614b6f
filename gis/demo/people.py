"""Hamlets and households of the demo county: houses in clusters, a few farms on their own, towns denser."""

from datetime import date

import numpy as np
import pandas as pd
import shapely

from gis.arrays import F64, I64, Bools, Geometries
from gis.demo.coverage import Ground, shift
from gis.demo.naming import Gazetteer, person_names, phones
from gis.demo.regions import shares
from gis.demo.streams import uuids

HOUSEHOLDS, HAMLETS = 49_203, 2_000
SINCE = date(2023, 1, 1)
"""The day from which the demo county's records run."""

BORDER_M = 2.0
"""No house stands nearer to the border of its grid than this, metres."""

_SITES = 10  # places looked at for each grid's hamlets
_LONELY = 0.04
_MEMBERS = np.array([0.2, 0.28, 0.22, 0.17, 0.08, 0.04, 0.01])  # chances of 1, 2, 3 … members


def make_hamlets(ground: Ground, places: Gazetteer, county: int, generator: np.random.Generator) -> pd.DataFrame:
    """Hamlets: ``id, code, name, lon, lat``, and ``x, y`` (plane metres), ``leaf`` (position), ``size`` (households).

    A hamlet lies in a valley away from the borders of its basic grid ``code``; its name is its village's with
    a running number.
    """
    town = np.array([int(suffix[3:6]) < 200 for suffix in ground.suffixes])
    leaves = ground.leaves()
    spread = np.exp(0.35 * generator.standard_normal(town.size))
    households = shares(np.where(town, 1.7, 1.0) * spread, HOUSEHOLDS, least=6)
    dispersed = np.where(town, 0.05, 1.0) * np.sqrt(shapely.area(leaves))
    counts = shares(dispersed * households, HAMLETS, least=1)
    leaf = np.repeat(np.arange(counts.size), counts)
    spots = _sites(ground, leaves, counts, generator)
    weights = np.split(0.5 + generator.random(leaf.size), np.cumsum(counts)[:-1])
    sizes = [shares(weight, total, least=2) for weight, total in zip(weights, households.tolist(), strict=True)]
    lonlat = ground.placement.degrees(spots, shift(county))
    return pd.DataFrame(
        {
            "id": np.arange(1, leaf.size + 1),
            "code": [places.county.code + ground.suffixes[at] for at in leaf.tolist()],
            "name": _hamlet_names(ground.village[leaf], town[leaf], places),
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "x": spots[:, 0],
            "y": spots[:, 1],
            "leaf": leaf,
            "size": np.concatenate(sizes),
        }
    )


def _hamlet_names(village: I64, town: Bools, places: Gazetteer) -> list[str]:
    number = np.arange(village.size) - np.searchsorted(village, village) + 1
    return [
        f"{places.villages[at].short}{count}{'小区' if urban else '组'}"
        for at, count, urban in zip(village.tolist(), number.tolist(), town.tolist(), strict=True)
    ]


def _sites(ground: Ground, leaves: Geometries, counts: I64, generator: np.random.Generator) -> F64:
    """(n, 2) metres: the best sites of each leaf, easy to reach, far from its border and from each other."""
    first = np.searchsorted(ground.cell_leaf, np.arange(counts.size))
    total = np.diff(np.append(first, ground.cell_leaf.size))
    pick = first[:, None] + (generator.random((counts.size, _SITES)) * total[:, None]).astype(np.int64)
    middle = shapely.get_coordinates(shapely.point_on_surface(leaves))
    spots = np.concatenate([ground.cells[pick], middle[:, None]], axis=1)
    points = shapely.points(spots)
    room = shapely.distance(shapely.boundary(leaves)[:, None], points)
    room = np.where(shapely.contains(leaves[:, None], points), np.minimum(room, 250.0), -1e6)
    room[:, -1] -= 1e3  # the middle only if there is nothing better
    score = room - np.column_stack([60.0 * np.log(ground.cell_effort[pick]), np.zeros(counts.size)])
    chosen: list[F64] = []
    for leaf, count in enumerate(counts.tolist()):
        worth = score[leaf].copy()
        for _ in range(count):
            best = int(np.argmax(worth))
            chosen.append(spots[leaf, best])
            away = np.hypot(*(spots[leaf] - spots[leaf, best]).T)
            worth -= 600.0 * np.exp(-((away / 500.0) ** 2))
    return np.array(chosen)


def make_households(
    ground: Ground, hamlets: pd.DataFrame, places: Gazetteer, county: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Households: ``id`` (a UUID without meaning), ``hamlet``, ``code`` (basic grid), ``lon, lat``, ``head_name``,
    ``phone``, ``members``, ``address``, ``since``; in the order of the hamlets.
    """
    hamlet = np.repeat(np.arange(len(hamlets)), hamlets["size"])
    spots = _houses(ground, hamlets, hamlet, generator)
    lonlat = ground.placement.degrees(spots, shift(county))
    number = np.arange(hamlet.size) - np.searchsorted(hamlet, hamlet) + 1
    village = ground.village[hamlets["leaf"].to_numpy()]
    township = {place.code: place.name for place in places.townships}
    prefix = [
        township[places.villages[at].code[:9]] + name
        for at, name in zip(village.tolist(), hamlets["name"], strict=True)
    ]
    return pd.DataFrame(
        {
            "id": uuids(hamlet.size, generator),
            "hamlet": hamlets["id"].to_numpy()[hamlet],
            "code": hamlets["code"].to_numpy()[hamlet],
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "head_name": person_names(hamlet.size, generator),
            "phone": phones(hamlet.size, generator),
            "members": 1 + np.searchsorted(np.cumsum(_MEMBERS)[:-1], generator.random(hamlet.size)),
            "address": [f"{prefix[at]}示{count}号" for at, count in zip(hamlet.tolist(), number.tolist(), strict=True)],
            "since": SINCE,
        }
    )


def _houses(ground: Ground, hamlets: pd.DataFrame, hamlet: I64, generator: np.random.Generator) -> F64:
    """(n, 2) metres: one place per household, on plots along its hamlet's slope, no two on one plot."""
    leaves = ground.leaves()
    shapely.prepare(leaves)
    borders = shapely.boundary(leaves)
    leaf = hamlets["leaf"].to_numpy()
    middle = hamlets[["x", "y"]].to_numpy()
    turn = generator.random(len(hamlets)) * np.pi
    along = np.column_stack([np.cos(turn), np.sin(turn)])
    across = np.column_stack([-along[:, 1], along[:, 0]])
    town = np.array([int(code[9:12]) < 200 for code in hamlets["code"]])
    lonely = (generator.random(hamlet.size) < _LONELY) & ~town[hamlet]
    wide = np.sqrt(hamlets["size"].to_numpy())[hamlet] * np.where(lonely, 7.0, 1.0)
    plot = np.where(town, 11.0, 17.0)
    spots = np.full((hamlet.size, 2), np.nan)
    taken = np.empty(0, dtype=np.int64)
    waiting = np.arange(hamlet.size)
    while waiting.size:
        home = hamlet[waiting]
        steps = np.rint(generator.standard_normal((waiting.size, 2)) * wide[waiting, None] * (0.9, 0.5))
        inch = 0.12 * generator.standard_normal((waiting.size, 2)).clip(-2, 2)
        offset = (steps + inch) * plot[home, None]
        trial = middle[home] + offset[:, :1] * along[home] + offset[:, 1:] * across[home]
        key = ((home << 12) + steps[:, 0].astype(np.int64) + 2048 << 12) + steps[:, 1].astype(np.int64) + 2048
        fine = _first_of_each(key) & ~np.isin(key, taken) & _inside(leaves, borders, leaf[home], trial)
        spots[waiting[fine]] = trial[fine]
        taken = np.concatenate([taken, key[fine]])
        waiting = waiting[~fine]
        plot *= 0.97  # plots get smaller where a grid is crowded
    return spots


def _first_of_each(key: I64) -> Bools:
    first = np.zeros(key.size, dtype=np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    return first


def _inside(leaves: Geometries, borders: Geometries, leaf: I64, spots: F64) -> Bools:
    inside = shapely.contains_xy(leaves[leaf], spots[:, 0], spots[:, 1])
    points = shapely.points(spots[inside])
    inside[inside] = shapely.distance(borders[leaf[inside]], points) > BORDER_M
    return inside
