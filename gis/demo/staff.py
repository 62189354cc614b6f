"""Grid staff and centres of the demo county."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from gis.demo.naming import Gazetteer, Place, person_names, phones
from gis.demo.people import SINCE


def make_staff(codes: list[str], places: Gazetteer, generator: np.random.Generator) -> pd.DataFrame:
    """Grid staff: ``id`` (from 1), ``name``, ``phone``, ``role``, ``kind``, ``code`` (their grid), ``since``.

    First 9 full-time ones (``dispatcher`` of the county and of each township), then one part-time
    (``grid_staff``) for each basic grid of ``codes``.
    """
    offices = [places.county.code, *(town.code for town in places.townships)]
    count = len(offices) + len(codes)
    full_time = np.arange(count) < len(offices)
    days_before = generator.integers(1, 1200, size=count).tolist()
    return pd.DataFrame(
        {
            "id": np.arange(1, count + 1),
            "name": person_names(count, generator),
            "phone": phones(count, generator),
            "role": np.where(full_time, "dispatcher", "grid_staff").tolist(),
            "kind": np.where(full_time, "full_time", "part_time").tolist(),
            "code": offices + codes,
            "since": [SINCE - timedelta(days=days) for days in days_before],
        }
    )


def make_centres(hamlets: pd.DataFrame, places: Gazetteer, generator: np.random.Generator) -> pd.DataFrame:
    """Centres 综治中心 of the county, each township and each village: ``code, name, lon, lat, phone, since``.

    A village's stands in its largest hamlet; a township's in the second largest hamlet of the township's
    first village, the county's in the third largest of the first of all.
    """
    ranked = hamlets.assign(village=hamlets["code"].str[:12]).sort_values(
        ["village", "size", "id"], ascending=[True, False, True]
    )
    spots = {code: rows[["lon", "lat"]].to_numpy() for code, rows in ranked.groupby("village", sort=True)}
    villages = [place.code for place in places.villages]
    firsts = [next(code for code in villages if code.startswith(town.code)) for town in places.townships]
    at = [spots[villages[0]][2], *(spots[code][1] for code in firsts), *(spots[code][0] for code in villages)]
    rows = [places.county, *places.townships, *places.villages]
    lonlat = np.array(at)
    return pd.DataFrame(
        {
            "code": [place.code for place in rows],
            "name": [f"{_spoken(place)}综治中心" for place in rows],
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "phone": phones(len(rows), generator),
            "since": [date(2021, 1, 1)] * len(rows),
        }
    )


def _spoken(place: Place) -> str:
    """桂花井村民委员会 → 桂花井村; all other names as they are in short."""
    is_village = place.name.endswith("村民委员会") and not place.short.endswith("村")
    return f"{place.short}村" if is_village else place.short
