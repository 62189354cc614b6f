"""A spot of the county with all that is known of it: its grid, and how sure that is."""

from dataclasses import dataclass

from gis.coverage import Coverage
from gis.errors import OutsideCounty


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a point lies in an edition.

    Attributes
    ----------
    lon, lat
        Degrees EPSG:4490.
    grid
        Code of its basic grid.
    how
        ``inside`` it, or on its ``border``.
    border_m
        Geodesic metres to the nearest border of the basic grid.
    neighbour
        The basic grid behind that border, ``None`` where the county ends.
    sure
        Whether the border is far enough not to ask a person.
    """

    lon: float
    lat: float
    edition: int
    grid: str
    how: str
    border_m: float
    neighbour: str | None
    sure: bool


def find_spot(coverage: Coverage, lon: float, lat: float, *, near_border_m: float) -> Spot:
    """Look one point up in an edition.

    Parameters
    ----------
    lon, lat
        Degrees EPSG:4490.
    near_border_m
        Metres to the nearest border below which the answer is called unsure; on the border it always is.

    Raises
    ------
    OutsideCounty
        If no grid covers the point.
    InvalidInput
        For NaN, infinity and degrees beyond ±180 / ±90.
    """
    place = coverage.locator.locate_one(lon, lat)
    if place.code is None or place.border_m is None:
        raise OutsideCounty(lon=lon, lat=lat)
    sure = is_sure(place.border_m, near_border_m)
    number = coverage.edition.number
    return Spot(lon, lat, number, place.code, place.how, place.border_m, place.neighbour, sure)


def is_sure(border_m: float, near_border_m: float) -> bool:
    """Whether a border ``border_m`` metres away is far enough not to ask a person; the border itself never is."""
    return border_m > 0 and border_m >= near_border_m
