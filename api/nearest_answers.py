"""What is nearest to a point, by geodesic metres: household, unit, centre, staff."""

from collections.abc import Callable
from typing import Any

from api.access import Caller
from api.service import Service
from api.shapes import contacts, named
from gis.errors import InvalidInput
from gis.spots import Spot

Found = dict[str, Any] | None


def nearest_to(here: Service, who: Caller, spot: Spot, kinds: str) -> dict[str, Found]:
    """The nearest of each kind in a comma list; null where there is none.

    People are looked for inside the caller's jurisdiction only, wherever the point lies.

    Raises
    ------
    InvalidInput
        For a kind that there is not.
    NotSignedIn, Forbidden
        For households, units and staff without the permission to read them.
    DatabaseUnavailable
    """
    asked = [kind.strip() for kind in kinds.split(",")]
    if not set(asked) <= _KINDS.keys():
        known = ", ".join(_KINDS)
        raise InvalidInput(field="nearest", reason_zh=f"应为 {known} 中的几项", reason_en=f"some of {known}")
    return {kind: _KINDS[kind](here, who, spot) for kind in asked}


def _household(here: Service, who: Caller, spot: Spot) -> Found:
    """Where the nearest household lives; who they are is told by ``/households/{id}``."""
    scope = who.scope_for("households.read")
    kept, inside, index = here.people.homes_near(spot.edition, scope)
    place, metres = index.nearest_one(spot.lon, spot.lat)
    if place < 0:
        return None
    homes, at = kept.homes, int(inside[place])
    return {
        "id": str(homes.id_of(at)),
        "grid": str(homes.grids[at]),
        "unit": str(homes.units[at]) or None,
        "lon": float(homes.lon[at]),
        "lat": float(homes.lat[at]),
        "distance_m": round(metres, 3),
    }


def _unit(here: Service, who: Caller, spot: Spot) -> Found:
    """The unit of the nearest household that has one, also across the border of the point's grid."""
    scope = who.scope_for("households.read")
    kept, inside, index = here.people.homes_near(spot.edition, scope, with_unit=True)
    place, metres = index.nearest_one(spot.lon, spot.lat)
    if place < 0:
        return None
    return {**named(str(kept.homes.units[inside[place]]), kept.homes.names), "distance_m": round(metres, 3)}


def _centre(here: Service, _who: Caller, spot: Spot) -> Found:
    kept = here.people.centres()
    place, metres = kept.nearest.nearest_one(spot.lon, spot.lat)
    if place < 0:
        return None
    one = kept.centres[place]
    return {
        "id": one.id,
        "grid": one.grid,
        "name": one.name,
        "phone": one.phone,
        "lon": one.lon,
        "lat": one.lat,
        "distance_m": round(metres, 3),
    }


def _staff(here: Service, who: Caller, spot: Spot) -> Found:
    """Who serves the point's own basic grid, else the one that is served and whose label point is nearest."""
    scope = who.scope_for("staff.read")
    grid, metres, roster = spot.grid, 0.0, here.people.roster()
    if grid not in roster.contacts or not scope.covers(grid):
        grids, index = here.people.posts_near(spot.edition, scope)
        place, metres = index.nearest_one(spot.lon, spot.lat)
        if place < 0:
            return None
        grid = grids[place]
    names = here.coverage(spot.edition).names
    return {**named(grid, names), "distance_m": round(metres, 3), "staff": contacts(roster.contacts[grid])}


_KINDS: dict[str, Callable[[Service, Caller, Spot], Found]] = {
    "household": _household,
    "unit": _unit,
    "centre": _centre,
    "staff": _staff,
}
