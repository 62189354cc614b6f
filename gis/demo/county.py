"""Puts the demo county together."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from gis.demo.course import make_course, make_events
from gis.demo.coverage import grid_names, leaves, make_ground
from gis.demo.disputes import ACCEPTED, make_disputes
from gis.demo.naming import gazetteer
from gis.demo.people import make_hamlets, make_households
from gis.demo.risk import make_ratings
from gis.demo.staff import make_centres, make_staff
from gis.demo.streams import stream


@dataclass(frozen=True, slots=True)
class DemoCounty:
    """A county of invented ground and people; coordinates are lon, lat in degrees EPSG:4490, times in China's zone.

    Attributes
    ----------
    code, name
        Of the county.
    names
        Name of each grid of levels 2–6 by code: 1 + 8 + 85 + 1,550 + 1,563.
    leaves
        The basic grids: ``code, name, geometry`` (`coverage.leaves`).
    hamlets, households
        ``id, code, name, lon, lat`` (`people.make_hamlets`); `people.make_households`.
    risk, staff, centres, disputes, events
        `risk.make_ratings`, `staff.make_staff`, `staff.make_centres`, `disputes.make_disputes`, `course.make_events`.
    """

    code: str
    name: str
    names: dict[str, str]
    leaves: gpd.GeoDataFrame
    hamlets: pd.DataFrame
    households: pd.DataFrame
    risk: pd.DataFrame
    staff: pd.DataFrame
    centres: pd.DataFrame
    disputes: pd.DataFrame
    events: pd.DataFrame


def build(seed: int = 532322, county: int = 0) -> DemoCounty:
    """Build a demo county, the same to the byte for the same ``seed`` and ``county``.

    Parameters
    ----------
    county
        0: real codes and names of the county, its townships and villages. 1–9999: for load tests, codes
        99NNNN and invented names, other people on the same ground, shifted so that no two counties meet.

    Raises
    ------
    InvalidInput
        If ``county`` is beyond 0–9999.
    """
    places = gazetteer(county)
    ground = make_ground(seed)
    hamlets = make_hamlets(ground, places, county, stream(seed, county, 1))
    households = make_households(ground, hamlets, places, county, stream(seed, county, 2))
    basic = leaves(ground, places, county)
    staff = make_staff(basic["code"].tolist(), places, stream(seed, county, 3))
    course = make_course(ACCEPTED, stream(seed, county, 4))
    disputes = make_disputes(ground, households, county, course, stream(seed, county, 5))
    return DemoCounty(
        code=places.county.code,
        name=places.county.name,
        names=grid_names(ground, places),
        leaves=basic,
        hamlets=hamlets[["id", "code", "name", "lon", "lat"]],
        households=households,
        risk=make_ratings(households, staff, stream(seed, county, 6)),
        staff=staff,
        centres=make_centres(hamlets, places, stream(seed, county, 7)),
        disputes=disputes,
        events=make_events(course, disputes, staff, stream(seed, county, 8)),
    )
