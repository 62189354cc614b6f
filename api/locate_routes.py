"""Point → grid: one point with everything that tells how sure the answer is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import Here, position
from api.nearest_answers import nearest_to
from api.params import EditionNumber
from api.service import Service
from api.shapes import by_caller, chain_of, contacts, named, sees
from gis.codes import ancestor, chain
from gis.datum import Datum
from gis.spots import Spot, find_spot
from gis.staff import serving
from gis.units import load_units, unit_names

router = APIRouter(tags=["look-up"])
Who = Annotated[Caller, Depends(caller)]
Level = Annotated[int, Query(ge=2, le=6, description="level of the grid wanted as `code`")]
System = Annotated[
    str | None, Query(max_length=100, description="reference system of lon, lat (then x, y), such as EPSG:4543")
]
Kinds = Annotated[
    str | None,
    Query(
        max_length=100,
        description="what is nearest by geodesic metres: some of `household`, `unit`, `centre`, `staff`, with commas;"
        " all but `centre` need a token",
    ),
]


@router.get("/locate")
def locate(
    lon: float,
    lat: float,
    here: Here,
    who: Who,
    response: Response,
    edition: EditionNumber,
    level: Level = 6,
    datum: Datum = "cgcs2000",
    crs: System = None,
    nearest: Kinds = None,
) -> dict[str, Any]:
    """The grids that a point lies in, how far the nearest border is and what lies behind it.

    Unit and staff are told to those in whose jurisdiction the point lies.
    """
    coverage = here.coverage(edition)
    spot = find_spot(coverage, *position(lon, lat, datum, crs), near_border_m=here.settings.near_border_m)
    by_caller(response, who)
    codes = chain(spot.grid)
    return {
        "edition": edition,
        "code": ancestor(spot.grid, level),
        "codes": {str(link): code for link, code in enumerate(codes, start=2)},
        "chain": chain_of(spot.grid, coverage.names),
        "how": spot.how,
        "border_m": round(spot.border_m, 3),
        "neighbour": None if spot.neighbour is None else named(spot.neighbour, coverage.names),
        "sure": spot.sure,
        **_personal(here, who, spot),
        **({} if nearest is None else {"nearest": nearest_to(here, who, spot, nearest)}),
    }


def _personal(here: Service, who: Caller, spot: Spot) -> dict[str, Any]:
    """The point's neighbour unit and the staff of its basic grid, as far as the caller may see them."""
    unit, staff = None, []
    if who.scope is not None and who.sees("households.read", spot.grid):
        with here.database.transaction(who.scope) as connection:
            codes, _ = load_units(connection, spot.edition, spot.grid).nearest([spot.grid], spot.lon, spot.lat)
            if codes[0] is not None:
                unit = named(codes[0], unit_names(connection, spot.edition, [codes[0]]))
    if sees(who, spot.grid):
        with here.database.transaction(who.scope) as connection:
            staff = contacts(serving(connection, spot.grid))
    return {"unit": unit, "staff": staff}
